"""The tree that the verifier makes as it reads: at every size the root of the definition."""

from __future__ import annotations

import pytest

from ledger.merkle import leaf_hash
from ledger.verify.anchors import TreeSoFar
from tests.naive_tree import entries, naive_root

_LOG = entries(1_300)


def test_at_every_size_the_root_is_that_of_the_definition() -> None:
    tree = TreeSoFar()
    assert naive_root([]) == tree.root()
    for size, entry in enumerate(_LOG, start=1):
        tree.extend([leaf_hash(entry)])
        assert size == tree.size
        if size % 37 == 0 or size % 256 in {0, 1, 255}:
            assert naive_root(_LOG[:size]) == tree.root(), size


@pytest.mark.parametrize("size", [768, 769, 1_023, 1_025, 1_279, 1_281])
def test_a_root_may_be_asked_once_and_again(size: int) -> None:
    tree = TreeSoFar()
    for at in range(0, size, 100):
        tree.extend([leaf_hash(entry) for entry in _LOG[at : min(at + 100, size)]])

    assert naive_root(_LOG[:size]) == tree.root() == tree.root()
