"""One pass over a ledger file, as a stream: every position, version, hash, disclosure and snapshot."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import re
from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, TypeAlias

from ledger.verify.report import MAX_FINDINGS, Finding, Report
from ledger.verify.stored_bytes import parsed, path_of

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from pathlib import Path

    from ledger.values import Json
    from ledger.verify.report import Verdict

__all__ = ["Check"]

_GUARDS = (
    "disclosures_are_never_deleted",
    "disclosures_are_never_replaced",
    "disclosures_only_lose_lines",
    "events_are_never_deleted",
    "events_are_never_replaced",
    "events_are_never_updated",
    "head_is_never_deleted",
    "head_is_never_replaced",
    "head_never_goes_back",
    "streams_are_never_deleted",
    "streams_are_never_replaced",
    "streams_are_never_updated",
)
_EPOCH = dt.datetime(1970, 1, 1)  # noqa: DTZ001  counted in UTC, and written with Z
_CHUNK_BYTES = 1 << 20
_SORTS = (
    ("events", "stream_no", "integer"),
    ("events", "version", "integer"),
    ("events", "recorded_us", "integer"),
    ("events", "topic", "text"),
    ("events", "event", "blob"),
    ("events", "leaf", "blob"),
    ("disclosures", "lines", "blob"),
)
_Row: TypeAlias = tuple[int, str | None, int, int, str, bytes, bytes, bytes]


@dataclass(slots=True)
class _Redactions:
    """What the Redacted events name, each with the position of the redaction: it reaches back, never forward."""

    facts: dict[tuple[str, str], list[tuple[int, str]]] = field(default_factory=dict)
    versions: dict[tuple[str, int], list[tuple[int, str]]] = field(default_factory=dict)
    snapshots: dict[str, int] = field(default_factory=dict)

    def add(self, position: int, stream: str, body: dict[str, Json]) -> None:
        for one in body.get("facts", ()):
            self.facts.setdefault((stream, one["fact"]), []).extend((position, path) for path in one["paths"])
        for one in body.get("events", ()):
            self.versions.setdefault((stream, one["version"]), []).extend(
                (position, path) for path in one["paths"]
            )
        for digest in body.get("snapshots", ()):
            self.snapshots[digest] = position

    def by(self, position: int, entry: dict[str, Json], path: str) -> int | None:
        """The position of a redaction that names a path of the event at `position`; None where there is none."""
        named = self.versions.get((entry["stream"], entry["version"]), [])
        if "fact" in entry["body"]:
            named = named + self.facts.get((entry["stream"], entry["body"]["fact"]), [])
        for at, gone in named:
            if at > position and (path == gone or path.startswith(gone + "/")):
                return at
        return None


class Check:
    """One check under way: what was counted and found so far."""

    def __init__(self, database: sqlite3.Connection, blobs: Path) -> None:
        self._database = database
        self._blobs = blobs
        self._redactions = _Redactions()
        self._captured_again: set[str] = set()
        self._counted: Counter[str] = Counter()
        self._findings: list[Finding] = []
        self._found = 0
        self._corrupt = False
        self._blob_state = lru_cache(maxsize=1_024)(self._look_at_blob)

    def corrupt(self, what: str, where: str) -> None:
        """Find something that was not recorded so."""
        self._corrupt = True
        self._note(what, where)

    def _note(self, what: str, where: str) -> None:
        self._found += 1
        if len(self._findings) < MAX_FINDINGS:
            self._findings.append(Finding(what=what, where=where))

    def report(self) -> Report:
        """What was found so far."""
        verdict: Verdict = "CORRUPT" if self._corrupt else "INCOMPLETE" if self._found else "OK"
        left_off = self._found - len(self._findings)
        return Report(
            verdict=verdict,
            events=self._counted["events"],
            disclosures=self._counted["disclosures"],
            redacted=self._counted["redacted"],
            snapshots=self._counted["snapshots"],
            redacted_snapshots=self._counted["redacted_snapshots"],
            findings=tuple(self._findings),
            left_off=left_off,
        )

    def run(self) -> None:
        """Check everything. Raises sqlite3.DatabaseError where SQLite cannot read on."""
        for (line,) in self._database.execute("PRAGMA integrity_check(20)"):
            if line != "ok":
                self.corrupt(f"SQLite: {line}", "the file")
        triggers = {
            row[0] for row in self._database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        }
        for guard in _GUARDS:
            if guard not in triggers:
                self.corrupt(f"the trigger {guard} is missing", "the file")
        query = "SELECT e.position, s.stream, CAST(e.event AS BLOB) FROM events e JOIN streams s USING (stream_no) "
        for position, stream, event in self._database.execute(
            query + "WHERE topic LIKE 'Redacted@%' ORDER BY 1"
        ):
            entry = parsed(event)
            try:
                if isinstance(entry, dict):
                    self._redactions.add(position, stream, entry["body"])
            except (KeyError, TypeError):
                self.corrupt("what the redaction names cannot be read", f"position {position}")
        self._sorts()
        self._versions()
        self._events()
        for digest in self._redactions.snapshots.keys() - self._captured_again:
            if self._blob_state(digest) != "missing":
                self.corrupt("was redacted, and its bytes are still there", digest)

    def _versions(self) -> None:
        """Each stream counts its versions from 1, in the order of positions."""
        last_stream, last_version, last_position = 0, 0, 0
        query = "SELECT stream_no, coalesce(CAST(version AS INTEGER), 0), position FROM events ORDER BY stream_no, version"
        for stream, version, position in self._database.execute(query):
            if stream != last_stream:
                last_stream, last_version, last_position = stream, 0, 0
            if version != last_version + 1:
                self.corrupt(f"version {version} comes after version {last_version}", f"position {position}")
            if position < last_position:
                self.corrupt(f"version {version} comes before version {last_version}", f"position {position}")
            last_version, last_position = version, position

    def _sorts(self) -> None:
        """SQLite keeps whatever sort of value it is given; what is of another sort is found here and cast below."""
        for table, column, sort in _SORTS:
            query = f"SELECT position FROM {table} WHERE typeof({column}) <> '{sort}' LIMIT {MAX_FINDINGS}"  # noqa: S608  constants of this file
            for (position,) in self._database.execute(query):
                self.corrupt(f"{column} in {table} is no {sort}", f"position {position}")

    def _rows(self) -> Iterator[_Row]:
        yield from self._database.execute(
            "SELECT e.position, s.stream, coalesce(CAST(e.version AS INTEGER), 0),"
            " coalesce(CAST(e.recorded_us AS INTEGER), 0), e.topic,"
            " coalesce(CAST(e.event AS BLOB), x''), CAST(e.leaf AS BLOB), coalesce(CAST(d.lines AS BLOB), x'')"
            " FROM events e LEFT JOIN streams s USING (stream_no) LEFT JOIN disclosures d USING (position)"
            " ORDER BY e.position"
        )

    def _events(self) -> None:
        last, last_us = 0, 0
        for row in self._rows():
            position, us = row[0], row[3]
            if position != last + 1:
                missing = (
                    f"position {last + 1}"
                    if position == last + 2
                    else f"positions {last + 1} to {position - 1}"
                )
                self.corrupt("missing, and the log goes on after it", missing)
            if us < last_us:
                self.corrupt("recorded_at is earlier than that of the event before", f"position {position}")
            self._event(row)
            self._counted["events"] += 1
            last, last_us = position, us
        # `one` is looked at here: integrity_check passes over the constraint of a table's key where it may only read.
        heads = self._database.execute("SELECT position, recorded_us, one FROM head").fetchall()
        if heads != [(last, last_us, 1)]:
            self.corrupt(f"the head says {heads}, the last event is {(last, last_us)}", "the head")
        for (position,) in self._database.execute(
            "SELECT position FROM disclosures WHERE position NOT IN (SELECT position FROM events)"
        ):
            self.corrupt("disclosures of an event that is not there", f"position {position}")

    def _event(self, row: _Row) -> None:
        position, stream, version, us, topic, event, leaf, lines = row
        where = f"position {position}"
        if hashlib.sha256(b"\x00" + event).digest() != leaf:
            self.corrupt("the bytes of the event do not match their leaf hash", where)
        entry = parsed(event)
        if isinstance(entry, str):
            self.corrupt(entry, where)
            return
        said = (entry["stream"], entry["version"], f"{entry['type']}@{entry['schema']}", entry["recorded_at"])
        if said != (stream, version, topic, _instant(us)):
            self.corrupt(f"the row says {(stream, version, topic, _instant(us))}, its bytes {said}", where)
        if (position == 1) != (entry["type"] == "LedgerOpened"):
            self.corrupt("a ledger begins with LedgerOpened, and only once", where)
        try:
            self._disclosures(position, entry, lines)
            if entry["type"] == "SnapshotCaptured":
                for digest in {
                    entry["body"]["snapshot"],
                    entry["body"].get("extraction", entry["body"]["snapshot"]),
                }:
                    self._snapshot(position, digest)
        except (AttributeError, KeyError, TypeError):
            self.corrupt("the bytes are not an event: a member is missing or of another sort", where)

    def _disclosures(self, position: int, entry: dict[str, Json], lines: bytes) -> None:
        where = f"position {position}"
        told: set[str] = set()
        for line in lines.split(b"\n") if lines else ():
            self._counted["disclosures"] += 1
            path = path_of(line)
            if path is None:
                self.corrupt("a disclosure is not a JSON array of salt, path and value", where)
                continue
            digest = base64.urlsafe_b64encode(hashlib.sha256(line).digest()).rstrip(b"=").decode()
            if path in told:
                self.corrupt(f"the disclosure of {path} stands twice", where)
            elif entry["committed"].get(path) != digest:
                self.corrupt(f"the disclosure of {path} does not match the digest in its event", where)
            elif (at := self._redactions.by(position, entry, path)) is not None:
                self.corrupt(f"{path} is named by the redaction at position {at}, and is still there", where)
            told.add(path)
        for path in entry["committed"].keys() - told:
            if self._redactions.by(position, entry, path) is None:
                self._note(f"the disclosure of {path} is missing, and no redaction names it", where)
            else:
                self._counted["redacted"] += 1

    def _snapshot(self, position: int, digest: str) -> None:
        redacted_at = self._redactions.snapshots.get(digest, 0)
        if position < redacted_at:
            self._counted["redacted_snapshots"] += 1
            return
        self._counted["snapshots"] += 1
        if redacted_at:
            self._captured_again.add(digest)
        state = self._blob_state(digest)
        if state == "missing":
            self._note("the snapshot is missing, and no redaction names it", f"position {position}, {digest}")
        elif state == "changed":
            self.corrupt("the bytes of the snapshot have changed", f"position {position}, {digest}")

    def _look_at_blob(self, digest: str) -> Literal["kept", "changed", "missing"]:
        name = digest.removeprefix("sha256:")
        if re.fullmatch(r"[0-9a-f]{64}", name) is None:
            return "missing"
        path = self._blobs / name[:2] / name
        if not path.is_file():
            return "missing"
        found = hashlib.sha256()
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK_BYTES):
                found.update(chunk)
        return "kept" if found.hexdigest() == name else "changed"


def _instant(us: int) -> str:
    try:
        return (_EPOCH + dt.timedelta(microseconds=us)).isoformat(timespec="microseconds") + "Z"
    except OverflowError:
        return f"{us} microseconds"
