"""The stored tables across incidents: what they hold, and the digest by which two of them are compared (ADR 12).

One code for SQLite and PostgreSQL. A row that is true for a time has `known_from` and `known_to`: it holds at every position from the one
up to, and without, the other. Where both are the same it holds nowhere; it was only *said*, and is there so that a question about what
was public finds whatever may have stood. Incidents, facts and sources are told by the position at which they began, a number that
never changes and grows with the ledger; their ids stand in one place each.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    Index,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from ledger.events import ACTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

__all__ = [
    "ALERTS",
    "CITATIONS",
    "CITING",
    "CORRECTIONS",
    "EDGES",
    "FACTS",
    "FLAGS",
    "FOR_EVER",
    "INCIDENTS",
    "MATTERS",
    "MATTER_SOURCES",
    "METADATA",
    "OF_INCIDENT",
    "OF_SOURCE",
    "PLACES",
    "ROLES",
    "SOURCES",
    "TEXTS",
    "TRACKING",
    "digests",
    "indexes",
    "schema_digest",
]

FOR_EVER = 2**62
"""The `known_to` of what still stands."""

VERSION = 2
"""To be raised whenever the same events give other rows than before: the tables are then built anew by themselves."""

METADATA = MetaData()

_TEXT = Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
"""Text that is ordered by its bytes, in whatever language a database is set up."""


def _key(name: str) -> Column[int]:
    return Column(name, BigInteger, primary_key=True, autoincrement=False)


def _text_key(name: str) -> Column[str]:
    return Column(name, _TEXT, primary_key=True)


def _number(name: str, *, missing: bool = False) -> Column[int]:
    return Column(name, BigInteger, nullable=missing)


def _words(name: str, *, missing: bool = False) -> Column[str]:
    return Column(name, _TEXT, nullable=missing)


INCIDENTS = Table(
    "incidents",
    METADATA,
    _key("incident"),
    _key("known_from"),
    _number("known_to"),
    _words("id"),
    _words("title", missing=True),
    _words("zone", missing=True),
    Index("incidents_id", "id"),
    sqlite_with_rowid=False,
)
FACTS = Table(
    "facts",
    METADATA,
    _key("fact"),
    _key("known_from"),
    Column("said", SmallInteger, primary_key=True, autoincrement=False),
    _number("known_to"),
    _number("incident"),
    _words("id"),
    _number("version"),
    _words("kind"),
    _number("kind_version"),
    _words("status"),
    Column("retracted", SmallInteger, nullable=False),
    Column("redacted", SmallInteger, nullable=False),
    _number("origins"),
    _number("earliest_us", missing=True),
    _number("latest_us", missing=True),
    Column("span", SmallInteger, nullable=False),
    Column("derived", SmallInteger, nullable=False),
    Index("facts_incident", "incident", "fact"),
    Index("facts_kind", "kind", "fact"),
    Index("facts_status", "status", "fact"),
    sqlite_with_rowid=False,
)
ROLES = Table(
    "roles",
    METADATA,
    _text_key("role"),
    _key("fact"),
    _key("known_from"),
    Column("said", SmallInteger, primary_key=True, autoincrement=False),
    _number("known_to"),
    _number("incident"),
    Index("roles_incident", "incident"),
    sqlite_with_rowid=False,
)
PLACES = Table(
    "places",
    METADATA,
    _key("fact"),
    _text_key("place"),
    _key("known_from"),
    Column("said", SmallInteger, primary_key=True, autoincrement=False),
    _number("known_to"),
    _number("incident"),
    _words("lon"),
    _words("lat"),
    _number("uncertainty_m", missing=True),
    Column("south", Float, nullable=False),
    Column("north", Float, nullable=False),
    Column("west", Float, nullable=False),
    Column("east", Float, nullable=False),
    Index("places_incident", "incident"),
    Index("places_south", "south", "north"),
    sqlite_with_rowid=False,
)
TEXTS = Table(
    "texts",
    METADATA,
    Column("id", BigInteger().with_variant(sqlite.INTEGER(), "sqlite"), primary_key=True),
    _number("fact"),
    _number("known_from"),
    Column("said", SmallInteger, nullable=False),
    _number("known_to"),
    _number("incident"),
    _words("statement"),
    _words("others"),
    Index("texts_fact", "fact", "known_from", "said", unique=True),
    Index("texts_incident", "incident"),
)
CITATIONS = Table(
    "citations",
    METADATA,
    _text_key("source"),
    _key("fact"),
    _text_key("attestation"),
    _key("known_from"),
    _number("known_to"),
    _number("incident"),
    _number("cited_at"),
    _number("version"),
    _words("stance"),
    _words("why"),
    _words("relays", missing=True),
    Index("citations_incident", "incident"),
    sqlite_with_rowid=False,
)
CORRECTIONS = Table(
    "corrections",
    METADATA,
    _key("position"),
    _number("incident"),
    _number("fact"),
    _words("fact_id"),
    _number("version"),
    _words("act"),
    _words("class", missing=True),
    _words("cause"),
    _words("reason", missing=True),
    _words("notice", missing=True),
    _words("in_favour_of", missing=True),
    _number("recorded_us"),
    Index("corrections_incident", "incident"),
)
MATTERS = Table(
    "matters",
    METADATA,
    _key("incident"),
    _key("number"),
    _words("id"),
    _words("sort"),
    _number("position"),
    _words("item"),
    sqlite_with_rowid=False,
)
MATTER_SOURCES = Table(
    "matter_sources",
    METADATA,
    _text_key("source"),
    _key("incident"),
    _key("number"),
    Index("matter_sources_incident", "incident"),
    sqlite_with_rowid=False,
)
CITING = Table(
    "citing",
    METADATA,
    _text_key("source"),
    _key("incident"),
    Index("citing_incident", "incident"),
    sqlite_with_rowid=False,
)
ALERTS = Table("alerts", METADATA, _key("incident"), _number("since"))
FLAGS = Table(
    "flags",
    METADATA,
    _key("incident"),
    _text_key("part"),
    _words("id"),
    _number("since"),
    _words("code"),
    _words("stream"),
    sqlite_with_rowid=False,
)
SOURCES = Table(
    "sources",
    METADATA,
    _key("source"),
    _key("known_from"),
    _number("known_to"),
    _words("id"),
    _words("kind", missing=True),
    _words("title", missing=True),
    _words("publisher", missing=True),
    _words("earliest", missing=True),
    _words("latest", missing=True),
    Column("never", SmallInteger, nullable=False),
    _number("snapshots"),
    _number("notices"),
    Index("sources_id", "id"),
    sqlite_with_rowid=False,
)
EDGES = Table(
    "edges",
    METADATA,
    _text_key("source"),
    _key("number"),
    _words("to"),
    _number("declared_at"),
    Index("edges_to", "to"),
    sqlite_with_rowid=False,
)
TRACKING = Table(
    "tracking",
    METADATA,
    _text_key("application"),
    _number("position"),
    Column("leaf", LargeBinary, nullable=False),
    _words("schema"),
    Column("erasing", SmallInteger, nullable=False),
)

OF_INCIDENT = (
    INCIDENTS,
    FACTS,
    ROLES,
    PLACES,
    TEXTS,
    CITATIONS,
    CORRECTIONS,
    MATTERS,
    MATTER_SOURCES,
    CITING,
    ALERTS,
    FLAGS,
)
"""The tables whose rows belong to one incident each, and are replaced with it."""

OF_SOURCE = (SOURCES, EDGES)
"""The tables whose rows belong to one source each."""

_UNCOUNTED = frozenset({"id"})


def indexes() -> Iterator[Index]:
    """Every index, in a fixed order. They are made after a table was filled from nothing."""
    for table in METADATA.sorted_tables:
        yield from sorted(table.indexes, key=lambda index: str(index.name))


def schema_digest() -> str:
    """What names this form of the tables, and the events that it is made of. Another one in a file means that it is built anew."""
    made = [str(CreateTable(table)) for table in METADATA.sorted_tables]
    made += [str(CreateIndex(index)) for index in indexes()]
    return hashlib.sha256("\n".join([str(VERSION), str(sorted(ACTS)), *made]).encode()).hexdigest()


def digests(connection: Connection) -> dict[str, str]:
    """The SHA-256 of each table's rows in the order of their keys: the same for the same rows, whenever they came in (law 4)."""
    found: dict[str, str] = {}
    for table in (*OF_INCIDENT, *OF_SOURCE):
        columns = [column for column in table.columns if table is not TEXTS or column.name not in _UNCOUNTED]
        order = columns if table is TEXTS else list(table.primary_key)
        digest = hashlib.sha256()
        query = select(*columns).order_by(*order)
        for row in connection.execute(query, execution_options={"yield_per": 1_000}):
            digest.update(msgspec.json.encode(tuple(row)) + b"\n")
        found[table.name] = digest.hexdigest()
    return found
