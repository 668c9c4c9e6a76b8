"""Tiles: the paths of C2SP tlog-tiles and no others, and bundles that whoever knows the specification can take apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import InvalidError
from ledger.transparency.tiles import Tile, bundle_of

_LEVELS = st.none() | st.integers(0, 63)
_WIDTHS = st.integers(1, 256)


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(level=0, index=0), "0/000"),
        (Tile(level=1, index=1_234_067), "1/x001/x234/067"),
        (Tile(level=0, index=273, width=112), "0/273.p/112"),
        (Tile(level=2, index=0, width=1), "2/000.p/1"),
        (Tile(level=None, index=1_000), "entries/x001/000"),
        (Tile(level=None, index=999, width=255), "entries/999.p/255"),
        (Tile(level=63, index=0), "63/000"),
    ],
)
def test_a_tile_has_the_path_of_the_specification(tile: Tile, path: str) -> None:
    assert path == tile.path
    assert tile == Tile.parse(path)


@given(level=_LEVELS, index=st.integers(0, 2**55), width=_WIDTHS)
def test_a_path_is_read_back_as_its_tile(level: int | None, index: int, width: int) -> None:
    tile = Tile(level=level, index=index, width=width)

    assert tile == Tile.parse(tile.path)


@pytest.mark.parametrize(
    "path",
    [
        *("", "0", "0/", "/000", "0/0", "0/00", "0/0000", "0/1", "00/000", "64/000", "-1/000", "x/000"),
        *("0/000.p", "0/000.p/", "0/000.p/0", "0/000.p/256", "0/000.p/01", "0/000.p/1/", "0/000.p/1.p/1"),
        *("0/x000/000", "0/001/234", "0/x1234/067", "0/x001/x067", "0/000/", "0//000", "0/+00"),
        *("0/\u0660\u0660\u0660", "0/000\n", "entries", "entries/0", "entry/000", "0/../../mark"),
        "0/x001/x001/x001/x001/x001/x001/x001/001",
    ],
)
def test_a_path_that_the_specification_does_not_write_is_refused(path: str) -> None:
    with pytest.raises(InvalidError, match=r"tile"):
        Tile.parse(path)


def test_a_tile_says_how_large_a_tree_must_be_to_hold_it() -> None:
    # The example of the specification: a tree of 70,000.
    assert 272 * 256 + 112 <= 70_000
    held = [
        *(Tile(level=0, index=272), Tile(level=0, index=273, width=112)),
        *(Tile(level=1, index=0), Tile(level=1, index=1, width=17), Tile(level=2, index=0, width=1)),
    ]
    not_held = [
        *(Tile(level=0, index=273, width=113), Tile(level=0, index=273)),
        *(Tile(level=1, index=1, width=18), Tile(level=2, index=0, width=2), Tile(level=3, index=0, width=1)),
    ]

    assert [True] * 5 == [tile.leaves <= 70_000 for tile in held]
    assert [False] * 5 == [tile.leaves <= 70_000 for tile in not_held]


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_a_bundle_is_taken_apart_by_the_lengths_in_it(entries: list[bytes]) -> None:
    data = bundle_of(entries)

    found = []
    while data:
        size = int.from_bytes(data[:2], "big")
        found.append(data[2 : 2 + size])
        data = data[2 + size :]
    assert entries == found


def test_an_entry_of_65535_bytes_fits_into_a_bundle_and_a_longer_one_does_not() -> None:
    assert b"\xff\xff" + b"x" * 65_535 == bundle_of([b"x" * 65_535])
    with pytest.raises(InvalidError, match="at most 65535 bytes"):
        bundle_of([b"x" * 65_536])
