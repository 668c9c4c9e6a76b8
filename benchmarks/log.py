"""The log as a whole: bulk appends, growth, long streams, reading in order, and the size of the file (issue of the log on SQLite)."""

from __future__ import annotations

import gc
import os
import sqlite3
import statistics
import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING

import orjson

from benchmarks.measure import Ratio
from ledger.append import Ask, Caller, Receipt, Writer
from ledger.blobs import Blobs
from ledger.clock import SystemClock
from ledger.ids import TimeOrderedIds
from ledger.random_blocks import RandomBlocks
from ledger.read_command import read_command
from ledger.stores.mapper import entry_of
from ledger.stores.sqlite_store import SQLiteStore

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from ledger.commands import Command
    from ledger.values import Json

__all__ = ["bulk_ratios", "growth_ratio", "long_stream_ratio"]

_BATCH = 1_000
_SMALL_BATCH = 64
_CALLER = Caller(actor="bench")
_TEXT = "Police said on Saturday what follows. " * 40 + (
    "The officer was dragged for about 15 feet before he freed himself from the door of the car."
)
_QUOTED = "dragged for about 15 feet before he freed himself"


class Bench:
    """A ledger to append to: `incidents` of them are open, and one source has a snapshot."""

    def __init__(self, folder: Path, *, incidents: int) -> None:
        self.path = folder / "bench.ledger"
        clock = SystemClock()
        random = RandomBlocks(os.urandom)
        self.ids = TimeOrderedIds(clock, random)
        self.store = SQLiteStore(self.path, create=True)
        self.writer = Writer(self.store, Blobs(folder / "blobs", random), clock, self.ids, random)
        self.opened = [self.ids.make() for _ in range(incidents)]
        self._made = 0
        self.act({"op": "register-source", "id": "station", "kind": "article", "title": "A station's text"})
        self.snapshot = self.act(
            {"op": "capture-snapshot", "source": "station", "media_type": "text/plain", "text": _TEXT}
        ).id
        opening = [
            {"op": "open-incident", "id": ident, "title": "A traffic stop", "zone": "America/Chicago"}
            for ident in self.opened
        ]
        for at in range(0, incidents, _BATCH):
            self.record([self.command(given) for given in opening[at : at + _BATCH]])

    def command(self, given: Json) -> Command:
        """A command as the writer takes it."""
        return read_command(given, self.ids)

    def act(self, given: Json) -> Receipt:
        """Record one command."""
        return self.writer.record(self.command(given), _CALLER)

    def record(self, commands: Sequence[Command]) -> None:
        """Record commands in one transaction."""
        outcomes = self.writer.record_all([Ask(command=one, caller=_CALLER) for one in commands])
        assert all(isinstance(one, Receipt) for one in outcomes), outcomes[0]

    def facts(self, count: int, incidents: Sequence[str], *, quoted: bool = True) -> list[Command]:
        """Reports of facts of some incidents in turn, each with a citation; `quoted`: with the words in the snapshot."""
        pinned = {
            "snapshot": self.snapshot,
            "selector": [{"type": "TextQuoteSelector", "exact": _QUOTED}],
        }
        first = self._made
        self._made += count
        return [
            self.command(
                {
                    "op": "report-fact",
                    "incident": incidents[number % len(incidents)],
                    "id": f"f{number}",
                    "kind": "drag",
                    "statement": f"An officer was dragged by the car for about 15 feet, says report {number}.",
                    "occurred": {"edtf": f"2021-05-{number % 28 + 1:02}"},
                    "participants": [
                        {
                            "id": "officer",
                            "role": "injured",
                            "name": {"absent": "not-stated"},
                            "as_described": "the officer on the passenger's side",
                        }
                    ],
                    "quantities": [
                        {
                            "id": "distance",
                            "as_stated": "about 15 feet",
                            "unit": "[ft_i]",
                            "value": "15",
                            "approximate": True,
                        }
                    ],
                    "citations": [{"id": "a1", "source": "station", **(pinned if quoted else {})}],
                }
            )
            for number in range(first, first + count)
        ]


def _timed(operation: object, *given: object) -> float:
    started = time.perf_counter()
    operation(*given)  # type: ignore[operator]  # what is timed is whatever it is given
    return time.perf_counter() - started


def _tune() -> None:
    """The garbage collector as a server sets it after start-up (performance.md)."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 50, 100)


def _untune() -> None:
    gc.set_threshold(700, 10, 10)
    gc.unfreeze()


def _bare(folder: Path) -> sqlite3.Connection:
    bare = sqlite3.connect(folder / "bare.db", isolation_level=None)
    bare.executescript(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
        "CREATE TABLE e (position INTEGER PRIMARY KEY, event BLOB, disclosures BLOB)"
    )
    return bare


def _insert(bare: sqlite3.Connection, rows: Sequence[tuple[int, bytes, bytes]]) -> None:
    bare.execute("BEGIN IMMEDIATE")
    bare.executemany("INSERT INTO e VALUES (?, ?, ?)", rows)
    bare.execute("COMMIT")


def _bulk(bench: Bench, folder: Path, what: str, *, quoted: bool, size: int, batches: int) -> Ratio:
    """Batches of `size` facts, against as many bare rows in transactions of as many."""
    ours: list[float] = []
    plain: list[float] = []
    _tune()
    with closing(_bare(folder)) as bare:
        for number in range(batches + 1):
            commands = bench.facts(size, bench.opened, quoted=quoted)
            head = bench.store.head().position
            mine = _timed(bench.record, commands)
            rows = [(row.position, row.event, row.disclosures) for row in bench.store.rows(head + 1)]
            theirs = _timed(_insert, bare, rows)
            if number:  # the first warms both up
                ours.append(size / mine)
                plain.append(size / theirs)
    _untune()
    ratios = sorted(one / other for one, other in zip(ours, plain, strict=True))
    return Ratio(
        what=f"{what}, {size:,} at a time",
        ours=statistics.median(ours),
        bare=statistics.median(plain),
        ratio=statistics.median(ratios),
        low=ratios[0],
        high=ratios[-1],
        target=0.25,
    )


def _reading(bench: Bench, rounds: int) -> Ratio:
    """Reading the log in order, typed, against SELECT and orjson.loads of the same bytes."""

    def ours() -> int:
        read = 0
        for row in bench.store.rows():
            entry_of(row)
            read += 1
        return read

    def theirs() -> int:
        query = (
            "SELECT e.event, d.lines FROM events e JOIN disclosures d USING (position) ORDER BY e.position"
        )
        read = 0
        with closing(sqlite3.connect(bench.path)) as bare:
            for event, lines in bare.execute(query):
                orjson.loads(event)
                for line in lines.split(b"\n") if lines else ():
                    orjson.loads(line)
                read += 1
        return read

    assert ours() == bench.store.head().position
    count = theirs()
    pairs = [(count / _timed(ours), count / _timed(theirs)) for _ in range(rounds)]
    ratios = sorted(one / other for one, other in pairs)
    return Ratio(
        what="reading and decoding in order / SELECT and orjson.loads of the same rows",
        ours=statistics.median(one for one, _ in pairs),
        bare=statistics.median(other for _, other in pairs),
        ratio=statistics.median(ratios),
        low=ratios[0],
        high=ratios[-1],
        target=0.4,
    )


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def bulk_ratios(folder: Path, *, full: bool) -> Iterator[Ratio]:
    """Bulk appends in batches of 64 and of a thousand, reading them back, and what the file takes."""
    what = "bulk append, decided, committed and stored / executemany of the same bytes in the same batches"
    facts = 20_000 if full else 8_000
    kinds = {name: Bench(_made(folder / name), incidents=100) for name in ("plain", "quoted")}
    for name, said in (("plain", "a citation each"), ("quoted", "a citation each, its quotation looked up")):
        for size in (_SMALL_BATCH, _BATCH):
            under = _made(folder / name / str(size))
            quoted, batches = name == "quoted", facts // size
            yield _bulk(kinds[name], under, f"{what}: {said}", quoted=quoted, size=size, batches=batches)
    kinds["plain"].store.close()
    bench = kinds["quoted"]
    yield _reading(bench, rounds=15 if full else 5)
    taken = sum(len(row.event) + len(row.disclosures) for row in bench.store.rows())
    bench.store.close()
    size = bench.path.stat().st_size
    sys.stdout.write(
        f"ledger file: {size:,} bytes for {taken:,} of events and disclosures: {size / taken:.2f} times"
        f"  must be at most 1.6: {'met' if size <= 1.6 * taken else 'NOT MET'}\n"
    )


def long_stream_ratio(folder: Path, *, rounds: int) -> Ratio:
    """Single durable appends to a stream of 10,000 events against those to streams of 10, in turn."""
    bench = Bench(folder, incidents=2)
    long, short = bench.opened
    while (length := bench.writer.record(bench.facts(1, [long])[0], _CALLER).version) < 10_000:
        bench.record(bench.facts(min(_BATCH, 10_000 - length), [long]))
    bench.record(bench.facts(9, [short]))
    _tune()
    pairs: list[tuple[float, float]] = []
    for _ in range(rounds):
        to_long, to_short = bench.facts(20, [long]), bench.facts(20, [short])
        pairs.append(
            (
                20 / sum(_timed(bench.writer.record, one, _CALLER) for one in to_long),
                20 / sum(_timed(bench.writer.record, one, _CALLER) for one in to_short),
            )
        )
    _untune()
    bench.store.close()
    ratios = sorted(one / other for one, other in pairs)
    return Ratio(
        what="append to a stream of 10,000 events / to one of 10 (and on, 20 a round)",
        ours=statistics.median(one for one, _ in pairs),
        bare=statistics.median(other for _, other in pairs),
        ratio=statistics.median(ratios),
        low=ratios[0],
        high=ratios[-1],
        target=0.9,
    )


def growth_ratio(folder: Path, *, facts: int) -> Ratio:
    """The rate of the last tenth of many facts, in incidents opened as they come, against that of the first tenth."""
    bench = Bench(folder, incidents=1)
    tenth = max(1, facts // 10 // _BATCH)
    rates: list[float] = []
    _tune()
    for number in range(10 * tenth):
        if number % 10 == 0:
            bench.opened = [bench.ids.make() for _ in range(200)]
            bench.record(
                [
                    bench.command(
                        {"op": "open-incident", "id": ident, "title": "A stop", "zone": "America/Chicago"}
                    )
                    for ident in bench.opened
                ]
            )
        commands = bench.facts(_BATCH, bench.opened)
        rates.append(_BATCH / _timed(bench.record, commands))
    _untune()
    bench.store.close()
    first, last = statistics.mean(rates[:tenth]), statistics.mean(rates[-tenth:])
    return Ratio(
        what=f"bulk append: the last tenth of {10 * tenth * _BATCH:,} facts / the first",
        ours=last,
        bare=first,
        ratio=last / first,
        low=last / first,
        high=last / first,
        target=0.8,
    )
