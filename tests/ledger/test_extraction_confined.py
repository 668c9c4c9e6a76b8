"""The process that reads hostile files: it inherits nothing, is limited, and is believed only in its form."""

from __future__ import annotations

import io
import os
import subprocess
import tempfile
from typing import Any

import pytest

from ledger.errors import UnavailableError
from ledger.extraction.confined import LIMITS, Answer, Limits, read_confined
from ledger.extraction.text import extract
from ledger.media import MediaType

_HTML = MediaType(name="text/html")


def _read(data: bytes, limits: Limits = LIMITS) -> Answer:
    return read_confined("html", io.BytesIO(data), limits)


def _playing(monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    """Let another program play the child."""
    start = subprocess.Popen

    def played(arguments: list[str], **how: Any) -> subprocess.Popen[bytes]:
        return start([arguments[0], "-c", program], **how)

    monkeypatch.setattr(subprocess, "Popen", played)


def test_the_text_and_its_extractor_come_back() -> None:
    extraction = extract(_HTML, io.BytesIO("<meta charset=utf-8><p>Zoë <b>ran</b>".encode()))

    assert extraction is not None
    assert ("Zoë ran", "incident-ledger.html") == (extraction.text, extraction.extractor.name)
    version = extraction.extractor.version or ""
    assert (version.startswith("1; selectolax 1."), version.endswith("; utf-8")) == (True, True)


def test_a_page_without_words_says_so() -> None:
    assert Answer(no_text="none-there") == _read(b"<script>x()</script>")


def test_nesting_that_the_library_reads_in_the_square_of_its_depth_is_stopped() -> None:
    assert Answer(no_text="stopped") == _read(b"<div>" * 100_000, Limits(cpu_s=1))


def test_a_page_that_needs_more_memory_than_there_is_is_stopped() -> None:
    assert Answer(no_text="stopped") == _read(b"<p><b>x</b>" * 400_000, Limits(memory_bytes=100_000_000))


def test_a_text_longer_than_its_limit_is_stopped() -> None:
    assert Answer(no_text="stopped") == _read(b"words " * 10_000, Limits(output_bytes=20_000))


def test_the_child_inherits_no_secret_and_no_open_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEDGER_SECRET", "hunter2")
    program = (
        "import os, json; print(json.dumps({'pages': len(os.listdir('/proc/self/fd')) - 1}));"
        "print(sorted(os.environ), os.getcwd(), os.getsid(0) == os.getpid(), end='')"
    )
    with tempfile.TemporaryFile() as secret:
        os.set_inheritable(secret.fileno(), True)
        _playing(monkeypatch, program)
        answer = _read(b"<p>x")

    assert Answer(pages=3, text="['LC_ALL', 'PYTHONPATH'] / True") == answer


@pytest.mark.parametrize(
    "program",
    [
        "print('no json')",
        "print('{}')",
        'print(\'{"no_text": "none-there"}\\nand text\')',
        'print(\'{"no_text": "because"}\')',
        "print('{\"secret\": 1}\\ntext')",
        "import sys; sys.stdout.buffer.write(b'{}\\n\\xff\\xfe')",
        "print('{}\\na\\0b')",
        "pass",
        "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)",
        "import os; os.abort()",
        "import sys; sys.exit(3)",
    ],
    ids=[
        "no JSON",
        "nothing",
        "both",
        "a reason of its own",
        "a member of its own",
        "no UTF-8",
        "NUL",
        "silence",
        "a crash",
        "abort",
        "limits",
    ],
)
def test_a_child_that_was_taken_over_or_crashed_gives_no_text(
    monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    _playing(monkeypatch, f"import resource; resource.setrlimit(resource.RLIMIT_CORE, (0, 0)); {program}")

    assert Answer(no_text="stopped") == _read(b"<p>x")


@pytest.mark.parametrize(
    ("program", "saying"),
    [
        ("import sys; sys.exit(1)", "ended with status 1"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "ended with status -9"),
        ("import signal; signal.pause()", "not read within 0.2 seconds"),
    ],
    ids=["could not begin", "ended by somebody else", "no time"],
)
def test_what_is_the_machines_fault_is_no_property_of_the_evidence(
    monkeypatch: pytest.MonkeyPatch, program: str, saying: str
) -> None:
    _playing(monkeypatch, program)

    with pytest.raises(UnavailableError, match=saying):
        _read(b"<p>x", Limits(wall_s=0.2) if "pause" in program else Limits())


@pytest.mark.parametrize("failing", ["Popen", "TemporaryFile"])
def test_a_machine_without_room_for_the_child_is_unavailable(
    monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(12, "Cannot allocate memory")

    source = io.BytesIO(b"<p>x")
    monkeypatch.setattr(subprocess if failing == "Popen" else tempfile, failing, refuse)

    with pytest.raises(UnavailableError, match="Cannot allocate memory; try again later"):
        extract(_HTML, source)
