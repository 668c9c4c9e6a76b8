"""The views as an SQLite database for people who ask in SQL, and for Datasette: facts, citations, sources, acts, with keys and full text.

It is a copy of views and no ledger: nothing in it is proved, and what the ledger proves is said by `about`. Absence stands in brackets,
`[undisclosed]` where words were redacted; NULL is what was never said.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import msgspec

from ledger.errors import StoreError
from ledger.values import Absent
from projections.exports.told import as_json, cell, corrections_of, quoted_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from ledger.bounds import When
    from ledger.place import Place
    from projections.citing.described import Described
    from projections.exports.told import Told
    from projections.fact_fold import AttestationView, FactView

__all__ = ["About", "Copied", "copy_views"]

# Datasette falls over a key that leaves the column it refers to unsaid, and finds a full-text index by double marks alone.
_TABLES = """
CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE incidents (incident TEXT PRIMARY KEY, title TEXT NOT NULL, zone TEXT NOT NULL);
CREATE TABLE sources (
    source TEXT PRIMARY KEY, kind TEXT, title TEXT, publisher TEXT, authors TEXT, url TEXT,
    published_earliest TEXT, published_latest TEXT, published_as_stated TEXT, language TEXT);
CREATE TABLE facts (
    fact_key INTEGER PRIMARY KEY, incident TEXT NOT NULL REFERENCES incidents (incident), fact TEXT NOT NULL, version INTEGER NOT NULL,
    kind TEXT NOT NULL, statement TEXT, occurred_as_stated TEXT, occurred_earliest TEXT, occurred_latest TEXT,
    occurred_edtf TEXT, occurred_approximate INTEGER NOT NULL, details TEXT, status TEXT NOT NULL,
    retracted INTEGER NOT NULL, redacted INTEGER NOT NULL, origins INTEGER NOT NULL, UNIQUE (incident, fact));
CREATE TABLE places (
    fact_key INTEGER NOT NULL REFERENCES facts (fact_key), place TEXT NOT NULL, role TEXT, as_stated TEXT,
    longitude REAL, latitude REAL, uncertainty_m INTEGER, precision TEXT, PRIMARY KEY (fact_key, place));
CREATE TABLE participants (
    fact_key INTEGER NOT NULL REFERENCES facts (fact_key), participant TEXT NOT NULL, role TEXT, name TEXT, as_described TEXT,
    PRIMARY KEY (fact_key, participant));
CREATE TABLE quantities (
    fact_key INTEGER NOT NULL REFERENCES facts (fact_key), quantity TEXT NOT NULL, as_stated TEXT, value TEXT, minimum TEXT,
    maximum TEXT, unit TEXT, approximate INTEGER NOT NULL, PRIMARY KEY (fact_key, quantity));
CREATE TABLE citations (
    citation_key INTEGER PRIMARY KEY, fact_key INTEGER NOT NULL REFERENCES facts (fact_key), citation TEXT NOT NULL,
    source TEXT NOT NULL REFERENCES sources (source), stance TEXT NOT NULL, counts INTEGER NOT NULL, why TEXT NOT NULL,
    quote TEXT, speaker TEXT, speaker_capacity TEXT, relays TEXT, published_by TEXT, snapshot TEXT, pinned INTEGER NOT NULL,
    as_stated TEXT, UNIQUE (fact_key, citation));
CREATE TABLE acts (
    position INTEGER PRIMARY KEY, incident TEXT NOT NULL REFERENCES incidents (incident), fact_key INTEGER REFERENCES facts (fact_key),
    version INTEGER NOT NULL, type TEXT NOT NULL, recorded_at TEXT NOT NULL, actor TEXT NOT NULL, changes TEXT, words TEXT);
CREATE TABLE corrections (
    position INTEGER PRIMARY KEY REFERENCES acts (position), fact_key INTEGER NOT NULL REFERENCES facts (fact_key), type TEXT NOT NULL,
    class TEXT, cause TEXT, reason TEXT, notice TEXT, recorded_at TEXT NOT NULL);
"""
_INDEXES = """
CREATE INDEX facts_of_kind ON facts (kind);
CREATE INDEX facts_of_time ON facts (occurred_earliest);
CREATE INDEX citations_of_source ON citations (source);
CREATE INDEX citations_of_fact ON citations (fact_key);
CREATE INDEX acts_of_fact ON acts (fact_key);
CREATE INDEX acts_of_incident ON acts (incident);
CREATE INDEX corrections_of_fact ON corrections (fact_key);
CREATE VIRTUAL TABLE facts_fts USING fts5 (statement, details, content="facts", content_rowid='fact_key');
CREATE VIRTUAL TABLE citations_fts USING fts5 (quote, content="citations", content_rowid='citation_key');
INSERT INTO facts_fts (facts_fts) VALUES ('rebuild');
INSERT INTO citations_fts (citations_fts) VALUES ('rebuild');
ANALYZE;
"""


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What the copy says of itself: which ledger, at which point of both axes."""

    ledger: str
    position: int
    public_at: str | None
    made_by: str


class Copied(msgspec.Struct, frozen=True, kw_only=True):
    """What was copied, by table."""

    incidents: int
    facts: int
    citations: int
    sources: int
    acts: int


def copy_views(path: Path, many: Iterable[Told], about: About) -> Copied:
    """Make the database at `path`, one incident after another. Raises StoreError where the disk refuses."""
    try:
        with closing(sqlite3.connect(path, isolation_level=None)) as database:
            # The file is new and has its name only once it is whole: nothing has to survive a crash of its making.
            database.execute("PRAGMA journal_mode=OFF")
            database.execute("PRAGMA synchronous=OFF")
            database.executescript(_TABLES)
            database.execute("BEGIN")
            copy = _Copy(database)
            for name, value in msgspec.structs.asdict(about).items():
                if value is not None:
                    database.execute("INSERT INTO about VALUES (?, ?)", (name, str(value)))
            for told in many:
                copy.take(told)
            database.execute("COMMIT")
            database.executescript(_INDEXES)
            return copy.copied()
    except sqlite3.Error as error:
        raise StoreError(f"the SQLite copy could not be written: {error}; nothing of it was left") from error


class _Copy:
    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._facts = 0
        self._citations = 0

    def copied(self) -> Copied:
        """How many rows each table has."""
        counts = {
            name: self._database.execute(f"SELECT count(*) FROM {name}").fetchone()[0]  # noqa: S608  names of this file
            for name in Copied.__struct_fields__
        }
        return Copied(**counts)

    def _put(self, table: str, rows: Iterable[Sequence[object]], *, once: bool = False) -> None:
        kept = list(rows)
        if kept:
            places = ", ".join("?" * len(kept[0]))
            verb = "INSERT OR IGNORE" if once else "INSERT"
            self._database.executemany(f"{verb} INTO {table} VALUES ({places})", kept)

    def take(self, told: Told) -> None:
        """Put in one incident with all that belongs to it; a source that is there already stays."""
        self._put("incidents", [(told.incident, cell(told.view.title), cell(told.view.zone))])
        self._put("sources", map(_source, told.sources.values()), once=True)
        keys: dict[str, int] = {}
        for fact in told.view.facts:
            self._facts += 1
            keys[fact.fact] = self._facts
            self._fact(told.incident, fact, self._facts)
        self._put("acts", _acts(told, keys))
        for name, key in keys.items():
            self._put("corrections", _corrections(told, name, key))

    def _fact(self, incident: str, fact: FactView, key: int) -> None:
        content = fact.content
        self._put("facts", [(key, incident, *_fact(fact))])
        self._put("places", ((key, *_place(one)) for one in content.places))
        self._put(
            "participants",
            (
                (key, one.id, one.role, _text(one.name), _text(one.as_described))
                for one in content.participants
            ),
        )
        self._put(
            "quantities",
            (
                (
                    key,
                    one.id,
                    one.as_stated or _absent(one.absent),
                    one.value,
                    one.min,
                    one.max,
                    one.unit,
                    one.approximate,
                )
                for one in content.quantities
            ),
        )
        rows = []
        for passage in fact.attestations:
            self._citations += 1
            rows.append((self._citations, key, *_citation(passage)))
        self._put("citations", rows)


def _text(value: object) -> str | None:
    """A text, absence in brackets; NULL where nothing was said."""
    return None if value is None or value == () else cell(value)


def _absent(value: str | None) -> str | None:
    return None if value is None else f"[{value}]"


def _when(when: When | None) -> tuple[object, ...]:
    if when is None:
        return None, None, None, None, False
    said = when.as_stated or _absent(when.absent)
    return said, when.earliest, when.latest, when.edtf, when.approximate


def _fact(fact: FactView) -> tuple[object, ...]:
    content = fact.content
    return (
        fact.fact,
        fact.version,
        content.kind,
        _text(content.statement),
        *_when(content.occurred),
        as_json(content.details) or None,
        fact.status,
        "retracted" in fact.decided,
        "redacted" in fact.decided,
        fact.origins,
    )


def _place(place: Place) -> tuple[object, ...]:
    return (
        place.id,
        place.role,
        place.as_stated or _absent(place.absent),
        None if place.lon is None else float(place.lon),
        None if place.lat is None else float(place.lat),
        place.uncertainty_m,
        place.precision,
    )


def _citation(passage: AttestationView) -> tuple[object, ...]:
    one = passage.attestation
    speaker = one.speaker
    said_by = None
    if speaker is not None:
        said_by = _text(speaker.name) or speaker.id or _absent(speaker.absent)
    return (
        one.id,
        one.source,
        one.stance,
        passage.counts,
        passage.why,
        quoted_words(one) or None,
        said_by,
        None if speaker is None else speaker.capacity,
        one.relays,
        passage.published_by,
        one.snapshot,
        passage.pinned,
        None if one.as_stated is None else as_json(one.as_stated) or None,
    )


def _source(source: Described) -> tuple[object, ...]:
    published = source.published
    dates: tuple[object, ...] = (None, None, None)
    if published == "never":
        dates = (None, None, "never")
    elif published is not None:
        dates = (published.earliest, published.latest, _text(published.as_stated))
    return (
        source.id,
        _text(source.kind),
        _text(source.title),
        _text(source.publisher),
        cell(source.authors) if isinstance(source.authors, Absent) else "; ".join(source.authors) or None,
        _text(source.url),
        *dates,
        _text(source.language),
    )


def _acts(told: Told, keys: dict[str, int]) -> Iterator[tuple[object, ...]]:
    for entry in told.entries:
        yield (
            entry.position,
            told.incident,
            keys.get(entry.fact or ""),
            entry.version,
            entry.type,
            entry.recorded_at,
            entry.actor,
            as_json(entry.changes) or None,
            as_json(entry.words) or None,
        )


def _corrections(told: Told, fact: str, key: int) -> Iterator[tuple[object, ...]]:
    for entry in corrections_of(told.entries, fact):
        words = entry.words
        yield (
            entry.position,
            key,
            entry.type,
            *(_text(words.get(name)) for name in ("class", "cause", "reason", "notice")),
            entry.recorded_at,
        )
