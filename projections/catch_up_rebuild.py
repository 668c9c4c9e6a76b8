"""Building the stored views from nothing: beside, compared by digest, and put in place in one go (ADR 12).

Incident after incident is read and folded, so that it takes the memory of one. A build that is interrupted leaves a file beside that
nobody reads and that the next one removes.
"""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import insert

from ledger.folders import sync_folder
from projections.catch_up_file import (
    APPLICATION,
    copy_over,
    create_tables,
    finish_tables,
    open_to_read,
    open_to_write,
    remove,
    said_plainly,
    settle,
)
from projections.gathering import Gathering
from projections.replacing import Filling
from projections.tables import TRACKING, digests, schema_digest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy import Connection

    from ledger.stores.contract import Store
    from projections.anchoring import Texts

__all__ = ["Rebuilt", "build", "digests_of", "fill", "swap"]


BESIDE = "views.db.new"
_FLUSH_ROWS = 5_000
_TOLD_EVERY = 1_000
_BEYOND_REPAIR = (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT)
_PRIMARY_CODE = 0xFF


class Rebuilt(msgspec.Struct, frozen=True, kw_only=True):
    """What a rebuild found. `tables`: the digest of each table, up to `position`.

    `differing` are the tables that were not as they should have been; None where there was nothing to compare with.
    """

    position: int
    tables: dict[str, str]
    differing: tuple[str, ...] | None = None


def _say_nothing(_done: int, _of: int) -> None:
    pass


@contextmanager
def _empty_tables(path: Path) -> Iterator[Connection]:
    """A new file with the tables in it, in one transaction without a journal: if it does not come to its end, the file is thrown away."""
    remove(path)
    engine = open_to_write(path, in_place=False)
    try:
        with said_plainly(path), engine.begin() as connection:
            create_tables(connection)
            yield connection
    finally:
        engine.dispose()


def build(
    store: Store,
    folder: Path,
    texts: Texts,
    until: int,
    progress: Callable[[int, int], None] = _say_nothing,
) -> Path:
    """The stored views of the log up to a position, made from nothing in a file beside; its path.

    `progress` is told every now and then how many incidents are done, of how many. Raises StoreError where a file refuses.
    """
    path = folder / BESIDE
    with _empty_tables(path) as connection:
        fill(connection, store, texts, until, progress)
        finish_tables(connection)
    with said_plainly(path):
        settle(path)
    return path


def fill(
    connection: Connection,
    store: Store,
    texts: Texts,
    until: int,
    progress: Callable[[int, int], None] = _say_nothing,
) -> None:
    """Fill empty tables with the views of the log up to a position, and say so in the tracking row."""
    gathering = Gathering(store, texts, until)
    filling = Filling(connection, _FLUSH_ROWS)
    for name in store.streams("source/"):
        filling.add(gathering.rows_of_source(gathering.source(name.partition("/")[2])))
    filling.flush()
    incidents = store.streams("incident/")
    for number, name in enumerate(incidents, 1):
        stream = gathering.read(name)
        if stream.first:
            filling.add(gathering.rows_of_incident(connection, stream))
        if number % _TOLD_EVERY == 0:
            progress(number, len(incidents))
    filling.flush()
    progress(len(incidents), len(incidents))
    leaf = next((row.leaf for row in store.rows(until, until)), b"") if until else b""
    connection.execute(insert(TRACKING).values((APPLICATION, until, leaf, schema_digest(), 0)))


def digests_of(path: Path) -> dict[str, str]:
    """The digest of each table in a file of stored views."""
    engine = open_to_read(path)
    try:
        with said_plainly(path), engine.connect() as connection:
            return digests(connection)
    finally:
        engine.dispose()


def swap(beside: Path, path: Path) -> None:
    """Let what was built beside be the stored views. Those who read see what was there until then, or all that is there now."""
    if path.is_file():
        try:
            copy_over(beside, path)
        except sqlite3.Error as error:
            if (getattr(error, "sqlite_errorcode", None) or 0) & _PRIMARY_CODE not in _BEYOND_REPAIR:
                raise
        else:
            remove(beside)
            return
    remove(path)
    beside.replace(path)
    sync_folder(path.parent)
