"""The Merkle tree of the log, after RFC 6962 §2.1: hashes, roots, proofs made from hashes of ranges, and proofs judged.

Pure arithmetic: it knows neither events nor files. Leaves count from 0, and the leaf of position n is n - 1 (`leaf_index`). A proof is
made from the hashes of complete subtrees, whoever keeps them; it is judged from the proof, the sizes and the roots alone, so that a
stranger with this file needs nothing else.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, TypeAlias

from ledger.errors import IntegrityError, InvalidError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

__all__ = [
    "EMPTY_ROOT",
    "HASH_BYTES",
    "Frontier",
    "SubtreeHash",
    "check_consistency",
    "check_inclusion",
    "check_subtree_consistency",
    "check_subtree_inclusion",
    "consistency_proof",
    "inclusion_proof",
    "leaf_hash",
    "leaf_index",
    "node_hash",
    "pair_up",
    "range_hash",
    "root_by_inclusion",
]

HASH_BYTES = 32
"""Bytes of a hash."""

EMPTY_ROOT = hashlib.sha256(b"").digest()
"""The root of a tree without leaves."""

SubtreeHash: TypeAlias = "Callable[[int, int], bytes]"
"""Gives the hash of the `index`-th complete subtree of 2**`level` leaves: called with (level, index), both from 0."""

_WHERE = "the proof"
_sha256 = hashlib.sha256


def leaf_index(position: int) -> int:
    """The leaf, from 0, of the event at a position, from 1."""
    return position - 1


def leaf_hash(entry: bytes) -> bytes:
    """The hash of a leaf from the bytes of its entry."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of a node from the hashes of the two below it."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def pair_up(hashes: bytes) -> bytes:
    """The nodes above a row of an even number of hashes, both rows as bytes without gaps. Quick: for many at once."""
    sha256, size = hashlib.sha256, 2 * HASH_BYTES
    return b"".join([sha256(b"\x01" + hashes[at : at + size]).digest() for at in range(0, len(hashes), size)])


class Frontier:
    """A tree that grows leaf by leaf, of which only the roots of its complete subtrees are kept: at most one a level."""

    def __init__(self) -> None:
        self._size = 0
        self._roots: list[bytes] = []

    @classmethod
    def of(cls, size: int, subtree: SubtreeHash) -> Frontier:
        """The tree of `size` leaves, by the hashes of its complete subtrees."""
        tree = cls()
        tree._size = size
        at = 0
        for level in reversed(range(size.bit_length())):
            if size >> level & 1:
                tree._roots.append(subtree(level, at >> level))
                at += 1 << level
        return tree

    @property
    def size(self) -> int:
        """The number of leaves so far."""
        return self._size

    def append(self, leaf: bytes) -> None:
        """Add a leaf by its hash."""
        size, roots = self._size, self._roots
        # Each set bit at the end of the size is a complete subtree that the new leaf completes to a larger one.
        while size & 1:
            leaf = node_hash(roots.pop(), leaf)
            size >>= 1
        roots.append(leaf)
        self._size += 1

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Add leaves by their hashes."""
        # As append does, in one loop: logs are long.
        size, roots = self._size, self._roots
        for leaf in leaves:
            above, at = leaf, size
            while at & 1:
                above = _sha256(b"\x01" + roots.pop() + above).digest()
                at >>= 1
            roots.append(above)
            size += 1
        self._size = size

    def root(self) -> bytes:
        """The root of the tree as it is now."""
        if not self._roots:
            return EMPTY_ROOT
        *rest, found = self._roots
        return _joined(rest, found)

    def root_with(self, rest: bytes) -> bytes:
        """The root of the tree with leaves after it, fewer than any of its complete subtrees has, whose own root is `rest`."""
        return _joined(self._roots, rest)


def _joined(roots: Sequence[bytes], last: bytes) -> bytes:
    """The root above complete subtrees, the largest first, and what follows them."""
    for left in reversed(roots):
        last = node_hash(left, last)
    return last


def range_hash(start: int, end: int, subtree: SubtreeHash) -> bytes:
    """The hash of the leaves from `start` up to `end`, this one excluded: MTH(D[start:end]). The root where `start` is 0."""
    size = end - start
    if size <= 0:
        return EMPTY_ROOT
    level = (size - 1).bit_length()
    if size == 1 << level and start % size == 0:
        return subtree(level, start >> level)
    middle = start + _split(size)
    return node_hash(range_hash(start, middle, subtree), range_hash(middle, end, subtree))


def _split(size: int) -> int:
    """The largest power of two below `size`, which is at least 2."""
    return 1 << ((size - 1).bit_length() - 1)


def inclusion_proof(index: int, size: int, subtree: SubtreeHash) -> list[bytes]:
    """The hashes that lead from a leaf to the root of the tree of `size` leaves: PATH(index, D[0:size]), RFC 6962 §2.1.1.

    Raises InvalidError where the tree has no such leaf.
    """
    if not 0 <= index < size:
        raise InvalidError(f"a tree of {size} leaves has no leaf {index}")
    start, end = 0, size
    path: list[bytes] = []
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(range_hash(middle, end, subtree))
            end = middle
        else:
            path.append(range_hash(start, middle, subtree))
            start = middle
    return path[::-1]


def consistency_proof(first: int, second: int, subtree: SubtreeHash) -> list[bytes]:
    """The hashes that show the tree of `first` leaves to be the beginning of that of `second`: PROOF, RFC 6962 §2.1.2.

    Empty where the sizes are equal. Raises InvalidError unless 0 < first <= second: every tree begins with the empty one.
    """
    if not 0 < first <= second:
        raise InvalidError(f"a tree of {first} leaves is not the beginning of one of {second} leaves")
    start, end = 0, second
    path: list[bytes] = []
    while first != end:
        middle = start + _split(end - start)
        if first <= middle:
            path.append(range_hash(middle, end, subtree))
            end = middle
        else:
            path.append(range_hash(start, middle, subtree))
            start = middle
    if start:
        # The old tree itself is known to whoever asks; a part of it is not.
        path.append(range_hash(start, end, subtree))
    return path[::-1]


def root_by_inclusion(index: int, size: int, leaf: bytes, path: Sequence[bytes]) -> bytes:
    """The root that a proof leads to from a leaf hash (RFC 9162 §2.1.3.2). Raises IntegrityError where it cannot be one."""
    if not 0 <= index < size:
        raise IntegrityError(f"a tree of {size} leaves has no leaf {index}", where=_WHERE)
    _check_hashes([leaf, *path])
    node, last, found = index, size - 1, leaf
    for other in path:
        if last == 0:
            raise IntegrityError("it is longer than the way to the root", where=_WHERE)
        if node & 1 or node == last:
            found = node_hash(other, found)
            while not node & 1 and node:
                node >>= 1
                last >>= 1
        else:
            found = node_hash(found, other)
        node >>= 1
        last >>= 1
    if last:
        raise IntegrityError("it ends before the root", where=_WHERE)
    return found


def check_inclusion(*, index: int, size: int, leaf: bytes, path: Sequence[bytes], root: bytes) -> None:
    """Check that the tree of `size` leaves with this root has this leaf at `index`. Raises IntegrityError."""
    if root_by_inclusion(index, size, leaf, path) != root:
        raise IntegrityError(f"it does not lead from leaf {index} to the root", where=_WHERE)


def check_consistency(
    *, first: int, second: int, path: Sequence[bytes], first_root: bytes, second_root: bytes
) -> None:
    """Check that the tree of `first` leaves is the beginning of that of `second`. Raises IntegrityError.

    A tree without leaves is the beginning of every tree, so there is nothing to show: that is refused.
    """
    if not 0 < first <= second:
        raise IntegrityError(
            f"a tree of {first} leaves is not shown to be the beginning of one of {second} leaves",
            where=_WHERE,
        )
    check_subtree_consistency(
        start=0, end=first, size=second, path=path, subtree_root=first_root, root=second_root
    )


def check_subtree_inclusion(
    *, index: int, start: int, end: int, leaf: bytes, path: Sequence[bytes], root: bytes
) -> None:
    """Check that the subtree of the leaves from `start` up to `end` has this leaf at `index` of the whole log.

    Raises IntegrityError, also where `start` and `end` are not those of a subtree.
    """
    _check_subtree(start, end)
    check_inclusion(index=index - start, size=end - start, leaf=leaf, path=path, root=root)


def check_subtree_consistency(
    *, start: int, end: int, size: int, path: Sequence[bytes], subtree_root: bytes, root: bytes
) -> None:
    """Check that the subtree of the leaves from `start` up to `end` is part of the tree of `size` leaves.

    With `start` 0 this is the consistency of two trees (RFC 9162 §2.1.4.2). A subtree without leaves is part of every tree; its root
    and path are those of nothing. Raises IntegrityError, also where `start` and `end` are not those of a subtree.
    """
    if not 0 <= start <= end <= size:
        raise IntegrityError(f"leaves {start} to {end} are not in a tree of {size} leaves", where=_WHERE)
    if start == end:
        if path or subtree_root != EMPTY_ROOT:
            raise IntegrityError("a subtree without leaves has a root of its own", where=_WHERE)
        return
    _check_subtree(start, end)
    _check_hashes(path)
    # Three nodes go up the tree together: the first and the last of the subtree, and the last of the tree.
    first, last, end_of_tree = start, end - 1, size - 1
    while first != last and (last & 1 or last == end_of_tree):
        first, last, end_of_tree = first >> 1, last >> 1, end_of_tree >> 1
    rest = list(path)
    if first == last:
        small = large = subtree_root
    elif rest:
        small = large = rest.pop(0)
    else:
        raise IntegrityError("it ends before the root", where=_WHERE)
    for other in rest:
        if end_of_tree == 0:
            raise IntegrityError("it is longer than the way to the root", where=_WHERE)
        if last & 1 or last == end_of_tree:
            if first < last:
                small = node_hash(other, small)
            large = node_hash(other, large)
            while not last & 1 and last:
                first, last, end_of_tree = first >> 1, last >> 1, end_of_tree >> 1
        else:
            large = node_hash(large, other)
        first, last, end_of_tree = first >> 1, last >> 1, end_of_tree >> 1
    if end_of_tree:
        raise IntegrityError("it ends before the root", where=_WHERE)
    if small != subtree_root or large != root:
        raise IntegrityError("it does not lead from the smaller tree to the root", where=_WHERE)


def _check_subtree(start: int, end: int) -> None:
    """A subtree begins at a multiple of the least power of two that holds it."""
    if not 0 <= start < end or start % (1 << (end - start - 1).bit_length()):
        raise IntegrityError(f"leaves {start} to {end} are no subtree", where=_WHERE)


def _check_hashes(hashes: Iterable[bytes]) -> None:
    if any(len(one) != HASH_BYTES for one in hashes):
        raise IntegrityError(f"a hash has {HASH_BYTES} bytes", where=_WHERE)
