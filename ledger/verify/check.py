"""One pass over a ledger file, as a stream: every position, version, hash, disclosure and snapshot."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from urllib.parse import quote

from ledger.verify.anchors import Outside, read_anchors
from ledger.verify.answers import check_answers
from ledger.verify.events import Events, Ground, Leaves
from ledger.verify.findings import Findings
from ledger.verify.high_water import check_high_water
from ledger.verify.part import Part, check_part, read_redactions
from ledger.verify.redactions import Redactions
from ledger.verify.report import KNOWN_TYPES, MAX_NEWER, Newer, Report
from ledger.verify.several import Helpers, processes_for, shares
from ledger.verify.tables import check_guards, check_tables
from ledger.verify.tree_beside import TreeBeside

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from ledger.verify.high_water import HighWater
    from ledger.verify.withheld import Withheld

__all__ = ["Asked", "Beside", "Check", "address_of"]


def address_of(path: Path) -> str:
    """The URI under which a database is opened for reading only."""
    return f"file:{quote(str(path.absolute()))}?mode=ro"


def _tell_nobody(_done: int, _of: int) -> None:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a check is asked for beside the ledger. `progress` is told every now and then how many events are done, of how many.

    `processes` is how many may check the events at once, each at least a tile of them; None: as many as there are processors, where
    the ledger is large enough for it. `snapshot` gives the bytes of a snapshot, by the id of its source and its digest, for a log that is
    checked as text; None where they are not to be had.
    """

    outside: Outside = field(default_factory=Outside)
    progress: Callable[[int, int], None] = _tell_nobody
    processes: int | None = None
    snapshot: Callable[[str, str], Iterable[bytes] | None] | None = None


class Beside:
    """What vouches for the events, in the folder beside them and brought along. None of `folder` where there is no folder.

    To be read before the reading of the rows begins: whoever writes records first, and signs and builds the tree later.
    """

    def __init__(self, folder: Path | None, asked: Asked) -> None:
        self.asked = asked
        self.findings = Findings()
        self.anchors = read_anchors(folder, asked.outside, self.findings)
        self.tree = None if folder is None else TreeBeside(folder / "tree")

    def close(self) -> None:
        """Let go of its files."""
        if self.tree is not None:
            self.tree.close()


class Check:
    """One check under way: what was counted and found so far.

    `address` is the URI under which other processes read the database, to help; without it this one reads all by itself.
    """

    def __init__(
        self,
        database: sqlite3.Connection,
        folder: Path | None,
        marked: HighWater,
        withheld: Withheld,
        beside: Beside,
        *,
        address: str | None = None,
    ) -> None:
        self._database = database
        self._address = address
        self._processes = beside.asked.processes
        self._progress = beside.asked.progress
        self._marked = marked
        self._findings = beside.findings
        self._redactions = Redactions()
        self._redactions_at: tuple[int, ...] = ()
        self._newer: tuple[Newer, ...] = ()
        self._anchors = beside.anchors
        self._tree = beside.tree
        ground = Ground(
            redactions=self._redactions,
            withheld=withheld,
            blobs=None if folder is None else folder / "blobs",
        )
        leaves: list[Leaves] = [self._anchors]
        if self._tree is not None:
            leaves.append(self._tree)
        self._events = Events(ground, self._findings, leaves)

    def marks(self, more: Iterable[HighWater]) -> None:
        """Check further marks, of the other processes that write. Raises as `run`."""
        for marked in more:
            check_high_water(self._database, marked, self._findings)

    def corrupt(self, what: str, where: str) -> None:
        """Find something that was not recorded so."""
        self._findings.corrupt(what, where)

    def report(self) -> Report:
        """What was found so far."""
        anchors, counted = self._anchors, self._events.counted
        return Report(
            level=anchors.level,
            verdict=self._findings.verdict,
            checkpoints=anchors.signed,
            kept_checkpoints=anchors.kept,
            vouched_events=anchors.size,
            root=anchors.root().hex(),
            events=counted["events"],
            disclosures=counted["disclosures"],
            redacted=counted["redacted"],
            snapshots=counted["snapshots"],
            redacted_snapshots=counted["redacted_snapshots"],
            withheld=counted["withheld"],
            withheld_snapshots=counted["withheld_snapshots"],
            findings=self._findings.kept,
            left_off=self._findings.left_off,
            newer=self._newer,
        )

    def guards(self) -> None:
        """Check what only a file has. Raises as `run`."""
        check_guards(self._database, self._findings)

    def run(self) -> None:
        """Check everything but what only a file has. Raises sqlite3.DatabaseError where SQLite cannot read on.

        Raises StoreError where a process that helps dies.
        """
        of = self._database.execute("SELECT count(*) FROM events").fetchone()[0]
        self._progress(0, of)
        self._read_redactions()
        own, *others = self._parts(of)
        with closing(Helpers(others)) as helpers:
            check_tables(self._database, self._findings)
            if not (others and self._read_with(helpers, own, of)):
                self._events.read(self._database, lambda done: self._progress(done, of))
        self._progress(of, of)
        self._disclosures_of_nothing(of)
        for digest in self._redactions.snapshots.keys() - self._events.captured_again:
            if self._events.blob_state(digest) != "missing":
                self.corrupt("was redacted, and its bytes are still there", digest)
        check_answers(self._database, self._redactions, self._findings)
        check_high_water(self._database, self._marked, self._findings)
        self._anchors.check(self._events.origin, self._findings)
        if self._tree is not None:
            self._tree.check(self._findings)

    def _read_redactions(self) -> None:
        """Read what the redactions name, and of which types a newer program wrote events: all are few among many."""
        query = (
            "SELECT coalesce(CAST(e.position AS INTEGER), 0), s.stream,"
            " CASE WHEN topic LIKE 'Redacted@%' THEN CAST(e.event AS BLOB) END, CAST(e.topic AS TEXT)"
            " FROM events e JOIN streams s USING (stream_no)"
            " WHERE topic LIKE 'Redacted@%' OR topic NOT IN (SELECT value FROM json_each(?)) ORDER BY 1"
        )
        rows: list[tuple[int, str, bytes]] = []
        newer: dict[str, Newer] = {}
        for position, stream, event, topic in self._database.execute(query, (json.dumps(KNOWN_TYPES),)):
            if event is not None:
                rows.append((position, stream, event))
            if topic not in KNOWN_TYPES and (topic in newer or len(newer) < MAX_NEWER):
                before = newer.get(topic, Newer(type=topic, events=0, position=position))
                newer[topic] = replace(before, events=before.events + 1)
        self._newer = tuple(newer.values())
        self._redactions_at = tuple(position for position, _, _ in rows)
        read_redactions(rows, self._redactions, self._findings)

    def _parts(self, of: int) -> list[Part]:
        """What each process reads, this one first; one part where this one reads all."""
        processes = 1 if self._address is None else processes_for(self._processes, of)
        ground, tree = self._events.ground, self._tree
        return [
            Part(
                database=self._address or "",
                first=first,
                last=last,
                redactions=self._redactions_at,
                withheld=ground.withheld,
                blobs=ground.blobs,
                tree=None if tree is None else (tree.folder, tree.size),
                heads=self._anchors.heads,
            )
            for first, last in shares(of, processes)
        ]

    def _read_with(self, helpers: Helpers, own: Part, of: int) -> bool:
        """Read the events together with other processes. False where anything was found: it is looked for again, by this one alone."""

        def tell(done: int = own.last - own.first + 1) -> None:
            self._progress(done + helpers.done, of)

        its_own = check_part(own, self._database, tell)
        others = None if its_own is None else helpers.told(tell)
        if its_own is None or others is None:
            return False
        for told in (its_own, *others):
            self._events.take(told.counted, told.captured_again, told.origin)
            self._anchors.take_row(told.row)
        if self._tree is not None:
            self._tree.passed(of)
        return True

    def _disclosures_of_nothing(self, events: int) -> None:
        query = "SELECT position FROM disclosures WHERE position NOT IN (SELECT position FROM events)"
        if self._events.were_as_stored and not self._findings.found:
            # The events stand at 1, 2, 3 …, and each had its own: any more of them stand elsewhere.
            query = f"SELECT position FROM disclosures WHERE position < 1 OR position > {events}"  # noqa: S608  a number
        for (position,) in self._database.execute(query):
            self.corrupt("disclosures of an event that is not there", f"position {position}")
