"""The stored views of a ledger, wherever it lies: a file in the folder beside it, or a schema of its database.

`place` is the folder of a ledger file, or the address of a database.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeAlias

from ledger.address import Address, DatabaseAddress, folder_of
from projections import catch_up_file
from projections.catch_up import CatchUp
from projections.catch_up_file import NAME, ReadFile

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ledger.stores.contract import Store
    from projections.anchoring import Texts

__all__ = ["Place", "ReadViews", "catch_up_at", "only_one_at", "place_of", "read_at", "views_lie_at"]

Place: TypeAlias = Path | DatabaseAddress


class ReadViews(Protocol):
    """The stored views as readers open them. Safe for many threads."""

    def reading(self) -> AbstractContextManager[Connection]:
        """One transaction, in which the tables stand still. Raises UnavailableError where there are none that can be read."""
        ...

    def close(self) -> None:
        """Close every connection."""
        ...


def place_of(address: Address) -> Place:
    """Where the views of a ledger lie."""
    return address if isinstance(address, DatabaseAddress) else folder_of(address)


def catch_up_at(place: Place, store: Store, texts: Texts) -> CatchUp:
    """What keeps the views of a ledger. Whoever makes one holds the right to (only_one_at)."""
    if isinstance(place, DatabaseAddress):
        # Whoever has a file need not load a database's driver.
        from projections.in_database.catch_up import DatabaseCatchUp  # noqa: PLC0415  see above

        return DatabaseCatchUp(store, place, texts)
    return CatchUp(store, place, texts)


def only_one_at(place: Place) -> AbstractContextManager[None]:
    """The right to write the views. Whoever dies gives it back. Entering raises LockedError where another process has it."""
    if isinstance(place, DatabaseAddress):
        from projections.in_database.schema import only_one  # noqa: PLC0415  see catch_up_at

        return only_one(place)
    return catch_up_file.only_one(place)


def read_at(place: Place) -> ReadViews:
    """The views for those who read."""
    if isinstance(place, DatabaseAddress):
        from projections.in_database.schema import ReadSchema  # noqa: PLC0415  see catch_up_at

        return ReadSchema(place)
    return ReadFile(place / NAME)


def views_lie_at(place: Place) -> bool:
    """Whether there may be views: in a database they are asked for."""
    return isinstance(place, DatabaseAddress) or (place / NAME).is_file()
