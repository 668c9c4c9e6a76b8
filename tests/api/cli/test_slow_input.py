"""Who sends slowly keeps nobody from writing; and what ends an input early is said with its line."""

from __future__ import annotations

import subprocess
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from api.terminal.coming_lines import AHEAD, ComingLines
from ledger.address import folder_of
from tests.api.command_line import as_lines, ask, command_of, desk, environment, fact, record

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ledger.values import Json

WAIT_S = 60


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    path = tmp_path / "desk.ledger"
    record(path, *desk())
    return path


@contextmanager
def running(*arguments: object) -> Iterator[subprocess.Popen[bytes]]:
    """A command whose standard input stays open."""
    with subprocess.Popen(
        command_of(*arguments),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


def _send(process: subprocess.Popen[bytes], data: bytes) -> None:
    assert process.stdin is not None
    process.stdin.write(data)
    process.stdin.flush()


def _incident(ident: str) -> Json:
    return {"op": "open-incident", "id": ident, "title": "Another", "zone": "UTC"}


def test_a_sender_who_pauses_keeps_nobody_from_recording(ledger: Path) -> None:
    with running("append", "--ledger", ledger) as process:
        assert process.stdout is not None
        _send(process, as_lines(_incident("a")))
        assert b"line 1: recorded a" in process.stdout.readline()
        end = time.monotonic() + WAIT_S
        while (other := ask("append", "--ledger", ledger, stdin=as_lines(_incident("b")))).code == 4:
            assert time.monotonic() < end, other.err
        assert 0 == other.code
        out, err = process.communicate(as_lines(_incident("c")), timeout=WAIT_S)

    assert (0, b"") == (process.returncode, err)
    assert b"line 2: recorded c: incident/c version 1, position 8\n" == out
    assert 0 == ask("verify", "--ledger", ledger).code


def test_bytes_that_come_slowly_are_captured_without_holding_the_ledger(ledger: Path) -> None:
    with running(
        "snapshot", "capture", "station", "-", "--media-type", "text/plain", "--ledger", ledger
    ) as one:
        _send(one, b"The first half, ")
        assert 0 == ask("append", "--ledger", ledger, stdin=as_lines(_incident("b"))).code
        out, _ = one.communicate(b"and the second.", timeout=WAIT_S)

    assert 0 == one.returncode
    saved = ask("snapshot", "save", out.decode().strip(), "-", "--ledger", ledger)
    assert "The first half, and the second." == saved.out


def test_a_snapshot_that_changed_on_disk_ends_it_with_the_line_named(ledger: Path) -> None:
    for blob in (folder_of(ledger) / "blobs").rglob("*"):
        if blob.is_file():
            blob.chmod(0o644)
            blob.write_bytes(b"something else")
    cited = fact("flight")
    answer = ask("append", "--ledger", ledger, stdin=as_lines(_incident("a"), b"", cited, _incident("b")))

    assert 1 == answer.code
    assert ["line 1: recorded a: incident/a version 1, position 6"] == answer.out.splitlines()
    first, second = answer.err.splitlines()
    assert "line 3: not recorded, and no line after it was looked at" == first
    assert "the ledger cannot be read" in second


def test_lines_are_given_with_their_numbers_until_they_end() -> None:
    coming = ComingLines([b"a", b"b"])
    assert coming.wait()
    assert 1 == coming.at
    assert [(1, b"a"), (2, b"b")] == list(coming.at_hand())
    assert not coming.wait()
    assert [] == list(coming.at_hand())


def test_lines_that_do_not_come_are_left_and_taken_later() -> None:
    def lines() -> Iterator[bytes]:
        yield b"a"
        assert gate.wait(WAIT_S)
        yield b"b"

    gate = threading.Event()
    coming = ComingLines(lines())
    assert [(1, b"a")] == list(coming.at_hand(0.01))
    gate.set()
    assert coming.wait()
    assert [(2, b"b")] == list(coming.at_hand())


def test_what_reading_raises_is_raised_where_the_line_would_be() -> None:
    def lines() -> Iterator[bytes]:
        yield b"a"
        raise OSError("the disk refused")

    coming = ComingLines(lines())
    with pytest.raises(OSError, match="the disk refused"):
        list(coming.at_hand())
    assert not coming.wait()


def test_no_more_lines_are_read_ahead_than_the_bound() -> None:
    read: list[int] = []

    def lines() -> Iterator[bytes]:
        for number in range(10 * AHEAD):
            read.append(number)
            yield b"x"

    coming = ComingLines(lines())
    taken = next(iter(coming.at_hand()))
    assert (1, b"x") == taken
    assert len(read) <= AHEAD + 3
    assert 10 * AHEAD - 1 == len(list(coming.at_hand()))
