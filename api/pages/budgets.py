"""How much of something fits on a page: pages stay small, and what does not fit is told on further ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["PAGE_BYTES", "fitting", "on_pages"]

PAGE_BYTES = 90_000
"""What the things of one page may weigh together. A page is smaller than 150 KB with all that stands around them."""

_MARKUP = 1.0
_EACH = 500

T = TypeVar("T", bound=msgspec.Struct)


def _weight(one: msgspec.Struct) -> float:
    """About how many bytes something takes on a page: its values, and the markup around them."""
    return _EACH + _MARKUP * len(msgspec.json.encode(one))


def fitting(things: Iterable[T], most_bytes: float = PAGE_BYTES) -> list[T]:
    """As many as fit from the beginning on; one at least."""
    taken: list[T] = []
    weight = 0.0
    for one in things:
        weight += _weight(one)
        if taken and weight > most_bytes:
            break
        taken.append(one)
    return taken


def on_pages(things: Sequence[T], most: int, most_bytes: float = PAGE_BYTES) -> list[list[T]]:
    """All of them, in pages of `most` at most that do not weigh too much; one page where there is nothing."""
    pages: list[list[T]] = []
    left = list(things)
    while left:
        page = fitting(left[:most], most_bytes)
        pages.append(page)
        left = left[len(page) :]
    return pages or [[]]
