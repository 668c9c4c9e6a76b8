"""The feed of one process tells what others record: woken by LISTEN, with polling underneath, once, in order, and no word that is gone."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import msgspec
import pytest

from api.client import Client
from api.client.feed import LogEvent, Messages
from api.http.feed import stream, tail
from api.http.feed.frames import Wanted
from api.http.feed.stream import messages
from ledger.stores.postgres_store import PostgresStore
from tests.api.feed.following import WAIT_S, followed, positions
from tests.api.feed.serving_without import program_without
from tests.api.http.server_process import ServerProcess
from tests.database_desk import DatabaseDesk
from tests.desk import AGENCY, begun, fact
from tests.durability.database.cutting import CuttingProxy
from tests.postgres_server import Server, as_option, fresh_address, started

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ledger.address import DatabaseAddress

_STOP = {"op": "open-incident", "id": "stop", "title": "Traffic stop", "zone": "America/Chicago"}
_CLIENTS, _FACTS = 4, 6
_PATIENCE = 60
_WORDS = "a word that has to go"


class _WithoutPolling(ServerProcess):
    program = program_without("polling")


class _WithPolling(ServerProcess):
    program = program_without("nothing")


@pytest.fixture(scope="module")
def database() -> Iterator[Server]:
    yield from started()


@pytest.fixture
def proxy(database: Server) -> Iterator[CuttingProxy]:
    with CuttingProxy(database.socket) as made:
        yield made


@pytest.fixture
def address(database: Server, tmp_path: Path) -> DatabaseAddress:
    return fresh_address(database.url, tmp_path)


def _served(address: DatabaseAddress, sort: type[ServerProcess] = ServerProcess) -> ServerProcess:
    return sort(as_option(address), LEDGER_BLOBS=str(address.folder.parent))


def _through(proxy: CuttingProxy, address: DatabaseAddress) -> DatabaseAddress:
    return msgspec.structs.replace(address, url=proxy.url)


class _Follower:
    """Who follows a server that says often how far it has read, and does not wait for ever."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._messages = Messages(0)

    def beat(self) -> list[LogEvent]:
        """What comes next: events, or how far was read, which says nothing."""
        return list(self._messages.take(next(self._pieces)))

    def take(self, count: int) -> list[LogEvent]:
        """So many events."""
        told: list[LogEvent] = []
        idle = 0
        while len(told) < count:
            more = self.beat()
            idle = 0 if more else idle + 1
            assert idle < _PATIENCE, f"nothing came after position {self._messages.position}"
            told += more
        return told


@contextmanager
def _followed(server: ServerProcess, query: str = "") -> Iterator[_Follower]:
    with server.client() as http, http.stream("GET", f"/v1/events?after=0{query}") as answer:
        assert 200 == answer.status_code
        yield _Follower(answer.iter_bytes())


@pytest.mark.parametrize("lacks", ["polling", "listening"])
def test_what_one_process_records_another_sends_once_and_in_order(
    address: DatabaseAddress, proxy: CuttingProxy, lacks: str
) -> None:
    proxy.deaf_to = b"LISTEN" if lacks == "listening" else b""
    other = _through(proxy, address)
    with (
        _served(address) as here,
        _served(other, _WithoutPolling if lacks == "polling" else _WithPolling) as there,
        Client(here.url) as recording,
        _followed(there) as follower,
    ):
        for command in (_STOP, AGENCY):
            recording.record(command)

        def report(number: int) -> None:
            # Through the one whose feed is followed as well.
            with Client(there.url if number == 0 else here.url) as client:
                for count in range(_FACTS):
                    client.record(fact(f"f{number}-{count}", statement=f"It says {_WORDS}, {count}."))

        with ThreadPoolExecutor(_CLIENTS) as clients:
            list(clients.map(report, range(_CLIENTS)))
        told = follower.take(3 + _CLIENTS * _FACTS)
        redacted = recording.record(
            {
                "op": "redact",
                "incident": "stop",
                "facts": [
                    {"fact": f"f{number}-{count}", "paths": ["statement"]}
                    for number in range(_CLIENTS)
                    for count in range(_FACTS)
                ],
                "legal_basis": "Art. 17 GDPR",
                "authority": "the desk",
                "reason": "a court ordered it",
            }
        )
        last, *_ = follower.take(1)
        with _followed(there, f"&until={last.position}") as late:
            again = late.take(last.position)
        assert 0 == there.stop()

    assert list(range(1, 4 + _CLIENTS * _FACTS)) == [one.position for one in told]
    assert _CLIENTS * _FACTS == sum(any(_WORDS in line for line in one.disclosures) for one in told)
    assert (redacted.position, "Redacted") == (last.position, last.type)
    assert list(range(1, last.position + 1)) == [one.position for one in again]
    assert not any(_WORDS in line for one in again for line in one.disclosures)


@pytest.mark.parametrize("looks", [True, False], ids=["as it is", "without looking"])
def test_words_that_another_process_redacted_are_not_sent_to_who_is_behind(
    address: DatabaseAddress,
    monkeypatch: pytest.MonkeyPatch,
    looks: bool,  # noqa: FBT001  a parameter of the test
) -> None:
    monkeypatch.setattr(stream, "PIECE_BYTES", 1)
    # Nobody wakes it, and it does not look by itself.
    monkeypatch.setattr(tail, "LOOK_S", 3_600)
    desk = begun(DatabaseDesk(address))
    head = desk.store.head().position

    async def asked() -> bytes:
        with closing(PostgresStore(address, read_only=True)) as store:
            followed_tail = tail.Tail(store, shared=looks)
            followed_tail.start()
            followed_tail.join()
            first = asyncio.create_task(followed(followed_tail, head, Wanted(), head + 2))
            for ident in ("plain", "gone"):
                await asyncio.to_thread(desk.act, fact(ident, statement=f"It says {_WORDS}: {ident}."))
                followed_tail.wake()
            assert b": gone" in await first
            # It is kept; another who follows has taken the message before it.
            following = messages(followed_tail, head, Wanted(), until=head + 2)
            sent = await anext(following) + await anext(following)
            await asyncio.to_thread(desk.redact, facts=[{"fact": "gone", "paths": ["statement"]}])
            sent += b"".join([piece async for piece in following])
            await followed_tail.stop()
            return sent

    sent = asyncio.run(asyncio.wait_for(asked(), WAIT_S))
    desk.close()

    assert [head + 1, head + 2] == positions(sent)
    assert looks == (b": gone" not in sent)


def test_under_a_listen_that_is_half_open_an_event_would_not_be_sent_but_for_the_polling(
    address: DatabaseAddress, proxy: CuttingProxy
) -> None:
    proxy.deaf_to = b"LISTEN"
    with (
        _served(address) as here,
        _served(_through(proxy, address), _WithoutPolling) as there,
        Client(here.url) as recording,
    ):
        recording.record(_STOP)
        with _followed(there) as follower:
            assert [1, 2] == [one.position for one in follower.take(2)]
            assert 3 == recording.record(AGENCY).position
            with pytest.raises(AssertionError, match="nothing came after position 2"):
                follower.take(1)
