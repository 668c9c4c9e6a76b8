"""The checker and the mark: a lost tail, an older copy and another continuation are found and named, and a mark behind is lawful."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from ledger.errors import StoreError
from ledger.mark import Mark, Marked
from ledger.merkle import EMPTY_ROOT
from ledger.stores.sqlite_store import SQLiteStore
from ledger.verify import Finding, Report, verify_file
from ledger.verify import ledgers as verify
from tests.desk import Desk, a_small_ledger, fact
from tests.tampering import Tamper, changed, rehashed, tamper

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

_LINE = 4_096
_WHERE = "test.ledger.d/mark"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The ledger of a_small_ledger, closed: six events."""
    path = tmp_path / "test.ledger"
    a_small_ledger(path).close()
    return path


def _mark(path: Path) -> Path:
    return path.with_name("test.ledger.d") / "mark"


def _found(report: Report) -> tuple[str, list[tuple[str, str]]]:
    return report.verdict, [(one.what, one.where) for one in report.findings]


def _more(path: Path, acts: int) -> None:
    desk = Desk(path)
    for number in range(acts):
        desk.act(fact(f"more-{number}"))
    desk.close()


@pytest.mark.parametrize(("acts", "where"), [(1, "position 7"), (3, "positions 7 to 9")])
def test_an_older_copy_is_found_by_the_positions_that_it_lacks(path: Path, acts: int, where: str) -> None:
    copy = path.with_name("copy")
    shutil.copy(path, copy)
    _more(path, acts)
    copy.replace(path)

    verdict, findings = _found(verify_file(path))

    assert "CORRUPT" == verdict
    assert [where] == [place for _, place in findings]
    assert (
        f"missing: the mark says that the log had got to position {6 + acts}, and it ends at 6; an older copy was put back, or the"
        " end of the write-ahead log was lost"
    ) == findings[0][0]


def test_a_lost_ledger_that_was_begun_anew_is_found(path: Path) -> None:
    path.unlink()
    SQLiteStore(path, create=True).close()

    verdict, findings = _found(verify_file(path))

    assert ("CORRUPT", "positions 1 to 6") == (verdict, findings[0][1])


def test_a_copy_that_went_on_differently_is_found_by_its_position(path: Path) -> None:
    copy = path.with_name("copy")
    shutil.copy(path, copy)
    _more(path, 1)
    mark = _mark(path).read_bytes()
    copy.replace(path)
    _mark(path).unlink()
    desk = Desk(path)
    desk.act(fact("otherwise"))
    desk.act(fact("and-on"))
    desk.close()
    _mark(path).write_bytes(mark)

    assert ("CORRUPT", [("is not the event that the mark says was recorded there", "position 7")]) == _found(
        verify_file(path)
    )


def test_a_forged_last_event_is_found_although_its_leaf_was_forged_with_it(path: Path) -> None:
    forged: tuple[Tamper, ...] = (changed("events", "event", 6, '"supports"', '"mentions"'), rehashed(6))
    tamper(path, *forged)

    assert ("CORRUPT", [("is not the event that the mark says was recorded there", "position 6")]) == _found(
        verify_file(path)
    )


def test_a_missing_mark_is_incomplete_and_is_named(path: Path) -> None:
    _mark(path).unlink()

    report = verify_file(path)

    assert ("INCOMPLETE", 12) == (report.verdict, report.exit_code)
    missing = Finding(what="the mark is missing: a lost tail would not be noticed", where=_WHERE)
    assert (missing,) == report.findings


def test_an_empty_mark_is_as_good_as_none(path: Path) -> None:
    _mark(path).write_bytes(b"")

    assert "INCOMPLETE" == verify_file(path).verdict


def test_a_ledger_without_events_wants_no_mark(tmp_path: Path) -> None:
    SQLiteStore(tmp_path / "new", create=True).close()

    assert Report(verdict="OK", root=EMPTY_ROOT.hex()) == verify_file(tmp_path / "new")


def test_a_mark_that_a_power_cut_left_behind_is_lawful(path: Path) -> None:
    behind = _mark(path).read_bytes()
    _more(path, 2)
    _mark(path).write_bytes(behind)

    assert ("OK", []) == _found(verify_file(path))


@pytest.mark.parametrize("line", [0, 1])
def test_one_line_that_was_cut_short_is_lawful(path: Path, line: int) -> None:
    data = bytearray(_mark(path).read_bytes())
    data[line * _LINE : line * _LINE + 50] = bytes(50)
    _mark(path).write_bytes(data)

    assert ("OK", []) == _found(verify_file(path))


@pytest.mark.parametrize("content", [b"mark\n", b"x" * 2 * _LINE, b"\n" * 9])
def test_two_spoilt_lines_are_damage(path: Path, content: bytes) -> None:
    _mark(path).write_bytes(content)

    assert ("CORRUPT", [("the mark is damaged: neither of its lines is whole", _WHERE)]) == _found(
        verify_file(path)
    )


def test_a_mark_that_cannot_be_read_is_incomplete(path: Path) -> None:
    _mark(path).unlink()
    _mark(path).mkdir()

    verdict, findings = _found(verify_file(path))

    assert ("INCOMPLETE", 1) == (verdict, len(findings))
    assert findings[0][0].startswith("the mark cannot be read: Is a directory")


def test_the_time_that_the_mark_says_is_that_of_its_row(path: Path) -> None:
    marked = Mark(_mark(path)).read()
    assert marked is not None
    _mark(path).unlink()
    Mark(_mark(path)).advance(
        Marked(position=marked.position, recorded_us=marked.recorded_us + 1, leaf=marked.leaf)
    )

    verdict, findings = _found(verify_file(path))

    assert ("CORRUPT", "position 6") == (verdict, findings[0][1])
    assert f"and the mark {marked.recorded_us + 1}" in findings[0][0]


def test_the_mark_is_read_before_the_rows_so_that_a_writer_at_work_is_no_fault(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(path)
    real, done = verify._opened, list[str]()

    def opened_while_somebody_writes(at: Path) -> tuple[sqlite3.Connection, str]:
        opened = real(at)
        done.append(desk.act(fact(f"at-work-{len(done)}")).id)
        return opened

    monkeypatch.setattr(verify, "_opened", opened_while_somebody_writes)

    assert ("OK", []) == _found(verify_file(path))
    assert 1 == len(done)
    desk.close()


@pytest.mark.parametrize("emptied", [False, True], ids=["gone", "emptied"])
def test_a_ledger_file_that_is_lost_is_found_by_the_mark_that_is_left(path: Path, *, emptied: bool) -> None:
    path.unlink()
    if emptied:
        path.touch()

    what = "missing: the mark says that the log had got to position 6, and there is no ledger file"
    assert ("CORRUPT", [(what, "the file")]) == _found(verify_file(path))


def test_where_there_is_neither_a_ledger_nor_a_mark_there_is_nothing_to_check(path: Path) -> None:
    path.unlink()
    _mark(path).unlink()

    with pytest.raises(StoreError, match="there is no ledger at"):
        verify_file(path)
