"""Exit codes, streams and signals, as a shell sees them. No fault of a caller ends in a traceback."""

from __future__ import annotations

import signal
import subprocess
from typing import TYPE_CHECKING

import pytest

from api.opening import open_for_writing
from tests.api.command_line import (
    INCIDENT,
    SNAPSHOT,
    as_lines,
    ask,
    command_of,
    desk,
    environment,
    record,
    run,
)
from tests.tampering import changed, tamper

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SHOWN = "An officer was dragged about 15 feet."
VIEWS = (
    ["show", INCIDENT],
    ["audit", INCIDENT],
    ["events", INCIDENT],
    ["source", "list"],
    ["source", "show", "station"],
    ["snapshot", "list"],
    ["snapshot", "show", SNAPSHOT],
    ["snapshot", "save", SNAPSHOT, "-"],
)


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    path = tmp_path / "desk.ledger"
    record(path, *desk())
    return path


@pytest.fixture
def writing(ledger: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Another process that has the ledger open for writing, and has answered one line."""
    process = subprocess.Popen(
        command_of("append", "--ledger", ledger),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(as_lines({"op": "open-incident", "id": "other", "title": "Another", "zone": "UTC"}))
    process.stdin.flush()
    assert b"line 1: recorded other" in process.stdout.readline()
    yield process
    process.kill()
    process.communicate()


def test_what_was_asked_for_goes_to_standard_output_and_what_was_refused_to_standard_error(
    tmp_path: Path,
) -> None:
    stdin = as_lines(*desk(), {"op": "nothing"})

    answer = run("append", "-", folder=tmp_path, stdin=stdin)

    assert 3 == answer.code
    assert [f"line {number}: recorded" for number in range(1, 5)] == [
        line[:16] for line in answer.out.splitlines()
    ]
    assert ["line 5: refused: /op: must be one of"] == [line[:36] for line in answer.err.splitlines()]


def test_the_ledger_is_named_by_the_environment_by_the_option_or_is_in_the_folder(tmp_path: Path) -> None:
    assert 0 == run("append", folder=tmp_path, stdin=as_lines(*desk())).code
    assert (tmp_path / "incident.ledger").is_file()

    elsewhere = tmp_path / "elsewhere.ledger"
    named = str(elsewhere)
    assert 4 == run("show", INCIDENT, folder=tmp_path, LEDGER_PATH=named).code
    assert 0 == run("append", folder=tmp_path, stdin=as_lines(*desk()), LEDGER_PATH=named).code
    assert elsewhere.is_file()
    assert (
        0 == run("show", INCIDENT, "--ledger", "incident.ledger", folder=tmp_path, LEDGER_PATH="missing").code
    )


def test_a_second_writer_is_refused_while_readers_read_on(ledger: Path) -> None:
    with open_for_writing(ledger):
        record_in_here = as_lines({**desk()[0], "id": "other"})
        second = run("append", "--ledger", ledger, folder=ledger.parent, stdin=record_in_here)
        reader = run("show", INCIDENT, "--ledger", ledger, folder=ledger.parent)

    assert (4, "") == (second.code, second.out)
    assert second.err.startswith("unavailable: another process is writing to this ledger")
    assert (0, "") == (reader.code, reader.err)
    assert SHOWN in reader.out
    assert 3 == ask("show", "other", "--ledger", ledger).code


def test_a_second_writer_that_waits_for_more_lines_is_refused_all_the_same(ledger: Path) -> None:
    with (
        open_for_writing(ledger),
        subprocess.Popen(
            command_of("append", "--ledger", ledger),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(),
        ) as second,
    ):
        assert second.stdin is not None
        assert second.stderr is not None
        second.stdin.write(as_lines({**desk()[0], "id": "other"}))
        second.stdin.flush()
        # Its standard input stays open.
        code = second.wait(timeout=60)
        err = second.stderr.read()

    assert 4 == code, err
    assert err.startswith(b"unavailable: another process is writing to this ledger")


def test_an_interrupt_ends_quietly_and_keeps_what_was_answered(
    ledger: Path, writing: subprocess.Popen[bytes]
) -> None:
    writing.send_signal(signal.SIGINT)
    out, err = writing.communicate(timeout=30)

    assert 130 == writing.returncode
    assert (b"", b"") == (out, err)
    assert 0 == ask("show", "other", "--ledger", ledger).code
    assert 0 == ask("verify", "--ledger", ledger).code
    assert 0 == ask("append", "--ledger", ledger, stdin=b"").code


@pytest.mark.parametrize(
    "command",
    [
        ["kinds"],
        ["kinds", "--json"],
        ["audit", INCIDENT],
        ["events", "--all"],
        ["source", "list"],
        ["verify"],
    ],
    ids=" ".join,
)
def test_a_reader_who_goes_away_is_no_fault(ledger: Path, command: list[str]) -> None:
    code, err = _unread(command, environment(LEDGER_PATH=str(ledger)))

    assert (141, b"") == (code, err)


def _unread(command: list[str], env: dict[str, str], stdin: bytes = b"") -> tuple[int, bytes]:
    """How a command ends, and what it complains of, when nobody reads what it prints."""
    with subprocess.Popen(
        command_of(*command), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env
    ) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stdin is not None
        process.stdin.write(stdin)
        process.stdin.close()
        assert process.stderr is not None
        err = process.stderr.read()
        return process.wait(timeout=30), err


def test_nothing_is_recorded_after_the_reader_of_the_answers_went_away(tmp_path: Path) -> None:
    lines = [{"op": "open-incident", "id": f"i{n}", "title": "t", "zone": "UTC"} for n in range(200)]
    named = environment(LEDGER_PATH=str(tmp_path / "x.ledger"))

    assert (141, b"") == _unread(["append"], named, as_lines(*lines))
    assert 2 == ask("verify", "--json", "--ledger", tmp_path / "x.ledger").json["events"]


def test_output_is_utf8_whatever_the_terminal_is_set_to(tmp_path: Path) -> None:
    opening = {"op": "open-incident", "id": INCIDENT, "title": "Straße, 午前, עדן", "zone": "UTC"}
    record(tmp_path / "incident.ledger", opening)

    for arguments in (["show", INCIDENT], ["show", INCIDENT, "--json"], ["show", "nirgendwo-ü"]):
        answer = run(*arguments, folder=tmp_path, PYTHONIOENCODING="ascii", LC_ALL="C")

        assert "Traceback" not in answer.err
        assert "Straße, 午前" in answer.out or "nirgendwo-ü" in answer.err


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["show"],
        ["nothing"],
        ["show", INCIDENT, "--nothing"],
        ["append", "a", "b"],
        ["audit", INCIDENT, "--fact"],
    ],
    ids=["nothing", "no incident", "no such command", "no such option", "too many", "no value"],
)
def test_a_fault_of_usage_is_answered_with_two(arguments: list[str]) -> None:
    answer = ask(*arguments)

    assert 2 == answer.code
    assert "Usage: " in answer.out + answer.err or "Error: " in answer.err


@pytest.mark.parametrize("command", [*VIEWS, ["verify"]], ids=" ".join)
def test_a_ledger_that_is_not_there_is_unavailable_and_is_not_made(
    tmp_path: Path, command: list[str]
) -> None:
    answer = ask(*command, "--ledger", tmp_path / "none.ledger")

    assert (4, "") == (answer.code, answer.out)
    assert "unavailable: there is no ledger at" in answer.err
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize("command", [*VIEWS, ["kinds"], ["append"], ["append", "--dry-run"]], ids=" ".join)
def test_a_file_that_is_no_ledger_is_left_as_it_is(tmp_path: Path, command: list[str]) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear desk,\n" * 100, encoding="utf-8")

    answer = ask(*command, "--ledger", path)

    assert (4, "") == (answer.code, answer.out)
    assert answer.err.startswith("unavailable: ")
    assert "Dear desk,\n" * 100 == path.read_text("utf-8")
    assert [path] == list(tmp_path.iterdir())


@pytest.mark.parametrize("command", [*VIEWS, ["kinds"], ["append"], ["append", "--dry-run"]], ids=" ".join)
def test_a_folder_is_no_ledger(tmp_path: Path, command: list[str]) -> None:
    answer = ask(*command, "--ledger", tmp_path)

    assert (4, "") == (answer.code, answer.out)
    assert "is a folder; name the ledger file in it" in answer.err
    assert [] == list(tmp_path.iterdir())
    assert not tmp_path.with_name(tmp_path.name + ".d").exists()


@pytest.mark.parametrize(
    "command", [["show", INCIDENT], ["audit", INCIDENT], ["conflicts", INCIDENT], ["worklist"]], ids=" ".join
)
def test_words_that_were_changed_on_the_disk_are_not_shown_as_what_was_recorded(
    ledger: Path, command: list[str]
) -> None:
    tamper(ledger, changed("disclosures", "lines", 5, "about 15 feet", "about 51 feet"))

    answer = ask(*command, "--ledger", ledger)

    assert (1, "") == (answer.code, answer.out)
    assert "the ledger cannot be read: position 5: the disclosure of " in answer.err
    assert "does not match the digest in its event; check it with: incident-ledger verify" in answer.err


def test_a_place_where_no_ledger_can_be_made_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")

    answer = ask("append", "--ledger", tmp_path / "file" / "x.ledger", stdin=b"")

    assert (4, "") == (answer.code, answer.out)
    assert "Not a directory" in answer.err


@pytest.mark.parametrize(
    "command",
    [
        *(one for one in VIEWS if "-" not in one and one[0] != "events"),
        ["kinds"],
        ["verify"],
        ["append", "-"],
    ],
    ids=" ".join,
)
def test_json_is_one_value_a_line_on_every_command_and_the_same_each_time(
    ledger: Path, command: list[str]
) -> None:
    stdin = as_lines({**desk()[0], "id": "again", "key": "k"})
    once, again = (ask(*command, "--ledger", ledger, "--json", stdin=stdin) for _ in range(2))

    assert (0, 1) == (once.code, len(once.json_lines))
    assert once.out == again.out or command == ["append", "-"]
    found = once.json_lines[0]
    first = found[0] if isinstance(found, list) else found
    assert sorted(first) == list(first)
