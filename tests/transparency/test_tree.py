"""The tree beside the log: the tiles of the definition at every size, whatever the steps, and nothing trusted that is not whole."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import IntegrityError, InvalidError, StoreError, UnknownError
from ledger.merkle import check_consistency, check_inclusion, leaf_hash
from ledger.transparency import BATCH_LEAVES, LogTree, Tile
from tests.naive_tree import naive_consistency, naive_inclusion, naive_root
from tests.plain_log import PlainLog

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_LARGE = 70_000


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[PlainLog, LogTree]]:
    log = PlainLog(_LARGE)
    with closing(LogTree(log, tmp_path_factory.mktemp("large"), writing=True)) as tree:
        tree.catch_up()
        yield log, tree


def _tiles(size: int) -> list[Tile]:
    """Every tile of a tree of this size, by the specification: floor(s / 256**l) hashes at level l."""
    found = []
    for level in range(8):
        hashes = size // 256**level
        found += [Tile(level=level, index=index) for index in range(hashes // 256)]
        if hashes % 256:
            found.append(Tile(level=level, index=hashes // 256, width=hashes % 256))
    return found


def _defined(log: PlainLog, tile: Tile) -> bytes:
    """MTH(D[(n * 256 + i) * 256**l : (n * 256 + i + 1) * 256**l]) for each i, in the words of the specification."""
    span = 256 ** (tile.level or 0)
    return b"".join(
        naive_root(log.stored[(tile.index * 256 + i) * span : (tile.index * 256 + i + 1) * span])
        for i in range(tile.width)
    )


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 511, 512, 1_000, 65_535, 65_536, 65_537])
def test_the_tiles_are_those_of_the_definition(size: int, tmp_path: Path) -> None:
    log = PlainLog(size)
    with closing(LogTree(log, tmp_path, writing=True)) as tree:
        assert size == tree.catch_up()
        for tile in _tiles(size):
            assert _defined(log, tile) == tree.tile(tile), tile


def test_a_tree_of_70000_has_the_tiles_that_the_specification_counts(large: tuple[PlainLog, LogTree]) -> None:
    log, tree = large
    tiles = _tiles(_LARGE)

    assert (273, 112, 1, 17, 1) == (
        sum(tile.level == 0 and tile.width == 256 for tile in tiles),
        *(tile.width for tile in tiles if tile.level == 0 and tile.width < 256),
        sum(tile.level == 1 and tile.width == 256 for tile in tiles),
        *(tile.width for tile in tiles if tile.level in {1, 2} and tile.width < 256),
    )
    for tile in tiles[::40]:
        assert _defined(log, tile) == tree.tile(tile), tile
    assert naive_root(log.stored) == tree.root(_LARGE)


@given(steps=st.lists(st.integers(1, 700), min_size=1, max_size=6), again=st.booleans())
def test_whatever_the_steps_the_tree_is_the_same(
    tmp_path_factory: pytest.TempPathFactory, steps: list[int], *, again: bool
) -> None:
    log, folder = PlainLog(), tmp_path_factory.mktemp("steps")
    tree = LogTree(log, folder, writing=True)
    for step in steps:
        log.grow(step)
        if again:
            tree.close()
            tree = LogTree(log, folder, writing=True)
        tree.catch_up()
    tree.close()

    once = tmp_path_factory.mktemp("once")
    with closing(LogTree(log, once, writing=True)) as at_once:
        at_once.catch_up()
    for path in once.iterdir():
        assert path.read_bytes() == (folder / path.name).read_bytes(), path.name


def test_a_log_longer_than_a_batch_is_taken_in_whole(tmp_path: Path) -> None:
    log = PlainLog(BATCH_LEAVES + 3)
    with closing(LogTree(log, tmp_path, writing=True)) as tree:
        assert BATCH_LEAVES + 3 == tree.catch_up()
        assert naive_root(log.stored) == tree.root(BATCH_LEAVES + 3)


@pytest.mark.parametrize("size", [1, 2, 130, 256, 300, 777])
def test_proofs_from_tiles_are_those_of_the_reference(size: int, tmp_path: Path) -> None:
    log = PlainLog(size)
    with closing(LogTree(log, tmp_path, writing=True)) as tree:
        tree.catch_up()
        for position in {1, size // 3 + 1, size}:
            assert naive_inclusion(position - 1, log.stored) == tree.inclusion(position, size)
        for first in {1, size // 3 + 1, size}:
            assert naive_consistency(first, log.stored) == tree.consistency(first, size)


@given(data=st.data())
def test_any_position_and_any_pair_of_sizes_has_a_proof_that_holds(
    large: tuple[PlainLog, LogTree], data: st.DataObject
) -> None:
    log, tree = large
    second = data.draw(st.integers(1, _LARGE))
    first = data.draw(st.integers(1, second))
    check_inclusion(
        index=first - 1,
        size=second,
        leaf=leaf_hash(log.stored[first - 1]),
        path=tree.inclusion(first, second),
        root=tree.root(second),
    )
    check_consistency(
        first=first,
        second=second,
        path=tree.consistency(first, second),
        first_root=tree.root(first),
        second_root=tree.root(second),
    )


def test_what_lies_beyond_the_tree_is_said_to(tmp_path: Path) -> None:
    with closing(LogTree(PlainLog(300), tmp_path, writing=True)) as tree:
        tree.catch_up()
        for asked in (
            lambda: tree.tile(Tile(level=0, index=1, width=45)),
            lambda: tree.tile(Tile(level=1, index=0, width=2)),
            lambda: tree.tile(Tile(level=None, index=1)),
            lambda: tree.inclusion(1, 301),
            lambda: tree.consistency(1, 301),
            lambda: tree.root(301),
            lambda: tree.leaf(301),
        ):
            with pytest.raises(UnknownError, match="the tree has 300 leaves"):
                asked()
        for position in (0, 201):
            with pytest.raises(InvalidError, match="not among the first 200"):
                tree.inclusion(position, 200)


def test_a_bundle_holds_the_stored_bytes_and_no_others(tmp_path: Path) -> None:
    log = PlainLog(300)
    with closing(LogTree(log, tmp_path, writing=True)) as tree:
        tree.catch_up()
        data = tree.tile(Tile(level=None, index=1, width=44))
        assert log.stored[256:] == _taken_apart(data)
        log.stored[270] = b"something else"
        with pytest.raises(IntegrityError, match="position 271"):
            tree.tile(Tile(level=None, index=1, width=44))


def _taken_apart(data: bytes) -> list[bytes]:
    found = []
    while data:
        size = int.from_bytes(data[:2], "big")
        found.append(data[2 : 2 + size])
        data = data[2 + size :]
    return found


def _built(log: PlainLog, folder: Path) -> None:
    with closing(LogTree(log, folder, writing=True)) as tree:
        tree.catch_up()


@pytest.mark.parametrize("tail", [b"", b"\x00" * 32, b"\xff" * 5_000])
def test_a_tail_that_was_written_and_not_finished_is_written_over(tail: bytes, tmp_path: Path) -> None:
    log = PlainLog(600)
    _built(log, tmp_path)
    for path in tmp_path.glob("level-*"):
        path.write_bytes(path.read_bytes() + tail)

    log.grow(500)
    with closing(LogTree(log, tmp_path, writing=True)) as tree:
        assert 600 == tree.size
        tree.catch_up()
        assert naive_root(log.stored) == tree.root(1_100)
        for tile in _tiles(1_100):
            assert _defined(log, tile) == tree.tile(tile)


@pytest.mark.parametrize("name", ["built", "level-0", "level-1"])
@pytest.mark.parametrize("damage", ["gone", "empty", "cut", "flipped"])
def test_a_tree_whose_files_do_not_agree_is_built_anew(name: str, damage: str, tmp_path: Path) -> None:
    log = PlainLog(600)
    _built(log, tmp_path)
    path = tmp_path / name
    data = path.read_bytes()
    match damage:
        case "gone":
            path.unlink()
        case "empty":
            path.write_bytes(b"")
        case "cut":
            path.write_bytes(data[:-1])
        case _:
            path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))

    with closing(LogTree(log, tmp_path, writing=True)) as tree:
        assert 0 == tree.size
        assert 600 == tree.catch_up()
        assert naive_root(log.stored) == tree.root(600)


def test_a_tree_of_another_log_or_of_a_longer_one_is_built_anew(tmp_path: Path) -> None:
    log = PlainLog(600)
    _built(log, tmp_path)
    log.stored[599] = b"another end"
    with closing(LogTree(log, tmp_path, writing=True)) as tree:
        assert 0 == tree.size
        tree.catch_up()
        assert naive_root(log.stored) == tree.root(600)
    del log.stored[500:]
    with closing(LogTree(log, tmp_path, writing=True)) as tree:
        assert 500 == tree.catch_up()
        assert naive_root(log.stored) == tree.root(500)


def test_a_tree_that_was_thrown_away_is_built_anew(tmp_path: Path) -> None:
    log = PlainLog(600)
    with closing(LogTree(log, tmp_path, writing=True)) as tree:
        tree.catch_up()
        log.stored[0] = b"another beginning"
        tree.forget()
        assert 0 == tree.size
        assert 600 == tree.catch_up()
        assert naive_root(log.stored) == tree.root(600)


def test_what_is_kept_in_memory_of_a_tree_goes_with_it_and_grows_with_it(tmp_path: Path) -> None:
    log = PlainLog(700)
    with (
        closing(LogTree(log, tmp_path, writing=True)) as tree,
        closing(LogTree(log, tmp_path)) as beside,
    ):
        for size in (700, 701, 900, 1_300):
            log.grow(size - len(log.stored))
            tree.catch_up()
            beside.catch_up()
            for position in (1, 300, size):
                path = naive_inclusion(position - 1, log.stored)
                assert path == tree.inclusion(position, size) == beside.inclusion(position, size)
        log.stored[1:] = [b"others %d" % number for number in range(1, 1_300)]
        tree.forget()
        tree.catch_up()
        beside.catch_up()
        for position in (1, 300, 1_300):
            path = naive_inclusion(position - 1, log.stored)
            assert path == tree.inclusion(position, 1_300) == beside.inclusion(position, 1_300)


def test_a_reader_beside_the_writer_sees_what_was_whole_when_it_looked(tmp_path: Path) -> None:
    log = PlainLog(300)
    with closing(LogTree(log, tmp_path, writing=True)) as tree:
        tree.catch_up()
        with closing(LogTree(log, tmp_path)) as beside:
            log.grow(300)
            tree.catch_up()
            assert 300 == beside.size
            assert naive_root(log.stored[:300]) == beside.root(300)


def test_a_log_that_ends_before_its_head_is_not_taken_in(tmp_path: Path) -> None:
    log = PlainLog(10)
    lost = PlainLog(12)
    log.head = lost.head  # type: ignore[method-assign]  # a store that lost its last rows
    with (
        closing(LogTree(log, tmp_path, writing=True)) as tree,
        pytest.raises(IntegrityError, match="position 12: the log ends before it"),
    ):
        tree.catch_up()


def test_where_the_disk_refuses_it_says_so_and_goes_on_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = PlainLog(300)

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    with closing(LogTree(log, tmp_path / "tree", writing=True)) as tree:
        with monkeypatch.context() as patched:
            patched.setattr("os.pwrite", full)
            with pytest.raises(StoreError, match="could not be written: No space left"):
                tree.catch_up()
        assert 0 == tree.size
        assert 300 == tree.catch_up()
        assert naive_root(log.stored) == tree.root(300)
