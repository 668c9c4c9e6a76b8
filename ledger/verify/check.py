"""One pass over a ledger file, as a stream: every position, version, hash, disclosure and snapshot."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from binascii import b2a_base64
from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, TypeAlias

from ledger.verify.anchors import Outside, read_anchors
from ledger.verify.answers import check_answers
from ledger.verify.findings import Findings
from ledger.verify.high_water import check_high_water
from ledger.verify.redactions import Redactions
from ledger.verify.report import Report
from ledger.verify.stored_bytes import parsed, path_of
from ledger.verify.tables import check_file, check_tables
from ledger.verify.tree_beside import TreeBeside

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from ledger.values import Json
    from ledger.verify.high_water import HighWater
    from ledger.verify.withheld import Withheld

__all__ = ["Asked", "Beside", "Check"]

_EPOCH = dt.datetime(1970, 1, 1)  # noqa: DTZ001  counted in UTC, and written with Z
_CHUNK_BYTES = 1 << 20
_TOLD_EVERY = 2_000
_DIGEST_CHARACTERS = 43
_DIGEST_WITH_GAP = _DIGEST_CHARACTERS + 1
_BEGINNING = re.compile(rb'\["[A-Za-z0-9_-]{22}","([!#-\[\]-~]+)",')
"""Of a disclosure: its salt and its path, which has no character that is written otherwise in JSON."""

_URL_SAFE = bytes.maketrans(b"+/", b"-_")
_Row: TypeAlias = tuple[int, str | None, int, int, str, bytes, bytes, bytes]


def _tell_nobody(_done: int, _of: int) -> None:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a check is asked for beside the ledger. `progress` is told every now and then how many events are done, of how many."""

    outside: Outside = field(default_factory=Outside)
    progress: Callable[[int, int], None] = _tell_nobody


class Beside:
    """What vouches for the events, in the folder beside them and brought along. None of `folder` where there is no folder.

    To be read before the reading of the rows begins: whoever writes records first, and signs and builds the tree later.
    """

    def __init__(self, folder: Path | None, asked: Asked) -> None:
        self.asked = asked
        self.findings = Findings()
        self.anchors = read_anchors(folder, asked.outside, self.findings)
        self.tree = None if folder is None else TreeBeside(folder / "tree")


class Check:
    """One check under way: what was counted and found so far."""

    def __init__(
        self,
        database: sqlite3.Connection,
        folder: Path | None,
        marked: HighWater,
        withheld: Withheld,
        beside: Beside,
    ) -> None:
        self._database = database
        self._blobs = None if folder is None else folder / "blobs"
        self._progress = beside.asked.progress
        self._marked = marked
        self._withheld = withheld
        self._redactions = Redactions()
        self._captured_again: set[str] = set()
        self._counted: Counter[str] = Counter()
        self._findings = beside.findings
        self._last_of_request: tuple[Json, int] = (None, 0)
        self._origin: str | None = None
        self._anchors = beside.anchors
        self._tree = beside.tree
        self._blob_state = lru_cache(maxsize=1_024)(self._look_at_blob)

    def marks(self, more: Iterable[HighWater]) -> None:
        """Check further marks, of the other processes that write. Raises as `run`."""
        for marked in more:
            check_high_water(self._database, marked, self._findings)

    def corrupt(self, what: str, where: str) -> None:
        """Find something that was not recorded so."""
        self._findings.corrupt(what, where)

    def report(self) -> Report:
        """What was found so far."""
        anchors = self._anchors
        return Report(
            level=anchors.level,
            verdict=self._findings.verdict,
            checkpoints=anchors.signed,
            kept_checkpoints=anchors.kept,
            vouched_events=anchors.size,
            root=anchors.root().hex(),
            events=self._counted["events"],
            disclosures=self._counted["disclosures"],
            redacted=self._counted["redacted"],
            snapshots=self._counted["snapshots"],
            redacted_snapshots=self._counted["redacted_snapshots"],
            withheld=self._counted["withheld"],
            withheld_snapshots=self._counted["withheld_snapshots"],
            findings=self._findings.kept,
            left_off=self._findings.left_off,
        )

    def file(self) -> None:
        """Check what only a file has. Raises as `run`."""
        check_file(self._database, self._findings)

    def run(self) -> None:
        """Check everything but what only a file has. Raises sqlite3.DatabaseError where SQLite cannot read on."""
        check_tables(self._database, self._findings)
        self._read_redactions()
        self._events()
        for digest in self._redactions.snapshots.keys() - self._captured_again:
            if self._blob_state(digest) != "missing":
                self.corrupt("was redacted, and its bytes are still there", digest)
        check_answers(self._database, self._redactions, self._findings)
        check_high_water(self._database, self._marked, self._findings)
        self._anchors.check(self._origin, self._findings)
        if self._tree is not None:
            self._tree.check(self._findings)

    def _read_redactions(self) -> None:
        query = (
            "SELECT coalesce(CAST(e.position AS INTEGER), 0), s.stream, CAST(e.event AS BLOB)"
            " FROM events e JOIN streams s USING (stream_no) "
        )
        for position, stream, event in self._database.execute(
            query + "WHERE topic LIKE 'Redacted@%' ORDER BY 1"
        ):
            entry = parsed(event)
            try:
                if isinstance(entry, dict):
                    self._redactions.add(position, stream, entry["body"])
            except (KeyError, TypeError):
                self.corrupt("what the redaction names cannot be read", f"position {position}")

    def _rows(self) -> Iterator[_Row]:
        yield from self._database.execute(
            "SELECT coalesce(CAST(e.position AS INTEGER), 0), s.stream, coalesce(CAST(e.version AS INTEGER), 0),"
            " coalesce(CAST(e.recorded_us AS INTEGER), 0), e.topic,"
            " coalesce(CAST(e.event AS BLOB), x''), CAST(e.leaf AS BLOB), coalesce(CAST(d.lines AS BLOB), x'')"
            " FROM events e LEFT JOIN streams s USING (stream_no) LEFT JOIN disclosures d USING (position)"
            " ORDER BY e.position"
        )

    def _events(self) -> None:
        last, last_us = 0, 0
        of = self._database.execute("SELECT count(*) FROM events").fetchone()[0]
        for row in self._rows():
            position, us = row[0], row[3]
            if self._counted["events"] % _TOLD_EVERY == 0:
                self._progress(self._counted["events"], of)
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
        self._progress(of, of)
        for (position,) in self._database.execute(
            "SELECT position FROM disclosures WHERE position NOT IN (SELECT position FROM events)"
        ):
            self.corrupt("disclosures of an event that is not there", f"position {position}")

    def _event(self, row: _Row) -> None:
        position, stream, version, us, topic, event, leaf, lines = row
        where = f"position {position}"
        hashed = hashlib.sha256(b"\x00" + event).digest()
        self._anchors.take_leaf(hashed)
        if self._tree is not None:
            self._tree.take_leaf(hashed)
        if hashed != leaf:
            self.corrupt("the bytes of the event do not match their leaf hash", where)
        entry = parsed(event)
        if isinstance(entry, str):
            self.corrupt(entry, where)
            return
        said = (entry["stream"], entry["version"], f"{entry['type']}@{entry['schema']}", entry["recorded_at"])
        if said != (stream, version, topic, _instant(us)):
            self.corrupt(f"the row says {(stream, version, topic, _instant(us))}, its bytes {said}", where)
        if entry.get("request") == self._last_of_request[0] and us != self._last_of_request[1]:
            self.corrupt("the events of one request were recorded at different times", where)
        self._last_of_request = entry.get("request"), us
        if (position == 1) != (entry["type"] == "LedgerOpened"):
            self.corrupt("a ledger begins with LedgerOpened, and only once", where)
        try:
            if position == 1:
                self._origin = str(entry["body"]["ledger"])
            self._disclosures(position, entry, lines)
            if entry["type"] == "SnapshotCaptured":
                for digest in {
                    entry["body"]["snapshot"],
                    entry["body"].get("extraction", entry["body"]["snapshot"]),
                }:
                    self._snapshot(position, digest, of=entry["body"]["snapshot"])
        except (AttributeError, KeyError, TypeError):
            self.corrupt("the bytes are not an event: a member is missing or of another sort", where)

    def _disclosures(self, position: int, entry: dict[str, Json], lines: bytes) -> None:
        # One that cannot be named by a redaction is found here, whether there is any or not.
        hash(entry["body"].get("fact"))
        committed = entry["committed"]
        every = lines.split(b"\n") if lines else []
        self._counted["disclosures"] += len(every)
        digests = _digests(every)
        if len(every) == len(committed) and entry["stream"] not in self._redactions.streams:
            paths = [found[1].decode() for found in map(_BEGINNING.match, every) if found]
            if len(paths) == len(every) and dict(zip(paths, digests, strict=True)) == committed:
                # What hashes to what the event committed, each path once, is what was recorded.
                return
        where, told = f"position {position}", set[str]()
        for line, digest in zip(every, digests, strict=True):
            self._disclosure(position, entry, line, digest, told)
        for path in committed.keys() - told:
            if self._redactions.by(position, entry, path) is not None:
                self._counted["redacted"] += 1
            elif self._withheld.disclosures:
                self._counted["withheld"] += 1
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
            self.corrupt("a disclosure is not a JSON array of salt, path and value", where)
            return
        if path in told:
            self.corrupt(f"the disclosure of {path} stands twice", where)
        elif entry["committed"].get(path) != digest:
            self.corrupt(f"the disclosure of {path} does not match the digest in its event", where)
        elif (at := self._redactions.by(position, entry, path)) is not None:
            self.corrupt(f"{path} is named by the redaction at position {at}, and is still there", where)
        told.add(path)

    def _snapshot(self, position: int, digest: str, *, of: str) -> None:
        """Look at the bytes of a snapshot, or at the text that was extracted `of` one and left with it when it was redacted."""
        redacted_at = max(self._redactions.snapshots.get(one, 0) for one in (digest, of))
        if position < redacted_at:
            self._counted["redacted_snapshots"] += 1
            return
        state = self._blob_state(digest)
        if state == "missing" and self._withheld.snapshots:
            self._counted["withheld_snapshots"] += 1
            return
        self._counted["snapshots"] += 1
        if redacted_at:
            self._captured_again.add(digest)
        if state == "missing":
            self._findings.missing(
                "the snapshot is missing, and no redaction names it", f"position {position}, {digest}"
            )
        elif state == "changed":
            self.corrupt("the bytes of the snapshot have changed", f"position {position}, {digest}")

    def _look_at_blob(self, digest: str) -> Literal["kept", "changed", "missing"]:
        name = digest.removeprefix("sha256:")
        if re.fullmatch(r"[0-9a-f]{64}", name) is None:
            return "missing"
        path = None if self._blobs is None else self._blobs / name[:2] / name
        if path is None or not path.is_file():
            return "missing"
        found = hashlib.sha256()
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK_BYTES):
                found.update(chunk)
        return "kept" if found.hexdigest() == name else "changed"


def _digests(lines: list[bytes]) -> list[str]:
    """The digest of each line as events hold it, in base64url without padding: all are written at once.

    A byte of zeros between two digests makes 33 bytes of each, and 44 characters, of which the first 43 are the digest's own.
    """
    sha256 = hashlib.sha256
    written = b2a_base64(b"\x00".join([sha256(line).digest() for line in lines]), newline=False)
    text = written.translate(_URL_SAFE).decode()
    return [text[at : at + _DIGEST_CHARACTERS] for at in range(0, len(text), _DIGEST_WITH_GAP)]


@lru_cache(maxsize=256)
def _instant(us: int) -> str:
    try:
        return (_EPOCH + dt.timedelta(microseconds=us)).isoformat(timespec="microseconds") + "Z"
    except OverflowError:
        return f"{us} microseconds"
