"""Citations as W3C Web Annotations (JSON-LD): the passage is the target, what is reported of it the body.

The page stands under its own address, and the state names the captured copy by its `ni:` name and the time of capture, so that a reader
knows which words were there. Positions count Unicode code points of the snapshot's text, as the Web Annotation Data Model §4.2.5 wants.
Reading them back is annotation_in.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import NAMESPACE_URL, uuid5

import msgspec

from ledger.clock import format_instant
from ledger.errors import InvalidError
from ledger.values import Absent
from projections.citing.named_information import ni_name

if TYPE_CHECKING:
    import datetime as dt

    from ledger.citation import Attestation
    from ledger.values import Json

__all__ = ["CONTEXT", "Copy", "annotation_of", "iri_of"]

CONTEXT = "http://www.w3.org/ns/anno.jsonld"


class Copy(msgspec.Struct, frozen=True, kw_only=True):
    """The captured copy of a page: the snapshot's digest, its media type, when it was taken, and where others keep copies."""

    snapshot: str
    media_type: str | None = None
    captured_at: dt.datetime | None = None
    archive_urls: tuple[str, ...] = ()


def iri_of(ledger: str, incident: str, fact: str, attestation: str) -> str:
    """The name that an attestation's annotation has for ever, in whatever copy of the ledger it is written."""
    path = f"incident-ledger:{ledger}/{incident}/{fact}/{attestation}"
    return f"urn:uuid:{uuid5(NAMESPACE_URL, path)}"


def annotation_of(
    attestation: Attestation,
    *,
    iri: str,
    url: str | Absent | None,
    copy: Copy | None,
    statement: str | Absent | None = None,
) -> dict[str, Json]:
    """The annotation that says of the cited passage what is reported (`statement`) and what the passage does to that.

    Without an address of the source the copy stands for it. Raises InvalidError at `/target/source` where there is neither.
    """
    source = url if isinstance(url, str) else None if copy is None else ni_name(copy.snapshot)
    if source is None:
        raise InvalidError(
            "the source has no URL and the citation no snapshot, so that an annotation has nothing to point at",
            field="/target/source",
        )
    target: dict[str, Json] = {"type": "SpecificResource", "source": source}
    if not isinstance(attestation.selector, Absent) and attestation.selector:
        selectors = [msgspec.to_builtins(one) for one in attestation.selector]
        target["selector"] = selectors[0] if len(selectors) == 1 else selectors
    if copy is not None:
        target["state"] = _state(copy)
    return {
        "@context": CONTEXT,
        "id": iri,
        "type": "Annotation",
        "motivation": ["describing", "classifying"],
        "body": _bodies(attestation, statement),
        "target": target,
    }


def _bodies(attestation: Attestation, statement: str | Absent | None) -> list[Json]:
    own = attestation.as_stated.statement if attestation.as_stated is not None else None
    said = own or statement
    stance = {"type": "TextualBody", "purpose": "classifying", "value": attestation.stance}
    if not isinstance(said, str):
        return [stance]
    return [{"type": "TextualBody", "purpose": "describing", "format": "text/plain", "value": said}, stance]


def _state(copy: Copy) -> dict[str, Json]:
    cached = [ni_name(copy.snapshot, media_type=copy.media_type), *copy.archive_urls]
    state: dict[str, Json] = {"type": "TimeState", "cached": cached[0] if len(cached) == 1 else cached}
    if copy.captured_at is not None:
        state["sourceDate"] = format_instant(copy.captured_at)
    return state
