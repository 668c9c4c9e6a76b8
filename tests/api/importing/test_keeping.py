"""The bytes of lines are durable before the lines are used, a chunk ahead, and what is refused leaves none behind."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from api.importing import keeping
from api.importing.keeping import Weight, kept_ahead
from ledger.blobs import Blobs, digest_of_bytes
from ledger.errors import StoreError
from tests.api.importing.streams import add, appear, commit, import_stream, records, written

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from ledger.values import Json

_PATIENCE_S = 60


def _each(number: int) -> Weight:
    return Weight(changes=number, size_bytes=0)


@pytest.fixture(autouse=True)
def _chunks_of_three_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "CHUNK_CHANGES", 3)


def test_lines_come_in_order_and_each_after_it_was_kept() -> None:
    kept: list[int] = []
    came: list[tuple[int, bool]] = []

    for one in kept_ahead([1, 1, 1, 5, 1, 2, 1], kept.extend, _each):
        came.append((one, len(came) < len(kept)))

    assert [(one, True) for one in (1, 1, 1, 5, 1, 2, 1)] == came
    assert [1, 1, 1, 5, 1, 2, 1] == kept


def test_nothing_to_read_is_nothing_to_keep() -> None:
    chunks: list[Sequence[int]] = []

    assert [] == list(kept_ahead([], chunks.append, _each))
    assert [] == [chunk for chunk in chunks if chunk]


def test_many_bytes_fill_a_chunk_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "CHUNK_BYTES", 10)
    chunks: list[list[int]] = []

    def keep(chunk: Sequence[int]) -> None:
        chunks.append(list(chunk))

    assert [4, 6, 4] == list(kept_ahead([4, 6, 4], keep, lambda one: Weight(changes=0, size_bytes=one)))
    assert [[4, 6], [4]] == [chunk for chunk in chunks if chunk]


def test_the_next_chunk_is_kept_while_one_is_used_and_no_more_is_read() -> None:
    read: list[int] = []
    begun = threading.Event()

    def lines() -> Iterator[int]:
        for number in range(1, 5):
            read.append(number)
            yield 3

    def keep(_: Sequence[int]) -> None:
        if len(read) > 1:
            begun.set()

    came = kept_ahead(lines(), keep, _each)
    next(came)

    assert begun.wait(_PATIENCE_S)
    assert [1, 2] == read
    assert [3, 3, 3] == list(came)


def test_what_the_disk_refuses_is_raised_in_its_place() -> None:
    def keep(chunk: Sequence[int]) -> None:
        if 9 in chunk:
            raise StoreError("the disk is full")

    came = kept_ahead([3, 9, 3], keep, _each)

    assert 3 == next(came)
    with pytest.raises(StoreError, match="the disk is full"):
        next(came)


@pytest.mark.parametrize("apart", [0, 1, 5])
def test_the_same_line_again_is_repeated_however_near_it_stands(tmp_path: Path, apart: int) -> None:
    path = tmp_path / "desk.ledger"
    first = commit(0, appear("a"), add("a", "title", "One"))
    between = [commit(0, add("a", f"n{number}", "x")) for number in range(apart)]
    answer = import_stream(path, [first, *between, first], "--json")

    assert (0, 1 + apart, 1) == (answer.code, answer.json["recorded"], answer.json["repeated"])
    assert "" == answer.err


def test_a_line_that_was_refused_is_tried_again_where_it_stands_again(tmp_path: Path) -> None:
    path = tmp_path / "desk.ledger"
    early = commit(1, add("a", "city", "Rome"))
    answer = import_stream(path, [early, commit(0, appear("a")), early], "--go-on", "--json")

    assert (3, 2, 1) == (answer.code, answer.json["recorded"], answer.json["refused"])
    assert {"a": {"city": "Rome"}} == records(path)


def test_a_refused_line_leaves_no_bytes_behind(tmp_path: Path) -> None:
    path = tmp_path / "desk.ledger"
    first, last = commit(0, appear("a")), commit(3, add("a", "city", "Rome"))
    unplanned, undecided = commit(1, add("b", "x", "y")), commit(2, add("a", "x" * 201, "y"))
    import_stream(path, [first, unplanned, undecided, last])
    left = _kept(tmp_path)
    import_stream(path, [first, unplanned, undecided, last], "--go-on")

    assert _digests(first) == left
    assert _digests(first, last) == _kept(tmp_path)


def test_nothing_is_kept_ahead_below_a_refused_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[bytes] = []
    keep_all = Blobs.keep_all

    def keeping_all(self: Blobs, pieces: Sequence[bytes]) -> list[str]:
        kept.extend(pieces)
        return keep_all(self, pieces)

    monkeypatch.setattr(Blobs, "keep_all", keeping_all)
    lines = [commit(number, appear(f"r{number}")) for number in range(40)]
    answer = import_stream(tmp_path / "desk.ledger", [b"{", *lines], "--json")

    # Two chunks were under way when it was refused.
    assert (40, True) == (answer.json["left"], len(kept) <= 2 * keeping.CHUNK_CHANGES)


def _digests(*lines: Json) -> set[str]:
    return {digest_of_bytes(written([one]).rstrip()) for one in lines}


def _kept(folder: Path) -> set[str]:
    return {f"sha256:{one.name}" for one in (folder / "desk.ledger.d" / "blobs").rglob("?" * 64)}
