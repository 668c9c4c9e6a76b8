"""A ledger out as text and in again, as the commands do it, with a clock that the test says."""

from __future__ import annotations

import io
import itertools
from contextlib import closing
from typing import TYPE_CHECKING

import orjson

from api.opening import open_for_import
from ledger.address import folder_of
from ledger.blobs import Blobs
from ledger.merkle import node_hash
from ledger.stores.sqlite_store import SQLiteStore
from ledger.transfer import LogExport, import_log
from tests.fakes import NOON, CountingBytes, FrozenClock

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence
    from pathlib import Path

    from ledger.address import Address
    from ledger.stores.contract import Row
    from ledger.transfer import Imported
    from ledger.values import Json

__all__ = ["as_line", "exported", "files_of", "imported", "lines_of", "naive_root", "rows_of"]


def exported(path: Path, *, snapshots: bool = True, disclosures: bool = True) -> bytes:
    """Everything that `export ledger` writes of a ledger file."""
    with closing(SQLiteStore(path, read_only=True)) as store:
        blobs = Blobs(folder_of(path) / "blobs", CountingBytes())
        return b"".join(LogExport(store, blobs, snapshots=snapshots, disclosures=disclosures).lines())


def imported(data: bytes, path: Address, *, now: dt.datetime = NOON) -> Imported:
    """Read a log into a ledger."""
    with open_for_import(path, clock=FrozenClock(now)) as into:
        return import_log(io.BytesIO(data), into)


def rows_of(path: Path) -> list[Row]:
    """Every row of a ledger file."""
    with closing(SQLiteStore(path, read_only=True)) as store:
        return list(store.rows())


def files_of(path: Path) -> dict[str, bytes]:
    """The snapshots beside a ledger, by name."""
    blobs = folder_of(path) / "blobs"
    return {one.name: one.read_bytes() for one in sorted(blobs.glob("[0-9a-f][0-9a-f]/*"))}


def lines_of(data: bytes) -> list[Json]:
    """The lines of a log as JSON."""
    return [orjson.loads(line) for line in data.splitlines()]


def as_line(members: Json) -> bytes:
    """One line of a log."""
    return orjson.dumps(members, option=orjson.OPT_SORT_KEYS) + b"\n"


def naive_root(leaves: Sequence[bytes]) -> bytes:
    """The root over leaf hashes as RFC 6962 §2.1 defines it, split at the largest power of two below their number."""
    if len(leaves) == 1:
        return leaves[0]
    split = next(2**power for power in itertools.count() if 2 ** (power + 1) >= len(leaves))
    return node_hash(naive_root(leaves[:split]), naive_root(leaves[split:]))
