"""Which CSL items the ledger has taken in before, so that importing them again changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.errors import ConflictError
from ledger.strict_json import canonical
from projections.citing.csl_item import written_item

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ledger.values import Json
    from projections.citing.described import Described

__all__ = ["Registered"]


class Registered:
    """The items of every source: each that it ever had, and the one that it would be written as now."""

    def __init__(self, sources: Iterable[Described]) -> None:
        self._by_content: dict[bytes, str] = {}
        self._by_id: dict[str, str] = {}
        for source in sources:
            for item in (*source.past, written_item(source)):
                self.add(source.id, item)

    def add(self, source: str, item: dict[str, Json]) -> None:
        """Note that a source has an item; the first that has it keeps it."""
        self._by_content.setdefault(canonical(item), source)
        if isinstance(item.get("id"), str | int):
            self._by_id.setdefault(str(item["id"]), source)

    def find(self, item: dict[str, Json]) -> str | None:
        """The source that was registered from the very same item, or None.

        Raises ConflictError where a source was registered from an item with the same id that reads otherwise.
        """
        source = self._by_content.get(canonical(item))
        if source is not None:
            return source
        other = self._by_id.get(str(item.get("id")))
        if other is not None:
            raise ConflictError(
                f"source {other!r} was registered from an item with this id that reads otherwise; "
                "change that source with amend-source, or give this item an id of its own",
                field="/id",
            )
        return None
