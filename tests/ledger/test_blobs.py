"""Snapshots on disk: kept under their digest or not at all, durable in the right order, and never read back changed."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from ledger.blobs import Blobs, digest_of_bytes
from ledger.errors import IntegrityError, InvalidError, StoreError, UnknownError
from tests.fakes import CountingBytes

WORDS = "Müller, aged 34, was hurt.\r\n".encode()


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    return Blobs(tmp_path / "ledger.d" / "blobs", CountingBytes())


def _path(tmp_path: Path, digest: str) -> Path:
    name = digest.removeprefix("sha256:")
    return tmp_path / "ledger.d" / "blobs" / name[:2] / name


def test_bytes_are_kept_under_their_digest_and_read_back_as_they_were(blobs: Blobs, tmp_path: Path) -> None:
    digest = blobs.keep(WORDS)

    assert "sha256:" + hashlib.sha256(WORDS).hexdigest() == digest
    assert WORDS == blobs.read(digest)
    assert WORDS.decode() == blobs.text(digest), "no line ending is changed"
    assert [_path(tmp_path, digest)] == [one for one in (tmp_path / "ledger.d").rglob("*") if one.is_file()]


def test_the_same_bytes_are_kept_once(blobs: Blobs, tmp_path: Path) -> None:
    digest = blobs.keep(WORDS)
    written = _path(tmp_path, digest).stat()

    assert digest == blobs.keep(WORDS)

    again = _path(tmp_path, digest).stat()
    assert (written.st_ino, written.st_mtime_ns) == (again.st_ino, again.st_mtime_ns)


def test_bytes_are_synced_before_they_have_their_name_and_the_name_after(
    blobs: Blobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    fsync, rename = os.fsync, Path.rename

    def recorded_fsync(descriptor: int) -> None:
        path = Path(f"/proc/self/fd/{descriptor}").readlink()
        calls.append(f"sync {'folder ' + path.name if path.is_dir() else 'file'}")
        fsync(descriptor)

    def recorded_rename(self: Path, target: Path) -> Path:
        calls.append(f"rename, {target.exists()}")
        return rename(self, target)

    monkeypatch.setattr(os, "fsync", recorded_fsync)
    monkeypatch.setattr(Path, "rename", recorded_rename)

    digest = blobs.keep(WORDS)

    folder = _path(tmp_path, digest).parent.name
    made = [f"sync folder {one}" for one in (tmp_path.name, "ledger.d", "blobs")]
    assert [*made, "sync file", "rename, False", f"sync folder {folder}"] == calls
    calls.clear()
    blobs.keep(WORDS)
    assert [f"sync folder {folder}"] == calls, "whoever was first may have been cut off before"


@pytest.mark.parametrize("failing", ["os.fsync", "pathlib.Path.rename"])
def test_half_a_file_never_has_the_name(
    blobs: Blobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        _path(tmp_path, digest_of_bytes(WORDS)).parent.mkdir(parents=True)
        patched.setattr(failing, fail)
        with pytest.raises(StoreError, match="could not be kept: No space left on device"):
            blobs.keep(WORDS)

    assert [] == [one for one in tmp_path.rglob("*") if one.is_file()]
    with pytest.raises(UnknownError, match="its bytes are not kept here"):
        blobs.read(digest_of_bytes(WORDS))


def test_what_a_dead_process_left_half_written_is_not_seen_and_goes_with_the_snapshot(
    blobs: Blobs, tmp_path: Path
) -> None:
    digest = blobs.keep(WORDS)
    path = _path(tmp_path, digest)
    leftover = path.with_name(f".{path.name}.0123")
    leftover.write_bytes(WORDS[:10])
    other = path.with_name(f".{'0' * 64}.0123")
    other.write_bytes(b"another's")

    assert WORDS == blobs.read(digest)
    blobs.remove(digest)

    assert [other] == [one for one in tmp_path.rglob("*") if one.is_file()]


def test_what_a_dead_process_left_half_written_is_swept(blobs: Blobs, tmp_path: Path) -> None:
    digest = blobs.keep(WORDS)
    path = _path(tmp_path, digest)
    path.with_name(f".{path.name}.0123").write_bytes(WORDS[:10])

    blobs.sweep()

    assert [path] == [one for one in tmp_path.rglob("*") if one.is_file()]


@pytest.mark.parametrize(
    "found",
    [WORDS[:-1], b"", WORDS.replace(b"34", b"43"), WORDS + b"\n"],
    ids=["short", "empty", "same size", "long"],
)
def test_bytes_that_have_changed_are_not_read_back_and_put_right_by_keeping_them_again(
    blobs: Blobs, tmp_path: Path, found: bytes
) -> None:
    digest = blobs.keep(WORDS)
    _path(tmp_path, digest).write_bytes(found)

    with pytest.raises(IntegrityError, match=f"{digest}: the bytes of the snapshot have changed on disk"):
        blobs.read(digest)
    with pytest.raises(IntegrityError):
        blobs.text(digest)

    blobs.keep(WORDS)
    assert WORDS == blobs.read(digest)


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd",
        "sha256:../../../etc/passwd",
        "sha256:" + "0" * 63,
        "sha256:" + "A" * 64,
        "sha256:" + "0" * 64 + "\n",
        "sha256:" + "/" * 64,
        "",
    ],
    ids=["path", "path after the prefix", "short", "upper case", "line end", "slashes", "empty"],
)
def test_no_name_but_a_digest_reaches_the_disk(blobs: Blobs, name: str) -> None:
    for use in (
        blobs.open,
        blobs.read,
        blobs.text,
        blobs.has,
        blobs.remove,
        blobs.unmark,
        lambda one: blobs.mark([one]),
    ):
        with pytest.raises(InvalidError, match="64 lower-case hexadecimal"):
            use(name)


def test_a_snapshot_that_cannot_be_read_is_the_machines_fault(blobs: Blobs, tmp_path: Path) -> None:
    digest = digest_of_bytes(WORDS)
    _path(tmp_path, digest).mkdir(parents=True)

    with pytest.raises(StoreError, match="could not be read"):
        blobs.read(digest)


def test_removing_twice_or_what_never_was_is_no_fault(blobs: Blobs) -> None:
    digest = blobs.keep(WORDS)
    for _ in range(2):
        blobs.remove(digest)
    blobs.remove(digest_of_bytes(b"never"))

    with pytest.raises(UnknownError):
        blobs.read(digest)


def test_marks_outlast_the_process_and_go_with_the_removal(blobs: Blobs, tmp_path: Path) -> None:
    first, second = blobs.keep(b"first"), blobs.keep(b"second")
    blobs.mark([first, second])
    blobs.mark([first])

    later = Blobs(tmp_path / "ledger.d" / "blobs", CountingBytes("later"))
    assert sorted([first, second]) == later.marked()
    later.remove(first)
    later.unmark(second)

    assert [] == later.marked()
    assert b"second" == later.read(second)


def test_nothing_is_marked_where_there_is_no_folder(tmp_path: Path) -> None:
    assert [] == Blobs(tmp_path / "none", CountingBytes()).marked()


def test_a_byte_order_mark_is_a_character_like_any_other(blobs: Blobs) -> None:
    assert "\ufeffwords" == blobs.text(blobs.keep("\ufeffwords".encode()))


def test_many_are_kept_as_one_by_one_and_what_was_changed_is_put_right(tmp_path: Path) -> None:
    pieces = [f"piece {number % 40}".encode() for number in range(60)]
    blobs = Blobs(tmp_path / "blobs", CountingBytes("many"))
    digests = blobs.keep_all(pieces)
    lying = tmp_path / "blobs" / digests[0][7:9] / digests[0][7:]
    lying.write_bytes(b"changed")

    assert [digest_of_bytes(piece) for piece in pieces] == digests
    assert digests[0] == blobs.keep(pieces[0])
    assert pieces == [blobs.read(digest) for digest in digests]
    assert 40 == sum(one.is_file() for one in (tmp_path / "blobs").rglob("*"))
