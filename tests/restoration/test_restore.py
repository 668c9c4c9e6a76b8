"""A restore is verified, carries out what was redacted since, begins an epoch, and signs nothing that contradicts what was signed."""

from __future__ import annotations

import shutil
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from ledger.backup import FILE_NAME, back_up
from ledger.errors import ConflictError, IntegrityError, RuleError, StoreError
from ledger.log_lines import log_line
from ledger.merkle import check_consistency
from ledger.restoration import RedactionJournal, Restored, Since, read_redactions, restore
from ledger.stores.sqlite_store import SQLiteStore
from ledger.transparency import Transparency
from ledger.verify import verify_file
from tests.desk import AGENCY, TEXT, Desk, a_small_ledger, fact

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ledger.transparency import SignedHead

NAME = "Zebedee Quirk"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A small ledger of six events, and 7: a fact that names somebody."""
    (tmp_path / "desk").mkdir()
    made = a_small_ledger(tmp_path / "desk" / "a.ledger")
    made.act(fact("named", statement=f"{NAME} was dragged."))
    yield made
    made.close()


def _sign(desk: Desk, copy: Path | None = None) -> SignedHead:
    folder = desk.path.with_name(desk.path.name + ".d")
    with closing(Transparency(desk.store, folder, writing=True, copy=copy)) as transparency:
        transparency.make_key(desk.random)
        head = transparency.sign()
        assert head is not None
        return head


def _backed_up(desk: Desk, tmp_path: Path) -> Path:
    back_up(desk.path, tmp_path / "copy", desk.random)
    return tmp_path / "copy"


def _restored(desk: Desk, tmp_path: Path, since: Since, name: str = "b.ledger") -> Restored:
    place = tmp_path / name
    return restore(tmp_path / "copy", place, since, clock=desk.clock, ids=desk.ids, random=desk.random)


def _all_bytes(*paths: Path) -> bytes:
    return b"".join(one.read_bytes() for path in paths for one in (path, *path.rglob("*")) if one.is_file())


def test_a_restore_gives_the_same_events_to_the_byte_in_a_ledger_that_goes_on(
    desk: Desk, tmp_path: Path
) -> None:
    _backed_up(desk, tmp_path)
    before = [row.event for row in desk.store.rows()]

    made = _restored(desk, tmp_path, Since())

    assert (7, "OK", ()) == (made.position, made.backup.report.verdict, made.replayed)
    restored = Desk(tmp_path / "b.ledger", clock=desk.clock)
    assert before == [row.event for row in restored.store.rows()]
    assert TEXT.encode() in _all_bytes(tmp_path / "b.ledger.d")
    restored.act(AGENCY | {"id": "later"})
    assert "OK" == verify_file(restored.path).verdict
    restored.close()
    assert {"desk", "copy", "b.ledger", "b.ledger.d"} == {one.name for one in tmp_path.iterdir()}


def test_what_was_redacted_since_is_redacted_before_anybody_is_served(desk: Desk, tmp_path: Path) -> None:
    _backed_up(desk, tmp_path)
    desk.redact(facts=[{"fact": "named", "paths": ["statement"]}])
    digest = next(one for one in desk.writer._present._source_frame("release").captures)
    desk.redact(source="release", snapshots=[digest])
    journal = tmp_path / "desk" / "journal"
    assert 2 == RedactionJournal(journal).catch_up(desk.store)
    assert NAME.encode() not in journal.read_bytes()
    assert NAME.encode() in _all_bytes(tmp_path / "copy")

    made = _restored(desk, tmp_path, Since(redactions=(journal,)))

    assert [(8, 8), (9, 9)] == [(one.position, one.repeated_at) for one in made.replayed]
    assert (8, 9) == made.epoch.repeated
    held = _all_bytes(tmp_path / "b.ledger", tmp_path / "b.ledger.d")
    assert NAME.encode() not in held
    assert TEXT.encode() not in held
    with closing(SQLiteStore(tmp_path / "b.ledger", read_only=True)) as store:
        repeated = [row for row in store.rows(8) if row.topic == "Redacted@1"]
        assert all(b'"legal_basis":"Art. 17 GDPR"' in row.event for row in repeated)
        assert all(b"repeats the redaction" in row.disclosures for row in repeated)
    assert "OK" == verify_file(tmp_path / "b.ledger").verdict


@pytest.mark.parametrize("given", ["ledger", "lines"])
def test_the_old_ledger_or_lines_of_its_log_tell_the_redactions_too(
    desk: Desk, tmp_path: Path, given: str
) -> None:
    _backed_up(desk, tmp_path)
    desk.redact(facts=[{"fact": "named", "paths": ["statement"]}])
    lines = tmp_path / "desk" / "lines"
    lines.write_bytes(b"".join(map(log_line, desk.store.rows())))
    desk.store.truncate_wal()

    made = _restored(desk, tmp_path, Since(redactions=(desk.path if given == "ledger" else lines,)))

    assert [(8, 8)] == [(one.position, one.repeated_at) for one in made.replayed]
    assert NAME.encode() not in _all_bytes(tmp_path / "b.ledger", tmp_path / "b.ledger.d")


def test_a_redaction_of_what_the_backup_never_had_or_has_redacted_needs_nothing(
    desk: Desk, tmp_path: Path
) -> None:
    desk.redact(facts=[{"fact": "drag", "paths": ["statement"]}])
    _backed_up(desk, tmp_path)
    desk.act(fact("later", statement=f"{NAME} came back."))
    desk.redact(facts=[{"fact": "later", "paths": ["statement"]}])
    journal = tmp_path / "desk" / "journal"
    RedactionJournal(journal).catch_up(desk.store)

    made = _restored(desk, tmp_path, Since(redactions=(journal, journal)))

    assert [(10, None)] == [(one.position, one.repeated_at) for one in made.replayed]
    assert 8 == made.position


def test_a_redaction_of_several_things_is_repeated_for_those_that_are_there(
    desk: Desk, tmp_path: Path
) -> None:
    _backed_up(desk, tmp_path)
    desk.act(fact("later", statement=f"{NAME} came back."))
    desk.redact(
        facts=[{"fact": "named", "paths": ["statement"]}, {"fact": "later", "paths": ["statement"]}],
        events=[{"version": 1, "paths": ["title"]}],
    )

    made = _restored(desk, tmp_path, Since(redactions=(desk.path,)))

    assert [(9, 8)] == [(one.position, one.repeated_at) for one in made.replayed]
    with closing(SQLiteStore(tmp_path / "b.ledger", read_only=True)) as store:
        event = next(store.rows(8, 8)).event
    assert b'"facts":[{"fact":"named","paths":["statement"]}]' in event
    assert b'"events":[{"paths":["title"],"version":1}]' in event


def test_each_restored_copy_is_a_new_epoch_that_signs_under_a_name_and_key_of_its_own(
    desk: Desk, tmp_path: Path
) -> None:
    first = _sign(desk)
    _backed_up(desk, tmp_path)

    made = _restored(desk, tmp_path, Since())

    ledger = first.checkpoint.origin
    assert (2, 7, 0, f"{ledger}/epoch/2") == (
        made.epoch.epoch,
        made.epoch.position,
        made.epoch.lost,
        made.origin,
    )
    assert first.note.decode() == made.epoch.known
    restored = Desk(tmp_path / "b.ledger", clock=desk.clock)
    restored.act(AGENCY | {"id": "later"})
    desk.act(AGENCY | {"id": "elsewhere"})
    second, original = _sign(restored), _sign(desk)
    assert (f"{ledger}/epoch/2", ledger) == (second.checkpoint.origin, original.checkpoint.origin)
    assert second.signers != original.signers
    report = verify_file(restored.path)
    assert ("OK", "signed checkpoint") == (report.verdict, report.level)
    with closing(Transparency(restored.store, tmp_path / "b.ledger.d")) as transparency:
        check_consistency(
            first=7,
            second=8,
            path=transparency.tree.consistency(7, 8),
            first_root=first.checkpoint.root,
            second_root=second.checkpoint.root,
        )
    back_up(restored.path, tmp_path / "again", restored.random)
    restored.close()
    shutil.rmtree(tmp_path / "copy")
    (tmp_path / "again").rename(tmp_path / "copy")
    third = _restored(desk, tmp_path, Since(), "c.ledger")
    assert (3, f"{ledger}/epoch/3") == (third.epoch.epoch, third.origin)


def test_signed_events_that_the_backup_lacks_are_told_and_have_to_be_accepted(
    desk: Desk, tmp_path: Path
) -> None:
    _sign(desk)
    _backed_up(desk, tmp_path)
    desk.act(AGENCY | {"id": "later"})
    copy = tmp_path / "desk" / "head"
    lost = _sign(desk, copy)

    with pytest.raises(RuleError, match="1 events that were signed are not in the backup") as refused:
        _restored(desk, tmp_path, Since(heads=(copy,)))
    assert "events-lost" == refused.value.rule
    assert {"desk", "copy"} == {one.name for one in tmp_path.iterdir()}

    made = _restored(desk, tmp_path, Since(heads=(copy,), accept_lost=True))

    assert (1, lost.note.decode()) == (made.epoch.lost, made.epoch.known)
    restored = Desk(tmp_path / "b.ledger", clock=desk.clock)
    # The copy elsewhere still says what was lost; the next head is held against it, and takes its place.
    assert made.origin == _sign(restored, copy).checkpoint.origin
    restored.act(AGENCY | {"id": "more"})
    restored.act(AGENCY | {"id": "and-more"})
    assert 9 == _sign(restored, copy).checkpoint.size
    restored.close()


def test_a_head_that_turns_up_later_and_covers_lost_events_stops_the_signing(
    desk: Desk, tmp_path: Path
) -> None:
    _sign(desk)
    _backed_up(desk, tmp_path)
    desk.act(AGENCY | {"id": "later"})
    copy = tmp_path / "desk" / "head"
    _sign(desk, copy)
    _restored(desk, tmp_path, Since())
    restored = Desk(tmp_path / "b.ledger", clock=desk.clock)
    restored.act(AGENCY | {"id": "other"})

    with pytest.raises(IntegrityError, match="the restore did not know of it; nothing was signed"):
        _sign(restored, copy)
    restored.close()


def test_a_backup_that_does_not_begin_with_what_was_signed_is_not_restored(
    desk: Desk, tmp_path: Path
) -> None:
    copy = tmp_path / "desk" / "head"
    _backed_up(desk, tmp_path)
    _sign(desk, copy)
    origin, size, _, *rest = copy.read_text().split("\n")
    copy.write_text("\n".join([origin, size, "A" * 43 + "=", *rest]))

    with pytest.raises(IntegrityError, match="are not those that were signed"):
        _restored(desk, tmp_path, Since(heads=(copy,)))

    copy.write_text("\n".join(["another", size, "A" * 43 + "=", *rest]))
    with pytest.raises(IntegrityError, match="it is a head of another"):
        _restored(desk, tmp_path, Since(heads=(copy,)))


def test_a_damaged_backup_is_not_restored_and_the_damage_is_named(desk: Desk, tmp_path: Path) -> None:
    folder = _backed_up(desk, tmp_path)
    blob = next(one for one in (folder / f"{FILE_NAME}.d" / "blobs").glob("??/*"))
    blob.write_bytes(b"other words")

    with pytest.raises(IntegrityError, match="have changed on disk"):
        _restored(desk, tmp_path, Since())

    assert {"desk", "copy"} == {one.name for one in tmp_path.iterdir()}


def test_nothing_is_written_over(desk: Desk, tmp_path: Path) -> None:
    _backed_up(desk, tmp_path)
    (tmp_path / "b.ledger.d").mkdir()

    with pytest.raises(ConflictError, match="a restore never writes over a ledger"):
        _restored(desk, tmp_path, Since())


def test_a_restore_that_finds_what_was_redacted_still_there_is_none(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _backed_up(desk, tmp_path)
    desk.redact(facts=[{"fact": "named", "paths": ["statement"]}])
    truncate = SQLiteStore.truncate_wal
    monkeypatch.setattr(
        SQLiteStore, "truncate_wal", lambda self, *, wait=True: wait or truncate(self, wait=wait)
    )

    with pytest.raises(IntegrityError, match="what was redacted since the backup is still in it"):
        _restored(desk, tmp_path, Since(redactions=(desk.path,)))

    assert {"desk", "copy"} == {one.name for one in tmp_path.iterdir()}


def test_the_journal_follows_the_log_and_mends_a_line_that_was_cut_off(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "elsewhere" / "journal"
    ledger = _sign(desk).checkpoint.origin
    assert 0 == RedactionJournal(path).catch_up(desk.store)
    desk.redact(facts=[{"fact": "named", "paths": ["statement"]}])
    journal = RedactionJournal(path)
    assert (1, 0) == (journal.catch_up(desk.store), journal.catch_up(desk.store))
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"event":"half a li')
    desk.redact(facts=[{"fact": "drag", "paths": ["statement"]}])

    assert 1 == RedactionJournal(path).catch_up(desk.store)

    assert [8, 9] == [one.position for one in read_redactions(path, ledger)]
    assert path.read_bytes().startswith(whole)
    assert 0o600 == path.stat().st_mode & 0o777


@pytest.mark.parametrize("line", ["no json\n", "[]\n", '{"event":5}\n', '{"ledger":"another"}\n'])
def test_a_file_that_is_no_journal_of_this_ledger_is_refused(tmp_path: Path, line: str) -> None:
    path = tmp_path / "journal"
    path.write_text(line)

    with pytest.raises(IntegrityError, match=r"the line is none of a log|it is of the ledger another"):
        read_redactions(path, "this")
    with pytest.raises(StoreError, match="could not be read"):
        read_redactions(tmp_path / "nothing", "this")
