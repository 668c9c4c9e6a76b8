"""Corrections and retractions as a feed: Atom (RFC 4287), with its pages linked (RFC 5005)."""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING
from urllib.parse import quote
from xml.etree import ElementTree as ET

from api.http.conditional import following_url
from ledger.events import LedgerOpened
from ledger.instants import format_instant, instant_of
from ledger.stores.mapper import entry_of

if TYPE_CHECKING:
    from api.http.reads import Asked
    from api.http.time_travel import Point
    from projections.page_rows import CorrectionRow, Page

__all__ = ["ATOM", "feed"]

ATOM = "application/atom+xml"

_NAMESPACE = "http://www.w3.org/2005/Atom"
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_REDACTED = "Redacted@1"
_BEGINNING = "1970-01-01T00:00:00Z"
_WORDS = {"corrected": "Correction", "retracted": "Retraction"}


def feed(asked: Asked, page: Page[CorrectionRow], point: Point) -> bytes:
    """A page of corrections as an Atom feed. What no XML can hold, of the characters of a text, is left out.

    An entry counts as updated when something in its incident was redacted (RFC 4287 §4.2.15): whoever has its words takes it anew.
    """
    ledger, redacted = _ledger_of(asked), _redacted(asked)
    ET.register_namespace("", _NAMESPACE)
    root = ET.Element(f"{{{_NAMESPACE}}}feed")
    _put(root, "id", _urn(ledger, "corrections"))
    _put(root, "title", "Corrections and retractions")
    updated = {row.position: max(row.recorded_at, redacted.get(row.incident, "")) for row in page.rows}
    _put(root, "updated", max(updated.values(), default=_at(point)))
    _put(_put(root, "author"), "name", "incident-ledger")
    here = str(asked.request.url)
    _put(root, "link", rel="self", href=here, type=ATOM)
    if page.next is not None:
        _put(
            root,
            "link",
            rel="next",
            href=_absolute(asked, following_url(asked.request, page.next)),
            type=ATOM,
        )
    for row in page.rows:
        _entry(root, asked, ledger, row, updated[row.position])
    text: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return text


def _entry(root: ET.Element, asked: Asked, ledger: str, row: CorrectionRow, updated: str) -> None:
    entry = _put(root, "entry")
    _put(entry, "id", _urn(ledger, str(row.position)))
    about = row.incident if row.title is None else row.title
    _put(entry, "title", f"{_WORDS[row.act]}: {about} ({row.fact})")
    _put(entry, "updated", updated)
    _put(entry, "published", row.recorded_at)
    path = f"/v1/incidents/{quote(row.incident)}/facts/{quote(row.fact)}/lineage"
    _put(entry, "link", rel="alternate", href=_absolute(asked, path), type="application/json")
    for term in (row.act, row.class_, row.cause):
        if term is not None:
            _put(entry, "category", term=term)
    said = row.notice or row.reason or "The reason was redacted."
    _put(entry, "summary", said, type="text")


def _put(parent: ET.Element, name: str, text: str | None = None, **attributes: str) -> ET.Element:
    made = ET.SubElement(parent, f"{{{_NAMESPACE}}}{name}", attributes)
    made.text = None if text is None else _NOT_XML.sub("", text)
    return made


def _absolute(asked: Asked, path: str) -> str:
    return str(asked.request.base_url).rstrip("/") + path


def _ledger_of(asked: Asked) -> str:
    """The id of the ledger; none before the first append."""
    first = next(iter(asked.reading.store.rows(1, 1)), None)
    act = None if first is None else entry_of(first).body
    return act.ledger if isinstance(act, LedgerOpened) else ""


def _urn(ledger: str, name: str) -> str:
    """An id that stays the same wherever the ledger is served from."""
    return uuid.uuid5(uuid.NAMESPACE_URL, f"incident-ledger/{ledger}/{name}").urn


def _redacted(asked: Asked) -> dict[str, str]:
    """When something was redacted last in each incident where anything was. It is so at every point."""
    found: dict[str, str] = {}
    for row in asked.reading.store.of_topic(_REDACTED):
        sort, _, ident = row.stream.partition("/")
        if sort == "incident":
            found[ident] = format_instant(instant_of(row.recorded_us))
    return found


def _at(point: Point) -> str:
    return _BEGINNING if point.recorded_us is None else format_instant(instant_of(point.recorded_us))
