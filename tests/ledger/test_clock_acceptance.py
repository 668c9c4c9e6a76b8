"""The file by which a leap of the clock is accepted from another process (ADR 9)."""

from __future__ import annotations

import datetime as dt
import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.clock import SystemClock, boot_id, microseconds_of
from ledger.clock_watch import Accepted, ClockWatch, Stamped, accept, read_accepted
from ledger.errors import ClockLeapError, StoreError, UnreadableError
from tests.fakes import NOON, FrozenClock
from tests.project_files import ROOT

SECOND = dt.timedelta(seconds=1)
HOUR = dt.timedelta(hours=1)
NOON_US = microseconds_of(NOON)
WHOLE = {"accepted_at": "2021-05-08T12:00:00.000000Z", "boot": "this-boot", "difference_us": 7}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "desk.ledger.d" / "clock"


def leapt(file: Path) -> tuple[FrozenClock, ClockWatch]:
    """A clock that leapt by an hour, and the watch that has seen it."""
    clock = FrozenClock()
    watch = ClockWatch(clock, file)
    clock.step(HOUR)
    with pytest.raises(ClockLeapError):
        watch.stamp(NOON_US)
    return clock, watch


def rewritten(file: Path, **members: object) -> None:
    """Change members of the file, as another machine or another time would have written them."""
    file.write_text(json.dumps({**json.loads(file.read_text("utf-8")), **members}), "utf-8")


def test_what_is_accepted_is_read_back(file: Path) -> None:
    clock = FrozenClock()
    clock.advance(HOUR)
    accepted = accept(file, clock)

    assert Accepted(boot=boot_id(), difference_us=NOON_US, accepted_at=NOON + HOUR) == accepted
    assert accepted == read_accepted(file)
    assert [file] == list(file.parent.iterdir())


def test_where_nothing_was_accepted_there_is_none(file: Path) -> None:
    assert read_accepted(file) is None


def test_a_leap_is_accepted_by_the_file_while_the_watch_goes_on(file: Path) -> None:
    clock, watch = leapt(file)
    clock.advance()
    accept(file, clock)
    clock.advance()

    assert Stamped(NOON_US + 3_602_000_000, stepped_back=False) == watch.stamp(NOON_US)


def test_another_process_accepts_the_clock_of_this_one(file: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from ledger.clock import SystemClock;"
        "from ledger.clock_watch import accept; accept(Path(sys.argv[1]), SystemClock())"
    )
    subprocess.run([sys.executable, "-c", program, file], cwd=ROOT, check=True, timeout=60)
    accepted = read_accepted(file)
    clock = SystemClock()
    now_us = microseconds_of(clock.now()) - clock.elapsed() // dt.timedelta(microseconds=1)

    assert accepted is not None
    assert accepted.covers(now_us)


@pytest.mark.parametrize("more", [-5 * SECOND, 5 * SECOND])
def test_an_acceptance_holds_for_a_clock_within_five_seconds_of_it(file: Path, more: dt.timedelta) -> None:
    clock, watch = leapt(file)
    accept(file, clock)
    clock.step(more)

    assert microseconds_of(clock.now()) == watch.stamp(NOON_US).us


@pytest.mark.parametrize("more", [-5.000001 * SECOND, 5.000001 * SECOND, HOUR])
def test_an_acceptance_says_nothing_of_a_clock_that_went_elsewhere(file: Path, more: dt.timedelta) -> None:
    clock, watch = leapt(file)
    accept(file, clock)
    clock.step(more)

    with pytest.raises(ClockLeapError) as refused:
        watch.stamp(NOON_US)
    assert (HOUR + more).total_seconds() == refused.value.ahead_s


def test_one_acceptance_does_not_carry_the_clock_further_and_further(file: Path) -> None:
    clock, watch = leapt(file)
    accept(file, clock)
    clock.step(5 * SECOND)
    last = watch.stamp(NOON_US)
    clock.step(SECOND)

    with pytest.raises(ClockLeapError) as refused:
        watch.stamp(last.us)
    assert 6.0 == refused.value.ahead_s


@pytest.mark.parametrize("boot", ["another", None])
def test_an_acceptance_from_another_run_of_the_machine_says_nothing(file: Path, boot: str | None) -> None:
    if boot == boot_id():
        pytest.skip("the platform does not name the runs of the machine")
    clock, watch = leapt(file)
    accept(file, clock)
    rewritten(file, boot=boot)

    with pytest.raises(ClockLeapError):
        watch.stamp(NOON_US)


def test_where_the_platform_names_no_run_the_difference_alone_decides(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.clock._BOOT_ID", file.with_name("none"))
    clock, watch = leapt(file)
    accepted = accept(file, clock)

    assert accepted.boot is None
    assert Stamped(NOON_US + 3_600_000_000, stepped_back=False) == watch.stamp(NOON_US)


def test_what_was_accepted_before_the_leap_does_not_accept_it(file: Path) -> None:
    accept(file, FrozenClock())
    leapt(file)


@pytest.mark.parametrize(
    ("content", "how"),
    [
        (b"", "no JSON"),
        (b"{", "no JSON"),
        (b"\xff\xfe", "no JSON"),
        (b"[" * 4000, "no JSON"),
        (b"1" * 4096, "has to be an object"),
        (b"[]", "has to be an object"),
        (b'{"boot": null}', "has to be an object with the members accepted_at, boot, difference_us"),
        (json.dumps({**WHOLE, "more": 1}).encode(), "has to be an object"),
        (json.dumps({**WHOLE, "boot": 7}).encode(), "boot has to be"),
        (json.dumps({**WHOLE, "boot": ""}).encode(), "boot has to be"),
        (json.dumps({**WHOLE, "boot": "\ud800"}).encode(), "boot has to be"),
        (json.dumps({**WHOLE, "difference_us": True}).encode(), "difference_us has to be"),
        (json.dumps({**WHOLE, "difference_us": 7.0}).encode(), "difference_us has to be"),
        (json.dumps({**WHOLE, "difference_us": 10**30}).encode(), "difference_us has to be"),
        (json.dumps({**WHOLE, "accepted_at": "noon"}).encode(), "accepted_at has to be"),
        (json.dumps({**WHOLE, "accepted_at": 7}).encode(), "accepted_at has to be"),
        (json.dumps(WHOLE).encode() + b" " * 4096, "more than 4096 bytes"),
    ],
)
def test_a_damaged_file_is_said_so_and_accepts_nothing(file: Path, content: bytes, how: str) -> None:
    clock, watch = leapt(file)
    file.parent.mkdir()
    file.write_bytes(content)

    with pytest.raises(UnreadableError, match=how) as refused:
        read_accepted(file)
    assert str(file) == refused.value.where
    with pytest.raises(ClockLeapError):
        watch.stamp(NOON_US)

    accept(file, clock)
    assert Stamped(NOON_US + 3_600_000_000, stepped_back=False) == watch.stamp(NOON_US)


@given(content=st.binary(max_size=200))
def test_no_bytes_make_the_watch_fail_otherwise(
    content: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.mktemp("clock") / "clock"
    file.write_bytes(content)

    with pytest.raises(UnreadableError):
        read_accepted(file)
    leapt(file)


def test_a_file_that_cannot_be_read_accepts_nothing(file: Path) -> None:
    file.mkdir(parents=True)

    with pytest.raises(StoreError, match="could not be read"):
        read_accepted(file)
    leapt(file)


def test_an_acceptance_is_synced_before_it_has_its_name_and_the_name_after(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.parent.mkdir()
    done: list[str] = []
    sync, replace = os.fsync, Path.replace

    def synced(descriptor: int) -> None:
        done.append("sync folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "sync file")
        sync(descriptor)

    def replaced(path: Path, target: Path) -> Path:
        done.append(f"replace {target.name}")
        return replace(path, target)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "replace", replaced)
    accept(file, FrozenClock())

    assert ["sync file", "replace clock", "sync folder"] == done


def test_where_the_disk_refuses_what_was_accepted_before_stands(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = accept(file, FrozenClock())

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(StoreError, match=r"could not be written .*: No space left on device"):
            accept(file, FrozenClock(NOON + HOUR))

    assert before == read_accepted(file)
    assert [file] == list(file.parent.iterdir())


def test_a_folder_that_cannot_be_made_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(StoreError, match="could not be written"):
        accept(tmp_path / "file" / "clock", FrozenClock())
