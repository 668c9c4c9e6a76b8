"""What every store promises while it is written and read (contract.py), on a ledger file and on a schema of a real PostgreSQL server."""

from __future__ import annotations

from bisect import bisect_right
from contextlib import closing
from itertools import accumulate, pairwise
from pathlib import Path
from threading import Barrier, Thread
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.disclosure import path_of, split_lines
from ledger.errors import StoreError
from ledger.stores import postgres_store
from ledger.stores.contract import Answer, Batch, Head, Removal, leaf_hash
from ledger.stores.opening import open_store
from ledger.stores.sqlite_store import PAGE_ROWS, SQLiteStore
from tests.batches import append, event, words
from tests.database_desk import DatabaseDesk
from tests.desk import a_small_ledger, begun, fact
from tests.postgres_server import fresh_address

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ledger.address import Address
    from ledger.stores.contract import Store


@pytest.fixture(params=["a file", "a database"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Address:
    if request.param == "a file":
        return tmp_path / "test.ledger"
    return fresh_address(request.getfixturevalue("database_url"), tmp_path)


@pytest.fixture
def store(address: Address) -> Iterator[Store]:
    opened = open_store(address, create=True)
    yield opened
    opened.close()


def _paths(store: Store, position: int) -> list[str]:
    (row,) = store.rows(position, position)
    return [path_of(line) for line in split_lines(row.disclosures)]


def test_a_new_ledger_is_empty(store: Store) -> None:
    assert Head(position=0, recorded_us=0) == store.head()
    assert [] == list(store.rows())
    assert [] == list(store.stream("incident/a"))
    assert 0 == store.position_at(2**60)


def test_rows_come_back_as_they_went_in(store: Store) -> None:
    lines = words(title="Stop", zone="America/Chicago")

    assert [1, 2] == append(store, event("incident/a", 1, lines), event("source/b", 1), us=50)

    first, second = store.rows()
    assert (1, "incident/a", 1, 50, "Thing@1", b"incident/a/1/", lines) == (
        first.position,
        first.stream,
        first.version,
        first.recorded_us,
        first.topic,
        first.event,
        first.disclosures,
    )
    assert leaf_hash(b"incident/a/1/") == first.leaf
    assert (2, "source/b", b"") == (second.position, second.stream, second.disclosures)
    assert Head(position=2, recorded_us=50) == store.head()


def test_positions_are_dense_after_refused_appends(store: Store) -> None:
    append(store, event("a", 1))
    for refused in ([event("a", 1)], [event("b", 1), event("a", 1)], [event("b", 1), event("b", 1)]):
        with pytest.raises(StoreError, match="nothing was recorded"):
            append(store, *refused)

    assert [2, 3] == append(store, event("b", 1), event("b", 2))
    assert ["a", "b"] == store.streams("")
    assert [1, 2, 3] == [row.position for row in store.rows()]


@pytest.mark.parametrize("after", [0, 2], ids=["an old head", "a head to come"])
def test_a_batch_decided_against_another_head_is_refused(store: Store, after: int) -> None:
    append(store, event("a", 1), us=10)

    with pytest.raises(StoreError, match=f"decided against head {after}, the head is at 1"):
        store.append(Batch(after=after, recorded_us=20, events=[event("b", 1)]))

    assert Head(position=1, recorded_us=10) == store.head()
    assert [] == store.streams("b")


@pytest.mark.parametrize("us", [9, 10], ids=["earlier", "the same"])
def test_recorded_at_is_later_with_every_transaction(store: Store, us: int) -> None:
    append(store, event("a", 1), us=10)

    with pytest.raises(StoreError, match="later than the last"):
        append(store, event("a", 2), us=us)

    assert [2] == append(store, event("a", 2), us=11)


@pytest.mark.parametrize(("pages", "more"), [(1, -1), (1, 0), (1, 1), (2, 0)])
def test_every_row_is_read_at_the_edges_of_a_page(store: Store, pages: int, more: int) -> None:
    count = pages * (PAGE_ROWS if isinstance(store, SQLiteStore) else postgres_store.PAGE_ROWS) + more
    append(store, *(event("a", n) for n in range(1, count + 1)), event("b", 1))

    assert list(range(1, count + 2)) == [row.position for row in store.rows()]
    assert list(range(1, count + 1)) == [row.version for row in store.stream("a")]
    assert list(range(1, count + 2)) == [row.position for row in store.of_topic("Thing@1")]
    assert [count] == [row.version for row in store.stream("a", after=count - 1)]


def test_rows_and_streams_are_read_within_bounds(store: Store) -> None:
    append(store, event("a", 1), event("b", 1), event("a", 2), event("a", 3))

    assert [2, 3] == [row.position for row in store.rows(2, 3)]
    assert [3, 4] == [row.position for row in store.rows(3, 99)]
    assert [] == list(store.rows(5))
    assert [] == list(store.rows(3, 2))
    assert [2, 3] == [row.version for row in store.stream("a", after=1)]
    assert [1, 2] == [row.version for row in store.stream("a", until=3)]
    assert [] == list(store.stream("a", after=3))


def test_streams_are_named_in_the_order_in_which_they_began(store: Store) -> None:
    append(
        store, event("incident/b", 1), event("source/x", 1), event("incident/a", 1), event("incident/b", 2)
    )

    assert ["incident/b", "incident/a"] == store.streams("incident/")
    assert [] == store.streams("incident/%")


def test_answers_are_kept_by_caller_and_key(store: Store) -> None:
    kept = Answer(caller="key:k", key="one", salt=b"s", digest=b"d", answer=b"{}", position=1)
    append(store, event("a", 1), answers=[kept])

    assert kept == store.answer("key:k", "one")
    assert store.answer("key:k", "two") is None
    assert store.answer("key:other", "one") is None


def test_an_answer_given_twice_refuses_the_whole_batch(store: Store) -> None:
    kept = Answer(caller="k", key="one", salt=b"s", digest=b"d", answer=b"{}", position=1)
    append(store, event("a", 1), answers=[kept])

    with pytest.raises(StoreError):
        append(store, event("a", 2), answers=[kept])

    assert 1 == store.head().position


def test_a_removal_erases_the_named_lines_and_no_other(store: Store) -> None:
    lines = words(
        statement="s",
        participants__p1__name="n",
        participants__p1__as_described="d",
        participants__p10__name="o",
    )
    append(store, event("a", 1, lines), event("a", 2, words(statement="t")))
    before = list(store.rows())

    append(store, event("a", 3), removals=[Removal(position=1, paths=("participants/p1",))])

    assert ["statement", "participants/p10/name"] == _paths(store, 1)
    assert set(split_lines(next(store.rows(1, 1)).disclosures)) < set(split_lines(lines))
    assert before[1:] == list(store.rows(2, 2))
    assert [row.event for row in before] == [row.event for row in store.rows(1, 2)]


def test_removals_twice_of_everything_and_of_nothing_are_no_fault(store: Store) -> None:
    append(store, event("a", 1, words(statement="s")), event("a", 2))
    for version, paths in enumerate((("statement",), ("statement",), ("other",), ()), start=3):
        append(
            store,
            event("a", version),
            removals=[
                Removal(position=1, paths=paths),
                Removal(position=2, paths=paths),
                Removal(position=99, paths=paths),
            ],
        )

    assert [] == _paths(store, 1)


@pytest.mark.parametrize("paths", [("statement",), ()], ids=["words", "the snapshot it names"])
def test_a_removal_drops_the_digest_of_the_request_and_keeps_its_answer(
    store: Store, paths: tuple[str, ...]
) -> None:
    answers = [
        Answer(caller="k", key=str(n), salt=b"s", digest=b"d", answer=b"{}", position=n) for n in (1, 2)
    ]
    append(store, event("a", 1, words(statement="s")), event("a", 2), answers=answers)

    append(store, event("a", 3), removals=[Removal(position=1, paths=paths)])

    first, second = store.answer("k", "1"), store.answer("k", "2")
    assert first is not None
    assert (b"", b"", b"{}") == (first.salt, first.digest, first.answer)
    assert answers[1] == second


def test_many_threads_read_while_one_writes(store: Store) -> None:
    append(store, event("a", 1))
    start = Barrier(4)
    faults: list[str] = []

    def read() -> None:
        start.wait()
        seen = 0
        while seen < 40:
            head = store.head()
            positions = [row.position for row in store.rows()]
            if (
                head.position < seen
                or positions != list(range(1, len(positions) + 1))
                or len(positions) < head.position
            ):
                faults.append(f"head {head.position} after {seen}, rows {positions}")
                return
            seen = head.position

    threads = [Thread(target=read, daemon=True) for _ in range(3)]
    for thread in threads:
        thread.start()
    start.wait()
    for version in range(2, 41):
        append(store, event("a", version))
    for thread in threads:
        thread.join()

    assert [] == faults


def test_times_given_in_order_are_read_in_order(store: Store) -> None:
    for version, us in enumerate(accumulate([5, 1, 7]), start=1):
        append(store, event("a", version), us=us)

    assert all(one.recorded_us < other.recorded_us for one, other in pairwise(store.rows()))


def test_rows_of_a_topic_come_in_order_whether_it_has_an_index_or_not(
    address: Address,
) -> None:
    desk = a_small_ledger(address) if isinstance(address, Path) else begun(DatabaseDesk(address))
    desk.redact(facts=[{"fact": "drag", "paths": ["statement"]}])
    desk.act(fact("third"))
    desk.redact(facts=[{"fact": "other", "paths": ["statement"]}])

    every = list(desk.store.rows())
    for topic in {row.topic for row in every}:
        expected = [row for row in every if row.topic == topic]
        assert expected == list(desk.store.of_topic(topic))
        assert expected[1:] == list(desk.store.of_topic(topic, after=expected[0].position))
    assert [] == list(desk.store.of_topic("LineageDeclared@1"))
    desk.close()


@settings(max_examples=15)
@given(
    batches=st.lists(st.tuples(st.integers(1, 3), st.integers(1, 4)), max_size=12),
    asked=st.lists(st.integers(0, 50), max_size=8),
)
@pytest.mark.parametrize("kind", ["a file", "a database"])
def test_the_position_at_a_time_is_that_of_a_naive_search(
    tmp_path_factory: pytest.TempPathFactory,
    database_url: str,
    kind: str,
    batches: list[tuple[int, int]],
    asked: list[int],
) -> None:
    folder = tmp_path_factory.mktemp("at")
    place = folder / "test.ledger" if kind == "a file" else fresh_address(database_url, folder)
    with closing(open_store(place, create=True)) as store:
        times: list[int] = []
        for step, size in batches:
            us = (times[-1] if times else 0) + step
            append(store, *(event("a", len(times) + 1 + n) for n in range(size)), us=us)
            times += [us] * size

        for us in {*asked, *times}:
            found = store.position_at(us)

            assert bisect_right(times, us) == found
            # Events of one transaction share their time, so a time never cuts one.
            assert [0, *times][found] != [*times, 99][found]
