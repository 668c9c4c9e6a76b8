"""Redaction through the writer: what is gone is gone from caches, files and answers, and a removal cut short is finished."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest

from ledger.append import Request
from ledger.errors import RefusedError, RuleError, StoreError, UnknownError
from tests.desk import AGENCY, TEXT, Desk, cited, fact
from tests.fakes import NOON

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ASKED = Request(idempotency_key="one", content=b"POST /v1/facts Zebedee Quirk")
CAPTURE = {"op": "capture-snapshot", "source": "release", "media_type": "text/plain", "text": TEXT}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path / "test.ledger")
    made.begin()
    yield made
    made.close()


def _erasing(desk: Desk) -> bool:
    return desk.writer.erasing


def _files_with(desk: Desk, words: str) -> list[str]:
    return [
        one.name
        for one in sorted(desk.path.parent.rglob("*"))
        if one.is_file() and words.encode() in one.read_bytes()
    ]


def test_redacted_words_leave_every_file_and_every_other_word_stays(desk: Desk) -> None:
    desk.act(
        fact(
            statement="Zebedee Quirk was dragged.",
            participants=[{"id": "p1", "role": "officer", "as_described": "the officer"}],
        )
    )
    event = next(desk.store.rows(4, 4)).event
    assert [] != _files_with(desk, "Zebedee")

    desk.redact(facts=[{"fact": "drag", "paths": ["statement"]}])

    assert [] == _files_with(desk, "Zebedee")
    assert ["test.ledger"] == _files_with(desk, "the officer")
    assert event == next(desk.store.rows(4, 4)).event
    assert not _erasing(desk)


@pytest.mark.parametrize("reopened", [False, True], ids=["at once", "after the ledger was opened again"])
def test_later_decisions_see_that_the_words_are_undisclosed(desk: Desk, reopened: bool) -> None:  # noqa: FBT001  a column of the table
    desk.act(fact(statement="Zebedee Quirk was draged away."))
    amended = {"op": "amend-fact", "incident": "stop", "fact": "drag", "reason": "a letter was missing"}
    mended = {"set": {"statement": "Zebedee Quirk was dragged away."}}
    desk.act(amended | mended, dry_run=True)

    desk.redact(facts=[{"fact": "drag", "paths": ["statement"]}])
    if reopened:
        desk.reopen()

    state = desk.writer._present.fact("stop", "drag")
    assert state is not None
    assert "undisclosed" == getattr(state.content.statement, "absent", "")
    with pytest.raises(RefusedError):
        desk.act(amended | mended)


def test_after_a_redaction_the_key_answers_the_old_ids_for_any_body(desk: Desk) -> None:
    first = desk.act(fact(statement="Zebedee Quirk was dragged."), request=ASKED)
    desk.redact(facts=[{"fact": "drag", "paths": ["statement"]}])

    again = desk.act(AGENCY, request=Request(idempotency_key="one", content=b"another"))

    assert again.replayed
    assert (first.id, first.version, first.position) == (again.id, again.version, again.position)
    kept = desk.store.answer("actor:desk", "one")
    assert kept is not None
    assert (b"", b"") == (kept.salt, kept.digest)


def test_after_a_snapshot_is_redacted_nothing_confirms_a_guess_at_its_text(desk: Desk) -> None:
    digest = desk.act(CAPTURE, request=ASKED).id
    desk.act(CAPTURE | {"text": "Other words"}, request=Request(idempotency_key="two", content=b"y"))

    desk.redact(source="release", snapshots=[digest])

    kept, other = desk.store.answer("actor:desk", "one"), desk.store.answer("actor:desk", "two")
    assert kept is not None
    assert other is not None
    assert b"" == kept.digest
    assert b"" != other.digest


def test_a_redacted_snapshot_leaves_the_disk_and_is_not_taken_in_again(desk: Desk) -> None:
    digest = desk.capture()
    quoted = cited(snapshot=digest, selector=[{"type": "TextQuoteSelector", "exact": "about 15 feet"}])
    desk.act(fact(citations=[quoted]))

    desk.redact(source="release", snapshots=[digest])

    assert [] == _files_with(desk, "dragged about 15 feet. M")
    with pytest.raises(UnknownError):
        desk.blobs.read(digest)
    with pytest.raises(RuleError, match="not taken in again"):
        desk.act(CAPTURE)
    with pytest.raises(RuleError, match="cannot be cited"):
        desk.act(fact("other", citations=[quoted]))
    assert [] == _files_with(desk, "dragged about 15 feet. M")
    assert [] == desk.blobs.marked()


def test_a_redaction_that_was_only_tried_removes_nothing(desk: Desk) -> None:
    digest = desk.capture()
    basis = {"legal_basis": "Art. 17 GDPR", "authority": "the desk", "reason": "a court ordered it"}

    tried = desk.act({"op": "redact", "source": "release", "snapshots": [digest], **basis}, dry_run=True)

    assert tried.dry_run
    assert TEXT == desk.blobs.text(digest)
    assert [] == desk.blobs.marked()


def test_a_redaction_that_the_store_refuses_removes_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = desk.capture()

    def refuse(*_: object) -> None:
        raise StoreError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(desk.store, "append", refuse)
        with pytest.raises(StoreError):
            desk.redact(source="release", snapshots=[digest])

    assert TEXT == desk.blobs.text(digest)
    desk.reopen()
    assert TEXT == desk.blobs.text(digest)
    assert [] == desk.blobs.marked(), "what was never recorded is not finished"


class _CrashError(BaseException):
    """The process dies here."""


@pytest.mark.parametrize("where", ["settle", "remove", "truncate"])
def test_a_redaction_cut_short_is_finished_when_the_ledger_is_opened_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    digest = desk.capture()
    desk.act(fact(statement="Zebedee Quirk was dragged."))
    # Another connection keeps the log from being emptied when the dying process lets go of the file.
    keeper = sqlite3.connect(desk.path)
    keeper.execute("SELECT count(*) FROM events").fetchone()

    def crash(*_: object, **__: object) -> None:
        raise _CrashError

    for redaction in (
        {"facts": [{"fact": "drag", "paths": ["statement"]}]},
        {"source": "release", "snapshots": [digest]},
    ):
        with monkeypatch.context() as patched:
            match where:
                case "settle":
                    patched.setattr("ledger.present.Present.settle", crash)
                case "remove":
                    patched.setattr("ledger.blobs.Blobs.remove", crash)
                    patched.setattr("ledger.stores.sqlite_store.SQLiteStore.truncate_wal", crash)
                case _:
                    patched.setattr("ledger.stores.sqlite_store.SQLiteStore.truncate_wal", crash)
            with pytest.raises(_CrashError):
                desk.redact(**redaction)
        desk.writer._eraser._doomed.clear()
        desk.writer._eraser._words_in_log = False
        desk.act(fact("other"), dry_run=True)
    assert [] != _files_with(desk, "Zebedee")

    desk.reopen()
    keeper.close()

    assert [] == _files_with(desk, "Zebedee")
    assert [] == _files_with(desk, "15 feet. M")
    assert not _erasing(desk)


def test_words_that_a_reader_holds_back_leave_the_log_with_a_later_command(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.stores.sqlite_datastore.CHECKPOINT_BUSY_MS", 10)
    desk.act(fact(statement="Zebedee Quirk was dragged."))
    reader = sqlite3.connect(desk.path, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM events").fetchone()

    receipt = desk.redact(facts=[{"fact": "drag", "paths": ["statement"]}])

    assert 5 == receipt.position, "the redaction is recorded, and said to be"
    assert _erasing(desk)
    assert [] != _files_with(desk, "Zebedee")
    reader.execute("COMMIT")
    reader.close()
    desk.act(fact("other"))
    assert not _erasing(desk)
    assert [] == _files_with(desk, "Zebedee")


def test_a_blob_that_cannot_be_removed_is_tried_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    digest = desk.capture()

    def refuse(*_: object) -> None:
        raise StoreError("the folder is read-only")

    with monkeypatch.context() as patched:
        patched.setattr(desk.blobs, "remove", refuse)
        assert 5 == desk.redact(source="release", snapshots=[digest]).position
        assert _erasing(desk)

    desk.act(fact())

    assert not _erasing(desk)
    assert [] == _files_with(desk, "15 feet. M")


def test_a_dry_run_keeps_no_bytes(desk: Desk) -> None:
    tried = desk.act(CAPTURE, dry_run=True)

    assert tried.dry_run
    assert [] == _files_with(desk, "15 feet. M")
    assert tried.id == desk.capture()


def test_bytes_that_were_lost_are_put_back_by_capturing_them_again(desk: Desk) -> None:
    digest = desk.capture()
    desk.blobs.remove(digest)

    again = desk.act(CAPTURE)

    assert again.quiet
    assert TEXT == desk.blobs.text(digest)


def test_redacted_bytes_are_not_taken_in_through_another_source_either(desk: Desk) -> None:
    digest = desk.capture()
    desk.redact(source="release", snapshots=[digest])
    desk.act(AGENCY | {"id": "agency"})

    for dry_run in (True, False):
        with pytest.raises(RuleError, match="not taken in again") as refused:
            desk.act(CAPTURE | {"source": "agency"}, dry_run=dry_run)
        assert "snapshot-redacted" == refused.value.rule

    assert [] == _files_with(desk, "15 feet. M")


def test_bytes_that_wait_to_be_removed_are_not_taken_in_through_another_source(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = desk.capture()
    desk.act(AGENCY | {"id": "agency"})

    def refuse(*_: object) -> None:
        raise StoreError("the folder is read-only")

    monkeypatch.setattr(desk.blobs, "remove", refuse)
    desk.redact(source="release", snapshots=[digest])

    with pytest.raises(RuleError, match="not taken in again"):
        desk.act(CAPTURE | {"source": "agency"})


def test_a_removal_marked_before_a_later_capture_is_not_carried_out(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a ledger whose writer still took such bytes in through another source."""
    digest = desk.capture()
    desk.redact(source="release", snapshots=[digest])
    desk.act(AGENCY | {"id": "agency"})
    monkeypatch.setattr(desk.writer._eraser, "may_be_taken_in", lambda _: True)
    desk.act(CAPTURE | {"source": "agency", "captured_at": NOON.isoformat()})
    desk.blobs.mark([digest])

    desk.reopen()

    assert TEXT == desk.blobs.text(digest)
    assert [] == desk.blobs.marked()
