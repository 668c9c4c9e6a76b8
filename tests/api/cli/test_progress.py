"""How far it has come: a bar on a terminal, a line now and then elsewhere, and both on standard error only."""

from __future__ import annotations

import os
import subprocess
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from api.terminal import progress
from api.terminal.progress import telling_progress
from tests.api.command_line import ask, command_of, environment
from tests.api.importing.streams import add, appear, commit, import_stream, written

if TYPE_CHECKING:
    from pathlib import Path

    from tests.api.command_line import Answer

_STREAM = [commit(0, *(one for r in range(9) for one in (appear(f"r{r}"), add(f"r{r}", "n", "x"))))]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A ledger with a data set of nine records."""
    made = tmp_path / "desk.ledger"
    import_stream(made, _STREAM)
    return made


def _at_a_terminal(*arguments: object) -> tuple[bytes, bytes]:
    """What a command writes to standard output, and what a terminal is sent that is its standard error."""
    pty = pytest.importorskip("pty")
    leader, follower = pty.openpty()
    with subprocess.Popen(
        command_of(*arguments),
        stdout=subprocess.PIPE,
        stderr=follower,
        env=environment(TERM="xterm", COLUMNS="120"),
    ) as child:
        os.close(follower)
        seen = b""
        while piece := _read(leader):
            seen += piece
        out = b"" if child.stdout is None else child.stdout.read()
        assert 0 == child.wait()
    os.close(leader)
    return out, seen


def _read(leader: int) -> bytes:
    try:
        return os.read(leader, 1 << 16)
    except OSError:
        return b""


def _commands(path: Path) -> list[tuple[tuple[object, ...], str]]:
    """Commands that take long, and what each counts."""
    stream = path.with_name("stream.ndjson")
    stream.write_bytes(written(_STREAM))
    log = path.with_name("log.ndjson")
    if not log.exists():
        ask("export", "ledger", "--ledger", path, "--to", log)
    return [
        (("import", "changes", stream, "--dataset", "other", "--ledger", path), "lines"),
        (("import", "ledger", log, "--ledger", path.with_name(f"{time.monotonic_ns()}.ledger")), "bytes"),
        (("export", "ledger", "--ledger", path), "events"),
        (("export", "records", "--dataset", "set", "--ledger", path), "records"),
        (("export", "facts", "--ledger", path), "incidents"),
        (("export", "csl", "--ledger", path, "--public-at", "2022-01-01T00:00:00Z"), "incidents"),
    ]


def test_a_terminal_is_shown_a_bar_with_rate_and_remaining_time(path: Path) -> None:
    for command, counted in _commands(path):
        out, seen = _at_a_terminal(*command)

        assert f" {counted}".encode() in seen, command
        assert b" a second" in seen, command
        assert b"left:" in seen, command
        assert b" a second" not in out, command


def test_elsewhere_a_plain_line_tells_now_and_then(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for command, counted in _commands(path):
        quiet = ask(*command)
        monkeypatch.setattr(progress, "EVERY_S", 0.0)
        told = ask(*_again(command))
        monkeypatch.undo()

        assert " a second" not in quiet.err, command
        assert f" {counted}, " in _first(told), command
        assert " a second" in _first(told), command
        assert "\x1b" not in told.err, command


def _again(command: tuple[object, ...]) -> tuple[object, ...]:
    """The command once more, where it does not only pass over what it did before."""
    if command[:2] == ("import", "ledger"):
        return (*command[:-1], f"{command[-1]}.again")
    return command


def _first(answer: Answer) -> str:
    assert 0 == answer.code, answer.err
    return answer.err.splitlines()[0]


def test_a_line_tells_the_part_of_the_whole_and_the_time_that_is_left(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    times = iter([0.0, 1.0, 10.0, 12.0])
    monkeypatch.setattr(progress, "time", SimpleNamespace(monotonic=lambda: next(times)))
    with telling_progress("rows", 400) as told:
        told(500, 10)
        told(2_000, 100)
        told(3_000, 120)

    assert "2,000 rows, 200 a second, 25 %, about 30 s left\n" == capsys.readouterr().err
