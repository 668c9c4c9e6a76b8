"""A data set's editing history: imported through the full path, read as it stood in the past, and the memory that an import takes.

Where the folder of corpora is there, the history is the real one of 23,095 operations; else one that is made here, of the same shape.
"""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from api.importing.changes import ChangesImport, Settings
from api.importing.index import Index
from api.importing.lines import open_input
from api.opening import open_for_reading, open_for_writing
from api.records.reading import DatasetRecords
from benchmarks.log import _bare, _insert, _timed, _tune, _untune
from benchmarks.measure import Ratio, peak_bytes
from ledger.append import Caller
from ledger.datasets.change_line import LINE_LIMIT
from ledger.stores.sqlite_store import SQLiteStore
from ledger.when import parse_datetime
from projections.axes import Axes

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

    from ledger.values import Json

__all__ = ["importing_ratios"]

_NAME = "history"
_BATCH = 1_000
_FLAT = 1.3


def _corpus() -> Path | None:
    shared = os.environ.get("LEDGER_SHARED") or Path(__file__).parents[2] / "shared"
    file = Path(shared) / "corpora" / "police-brutality" / "stream.ndjson.gz"
    return file if file.is_file() else None


def made_history(commits: int, *, first: int = 0) -> Iterator[Json]:
    """Commits of eighteen operations: a record with ten facts appears, and seven values of earlier ones change."""
    for number in range(first, first + commits):
        record = f"r{number}"
        fields = {
            name: f"The {name} of {record}, as it is told."
            for name in ("title", "city", "date_text", "state")
        }
        fields["description"] = f"Police used tear gas on people who were leaving, says report {number}. " * 4
        changes: list[Json] = [{"op": "add", "incident_id": record, "field": None, "old": None, "new": None}]
        changes += [
            {"op": "add", "incident_id": record, "field": name, "old": None, "new": text}
            for name, text in fields.items()
        ]
        changes += [
            {
                "op": "add",
                "incident_id": record,
                "field": "link",
                "old": None,
                "new": f"https://example.org/{number}/{link}",
            }
            for link in range(3)
        ]
        changes += [
            {
                "op": "change",
                "incident_id": f"r{number - back}",
                "field": "city",
                "old": f"The city of r{number - back}, as it is told.{'!' * (back - 1)}",
                "new": f"The city of r{number - back}, as it is told.{'!' * back}",
            }
            for back in range(1, 8)
            if number - back >= 0
        ]
        yield {
            "commit": f"{number:040x}",
            "committed_at": f"2021-{number // 40_000 % 12 + 1:02}-{number // 1_440 % 28 + 1:02}"
            f"T{number // 60 % 24:02}:{number % 60:02}:00Z",
            "changes": changes,
        }


def _written(file: Path, commits: int) -> Path:
    with file.open("w", encoding="utf-8") as lines:
        lines.writelines(json.dumps(line) + "\n" for line in made_history(commits))
    return file


def _import(path: Path, file: Path) -> int:
    """Import a file, and say how many operations it has."""
    with (
        open_input(str(file)) as given,
        open_for_writing(path) as opened,
        closing(Index()) as index,
    ):
        running = ChangesImport(opened, index, Caller(actor="bench"), Settings(dataset=_NAME))
        return sum(done.changes for done in running.run(given.lines(LINE_LIMIT)))


def _read(path: Path, public: str | None) -> int:
    at = None if public is None else parse_datetime(public, field="")
    with open_for_reading(path) as opened:
        axes = Axes(known=opened.history.head().position, public=at)
        return sum(1 for _ in DatasetRecords(opened.history, _NAME, axes).lines())


def _middle(file: Path) -> str:
    """The time of the commit two thirds on."""
    opening = gzip.open if file.suffix == ".gz" else open
    with opening(file, "rb") as lines:
        times = [json.loads(line)["committed_at"] for line in lines]
    return str(times[len(times) * 2 // 3])


def _inserted(bare: sqlite3.Connection, rows: list[tuple[int, bytes, bytes]]) -> None:
    for at in range(0, len(rows), _BATCH):
        _insert(bare, rows[at : at + _BATCH])


def _peak_bytes(folder: Path, commits: int) -> int:
    """What a process that imports a history takes at most."""
    file = _written(folder / f"{commits}.ndjson", commits)
    program = "import sys; from benchmarks.importing import peak; peak(*sys.argv[1:])"
    done = subprocess.run(  # noqa: S603  this very program
        [sys.executable, "-c", program, str(folder / f"{commits}.ledger"), str(file)],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        check=True,
    )
    return int(done.stdout)


def peak(path: str, file: str) -> None:
    """Import a file, and print the most bytes that this process took."""
    _import(Path(path), Path(file))
    print(peak_bytes())


def importing_ratios(folder: Path, *, full: bool) -> Iterator[Ratio]:
    """The import against the bare insert, the past against the present, and memory against the size of the file."""
    file = _corpus() or _written(folder / "made.ndjson", 1_270)
    path = folder / "0.ledger"
    rounds = 5 if full else 2
    ours: list[float] = []
    plain: list[float] = []
    _tune()
    for number in range(rounds):
        path = folder / f"{number}.ledger"
        began = time.perf_counter()
        operations = _import(path, file)
        taken = time.perf_counter() - began
        with closing(SQLiteStore(path, read_only=True)) as store:
            rows = [(row.position, row.event, row.disclosures) for row in store.rows(stop=operations)]
        bare_folder = folder / f"bare{number}"
        bare_folder.mkdir()
        with closing(_bare(bare_folder)) as bare:
            bare_taken = _timed(_inserted, bare, rows)
        ours.append(operations / taken)
        plain.append(operations / bare_taken)
    ratios = sorted(one / other for one, other in zip(ours, plain, strict=True))
    yield Ratio(
        what="import changes of a history, operations / executemany of as many rows of the same sizes",
        ours=ours[-1],
        bare=plain[-1],
        ratio=ratios[len(ratios) // 2],
        low=ratios[0],
        high=ratios[-1],
        target=0.2,
    )
    then = _middle(file)
    pairs = [(1 / _timed(_read, path, then), 1 / _timed(_read, path, None)) for _ in range(rounds + 1)][1:]
    _untune()
    ratios = sorted(one / other for one, other in pairs)
    yield Ratio(
        what="export records of the whole data set at a past public_at / now (a third: three times as long)",
        ours=pairs[-1][0],
        bare=pairs[-1][1],
        ratio=ratios[len(ratios) // 2],
        low=ratios[0],
        high=ratios[-1],
        target=1 / 3,
    )
    # What is kept in mind is full after some 4,000 commits; before that, memory grows (docs/importing.md).
    fewer, more = 4_000, 16_000 if full else 8_000
    few, many = _peak_bytes(folder, fewer), _peak_bytes(folder, more)
    sys.stdout.write(
        f"import changes, most memory: {few / 2**20:,.0f} MiB for {fewer:,} commits, {many / 2**20:,.0f} MiB for "
        f"{more:,}: {many / few:.2f} times  "
        f"must be at most {_FLAT}: {'met' if many <= _FLAT * few else 'NOT MET'}\n"
    )
