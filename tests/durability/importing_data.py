"""A process that imports a data set and dies at an instant that it is told: SIGKILL before or after the n-th step that reaches the disk.

Run with the number of the step (0: none) and the arguments of incident-ledger. A transaction takes a row or two, so that there are many
steps: rows made durable, the mark moved on, a snapshot received, named, or kept.
"""

from __future__ import annotations

import sys

from api.cli import app
from api.importing import changes, table
from ledger.blobs import Blobs
from ledger.mark import Mark
from ledger.stores.sqlite_store import SQLiteStore
from tests.durability.importing import Steps

BATCH_COMMANDS = 6

if __name__ == "__main__":
    table.BATCH_COMMANDS = changes.BATCH_COMMANDS = BATCH_COMMANDS
    Steps(int(sys.argv[1])).around(
        (SQLiteStore, "append"),
        (Mark, "advance"),
        (Blobs, "receive"),
        (Blobs, "take"),
        (Blobs, "keep_all"),
    )
    app(sys.argv[2:])
