"""What has to be true of a ledger after its process or its machine went down, judged from what was told before."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from contextlib import closing
from typing import TYPE_CHECKING

import msgspec

from api.opening import open_for_writing
from ledger.verify import verify_file
from tests.durability.acts import FIRST, blob_of, record, statement, writes_fact
from tests.durability.appending import Told

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from api.opening import Opened
    from ledger.append import Receipt
    from ledger.stores.contract import Row

__all__ = ["Memory", "faults", "is_begun"]


def is_begun(path: Path) -> bool:
    """Whether there is a ledger yet, and not only the file that becomes one."""
    if not path.exists():
        return False
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as file:
        return bool(file.execute("SELECT count(*) FROM sqlite_master").fetchone()[0])


class Memory:
    """What somebody outside the ledger knows: the acts asked for, and the receipts of those that were acknowledged."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.receipts: dict[str, Receipt] = {}

    def hear(self, lines: Iterable[bytes]) -> None:
        """Take in what a process told."""
        for line in lines:
            told = msgspec.json.decode(line, type=Told)
            if told.receipt is None:
                self.asked.append(told.key)
            else:
                self.receipts.setdefault(told.key, told.receipt)

    @property
    def in_flight(self) -> list[str]:
        """The acts that were asked for and never acknowledged, each once."""
        return [key for key in dict.fromkeys(self.asked) if key not in self.receipts]


def _rows(opened: Opened) -> list[Row]:
    return list(opened.writer._store.rows())


def _unkept(memory: Memory, rows: list[Row], path: Path) -> list[str]:
    """The acknowledged acts that are not there as they were acknowledged."""
    found = []
    gone = {digest for row in rows for digest in json.loads(row.event)["body"].get("snapshots", ())}
    for key, receipt in memory.receipts.items():
        position = receipt.position or 0
        if position > len(rows):
            found.append(f"{key}: acknowledged at position {position}, the log ends at {len(rows)}")
            continue
        row = rows[position - 1]
        if (row.stream, row.version) != (receipt.stream, receipt.version):
            found.append(f"{key}: position {position} holds version {row.version} of {row.stream}")
        if json.loads(row.event)["recorded_at"] != receipt.recorded_at:
            found.append(f"{key}: position {position} was recorded at another time than acknowledged")
        if writes_fact(key) and statement(key).encode() not in row.disclosures:
            found.append(f"{key}: position {position} does not state it")
        blob = blob_of(key, path)
        if blob is not None and blob.is_file() == (f"sha256:{blob.name}" in gone):
            found.append(f"{key}: the snapshot is there although redacted, or is missing")
    return found


def _repeated(rows: list[Row]) -> list[str]:
    entries = [json.loads(row.event) for row in rows]
    facts = [entry["body"]["fact"] for entry in entries if entry["type"] == "FactReported"]
    ids = [entry["event_id"] for entry in entries]
    return [f"{one} is there {count} times" for one, count in Counter(ids + facts).items() if count > 1]


def _invented(memory: Memory, rows: list[Row], may_be: int) -> list[str]:
    """More than was asked for: requests whose answer nobody heard, beyond those in flight, each with all of its events."""
    acknowledged = {receipt.position for receipt in memory.receipts.values()}
    last_of_request = {json.loads(row.event)["request"]: row.position for row in rows}
    extra = [position for position in last_of_request.values() if position not in acknowledged]
    return [f"positions {extra} were never acknowledged; {may_be} may be"] if len(extra) > may_be else []


def faults(path: Path, memory: Memory, next_key: str) -> list[str]:
    """Open the ledger again and say what is wrong with it; then ask again for what was in flight, and go on with `next_key`."""
    with open_for_writing(path) as opened:
        rows = _rows(opened)
        found = [
            f"position {row.position} stands at {at}" for at, row in enumerate(rows, 1) if row.position != at
        ]
        found += (
            _unkept(memory, rows, path) + _repeated(rows) + _invented(memory, rows, len(memory.in_flight))
        )
        report = verify_file(path)
        if report.verdict != "OK" or report.events != len(rows):
            found.append(f"verify says {report.verdict} of {report.events} events: {report.findings[:3]}")
        if found:
            return found
        found += _asked_again(opened, memory)
        memory.receipts[next_key] = record(opened, next_key)
        if not record(opened, next_key).replayed:
            found.append(f"{next_key} was recorded twice")
        rows = _rows(opened)
        found += _unkept(memory, rows, path) + _repeated(rows) + _invented(memory, rows, 0)
    report = verify_file(path)
    if report.verdict != "OK" or report.events != len(rows):
        found.append(f"closed, verify says {report.verdict} of {report.events} events: {report.findings[:3]}")
    return found


def _asked_again(opened: Opened, memory: Memory) -> list[str]:
    """Ask for each act once more, as a caller does who heard no answer: what was recorded is not recorded again."""
    found = []
    for key, receipt in memory.receipts.items():
        again = record(opened, key)
        if not again.replayed or (again.id, again.position) != (receipt.id, receipt.position):
            found.append(f"{key}: asked again, the answer is {again}, it was {receipt}")
    # Where the process did not come as far as the first acts, nothing can follow without them.
    first = [key for key in FIRST if key not in memory.receipts]
    for key in dict.fromkeys([*first, *memory.in_flight]):
        before = opened.writer._store.head().position
        again = record(opened, key)
        written = opened.writer._store.head().position - before
        if again.replayed == bool(written):
            found.append(f"{key}: asked again, {written} events were written, replayed is {again.replayed}")
        memory.receipts[key] = again
    return found
