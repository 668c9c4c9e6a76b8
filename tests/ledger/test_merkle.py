"""The Merkle tree: the same hashes and proofs as the naive reference, for every size to 130, and no proof that was touched."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import IntegrityError, InvalidError
from ledger.merkle import (
    EMPTY_ROOT,
    Frontier,
    check_consistency,
    check_inclusion,
    check_subtree_consistency,
    check_subtree_inclusion,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    leaf_index,
    node_hash,
    pair_up,
    range_hash,
    root_by_inclusion,
)
from tests.naive_tree import entries, naive_consistency, naive_inclusion, naive_root

_LARGEST = 130
_ENTRIES = entries(_LARGEST)
_RFC_6962_LEAVES = (
    *("", "00", "10", "2021", "3031", "40414243"),
    *("5051525354555657", "606162636465666768696a6b6c6d6e6f"),
)


@cache
def _subtree(level: int, index: int) -> bytes:
    return naive_root(_ENTRIES[index << level : (index + 1) << level])


@cache
def _root(size: int) -> bytes:
    return naive_root(_ENTRIES[:size])


def test_the_eight_leaves_of_the_published_example_have_its_root() -> None:
    tree = Frontier()
    tree.extend(leaf_hash(bytes.fromhex(leaf)) for leaf in _RFC_6962_LEAVES)

    assert "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328" == tree.root().hex()
    assert 8 == tree.size


def test_the_root_of_nothing_is_the_hash_of_nothing() -> None:
    assert "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" == EMPTY_ROOT.hex()
    assert EMPTY_ROOT == Frontier().root() == range_hash(0, 0, _subtree)


def test_the_first_position_is_leaf_nothing() -> None:
    assert [0, 1, 811] == [leaf_index(position) for position in (1, 2, 812)]


@pytest.mark.parametrize("size", range(1, _LARGEST + 1))
def test_every_root_to_130_leaves_is_that_of_the_reference(size: int) -> None:
    tree = Frontier()
    tree.extend(map(leaf_hash, _ENTRIES[:size]))

    assert naive_root(_ENTRIES[:size]) == tree.root() == range_hash(0, size, _subtree)


@pytest.mark.parametrize("size", range(1, _LARGEST + 1))
def test_every_inclusion_proof_to_130_leaves_is_that_of_the_reference_and_holds(size: int) -> None:
    for index in range(size):
        path = inclusion_proof(index, size, _subtree)

        assert naive_inclusion(index, _ENTRIES[:size]) == path
        check_inclusion(index=index, size=size, leaf=leaf_hash(_ENTRIES[index]), path=path, root=_root(size))


@pytest.mark.parametrize("second", range(1, _LARGEST + 1))
def test_every_consistency_proof_to_130_leaves_is_that_of_the_reference_and_holds(second: int) -> None:
    for first in range(1, second + 1):
        path = consistency_proof(first, second, _subtree)

        assert naive_consistency(first, _ENTRIES[:second]) == path
        check_consistency(
            first=first, second=second, path=path, first_root=_root(first), second_root=_root(second)
        )


def _flipped(path: list[bytes]) -> list[list[bytes]]:
    """The path with one bit changed, once for each of its bits."""
    found = []
    for at, one in enumerate(path):
        for bit in range(8 * len(one)):
            changed = bytearray(one)
            changed[bit // 8] ^= 1 << bit % 8
            found.append([*path[:at], bytes(changed), *path[at + 1 :]])
    return found


@pytest.mark.parametrize(("index", "size"), [(0, 2), (4, 5), (6, 7), (63, 64), (77, 100), (129, 130)])
def test_a_proof_of_inclusion_with_any_bit_flipped_is_refused(index: int, size: int) -> None:
    leaf, root = leaf_hash(_ENTRIES[index]), _root(size)
    path = inclusion_proof(index, size, _subtree)
    for changed in _flipped([leaf, root, *path]):
        with pytest.raises(IntegrityError):
            check_inclusion(index=index, size=size, leaf=changed[0], path=changed[2:], root=changed[1])
    for shorter_or_longer in ([*path, leaf], [leaf, *path], path[1:], path[:-1]):
        with pytest.raises(IntegrityError):
            check_inclusion(index=index, size=size, leaf=leaf, path=shorter_or_longer, root=root)
    for other in range(-1, size + 1):
        if other != index:
            with pytest.raises(IntegrityError):
                check_inclusion(index=other, size=size, leaf=leaf, path=path, root=root)


@pytest.mark.parametrize(("first", "second"), [(1, 2), (3, 7), (4, 8), (64, 65), (77, 100), (129, 130)])
def test_a_proof_of_consistency_with_any_bit_flipped_is_refused(first: int, second: int) -> None:
    roots = [_root(first), _root(second)]
    path = consistency_proof(first, second, _subtree)
    for changed in _flipped([*roots, *path]):
        with pytest.raises(IntegrityError):
            check_consistency(
                first=first,
                second=second,
                path=changed[2:],
                first_root=changed[0],
                second_root=changed[1],
            )
    for shorter_or_longer in ([*path, roots[0]], [roots[0], *path], path[1:], path[:-1]):
        with pytest.raises(IntegrityError):
            check_consistency(
                first=first,
                second=second,
                path=shorter_or_longer,
                first_root=roots[0],
                second_root=roots[1],
            )


@given(data=st.data(), size=st.integers(1, _LARGEST))
def test_a_subtree_is_part_of_every_tree_that_holds_it(data: st.DataObject, size: int) -> None:
    level = data.draw(st.integers(0, size.bit_length()))
    start = data.draw(st.integers(0, (size - 1) >> level)) << level
    end = data.draw(st.integers(start + 1, min(start + (1 << level), size)))
    path = _subtree_path(start, end, 0, size)
    check_subtree_consistency(
        start=start,
        end=end,
        size=size,
        path=path,
        subtree_root=naive_root(_ENTRIES[start:end]),
        root=_root(size),
    )
    index = data.draw(st.integers(start, end - 1))
    check_subtree_inclusion(
        index=index,
        start=start,
        end=end,
        leaf=leaf_hash(_ENTRIES[index]),
        path=naive_inclusion(index - start, _ENTRIES[start:end]),
        root=naive_root(_ENTRIES[start:end]),
    )
    with pytest.raises(IntegrityError):
        check_subtree_consistency(
            start=start,
            end=end,
            size=size,
            path=[*path, EMPTY_ROOT],
            subtree_root=naive_root(_ENTRIES[start:end]),
            root=_root(size),
        )


@pytest.mark.parametrize(("start", "end"), [(1, 3), (2, 5), (2, 6), (1, 15), (12, 18)])
def test_leaves_that_are_no_subtree_are_refused_whatever_their_hashes_say(start: int, end: int) -> None:
    stretch = _ENTRIES[start:end]
    with pytest.raises(IntegrityError, match=f"leaves {start} to {end} are no subtree"):
        check_subtree_inclusion(
            index=start,
            start=start,
            end=end,
            leaf=leaf_hash(_ENTRIES[start]),
            path=naive_inclusion(0, stretch),
            root=naive_root(stretch),
        )
    with pytest.raises(IntegrityError, match=f"leaves {start} to {end} are no subtree"):
        check_subtree_consistency(
            start=start, end=end, size=end, path=[], subtree_root=naive_root(stretch), root=_root(end)
        )


def _subtree_path(start: int, end: int, low: int, high: int, *, known: bool = True) -> list[bytes]:
    """The proof of a subtree after its definition: SUBTREE_SUBPROOF of the draft on Merkle tree certificates."""
    if (start, end) == (low, high):
        return [] if known else [naive_root(_ENTRIES[low:high])]
    middle = low + (1 << ((high - low - 1).bit_length() - 1))
    right, left = naive_root(_ENTRIES[middle:high]), naive_root(_ENTRIES[low:middle])
    if end <= middle:
        return [*_subtree_path(start, end, low, middle, known=known), right]
    if middle <= start:
        return [*_subtree_path(start, end, middle, high, known=known), left]
    return [*_subtree_path(middle, end, middle, high, known=False), left]


@given(st.lists(st.binary(min_size=0, max_size=80), min_size=1, max_size=40), st.data())
def test_any_log_grows_consistently_and_holds_each_of_its_entries(
    log: list[bytes], data: st.DataObject
) -> None:
    tree = Frontier()
    tree.extend(map(leaf_hash, log))

    def subtree(level: int, index: int) -> bytes:
        return naive_root(log[index << level : (index + 1) << level])

    index = data.draw(st.integers(0, len(log) - 1))
    path = inclusion_proof(index, len(log), subtree)
    assert tree.root() == root_by_inclusion(index, len(log), leaf_hash(log[index]), path)
    check_consistency(
        first=index + 1,
        second=len(log),
        path=consistency_proof(index + 1, len(log), subtree),
        first_root=naive_root(log[: index + 1]),
        second_root=tree.root(),
    )


def test_a_row_of_hashes_is_paired_up_as_one_by_one() -> None:
    leaves = [leaf_hash(entry) for entry in _ENTRIES[:6]]

    nodes = pair_up(b"".join(leaves))

    assert b"".join(node_hash(leaves[at], leaves[at + 1]) for at in (0, 2, 4)) == nodes


@pytest.mark.parametrize(("index", "size"), [(-1, 1), (0, 0), (1, 1), (5, 3)])
def test_there_is_no_proof_of_a_leaf_that_is_not_there(index: int, size: int) -> None:
    with pytest.raises(InvalidError, match=f"a tree of {size} leaves has no leaf {index}"):
        inclusion_proof(index, size, _subtree)


@pytest.mark.parametrize(("first", "second"), [(0, 0), (0, 5), (3, 2), (-1, 4)])
def test_there_is_no_proof_that_a_larger_or_empty_tree_is_the_beginning(first: int, second: int) -> None:
    with pytest.raises(InvalidError, match="is not the beginning"):
        consistency_proof(first, second, _subtree)
    with pytest.raises(IntegrityError):
        check_consistency(first=first, second=second, path=[], first_root=EMPTY_ROOT, second_root=EMPTY_ROOT)


def test_a_hash_of_another_length_proves_nothing() -> None:
    left, right = leaf_hash(b"a"), leaf_hash(b"b")
    root = node_hash(left, right)

    for leaf, path in ((left[:-1], [right]), (left, [right + b"x"]), (left + right[:1], [right[1:]])):
        with pytest.raises(IntegrityError, match="32 bytes"):
            check_inclusion(index=0, size=2, leaf=leaf, path=path, root=root)
