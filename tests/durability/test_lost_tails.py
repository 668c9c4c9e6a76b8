"""Damage to the write-ahead log, and older copies put back: a whole ledger is left that ends too early.

What is found, and what cannot be found by anything inside the files: only a mark kept outside them (a checkpoint that somebody
else holds) could tell that a ledger once went on. Until one is compared, the names of these tests say what is true today.
"""

from __future__ import annotations

import shutil
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from ledger.append import Request
from ledger.errors import IntegrityError, LedgerError, StoreError
from ledger.stores.sqlite_store import SQLiteStore
from ledger.verify import verify_file
from tests.desk import Desk, a_small_ledger, fact
from tests.durability.trials import IN_CI, LONG, Dice

if TYPE_CHECKING:
    from pathlib import Path

    from ledger.stores.contract import Row

_FRAME_HEADER, _PAGE, _LOG_HEADER = 24, 4096, 32
_FRAME = _FRAME_HEADER + _PAGE
_SAMPLES = 300 if IN_CI else 80
_LATER = 5
_FOUND = "found"


@pytest.fixture(scope="module")
def pulled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger with its log beside it, copied while it was open: six events in the file, five acts more in the log."""
    path = tmp_path_factory.mktemp("open") / "a.ledger"
    a_small_ledger(path).close()
    desk = Desk(path)
    for number in range(_LATER):
        desk.act(fact(f"later-{number}"), request=Request(idempotency_key=f"k{number}", content=b"asked"))
    copy = tmp_path_factory.mktemp("pulled") / "a.ledger"
    # Reading the files drops the locks of this process (traps 13); nobody else is there to take them.
    for beside in ("", "-wal"):
        shutil.copy(path.with_name(path.name + beside), copy.with_name(copy.name + beside))
    shutil.copytree(path.with_name("a.ledger.d"), copy.with_name("a.ledger.d"))
    desk.close()
    return copy


def _log(path: Path) -> Path:
    return path.with_name(path.name + "-wal")


def _copied(pulled: Path, folder: Path) -> Path:
    shutil.copytree(pulled.parent, folder, dirs_exist_ok=True)
    folder.joinpath("a.ledger-shm").unlink(missing_ok=True)
    return folder / "a.ledger"


def _rows(path: Path) -> list[Row]:
    with closing(SQLiteStore(path, read_only=True)) as store:
        return list(store.rows())


@pytest.fixture(scope="module")
def recorded(pulled: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Row]:
    """What was recorded: all of it is read from the sound copy."""
    rows = _rows(_copied(pulled, tmp_path_factory.mktemp("recorded")))
    assert [*range(1, 7 + _LATER)] == [row.position for row in rows]
    return rows


def _what_is_left(path: Path) -> list[Row] | str:
    """The rows that anybody reads; `found` where the check or the opening says that something is wrong."""
    try:
        if verify_file(path).verdict != "OK":
            return _FOUND
        with closing(SQLiteStore(path)) as store:
            return list(store.rows())
    except (StoreError, IntegrityError):
        return _FOUND


def _left_by(pulled: Path, folder: Path, bits: list[int]) -> dict[int, list[Row] | str]:
    left: dict[int, list[Row] | str] = {}
    for bit in bits:
        path = _copied(pulled, folder)
        log = bytearray(_log(pulled).read_bytes())
        log[bit // 8] ^= 1 << bit % 8
        _log(path).write_bytes(log)
        left[bit] = _what_is_left(path)
    return left


def _judge(left: dict[int, list[Row] | str], recorded: list[Row]) -> set[int]:
    """How many rows were left each time. No row is ever another than was recorded, and none is left out before the end."""
    lengths: set[int] = set()
    for bit, rows in left.items():
        if isinstance(rows, str):
            continue
        assert rows == recorded[: len(rows)], f"bit {bit}"
        assert len(rows) >= len(recorded) - _LATER, f"bit {bit}"
        lengths.add(len(rows))
    return lengths


def _headers(size: int) -> list[int]:
    """The bytes of the header of the log and of each frame's header, its checksums with it."""
    frames = range(_LOG_HEADER, size, _FRAME)
    return [*range(_LOG_HEADER), *(at + byte for at in frames for byte in range(_FRAME_HEADER))]


def test_today_a_flipped_bit_in_the_header_of_a_frame_may_cost_the_last_acts_and_nobody_says_so(
    pulled: Path, tmp_path: Path, recorded: list[Row]
) -> None:
    dice = Dice("frames")
    places = dice.some(_headers(_log(pulled).stat().st_size), _SAMPLES)

    lengths = _judge(_left_by(pulled, tmp_path, [at * 8 + dice.below(8) for at in places]), recorded)

    assert min(lengths) < len(recorded)


def test_today_a_flipped_bit_of_a_page_in_the_log_may_cost_the_last_acts_and_nobody_says_so(
    pulled: Path, tmp_path: Path, recorded: list[Row]
) -> None:
    dice, size = Dice("pages"), _log(pulled).stat().st_size
    bits = [dice.below(size * 8) for _ in range(_SAMPLES)]

    lengths = _judge(_left_by(pulled, tmp_path, bits), recorded)

    assert min(lengths) < len(recorded)


@pytest.mark.long
def test_no_flipped_bit_in_the_log_changes_a_row_or_takes_one_from_the_middle(
    pulled: Path, tmp_path: Path, recorded: list[Row]
) -> None:
    dice, size = Dice("long"), _log(pulled).stat().st_size

    assert _judge(_left_by(pulled, tmp_path, [dice.below(size * 8) for _ in range(LONG * 10)]), recorded)


def test_today_a_truncated_log_ends_the_ledger_early_between_two_acts_and_nobody_says_so(
    pulled: Path, tmp_path: Path, recorded: list[Row]
) -> None:
    lengths: set[int] = set()
    size = _log(pulled).stat().st_size
    for end in sorted({*range(0, size, _FRAME // 2), *range(_LOG_HEADER, size, _FRAME), size}):
        path = _copied(pulled, tmp_path)
        _log(path).write_bytes(_log(pulled).read_bytes()[:end])
        lengths |= _judge({end: _what_is_left(path)}, recorded)

    assert {*range(len(recorded) - _LATER, len(recorded) + 1)} == lengths


def test_today_a_log_that_was_taken_away_ends_the_ledger_early_and_nobody_says_so(
    pulled: Path, tmp_path: Path, recorded: list[Row]
) -> None:
    path = _copied(pulled, tmp_path)
    _log(path).unlink()

    assert recorded[:-_LATER] == _what_is_left(path)


def test_a_log_without_its_file_is_no_ledger(pulled: Path, tmp_path: Path) -> None:
    path = _copied(pulled, tmp_path)
    path.unlink()

    with pytest.raises(StoreError, match="there is no ledger"):
        verify_file(path)
    with pytest.raises(LedgerError):
        _rows(path)


def test_today_an_older_copy_put_back_is_taken_for_the_ledger_and_nobody_says_so(tmp_path: Path) -> None:
    path, copy = tmp_path / "a.ledger", tmp_path / "older"
    desk = a_small_ledger(path)
    desk.close()
    older = _rows(path)
    shutil.copy(path, copy)
    desk = Desk(path)
    desk.act(fact("later"))
    desk.close()

    shutil.copy(copy, path)

    assert older == _what_is_left(path)


def test_an_older_copy_is_missed_where_a_snapshot_was_redacted_after_it(tmp_path: Path) -> None:
    path, copy = tmp_path / "a.ledger", tmp_path / "older"
    desk = a_small_ledger(path)
    (digest,) = {one.name for one in path.with_name("a.ledger.d").glob("blobs/*/*")}
    desk.close()
    shutil.copy(path, copy)
    desk = Desk(path)
    desk.redact(source="release", snapshots=[f"sha256:{digest}"])
    desk.close()

    shutil.copy(copy, path)

    assert _FOUND == _what_is_left(path)
    assert "INCOMPLETE" == verify_file(path).verdict
