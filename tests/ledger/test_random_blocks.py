"""Random bytes in blocks: all of them the source's, none given twice, neither to another thread nor to a forked process."""

from __future__ import annotations

import base64
import os
import threading
from concurrent.futures import ThreadPoolExecutor

from hypothesis import given
from hypothesis import strategies as st

from ledger.random_blocks import BLOCK_BYTES, RandomBlocks
from tests.fakes import CountingBytes


class Noting:
    """A source that can be told from another, and notes how much it was asked for."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.given: list[bytes] = []
        self._source = CountingBytes("blocks")

    def __call__(self, size: int, /) -> bytes:
        self.asked.append(size)
        self.given.append(self._source(size))
        return self.given[-1]


@given(sizes=st.lists(st.integers(0, BLOCK_BYTES), max_size=40))
def test_what_is_given_is_as_long_as_was_asked_and_never_twice(sizes: list[int]) -> None:
    source = Noting()
    blocks = RandomBlocks(source)
    end, used = 0, 0
    for size in sizes:
        given = blocks(size)
        end = end if len(source.given) == used else 0
        used = len(source.given)
        assert given == source.given[-1][end : end + size] if size else given == b""
        end += size


def test_the_source_is_asked_once_for_many() -> None:
    source = Noting()
    blocks = RandomBlocks(source)
    given = [blocks(16) for _ in range(BLOCK_BYTES // 16)]
    assert source.asked == [BLOCK_BYTES]
    assert len(set(given)) == len(given)


def test_more_than_a_block_is_asked_of_the_source() -> None:
    source = Noting()
    assert len(RandomBlocks(source)(BLOCK_BYTES + 1)) == BLOCK_BYTES + 1
    assert source.asked == [BLOCK_BYTES + 1]


def test_no_two_threads_are_given_the_same_bytes() -> None:
    blocks = RandomBlocks(os.urandom)
    ready = threading.Barrier(4)

    def take(_: int) -> list[bytes | str]:
        ready.wait()
        return [one for _ in range(2_000) for one in (blocks(16), blocks.salts(1)[0], blocks.tail())]

    with ThreadPoolExecutor(4) as threads:
        taken = [one for part in threads.map(take, range(4)) for one in part]
    assert len(set(taken)) == len(taken)


def test_a_forked_process_has_a_block_of_its_own() -> None:
    blocks = RandomBlocks(os.urandom)
    held = {blocks(16).hex(), *blocks.salts(1), blocks.tail()}
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:  # pragma: no cover  the other process
        os.write(writing, " ".join([blocks(16).hex(), *blocks.salts(1), blocks.tail()]).encode())
        os._exit(0)
    os.waitpid(child, 0)
    os.close(writing)
    theirs = set(os.read(reading, 1_024).decode().split())
    os.close(reading)
    ours = held | {blocks(16).hex(), *blocks.salts(1), blocks.tail()}
    assert (len(theirs), len(ours)) == (3, 6)
    assert theirs.isdisjoint(ours)


def test_salts_and_tails_are_written_out_from_bytes_that_are_given_to_nobody_else() -> None:
    source = Noting()
    blocks = RandomBlocks(source)
    salts = [salt for count in (1, 700, 1_500) for salt in blocks.salts(count)]
    tails = [blocks.tail() for _ in range(2_000)]
    raw = {base64.urlsafe_b64decode(salt + "==") for salt in salts} | {bytes.fromhex(one) for one in tails}
    assert ({len(salt) for salt in salts}, {len(one) for one in tails}) == ({22}, {20})
    assert len(raw) == len(salts) + len(tails)
    assert all(any(one in block for block in source.given) for one in raw)
    assert blocks(16) not in raw
