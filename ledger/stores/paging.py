"""Rows a page at a time, whatever database gives them: no transaction stays open between two pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ledger.errors import IntegrityError
from ledger.stores.contract import Row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["POSITION", "VERSION", "dense_rows", "missing", "rows_after"]

POSITION, VERSION = 0, 2
"""Where a found row has them."""


def missing(position: int) -> IntegrityError:
    """The error for a position that has no event, while the log has later ones."""
    return IntegrityError("the event is missing, and the log goes on after it", where=f"position {position}")


def _row(found: tuple[Any, ...]) -> Row:
    position, stream, version, recorded_us, topic, event, disclosures, leaf = found
    return Row(
        position=position,
        stream=stream,
        version=version,
        recorded_us=recorded_us,
        topic=topic,
        event=event,
        disclosures=disclosures,
        leaf=leaf,
    )


def dense_rows(
    find: Callable[[int, int], list[tuple[Any, ...]]], at: int, last: int, *, size: int
) -> Iterator[Row]:
    """The row of every position from `at` to `last`. `find` gives those between two positions, both included, in order.

    Raises IntegrityError for the first that is missing, when those before it were given.
    """
    while at <= last:
        page = find(at, min(at + size - 1, last))
        for found in page:
            if found[POSITION] != at:
                raise missing(at)
            yield _row(found)
            at += 1
        if not page:
            raise missing(at)


def rows_after(
    find: Callable[[int], list[tuple[Any, ...]]], after: int, *, by: int, size: int
) -> Iterator[Row]:
    """Rows in order of the number at `by`, above `after`. `find` gives the first of those above a number, `size` at most."""
    while True:
        page = find(after)
        yield from map(_row, page)
        if len(page) < size:
            return
        after = page[-1][by]
