"""The command line as tests run it: within this process where that is enough, as a process of its own where it is not."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from typer.testing import CliRunner

from api.cli import app
from tests.project_files import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from ledger.values import Json

__all__ = [
    "INCIDENT",
    "SNAPSHOT",
    "Answer",
    "as_lines",
    "ask",
    "command_of",
    "desk",
    "environment",
    "fact",
    "record",
    "run",
]

INCIDENT = "stop"
TEXT = "Police said the officer was dragged about 15 feet. The driver fled after that."
SNAPSHOT = "sha256:" + hashlib.sha256(TEXT.encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a command said, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Json:
        """The one JSON value on standard output."""
        return json.loads(self.out)

    @property
    def json_lines(self) -> list[Json]:
        """The JSON values on standard output, one a line."""
        return [json.loads(line) for line in self.out.splitlines()]


def as_lines(*commands: Json) -> bytes:
    """Commands as JSON lines; bytes are lines as they are."""
    return b"".join((one if isinstance(one, bytes) else json.dumps(one).encode()) + b"\n" for one in commands)


def ask(*arguments: object, stdin: bytes = b"") -> Answer:
    """Run a command in this process."""
    result = CliRunner().invoke(app, [str(one) for one in arguments], input=stdin, env={"LEDGER_PATH": None})
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Answer(code=result.exit_code, out=result.stdout, err=result.stderr)


def environment(**more: str) -> dict[str, str]:
    """What a process gets: the search path of programs and modules, and nothing of the tester's own settings."""
    own = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    return {**own, "PYTHONPATH": os.pathsep.join([str(ROOT), own.get("PYTHONPATH", "")]), **more}


def command_of(*arguments: object) -> list[str]:
    """The command line of a process of its own."""
    return [sys.executable, "-m", "api.cli", *(str(one) for one in arguments)]


def run(*arguments: object, folder: Path, stdin: bytes = b"", **more: str) -> Answer:
    """Run a command as a process of its own, in a folder."""
    done = subprocess.run(
        command_of(*arguments),
        cwd=folder,
        input=stdin,
        capture_output=True,
        env=environment(**more),
        timeout=60,
        check=False,
    )
    return Answer(code=done.returncode, out=done.stdout.decode(), err=done.stderr.decode())


def fact(ident: str, **more: Json) -> Json:
    """A line that reports a fact, its quotation found in the station's text."""
    return {
        "op": "report-fact",
        "incident": INCIDENT,
        "id": ident,
        "kind": "drag",
        "statement": "An officer was dragged about 15 feet.",
        "occurred": "2021-05-08",
        "citations": [
            {
                "id": f"{ident}-1",
                "source": "station",
                "snapshot": SNAPSHOT,
                "selector": {"type": "TextQuoteSelector", "exact": "dragged about 15 feet"},
            }
        ],
        **more,
    }


def desk() -> list[Json]:
    """Lines that make a small ledger: a source with its text, an incident and a fact."""
    published = {"edtf": "2021-05-08", "zone": "America/Chicago"}
    return [
        {
            "op": "register-source",
            "id": "station",
            "kind": "article",
            "title": "A text",
            "published": published,
        },
        {"op": "capture-snapshot", "source": "station", "media_type": "text/plain", "text": TEXT},
        {"op": "open-incident", "id": INCIDENT, "title": "A traffic stop", "zone": "America/Chicago"},
        fact("drag"),
    ]


def record(ledger: Path, *commands: Json) -> Answer:
    """Append lines to a ledger, which all have to be accepted."""
    answer = ask("append", "--ledger", ledger, "--json", stdin=as_lines(*commands))
    assert answer.code == 0, answer.out
    return answer
