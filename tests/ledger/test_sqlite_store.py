"""What a ledger file promises while it is written and read (contract.py): one dense sequence, one transaction, no half state."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from threading import Barrier, Thread
from typing import TYPE_CHECKING

import pytest

from ledger.errors import IntegrityError, StoreError
from ledger.stores.contract import Removal
from ledger.stores.sqlite_store import PAGE_ROWS, SQLiteStore
from tests.batches import append, event, words

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SQLiteStore]:
    opened = SQLiteStore(tmp_path / "test.ledger", create=True)
    yield opened
    opened.close()


def _foreign(store: SQLiteStore) -> closing[sqlite3.Connection]:
    """A connection of another program, with everything at its defaults."""
    return closing(sqlite3.connect(store.path, isolation_level=None))


def test_an_unfinished_reading_sees_no_half_state_and_holds_nothing_up(store: SQLiteStore) -> None:
    append(store, *(event("a", n, words(title=f"quiet name {n}")) for n in range(1, PAGE_ROWS + 10)))
    reading = store.rows()
    next(reading)

    append(store, event("b", 1), removals=[Removal(position=PAGE_ROWS + 5, paths=("title",))])

    assert "b" == next(iter(store.rows(store.head().position))).stream
    assert store.truncate_wal(wait=False)
    assert 0 == store.path.with_name(store.path.name + "-wal").stat().st_size
    rest = list(reading)
    assert "a" == rest[-1].stream, "the reading ends where the log ended when it began"
    assert b"" == rest[PAGE_ROWS + 3].disclosures, "what was redacted meanwhile is masked"


def test_a_missing_position_is_not_read_over(store: SQLiteStore) -> None:
    append(store, *(event("a", n) for n in range(1, 5)), us=10)
    append(store, event("a", 5), us=20)
    with _foreign(store) as foreign:
        foreign.execute("DROP TRIGGER events_are_never_deleted")
        foreign.execute("DELETE FROM events WHERE position = 3")

    reading = store.rows()
    assert [1, 2] == [next(reading).position for _ in range(2)]
    with pytest.raises(IntegrityError, match="position 3"):
        next(reading)
    with pytest.raises(IntegrityError, match="position 3"):
        store.position_at(15)


@pytest.mark.parametrize("gone", [1, PAGE_ROWS, PAGE_ROWS + 1, PAGE_ROWS + 2])
def test_a_missing_position_is_not_read_over_at_the_edges_of_a_page(store: SQLiteStore, gone: int) -> None:
    append(store, *(event("a", n) for n in range(1, PAGE_ROWS + 3)))
    with _foreign(store) as foreign:
        foreign.execute("DROP TRIGGER events_are_never_deleted")
        foreign.execute("DELETE FROM events WHERE position = ?", (gone,))

    read: list[int] = []
    with pytest.raises(IntegrityError, match=rf"position {gone}\b"):
        read.extend(row.position for row in store.rows())
    assert list(range(1, gone)) == read


@pytest.mark.parametrize(("count", "pages"), [(3, 1), (PAGE_ROWS - 1, 1), (PAGE_ROWS + 1, 2)])
def test_nothing_is_asked_for_after_the_last_page_of_a_stream_or_topic(
    store: SQLiteStore, count: int, pages: int
) -> None:
    append(store, *(event("a", n) for n in range(1, count + 1)))
    asked: list[str] = []
    assert store._reader is not None
    store._reader.set_trace_callback(asked.append)

    for found in (store.stream("a", until=count), store.of_topic("Thing@1")):
        asked.clear()
        assert count == len(list(found))
        assert pages == len(asked)


def test_a_reader_stands_beside_the_writer_and_sees_what_is_durable(store: SQLiteStore) -> None:
    append(store, event("a", 1))
    with closing(SQLiteStore(store.path, read_only=True)) as reader:
        append(store, event("a", 2))

        assert 2 == reader.head().position
        assert [1, 2] == [row.position for row in reader.rows()]
        with pytest.raises(StoreError, match="read-only"):
            append(reader, event("a", 3))
        with pytest.raises(StoreError, match="read-only"):
            reader.truncate_wal()
    assert [3] == append(store, event("a", 3))


def test_the_log_is_not_emptied_under_a_reader_in_another_program(store: SQLiteStore) -> None:
    append(store, event("a", 1))
    with _foreign(store) as foreign:
        foreign.execute("BEGIN")
        foreign.execute("SELECT * FROM events").fetchone()
        append(store, event("a", 2))

        assert not store.truncate_wal(wait=False)

        foreign.execute("COMMIT")
    assert store.truncate_wal()


def test_closing_twice_is_no_fault_and_using_a_closed_store_is(store: SQLiteStore) -> None:
    append(store, event("a", 1))
    store.close()
    store.close()

    for use in (
        store.head,
        store.truncate_wal,
        lambda: append(store, event("a", 2)),
        lambda: list(store.rows()),
    ):
        with pytest.raises(StoreError, match="closed"):
            use()
    assert [store.path.name] == [path.name for path in store.path.parent.iterdir()], "no log is left behind"


def test_closing_waits_for_reads_under_way_and_refuses_new_ones(store: SQLiteStore) -> None:
    """The library's pool would close the connection under the reader: a segmentation fault."""
    append(store, *(event("incident/a", version) for version in range(1, 2_001)))
    under_way = Barrier(5)
    read: list[int] = []
    refused: list[str] = []

    def read_on() -> None:
        read.append(len(store.recorder.select_notifications(start=1, limit=2_000)))
        under_way.wait()
        try:
            while True:
                read.append(len(store.recorder.select_notifications(start=1, limit=2_000)))
        except StoreError as error:
            refused.append(str(error))

    readers = [Thread(target=read_on, daemon=True) for _ in range(4)]
    for reader in readers:
        reader.start()
    under_way.wait()
    store.close()
    for reader in readers:
        reader.join()

    assert {2_000} == set(read)
    assert ["test.ledger was closed"] * 4 == refused
