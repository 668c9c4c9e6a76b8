"""Appending through the whole writer, one command and one durable transaction at a time, against SQLite's own insert of the same bytes."""

from __future__ import annotations

import os
import sqlite3
import time
from typing import TYPE_CHECKING

from benchmarks.measure import Ratio
from ledger.append import Caller, Writer
from ledger.blobs import Blobs
from ledger.clock import SystemClock
from ledger.ids import TimeOrderedIds
from ledger.read_command import read_command
from ledger.stores.sqlite_store import SQLiteStore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ledger.values import Json

__all__ = ["append_ratio"]

_ROUNDS = 4


def _commands(count: int) -> Iterator[Json]:
    for number in range(count):
        yield {
            "op": "report-fact",
            "incident": "stop",
            "id": f"drag-{number}",
            "kind": "drag",
            "statement": "An officer was dragged by the car for about 15 feet before he could free himself.",
            "occurred": {"edtf": "2021-05-08"},
            "quantities": [{"id": "distance", "as_stated": "about 15 feet", "unit": "[ft_i]", "value": "15"}],
            "citations": [{"id": "a1", "source": "station", "stance": "supports"}],
        }


def append_ratio(folder: Path, *, commands: int) -> Ratio:
    """Durable single appends a second, ours over the bare one, in alternate rounds on the same disk."""
    clock = SystemClock()
    ids = TimeOrderedIds(clock, os.urandom)
    store = SQLiteStore(folder / "bench.ledger", create=True)
    writer = Writer(store, Blobs(folder / "blobs", os.urandom), clock, ids, os.urandom)
    caller = Caller(actor="bench")
    for given in (
        {"op": "register-source", "id": "station", "kind": "article", "title": "A station's text"},
        {"op": "open-incident", "id": "stop", "title": "A traffic stop", "zone": "America/Chicago"},
    ):
        writer.record(read_command(given, ids), caller)
    bare = sqlite3.connect(folder / "bare.db", isolation_level=None)
    bare.executescript(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE e (p INTEGER PRIMARY KEY, b BLOB)"
    )
    given_commands = list(_commands(commands))
    size = len(given_commands) // _ROUNDS
    ours, plain, ratios = [], [], []
    for number in range(_ROUNDS):
        part = given_commands[number * size : (number + 1) * size]
        started = time.perf_counter()
        for given in part:
            writer.record(read_command(given, ids), caller)
        ours.append(size / (time.perf_counter() - started))
        payload = os.urandom(1_800)
        started = time.perf_counter()
        for _ in range(size):
            bare.execute("INSERT INTO e (b) VALUES (?)", (payload,))
        plain.append(size / (time.perf_counter() - started))
        ratios.append(ours[-1] / plain[-1])
    bare.close()
    store.close()
    ratios.sort()
    middle = len(ratios) // 2
    return Ratio(
        what="one durable, fully decided append at a time / one durable SQLite insert of as many bytes",
        ours=sorted(ours)[middle],
        bare=sorted(plain)[middle],
        ratio=ratios[middle],
        low=ratios[0],
        high=ratios[-1],
    )
