"""The mark: never ahead, never lowered, and whole after every write that was cut short."""

from __future__ import annotations

import hashlib
import os
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import IntegrityError, StoreError
from ledger.mark import NOTHING_YET, Mark, Marked

if TYPE_CHECKING:
    from collections.abc import Iterator

_LINE = 4_096


def _marked(position: int) -> Marked:
    return Marked(
        position=position,
        recorded_us=1_620_475_200_000_000 + position,
        leaf=hashlib.sha256(str(position).encode()).digest(),
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.ledger.d" / "mark"


@pytest.fixture
def mark(path: Path) -> Iterator[Mark]:
    with closing(Mark(path)) as made:
        yield made


def test_what_was_said_last_is_read_back(path: Path, mark: Mark) -> None:
    for position in (2, 3, 17, 18):
        mark.advance(_marked(position))

        assert _marked(position) == Mark(path).read()


def test_a_ledger_without_events_has_a_mark_too(path: Path, mark: Mark) -> None:
    mark.advance(NOTHING_YET)

    assert Marked(position=0, recorded_us=0, leaf=bytes(32)) == Mark(path).read()


def test_the_file_is_two_lines_of_text_in_the_documented_form(path: Path, mark: Mark) -> None:
    mark.advance(_marked(6))
    mark.advance(_marked(7))

    newer, older = path.read_text("ascii").splitlines()
    record = f"incident-ledger-mark/1 position 7 recorded_us 1620475200000007 leaf {_marked(7).leaf.hex()}"
    assert f"{record} sha256 {hashlib.sha256(record.encode()).hexdigest()}".ljust(_LINE - 1) == newer
    assert older.startswith("incident-ledger-mark/1 position 6 ")
    assert 2 * _LINE == path.stat().st_size


def test_where_there_is_no_file_or_an_empty_one_there_is_no_mark(path: Path, tmp_path: Path) -> None:
    assert None is Mark(path).read()
    path.parent.mkdir()
    path.touch()
    assert None is Mark(path).read()
    (tmp_path / "file").touch()
    assert None is Mark(tmp_path / "file" / "mark").read()


def test_an_empty_file_is_made_anew(path: Path, mark: Mark) -> None:
    path.parent.mkdir()
    path.touch()

    mark.advance(_marked(3))

    assert _marked(3) == Mark(path).read()


def test_another_process_goes_on_where_the_last_one_stopped(path: Path) -> None:
    for position in range(1, 6):
        with closing(Mark(path)) as mark:
            mark.advance(_marked(position))

    assert ["5", "4"] == [line.split()[2] for line in path.read_text().splitlines()]


@given(advances=st.integers(2, 5), cut=st.integers(0, 2 * _LINE), backwards=st.booleans())
def test_a_write_that_was_cut_short_leaves_the_mark_before_it_or_the_new_one(
    tmp_path_factory: pytest.TempPathFactory, advances: int, cut: int, *, backwards: bool
) -> None:
    path = tmp_path_factory.mktemp("torn") / "mark"
    with closing(Mark(path)) as mark:
        for position in range(1, advances):
            mark.advance(_marked(position))
        before = path.read_bytes()
        mark.advance(_marked(advances))
        after = path.read_bytes()

    path.write_bytes(before[:cut] + after[cut:] if backwards else after[:cut] + before[cut:])

    assert Mark(path).read() in {_marked(advances - 1), _marked(advances)}
    with closing(Mark(path)) as mark:
        mark.advance(_marked(advances + 1))
    assert _marked(advances + 1) == Mark(path).read()


@given(position=st.integers(0, 10**18), byte=st.integers(0, 240), bit=st.integers(0, 7))
def test_no_flipped_bit_makes_a_mark_say_something_else(
    tmp_path_factory: pytest.TempPathFactory, position: int, byte: int, bit: int
) -> None:
    path = tmp_path_factory.mktemp("flipped") / "mark"
    with closing(Mark(path)) as mark:
        mark.advance(_marked(position))
    data = bytearray(path.read_bytes())
    data[byte] ^= 1 << bit
    path.write_bytes(data)

    assert _marked(position) == Mark(path).read()


def test_two_spoilt_lines_are_damage_and_it_is_said_what_to_do(path: Path, mark: Mark) -> None:
    mark.advance(_marked(6))
    data = bytearray(path.read_bytes())
    data[30] ^= 1
    data[_LINE + 30] ^= 1
    path.write_bytes(data)

    with pytest.raises(
        IntegrityError, match=r"a\.ledger\.d/mark: the mark is damaged.* verify, .* move the file away"
    ):
        Mark(path).read()
    with pytest.raises(IntegrityError, match="damaged"):
        Mark(path).advance(_marked(7))


def test_a_mark_is_never_lowered_or_changed(path: Path, mark: Mark) -> None:
    mark.advance(_marked(6))
    mark.advance(_marked(6))

    for other in (_marked(5), Marked(position=6, recorded_us=1, leaf=bytes(32))):
        with pytest.raises(IntegrityError, match="it says position 6, and a mark is never lowered"):
            mark.advance(other)
        with closing(Mark(path)) as another, pytest.raises(IntegrityError, match="never lowered"):
            another.advance(other)

    assert _marked(6) == Mark(path).read()


@pytest.mark.parametrize(
    "members",
    [
        {"position": -1, "recorded_us": 1, "leaf": bytes(32)},
        {"position": 1, "recorded_us": -1, "leaf": bytes(32)},
        {"position": 1, "recorded_us": 1, "leaf": b"short"},
    ],
    ids=["position", "time", "leaf"],
)
def test_what_could_not_be_read_back_is_no_mark(members: dict[str, object]) -> None:
    with pytest.raises(IntegrityError, match="leaf hash of 32 bytes"):
        Marked(**members)  # type: ignore[arg-type]  # that is what is refused


class _Syncs:
    """What was synced, by name; the syncs are made as well."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.names: list[str] = []
        self._real = os.fsync
        monkeypatch.setattr(os, "fsync", self)

    def __call__(self, descriptor: int) -> None:
        self.names.append(Path(f"/proc/self/fd/{descriptor}").readlink().name)
        self._real(descriptor)


def test_making_it_is_synced_with_its_new_folders_and_advancing_it_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    syncs = _Syncs(monkeypatch)
    mark = Mark(tmp_path / "new" / "a.ledger.d" / "mark")

    mark.advance(_marked(1))
    assert [tmp_path.name, "new", "mark.new", "a.ledger.d"] == syncs.names

    syncs.names.clear()
    for position in range(2, 9):
        mark.advance(_marked(position))
    assert [] == syncs.names

    mark.sync()
    mark.close()
    mark.close()
    assert ["mark", "mark"] == syncs.names


def test_a_closed_mark_is_not_advanced(mark: Mark) -> None:
    mark.advance(_marked(1))
    mark.close()

    with pytest.raises(StoreError, match="was closed"):
        mark.advance(_marked(2))
    mark.sync()


def _refuse(*_: object) -> int:
    raise OSError(5, "Input/output error")


@pytest.mark.parametrize(("call", "said"), [("pwrite", "written"), ("fsync", "written"), ("pread", "read")])
def test_a_disk_that_refuses_is_a_store_error(
    path: Path, mark: Mark, monkeypatch: pytest.MonkeyPatch, call: str, said: str
) -> None:
    if call == "pread":
        mark.advance(_marked(1))
        mark = Mark(path)
    with monkeypatch.context() as broken:
        broken.setattr(os, call, _refuse)
        with pytest.raises(StoreError, match=f"a.ledger.d/mark could not be {said}: Input/output error"):
            mark.advance(_marked(1))

    mark.advance(_marked(2))
    assert _marked(2) == Mark(path).read()


def test_a_write_that_is_not_whole_is_said_and_made_good_by_the_next(
    path: Path, mark: Mark, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark.advance(_marked(1))
    real = os.pwrite
    with monkeypatch.context() as broken:
        broken.setattr(os, "pwrite", lambda fd, data, at: real(fd, data[:40], at))
        with pytest.raises(StoreError, match="not be written whole"):
            mark.advance(_marked(2))
    assert _marked(1) == Mark(path).read()

    mark.advance(_marked(3))
    assert _marked(3) == Mark(path).read()


def test_a_folder_of_that_name_is_no_mark(path: Path) -> None:
    path.mkdir(parents=True)

    with pytest.raises(StoreError, match="could not be read: Is a directory"):
        Mark(path).read()


def test_making_it_that_was_cut_short_is_begun_again(path: Path, mark: Mark) -> None:
    path.parent.mkdir()
    path.with_name("mark.new").write_bytes(b"incident-ledger-mark/1 pos" * 999)

    assert None is mark.read()
    mark.advance(_marked(4))

    assert _marked(4) == Mark(path).read()
    assert ["mark"] == [one.name for one in path.parent.iterdir()]
