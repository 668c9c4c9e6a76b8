"""Tampering with a ledger file the way that somebody with the file and an editor would: guards off, change, guards on."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Tamper", "changed", "rehashed", "tamper"]

Tamper: TypeAlias = Callable[[sqlite3.Connection], object] | str
"""A change to the tables: a statement, or what does more than one can."""


def tamper(path: Path, *changes: Tamper) -> None:
    """Take the triggers off a closed ledger, make the changes, and put the triggers back."""
    with closing(sqlite3.connect(path, isolation_level=None)) as foreign:
        guards = dict(
            foreign.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        )
        for name in guards:
            foreign.execute(f"DROP TRIGGER {name}")
        for change in changes:
            if isinstance(change, str):
                foreign.execute(change)
            else:
                change(foreign)
        for statement in guards.values():
            foreign.execute(statement)


def changed(table: str, column: str, position: int, old: str, new: str) -> str:
    """The statement that puts `new` for `old` in the bytes of one row."""
    text = f"CAST(replace(CAST({column} AS TEXT), '{old}', '{new}') AS BLOB)"
    return f"UPDATE {table} SET {column} = {text} WHERE position = {position}"  # noqa: S608  made of a test's constants


def rehashed(position: int) -> Tamper:
    """Make the leaf hash fit the bytes again, as a careful forger would."""

    def rehash(foreign: sqlite3.Connection) -> None:
        (event,) = foreign.execute("SELECT event FROM events WHERE position = ?", (position,)).fetchone()
        leaf = hashlib.sha256(b"\x00" + event).digest()
        foreign.execute("UPDATE events SET leaf = ? WHERE position = ?", (leaf, position))

    return rehash
