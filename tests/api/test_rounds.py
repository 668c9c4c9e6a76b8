"""Work done once in a round of the event loop."""

from __future__ import annotations

import asyncio
import io

import orjson

from api.http.json_log import JsonLog
from api.http.rounds import Rounds
from tests.fakes import FrozenClock


def test_the_first_call_of_a_round_is_told_from_the_others() -> None:
    rounds = Rounds()

    async def asked() -> list[bool]:
        first = [rounds.begin(), rounds.begin()]
        await asyncio.sleep(0)
        return [*first, rounds.begin()]

    assert [True, False, True] == asyncio.run(asked())


def test_outside_of_a_loop_every_call_is_the_first() -> None:
    rounds = Rounds()
    assert [True, True] == [rounds.begin(), rounds.begin()]


def test_what_is_ended_by_hand_begins_again() -> None:
    rounds = Rounds()

    async def asked() -> list[bool]:
        first = rounds.begin()
        rounds.end()
        return [first, rounds.begin()]

    assert [True, True] == asyncio.run(asked())


class _Counted(io.BytesIO):
    """Bytes that count how often they were written to."""

    written = 0

    def write(self, data: object, /) -> int:
        """Count, and write."""
        self.written += 1
        return super().write(data)  # type: ignore[arg-type]  # the library's own type has no name


def test_lines_of_one_round_are_written_together_and_each_is_a_line() -> None:
    stream = _Counted()
    log = JsonLog(stream, FrozenClock())

    async def wrote() -> int:
        for number in range(3):
            log.write("info", {"n": number})
        before = stream.written
        await asyncio.sleep(0)
        return before

    assert 0 == asyncio.run(wrote())
    assert 1 == stream.written
    assert [0, 1, 2] == [orjson.loads(line)["n"] for line in stream.getvalue().splitlines()]


def test_a_fault_is_written_at_once_with_what_came_before_it() -> None:
    stream = _Counted()
    log = JsonLog(stream, FrozenClock())

    async def wrote() -> bytes:
        log.write("info", {"n": 0})
        log.write("error", {"n": 1})
        return stream.getvalue()

    lines = asyncio.run(wrote()).splitlines()
    assert [0, 1] == [orjson.loads(line)["n"] for line in lines]


def test_outside_of_a_loop_a_line_is_written_at_once() -> None:
    stream = _Counted()
    JsonLog(stream, FrozenClock()).write("info", {"n": 0})
    assert b'"n":0' in stream.getvalue()


def test_lines_that_a_stream_refuses_are_counted() -> None:
    stream = io.BytesIO()
    log = JsonLog(stream, FrozenClock())
    stream.close()
    log.write("info", {"n": 0})
    log.write("error", {"n": 1})
    assert 2 == log.lost
