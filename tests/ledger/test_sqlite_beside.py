"""A store that reads beside the one that writes, in one process: it knows where the log ends without asking the file."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from ledger.errors import StoreError
from ledger.stores.contract import Batch
from ledger.stores.sqlite_store import SQLiteStore
from tests.batches import append, event

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SQLiteStore]:
    with closing(SQLiteStore(tmp_path / "test.ledger", create=True)) as opened:
        yield opened


def _foreign(store: SQLiteStore) -> closing[sqlite3.Connection]:
    """A connection of another program, with everything at its defaults."""
    return closing(sqlite3.connect(store.path, isolation_level=None))


def test_a_store_beside_the_one_that_writes_takes_the_end_of_the_log_from_it(store: SQLiteStore) -> None:
    append(store, event("incident/a", 1))
    with closing(SQLiteStore(store.path, read_only=True, beside=store)) as reader:
        for version in (2, 3):
            assert store.head() == reader.head() == store.end
            append(store, event("incident/a", version))
            assert store.head() == reader.head() == store.end
            assert version == next(reader.rows(version, version)).version
        with _foreign(store) as other:
            # Nobody else writes a ledger that is locked. This shows that the file is not asked.
            other.execute("UPDATE head SET position = 9")
        assert (3, 9) == (reader.head().position, store.head().position)


def test_after_an_append_that_failed_the_file_says_where_the_log_ends(store: SQLiteStore) -> None:
    append(store, event("incident/a", 1))
    with closing(SQLiteStore(store.path, read_only=True, beside=store)) as reader:
        with pytest.raises(StoreError):
            store.append(Batch(after=7, recorded_us=2**50, events=[event("incident/a", 2)]))
        assert store.end is None
        with _foreign(store) as other:
            other.execute("UPDATE head SET position = 9")
        assert 9 == reader.head().position
