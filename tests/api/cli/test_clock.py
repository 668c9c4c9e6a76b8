"""clock show and clock accept: the machine's clock beside the ledger, looked at and accepted by hand."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from api.cli import app
from ledger.address import folder_of
from ledger.clock import boot_id, microseconds_of
from ledger.clock_watch import ClockWatch, Stamped, read_accepted
from ledger.errors import ClockLeapError
from ledger.stores.lock import WriterLock
from ledger.stores.sqlite_store import SQLiteStore
from tests.api.command_line import Answer
from tests.desk import Desk
from tests.fakes import NOON, FrozenClock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HOUR = dt.timedelta(hours=1)
NOON_US = microseconds_of(NOON)


def ask_clock(*arguments: object) -> Answer:
    """Run a command of the sub-application in this process."""
    result = CliRunner().invoke(app, ["clock", *(str(one) for one in arguments)], env={"LEDGER_PATH": None})
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Answer(code=result.exit_code, out=result.stdout, err=result.stderr)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> FrozenClock:
    """The clock that the commands ask: noon, an hour after the machine was started."""
    clock = FrozenClock(NOON - HOUR)
    clock.advance(HOUR)
    monkeypatch.setattr("api.cli.clock.SystemClock", lambda: clock)
    return clock


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A ledger that somebody holds open for writing, its last act recorded at noon."""
    desk = Desk(tmp_path / "desk.ledger")
    with WriterLock(folder_of(desk.path) / "lock"):
        desk.begin()
        yield desk
    desk.close()


def shown(clock: FrozenClock, **members: object) -> dict[str, object]:
    """What `--json` shows of a ledger whose last act was recorded at noon and a microsecond."""
    return {
        "now": f"{clock.now():%Y-%m-%dT%H:%M:%S.%fZ}",
        "elapsed_s": clock.elapsed().total_seconds(),
        "last_recorded_at": "2021-05-08T12:00:00.000001Z",
        "behind": False,
        "behind_s": 0.0,
        "acceptance": None,
        "damaged": False,
        **members,
    }


def test_show_tells_the_clock_the_run_of_the_machine_and_where_the_ledger_ends(
    desk: Desk, clock: FrozenClock
) -> None:
    clock.advance(HOUR)
    answer = ask_clock("show", "--ledger", desk.path)

    assert (0, "") == (answer.code, answer.err)
    assert [
        "the clock shows        2021-05-08T13:00:00.000000Z",
        "the machine has run    2:00:00",
        "last recorded at       2021-05-08T12:00:00.000001Z",
        "accepted               never",
    ] == answer.out.splitlines()
    assert shown(clock) == ask_clock("show", "--ledger", desk.path, "--json").json


def test_a_microsecond_behind_is_not_behind(desk: Desk, clock: FrozenClock) -> None:
    assert shown(clock) == ask_clock("show", "--ledger", desk.path, "--json").json


def test_show_says_how_far_the_clock_is_behind_the_ledger(desk: Desk, clock: FrozenClock) -> None:
    clock.step(-HOUR)
    answer = ask_clock("show", "--ledger", desk.path)

    assert 0 == answer.code
    assert "The clock is 1:00:00.000001 behind the ledger: until it has caught up" in answer.out
    assert (
        shown(clock, behind=True, behind_s=3600.000001)
        == ask_clock("show", "--ledger", desk.path, "--json").json
    )


def test_a_ledger_without_acts_is_never_ahead(tmp_path: Path, clock: FrozenClock) -> None:
    path = tmp_path / "new.ledger"
    SQLiteStore(path, create=True).close()

    assert "nothing is recorded yet" in ask_clock("show", "--ledger", path).out
    assert (
        shown(clock, last_recorded_at=None, elapsed_s=7200.0) | {"elapsed_s": clock.elapsed().total_seconds()}
        == ask_clock("show", "--ledger", path, "--json").json
    )


def test_accept_lets_a_watch_go_on_beside_which_it_is_run(desk: Desk, clock: FrozenClock) -> None:
    watch = ClockWatch(clock, folder_of(desk.path) / "clock")
    clock.step(HOUR)
    with pytest.raises(ClockLeapError):
        watch.stamp(NOON_US)
    answer = ask_clock("accept", "--ledger", desk.path)

    assert (0, "") == (answer.code, answer.err)
    assert "accepted               at 2021-05-08T13:00:00.000000Z; a running server takes it up" in answer.out
    assert Stamped(NOON_US + 3_600_000_000, stepped_back=False) == watch.stamp(NOON_US)


def test_accept_and_then_show_tell_what_was_accepted_and_whether_it_holds(
    desk: Desk, clock: FrozenClock
) -> None:
    accepted = {
        "accepted_at": "2021-05-08T12:00:00.000000Z",
        "boot": boot_id(),
        "difference_us": NOON_US - clock.elapsed() // dt.timedelta(microseconds=1),
        "holds": True,
    }

    assert shown(clock, acceptance=accepted) == ask_clock("accept", "--ledger", desk.path, "--json").json
    assert shown(clock, acceptance=accepted) == ask_clock("show", "--ledger", desk.path, "--json").json
    assert ", and it holds\n" in ask_clock("show", "--ledger", desk.path).out
    clock.step(HOUR)
    assert (
        shown(clock, acceptance={**accepted, "holds": False})
        == ask_clock("show", "--ledger", desk.path, "--json").json
    )
    assert ", which says nothing of the clock as it is now\n" in ask_clock("show", "--ledger", desk.path).out


def test_show_ends_with_1_where_the_acceptance_is_damaged_and_accept_mends_it(
    desk: Desk, clock: FrozenClock
) -> None:
    file = folder_of(desk.path) / "clock"
    file.write_bytes(b"{")
    plain = ask_clock("show", "--ledger", desk.path)
    as_json = ask_clock("show", "--ledger", desk.path, "--json")

    assert (1, 1) == (plain.code, as_json.code)
    assert f"{file}: the acceptance of the clock is damaged" in plain.err
    assert plain.err == as_json.err
    assert "accepted" not in plain.out
    assert shown(clock, damaged=True) == as_json.json
    assert 0 == ask_clock("accept", "--ledger", desk.path).code
    assert 0 == ask_clock("show", "--ledger", desk.path).code


@pytest.mark.parametrize("command", ["show", "accept"])
def test_where_there_is_no_ledger_nothing_is_made(tmp_path: Path, command: str) -> None:
    answer = ask_clock(command, "--ledger", tmp_path / "none.ledger")

    assert 4 == answer.code
    assert "there is no ledger at" in answer.err
    assert [] == list(tmp_path.iterdir())


def test_the_real_clock_is_accepted_and_holds(desk: Desk) -> None:
    assert 0 == ask_clock("accept", "--ledger", desk.path).code

    assert read_accepted(folder_of(desk.path) / "clock") is not None
    assert ask_clock("show", "--ledger", desk.path, "--json").json["acceptance"]["holds"]
