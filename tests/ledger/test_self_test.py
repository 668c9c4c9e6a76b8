"""The self-test when a ledger is opened: an older copy, a lost tail, another continuation and damaged last rows are refused by name."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from api.opening import open_for_reading, open_for_rehearsal, open_for_writing
from ledger import self_test as module
from ledger.append import Caller
from ledger.errors import IntegrityError, StoreError
from ledger.mark import NOTHING_YET, Mark, Marked
from ledger.read_command import read_command
from ledger.self_test import check_against_mark, self_test, where_it_ends
from ledger.stores.sqlite_store import SQLiteStore
from tests.desk import Desk, a_small_ledger, fact
from tests.tampering import Tamper, changed, rehashed, tamper

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from api.opening import OpenedForReading

_DESK = Caller(actor="desk")
_WAYS = {"reading": open_for_reading, "writing": open_for_writing, "rehearsal": open_for_rehearsal}
_END = 6


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The ledger of a_small_ledger, closed: six events, and a mark that says so."""
    path = tmp_path / "test.ledger"
    a_small_ledger(path).close()
    return path


def _mark(path: Path) -> Path:
    return path.with_name(path.name + ".d") / "mark"


def _marked(path: Path) -> Marked | None:
    return Mark(_mark(path)).read()


def _older(path: Path, *, acts: int = 1) -> None:
    """Record more, and put the ledger file back as it was before; its folder stays."""
    copy = path.with_name("copy")
    shutil.copy(path, copy)
    desk = Desk(path)
    for number in range(acts):
        desk.act(fact(f"more-{number}"))
    desk.close()
    copy.replace(path)


@pytest.mark.parametrize("way", _WAYS.values(), ids=_WAYS.keys())
def test_a_ledger_as_it_was_left_is_opened(
    path: Path, way: Callable[[Path], AbstractContextManager[OpenedForReading]]
) -> None:
    with way(path) as opened:
        assert path == opened.path
    assert _END == (_marked(path) or NOTHING_YET).position


@pytest.mark.parametrize("way", _WAYS.values(), ids=_WAYS.keys())
@pytest.mark.parametrize(("acts", "where"), [(1, "position 7"), (3, "positions 7 to 9")])
def test_an_older_copy_is_refused(
    path: Path, way: Callable[[Path], AbstractContextManager[object]], acts: int, where: str
) -> None:
    _older(path, acts=acts)
    before = path.read_bytes(), _mark(path).read_bytes()

    with pytest.raises(
        IntegrityError, match=f"position {_END + acts}, and the log ends at 6: an older copy"
    ) as refused:
        way(path).__enter__()

    assert where == refused.value.where
    assert before == (path.read_bytes(), _mark(path).read_bytes())


@pytest.mark.parametrize("way", _WAYS.values(), ids=_WAYS.keys())
def test_a_copy_that_went_on_differently_is_refused(
    path: Path, way: Callable[[Path], AbstractContextManager[object]]
) -> None:
    _older(path)
    mark = _mark(path).read_bytes()
    _mark(path).unlink()
    other = Desk(path)
    other.act(fact("otherwise"))
    other.act(fact("and-on"))
    other.close()
    _mark(path).write_bytes(mark)

    with pytest.raises(
        IntegrityError, match=r"another event than the mark says.*went on differently"
    ) as refused:
        way(path).__enter__()

    assert "position 7" == refused.value.where


@pytest.mark.parametrize("left", [None, b""], ids=["gone", "empty"])
def test_a_ledger_that_was_lost_is_not_begun_anew(path: Path, left: bytes | None) -> None:
    path.unlink()
    if left is not None:
        path.write_bytes(left)

    for way in (open_for_writing, open_for_rehearsal):
        with pytest.raises(
            IntegrityError, match="got to position 6, and there is no event: the ledger file was lost"
        ):
            way(path).__enter__()

    assert left == (path.read_bytes() if path.exists() else None)


def test_a_new_ledger_in_the_place_of_a_lost_one_is_refused(path: Path, tmp_path: Path) -> None:
    SQLiteStore(tmp_path / "new", create=True).close()
    (tmp_path / "new").replace(path)

    for way in _WAYS.values():
        with pytest.raises(IntegrityError, match="there is no event: the ledger file was lost"):
            way(path).__enter__()


def test_a_missing_mark_hinders_no_reader_and_is_made_anew_by_the_writer(path: Path) -> None:
    _mark(path).unlink()

    with open_for_reading(path):
        assert None is _marked(path)
    with open_for_writing(path):
        assert _END == (_marked(path) or NOTHING_YET).position


def test_a_mark_that_a_power_cut_left_behind_catches_up(path: Path) -> None:
    behind = _mark(path).read_bytes()
    desk = Desk(path)
    desk.act(fact("more"))
    desk.close()
    _mark(path).write_bytes(behind)

    with open_for_reading(path):
        assert _END == (_marked(path) or NOTHING_YET).position
    with open_for_writing(path):
        assert _END + 1 == (_marked(path) or NOTHING_YET).position


def test_a_damaged_mark_is_refused_and_stays_as_it_is(path: Path) -> None:
    _mark(path).write_bytes(b"mark\n")

    for way in _WAYS.values():
        with pytest.raises(IntegrityError, match="the mark is damaged"):
            way(path).__enter__()

    assert b"mark\n" == _mark(path).read_bytes()


def test_a_new_ledger_has_a_mark_before_its_first_event_and_moves_it_with_each_act(tmp_path: Path) -> None:
    path = tmp_path / "new" / "deeper" / "test.ledger"

    with open_for_writing(path) as opened:
        assert NOTHING_YET == _marked(path)
        given = {"op": "open-incident", "id": "stop", "title": "Traffic stop", "zone": "America/Chicago"}
        receipt = opened.writer.record(read_command(given, opened.ids), _DESK)
        with closing(SQLiteStore(path, read_only=True)) as store:
            assert where_it_ends(store) == _marked(path)
    assert receipt.position == (_marked(path) or NOTHING_YET).position


def test_what_cannot_be_a_folder_is_said_plainly(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(StoreError, match="cannot be made: Not a directory"):
        open_for_writing(tmp_path / "file" / "test.ledger").__enter__()
    with pytest.raises(StoreError, match="there is no ledger"):
        open_for_reading(tmp_path / "file" / "test.ledger").__enter__()


DAMAGED: dict[str, tuple[tuple[Tamper, ...], str, str]] = {
    "an event": (
        (changed("events", "event", 5, '"supports"', '"suppordr"'),),
        "their leaf hash",
        "position 5",
    ),
    "a disclosure": ((changed("disclosures", "lines", 5, "dragged", "tripped"),), "digest", "position 5"),
    "the event of the mark": (
        (changed("events", "event", 6, '"supports"', '"suppordr"'),),
        "their leaf hash",
        "position 6",
    ),
    "the event of the mark, with its leaf": (
        (changed("events", "event", 6, '"supports"', '"suppordr"'), rehashed(6)),
        "another event than the mark says",
        "position 6",
    ),
    "the time of a row": (
        ("UPDATE events SET recorded_us = recorded_us + 1 WHERE position = 5",),
        "the row says",
        "position 5",
    ),
    "the time of the last row": (
        ("UPDATE events SET recorded_us = recorded_us + 1 WHERE position = 6",),
        "the row says .*, and the mark",
        "position 6",
    ),
    "the time of the head": (
        ("UPDATE head SET recorded_us = recorded_us + 1",),
        "it says",
        "the row of the head",
    ),
    "the head put on": (("UPDATE head SET position = 9",), "the event is missing", "position 7"),
    "the head put back": (("UPDATE head SET position = 5",), "there is an event at position 6", "position 6"),
    "a row in the middle": (("DELETE FROM events WHERE position = 4",), "the event is missing", "position 4"),
    "the last row": (("DELETE FROM events WHERE position = 6",), "the event is missing", "position 6"),
    "another version": (("UPDATE events SET version = 7 WHERE position = 5",), "the row says", "position 5"),
    "another stream": (
        ("UPDATE streams SET stream = 'incident/other' WHERE stream = 'incident/stop'",),
        "the row says",
        "position 2",
    ),
    "an order of time": (
        (
            changed("events", "event", 3, "2021-05-08T12:", "2021-05-08T11:"),
            rehashed(3),
            "UPDATE events SET recorded_us = recorded_us - 3600000000 WHERE position = 3",
        ),
        "earlier than that of the event before",
        "position 3",
    ),
    "a request in two times": (
        (
            changed("events", "event", 1, "2021-05-08T12:", "2021-05-08T11:"),
            rehashed(1),
            "UPDATE events SET recorded_us = recorded_us - 3600000000 WHERE position = 1",
        ),
        "the events of one request were recorded at different times",
        "position 2",
    ),
}


@pytest.mark.parametrize(("tampers", "what", "where"), DAMAGED.values(), ids=DAMAGED.keys())
def test_damage_in_the_last_rows_is_found_before_anything_is_written(
    path: Path, tampers: tuple[Tamper, ...], what: str, where: str
) -> None:
    tamper(path, *tampers)

    with pytest.raises(IntegrityError, match=what) as refused:
        open_for_writing(path).__enter__()

    assert where == refused.value.where


def test_rows_before_the_last_ones_are_left_to_decisions_and_to_verify(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tamper(path, changed("disclosures", "lines", 3, "police", "polize"))
    monkeypatch.setattr(module, "LAST_ROWS", 3)

    with open_for_writing(path):
        pass
    monkeypatch.setattr(module, "LAST_ROWS", 4)
    with pytest.raises(IntegrityError, match="position 3"):
        open_for_writing(path).__enter__()


def test_a_reader_beside_a_writer_between_commit_and_mark_is_not_disturbed(path: Path) -> None:
    marked = _marked(path)
    desk = Desk(path)
    desk.writer.record(read_command(fact("more"), desk.ids), _DESK)

    with closing(SQLiteStore(path, read_only=True)) as store:
        check_against_mark(store, marked)
        assert _END + 1 == store.head().position
    desk.close()


def test_an_empty_store_passes_and_ends_nowhere(tmp_path: Path) -> None:
    with closing(SQLiteStore(tmp_path / "new", create=True)) as store:
        self_test(store, None)
        self_test(store, NOTHING_YET)

        assert NOTHING_YET == where_it_ends(store)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("sqlite_version_info", (3, 36, 9), "is too old; 3.37.0 is needed"),
        ("sqlite_version_info", (3, 52, 0), "was withdrawn by its makers"),
        ("threadsafety", 0, "was built without threads"),
    ],
)
def test_an_sqlite_that_a_ledger_cannot_rest_on_is_refused(
    path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: object, said: str
) -> None:
    monkeypatch.setattr(sqlite3, name, value)

    with pytest.raises(StoreError, match=said):
        SQLiteStore(path, read_only=True)
