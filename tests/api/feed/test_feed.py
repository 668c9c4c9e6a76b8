"""The live feed: every event once and in order, to each what was asked for, and never a word that is gone."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

import pytest

from api.http.connections import ABORT
from api.http.feed import stream, tail
from api.http.feed.frames import Wanted
from api.http.feed.stream import EventStream, messages
from ledger.log_lines import log_line
from tests.api.feed.following import WAIT_S, followed, positions, said, tailing
from tests.desk import Desk, fact
from tests.exported_desk import desk_to_export

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, MutableMapping
    from pathlib import Path

    from api.http.feed.tail import Tail

ALL = Wanted()
HEAD = 13
"""How many events the ledger has: 6, 7 and 8 report facts of `stop`, 9 corrects, 10 retracts, 11 redacts, 13 reports in `second`."""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = desk_to_export(tmp_path / "desk.ledger")
    yield made
    made.close()


def _asked(desk: Desk, wanted: Wanted, after: int = 0, until: int = HEAD) -> list[int]:
    async def asked() -> bytes:
        async with tailing(desk) as followed_tail:
            return await followed(followed_tail, after, wanted, until)

    return positions(asyncio.run(asked()))


def test_every_event_comes_once_in_order_as_a_line_of_the_log(desk: Desk) -> None:
    async def asked() -> bytes:
        async with tailing(desk) as followed_tail:
            return await followed(followed_tail, 0, ALL, HEAD)

    sent = said(asyncio.run(asked()))

    assert [log_line(row).decode().rstrip("\n") for row in desk.store.rows()] == [one["data"] for one in sent]
    assert [str(row.position) for row in desk.store.rows()] == [one["id"] for one in sent]
    assert "LedgerOpened" == sent[0]["event"]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (ALL, list(range(1, HEAD + 1))),
        (Wanted(incident="second"), [12, 13]),
        (Wanted(source="article"), [4, 9, 13]),
        (Wanted(source="release"), [3, 5, 6, 7, 8]),
        (Wanted(kind="drag"), [6, 7, 9, 10, 13]),
        (Wanted(kind="injury"), [8]),
        (Wanted(corrections=True), [9, 10]),
        (Wanted(corrections=True, source="article"), [9]),
        (Wanted(incident="stop", kind="drag"), [6, 7, 9, 10]),
        (Wanted(incident="nowhere"), []),
    ],
    ids=str,
)
def test_only_what_was_asked_for_is_sent(desk: Desk, wanted: Wanted, expected: list[int]) -> None:
    assert expected == _asked(desk, wanted)


def test_nothing_is_kept_too_long_and_nothing_is_missed_for_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tail, "KEPT_BYTES", 1)
    monkeypatch.setattr(tail, "PAGE_ROWS", 2)
    monkeypatch.setattr(tail, "KEPT_KINDS", 1)

    assert list(range(1, HEAD + 1)) == _asked(desk, ALL)
    assert [6, 7, 9, 10, 13] == _asked(desk, Wanted(kind="drag"))


@pytest.mark.parametrize("wanted", [ALL, Wanted(kind="drag")], ids=str)
def test_a_stream_that_is_cut_anywhere_goes_on_without_a_gap(
    desk: Desk, wanted: Wanted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "PIECE_BYTES", 1)
    whole = _asked(desk, wanted)

    for cut in range(HEAD + 1):
        first = _asked(desk, wanted, 0, cut)
        assert whole == first + _asked(desk, wanted, cut)


def test_what_is_recorded_while_somebody_follows_is_sent_when_the_tail_is_woken(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tail, "LOOK_S", 3_600)

    async def asked() -> bytes:
        async with tailing(desk) as followed_tail:
            waiting = asyncio.create_task(followed(followed_tail, HEAD, ALL, HEAD + 2))
            for ident in ("third", "fourth"):
                await asyncio.to_thread(desk.act, fact(ident))
                followed_tail.wake()
            return await waiting

    assert [HEAD + 1, HEAD + 2] == positions(asyncio.run(asked()))


def test_a_lost_hint_delays_an_event_and_loses_none(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tail, "LOOK_S", 0.001)

    async def asked() -> bytes:
        async with tailing(desk) as followed_tail:
            waiting = asyncio.create_task(followed(followed_tail, HEAD, ALL, HEAD + 1))
            await asyncio.to_thread(desk.act, fact("third"))
            return await waiting

    assert [HEAD + 1] == positions(asyncio.run(asked()))


def test_words_redacted_after_they_were_read_are_not_sent(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "PIECE_BYTES", 1)

    async def asked() -> tuple[bytes, bytes]:
        async with tailing(desk) as followed_tail:
            # Everything is read and kept; the follower has taken the first few.
            await followed(followed_tail, 0, ALL, HEAD)
            following = messages(followed_tail, 0, ALL, until=HEAD + 1)
            before = b"".join([await anext(following) for _ in range(4)])
            await asyncio.to_thread(desk.redact, facts=[{"fact": "gone", "paths": ["statement"]}])
            followed_tail.wake()
            # The hint is on its way to the loop, as it is before the redaction is answered.
            await asyncio.sleep(0)
            return before, b"".join([piece async for piece in following])

    before, after = asyncio.run(asyncio.wait_for(asked(), WAIT_S))

    assert b"says gone" not in before + after
    assert list(range(1, HEAD + 2)) == positions(before + after)


def test_a_quiet_stream_says_how_far_it_has_read(desk: Desk) -> None:
    async def asked() -> list[bytes]:
        async with tailing(desk) as followed_tail:
            following = messages(followed_tail, HEAD, ALL, heartbeat_s=0.001)
            return [await anext(following) for _ in range(3)]

    assert [b"retry: 1000\n\n", *[b": at 13\nid: 13\n\n"] * 2] == asyncio.run(asked())


def test_streams_end_when_the_server_does(desk: Desk) -> None:
    async def asked() -> list[bytes]:
        async with tailing(desk) as followed_tail:
            following = messages(followed_tail, HEAD, ALL)
            assert await anext(following)
            ending = asyncio.create_task(_rest(following))
            followed_tail.end_streams()
            return await asyncio.wait_for(ending, WAIT_S)

    assert [b": at 13\nid: 13\n\n"] == asyncio.run(asked())


async def _rest(following: AsyncIterator[bytes]) -> list[bytes]:
    return [piece async for piece in following]


def _answering(followed_tail: Tail, *, slow_s: float) -> EventStream:
    return EventStream(followed_tail, messages(followed_tail, 0, ALL), slow_s=slow_s)


def test_a_follower_that_takes_nothing_is_cut_at_once_and_counted(desk: Desk) -> None:
    aborted: list[bool] = []

    async def asked() -> tuple[int, int]:
        async with tailing(desk) as followed_tail:
            gone = asyncio.Event()

            async def receive() -> dict[str, Any]:
                await gone.wait()
                return {"type": "http.disconnect"}

            async def send(message: MutableMapping[str, Any]) -> None:
                if message["type"] == "http.response.body":
                    await asyncio.Event().wait()

            def abort() -> None:
                aborted.append(True)
                gone.set()

            scope = {"type": "http", "extensions": {ABORT: abort}}
            await asyncio.wait_for(_answering(followed_tail, slow_s=0.01)(scope, receive, send), WAIT_S)
            return followed_tail.cut, followed_tail.followers

    assert (1, 1) == asyncio.run(asked())
    assert [True] == aborted


def test_a_follower_that_goes_away_is_let_go(desk: Desk) -> None:
    async def asked() -> tuple[int, int]:
        async with tailing(desk) as followed_tail:
            taken = asyncio.Event()

            async def receive() -> dict[str, Any]:
                await taken.wait()
                return {"type": "http.disconnect"}

            async def send(message: MutableMapping[str, Any]) -> None:
                if message["type"] == "http.response.body":
                    taken.set()

            await asyncio.wait_for(
                _answering(followed_tail, slow_s=30)({"type": "http"}, receive, send), WAIT_S
            )
            return followed_tail.cut, followed_tail.followers

    assert (0, 1) == asyncio.run(asked())


def test_nobody_who_follows_has_a_thread(desk: Desk) -> None:
    async def asked() -> int:
        async with tailing(desk) as followed_tail:
            many = [asyncio.create_task(followed(followed_tail, 0, ALL, HEAD + 1)) for _ in range(200)]
            await followed(followed_tail, 0, ALL, HEAD)
            threads = len([one for one in threading.enumerate() if one.name.startswith("ledger-feed")])
            await asyncio.to_thread(desk.act, fact("third"))
            followed_tail.wake()
            assert [list(range(1, HEAD + 2))] * 200 == [
                positions(sent) for sent in await asyncio.gather(*many)
            ]
            return threads

    assert 1 == asyncio.run(asked())
