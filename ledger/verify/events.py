"""The events of a ledger in the order of their positions: every hash, version, time, disclosure and snapshot of them.

They are looked at a page at a time. What is as nearly all events are is told by a few questions to a whole page; whatever is not is looked
at closer, one event at a time, and only that finds anything. The quick way never says more than that nothing is to be found.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import sqlite3
import struct
from binascii import b2a_base64
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from operator import itemgetter
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

from ledger.verify.layouts import Layouts
from ledger.verify.stored_bytes import is_utf8, parsed, path_of
from ledger.verify.tables import check_sorts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from ledger.values import Json
    from ledger.verify.findings import Findings
    from ledger.verify.redactions import Redactions
    from ledger.verify.withheld import Withheld

__all__ = ["Events", "Ground", "Leaves"]

_EPOCH = dt.datetime(1970, 1, 1)  # noqa: DTZ001  counted in UTC, and written with Z
_CHUNK_BYTES = 1 << 20
_PAGE = 128
"""Rows looked at at once: few enough that they stay in the cache of a processor."""

_DISCLOSURE = re.compile(rb'(\["[A-Za-z0-9_-]{22}","([!#-\[\]-~]+)",[^\n]*)(?:\n|\Z)')
"""A line, and its path, which has no character that is written otherwise in JSON."""

_URL_SAFE = bytes.maketrans(b"+/", b"-_")
_Row: TypeAlias = tuple[int, str | None, int, int, str, bytes, bytes, bytes]
_SORTS = (int, str, int, int, str, bytes, bytes, bytes)
_Order: TypeAlias = "Callable[[tuple[bytes, ...]], tuple[bytes, ...]]"
_ROWS = (
    " FROM events e LEFT JOIN streams s USING (stream_no) LEFT JOIN disclosures d USING (position)"
    " {} ORDER BY e.position"
)
_PART = "WHERE e.position BETWEEN {:d} AND {:d}"
_AS_STORED = (
    "SELECT e.position, s.stream, e.version, e.recorded_us, e.topic, e.event, e.leaf, d.lines" + _ROWS
)
_CAST = (
    "SELECT coalesce(CAST(e.position AS INTEGER), 0), s.stream, coalesce(CAST(e.version AS INTEGER), 0),"
    " coalesce(CAST(e.recorded_us AS INTEGER), 0), e.topic,"
    " coalesce(CAST(e.event AS BLOB), x''), CAST(e.leaf AS BLOB), coalesce(CAST(d.lines AS BLOB), x'')"
    + _ROWS
)
_TOLD_EVERY = 2_000
_LESSONS = 4
"""Most events of a page from which layouts are learned: it takes as long as looking closer does."""
_MOST_ORDERS = 10_000
_ALWAYS_CLOSER = ("LedgerOpened", "SnapshotCaptured")
"""Types of which more is asked than of all others."""


class Leaves(Protocol):
    """Whoever takes the hashes of the leaves, in order."""

    def take_leaves(self, leaves: Sequence[bytes]) -> None:
        """Take the next ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What the events are held against: what was redacted or withheld, and the folder of snapshots, if there is one."""

    redactions: Redactions
    withheld: Withheld
    blobs: Path | None


class Events:
    """A check of events under way: what was counted, which snapshots were captured again, and the `origin` that the first event says."""

    def __init__(self, ground: Ground, findings: Findings, leaves: Sequence[Leaves]) -> None:
        self.counted: Counter[str] = Counter()
        self.captured_again: set[str] = set()
        self.origin: str | None = None
        self.ground = ground
        self._redactions = ground.redactions
        self._findings = findings
        self._leaves = leaves
        self._layouts = Layouts()
        self._lessons = 0
        self._orders: dict[tuple[bytes, ...], _Order] = {}
        self.were_as_stored = True
        self._last = 0
        self._last_us = 0
        self._last_of_request: tuple[bytes | None, int] = (None, 0)
        self.blob_state = lru_cache(maxsize=1_024)(self._look_at_blob)

    def read(
        self,
        database: sqlite3.Connection,
        tell: Callable[[int], None],
        *,
        first: int = 1,
        last: int | None = None,
    ) -> None:
        """Check all events, or those from one position to another; `tell` is told now and then how many of them.

        Raises sqlite3.DatabaseError where SQLite cannot read on.
        """
        told = 0
        if first > 1:
            self._begin_after(database, first - 1)
        for page, as_stored in self._pages(database, "" if last is None else _PART.format(first, last)):
            leaves = [hashlib.sha256(b"\x00" + row[5]).digest() for row in page]
            for one in self._leaves:
                one.take_leaves(leaves)
            if not (as_stored and self._is_in_order(page, leaves) and self._at_once(page)):
                for row, leaf in zip(page, leaves, strict=True):
                    self._in_its_place(row, leaf)
                    self._event(row)
                    self._last, self._last_us = row[0], row[3]
            self._last, self._last_us = page[-1][0], page[-1][3]
            self.counted["events"] += len(page)
            if self.counted["events"] >= told + _TOLD_EVERY:
                told = self.counted["events"]
                tell(told)

    def take(self, counted: Counter[str], captured_again: frozenset[str], origin: str | None) -> None:
        """Take in what another check found of a part in which all is right."""
        self.counted.update(counted)
        self.captured_again |= captured_again
        self.origin = self.origin or origin

    def _begin_after(self, database: sqlite3.Connection, position: int) -> None:
        """Take in what the event before says of the next: where the log is, and which request may go on."""
        query = "SELECT recorded_us, event FROM events WHERE position = ?"
        for us, event in database.execute(query, (position,)):
            self._last, self._last_us = position, us
            entry = parsed(event)
            request = entry.get("request") if isinstance(entry, dict) else None
            self._last_of_request = request.encode() if isinstance(request, str) else None, us

    def _pages(self, database: sqlite3.Connection, part: str) -> Iterator[tuple[list[_Row], bool]]:
        """The rows as they are stored, as long as each value is of its sort; from the first page on where one is not, cast to it."""
        done, factory = 0, database.text_factory
        database.text_factory = str
        try:
            cursor = database.execute(_AS_STORED.format(part))
            while page := cursor.fetchmany(_PAGE):
                if [{sort} for sort in _SORTS] != [
                    set(map(type, column)) for column in zip(*page, strict=True)
                ]:
                    break
                yield page, True
                done += len(page)
            else:
                return
        except sqlite3.DatabaseError:
            # A text that is not UTF-8; or bytes that SQLite cannot read, which it says once more below.
            pass
        finally:
            database.text_factory = factory
        self.were_as_stored = False
        check_sorts(database, ("events", "disclosures"), self._findings)
        cursor = database.execute(f"{_CAST.format(part)} LIMIT -1 OFFSET {done}")
        while page := cursor.fetchmany(_PAGE):
            yield page, False

    def _is_in_order(self, page: Sequence[_Row], leaves: Sequence[bytes]) -> bool:
        """Whether the positions follow one another, time does not go back, and the leaf hashes are those of the bytes."""
        times = [self._last_us, *[row[3] for row in page]]
        return (
            [row[0] for row in page] == list(range(self._last + 1, self._last + 1 + len(page)))
            and times == sorted(times)
            and leaves == [row[6] for row in page]
        )

    def _at_once(self, page: Sequence[_Row]) -> bool:
        """Look at a page that is in order, and closer at those events that are not as most are. False where all have to be."""
        disclosed = [_DISCLOSURE.findall(row[7]) for row in page]
        lines, paths = zip(*chain.from_iterable(disclosed), strict=True) if any(disclosed) else ((), ())
        # Nothing stands between the lines but newlines: there is one less of them than lines in each row.
        if sum(map(len, lines)) + len(lines) != sum([len(row[7]) + 1 for row in page if row[7]]):
            return False
        digests = _digests(lines)
        self._lessons = _LESSONS
        at = 0
        for row, its_own in zip(page, disclosed, strict=True):
            first, at = at, at + len(its_own)
            if not self._is_as_most(row, paths[first:at], digests[first:at]):
                self._event(row)
        return True

    def _is_as_most(self, row: _Row, paths: tuple[bytes, ...], digests: tuple[bytes, ...]) -> bool:
        """Whether an event fits a layout, agrees with its row, and all that it committed is there, each path once."""
        position, stream, version, us, topic, event, _, _ = row
        found = self._layouts.fit(topic, len(paths), event)
        if found is None or position == 1 or not (event.isascii() or is_utf8(event)):
            return False
        ends = 2 * len(paths)
        recorded_at, request, of, said = found[ends:]
        committed = found[:ends:2]
        order = self._orders.get(committed) or self._order(committed, paths)
        if (
            of.decode() != stream
            or int(said) != version
            or recorded_at.decode() != _instant(us)
            or (request == self._last_of_request[0] and us != self._last_of_request[1])
            or stream in self._redactions.streams
            or order is None
            or order(paths) != committed
            or order(digests) != found[1:ends:2]
        ):
            return False
        # What hashes to what the event committed, each path once, is what was recorded.
        self._last_of_request = request, us
        self.counted["disclosures"] += len(paths)
        return True

    def _order(self, committed: tuple[bytes, ...], paths: tuple[bytes, ...]) -> _Order | None:
        """What puts the paths of disclosures in the order in which they are committed; None where those are not sorted, or others."""
        if list(committed) != sorted(set(committed)) or list(committed) != sorted(paths):
            return None
        if len(self._orders) >= _MOST_ORDERS:
            self._orders.clear()
        # Of a single number itemgetter would make no tuple.
        order: _Order = itemgetter(*map(paths.index, committed)) if len(paths) > 1 else tuple
        self._orders[committed] = order
        return order

    def _in_its_place(self, row: _Row, leaf: bytes) -> None:
        position, us = row[0], row[3]
        if position != self._last + 1:
            missing = (
                f"position {self._last + 1}"
                if position == self._last + 2
                else f"positions {self._last + 1} to {position - 1}"
            )
            self._findings.corrupt("missing, and the log goes on after it", missing)
        if us < self._last_us:
            self._findings.corrupt(
                "recorded_at is earlier than that of the event before", f"position {position}"
            )
        if leaf != row[6]:
            self._findings.corrupt(
                "the bytes of the event do not match their leaf hash", f"position {position}"
            )

    def _event(self, row: _Row) -> None:
        """Look closer at an event: what is wrong with it, if anything."""
        position, stream, version, us, topic, event, _, lines = row
        where, found = f"position {position}", self._findings.found
        entry = parsed(event)
        if isinstance(entry, str):
            self._findings.corrupt(entry, where)
            return
        said = (entry["stream"], entry["version"], f"{entry['type']}@{entry['schema']}", entry["recorded_at"])
        if said != (stream, version, topic, _instant(us)):
            self._findings.corrupt(
                f"the row says {(stream, version, topic, _instant(us))}, its bytes {said}", where
            )
        request = entry.get("request")
        request = request.encode() if isinstance(request, str) else request
        if request == self._last_of_request[0] and us != self._last_of_request[1]:
            self._findings.corrupt("the events of one request were recorded at different times", where)
        self._last_of_request = request, us
        if (position == 1) != (entry["type"] == "LedgerOpened"):
            self._findings.corrupt("a ledger begins with LedgerOpened, and only once", where)
        try:
            if position == 1:
                self.origin = str(entry["body"]["ledger"])
            self._disclosures(position, entry, lines)
            if entry["type"] == "SnapshotCaptured":
                for digest in {
                    entry["body"]["snapshot"],
                    entry["body"].get("extraction", entry["body"]["snapshot"]),
                }:
                    self._snapshot(position, digest, of=entry["body"]["snapshot"])
        except (AttributeError, KeyError, TypeError):
            self._findings.corrupt(
                "the bytes are not an event: a member is missing or of another sort", where
            )
        if self._lessons and found == self._findings.found and entry["type"] not in _ALWAYS_CLOSER:
            self._lessons -= 1
            self._layouts.learn(topic, event, entry)

    def _disclosures(self, position: int, entry: dict[str, Json], lines: bytes) -> None:
        # One that cannot be named by a redaction is found here, whether there is any or not.
        hash(entry["body"].get("fact"))
        committed = entry["committed"]
        every = lines.split(b"\n") if lines else []
        self.counted["disclosures"] += len(every)
        where, told = f"position {position}", set[str]()
        for line, digest in zip(every, _digests(every), strict=True):
            self._disclosure(position, entry, line, digest.decode(), told)
        for path in committed.keys() - told:
            if self._redactions.by(position, entry, path) is not None:
                self.counted["redacted"] += 1
            elif self.ground.withheld.disclosures:
                self.counted["withheld"] += 1
            else:
                self._findings.missing(
                    f"the disclosure of {path} is missing, and no redaction names it", where
                )

    def _disclosure(
        self, position: int, entry: dict[str, Json], line: bytes, digest: str, told: set[str]
    ) -> None:
        """Look closer at a line: what is wrong with it, if anything."""
        where, path = f"position {position}", path_of(line)
        if path is None:
            self._findings.corrupt("a disclosure is not a JSON array of salt, path and value", where)
            return
        if path in told:
            self._findings.corrupt(f"the disclosure of {path} stands twice", where)
        elif entry["committed"].get(path) != digest:
            self._findings.corrupt(f"the disclosure of {path} does not match the digest in its event", where)
        elif (at := self._redactions.by(position, entry, path)) is not None:
            self._findings.corrupt(
                f"{path} is named by the redaction at position {at}, and is still there", where
            )
        told.add(path)

    def _snapshot(self, position: int, digest: str, *, of: str) -> None:
        """Look at the bytes of a snapshot, or at the text that was extracted `of` one and left with it when it was redacted."""
        redacted_at = max(self._redactions.snapshots.get(one, 0) for one in (digest, of))
        if position < redacted_at:
            self.counted["redacted_snapshots"] += 1
            return
        state = self.blob_state(digest)
        if state == "missing" and self.ground.withheld.snapshots:
            self.counted["withheld_snapshots"] += 1
            return
        if redacted_at:
            self.captured_again.add(digest)
        if state == "missing":
            self._findings.missing(
                "the snapshot is missing, and no redaction names it", f"position {position}, {digest}"
            )
            return
        self.counted["snapshots"] += 1
        if state == "changed":
            self._findings.corrupt("the bytes of the snapshot have changed", f"position {position}, {digest}")

    def _look_at_blob(self, digest: str) -> Literal["kept", "changed", "missing"]:
        name = digest.removeprefix("sha256:")
        if re.fullmatch(r"[0-9a-f]{64}", name) is None:
            return "missing"
        path = None if self.ground.blobs is None else self.ground.blobs / name[:2] / name
        if path is None or not path.is_file():
            return "missing"
        found = hashlib.sha256()
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK_BYTES):
                found.update(chunk)
        return "kept" if found.hexdigest() == name else "changed"


def _digests(lines: Sequence[bytes]) -> tuple[bytes, ...]:
    """The digest of each line as events hold it, in base64url without padding: all are written at once.

    A byte of zeros between two digests makes 33 bytes of each, and 44 characters, of which the first 43 are the digest's own.
    """
    sha256 = hashlib.sha256
    written = b2a_base64(b"\x00".join([*[sha256(line).digest() for line in lines], b""]), newline=False)
    return struct.unpack("43sx" * len(lines), written.translate(_URL_SAFE))


@lru_cache(maxsize=256)
def _instant(us: int) -> str:
    second, rest = divmod(us, 1_000_000)
    try:
        return f"{_second(second)}.{rest:06}Z"
    except OverflowError:
        return f"{us} microseconds"


@lru_cache(maxsize=256)
def _second(second: int) -> str:
    return (_EPOCH + dt.timedelta(seconds=second)).isoformat()
