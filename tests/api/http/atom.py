"""What RFC 4287 asks of a feed, checked on its elements; where a sentence of it is meant, its section is named."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

from ledger.errors import InvalidError
from ledger.when import parse_datetime

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["ATOM", "breaches"]

ATOM = "{http://www.w3.org/2005/Atom}"
_EXACTLY_ONE = ("id", "title", "updated")
_AT_MOST_ONE = (
    "published",
    "summary",
    "content",
    "rights",
    "source",
    "subtitle",
    "generator",
    "icon",
    "logo",
)
_TEXT_TYPES = {None, "text", "html", "xhtml"}
_REL = re.compile(r"[a-z-]+")


def breaches(document: bytes) -> list[str]:
    """What is wrong with a feed; nothing where it is valid."""
    root = ET.fromstring(document)  # noqa: S314  our own
    if root.tag != f"{ATOM}feed":
        return [f"the document is a {root.tag} (§2)"]
    entries = root.findall(f"{ATOM}entry")
    found = [*_container(root, "feed"), *_members(root, "feed"), *_links(root, "feed")]
    has_author = root.find(f"{ATOM}author") is not None
    for number, entry in enumerate(entries):
        where = f"entry {number}"
        found += [*_container(entry, where), *_members(entry, where), *_links(entry, where)]
        if not has_author and entry.find(f"{ATOM}author") is None:
            found.append(f"{where} has no author (§4.1.2)")
        alternates = [
            one for one in entry.findall(f"{ATOM}link") if one.get("rel", "alternate") == "alternate"
        ]
        if entry.find(f"{ATOM}content") is None and not alternates:
            found.append(f"{where} has neither content nor an alternate link (§4.1.2)")
    ids = [one.findtext(f"{ATOM}id") for one in entries]
    found += [
        f"the id {one} stands more than once (§4.1.1)"
        for one in sorted({one for one in ids if one is not None})
        if ids.count(one) > 1
    ]
    return found


def _container(element: ET.Element, where: str) -> Iterator[str]:
    for name in _EXACTLY_ONE:
        if len(element.findall(f"{ATOM}{name}")) != 1:
            yield f"{where} has not one {name} (§4.1)"
    for name in _AT_MOST_ONE:
        if len(element.findall(f"{ATOM}{name}")) > 1:
            yield f"{where} has more than one {name} (§4.1)"


def _members(element: ET.Element, where: str) -> Iterator[str]:
    """What is wrong with what a feed or an entry holds, its links apart."""
    ident = element.findtext(f"{ATOM}id") or ""
    if not urlsplit(ident).scheme or ident != ident.strip():
        yield f"{where} has an id that is no IRI (§4.2.6)"
    for name in ("updated", "published"):
        for one in element.findall(f"{ATOM}{name}"):
            if not _is_date(one.text or ""):
                yield f"{where} is {name} at no date-time (§3.3)"
    for name in ("title", "summary", "subtitle", "rights"):
        for one in element.findall(f"{ATOM}{name}"):
            if one.get("type") not in _TEXT_TYPES:
                yield f"{where} has a {name} of another type (§3.1.1)"
            if one.get("type") != "xhtml" and len(one):
                yield f"{where} has elements in its {name} (§3.1.1.1)"
    for author in element.findall(f"{ATOM}author"):
        if not (author.findtext(f"{ATOM}name") or "").strip():
            yield f"{where} has an author without a name (§3.2.1)"
    for category in element.findall(f"{ATOM}category"):
        if not category.get("term"):
            yield f"{where} has a category without a term (§4.2.2)"


def _links(element: ET.Element, where: str) -> Iterator[str]:
    seen: set[tuple[str | None, str | None]] = set()
    for link in element.findall(f"{ATOM}link"):
        rel = link.get("rel", "alternate")
        if not urlsplit(link.get("href") or "").scheme:
            yield f"{where} has a link that leads nowhere (§4.2.7.1)"
        if _REL.fullmatch(rel) is None:
            yield f"{where} has a link of no known relation (§4.2.7.2)"
        if rel == "alternate":
            key = link.get("type"), link.get("hreflang")
            if key in seen:
                yield f"{where} has two alternate links of one type and language (§4.1)"
            seen.add(key)


def _is_date(text: str) -> bool:
    try:
        parse_datetime(text, field="")
    except InvalidError:
        return False
    return "T" in text
