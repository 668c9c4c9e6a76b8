"""Folders and small files that are there after a power cut: each new one is synced into the folder that holds it."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["make_folder", "make_folders", "replace_file", "sync_folder"]


def make_folder(folder: Path) -> None:
    """Make a folder and those above it; each is synced into the one that holds it. Raises OSError."""
    if folder.is_dir():
        return
    if folder.exists() and not folder.is_dir():
        # Asked once more: somebody else may have made it just now.
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder))
    make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    sync_folder(folder.parent)


def make_folders(folders: Iterable[Path]) -> None:
    """Make many folders as make_folder does; each that holds some of them is synced once, after all. Raises OSError."""
    holding = {folder.parent: None for folder in folders if _is_made(folder)}
    for folder in holding:
        sync_folder(folder)


def _is_made(folder: Path) -> bool:
    """Make a folder, and say whether it was not there. The one that holds it is still to be synced."""
    if folder.is_dir():
        return False
    make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    return True


def sync_folder(folder: Path) -> None:
    """Let the names in a folder outlast a power cut. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def replace_file(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """Put a file in place of what has its name, seen whole or not at all, also after a power cut. One caller at a time. Raises OSError."""
    unfinished = path.with_name(f".{path.name}.new")
    try:
        with suppress(FileNotFoundError):
            unfinished.unlink()
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(path)
    except OSError:
        with suppress(OSError):
            unfinished.unlink()
        raise
    sync_folder(path.parent)
