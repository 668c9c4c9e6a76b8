"""Which members of an act are committed beside it and under which path (ledger-format §3, ADR 3).

The rule is that everything is committed except what the plain list of the format names: ids, kinds, roles,
stances, the bounds of publication, digests, closed words such as class and cause, and what a redaction names.
`commit` takes values out of a body, `disclose` puts them back, and marks those that are not disclosed.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from ledger.errors import InvalidError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ledger.values import Json

__all__ = ["COMMITMENTS", "Commitments", "commit", "disclose"]


class Commitments(msgspec.Struct, frozen=True, kw_only=True):
    """What one event type commits to: `keys` are members of the body; the rest says which shared shapes it has."""

    keys: tuple[str, ...] = ()
    content: bool = False
    wording: bool = False
    citations: tuple[str, ...] = ()


_REASON = Commitments(keys=("reason",), citations=("citations",))
_REASON_NOTICE = Commitments(keys=("reason", "notice"), citations=("citations",))

COMMITMENTS: dict[str, Commitments] = {
    "LedgerOpened": Commitments(),
    "KindRegistered": Commitments(keys=("label", "definition", "schema")),
    "IncidentOpened": Commitments(keys=("title", "zone")),
    "IncidentAmended": Commitments(keys=("title", "zone", "reason"), citations=("citations",)),
    "FactReported": Commitments(content=True, citations=("attestations",)),
    "FactAttested": Commitments(citations=("attestation",)),
    "AttestationWithdrawn": _REASON,
    "FactCorrected": Commitments(keys=("reason", "notice"), content=True, citations=("attestations",)),
    "FactAmended": Commitments(keys=("reason",), wording=True, citations=("citations",)),
    "FactRetracted": _REASON_NOTICE,
    "FactReinstated": _REASON,
    "FactDisputed": Commitments(keys=("by", "grounds"), citations=("citations",)),
    "DisputeResolved": Commitments(keys=("reason",)),
    "SourceRegistered": Commitments(keys=("kind", "title", "publisher", "authors", "url", "language", "csl")),
    "SourceAmended": Commitments(
        keys=("kind", "title", "publisher", "authors", "url", "language", "csl", "reason")
    ),
    "SnapshotCaptured": Commitments(
        keys=(
            "size_bytes",
            "media_type",
            "captured_at",
            "method",
            "url",
            "archive_urls",
            "extractor",
            "measured",
        )
    ),
    "SourceNoticeRecorded": Commitments(keys=("type", "summary"), citations=("citations",)),
    "LineageDeclared": Commitments(keys=("relation",), citations=("citations",)),
    "LineageRevoked": Commitments(keys=("reason",)),
    "Redacted": Commitments(keys=("reason",)),
}

_CITED = ("selector", "as_stated", "speaker", "language")
_WORDED = frozenset({"statement", "occurred", "places", "participants", "quantities", "details"})

_Pairs: TypeAlias = "list[tuple[str, Json]]"


def _citation(citation: dict[str, Json], under: str, out: _Pairs) -> None:
    prefix = f"{under}/{citation['id']}/"
    for key in _CITED:
        if key in citation:
            out.append((prefix + key, citation.pop(key)))
    published = citation.get("published")
    if published is not None and "as_stated" in published:
        out.append((prefix + "published/as_stated", published.pop("as_stated")))


def _content(content: dict[str, Json], out: _Pairs) -> None:
    if "statement" in content:
        out.append(("statement", content.pop("statement")))
    if "occurred" in content:
        out.append(("occurred", content.pop("occurred")))
    for place in content.get("places", ()):
        ident, role = place.pop("id"), place.pop("role", None)
        out.append((f"places/{ident}", place.copy()))
        place.clear()
        place["id"] = ident
        if role is not None:
            place["role"] = role
    for participant in content.get("participants", ()):
        for key in ("name", "as_described"):
            if key in participant:
                out.append((f"participants/{participant['id']}/{key}", participant.pop(key)))
    for quantity in content.get("quantities", ()):
        ident = quantity.pop("id")
        out.append((f"quantities/{ident}", quantity.copy()))
        quantity.clear()
        quantity["id"] = ident
    for key, value in content.pop("details", {}).items():
        if "/" in key:
            raise InvalidError(
                "the name of a detail has no /, which parts the names of a path", field="/content/details"
            )
        out.append((f"details/{key}", value))


def commit(name: str, body: dict[str, Json]) -> list[tuple[str, Json]]:
    """Take every committed value out of the body of an event of type `name`, giving (path, value) pairs.

    The body is left as the plain skeleton. Paths within a fact are the same in every act. Raises InvalidError
    for a detail whose name cannot stand in a path.
    """
    what = COMMITMENTS[name]
    out: _Pairs = []
    for key in what.keys:
        if key in body:
            out.append((key, body.pop(key)))
    if what.content:
        _content(body["content"], out)
    if what.wording:
        out.extend(body.pop("set").items())
    for under in what.citations:
        if under == "attestation":
            _citation(body["attestation"], "attestations", out)
        else:
            for citation in body.get(under, ()):
                _citation(citation, under, out)
    for passage in body.get("passages", ()):
        if "selector" in passage:
            out.append((f"passages/{passage['id']}", passage.pop("selector")))
    published = body.get("published")
    if type(published) is dict and "as_stated" in published:
        out.append(("published/as_stated", published.pop("as_stated")))
    return out


def _keyed(items: list[dict[str, Json]], ident: str) -> dict[str, Json]:
    for item in items:
        if item["id"] == ident:
            return item
    raise KeyError(ident)


_CITING = frozenset({"attestations", "citations"})


@lru_cache(maxsize=4096)
def _steps(path: str) -> tuple[str, str, str]:
    """A path in its three parts, the last with whatever follows. Remembered: a ledger has few paths, again and again."""
    head, _, rest = path.partition("/")
    ident, _, key = rest.partition("/")
    return head, ident, key


def disclose(
    body: dict[str, Json], lines: Iterable[tuple[str, str, Json]], committed: dict[str, str]
) -> None:
    """Put every disclosed value of an event where its path says, and `{"absent": "undisclosed"}` where one is not disclosed.

    `lines` are salts, paths and values. Where this program knows no such path, the value stands among the members of the body.
    Raises KeyError, TypeError, ValueError or AttributeError where the body has no such place: it is not what `commit` left; and where a
    line is of a path that is not committed, or stands twice.
    """
    hidden = dict(committed)
    content = body.get("content")
    for _salt, path, value in lines:
        del hidden[path]
        _put(body, content, path, value)
    for path in hidden:
        _put(body, content, path, {"absent": "undisclosed"})


def _put(body: dict[str, Json], content: dict[str, Json] | None, path: str, value: Json) -> None:
    head, ident, key = _steps(path)
    if content is not None and head in _WORDED:
        if not ident:
            content[head] = value
        elif head == "participants":
            _keyed(content[head], ident)[key] = value
        elif head == "details":
            content.setdefault(head, {})[ident] = value
        else:
            _keyed(content[head], ident).update(value)
    elif head in _CITING:
        single = head == "attestations" and "attestation" in body
        citation = body["attestation"] if single else _keyed(body[head], ident)
        if key == "published/as_stated":
            citation["published"]["as_stated"] = value
        else:
            citation[key] = value
    elif head in _WORDED and "fact" in body:
        body.setdefault("set", {})[path] = value
    elif head == "passages":
        _keyed(body[head], ident)["selector"] = value
    elif path == "published/as_stated":
        body["published"]["as_stated"] = value
    else:
        body[path] = value
