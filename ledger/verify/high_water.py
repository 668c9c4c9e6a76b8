"""The verifier's own reading of the mark, by its documented form (ledger-format §7.2), and what the rows say to it."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

    from ledger.verify.findings import Findings

__all__ = ["HighWater", "check_high_water", "read_high_water"]

_LINE_BYTES, _LINES, _READS = 4_096, 2, 3
_LINE = re.compile(
    rb"incident-ledger-mark/1 position (?P<position>\d{1,19}) recorded_us (?P<us>\d{1,19})"
    rb" leaf (?P<leaf>[0-9a-f]{64}) sha256 (?P<sum>[0-9a-f]{64}) *\n"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HighWater:
    """What lies there as the mark: what its newest whole line says, and `state` where there is none."""

    where: str
    state: str = ""
    position: int = 0
    recorded_us: int = 0
    leaf: bytes = b""


def read_high_water(path: Path) -> HighWater:
    """The mark in the folder beside a ledger. To be read before the rows: whoever writes moves the rows on first."""
    where = f"{path.parent.name}/{path.name}"
    for _ in range(_READS):
        try:
            with path.open("rb") as file:
                data = file.read(_LINES * _LINE_BYTES)
        except (FileNotFoundError, NotADirectoryError):
            return HighWater(where=where, state="missing")
        except OSError as error:
            return HighWater(where=where, state=f"cannot be read: {error.strerror or error}")
        if not data:
            return HighWater(where=where, state="missing")
        whole = [
            found
            for at in range(0, len(data), _LINE_BYTES)
            if (found := _LINE.fullmatch(data[at : at + _LINE_BYTES])) is not None
            and hashlib.sha256(found[0].partition(b" sha256 ")[0]).hexdigest().encode() == found["sum"]
        ]
        if whole:
            newest = max(whole, key=lambda found: int(found["position"]))
            return HighWater(
                where=where,
                position=int(newest["position"]),
                recorded_us=int(newest["us"]),
                leaf=bytes.fromhex(newest["leaf"].decode()),
            )
    return HighWater(where=where, state="damaged")


def check_high_water(database: sqlite3.Connection, marked: HighWater, findings: Findings) -> None:
    """The log goes at least as far as the mark, and holds the event that the mark says."""
    last = database.execute("SELECT coalesce(max(position), 0) FROM events").fetchone()[0]
    if marked.state == "missing":
        if last:
            findings.missing("the mark is missing: a lost tail would not be noticed", marked.where)
        return
    if marked.state == "damaged":
        findings.corrupt("the mark is damaged: neither of its lines is whole", marked.where)
        return
    if marked.state:
        findings.missing(
            f"the mark {marked.state}; without it a lost tail would not be noticed", marked.where
        )
        return
    if last < marked.position:
        lost = (
            f"position {marked.position}"
            if marked.position == last + 1
            else f"positions {last + 1} to {marked.position}"
        )
        findings.corrupt(
            f"missing: the mark says that the log had got to position {marked.position}, and it ends at {last};"
            " an older copy was put back, or the end of the write-ahead log was lost",
            lost,
        )
    elif marked.position:
        _check_event(database, marked, findings)


def _check_event(database: sqlite3.Connection, marked: HighWater, findings: Findings) -> None:
    where = f"position {marked.position}"
    found = database.execute(
        "SELECT CAST(event AS BLOB), recorded_us FROM events WHERE position = ?", (marked.position,)
    ).fetchone()
    if found is None:
        return  # The gap itself is found with the events.
    event, recorded_us = found
    if hashlib.sha256(b"\x00" + (event or b"")).digest() != marked.leaf:
        findings.corrupt("is not the event that the mark says was recorded there", where)
    elif recorded_us != marked.recorded_us:
        findings.corrupt(f"the row says {recorded_us} microseconds, and the mark {marked.recorded_us}", where)
