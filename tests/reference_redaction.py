"""What a redaction takes away, for the reference ledger: values become undisclosed, ids and roles stay.

Only what a state shows or is worked out from is masked. It knows nothing of times and counts
(tests/reference.py).
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["UNDISCLOSED", "citations_within", "masked"]

Json: TypeAlias = dict[str, Any]
UNDISCLOSED = {"absent": "undisclosed"}


def masked(acts: list[Json]) -> list[Json]:
    """Redactions obey neither axis: they mask everywhere, at once. They reach back, never forward."""
    acts = copy.deepcopy(acts)
    for redaction in [act for act in acts if act["type"] == "Redacted"]:
        before = [act for act in acts if act["position"] < redaction["position"]]
        for act in [act for act in before if act["stream"] == redaction["stream"]]:
            for named in redaction["body"].get("facts", ()):
                if act["body"].get("fact") == named["fact"]:
                    mask(act["body"], named["paths"])
            for named in redaction["body"].get("events", ()):
                if act["version"] == named["version"]:
                    mask(act["body"], named["paths"])
    return acts


def mask(body: Json, paths: list[str]) -> None:
    """Every committed path equal to or below a redacted one becomes undisclosed; ids and roles stay."""
    for path, holder, key in list(committed(body)):
        if any(path == redacted or path.startswith(redacted + "/") for redacted in paths):
            if key is None:
                for lost in holder.keys() - {"id", "role"}:
                    del holder[lost]
                holder.update(UNDISCLOSED)
            else:
                holder[key] = UNDISCLOSED


def committed(body: Json) -> Iterator[tuple[str, Json, str | None]]:
    """Every free text and every value is committed: its path, and where it stands.

    Without a key the holder itself is meant, save its id and role.
    """
    content = body.get("content", {})
    for word in ("statement", "occurred"):
        if word in content:
            yield word, content, word
    for name in ("places", "quantities"):
        for one in content.get(name, ()):
            yield f"{name}/{one['id']}", one, None
    for one in content.get("participants", ()):
        for word in one.keys() & {"name", "as_described"}:
            yield f"participants/{one['id']}/{word}", one, word
    for word in content.get("details", ()):
        yield f"details/{word}", content["details"], word
    for path in body.get("set", ()):
        yield path, body["set"], path
    for under in ("attestations", "citations"):
        for one in citations_within(body, under):
            for word in one.keys() & {"selector", "as_stated", "speaker"}:
                yield f"{under}/{one['id']}/{word}", one, word
    for one in body.get("passages", ()):
        yield f"passages/{one['id']}", one, "selector"
    for word in body.keys() & {"title", "zone", "captured_at", "type", "reason", "notice", "by", "grounds"}:
        yield word, body, word


def citations_within(body: Json, under: str) -> list[Json]:
    """The attestations, or the plain citations, that an act itself carries."""
    single = (
        [body["attestation"]] if under == "attestations" and isinstance(body.get("attestation"), dict) else []
    )
    return single + list(body.get(under, ()))
