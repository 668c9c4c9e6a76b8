"""Bytes that come in a stream: never more than the limit, on disk and not in memory, and gone when nobody wants them."""

from __future__ import annotations

import hashlib
import tracemalloc
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from ledger.blobs import Blobs
from ledger.errors import IntegrityError, InvalidError, StoreError, UnknownError
from tests.fakes import CountingBytes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WORDS = "Müller, aged 34, was hurt.\r\n".encode()
DIGEST = "sha256:" + hashlib.sha256(WORDS).hexdigest()
MEBIBYTE = 1024 * 1024


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    return Blobs(tmp_path / "blobs", CountingBytes())


def _files(tmp_path: Path) -> list[Path]:
    return [one for one in tmp_path.rglob("*") if one.is_file()]


def test_what_was_received_is_no_snapshot_until_it_is_taken(blobs: Blobs, tmp_path: Path) -> None:
    held = blobs.receive((WORDS[:5], b"", WORDS[5:]), 100)

    assert (DIGEST, len(WORDS), False) == (held.digest, held.size_bytes, blobs.has(DIGEST))
    with blobs.open_held(held) as file:
        assert WORDS == file.read()
    assert DIGEST == blobs.take(held)
    assert WORDS == blobs.read(DIGEST)
    assert [tmp_path / "blobs" / DIGEST[7:9] / DIGEST[7:]] == _files(tmp_path)


def test_what_is_discarded_is_gone_and_cannot_be_taken(blobs: Blobs, tmp_path: Path) -> None:
    held = blobs.receive((WORDS,), 100)
    for _ in range(2):
        blobs.discard(held)

    assert [] == _files(tmp_path)
    for use in (blobs.take, blobs.open_held):
        with pytest.raises(UnknownError, match="its bytes are not kept here"):
            use(held)


def test_to_discard_what_was_taken_leaves_the_snapshot(blobs: Blobs) -> None:
    held = blobs.receive((WORDS,), 100)
    blobs.take(held)
    blobs.discard(held)

    assert WORDS == blobs.read(DIGEST)


def test_the_same_bytes_received_twice_are_kept_once(blobs: Blobs, tmp_path: Path) -> None:
    for _ in range(2):
        blobs.take(blobs.receive((WORDS,), 100))

    assert 1 == len(_files(tmp_path))


def test_bytes_that_changed_on_disk_are_put_right_by_what_is_taken(blobs: Blobs, tmp_path: Path) -> None:
    blobs.keep(WORDS)
    _files(tmp_path)[0].write_bytes(b"other words")
    with pytest.raises(IntegrityError, match="have changed on disk"):
        blobs.open(DIGEST)

    blobs.take(blobs.receive((WORDS,), 100))

    with blobs.open(DIGEST) as file:
        assert WORDS == file.read()


@pytest.mark.parametrize(("size", "fits"), [(100, True), (101, False)])
def test_the_limit_is_kept_to_the_byte(blobs: Blobs, tmp_path: Path, size: int, fits: bool) -> None:  # noqa: FBT001  a column of the table
    chunks = [b"x"] * size
    if fits:
        assert size == blobs.receive(chunks, 100).size_bytes
    else:
        with pytest.raises(InvalidError, match=r"^/file: has more than 100 bytes"):
            blobs.receive(chunks, 100, field="/file")
        assert [] == _files(tmp_path)


def test_a_stream_without_end_is_read_no_further_than_the_limit(blobs: Blobs) -> None:
    read = 0

    def endless() -> Iterator[bytes]:
        nonlocal read
        while True:
            read += 1
            yield b"x" * 1000

    with pytest.raises(InvalidError):
        blobs.receive(endless(), 10_000)
    assert 11 == read


def test_a_stream_that_breaks_off_leaves_nothing(blobs: Blobs, tmp_path: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield WORDS
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        blobs.receive(broken(), 100)
    assert [] == _files(tmp_path)


@pytest.mark.parametrize("failing", ["os.fsync", "pathlib.Path.open"])
def test_a_full_disk_leaves_nothing_and_is_the_machines_fault(
    blobs: Blobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    blobs.keep(b"the folder is there")
    before = _files(tmp_path)

    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(failing, fail)
        with pytest.raises(StoreError, match="could not be kept: No space left on device"):
            blobs.receive((WORDS,), 100)

    assert before == _files(tmp_path)


def test_two_hundred_megabytes_never_stand_in_memory(blobs: Blobs) -> None:
    chunk = b"\x00" * MEBIBYTE
    tracemalloc.start()
    try:
        held = blobs.receive((chunk for _ in range(200)), 2048 * MEBIBYTE)
        blobs.take(held)
        with blobs.open(held.digest) as file:
            assert chunk == file.read(MEBIBYTE)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert 200 * MEBIBYTE == held.size_bytes
    assert peak < 8 * MEBIBYTE


def test_the_sweep_takes_what_the_dead_left_and_not_what_is_being_received(
    blobs: Blobs, tmp_path: Path
) -> None:
    dead = Blobs(tmp_path / "blobs", CountingBytes("another"))
    dead.receive((b"left behind",), 100)
    kept = blobs.keep(b"kept")
    live = blobs.receive((WORDS,), 100)

    blobs.sweep()

    assert sorted([live.digest, kept]) == sorted(
        "sha256:" + hashlib.sha256(one.read_bytes()).hexdigest() for one in _files(tmp_path)
    )
    assert WORDS == blobs.read(blobs.take(live))


def test_nothing_is_swept_where_there_is_no_folder(tmp_path: Path) -> None:
    Blobs(tmp_path / "none", CountingBytes()).sweep()

    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "", "0" * 15, "0" * 17, "A" * 16, "/" * 16, "0" * 16 + "\n"]
)
def test_no_name_but_its_own_reaches_a_received_file(blobs: Blobs, name: str) -> None:
    held = replace(blobs.receive((WORDS,), 100), name=name)

    for use in (blobs.open_held, blobs.discard, blobs.take):
        with pytest.raises(InvalidError, match="is not the name of received bytes"):
            use(held)
