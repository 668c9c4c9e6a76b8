"""A whole ledger out as text, against reading the same rows and writing the same bytes, and how much memory it takes."""

from __future__ import annotations

import sqlite3
import sys
import tracemalloc
from contextlib import closing
from typing import TYPE_CHECKING

from benchmarks.log import Bench
from benchmarks.measure import Ratio, ratio_of
from ledger.blobs import Blobs
from ledger.transfer import LogExport

if TYPE_CHECKING:
    from pathlib import Path

    from ledger.stores.sqlite_store import SQLiteStore

__all__ = ["export_ratio"]

_INCIDENTS = 100
_TARGET = 0.4
_READ = "SELECT e.event, coalesce(d.lines, x'') FROM events e LEFT JOIN disclosures d USING (position) ORDER BY e.position"


def _export(store: SQLiteStore, blobs: Blobs, to: Path) -> int:
    with to.open("wb") as file:
        made = LogExport(store, blobs)
        for line in made.lines():
            file.write(line)
    return made.written


def _bare(ledger: Path, to: Path) -> None:
    """Every event and its disclosures, read as they lie there and written one after another."""
    with closing(sqlite3.connect(ledger)) as database, to.open("wb") as file:
        for event, lines in database.execute(_READ):
            file.write(event)
            file.write(lines)


def export_ratio(folder: Path, *, facts: int, rounds: int) -> Ratio:
    """`export ledger` to `SELECT` plus write of the same bytes; the peak of memory of two sizes is printed."""
    bench = Bench(folder, incidents=_INCIDENTS)
    blobs = Blobs(folder / "blobs", bytes)
    out = folder / "out.ndjson"
    peaks = []
    for _ in range(2):
        for at in range(0, facts // 2, 1_000):
            bench.record(bench.facts(min(1_000, facts // 2 - at), bench.opened))
        tracemalloc.start()
        events = _export(bench.store, blobs, out)
        peaks.append((events, tracemalloc.get_traced_memory()[1]))
        tracemalloc.stop()
    told = ", ".join(f"{events:,} events {peak / 1_048_576:.1f} MiB" for events, peak in peaks)
    sys.stdout.write(f"peak memory of an export: {told}\n")
    made = ratio_of(
        "export of a ledger as text / SELECT plus write of the same bytes",
        lambda: _export(bench.store, blobs, out),
        lambda: _bare(bench.path, out),
        rounds=rounds,
        target=_TARGET,
    )
    bench.store.close()
    return made
