"""Everywhere a term stands in a ledger, before anything is redacted: a redaction takes what it names and nothing else.

A name that a court wants gone may stand in a statement, in what a passage states, in a quotation, in the reason of a correction, in the
text of a snapshot, and in the clear where somebody made an id of it. All of these are told apart, since only some can be redacted.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Literal

import msgspec
import orjson

from ledger.disclosure import open_line, path_of, split_lines
from ledger.errors import IntegrityError, InvalidError, UnknownError
from ledger.quotation_folding import fold
from ledger.quotation_look import UNSEEN, place_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ledger.blobs import Blobs
    from ledger.stores.contract import Row, Store
    from ledger.values import Json

__all__ = ["MIN_LETTERS", "Standing", "check_term", "whereabouts"]

MIN_LETTERS = 2
"""One character stands nearly everywhere."""

_OTHER_DIGITS = re.compile(r"[^\D0-9]")
_AROUND = 40
_CHUNK_BYTES = 4 * 1024 * 1024
_OF_THE_ACT = ("reason", "notice", "by", "grounds", "citations")
"""What belongs to one act upon a fact, and not to the fact: it is named by the act's version."""


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """One place where a term stands.

    `by` says how it is redacted: as a path of a fact, as a path of one event, or as a snapshot; `nothing`: it stands in the clear, in an
    id or a legal basis, or in the registry, and cannot be. `at` is the path, the snapshot's digest, or a JSON pointer into the event.
    `excerpt` has some words around it, none where it was found in bytes. `type` is the event's.
    """

    by: Literal["fact", "event", "snapshot", "nothing"]
    stream: str
    version: int
    position: int
    type: str
    at: str
    fact: str | None = None
    excerpt: str | None = None


def check_term(term: str) -> str:
    """A term to look for. Raises InvalidError where it is too short to tell anything."""
    if len(_folded(term).strip()) < MIN_LETTERS:
        raise InvalidError(f"must have at least {MIN_LETTERS} characters that are seen", field="/find")
    return term.strip()


def whereabouts(term: str, store: Store, blobs: Blobs) -> Iterator[Standing]:
    """Where a term stands, in ledger order.

    Case, accents, the width of blanks and the form of quotation marks do not matter, nor joiners and other marks that are not seen, nor
    in which script's digits a number is written. Raises InvalidError as check_term does, and IntegrityError where a row cannot be read.
    """
    sought = _folded(check_term(term))
    for row in store.rows():
        entry = _parsed(row)
        yield from _in_disclosures(row, entry, sought)
        yield from _in_the_clear(row, entry, sought)
        if row.topic.startswith("SnapshotCaptured@"):
            yield from _in_snapshot(row, entry["body"], term.strip(), sought, blobs)


def _folded(text: str) -> str:
    """Without case, without marks on letters and between them, and with one form for look-alikes of one character."""
    spread = unicodedata.normalize("NFKD", UNSEEN.sub("", fold(text)))
    plain = "".join(letter for letter in spread if not unicodedata.combining(letter)).casefold()
    return plain if plain.isascii() else _OTHER_DIGITS.sub(lambda found: str(int(found[0])), plain)


def _parsed(row: Row) -> dict[str, Json]:
    try:
        entry = orjson.loads(row.event)
    except ValueError as error:
        raise IntegrityError("the stored bytes are no JSON", where=f"position {row.position}") from error
    if not isinstance(entry, dict) or not isinstance(entry.get("body"), dict):
        raise IntegrityError("the stored bytes are no event", where=f"position {row.position}")
    return entry


def _in_disclosures(row: Row, entry: dict[str, Json], sought: str) -> Iterator[Standing]:
    for line in split_lines(row.disclosures):
        found = next(_texts_with(open_line(line)[2], "", sought), None)
        if found is not None:
            yield _standing(row, entry, path_of(line), found[1])


def _standing(row: Row, entry: dict[str, Json], path: str, excerpt: str) -> Standing:
    body = entry["body"]
    fact = body.get("fact") if isinstance(body, dict) else None
    of_fact = isinstance(fact, str) and path.partition("/")[0] not in _OF_THE_ACT
    by: Literal["fact", "event", "nothing"]
    by = "nothing" if row.stream == "registry" else "fact" if of_fact else "event"
    return Standing(
        by=by,
        stream=row.stream,
        version=row.version,
        position=row.position,
        type=row.topic.partition("@")[0],
        at=path,
        fact=fact if isinstance(fact, str) else None,
        excerpt=excerpt,
    )


def _in_the_clear(row: Row, entry: dict[str, Json], sought: str) -> Iterator[Standing]:
    # Digests are no words; the paths that they stand under may be.
    committed = entry.get("committed")
    plain = {**entry, "committed": list(committed) if isinstance(committed, dict) else []}
    for at, excerpt in _texts_with(plain, "", sought):
        yield Standing(
            by="nothing",
            stream=row.stream,
            version=row.version,
            position=row.position,
            type=row.topic.partition("@")[0],
            at=at,
            excerpt=excerpt,
        )


def _texts_with(value: Json, at: str, sought: str) -> Iterator[tuple[str, str]]:
    """The texts and names in a value that have the term, each with its JSON pointer and an excerpt; of a number its digits."""
    match value:
        case str() | int():
            text = str(value)
            folded = _folded(text)
            if sought in folded:
                yield at, _excerpt(text, folded, sought)
        case list():
            for index, one in enumerate(value):
                yield from _texts_with(one, f"{at}/{index}", sought)
        case dict():
            for name, one in value.items():
                under = f"{at}/{name.replace('~', '~0').replace('/', '~1')}"
                if sought in _folded(name):
                    yield under, name
                yield from _texts_with(one, under, sought)
        case _:
            pass


def _excerpt(text: str, folded: str, sought: str) -> str:
    """Some words around the term, which may be a few characters off where there are runs of blanks."""
    at = folded.index(sought)
    first, last = (place_in(text, place, _folded) for place in (at, at + len(sought) - 1))
    begin, end = max(first - _AROUND, 0), last + 1 + _AROUND
    return f"{'…' if begin else ''}{text[begin:end]}{'…' if end < len(text) else ''}"


def _in_snapshot(row: Row, body: Json, term: str, sought: str, blobs: Blobs) -> Iterator[Standing]:
    """Whether the text that was made of a snapshot has the term, or its bytes do."""
    if not isinstance(body, dict) or not isinstance(digest := body.get("snapshot"), str):
        return
    extraction = body.get("extraction")
    try:
        text = blobs.text(extraction) if isinstance(extraction, str) else ""
        folded = _folded(text)
        excerpt = _excerpt(text, folded, sought) if sought in folded else None
        if excerpt is None and not _bytes_have(digest, term, blobs):
            return
    except UnknownError:
        return
    yield Standing(
        by="snapshot",
        stream=row.stream,
        version=row.version,
        position=row.position,
        type="SnapshotCaptured",
        at=digest,
        excerpt=excerpt,
    )


def _bytes_have(digest: str, term: str, blobs: Blobs) -> bool:
    """Whether the bytes of a snapshot have the very term, in UTF-8 or UTF-16, in either normal form of Unicode."""
    written = {term, unicodedata.normalize("NFC", term), unicodedata.normalize("NFD", term)}
    forms = [one.encode(name) for one in written for name in ("utf-8", "utf-16-le", "utf-16-be")]
    overlap = max(map(len, forms)) - 1
    kept = b""
    with blobs.open(digest) as file:
        while read := file.read(_CHUNK_BYTES):
            chunk = kept + read
            if any(form in chunk for form in forms):
                return True
            kept = chunk[-overlap:]
    return False
