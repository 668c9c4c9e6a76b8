"""The tree of RFC 6962 word by word: slow, recursive, from the definition and nothing else, to hold the quick one against."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["entries", "naive_consistency", "naive_inclusion", "naive_root", "subtrees_of"]


def entries(size: int) -> list[bytes]:
    """Entries that differ, the first of them empty."""
    return [b"" if index == 0 else b"entry %d" % index for index in range(size)]


def naive_root(data: list[bytes]) -> bytes:
    """MTH(D[n]), RFC 6962 §2.1."""
    if not data:
        return hashlib.sha256().digest()
    if len(data) == 1:
        return hashlib.sha256(b"\x00" + data[0]).digest()
    split = _split(len(data))
    return hashlib.sha256(b"\x01" + naive_root(data[:split]) + naive_root(data[split:])).digest()


def naive_inclusion(index: int, data: list[bytes]) -> list[bytes]:
    """PATH(m, D[n]), RFC 6962 §2.1.1."""
    if len(data) == 1:
        return []
    split = _split(len(data))
    if index < split:
        return [*naive_inclusion(index, data[:split]), naive_root(data[split:])]
    return [*naive_inclusion(index - split, data[split:]), naive_root(data[:split])]


def naive_consistency(first: int, data: list[bytes]) -> list[bytes]:
    """PROOF(m, D[n]), RFC 6962 §2.1.2."""
    return _subproof(first, data, known=True)


def _subproof(first: int, data: list[bytes], *, known: bool) -> list[bytes]:
    if first == len(data):
        return [] if known else [naive_root(data)]
    split = _split(len(data))
    if first <= split:
        return [*_subproof(first, data[:split], known=known), naive_root(data[split:])]
    return [*_subproof(first - split, data[split:], known=False), naive_root(data[:split])]


def _split(size: int) -> int:
    """The largest power of two smaller than the size."""
    split = 1
    while split * 2 < size:
        split *= 2
    return split


def subtrees_of(data: list[bytes]) -> Callable[[int, int], bytes]:
    """The hashes of complete subtrees, each from its entries."""
    return lambda level, index: naive_root(data[index << level : (index + 1) << level])
