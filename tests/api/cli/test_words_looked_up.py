"""show says of quoted words whether anybody found them: nobody can look into a recording, and its words must not read as found."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

import pytest

from tests.api.command_line import INCIDENT, ask, desk, fact, record
from tests.media_files import wav

if TYPE_CHECKING:
    from pathlib import Path

    from ledger.values import Json

RECORDING = wav()
WORDS = "dragged about 15 feet"
UNSEEN = "(not looked up: the snapshot has no text)"


def recorded(**more: Json) -> Json:
    digest = "sha256:" + hashlib.sha256(RECORDING).hexdigest()
    quote = {"type": "TextQuoteSelector", "exact": WORDS}
    return {"id": "heard", "source": "station", "snapshot": digest, "selector": quote, **more}


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    path = tmp_path / "desk.ledger"
    sound = {"media_type": "audio/wav", "base64": base64.b64encode(RECORDING).decode()}
    record(path, *desk(), {"op": "capture-snapshot", "source": "station", **sound})
    return path


def test_words_of_a_recording_are_shown_as_not_looked_up_beside_those_that_were_found(ledger: Path) -> None:
    record(ledger, {"op": "attest-fact", "incident": INCIDENT, "fact": "drag", **recorded()})

    lines = ask("show", INCIDENT, "--full", "--ledger", ledger).out.splitlines()

    passages = [line.strip() for line in lines if WORDS in line and line.strip().startswith("station:")]
    assert [f'station: "{WORDS}"', f'station: "{WORDS}" {UNSEEN}'] == passages


def test_words_without_a_snapshot_are_not_pinned_and_nothing_more(ledger: Path) -> None:
    unpinned = {**recorded()}
    del unpinned["snapshot"]
    record(ledger, fact("heard", citations=[unpinned]))

    out = ask("show", INCIDENT, "--full", "--ledger", ledger).out

    assert f'station: "{WORDS}" [not pinned]' in out
    assert UNSEEN not in out
