"""What proof costs: checking a whole ledger, building its tree from nothing, and a proof of inclusion as the log grows."""

from __future__ import annotations

import gc
import hashlib
import sqlite3
import statistics
import time
from contextlib import closing
from typing import TYPE_CHECKING

from benchmarks.log import Bench
from benchmarks.measure import Ratio
from ledger.mark import Mark
from ledger.merkle import check_inclusion, leaf_hash
from ledger.self_test import where_it_ends
from ledger.stores.contract import Head
from ledger.transparency import LogTree
from ledger.verify import verify_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

__all__ = ["inclusion_ratio", "proof_ratios"]

_ROUNDS = 7
_FACTS_A_TIME = 1_000
_PROOFS = 4_000
_STEP = 7_919
"""A prime, so that the positions asked about are spread over the log."""


class _Counted:
    """A log whose entries are their positions: nothing is kept of it."""

    def __init__(self, size: int) -> None:
        self._size = size

    def head(self) -> Head:
        """Where it ends."""
        return Head(position=self._size, recorded_us=self._size)

    def entries(self, start: int = 1, stop: int | None = None) -> Iterator[bytes]:
        """The entries from `start` to `stop`."""
        return (b"%d" % position for position in range(start, (stop or self._size) + 1))


def _paired(
    what: str, ours: Callable[[], object], bare: Callable[[], object], *, events: int, target: float
) -> Ratio:
    """Both in turn, each once a round; rates are events a second."""
    pairs = []
    for _ in range(_ROUNDS):
        gc.collect()
        gc.disable()
        try:
            pairs.append((_seconds(bare), _seconds(ours)))
        finally:
            gc.enable()
    ratios = sorted(without / taken for without, taken in pairs)
    return Ratio(
        what=what,
        ours=statistics.median(events / taken for _, taken in pairs),
        bare=statistics.median(events / without for without, _ in pairs),
        ratio=statistics.median(ratios),
        low=ratios[0],
        high=ratios[-1],
        target=target,
    )


def _seconds(operation: Callable[[], object]) -> float:
    started = time.perf_counter()
    operation()
    return time.perf_counter() - started


def proof_ratios(folder: Path, *, facts: int) -> list[Ratio]:
    """Checking a ledger of some facts, and building its tree, each against the bare reading and hashing of the same bytes."""
    bench = Bench(folder, incidents=100)
    for at in range(0, facts, _FACTS_A_TIME):
        bench.record(bench.facts(min(_FACTS_A_TIME, facts - at), bench.opened))
    beside = bench.path.with_name(bench.path.name + ".d")
    beside.mkdir(exist_ok=True)
    (folder / "blobs").rename(beside / "blobs")
    with closing(Mark(beside / "mark")) as mark:
        mark.advance(where_it_ends(bench.store))
    events = bench.store.head().position
    entries = list(bench.store.entries())
    made = iter(range(_ROUNDS + 1))

    def build() -> bytes:
        with closing(LogTree(bench.store, folder / f"tree-{next(made)}", writing=True)) as tree:
            return tree.root(tree.catch_up())

    def bare_tree() -> bytes:
        sha256 = hashlib.sha256
        row = [sha256(b"\x00" + entry).digest() for entry in entries]
        while len(row) > 1:
            odd = row[-1:] if len(row) % 2 else []
            row = [sha256(b"\x01" + row[at] + row[at + 1]).digest() for at in range(0, len(row) - 1, 2)] + odd
        return row[0]

    def bare_read() -> int:
        with closing(sqlite3.connect(f"file:{bench.path}?mode=ro", uri=True)) as database:
            query = "SELECT event, lines FROM events JOIN disclosures USING (position) ORDER BY position"
            sha256, hashed = hashlib.sha256, 0
            for event, lines in database.execute(query):
                sha256(event).digest()
                # Each line by itself, since each is committed by itself.
                hashed += 1 + len([sha256(line).digest() for line in lines.split(b"\n")])
            return hashed

    report = verify_file(bench.path)
    assert report.verdict == "OK", report.findings[:3]
    assert (report.root, report.events) == (bare_tree().hex(), events)
    assert build() == bare_tree()
    return [
        _paired(
            "verify a ledger / read its rows and SHA-256 of each event and each disclosure",
            lambda: verify_file(bench.path),
            bare_read,
            events=events,
            target=0.3,
        ),
        _paired(
            "build the Merkle tree from nothing, durably / SHA-256 of the same leaves and nodes in memory",
            build,
            bare_tree,
            events=events,
            target=0.5,
        ),
    ]


def inclusion_ratio(folder: Path, *, few: int, many: int) -> Ratio:
    """The slowest hundredth of proofs of inclusion in a small log and in a large one: how little a proof slows down as the log grows.

    The logs are asked in turn, proof by proof, so that whatever else the machine does befalls both.
    """
    with (
        closing(LogTree(_Counted(few), folder / str(few), writing=True)) as small,
        closing(LogTree(_Counted(many), folder / str(many), writing=True)) as large,
    ):
        logs = ((small, small.catch_up()), (large, large.catch_up()))
        _check_proofs(logs)
        rounds = []
        for _ in range(_ROUNDS):
            taken: tuple[list[float], list[float]] = ([], [])
            for number in range(_PROOFS):
                for (tree, size), seconds in zip(logs, taken, strict=True):
                    position = number * _STEP % size + 1
                    started = time.perf_counter()
                    tree.inclusion(position, size)
                    seconds.append(time.perf_counter() - started)
            rounds.append([statistics.quantiles(seconds, n=100)[-1] for seconds in taken])
    ratios = sorted(of_few / of_many for of_few, of_many in rounds)
    return Ratio(
        what=f"an inclusion proof, p99: {few:,} events / {many:,} events",
        ours=statistics.median(1 / of_many for _, of_many in rounds),
        bare=statistics.median(1 / of_few for of_few, _ in rounds),
        ratio=statistics.median(ratios),
        low=ratios[0],
        high=ratios[-1],
        target=0.5,
    )


def _check_proofs(logs: Iterable[tuple[LogTree, int]]) -> None:
    for tree, size in logs:
        root = tree.root(size)
        for number in range(0, _PROOFS, 100):
            position = number * _STEP % size + 1
            leaf, path = leaf_hash(b"%d" % position), tree.inclusion(position, size)
            check_inclusion(index=position - 1, size=size, leaf=leaf, path=path, root=root)
