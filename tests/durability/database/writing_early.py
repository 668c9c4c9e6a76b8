"""As writing.py, but each act is told before it is committed: what a kill then takes is what the COMMIT guards.

Run as writing.py is. It stays until it is killed, once all acts were told.
"""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from api.opening import open_for_writing
from ledger.address import DatabaseAddress
from ledger.command_queue import CommandQueue
from ledger.stores.postgres_writing import WritingConnection
from tests.durability.database.writing import Clients

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from psycopg import Connection

    from ledger.stores.postgres_writing import Turn


def _commit_later(
    _: WritingConnection, turn: Turn, statements: Callable[[Connection[Any]], None], last: object
) -> None:
    del last
    statements(turn.connection)
    turn.ended = True


if __name__ == "__main__":
    _url, _schema, _folder, _name, _clients, _appends = sys.argv[1:]
    address = DatabaseAddress(url=_url, schema=_schema, folder=Path(_folder))
    with open_for_writing(address) as opened, CommandQueue(opened.writer) as queue:
        pytest.MonkeyPatch().setattr(WritingConnection, "commit", _commit_later)
        clients = Clients(opened, queue, _name)
        for number in range(int(_clients)):
            clients.run(number, int(_appends))
        signal.pause()
