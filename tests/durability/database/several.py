"""Processes that write one ledger in a database, and what has to be true of it afterwards."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections import Counter
from contextlib import closing
from typing import TYPE_CHECKING

from ledger.stores.postgres_store import PostgresStore
from ledger.verify import verify_ledger
from tests.database_desk import DatabaseDesk
from tests.desk import AGENCY
from tests.durability.database.writing import INCIDENTS
from tests.project_files import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ledger.address import DatabaseAddress

__all__ = ["Tail", "begin", "faults_of", "process", "told"]

_LOOK_S = 0.01
"""How long a reader waits before it looks again: without a pause it would take the machine from those who write."""


def begin(address: DatabaseAddress) -> None:
    """A ledger with the incidents and the source that the clients name."""
    desk = DatabaseDesk(address)
    desk.act(AGENCY)
    for number in range(INCIDENTS):
        title = f"Traffic stop {number}"
        desk.act({"op": "open-incident", "id": f"stop-{number}", "title": title, "zone": "America/Chicago"})
    desk.close()


def process(
    address: DatabaseAddress, name: str, clients: int, appends: int, *, module: str = "writing"
) -> subprocess.Popen[bytes]:
    """A process that writes the ledger, as a module beside this one does it."""
    arguments = (address.url, address.schema, address.folder, name, clients, appends)
    command = [sys.executable, "-m", f"tests.durability.database.{module}", *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def told(lines: bytes) -> dict[str, tuple[int, int]]:
    """Position and version of each act that was acknowledged, by its id."""
    whole = lines[: lines.rfind(b"\n") + 1].decode()
    return {ident: (int(at), int(version)) for ident, at, version in map(str.split, whole.splitlines())}


def faults_of(address: DatabaseAddress, acknowledged: dict[str, tuple[int, int]]) -> list[str]:
    """What is not as it has to be: an act lost, doubled or elsewhere than it was said, a gap, a time out of order."""
    found: list[str] = []
    with closing(PostgresStore(address, read_only=True)) as store:
        rows = list(store.rows())
    if [row.position for row in rows] != list(range(1, len(rows) + 1)):
        found.append("positions have a gap")
    versions: Counter[str] = Counter()
    last_us = 0
    for row in rows:
        versions[row.stream] += 1
        if row.version != versions[row.stream]:
            found.append(f"{row.stream} goes on with version {row.version} after {versions[row.stream] - 1}")
        if row.recorded_us < last_us:
            found.append(f"position {row.position} was recorded before the one before it")
        last_us = row.recorded_us
    said: Counter[str] = Counter()
    for row in rows:
        if row.topic.startswith("FactReported@"):
            ident = row.event.partition(b'"fact":"')[2].partition(b'"')[0].decode()
            said[ident] += 1
            if ident in acknowledged and acknowledged[ident] != (row.position, row.version):
                found.append(f"{ident} was acknowledged at {acknowledged[ident]}, and is at {row.position}")
    found += [f"{ident} is there {times} times" for ident, times in said.items() if times > 1]
    found += [f"{ident} was acknowledged and is lost" for ident in acknowledged if ident not in said]
    report = verify_ledger(address)
    if report.verdict != "OK":
        found += [f"{one.where}: {one.what}" for one in report.findings]
    return found


class Tail:
    """A reader that follows the log by position while others write it, from a store of its own."""

    def __init__(self, address: DatabaseAddress) -> None:
        self._address = address
        self._stopped = threading.Event()
        self.positions: list[int] = []
        self._thread = threading.Thread(target=self._follow, daemon=True)
        self._thread.start()

    def _follow(self) -> None:
        with closing(PostgresStore(self._address, read_only=True)) as store:
            last = False
            while not last:
                # Once more after it was told to stop: by then everything is recorded.
                last = self._stopped.wait(_LOOK_S)
                seen = self.positions[-1] if self.positions else 0
                self.positions += [row.position for row in store.rows(seen + 1)]

    def stop(self) -> Iterable[int]:
        """Every position that it saw, in the order in which it did."""
        self._stopped.set()
        self._thread.join()
        return self.positions
