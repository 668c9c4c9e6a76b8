"""Damage to the write-ahead log, and older copies put back: a whole ledger is left that ends too early.

Nothing inside the database can tell. The mark beside it does, each time, when the ledger is opened and when it is verified. What
it cannot tell is said by the last tests: a mark that was put back together with the file, or that a power cut left behind.
"""

from __future__ import annotations

import shutil
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from api.opening import open_for_reading, open_for_writing
from ledger.append import Request
from ledger.errors import IntegrityError, LedgerError, StoreError
from ledger.mark import Mark, Marked
from ledger.stores.sqlite_store import SQLiteStore
from ledger.verify import verify_file
from tests.desk import Desk, a_small_ledger, fact
from tests.durability.trials import IN_CI, LONG, Dice

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
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
    # A copy of the mark as the writer left it, unsynced and not closed.
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
    """The rows that anybody reads; else what was said, and the same by the check, by a reader, and by the writer."""
    report = verify_file(path)
    left = _rows(path) if report.verdict == "OK" else _FOUND
    tail = next((one.where for one in report.findings if "the mark says" in one.what), _FOUND)
    refused = [str(error) for way in (open_for_reading, open_for_writing) if (error := _refusal(path, way))]
    if not refused:
        # What costs nothing is found by nobody, or by the check alone.
        return left
    assert "OK" != report.verdict, f"only the opening found: {refused}"
    return tail if all(tail in one for one in refused) else _FOUND


def _refusal(path: Path, way: Callable[[Path], AbstractContextManager[object]]) -> LedgerError | None:
    try:
        with way(path):
            return None
    except (StoreError, IntegrityError) as error:
        return error


def _left_by(pulled: Path, folder: Path, bits: list[int]) -> dict[int, list[Row] | str]:
    left: dict[int, list[Row] | str] = {}
    for bit in bits:
        path = _copied(pulled, folder)
        log = bytearray(_log(pulled).read_bytes())
        log[bit // 8] ^= 1 << bit % 8
        _log(path).write_bytes(log)
        left[bit] = _what_is_left(path)
    return left


def _judge(left: dict[int, list[Row] | str], recorded: list[Row]) -> set[str]:
    """Where something was found, the lost positions among it. What passes for the ledger is all of it, to the byte."""
    found: set[str] = set()
    for bit, rows in left.items():
        if isinstance(rows, str):
            found.add(rows)
        else:
            assert recorded == rows, f"bit {bit}"
    return found


_TAILS = {f"positions {first} to {6 + _LATER}" for first in range(7, 6 + _LATER)} | {f"position {6 + _LATER}"}
"""What a lost tail is called: of the five later acts, the last ones."""


def _headers(size: int) -> list[int]:
    """The bytes of the header of the log and of each frame's header, its checksums with it."""
    frames = range(_LOG_HEADER, size, _FRAME)
    return [*range(_LOG_HEADER), *(at + byte for at in frames for byte in range(_FRAME_HEADER))]


def test_a_flipped_bit_in_the_header_of_a_frame_is_found_where_it_costs_the_last_acts(
    pulled: Path, tmp_path: Path, recorded: list[Row]
) -> None:
    dice = Dice("frames")
    places = dice.some(_headers(_log(pulled).stat().st_size), _SAMPLES)

    found = _judge(_left_by(pulled, tmp_path, [at * 8 + dice.below(8) for at in places]), recorded)

    assert found & _TAILS


def test_a_flipped_bit_of_a_page_in_the_log_is_found_where_it_costs_the_last_acts(
    pulled: Path, tmp_path: Path, recorded: list[Row]
) -> None:
    dice, size = Dice("pages"), _log(pulled).stat().st_size
    bits = [dice.below(size * 8) for _ in range(_SAMPLES)]

    found = _judge(_left_by(pulled, tmp_path, bits), recorded)

    assert found & _TAILS


@pytest.mark.long
def test_no_flipped_bit_of_many_in_the_log_changes_a_row_or_takes_one_away_unseen(
    pulled: Path, tmp_path: Path, recorded: list[Row]
) -> None:
    dice, size = Dice("long"), _log(pulled).stat().st_size

    assert _judge(_left_by(pulled, tmp_path, [dice.below(size * 8) for _ in range(LONG * 10)]), recorded)


def test_a_truncated_log_is_found_wherever_it_ends_too_early(
    pulled: Path, tmp_path: Path, recorded: list[Row]
) -> None:
    left: dict[int, list[Row] | str] = {}
    size = _log(pulled).stat().st_size
    for end in sorted({*range(0, size, _FRAME // 2), *range(_LOG_HEADER, size, _FRAME), size}):
        path = _copied(pulled, tmp_path)
        _log(path).write_bytes(_log(pulled).read_bytes()[:end])
        left[end] = _what_is_left(path)

    assert _TAILS == _judge(left, recorded)
    assert recorded == left[size]


def test_a_log_that_was_taken_away_is_found(pulled: Path, tmp_path: Path) -> None:
    path = _copied(pulled, tmp_path)
    _log(path).unlink()

    assert f"positions 7 to {6 + _LATER}" == _what_is_left(path)


def test_a_log_without_its_file_is_a_ledger_that_was_lost(pulled: Path, tmp_path: Path) -> None:
    path = _copied(pulled, tmp_path)
    path.unlink()

    assert "CORRUPT" == verify_file(path).verdict
    with pytest.raises(LedgerError):
        _rows(path)


def _older_put_back(path: Path, *, with_its_mark: bool) -> list[Row]:
    """A ledger to which an act was added, with the file before it put back: the rows of that file."""
    a_small_ledger(path).close()
    older = _rows(path)
    mark = path.with_name("a.ledger.d") / "mark"
    copies = {one: one.read_bytes() for one in (path, mark)}
    desk = Desk(path)
    desk.act(fact("later"))
    desk.close()
    path.write_bytes(copies[path])
    if with_its_mark:
        mark.write_bytes(copies[mark])
    return older


def test_an_older_copy_put_back_is_found_and_may_be_put_right(tmp_path: Path) -> None:
    path = tmp_path / "a.ledger"
    _older_put_back(path, with_its_mark=False)
    newest = path.read_bytes()

    assert "position 7" == verify_file(path).findings[0].where
    with pytest.raises(IntegrityError, match="the log ends at 6: an older copy was put back"):
        open_for_writing(path).__enter__()
    assert newest == path.read_bytes()


def test_an_older_copy_is_found_although_a_snapshot_was_redacted_after_it(tmp_path: Path) -> None:
    path, copy = tmp_path / "a.ledger", tmp_path / "older"
    desk = a_small_ledger(path)
    (digest,) = {one.name for one in path.with_name("a.ledger.d").glob("blobs/*/*")}
    desk.close()
    shutil.copy(path, copy)
    desk = Desk(path)
    desk.redact(source="release", snapshots=[f"sha256:{digest}"])
    desk.close()

    shutil.copy(copy, path)

    assert "position 7" == _what_is_left(path)
    assert ["the snapshot is missing, and no redaction names it"] == [
        one.what for one in verify_file(path).findings if digest in one.where
    ]


def test_an_older_copy_put_back_with_its_folder_is_a_whole_ledger_and_only_a_checkpoint_could_tell(
    tmp_path: Path,
) -> None:
    path = tmp_path / "a.ledger"

    assert _older_put_back(path, with_its_mark=True) == _what_is_left(path)


def test_acts_after_a_mark_that_a_power_cut_left_behind_may_be_lost_unseen(
    pulled: Path, tmp_path: Path, recorded: list[Row]
) -> None:
    path = _copied(pulled, tmp_path)
    mark = path.with_name("a.ledger.d") / "mark"
    mark.unlink()
    marked = recorded[7]
    Mark(mark).advance(Marked(position=8, recorded_us=marked.recorded_us, leaf=marked.leaf))
    lengths = []
    log = _log(path).read_bytes()
    for end in range(len(log), 0, -_FRAME):
        _log(path).write_bytes(log[:end])
        left = _what_is_left(_copied(path, tmp_path / "cut"))
        lengths.append(len(left) if isinstance(left, list) else left)

    assert {8, len(recorded)} <= {*lengths}
    assert "position 8" in lengths
    assert not {6, 7} & {*lengths}
