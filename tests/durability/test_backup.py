"""A backup is a whole ledger of its own, taken while another process writes; or there is none, and it is said why."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from ledger import backup
from ledger.backup import FILE_NAME, TRIES, back_up
from ledger.errors import ConflictError, IntegrityError, StoreError
from ledger.mark import Mark, Marked
from ledger.stores.sqlite_schema import APPLICATION_ID, LAYOUT
from ledger.stores.sqlite_store import SQLiteStore
from ledger.verify import verify_file
from tests.desk import TEXT, Desk, a_small_ledger, fact
from tests.durability.survival import Memory, faults
from tests.fakes import CountingBytes
from tests.project_files import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ledger.blobs import Blobs
    from ledger.stores.contract import Row

_HEARD_BEFORE = 40
_HEARD_AFTER = 40
NAME = "Müller"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "desk").mkdir()
    return tmp_path / "desk" / "a.ledger"


@pytest.fixture
def desk(path: Path) -> Iterator[Desk]:
    made = a_small_ledger(path)
    yield made
    made.close()


def _rows(path: Path) -> list[Row]:
    with closing(SQLiteStore(path, read_only=True)) as store:
        return list(store.rows())


def _blob(folder: Path, digest: str) -> Path:
    name = digest.removeprefix("sha256:")
    return folder / "blobs" / name[:2] / name


def _left_over(tmp_path: Path) -> list[str]:
    return sorted(one.name for one in tmp_path.iterdir() if one.name != "desk")


def test_a_backup_taken_while_another_process_appends_is_verified_a_prefix_and_can_be_written_to(
    path: Path, tmp_path: Path
) -> None:
    destination, memory = tmp_path / "copy", Memory()
    heard: list[bytes] = []
    command = [sys.executable, "-m", "tests.durability.appending", str(path), "w", "2", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as writing:
        assert writing.stdout is not None
        heard += [writing.stdout.readline() for _ in range(_HEARD_BEFORE)]
        # The redactions that this process records may overtake it; a desk would ask again as well.
        made = _until_taken(path, destination)
        heard += [writing.stdout.readline() for _ in range(_HEARD_AFTER)]
        assert writing.poll() is None
        writing.kill()
        heard += writing.stdout.read().splitlines(keepends=True)
    memory.hear(line for line in heard if line.endswith(b"\n"))

    copied = destination / FILE_NAME
    original, copy = _rows(path), _rows(copied)
    assert made.position == len(copy) > _HEARD_BEFORE // 4
    assert len(copy) < len(original)
    assert [(row.event, row.leaf) for row in original[: len(copy)]] == [(row.event, row.leaf) for row in copy]
    assert "OK" == verify_file(copied).verdict
    assert [] == faults(path, memory, "after.1")
    _is_written_to(copied, memory, len(copy))


def _until_taken(path: Path, destination: Path) -> backup.Backup:
    for _ in range(20):
        try:
            return back_up(path, destination, os.urandom)
        except StoreError as error:
            assert "redactions were recorded" in str(error)  # noqa: PT017  any other error is a fault
    raise AssertionError("no backup came about in a hundred tries")


def _is_written_to(copied: Path, memory: Memory, position: int) -> None:
    """The copy stands for what was acknowledged up to its position, and goes on from there."""
    then = Memory()
    then.receipts = {
        key: one
        for key, one in memory.receipts.items()
        if one.position is not None and one.position <= position
    }
    then.asked = list(memory.asked)
    assert [] == faults(copied, then, "after-the-copy.1")


def test_who_reads_reads_on_while_a_backup_is_taken_and_neither_sees_the_other(
    desk: Desk, tmp_path: Path
) -> None:
    with closing(SQLiteStore(desk.path, read_only=True)) as reader:
        rows = reader.rows()
        read = [next(rows)]
        desk.act(fact("before"))
        made = back_up(desk.path, tmp_path / "copy", CountingBytes())
        desk.act(fact("after"))
        read += rows
        assert 8 == reader.head().position

    assert (6, 7) == (len(read), made.position)
    assert read == _rows(tmp_path / "copy" / FILE_NAME)[:6]
    assert ["blobs", "mark"] == sorted(one.name for one in (tmp_path / "copy" / (FILE_NAME + ".d")).iterdir())


def test_a_backup_has_the_same_rows_marks_and_guards_and_a_mark_of_its_own(
    desk: Desk, tmp_path: Path
) -> None:
    made = back_up(desk.path, tmp_path / "copy", CountingBytes())

    copied = tmp_path / "copy" / FILE_NAME
    assert _rows(desk.path) == _rows(copied)
    with closing(sqlite3.connect(copied)) as database, closing(sqlite3.connect(desk.path)) as before:
        assert (APPLICATION_ID, LAYOUT) == tuple(
            database.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")
        )
        every = "SELECT name, sql FROM sqlite_master ORDER BY name"
        assert before.execute(every).fetchall() == database.execute(every).fetchall()
        answers = "SELECT * FROM idempotency ORDER BY position"
        assert before.execute(answers).fetchall() == database.execute(answers).fetchall()
    last = _rows(copied)[-1]
    assert (
        Marked(position=last.position, recorded_us=last.recorded_us, leaf=last.leaf)
        == Mark(tmp_path / "copy" / (FILE_NAME + ".d") / "mark").read()
    )
    assert (6, 1, len(TEXT.encode()), "OK") == (
        made.position,
        made.snapshots,
        made.snapshot_bytes,
        made.report.verdict,
    )
    assert ["copy"] == _left_over(tmp_path)


def test_a_backup_is_open_to_its_owner_and_its_files_to_whom_the_originals_are(
    desk: Desk, tmp_path: Path
) -> None:
    desk.path.chmod(0o640)
    keys = desk.path.with_name(desk.path.name + ".d") / "keys"
    (keys / "old").mkdir(parents=True, mode=0o700)
    for name in ("signing", "old/signing"):
        (keys / name).write_bytes(b"secret " + name.encode())
        (keys / name).chmod(0o600)

    made = back_up(desk.path, tmp_path / "copy", CountingBytes())

    copied = tmp_path / "copy" / FILE_NAME
    kept = tmp_path / "copy" / (FILE_NAME + ".d") / "keys"
    assert 2 == made.keys
    assert (0o700, 0o640) == (_mode(tmp_path / "copy"), _mode(copied))
    assert [(b"secret signing", 0o600), (b"secret old/signing", 0o600)] == [
        ((kept / name).read_bytes(), _mode(kept / name)) for name in ("signing", "old/signing")
    ]


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_what_was_redacted_is_in_no_file_of_a_backup(desk: Desk, tmp_path: Path) -> None:
    desk.act(fact("named", statement=f"{NAME} was hurt."))
    digest = desk.capture(f"{NAME} was hurt, once more.")
    desk.redact(facts=[{"fact": "named", "paths": ["statement"]}])
    desk.redact(source="release", snapshots=[digest, desk.capture()])

    made = back_up(desk.path, tmp_path / "copy", CountingBytes())

    files = [one for one in (tmp_path / "copy").rglob("*") if one.is_file()]
    assert files
    assert [] == [one.name for one in files if NAME.encode() in one.read_bytes()]
    assert (0, 2) == (made.snapshots, made.report.redacted_snapshots)


def test_what_was_captured_anew_after_a_redaction_is_kept(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A writer refuses that; a ledger may be older than the refusal."""
    digest = desk.capture()
    desk.redact(source="release", snapshots=[digest])
    desk.act({"op": "register-source", "id": "other", "kind": "release", "title": "Another"})
    monkeypatch.setattr(desk.writer._eraser, "may_be_taken_in", lambda _: True)
    assert digest == desk.capture(source="other")

    back_up(desk.path, tmp_path / "copy", CountingBytes())

    assert TEXT.encode() == _blob(tmp_path / "copy" / (FILE_NAME + ".d"), digest).read_bytes()


def test_the_text_of_a_page_is_kept_with_the_page_and_goes_with_it(desk: Desk) -> None:
    page, text = f"<!doctype html><p>{NAME} was hurt.</p>", _named(TEXT)
    desk.capture(page, media_type="text/html")

    before = backup._snapshots_of(desk.store.rows())
    desk.redact(source="release", snapshots=[_named(page)])

    assert {text, _named(page)} < set(before)
    assert 3 == len(before)
    assert [text] == backup._snapshots_of(desk.store.rows())


def _named(text: str) -> str:
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize("fault", ["changed", "missing"])
def test_a_damaged_snapshot_refuses_the_backup_and_is_named(desk: Desk, tmp_path: Path, fault: str) -> None:
    digest = desk.capture()
    blob = _blob(desk.path.with_name(desk.path.name + ".d"), digest)
    if fault == "changed":
        blob.write_bytes(b"T" + blob.read_bytes())
    else:
        blob.unlink()

    with pytest.raises(IntegrityError, match=f"{digest}.*{fault}.*no backup was made"):
        back_up(desk.path, tmp_path / "copy", CountingBytes())

    assert [] == _left_over(tmp_path)


def test_a_changed_event_refuses_the_backup_and_its_position_is_named(desk: Desk, tmp_path: Path) -> None:
    desk.close()
    with closing(sqlite3.connect(desk.path, isolation_level=None)) as database:
        name, sql = database.execute(
            "SELECT name, sql FROM sqlite_master WHERE name = 'events_are_never_updated'"
        ).fetchone()
        database.execute(f"DROP TRIGGER {name}")
        database.execute("UPDATE events SET event = replace(event, 'desk', 'ksed') WHERE position = 3")
        database.execute(sql)

    with pytest.raises(IntegrityError, match=r"^position 3: .*no backup was made"):
        back_up(desk.path, tmp_path / "copy", CountingBytes())

    assert [] == _left_over(tmp_path)


def test_a_ledger_that_lost_its_tail_is_not_backed_up(desk: Desk, tmp_path: Path) -> None:
    mark = Mark(desk.path.with_name(desk.path.name + ".d") / "mark")
    mark.advance(Marked(position=9, recorded_us=9, leaf=bytes(32)))
    mark.close()

    with pytest.raises(IntegrityError, match="the mark says that the log had got to position 9"):
        back_up(desk.path, tmp_path / "copy", CountingBytes())

    assert not (tmp_path / "copy").exists()


@pytest.mark.parametrize("sort", ["folder", "file", "dangling link"])
def test_a_name_that_is_taken_is_refused_and_left_as_it_is(desk: Desk, tmp_path: Path, sort: str) -> None:
    destination = tmp_path / "copy"
    if sort == "folder":
        destination.mkdir()
    elif sort == "file":
        destination.write_bytes(b"something")
    else:
        destination.symlink_to(tmp_path / "nowhere")

    with pytest.raises(ConflictError, match="is there already; a backup makes a new folder"):
        back_up(desk.path, destination, CountingBytes())

    assert ["copy"] == _left_over(tmp_path)


def test_a_place_that_is_not_there_is_not_made(desk: Desk, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"there is no folder .*mount its disk"):
        back_up(desk.path, tmp_path / "disk" / "copy", CountingBytes())

    assert [] == _left_over(tmp_path)


def test_a_backup_of_nothing_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there is no ledger at"):
        back_up(tmp_path / "none.ledger", tmp_path / "copy", CountingBytes())

    assert [] == _left_over(tmp_path)


class _Overtaken:
    """Lets a desk redact a snapshot at a moment of each backup: before its bytes are read, or after all was copied."""

    def __init__(self, desk: Desk, monkeypatch: pytest.MonkeyPatch, moment: str, times: int) -> None:
        self.desk = desk
        self.texts = [f"Release {number}" for number in range(times)]
        self.digests = [desk.capture(text) for text in self.texts]
        self.taken = 0
        if moment == "before":
            self._before = backup._copy_snapshot
            monkeypatch.setattr(backup, "_copy_snapshot", self._copy_snapshot)
        else:
            self._after = backup._checked
            monkeypatch.setattr(backup, "_checked", self._checked)

    def _redact_one(self) -> None:
        if self.digests:
            self.taken += 1
            self.desk.redact(source="release", snapshots=[self.digests.pop()])

    def _copy_snapshot(self, digest: str, blobs: Blobs, *rest: object) -> int:
        if digest in self.digests:
            self.digests.remove(digest)
            self.digests.append(digest)
            self._redact_one()
        return self._before(digest, blobs, *rest)  # type: ignore[arg-type]  # passed on as it came

    def _checked(self, copied: Path) -> object:
        self._redact_one()
        return self._after(copied)


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_backup_that_a_redaction_overtakes_is_taken_anew(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    overtaken = _Overtaken(desk, monkeypatch, moment, 2)

    made = back_up(desk.path, tmp_path / "copy", CountingBytes())

    assert 2 == overtaken.taken
    assert (1, 2, "OK") == (made.snapshots, made.report.redacted_snapshots, made.report.verdict)
    files = [one.read_bytes() for one in (tmp_path / "copy").rglob("*") if one.is_file()]
    assert not any(text.encode() in data for text in overtaken.texts for data in files)
    assert ["copy"] == _left_over(tmp_path)


def test_a_backup_that_redactions_overtake_each_time_is_refused(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    overtaken = _Overtaken(desk, monkeypatch, "after", TRIES)

    with pytest.raises(StoreError, match=f"during each of {TRIES} tries"):
        back_up(desk.path, tmp_path / "copy", CountingBytes())

    assert TRIES == overtaken.taken
    assert [] == _left_over(tmp_path)


@pytest.mark.parametrize("what", ["the rows", "a snapshot", "the mark", "a key"])
def test_a_full_disk_is_said_and_leaves_nothing_behind(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    keys = desk.path.with_name(desk.path.name + ".d") / "keys"
    keys.mkdir()
    (keys / "signing").write_bytes(b"secret")
    full = OSError(28, "No space left on device")

    def refuse(*_: object) -> None:
        raise full

    match what:
        case "the rows":
            monkeypatch.setattr("ledger.stores.sqlite_copy._sync", refuse)
        case "a snapshot":
            monkeypatch.setattr("ledger.blobs.Blobs.receive", refuse)
        case "the mark":
            monkeypatch.setattr("ledger.mark.Mark._make", refuse)
        case _:
            monkeypatch.setattr("os.fchmod", refuse)

    with pytest.raises(StoreError, match="No space left on device"):
        back_up(desk.path, tmp_path / "copy", CountingBytes())

    assert [] == _left_over(tmp_path)
