"""Appends without a pause, from several threads of one process, whatever the database does meanwhile."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from ledger.append import Request
from ledger.errors import StoreError
from ledger.read_command import read_command
from tests.desk import DESK
from tests.durability.database.writing import report

if TYPE_CHECKING:
    from ledger.append import Receipt
    from tests.database_desk import DatabaseDesk

__all__ = ["Load"]

_THREADS = 4


class Load:
    """Threads that append with keys until they are stopped, asking again where it is not known what became of an act."""

    def __init__(self, desk: DatabaseDesk) -> None:
        self._desk = desk
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self.acknowledged: dict[str, tuple[int, int]] = {}
        self.refused = 0
        self._threads = [
            threading.Thread(target=self._run, args=(number,), daemon=True) for number in range(_THREADS)
        ]
        for thread in self._threads:
            thread.start()

    def _run(self, client: int) -> None:
        number = 0
        while not self._stopped.is_set():
            ident = f"c{client}-{number}"
            receipt = self._append(client, ident)
            with self._lock:
                self.acknowledged[ident] = (receipt.position or 0, receipt.version)
            number += 1

    def _append(self, client: int, ident: str) -> Receipt:
        command = read_command(report(f"stop-{client}", ident), self._desk.ids)
        request = Request(idempotency_key=ident, content=ident.encode())
        while True:
            try:
                return self._desk.writer.record(command, DESK, request=request)
            except StoreError:
                self.refused += 1

    def wait_for(self, more: int) -> None:
        """Wait until so many more acts were acknowledged."""
        until = len(self.acknowledged) + more
        while len(self.acknowledged) < until:
            self._threads[0].join(0.005)

    def stop(self) -> None:
        """Stop after the act in hand."""
        self._stopped.set()
        for thread in self._threads:
            thread.join()
