"""Checking a log that is carried as text (ledger-format §8): an export, or what a server answers.

The lines are read into a file of the verifier's own and checked there, so that what is asked of them is the very same as for a ledger file
(check.py). A text has no database, no folder and no mark: what a log was signed as, and how many events there were to be, is all that can
tell that its end is missing.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ledger.errors import InvalidError
from ledger.verify.check import Asked, Beside, Check, address_of
from ledger.verify.high_water import HighWater
from ledger.verify.stored_bytes import parsed
from ledger.verify.withheld import Withheld

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ledger.verify.report import Report

__all__ = ["verify_text"]

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MOST_BYTES = 1 << 34
"""Bytes that are taken in of a snapshot at the most: who serves them may never come to an end."""

_TABLES = """
CREATE TABLE head (one INTEGER, position INTEGER, recorded_us INTEGER);
CREATE TABLE streams (stream_no INTEGER PRIMARY KEY, stream TEXT);
CREATE TABLE events (
  position INTEGER PRIMARY KEY, stream_no INTEGER, version INTEGER, recorded_us INTEGER, topic TEXT, event BLOB, leaf BLOB
);
CREATE TABLE disclosures (position INTEGER PRIMARY KEY, lines BLOB);
CREATE TABLE idempotency (caller TEXT, key TEXT, salt BLOB, digest BLOB, answer BLOB, position INTEGER);
"""


def verify_text(lines: Iterable[bytes], asked: Asked | None = None) -> Report:
    """Check the lines of a log, with their newlines. Raises InvalidError where the first line is none of a log."""
    asked = asked or Asked()
    with (
        closing(Beside(None, asked)) as beside,
        tempfile.TemporaryDirectory(prefix="incident-ledger-verify-") as folder,
        closing(sqlite3.connect(Path(folder) / "copy", isolation_level=None)) as copy,
    ):
        copy.execute("PRAGMA journal_mode=OFF")
        copy.execute("PRAGMA synchronous=OFF")
        copy.executescript(_TABLES)
        copy.execute("BEGIN")
        reading = _Reading(copy, beside, Path(folder))
        for number, line in enumerate(lines, start=1):
            reading.take(number, line)
        reading.finish()
        copy.execute("CREATE INDEX events_of_stream ON events (stream_no, version)")
        copy.execute("COMMIT")
        marked, withheld = HighWater(where="the text"), Withheld(**reading.left_out)
        address = address_of(Path(folder) / "copy")
        check = Check(copy, reading.folder, marked, withheld, beside, address=address)
        check.run()
        report = check.report()
        root = base64.b64encode(bytes.fromhex(report.root)).decode()
        if reading.root is not None and reading.root != root:
            check.corrupt(
                f"it says that the root of the tree is {reading.root}, and it is {root}", "the last line"
            )
        return check.report()


class _Reading:
    """What was read of a text so far."""

    def __init__(self, copy: sqlite3.Connection, beside: Beside, folder: Path) -> None:
        self._copy = copy
        self._findings = beside.findings
        self._asked = beside.asked
        self.folder = folder
        self.left_out = {"disclosures": False, "snapshots": True}
        self.root: str | None = None
        self._expected: int | None = None
        self._whole = False
        self._streams: dict[str, int] = {}
        self._last: tuple[int, int] = (0, 0)
        self._positions: set[int] = set()

    def take(self, number: int, line: bytes) -> None:
        """Take in one line."""
        where = f"line {number}"
        said = _object(line)
        if number == 1 and (said is None or not said.keys() & {"event", "format"}):
            raise InvalidError("it is no log as text: its first line is none of a log (ledger-format §8)")
        if said is None:
            self._findings.corrupt("it is no JSON object", where)
            return
        if not line.endswith(b"\n"):
            self._findings.corrupt("it is cut off: a line ends with a newline", where)
        if self._whole:
            self._findings.corrupt("it stands after the last line of the log", where)
        try:
            if "event" in said:
                self._event(said, where)
            elif "base64" in said:
                self._snapshot(said)
            elif number == 1:
                self._first(said)
            else:
                self._end(said, where)
        except (KeyError, TypeError, ValueError, AttributeError):
            self._findings.corrupt("it is no line of a log", where)

    def _end(self, said: dict[str, Any], where: str) -> None:
        self.root, self._whole = str(said["root"]), True
        self._count(int(said["events"]), where)

    def _first(self, said: dict[str, Any]) -> None:
        self._expected = int(said["events"]) if "events" in said else None
        self.left_out["disclosures"] = said["disclosures"] == "withheld"
        self.left_out["snapshots"] = said.get("snapshots") != "included"

    def _event(self, said: dict[str, Any], where: str) -> None:
        position, event = said["position"], said["event"].encode()
        if not isinstance(position, int) or isinstance(position, bool):
            raise TypeError("position")
        if position in self._positions or position != self._last[0] + 1:
            self._findings.corrupt(f"position {position} comes after position {self._last[0]}", where)
        if position in self._positions:
            return
        self._positions.add(position)
        entry = parsed(event)
        stream, version, topic, us = "", 0, "", self._last[1]
        if isinstance(entry, dict):
            self._ask_for_snapshot(entry)
            stream, version = entry["stream"], entry["version"]
            topic, us = f"{entry['type']}@{entry['schema']}", _microseconds(entry["recorded_at"])
        number = self._streams.get(stream)
        if number is None:
            number = self._streams[stream] = len(self._streams) + 1
            self._copy.execute("INSERT INTO streams VALUES (?, ?)", (number, stream))
        leaf = hashlib.sha256(b"\x00" + event).digest()
        row = (position, number, version, us, topic, event, leaf)
        self._copy.execute("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        lines = "\n".join(said.get("disclosures", ())).encode()
        self._copy.execute("INSERT INTO disclosures VALUES (?, ?)", (position, lines))
        self._last = max(self._last, (position, us))

    def _ask_for_snapshot(self, entry: dict[str, Any]) -> None:
        """Have the bytes of a captured snapshot, where they are to be had, kept where the check looks for them."""
        captured = entry["body"] if entry["type"] == "SnapshotCaptured" else {}
        digest = captured.get("snapshot")
        if self._asked.snapshot is None or not isinstance(digest, str):
            return
        path = self._path_of(digest.removeprefix("sha256:"))
        chunks = None if path.exists() else self._asked.snapshot(entry["stream"].partition("/")[2], digest)
        if chunks is None:
            return
        with path.open("wb") as file:
            for chunk in chunks:
                file.write(chunk)
                if file.tell() > _MOST_BYTES:
                    break  # Its digest is another one, then.

    def _path_of(self, name: str) -> Path:
        """Where the check looks for a snapshot. Raises ValueError where the name is no digest."""
        if not (
            len(name) == hashlib.sha256().digest_size * 2 and all(one in "0123456789abcdef" for one in name)
        ):
            raise ValueError(name)
        path = self.folder / "blobs" / name[:2] / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def _snapshot(self, said: dict[str, Any]) -> None:
        """Keep a piece of a snapshot where the check looks for it; its digest is computed there."""
        path = self._path_of(str(said["snapshot"]).removeprefix("sha256:"))
        # A snapshot that was redacted and captured again stands twice.
        with path.open("wb" if said["at"] == 0 else "ab") as file:
            file.write(base64.b64decode(said["base64"], validate=True))

    def _count(self, events: int, where: str) -> None:
        if events != len(self._positions):
            self._findings.corrupt(f"it says {events} events, and there are {len(self._positions)}", where)

    def finish(self) -> None:
        """Say what is missing at the end."""
        if self._expected is not None:
            if not self._whole:
                self._findings.corrupt("missing: the text is cut off before its last line", "the end")
            self._count(self._expected, "line 1")
        if not self._positions:
            self._findings.missing("there is no event in it", "the text")
        self._copy.execute("INSERT INTO head VALUES (1, ?, ?)", self._last)


def _object(line: bytes) -> dict[str, Any] | None:
    try:
        said = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, dict) else None


def _microseconds(recorded_at: str) -> int:
    """Microseconds since 1970; what has not the form is found when the events are checked."""
    try:
        return (dt.datetime.fromisoformat(recorded_at) - _EPOCH) // dt.timedelta(microseconds=1)
    except (ValueError, TypeError):
        return 0
