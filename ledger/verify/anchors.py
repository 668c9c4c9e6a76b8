"""What vouches for the events from outside the database: signed heads beside the ledger, and checkpoints that somebody else kept.

A head that the events do not lead to means that the log went on differently from what was signed, whatever their hashes say. How far that
can be trusted depends on who held the key and the checkpoint, so each is counted for what it is.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ledger.checkpoint import ledger_of, opened_checkpoint, read_checkpoint
from ledger.errors import IntegrityError, InvalidError, LedgerError, UnreadableError
from ledger.merkle import EMPTY_ROOT, Frontier
from ledger.signing import VerifierKey
from ledger.verify.tile_row import TILE, root_of, taken_tiles

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from ledger.checkpoint import Checkpoint
    from ledger.verify.findings import Findings
    from ledger.verify.tile_row import TileRow

__all__ = ["Anchors", "Outside", "TreeSoFar", "read_anchors"]

_MAX_BYTES = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """What whoever checks brings along: public keys, and checkpoints that were kept elsewhere, each with a name to call it by.

    `served` are checkpoints that whoever is checked gave with the log. Raises InvalidError for a kept checkpoint that none of the keys
    signed: it vouches for nothing.
    """

    keys: tuple[VerifierKey, ...] = ()
    kept: tuple[tuple[str, bytes], ...] = ()
    served: tuple[tuple[str, bytes], ...] = ()

    def __post_init__(self) -> None:
        """Refuse what would be of no use."""
        for name, note in self.kept:
            try:
                opened_checkpoint(note, self.keys)
            except LedgerError as error:
                raise InvalidError(f"the checkpoint {name} cannot be opened: {error}") from error


class TreeSoFar:
    """The tree of the events read so far. Roots are asked at any time; most of the work is done 256 leaves at a time."""

    def __init__(self) -> None:
        self._tiles = Frontier()
        self._pending: list[bytes] = []

    @property
    def size(self) -> int:
        """How many leaves there are."""
        return self._tiles.size * TILE + len(self._pending)

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Add leaves by their hashes."""
        self._pending.extend(leaves)
        for tile in taken_tiles(self._pending):
            self._tiles.append(tile)

    def root(self) -> bytes:
        """The root of what there is."""
        if not self._pending:
            return self._tiles.root()
        return self.root_with(root_of(self._pending))

    def root_with(self, rest: bytes) -> bytes:
        """The root with leaves after the whole tiles, fewer than a tile has, whose own root is `rest`."""
        return self._tiles.root_with(rest) if self._tiles.size else rest

    def append_tile(self, tile: bytes) -> None:
        """Add the leaves of a whole tile by their root, where what there is ends with a tile."""
        self._tiles.append(tile)


@dataclass(slots=True, kw_only=True)
class _Anchor:
    where: str
    head: Checkpoint
    kept: bool
    holds: bool | None = None


@dataclass(slots=True, kw_only=True)
class Anchors:
    """The heads that the events have to lead to, and what became of them."""

    anchors: list[_Anchor] = field(default_factory=list)
    signed: int = 0
    kept: int = 0
    size: int = 0
    next: int = 0
    _tree: TreeSoFar = field(default_factory=TreeSoFar)

    def take_leaves(self, leaves: Sequence[bytes]) -> None:
        """Take in the next events, in order of position, by the hashes of their leaves."""
        tree, taken = self._tree, 0
        while self.next < len(self.anchors):
            anchor = self.anchors[self.next]
            needed = anchor.head.size - tree.size
            if needed > len(leaves) - taken:
                break
            tree.extend(leaves[taken : taken + needed])
            taken += needed
            anchor.holds = anchor.head.root == tree.root()
            self.next += 1
        tree.extend(leaves[taken:])

    def take_row(self, row: TileRow) -> None:
        """Take in the next events by a row of tiles, where those before it end with a tile."""
        tree = self._tree
        for tile in row.tiles:
            whole = tree.size + TILE
            while self.next < len(self.anchors) and self.anchors[self.next].head.size < whole:
                anchor = self.anchors[self.next]
                anchor.holds = anchor.head.root == tree.root_with(row.roots[anchor.head.size])
                self.next += 1
            tree.append_tile(tile)
            self.take_leaves(())
        self.take_leaves(row.rest)

    @property
    def heads(self) -> tuple[int, ...]:
        """The sizes that the tree is to have been signed at, in order."""
        return tuple(anchor.head.size for anchor in self.anchors)

    def root(self) -> bytes:
        """The root of all that was taken in."""
        return self._tree.root()

    def check(self, origin: str | None, findings: Findings) -> None:
        """Say which heads the events did not lead to; `origin` is the id that the first event gives the ledger."""
        for anchor in self.anchors:
            head = anchor.head
            if origin is not None and ledger_of(head.origin) != origin:
                findings.diverged(f"it is of the log {head.origin}, and this is {origin}", anchor.where)
            elif head.size > self._tree.size:
                findings.diverged(
                    f"it was signed when the log had {head.size} events, and the log has {self._tree.size}:"
                    " an older copy was put back, or events were lost",
                    anchor.where,
                )
            elif not (anchor.holds or (head.size == 0 and head.root == EMPTY_ROOT)):
                findings.diverged(
                    f"the first {head.size} events do not give the root that was signed: the log was changed, or went on differently",
                    anchor.where,
                )
            else:
                self.size = max(self.size, head.size)
                if anchor.kept:
                    self.kept += 1
                else:
                    self.signed += 1

    @property
    def level(self) -> str:
        """How far the check could see."""
        if self.kept:
            return "a checkpoint that somebody else kept"
        return "signed checkpoint" if self.signed else "database only"


def read_anchors(folder: Path | None, outside: Outside, findings: Findings) -> Anchors:
    """The heads beside a ledger and those brought along. To be read before the events are: whoever writes records first and signs later."""
    found = [*_kept(outside), *_served(outside, findings)]
    if folder is not None:
        found += _beside(folder, outside, findings)
    found.sort(key=lambda anchor: anchor.head.size)
    # One of a tree without events needs none of them to be read.
    return Anchors(
        anchors=found, next=next((at for at, one in enumerate(found) if one.head.size), len(found))
    )


def _kept(outside: Outside) -> Iterator[_Anchor]:
    for name, note in outside.kept:
        yield _Anchor(where=f"the checkpoint {name}", head=read_checkpoint(note), kept=True)


def _served(outside: Outside, findings: Findings) -> Iterator[_Anchor]:
    """Those that came with the log. Without a key from elsewhere nobody can tell who signed them."""
    for name, note in outside.served if outside.keys else ():
        try:
            yield _Anchor(where=name, head=opened_checkpoint(note, outside.keys)[0], kept=False)
        except UnreadableError as error:
            findings.corrupt(str(error), name)


def _beside(folder: Path, outside: Outside, findings: Findings) -> Iterator[_Anchor]:
    newest = _bytes_of(folder / "tree" / "checkpoint", findings)
    if newest is None:
        return
    known = outside.keys or _known(folder / "keys" / "checkpoint-keys", findings)
    if not known:
        return
    try:
        yield _Anchor(where="the checkpoint beside it", head=opened_checkpoint(newest, known)[0], kept=False)
    except IntegrityError as error:
        findings.corrupt(str(error), "the checkpoint beside it")
    except UnreadableError as error:
        findings.corrupt(f"it is damaged: {error}", "the checkpoint beside it")
    for where, note in _notes(folder / "tree" / "checkpoints.ndjson", findings):
        if note == newest:
            continue
        try:
            yield _Anchor(where=where, head=opened_checkpoint(note, known)[0], kept=False)
        except UnreadableError as error:
            # With keys brought along, those that other keys signed are passed over.
            if not (isinstance(error, IntegrityError) and outside.keys):
                findings.corrupt(f"it is damaged: {error}", where)


def _notes(path: Path, findings: Findings) -> Iterator[tuple[str, bytes]]:
    """The heads that were signed, oldest first, and where each stands; a last line without a newline is none."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return
    except OSError as error:
        findings.missing(f"the earlier checkpoints cannot be read: {error.strerror}", path.name)
        return
    with file:
        for number, line in enumerate(file, start=1):
            where = f"{path.name}, line {number}"
            if not line.endswith(b"\n"):
                return
            try:
                yield where, json.loads(line)["checkpoint"].encode()
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                findings.corrupt(f"it holds no checkpoint: {error}", where)


def _known(path: Path, findings: Findings) -> tuple[VerifierKey, ...]:
    data = _bytes_of(path, findings)
    if data is None:
        findings.missing("the public keys that signed the checkpoints are missing", path.name)
        return ()
    try:
        return tuple(VerifierKey.parse(line) for line in data.decode().splitlines())
    except (InvalidError, UnicodeDecodeError) as error:
        findings.corrupt(f"the public keys are damaged: {error}", path.name)
        return ()


def _bytes_of(path: Path, findings: Findings) -> bytes | None:
    try:
        with path.open("rb") as file:
            return file.read(_MAX_BYTES)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        findings.missing(f"it cannot be read: {error.strerror}", path.name)
        return None
