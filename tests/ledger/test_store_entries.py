"""The stored bytes alone, as the Merkle tree reads them: those of the rows, and no gap read over."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from ledger.errors import IntegrityError
from ledger.stores.sqlite_store import ENTRIES, SQLiteStore
from tests.batches import append, event

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SQLiteStore]:
    with closing(SQLiteStore(tmp_path / "a.ledger", create=True)) as made:
        yield made


def test_entries_are_the_bytes_of_the_rows_at_the_edges_of_a_page(store: SQLiteStore) -> None:
    append(store, *(event("incident/a", version) for version in range(1, ENTRIES + 3)))
    last = ENTRIES + 2

    for start, stop in ((1, None), (1, ENTRIES), (2, ENTRIES + 1), (ENTRIES, last), (last, last + 9), (0, 1)):
        assert [row.event for row in store.rows(start, stop)] == list(store.entries(start, stop))
    assert [] == list(store.entries(last + 1))


def test_a_missing_position_is_not_read_over(store: SQLiteStore) -> None:
    append(store, *(event("incident/a", version) for version in range(1, 6)))
    with closing(sqlite3.connect(store.path)) as other:
        other.execute("DROP TRIGGER events_are_never_deleted")
        other.execute("DELETE FROM events WHERE position IN (3, 5)")
        other.commit()

    before, read = [row.event for row in store.rows(1, 2)], list[bytes]()
    with pytest.raises(IntegrityError, match="position 3: the event is missing"):
        read.extend(store.entries())
    assert before == read
    with pytest.raises(IntegrityError, match="position 5: the event is missing"):
        list(store.entries(4))
