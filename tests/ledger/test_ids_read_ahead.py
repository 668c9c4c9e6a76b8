"""Random bytes that are asked for many at a time and given once."""

from __future__ import annotations

from ledger.ids import ReadAhead, TimeOrderedIds
from tests.fakes import FrozenClock


def _counting(asked: list[int]) -> ReadAhead:
    def random(size: int, /) -> bytes:
        start = sum(asked)
        asked.append(size)
        return bytes(number % 251 for number in range(start, start + size))

    return ReadAhead(random, 16)


def test_no_byte_is_given_twice_and_the_source_is_asked_seldom() -> None:
    asked: list[int] = []
    random = _counting(asked)
    given = [random(6), random(6), random(6), random(40), random(1)]
    assert [6, 6, 6, 40, 1] == [len(one) for one in given]
    assert [16, 16, 40, 16] == asked
    assert bytes(range(6)) + bytes(range(6, 12)) + bytes(range(16, 22)) == b"".join(given[:3])
    assert bytes(range(32, 72)) + bytes([72]) == b"".join(given[3:])


def test_ids_of_read_ahead_bytes_differ() -> None:
    ids = TimeOrderedIds(FrozenClock(), _counting([]))
    made = [ids.make() for _ in range(50)]
    assert 50 == len(set(made))
