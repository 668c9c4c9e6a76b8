"""A ledger checked by several processes: they say together what one says alone, also where one part meets the next."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import sys
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.append import Ask
from ledger.errors import StoreError
from ledger.read_command import read_command
from ledger.transparency import Transparency
from ledger.verify import Asked, Report, several, verify_file, verify_text
from ledger.verify.events import Events
from ledger.verify.several import processes_for, shares
from tests.desk import DESK, a_small_ledger, fact
from tests.fakes import CountingBytes
from tests.tampering import Tamper, changed, rehashed, tamper
from tests.transferring import exported

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

    from ledger.values import Json
    from ledger.verify.part import Part

_EVENTS = 803
_SEAM = 256
"""The last position of the first part, with two processes and with three."""


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a ledger of 803 events, some redacted, signed at sizes within tiles and between them."""
    folder = tmp_path_factory.mktemp("untouched")
    desk = a_small_ledger(folder / "test.ledger")
    # No redaction reaches this one, so most of its events need no closer look.
    desk.act({"op": "open-incident", "id": "quiet", "title": "A quiet one", "zone": "America/Chicago"})
    beside = folder / "test.ledger.d"
    with closing(Transparency(desk.store, beside, writing=True)) as transparency:
        transparency.make_key(CountingBytes("several"))
        for upto in (100, _SEAM, _SEAM + 1, 300, 512, 700, 800):
            first = desk.store.head().position
            asks = [
                Ask(command=read_command(_fact(number), desk.ids), caller=DESK)
                for number in range(first, upto)
            ]
            desk.writer.record_all(asks)
            transparency.sign()
            desk.clock.advance()
    desk.act(fact("still", occurred={"edtf": "2021-05-08"}))
    desk.redact(facts=[{"fact": "other", "paths": ["statement"]}])
    desk.redact(facts=[{"fact": "drag", "paths": ["statement"]}])
    desk.close()
    return folder


def _fact(number: int) -> dict[str, Json]:
    return fact(f"f{number}", incident="quiet", occurred={"edtf": "2021-05-08"})


@pytest.fixture
def path(untouched: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(untouched, tmp_path / "copy")) / "test.ledger"


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """One number for each process that was started: the position at which its part begins."""
    real, found = several._Helper, list[int]()

    def helper(part: Part) -> several._Helper:
        found.append(part.first)
        return real(part)

    monkeypatch.setattr(several, "_Helper", helper)
    return found


def _reports(path: Path) -> list[Report]:
    return [verify_file(path, Asked(processes=processes)) for processes in (1, 2, 3)]


def test_several_say_of_a_ledger_in_order_what_one_says(path: Path, started: list[int]) -> None:
    alone, two, three = _reports(path)

    assert ("OK", _EVENTS, 2, 7) == (alone.verdict, alone.events, alone.redacted, alone.checkpoints)
    assert alone == two == three
    assert [_SEAM + 1, 1, _SEAM + 1] == started


def _column(table: str, column: str, value: str) -> Callable[[int], Tamper]:
    return lambda position: f"UPDATE {table} SET {column} = {value} WHERE position = {position}"  # noqa: S608  constants of this file


def _swapped(position: int) -> Tamper:
    def swap(foreign: sqlite3.Connection) -> None:
        for old, new in ((position, -1), (position + 1, position), (-1, position + 1)):
            foreign.execute("UPDATE events SET position = ? WHERE position = ?", (new, old))

    return swap


def _one_request(position: int) -> Tamper:
    """The event after has the request of this one, and another time."""

    def join(foreign: sqlite3.Connection) -> None:
        one, other = (
            json.loads(event)
            for (event,) in foreign.execute(
                "SELECT event FROM events WHERE position IN (?, ?) ORDER BY position",
                (position, position + 1),
            )
        )
        foreign.execute(changed("events", "event", position + 1, other["request"], one["request"]))
        rehashed(position + 1)(foreign)  # type: ignore[operator]  # it gives a function

    return join


def _earlier(position: int) -> Tamper:
    """The event says an hour before it was recorded, and its row and its leaf say so too."""

    def earlier(foreign: sqlite3.Connection) -> None:
        query = "SELECT event FROM events WHERE position = ?"
        (event,) = foreign.execute(query, (position,)).fetchone()
        said = json.loads(event)["recorded_at"]
        hour = f"T{int(said[11:13]) - 1:02}"
        foreign.execute(changed("events", "event", position, said, said[:10] + hour + said[13:]))
        foreign.execute(
            "UPDATE events SET recorded_us = recorded_us - 3600000000 WHERE position = ?", (position,)
        )
        rehashed(position)(foreign)  # type: ignore[operator]  # it gives a function

    return earlier


def _twice(position: int) -> Tamper:
    """The event commits one disclosure twice, and it is there twice."""

    def twice(foreign: sqlite3.Connection) -> None:
        query = "SELECT lines FROM disclosures WHERE position = ?"
        (lines,) = foreign.execute(query, (position,)).fetchone()
        old, new = [
            next(line for line in lines.split(b"\n") if path in line)
            for path in (b'"occurred"', b'"statement"')
        ]
        was, becomes = [
            f'"{path}":"{base64.urlsafe_b64encode(hashlib.sha256(line).digest()).decode().rstrip("=")}"'
            for path, line in (("occurred", old), ("statement", new))
        ]
        foreign.execute(changed("events", "event", position, was, becomes))
        foreign.execute(
            "UPDATE disclosures SET lines = ? WHERE position = ?", (lines.replace(old, new), position)
        )
        rehashed(position)(foreign)  # type: ignore[operator]  # it gives a function

    return twice


def _other_words(foreign: sqlite3.Connection) -> None:
    foreign.execute(changed("events", "event", _EVENTS - 1, '"other"', '"still"'))
    rehashed(_EVENTS - 1)(foreign)  # type: ignore[operator]  # it gives a function


_TAMPERS: dict[str, Callable[[int], Tamper]] = {
    "an event flipped": lambda position: changed("events", "event", position, '"supports"', '"suppordr"'),
    "a disclosure flipped": lambda position: changed("disclosures", "lines", position, "dragged", "tripped"),
    "a row deleted": lambda position: f"DELETE FROM events WHERE position = {position}",  # noqa: S608  a number
    "words deleted": lambda position: f"DELETE FROM disclosures WHERE position = {position}",  # noqa: S608  a number
    "two rows swapped": _swapped,
    "a leaf": _column("events", "leaf", "zeroblob(32)"),
    "time set back": _column("events", "recorded_us", "recorded_us - 3600000000"),
    "time set on": _column("events", "recorded_us", "recorded_us + 3600000000"),
    "another version": _column("events", "version", "version + 10000"),
    "another stream": _column("events", "stream_no", "1"),
    "a stream that is none": _column("events", "stream_no", "99"),
    "a topic that is no text": _column("events", "topic", "CAST(x'ff' AS TEXT)"),
    "a time that is none": _column("events", "recorded_us", "'noon'"),
    "a path that stands twice": _twice,
    "a redaction that names other words": lambda _: _other_words,
    "one request": _one_request,
    "an earlier time, in its bytes too": _earlier,
}


def _hold_against_each_other(path: Path) -> None:
    """One process, two of them, and a closer look at each event, say the same of a ledger, and not that all is right."""
    alone, two = [verify_file(path, Asked(processes=processes)) for processes in (1, 2)]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Events, "_at_once", lambda _events, _page: False)
        closer = verify_file(path, Asked(processes=1))
    assert "OK" != closer.verdict
    assert closer == alone
    assert alone == two


@pytest.mark.parametrize("signed", [True, False], ids=["signed", "without a tree"])
@pytest.mark.parametrize("what", _TAMPERS)
def test_several_find_where_parts_meet_what_one_finds_and_what_a_closer_look_does(
    path: Path, what: str, *, signed: bool
) -> None:
    if not signed:
        # Then no head and no leaf of the tree tells, and the part has to see it by itself.
        shutil.rmtree(path.with_name(path.name + ".d") / "tree")
    tamper(path, _TAMPERS[what](_SEAM if what == "one request" else _SEAM + 1))

    _hold_against_each_other(path)


@settings(max_examples=6, deadline=None)
@given(what=st.sampled_from(list(_TAMPERS)), position=st.integers(8, _EVENTS - 3))
def test_several_find_anywhere_what_one_finds_and_what_a_closer_look_does(
    untouched: Path, tmp_path_factory: pytest.TempPathFactory, what: str, position: int
) -> None:
    path = Path(shutil.copytree(untouched, tmp_path_factory.mktemp("copy") / "copy")) / "test.ledger"
    tamper(path, _TAMPERS[what](position))

    _hold_against_each_other(path)
    shutil.rmtree(path.parent)


def test_a_tree_that_is_wrong_in_the_second_part_is_found(path: Path) -> None:
    level = path.with_name(path.name + ".d") / "tree" / "level-0"
    data = bytearray(level.read_bytes())
    data[32 * 600] ^= 1
    level.write_bytes(data)

    alone, two, three = _reports(path)
    assert ("DIVERGED", True) == (alone.verdict, "the first at position 601" in alone.findings[0].what)
    assert alone == two == three


def test_a_snapshot_is_looked_for_in_every_part(path: Path) -> None:
    (blob,) = (path.with_name(path.name + ".d") / "blobs").glob("??/*")
    blob.unlink()

    alone, two, three = _reports(path)
    assert "INCOMPLETE" == alone.verdict
    assert alone == two == three


@pytest.mark.parametrize("position", [None, _SEAM, _SEAM + 1])
def test_a_log_as_text_is_checked_by_several_too(
    path: Path, started: list[int], position: int | None
) -> None:
    if position is not None:
        tamper(path, _TAMPERS["a disclosure flipped"](position))
    lines = exported(path).splitlines(keepends=True)
    alone, two = [verify_text(lines, Asked(processes=processes)) for processes in (1, 2)]

    assert ("OK" if position is None else "CORRUPT") == alone.verdict
    assert alone == two
    assert [_SEAM + 1] == started


DEATHS = {
    "killed": "import os; os.kill(os.getpid(), 9)",
    "killed half-way": "import os, sys; sys.stdin.readline(); print(5, flush=True); os.kill(os.getpid(), 9)",
    "gone without an answer": "import sys; sys.stdin.readline(); print(5)",
    "cut off in its answer": "import sys; sys.stdin.readline(); print('{', end='')",
    "dead after its answer": "import sys; sys.stdin.readline(); print('{}'); sys.exit(3)",
    "a traceback": "raise SystemError",
}


@pytest.mark.parametrize("death", DEATHS.values(), ids=DEATHS.keys())
def test_a_process_that_dies_is_an_error_and_never_ok(
    path: Path, monkeypatch: pytest.MonkeyPatch, death: str
) -> None:
    monkeypatch.setattr(several, "_COMMAND", (sys.executable, "-c", death))

    with pytest.raises(
        StoreError,
        match=rf"checked positions {_SEAM + 1} to {_EVENTS} ended .* nothing is said of the ledger",
    ):
        verify_file(path, Asked(processes=2))


def test_a_process_that_cannot_be_started_is_an_error(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(several, "_COMMAND", ("/nowhere/python",))

    with pytest.raises(StoreError, match="could not be started"):
        verify_file(path, Asked(processes=2))


def test_progress_goes_on_to_the_end_with_several(path: Path) -> None:
    told: list[tuple[int, int]] = []
    verify_file(path, Asked(processes=2, progress=lambda done, of: told.append((done, of))))

    assert (0, _EVENTS) == told[0]
    assert (_EVENTS, _EVENTS) == told[-1]


@given(events=st.integers(0, 10_000_000), processes=st.integers(1, 64))
def test_every_event_is_in_one_part_and_parts_meet_where_tiles_do(events: int, processes: int) -> None:
    parts = shares(events, processes)

    assert processes == len(parts)
    assert (1, events) == (parts[0][0], parts[-1][1])
    for (_, last), (first, _) in pairwise(parts):
        assert (last + 1, 0) == (first, last % 256)


def test_small_ledgers_are_checked_by_one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(4)))

    assert [1, 1, 2, 4, 4] == [
        processes_for(None, events) for events in (0, 19_999, 20_000, 40_000, 10_000_000)
    ]
    assert [1, 1, 2, 3] == [processes_for(asked, 800) for asked in (0, 1, 2, 9)]
