"""The one folder of a ledger in a database, which every host has to see: both hold the same name for it (ADR 15).

A host whose folder is another one would take in snapshots that the others do not find, and keep its own marks, tree and keys. So whoever
opens a ledger to write holds the name in its row of `about` against the file in its folder. The first gives both of them a name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, LiteralString

import psycopg

from ledger.errors import StoreError
from ledger.folders import replace_file

if TYPE_CHECKING:
    from pathlib import Path

    from psycopg import Connection

    from ledger.ids import RandomSource
    from ledger.stores.postgres_store import PostgresStore

__all__ = ["FILE", "hold_to_folder"]

FILE = "folder"
"""The file in a folder that holds its name: one line."""

_NAME_BYTES = 16
_ASK = "SELECT folder FROM about"
_ASK_ALONE = "SELECT folder FROM about FOR UPDATE"


def hold_to_folder(store: PostgresStore, random: RandomSource) -> None:
    """See that the folder of an address, which is there, is that of its ledger; both are named where the ledger has none yet.

    Raises StoreError where it is another one, has no name, or cannot be read or written.
    """
    folder = store.address.folder
    try:
        with store.recorder.writing.alone() as connection:
            expected, held = _name_kept(connection, _ASK), _name_in(folder)
            if not expected:
                with connection.transaction():
                    # Of processes that begin at the same time, one gives the name. Later ones lock nothing, and so wait for no standby.
                    expected, held = _name_kept(connection, _ASK_ALONE), _name_in(folder)
                    if not expected and held is None:
                        expected = held = random(_NAME_BYTES).hex()
                        replace_file(folder / FILE, f"{held}\n".encode())
                        connection.execute("UPDATE about SET folder = %s", (expected,))
    except OSError as error:
        raise StoreError(f"the folder {folder} cannot be used: {error.strerror or error}") from error
    except psycopg.Error as error:
        raise StoreError(f"the database at {store.address} does not tell which folder is its own") from error
    if expected != held:
        raise StoreError(_refusal(store, folder, expected, held))


def _name_kept(connection: Connection[Any], query: LiteralString) -> str:
    found = connection.execute(query).fetchone()
    return "" if found is None else str(found[0])


def _name_in(folder: Path) -> str | None:
    """The name that a folder holds; None where it holds none. Raises OSError."""
    try:
        return (folder / FILE).read_text("utf-8", "replace").strip()
    except FileNotFoundError:
        return None


def _refusal(store: PostgresStore, folder: Path, expected: str, held: str | None) -> str:
    if not expected:
        return (
            f"the folder {folder} has the name of a ledger, and the one at {store.address} has no folder yet; "
            f"set LEDGER_BLOBS to another place or, where its first start was cut short, remove {folder / FILE}"
        )
    has = "has no name" if held is None else "has another name"
    return (
        f"the folder {folder} is not that of the ledger at {store.address}: it {has}, and every host has to see the same folder; "
        f"set LEDGER_BLOBS to the place of the others or, where it was put back without its name, write {expected} into {folder / FILE}"
    )
