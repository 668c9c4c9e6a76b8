"""A part of the events, from one position to another, as one process asks another to check it (several.py, child.py).

Of what is found in a part nothing is said but that there is something: whoever asked looks again.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections import Counter
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ledger.verify.events import Events, Ground
from ledger.verify.findings import Findings
from ledger.verify.redactions import Redactions
from ledger.verify.stored_bytes import parsed
from ledger.verify.tile_row import TileRow
from ledger.verify.tree_beside import TreeBeside
from ledger.verify.withheld import Withheld

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable

    from ledger.verify.events import Leaves

__all__ = ["Part", "Told", "check_part", "read_redactions"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What is asked: which events of which database, `first` to `last`, and what they are held against.

    `redactions` are the positions of all redactions of the ledger, `heads` the sizes at which its tree was signed, `tree` the folder of its
    tree and how many leaves that says it has.
    """

    database: str
    first: int
    last: int
    redactions: tuple[int, ...]
    withheld: Withheld
    blobs: Path | None
    tree: tuple[Path, int] | None
    heads: tuple[int, ...]

    def written(self) -> bytes:
        """As a line."""
        return json.dumps(
            {
                "database": self.database,
                "first": self.first,
                "last": self.last,
                "redactions": self.redactions,
                "withheld": [self.withheld.disclosures, self.withheld.snapshots],
                "blobs": None if self.blobs is None else str(self.blobs),
                "tree": None if self.tree is None else [str(self.tree[0]), self.tree[1]],
                "heads": self.heads,
            }
        ).encode()

    @classmethod
    def read(cls, line: bytes) -> Part:
        """From a line that `written` gave."""
        said = json.loads(line)
        disclosures, snapshots = said["withheld"]
        blobs, tree = said["blobs"], said["tree"]
        return cls(
            database=said["database"],
            first=said["first"],
            last=said["last"],
            redactions=tuple(said["redactions"]),
            withheld=Withheld(disclosures=disclosures, snapshots=snapshots),
            blobs=None if blobs is None else Path(blobs),
            tree=None if tree is None else (Path(tree[0]), tree[1]),
            heads=tuple(said["heads"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What came of a part in which all is right."""

    counted: Counter[str]
    captured_again: frozenset[str]
    origin: str | None
    row: TileRow = field(repr=False)

    def written(self) -> bytes:
        """As a line."""
        return json.dumps(
            {
                "counted": self.counted,
                "captured_again": sorted(self.captured_again),
                "origin": self.origin,
                "size": self.row.size,
                "tiles": b64encode(b"".join(self.row.tiles)).decode(),
                "rest": b64encode(b"".join(self.row.rest)).decode(),
                "roots": {size: root.hex() for size, root in self.row.roots.items()},
            }
        ).encode()

    @classmethod
    def read(cls, said: dict[str, Any]) -> Told:
        """From a line that `written` gave, read as JSON."""
        row = TileRow(said["size"], ())
        row.tiles.extend(_hashes(said["tiles"]))
        row.rest.extend(_hashes(said["rest"]))
        row.roots.update({int(size): bytes.fromhex(root) for size, root in said["roots"].items()})
        return cls(
            counted=Counter(said["counted"]),
            captured_again=frozenset(said["captured_again"]),
            origin=said["origin"],
            row=row,
        )


def _hashes(written: str) -> list[bytes]:
    joined = b64decode(written)
    return [joined[at : at + 32] for at in range(0, len(joined), 32)]


def read_redactions(rows: Iterable[tuple[int, str, bytes]], into: Redactions, findings: Findings) -> None:
    """Take in what the Redacted events name, from their positions, streams and bytes, in order of position."""
    for position, stream, event in rows:
        entry = parsed(event)
        try:
            if isinstance(entry, dict):
                into.add(position, stream, entry["body"])
        except (KeyError, TypeError):
            findings.corrupt("what the redaction names cannot be read", f"position {position}")


class _SomethingFoundError(Exception):
    """There is something to be found here, so there is no need to read on."""


def check_part(part: Part, database: sqlite3.Connection, tell: Callable[[int], None]) -> Told | None:
    """Check a part of the events; None where anything is not as it should be. Raises sqlite3.DatabaseError where SQLite cannot read on."""
    findings, redactions = Findings(), Redactions()
    read_redactions(_redacted(database, part.redactions), redactions, findings)
    row = TileRow(part.first - 1, part.heads)
    ground = Ground(redactions=redactions, withheld=part.withheld, blobs=part.blobs)
    with ExitStack() as opened:
        leaves: list[Leaves] = [row]
        tree = None
        if part.tree is not None:
            folder, size = part.tree
            tree = TreeBeside(folder, after=part.first - 1, size=min(part.last, size))
            leaves.append(opened.enter_context(closing(tree)))
        events = Events(ground, findings, leaves)

        def told(done: int) -> None:
            if findings.found:
                raise _SomethingFoundError
            tell(done)

        try:
            events.read(database, told, first=part.first, last=part.last)
        except _SomethingFoundError:
            return None
        if tree is not None:
            tree.check(findings)
    if findings.found or events.counted["events"] != part.last - part.first + 1 or not events.were_as_stored:
        return None
    return Told(
        counted=events.counted,
        captured_again=frozenset(events.captured_again),
        origin=events.origin,
        row=row,
    )


def _redacted(database: sqlite3.Connection, positions: Iterable[int]) -> Iterable[tuple[int, str, bytes]]:
    query = "SELECT position, stream, event FROM events JOIN streams USING (stream_no) WHERE position = ?"
    for position in positions:
        yield from database.execute(query, (position,))
