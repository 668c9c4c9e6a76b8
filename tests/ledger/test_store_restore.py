"""What a store promises of rows that were recorded elsewhere: they lie as they lay there, and follow the head or are refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from api.rehearsal import ForgetfulStore
from ledger.errors import IntegrityError, StoreError
from ledger.stores.contract import Answer, Batch, Head, Removal, Row
from ledger.stores.sqlite_store import PAGE_ROWS, SQLiteStore
from tests.batches import append, event, words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from ledger.stores.contract import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SQLiteStore]:
    opened = SQLiteStore(tmp_path / "recorded.ledger", create=True)
    append(opened, event("registry", 1), us=10)
    append(opened, event("incident/a", 1, words(title="Stop")), event("source/b", 1), us=20)
    append(opened, event("incident/a", 2, words(title="Stop", zone="America/Chicago")), us=30)
    yield opened
    opened.close()


@pytest.fixture(params=["file", "rehearsal"])
def empty(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Store]:
    opened: Store = (
        SQLiteStore(tmp_path / "restored.ledger", create=True)
        if request.param == "file"
        else ForgetfulStore(None)
    )
    yield opened
    opened.close()


def _answer(key: str, position: int, caller: str = "desk") -> Answer:
    return Answer(caller=caller, key=key, salt=b"salt", digest=b"digest", answer=b"{}", position=position)


def test_restored_rows_lie_as_they_lay_in_the_other_store(store: SQLiteStore, empty: Store) -> None:
    empty.restore(list(store.rows()))

    assert list(store.rows()) == list(empty.rows())
    assert store.head() == empty.head()
    assert store.streams("") == empty.streams("")
    assert list(store.stream("incident/a")) == list(empty.stream("incident/a"))


def test_a_transaction_may_be_cut_between_two_restorings(store: SQLiteStore, empty: Store) -> None:
    rows = list(store.rows())

    empty.restore(rows[:2])
    empty.restore(rows[2:])

    assert rows == list(empty.rows())


def test_what_was_erased_stays_erased(store: SQLiteStore, empty: Store) -> None:
    erased = event("incident/a", 3)
    store.append(
        Batch(after=4, recorded_us=40, events=[erased], removals=[Removal(position=2, paths=("title",))])
    )

    empty.restore(list(store.rows()))

    assert b"" == next(empty.rows(2, 2)).disclosures


def test_the_log_goes_on_after_restored_rows(store: SQLiteStore, empty: Store) -> None:
    empty.restore(list(store.rows()))

    assert [5] == list(empty.append(Batch(after=4, recorded_us=31, events=[event("incident/a", 3)])))


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda rows: rows[1:], "position 2: the event after position 0 is position 1"),
        (lambda rows: [rows[0], rows[0]], "position 1: the event after position 1 is position 2"),
        (
            lambda rows: [*rows[:3], replace(rows[3], recorded_us=19)],
            "position 4: recorded_at is earlier than that of the event before",
        ),
        (
            lambda rows: [replace(rows[0], event=b"other"), *rows[1:]],
            "position 1: the bytes of the event do not match their leaf hash",
        ),
    ],
    ids=["a gap", "one twice", "time goes back", "other bytes"],
)
def test_rows_that_do_not_follow_are_refused_and_none_of_them_is_kept(
    store: SQLiteStore, empty: Store, spoil: Callable[[list[Row]], list[Row]], said: str
) -> None:
    with pytest.raises(IntegrityError) as refused:
        empty.restore(spoil(list(store.rows())))

    assert said == str(refused.value)
    assert Head(position=0, recorded_us=0) == empty.head()


def test_a_version_that_is_there_already_is_refused_by_the_file(store: SQLiteStore, tmp_path: Path) -> None:
    rows = list(store.rows())
    other = SQLiteStore(tmp_path / "other.ledger", create=True)
    try:
        with pytest.raises(StoreError, match="nothing was recorded"):
            other.restore([*rows[:3], replace(rows[3], version=1)])

        assert 0 == other.head().position
    finally:
        other.close()


def test_kept_answers_go_with_the_rows_and_come_back_in_order(store: SQLiteStore, empty: Store) -> None:
    kept = [_answer("k1", 2), _answer("k2", 3), _answer("k1", 4, caller="other")]

    empty.restore(list(store.rows()), answers=kept[::-1])

    assert kept == list(empty.answers())
    assert kept[1] == empty.answer("desk", "k2")


def test_an_answer_about_an_event_that_is_not_there_is_refused(store: SQLiteStore, empty: Store) -> None:
    with pytest.raises(IntegrityError, match="position 5: an answer is kept for an event that is not there"):
        empty.restore(list(store.rows()), answers=[_answer("k1", 5)])

    assert 0 == empty.head().position


def test_answers_are_read_a_page_at_a_time_and_none_is_left_out(store: SQLiteStore, tmp_path: Path) -> None:
    kept = [_answer(f"k{number:04}", 1) for number in range(2 * PAGE_ROWS + 1)]
    other = SQLiteStore(tmp_path / "other.ledger", create=True)
    try:
        other.restore(list(store.rows()), answers=kept)

        assert kept == list(other.answers())
    finally:
        other.close()


def test_a_rehearsed_store_tells_the_answers_under_it_and_its_own(store: SQLiteStore) -> None:
    real: Any = store
    real.append(Batch(after=4, recorded_us=50, events=[event("incident/a", 3)], answers=[_answer("k2", 5)]))
    rehearsed = ForgetfulStore(real)

    rehearsed.append(
        Batch(after=5, recorded_us=60, events=[event("incident/a", 4)], answers=[_answer("k1", 6)])
    )

    assert ["k1", "k2"] == [one.key for one in rehearsed.answers()]
