"""A process that writes one ledger in a database beside others: clients in threads, each act upon the version that its client has read.

Run with the address, the folder of the ledger, a name, how many clients and how many appends each makes. Each acknowledged act is a line on
standard output: its id, its position and its version in its stream.
"""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from api.opening import open_for_writing
from ledger.address import DatabaseAddress
from ledger.append import Ask, Caller, Request
from ledger.command_queue import CommandQueue
from ledger.errors import StaleError, UnavailableError
from ledger.read_command import read_command

if TYPE_CHECKING:
    from api.opening import Opened
    from ledger.asking import Receipt
    from ledger.values import Json

__all__ = ["INCIDENTS", "Clients", "report"]

INCIDENTS = 8
"""Over how many incidents the clients spread."""

_told = threading.Lock()


def report(incident: str, ident: str) -> dict[str, Json]:
    """A fact as it is reported."""
    return {
        "op": "report-fact",
        "incident": incident,
        "id": ident,
        "kind": "drag",
        "statement": f"The officer was dragged, says {ident}.",
        "citations": [{"id": "a1", "source": "release"}],
    }


class Clients:
    """Clients of one process. `stale` counts how often one had read a version that was no longer the newest."""

    def __init__(self, opened: Opened, queue: CommandQueue, name: str) -> None:
        self._opened = opened
        self._queue = queue
        self._name = name
        self._versions: dict[str, int] = {}
        self.stale = 0
        self.unknown = 0

    def _version(self, incident: str) -> int:
        """The version that an incident has now: what came since it was read last is read."""
        known = self._versions.get(incident, 0)
        newer = [row.version for row in self._opened.store.stream(f"incident/{incident}", after=known)]
        self._versions[incident] = version = max([known, *newer])
        return version

    def append(self, client: int, number: int) -> Receipt:
        """Append one act, and again until it is acknowledged: upon the newest version, with one key."""
        incident, ident = f"stop-{client % INCIDENTS}", f"{self._name}-{client}-{number}"
        command = read_command(report(incident, ident), self._opened.ids)
        request = Request(idempotency_key=ident, content=ident.encode())
        while True:
            version = self._version(incident)
            ask = Ask(command=command, caller=Caller(actor="desk"), request=request, stream_version=version)
            try:
                return self._queue.submit(ask).result()
            except StaleError:
                self.stale += 1
            except UnavailableError:
                self.unknown += 1

    def run(self, client: int, appends: int) -> None:
        """Append so many acts, and tell each."""
        for number in range(appends):
            receipt = self.append(client, number)
            with _told:
                sys.stdout.write(f"{receipt.id} {receipt.position} {receipt.version}\n")
                sys.stdout.flush()


def _main(address: DatabaseAddress, name: str, clients: int, appends: int) -> None:
    with open_for_writing(address) as opened, CommandQueue(opened.writer) as queue:
        made = Clients(opened, queue, name)
        threads = [
            threading.Thread(target=made.run, args=(client, appends), daemon=True)
            for client in range(clients)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        sys.stderr.write(f"stale {made.stale} unknown {made.unknown}\n")


if __name__ == "__main__":
    _url, _schema, _folder, _name, _clients, _appends = sys.argv[1:]
    _main(
        DatabaseAddress(url=_url, schema=_schema, folder=Path(_folder)), _name, int(_clients), int(_appends)
    )
