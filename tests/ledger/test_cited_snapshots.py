"""What is cited is looked up without waiting for a commit, and never as it was before a redaction or a newer capture."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from ledger import cited_snapshots
from ledger.append import Ask
from ledger.blobs import digest_of_bytes
from ledger.errors import QuotationError, RuleError, UnknownError
from ledger.read_command import read_command
from tests.desk import DESK, TEXT, Desk, cited, fact

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WAIT_S = 30
QUOTED = {"type": "TextQuoteSelector", "exact": "about 15 feet"}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path / "test.ledger")
    made.begin()
    yield made
    made.close()


def quoting(desk: Desk, snapshot: str, ident: str = "drag") -> Ask:
    given = fact(ident, citations=[cited(snapshot=snapshot, selector=[QUOTED])])
    return Ask(command=read_command(given, desk.ids), caller=DESK)


def test_what_was_cited_once_is_at_hand_and_waits_for_no_commit(desk: Desk) -> None:
    snapshot = desk.capture()
    first, second = quoting(desk, snapshot), quoting(desk, snapshot, "other")
    assert not desk.writer.is_at_hand(first.command)
    desk.writer.record_all([desk.writer.ready(first)])
    found = []

    assert desk.writer.is_at_hand(second.command)
    with desk.writer._lock:
        beside = threading.Thread(target=lambda: found.append(desk.writer.ready(second)), daemon=True)
        beside.start()
        beside.join(WAIT_S)
        assert 1 == len(found)
    assert found[0].refusal is None


@pytest.mark.parametrize("ready_before", [False, True], ids=["asked after it", "asked before it"])
def test_a_redacted_text_is_quoted_by_nobody(desk: Desk, ready_before: bool) -> None:  # noqa: FBT001  a column of the table
    snapshot = desk.capture()
    desk.writer.record_all([desk.writer.ready(quoting(desk, snapshot))])
    ready = desk.writer.ready(quoting(desk, snapshot, "other"))
    desk.redact(source="release", snapshots=[snapshot])
    if not ready_before:
        ready = desk.writer.ready(quoting(desk, snapshot, "other"))

    assert [RuleError] == [type(one) for one in desk.writer.record_all([ready])]
    assert not desk.writer.is_at_hand(quoting(desk, snapshot).command)


def test_a_snapshot_that_is_not_known_yet_is_looked_up_again(desk: Desk) -> None:

    snapshot = digest_of_bytes(TEXT.encode())
    wrong = fact(
        "wrong",
        citations=[cited(snapshot=snapshot, selector=[{"type": "TextQuoteSelector", "exact": "51 feet"}])],
    )
    early = [
        desk.writer.ready(quoting(desk, snapshot)),
        desk.writer.ready(Ask(command=read_command(wrong, desk.ids), caller=DESK)),
    ]

    assert [UnknownError] * 2 == [type(one) for one in desk.writer.record_all(early)]
    desk.capture()
    assert ["Receipt", QuotationError.__name__] == [
        type(one).__name__ for one in desk.writer.record_all(early)
    ]


def test_a_long_text_is_never_at_hand(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cited_snapshots, "AT_HAND", len(TEXT) - 1)
    snapshot = desk.capture()
    desk.writer.record_all([desk.writer.ready(quoting(desk, snapshot))])

    assert not desk.writer.is_at_hand(quoting(desk, snapshot).command)


def test_remembering_is_bounded(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cited_snapshots, "REMEMBERED", 1)
    snapshots = [desk.capture(text) for text in (TEXT, f"{TEXT} Again.")]
    for snapshot in snapshots:
        desk.writer.ready(quoting(desk, snapshot))

    assert [("release", snapshots[1])] == list(desk.writer._cited._remembered)
