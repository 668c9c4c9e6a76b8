"""The stored views of a ledger held against its log: made once more from nothing, beside, and compared table by table."""

from __future__ import annotations

import tempfile
from contextlib import closing
from pathlib import Path

import msgspec

from api.texts import texts_of
from ledger.address import Address, DatabaseAddress, folder_of
from ledger.blobs import Blobs
from ledger.stores.contract import Store
from projections.catch_up_file import NAME, ReadFile, is_readable, tracked
from projections.catch_up_rebuild import build, digests_of
from projections.tables import digests

__all__ = ["ComparedViews", "compare_views"]

_TRIES = 2


class ComparedViews(msgspec.Struct, frozen=True, kw_only=True):
    """Up to which position the stored views were compared, and the tables that are not as they should be."""

    position: int
    differing: tuple[str, ...]


def compare_views(store: Store, ledger: Address, blobs: Blobs) -> ComparedViews | None:
    """Compare the stored views of a ledger, in its folder or its database, with what its log gives; None where there are none.

    Nothing is changed. What differs is looked at a second time: a redaction at work reaches the one after the other. Raises
    UnavailableError where a file refuses, StoreError where a database does, and IntegrityError where the log cannot be folded.
    """
    found = None
    for _ in range(_TRIES):
        found = _compared(store, ledger, blobs)
        if found is None or not found.differing:
            break
    return found


def _compared(store: Store, ledger: Address, blobs: Blobs) -> ComparedViews | None:
    stored = (
        _in_database(ledger) if isinstance(ledger, DatabaseAddress) else _in_file(folder_of(ledger) / NAME)
    )
    if stored is None:
        return None
    until, there = stored
    if until > store.head().position:
        return ComparedViews(position=until, differing=tuple(there))
    with tempfile.TemporaryDirectory(prefix="incident-ledger-verify-") as beside:
        made = digests_of(build(store, Path(beside), texts_of(blobs), until))
    return ComparedViews(
        position=until, differing=tuple(name for name in made if made[name] != there.get(name))
    )


def _in_file(path: Path) -> tuple[int, dict[str, str]] | None:
    """How far the stored views in a file have read, and the digests of their tables."""
    if not is_readable(path):
        return None
    with closing(ReadFile(path)) as file, file.reading() as connection:
        row = tracked(connection)
        return None if row is None else (row.position, digests(connection))


def _in_database(address: DatabaseAddress) -> tuple[int, dict[str, str]] | None:
    """The same of those in a database."""
    # Whoever checks a file need not load a database's driver.
    from projections.in_database import schema  # noqa: PLC0415  see above

    engine = schema.open_engine(address, read_only=True)
    try:
        with schema.said_plainly(address), engine.connect() as connection:
            row = tracked(connection) if schema.is_readable(connection) else None
            return None if row is None else (row.position, digests(connection))
    finally:
        engine.dispose()
