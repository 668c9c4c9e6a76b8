"""The acts that the processes under trial record. A key says the whole act, so that whoever knows the key can ask for it again."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from ledger.append import Ask, Caller, Request
from ledger.read_command import read_command
from ledger.strict_json import canonical

if TYPE_CHECKING:
    from pathlib import Path

    from api.opening import Opened
    from ledger.append import Receipt
    from ledger.values import Json

__all__ = ["FIRST", "ask", "blob_of", "given", "record", "statement", "text", "writes_fact"]

_DESK = Caller(actor="desk")
_CYCLE, _CAPTURE, _REDACT = 8, 3, 6

FIRST = ("incident", "source")
"""The keys of the two acts that come before all others."""

_OPENING: dict[str, dict[str, Json]] = {
    "incident": {"op": "open-incident", "id": "stop", "title": "Traffic stop", "zone": "America/Chicago"},
    "source": {"op": "register-source", "id": "release", "kind": "release", "title": "Release of the police"},
}


def _place(key: str) -> tuple[str, int]:
    worker, _, number = key.rpartition(".")
    return worker, int(number)


def statement(key: str) -> str:
    """What the fact of this key states; long enough that an act takes several pages of the file."""
    return f"The officer was dragged, says {key}. " + "So it was told. " * 100


def text(key: str) -> str:
    """What the snapshot of this key says."""
    return f"Release {key}: " + "the officer was dragged about 15 feet. " * 20


def writes_fact(key: str) -> bool:
    """Whether the act reports a fact, whose id is then the key."""
    return key not in FIRST and _place(key)[1] % _CYCLE not in {_CAPTURE, _REDACT}


def _digest(key: str) -> str:
    return hashlib.sha256(text(key).encode()).hexdigest()


def blob_of(key: str, ledger: Path) -> Path | None:
    """Where the bytes lie that this act captured; None where it captures nothing."""
    if key in FIRST or _place(key)[1] % _CYCLE != _CAPTURE:
        return None
    return ledger.with_name(ledger.name + ".d") / "blobs" / _digest(key)[:2] / _digest(key)


def given(key: str) -> dict[str, Json]:
    """The act of a key `worker.number` as a caller writes it: mostly facts, at times a snapshot, and its redaction later."""
    if key in FIRST:
        return _OPENING[key]
    worker, number = _place(key)
    if number % _CYCLE == _CAPTURE:
        return {"op": "capture-snapshot", "source": "release", "media_type": "text/plain", "text": text(key)}
    if number % _CYCLE == _REDACT:
        captured = _digest(f"{worker}.{number - _REDACT + _CAPTURE}")
        return {
            "op": "redact",
            "source": "release",
            "snapshots": [f"sha256:{captured}"],
            "legal_basis": "Art. 17 GDPR",
            "authority": "the desk",
            "reason": "a court ordered it",
        }
    return {
        "op": "report-fact",
        "incident": "stop",
        "id": key,
        "kind": "drag",
        "statement": statement(key),
        "citations": [{"id": "a1", "source": "release"}],
    }


def ask(opened: Opened, key: str) -> Ask:
    """The act of a key as it is asked for, with the key as its idempotency key."""
    asked = given(key)
    request = Request(idempotency_key=key, content=canonical(asked))
    return Ask(command=read_command(asked, opened.ids), caller=_DESK, request=request)


def record(opened: Opened, key: str) -> Receipt:
    """Ask for the act of a key, alone."""
    asked = ask(opened, key)
    return opened.writer.record(asked.command, asked.caller, request=asked.request)
