"""Python's garbage collector while many values are made that live long: it would look through them again and again."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["collecting_seldom"]

_COLLECT_AFTER = (50_000, 50, 100)


@contextmanager
def collecting_seldom() -> Iterator[None]:
    """Collect seldom, and nothing that is there already (garbage of before neither); afterwards as before."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(*_COLLECT_AFTER)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
