"""A disk as the law knows it: what was synced stands, and of all else any part may be lost, torn or out of order.

Fed with the changes that disk_log.c wrote down. It knows files, folders and syncs, and nothing of databases. The law (POSIX
fsync): bytes stand when their file was synced, a name when its folder was. A sector of 512 bytes is written whole or not at all.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.durability.trials import Dice

__all__ = ["ALL", "NONE", "SOME", "Change", "Disk", "Keep", "changes"]

_FRAME = struct.Struct("<cQQII")
_SECTOR = 512

Keep: TypeAlias = str
NONE, ALL, SOME = "nothing unsynced", "everything", "some of it"
"""What of the unsynced changes a power cut leaves."""

_PREFIX, _WHOLE, _TORN = range(3)
_FATES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change in the order of time; `path` is relative to the folder. Kinds: see disk_log.c."""

    kind: str
    inode: int
    number: int
    path: PurePosixPath
    data: bytes


def changes(log: bytes, folder: Path) -> Iterator[Change]:
    """The changes that a log tells, made by a little-endian machine."""
    at = 0
    while at < len(log):
        kind, inode, number, length, size = _FRAME.unpack_from(log, at)
        at += _FRAME.size
        path = log[at : at + length].decode().removesuffix(" (deleted)")
        at += length
        data = log[at : at + size]
        yield Change(
            kind=kind.decode(),
            inode=inode,
            number=number,
            path=PurePosixPath(path).relative_to(folder),
            data=str(PurePosixPath(data.decode()).relative_to(folder)).encode() if kind == b"R" else data,
        )
        at += size


_Write: TypeAlias = tuple[int, bytes | None]
"""Where, and the bytes; None cuts the file there."""
_Renaming: TypeAlias = tuple[str | None, str | None, "_File | None"]
"""The name that goes, the name that comes, and the file that it stands for; None is a folder."""


def _apply(data: bytearray, writes: list[_Write]) -> None:
    for offset, written in writes:
        if written is None:
            data[offset:] = bytes(max(0, offset - len(data)))
            continue
        data.extend(bytes(max(0, offset - len(data))))
        data[offset : offset + len(written)] = written


def _torn(write: _Write, dice: Dice) -> Iterator[_Write]:
    offset, written = write
    if written is None:
        if dice.below(2):
            yield write
        return
    at = 0
    while at < len(written):
        end = min(len(written), at + _SECTOR - (offset + at) % _SECTOR)
        if dice.below(2):
            yield offset + at, written[at:end]
        at = end


@dataclass(slots=True, eq=False)
class _File:
    synced: bytearray = field(default_factory=bytearray)
    pending: list[_Write] = field(default_factory=list)

    def after_cut(self, keep: Keep, dice: Dice) -> bytes:
        data = bytearray(self.synced)
        _apply(data, _kept(self.pending, keep, dice))
        return bytes(data)


def _kept(pending: list[_Write], keep: Keep, dice: Dice) -> list[_Write]:
    if keep == NONE:
        return []
    fate = dice.below(_FATES) if keep == SOME else _FATES
    if fate == _PREFIX:
        return pending[: dice.below(len(pending) + 1)]
    if fate == _WHOLE:
        return [write for write in pending if dice.below(2)]
    if fate == _TORN:
        return [part for write in pending for part in _torn(write, dice)]
    return [] if fate == _TORN + 1 else pending


def _names(before: dict[str, _File | None], renamings: list[_Renaming]) -> dict[str, _File | None]:
    names = dict(before)
    for old, new, file in renamings:
        if old is not None:
            names.pop(old, None)
        if new is not None:
            names[new] = file
    return names


@dataclass(slots=True, eq=False)
class _Folder:
    synced: dict[str, _File | None] = field(default_factory=dict)
    pending: list[_Renaming] = field(default_factory=list)

    def after_cut(self, keep: Keep, dice: Dice) -> dict[str, _File | None]:
        kept = [one for one in self.pending if keep == ALL or (keep == SOME and dice.below(2))]
        return _names(self.synced, kept)


class Disk:
    """An empty folder, and then whatever changes it is told."""

    def __init__(self) -> None:
        self._folders: dict[PurePosixPath, _Folder] = {PurePosixPath(): _Folder()}
        self._present: dict[PurePosixPath, _File] = {}
        self._inodes: dict[int, _File] = {}

    def take(self, change: Change) -> None:
        """One more change that the process made."""
        path, parent = change.path, self._folders.get(change.path.parent)
        match change.kind:
            case "O" if path not in self._present and parent is not None:
                # An inode is used again after its file is gone: this is another file.
                self._present[path] = self._inodes[change.inode] = _File()
                parent.pending.append((None, path.name, self._present[path]))
            case "O":
                self._inodes[change.inode].pending += [(0, None)] if change.number else []
            case "W":
                self._inodes[change.inode].pending.append((change.number, change.data))
            case "T":
                self._inodes[change.inode].pending.append((change.number, None))
            case "S" if path in self._folders:
                folder = self._folders[path]
                folder.synced, folder.pending = _names(folder.synced, folder.pending), []
            case "S":
                file = self._inodes[change.inode]
                _apply(file.synced, file.pending)
                file.pending = []
            case "M" if parent is not None:
                self._folders[path] = _Folder()
                parent.pending.append((None, path.name, None))
            case "U" if parent is not None:
                del self._present[path]
                parent.pending.append((path.name, None, None))
            case "R" if parent is not None:
                target = PurePosixPath(change.data.decode())
                self._present[target] = self._present.pop(path)
                if target.parent == path.parent:
                    parent.pending.append((path.name, target.name, self._present[target]))
                else:
                    # Each folder is written on its own: a cut may leave the file in both, or in neither.
                    parent.pending.append((path.name, None, None))
                    self._folders[target.parent].pending.append((None, target.name, self._present[target]))
            case _:
                raise ValueError(f"a change that the model of the disk does not know: {change}")

    def after_cut(
        self, keep: Keep, dice: Dice, at: PurePosixPath | None = None
    ) -> dict[PurePosixPath, bytes]:
        """The files as they could stand if the power were cut now."""
        path = at or PurePosixPath()
        found: dict[PurePosixPath, bytes] = {}
        for name, file in self._folders[path].after_cut(keep, dice).items():
            if file is None:
                found |= self.after_cut(keep, dice, path / name)
            else:
                found[path / name] = file.after_cut(keep, dice)
        return found
