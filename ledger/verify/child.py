"""A process that checks a part of the events for another one, run by several.py as `python -m ledger.verify.child`.

What is asked comes on standard input, a line of JSON; on standard output it says how many events are done, and at last what was counted.
"""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing

from ledger.verify.part import Part, check_part

__all__ = ["main"]


def main() -> None:
    """Check the part that standard input asks for, and tell standard output."""
    part = Part.read(sys.stdin.buffer.readline())
    out = sys.stdout.buffer

    def tell(line: bytes) -> None:
        out.write(line + b"\n")
        out.flush()

    told = None
    try:
        with closing(sqlite3.connect(part.database, uri=True, isolation_level=None)) as database:
            database.execute("PRAGMA query_only=1")
            database.execute("BEGIN")
            told = check_part(part, database, lambda done: tell(b"%d" % done))
    except (sqlite3.DatabaseError, UnicodeDecodeError):
        # Whoever asked will come upon it too, and say what it is.
        told = None
    tell(b"{}" if told is None else told.written())


if __name__ == "__main__":
    main()
