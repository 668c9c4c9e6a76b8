"""The stored views: building them from nothing, memory while that is done, and pages now and in the past (docs/views.md)."""

from __future__ import annotations

import gc
import sqlite3
import statistics
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

from benchmarks.log import Bench, _tune, _untune
from benchmarks.measure import Ratio, peak_bytes
from ledger import present
from ledger.decisions.decision import incident_stream
from ledger.history import History
from ledger.stores.mapper import entry_of
from ledger.stores.sqlite_store import SQLiteStore
from projections.axes import Axes
from projections.catch_up import CatchUp
from projections.catch_up_file import NAME, ReadFile
from projections.catch_up_rebuild import build
from projections.filters import read_filters
from projections.incident_view import incident_view
from projections.pages import facts_page
from projections.paging import Asking, StoredViews
from projections.tables import METADATA

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ledger.commands import Command

__all__ = ["state_ratios", "view_ratios"]

_BATCH = 1_000
_WORKED_ON = 400
"""How many incidents grow at a time: fewer than the writer keeps in memory."""
_FACTS = 100
"""How many facts each incident has. A tenth of them is corrected when all are there."""
_INCIDENTS = 1_000
"""How many incidents of a ledger are read, one after another."""
_PEAK_BYTES = 300_000_000


def _no_text(_digest: str) -> str | None:
    return None


def _filled(folder: Path, facts: int, *, in_turn: int = _WORKED_ON) -> Bench:
    """A ledger of incidents with a hundred facts each, of which so many grow in turn; ten of each one's facts are corrected later."""
    folder.mkdir()
    bench = Bench(folder, incidents=max(1, facts // _FACTS))
    groups = [bench.opened[at : at + in_turn] for at in range(0, len(bench.opened), in_turn)]
    with patch.object(present, "MOST_NAMED", max(present.MOST_NAMED, 4 * in_turn * _FACTS)):
        for some in groups:
            for _ in range(len(some) * _FACTS // _BATCH):
                bench.record(bench.facts(_BATCH, some))
        corrections = [
            _correction(bench, one, number)
            for some, first in zip(groups, range(0, facts, in_turn * _FACTS), strict=True)
            for turn in range(0, _FACTS, 10)
            for number, one in enumerate(some, first + turn * len(some))
        ]
        for at in range(0, len(corrections), _BATCH):
            bench.record(corrections[at : at + _BATCH])
    return bench


def _correction(bench: Bench, incident: str, number: int) -> Command:
    return bench.command(
        {
            "op": "correct-fact",
            "incident": incident,
            "fact": f"f{number}",
            "kind": "drag",
            "statement": f"An officer was dragged by the car for about 20 feet, says report {number}.",
            "occurred": {"edtf": f"2021-06-{number % 28 + 1:02}"},
            "class": "wrong-number",
            "cause": "source-error",
            "reason": "The station has corrected its text.",
            "citations": [{"id": "a2", "source": "station"}],
            "withdraws": ["a1"],
        }
    )


def _seconds(operation: Callable[[], object]) -> float:
    gc.collect()
    started = time.perf_counter()
    operation()
    return time.perf_counter() - started


def _read_and_insert(bench: Bench, views: Path, plain: Path) -> None:
    """What cannot be done without: reading and decoding the log in order, and inserting the same rows with executemany."""
    for row in bench.store.rows():
        entry_of(row)
    with closing(sqlite3.connect(plain)) as target, closing(sqlite3.connect(views)) as made:
        target.execute("PRAGMA journal_mode=OFF")
        target.execute("PRAGMA synchronous=OFF")
        for table in METADATA.sorted_tables:
            names = ", ".join(f'"{column.name}"' for column in table.columns)
            target.execute(f"CREATE TABLE {table.name} ({names})")
            marks = ", ".join("?" * len(table.columns))
            rows = made.execute(f"SELECT {names} FROM {table.name}")  # noqa: S608  names of our own tables
            while some := rows.fetchmany(5_000):
                target.executemany(f"INSERT INTO {table.name} VALUES ({marks})", some)  # noqa: S608  as above
        target.commit()


def _rebuilding(bench: Bench, folder: Path, rounds: int) -> Ratio:
    head = bench.store.head().position
    pairs: list[tuple[float, float]] = []
    _tune()
    for number in range(rounds):
        ours = head / _seconds(lambda: build(bench.store, folder, _no_text, head))
        made, plain = folder / "views.db.new", folder / f"plain-{number}.db"
        pairs.append((ours, head / _seconds(lambda: _read_and_insert(bench, made, plain))))  # noqa: B023  called at once
        plain.unlink()
    _untune()
    return _ratio(
        "stored views from nothing (events) / reading and decoding the log and executemany of the same rows",
        pairs,
        target=0.25,
    )


def _ratio(what: str, pairs: list[tuple[float, float]], *, target: float | None) -> Ratio:
    ratios = sorted(one / other for one, other in pairs)
    return Ratio(
        what=what,
        ours=statistics.median(one for one, _ in pairs),
        bare=statistics.median(other for _, other in pairs),
        ratio=statistics.median(ratios),
        low=ratios[0],
        high=ratios[-1],
        target=target,
    )


_ASKED: tuple[dict[str, str], ...] = (
    {},
    {"kind": "drag", "status": "reported"},
    {"role": "injured", "kind": "drag"},
    {"source": "station"},
    {"occurred_from": "2021-05-10T00:00:00Z", "occurred_to": "2021-05-12T00:00:00Z"},
    {"q": "report 77"},
)


def _pages(views: StoredViews, positions: tuple[int, int], rounds: int) -> Iterator[Ratio]:
    """The same page at a past position and now."""
    past, now = positions
    for asked in _ASKED:
        filters = read_filters(asked)

        def page(known: int, filters: object = filters) -> float:
            started = time.perf_counter()
            facts_page(views, filters, Asking(known=known))  # type: ignore[arg-type]  # filters, bound here
            return 1 / (time.perf_counter() - started)

        page(past), page(now)
        pairs = [(page(past), page(now)) for _ in range(rounds)]
        told = ", ".join(asked) or "no filter"
        yield _ratio(f"a page of 50 facts at a past position / now, by {told}", pairs, target=0.5)


def _peak_bytes(ledger: Path, folder: Path) -> int:
    """The most memory that a process of its own takes to build the views."""
    found = subprocess.run(  # noqa: S603  this very module
        [sys.executable, "-m", "benchmarks.views", str(ledger), str(folder)],
        check=True,
        capture_output=True,
        text=True,
    )
    return int(found.stdout)


class _Reader:
    """A ledger file, and of some of its incidents the point at which half of their own acts were recorded."""

    def __init__(self, bench: Bench) -> None:
        self._path = bench.path
        bench.store.close()
        self._store = SQLiteStore(bench.path, read_only=True)
        self._history = History(self._store)
        some = bench.opened[:: max(1, len(bench.opened) // _INCIDENTS)]
        self._asked = [(one, self._half_way(one)) for one in some]

    def _half_way(self, incident: str) -> Axes:
        positions = [row.position for row in self._store.stream(incident_stream(incident))]
        return Axes(known=positions[len(positions) // 2])

    def warm(self) -> None:
        """Bring the file into the memory of the system, so that the disk is not measured."""
        with self._path.open("rb") as file:
            while file.read(1 << 20):
                pass

    def seconds(self, number: int) -> float:
        """How long one of the incidents takes as it stood half-way: read, proved and folded anew."""
        incident, axes = self._asked[number * 7919 % len(self._asked)]
        return _seconds(lambda: incident_view(self._history.of_incident(incident), incident, axes))

    def close(self) -> None:
        """Close the file."""
        self._store.close()


def _p99s(small: _Reader, large: _Reader, rounds: int) -> tuple[float, float]:
    """The slowest hundredth of reading one incident after another, in two ledgers in turn."""
    for reader in (small, large):
        reader.warm()
    times = [(small.seconds(number), large.seconds(number)) for number in range(rounds)]
    little, much = (statistics.quantiles(some, n=100)[98] for some in zip(*times, strict=True))
    return little, much


def state_ratios(folder: Path, *, few: int, many: int, rounds: int) -> Iterator[Ratio]:
    """One incident of a hundred facts half-way through its own acts: the p99 in a small ledger against that in a large one.

    The acts of an incident lie apart, as many as there are incidents that grow in turn: some, and then all of them.
    """
    folder.mkdir()
    small = _Reader(_filled(folder / "few", few))
    for in_turn in (_WORKED_ON, many // _FACTS):
        large = _Reader(_filled(folder / f"many-{in_turn}", many, in_turn=in_turn))
        _tune()
        pairs = [(1 / much, 1 / little) for little, much in (_p99s(small, large, rounds) for _ in range(5))]
        _untune()
        large.close()
        yield _ratio(
            f"one incident half-way through its acts, p99, files in memory: {few:,} facts / {many:,}, where {in_turn:,}"
            " incidents grow in turn (at most 1.3 times as long)",
            pairs,
            target=1 / 1.3,
        )
    small.close()


def view_ratios(folder: Path, *, full: bool) -> Iterator[Ratio]:
    """Building the views of a small and of a ten times larger ledger, and pages of the larger one."""
    facts = 1_000_000 if full else 100_000
    peaks: list[int] = []
    for name, size in (("small", facts // 10), ("large", facts)):
        bench = _filled(folder / name, size)
        if name == "large":
            yield _rebuilding(bench, folder, rounds=2 if full else 3)
            views = CatchUp(bench.store, folder, _no_text)
            views.run()
            views.close()
            file = ReadFile(folder / NAME)
            head = bench.store.head().position
            positions = (head // 2, head)
            yield from _pages(StoredViews(file, bench.store, _no_text), positions, rounds=60 if full else 20)
            file.close()
        (folder / name / "alone").mkdir()
        peaks.append(_peak_bytes(bench.path, folder / name / "alone"))
        bench.store.close()
    met = "met" if max(peaks) <= _PEAK_BYTES else "NOT MET"
    sys.stdout.write(
        f"memory of a build: {peaks[0] / 1e6:,.0f} MB for {facts // 10:,} facts, {peaks[1] / 1e6:,.0f} MB for {facts:,}"
        f"  must be at most {_PEAK_BYTES / 1e6:,.0f} MB: {met}\n"
    )


def _alone(ledger: Path, folder: Path) -> None:
    with closing(SQLiteStore(ledger, read_only=True)) as store:
        build(store, folder, _no_text, store.head().position)
    sys.stdout.write(str(peak_bytes()))


if __name__ == "__main__":
    _alone(Path(sys.argv[1]), Path(sys.argv[2]))
