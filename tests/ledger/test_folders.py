"""New folders outlast a power cut: each is synced into the one that holds it, before anything in it is relied upon."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path

import pytest

from api.opening import open_for_writing
from ledger.errors import StoreError
from ledger.folders import make_folder, make_folders, replace_file
from ledger.stores.sqlite_store import SQLiteStore


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """What is synced, in its order; the syncs are made as well."""
    paths: list[Path] = []
    real = os.fsync

    def note(descriptor: int) -> None:
        paths.append(Path(f"/proc/self/fd/{descriptor}").readlink())
        real(descriptor)

    monkeypatch.setattr(os, "fsync", note)
    return paths


def test_each_new_folder_is_synced_into_the_one_that_holds_it(tmp_path: Path, synced: list[Path]) -> None:
    make_folder(tmp_path / "a" / "b" / "c")

    assert [tmp_path, tmp_path / "a", tmp_path / "a" / "b"] == synced


def test_folders_that_are_there_are_left_alone(tmp_path: Path, synced: list[Path]) -> None:
    make_folder(tmp_path)

    assert [] == synced


def test_a_folder_that_another_makes_meanwhile_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "a"
    seen = Path.is_dir

    def is_dir(path: Path) -> bool:
        before = seen(path)
        if path == folder and not before:
            # Between this look and the next one.
            folder.mkdir()
        return before

    monkeypatch.setattr(Path, "is_dir", is_dir)
    make_folder(folder)
    assert folder.is_dir()


def test_of_many_new_folders_the_one_that_holds_them_is_synced_once_and_last(
    tmp_path: Path, synced: list[Path]
) -> None:
    made = [tmp_path / "a" / name for name in "bcd"]
    make_folders([*made, made[0]])

    assert [True, True, True] == [one.is_dir() for one in made]
    assert [tmp_path, tmp_path / "a"] == synced
    make_folders(made)
    assert [tmp_path, tmp_path / "a"] == synced


def test_the_new_folders_above_a_ledger_file_are_synced_by_its_store(
    tmp_path: Path, synced: list[Path]
) -> None:
    with closing(SQLiteStore(tmp_path / "a" / "b" / "test.ledger", create=True)):
        assert [tmp_path, tmp_path / "a"] == synced


def test_the_new_folders_of_a_ledger_are_synced_before_its_lock_makes_them(
    tmp_path: Path, synced: list[Path]
) -> None:
    with open_for_writing(tmp_path / "a" / "b" / "test.ledger"):
        assert [tmp_path, tmp_path / "a", tmp_path / "a" / "b"] == synced[:3]
        assert tmp_path / "a" / "b" / "test.ledger.d" in synced


def test_a_folder_that_cannot_be_made_is_said_plainly(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(StoreError, match=r"the folder of .* cannot be made: Not a directory"):
        SQLiteStore(tmp_path / "file" / "test.ledger", create=True)


def test_a_file_is_replaced_whole_and_synced_with_its_folder(tmp_path: Path, synced: list[Path]) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    (tmp_path / ".file.new").write_text("left by a power cut")

    replace_file(path, b"new", mode=0o600)

    assert b"new" == path.read_bytes()
    assert 0o600 == path.stat().st_mode & 0o777
    assert [tmp_path / ".file.new", tmp_path] == synced
    assert [path] == list(tmp_path.iterdir())


def test_a_file_that_cannot_be_replaced_stays_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    path.write_text("old")

    def fail(_descriptor: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="Input/output error"):
        replace_file(path, b"new")
    assert "old" == path.read_text()
    assert [path] == list(tmp_path.iterdir())
