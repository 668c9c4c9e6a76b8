"""`GET /v1/events` as the outside sees it: over sockets, with the client that follows, and what is refused."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx2
import pytest

from api.client import AsyncClient, Client, Retries
from api.client.errors import NoAnswerError, ProblemAnsweredError
from api.client.feed import Messages
from tests.api.http.client import Client as InProcess
from tests.api.http.server_process import WAIT_S, ServerProcess
from tests.desk import fact
from tests.exported_desk import SEALED, desk_to_export

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ledger.values import Json

HEAD = 13
_RETRIES = Retries(times=40, first_s=0.01, longest_s=0.2)


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    made = desk_to_export(tmp_path / "desk.ledger")
    made.close()
    return made.path


@pytest.fixture
def server(ledger: Path) -> Iterator[ServerProcess]:
    with ServerProcess(ledger) as running:
        yield running


def _later(ident: str) -> Json:
    return fact(ident, statement=f"It was told later, says {ident}.")


def test_a_client_follows_the_log_and_is_told_what_is_recorded(server: ServerProcess) -> None:
    with Client(server.url) as client:
        following = client.follow(after=0)
        told = [next(following) for _ in range(HEAD)]
        receipt = client.record(_later("third"))
        newest = next(following)
        following.close()

    assert list(range(1, HEAD + 1)) == [one.position for one in told]
    assert (receipt.position, "FactReported", "third") == (
        newest.position,
        newest.type,
        newest.entry["body"]["fact"],
    )
    assert any("told later" in line for line in newest.disclosures)
    assert SEALED not in "".join(line for one in told for line in one.disclosures)


def test_a_client_that_awaits_follows_what_it_asked_for(server: ServerProcess) -> None:
    async def asked() -> list[int]:
        async with AsyncClient(server.url) as client:
            return [one.position async for one in client.follow(after=0, until=HEAD, kind="drag")]

    assert [6, 7, 9, 10, 13] == asyncio.run(asked())


def test_a_client_goes_on_where_it_was_when_the_server_was_restarted(ledger: Path) -> None:
    with ServerProcess(ledger) as first:
        port = first.url.rpartition(":")[2]
        client = Client(first.url, retries=_RETRIES)
        following = client.follow(after=0)
        told = [next(following).position for _ in range(HEAD)]
    with ServerProcess(ledger, "--port", port) as second, Client(second.url) as other:
        other.record(_later("third"))
        other.record(_later("fourth"))
        told += [next(following).position for _ in range(2)]
        following.close()
    client.close()

    assert list(range(1, HEAD + 3)) == told


def test_a_client_gives_up_where_nothing_answers_any_more(ledger: Path) -> None:
    with ServerProcess(ledger) as server:
        client = Client(server.url, retries=Retries(times=2, first_s=0.001))
        following = client.follow(after=0)
        next(following)

    with pytest.raises(NoAnswerError, match="the feed was not to be had, 3 times over"):
        list(following)
    client.close()


def test_a_stream_that_is_open_does_not_keep_a_server_from_ending(server: ServerProcess) -> None:
    with (
        httpx2.Client(base_url=server.url, timeout=WAIT_S) as http,
        http.stream("GET", "/v1/events") as answer,
    ):
        assert ("text/event-stream; charset=utf-8", "no-store") == (
            answer.headers["content-type"],
            answer.headers["cache-control"],
        )
        pieces = answer.iter_bytes()
        assert b"retry: 1000\n\n" == next(pieces)
        server.signal()
        # Without being told, the server would let the stream run until its time to finish is over, and cut it.
        assert b"at 13" in b"".join(pieces)
        assert 0 == server.ended()


def test_last_event_id_stands_above_after(server: ServerProcess) -> None:
    with httpx2.Client(base_url=server.url, timeout=WAIT_S) as http:
        answer = http.get("/v1/events?after=2&until=13", headers={"Last-Event-ID": "11"})

    assert [12, 13] == [one.position for one in Messages(None).take(answer.content)]


def test_a_server_says_how_many_follow(server: ServerProcess) -> None:
    with httpx2.Client(base_url=server.url, timeout=WAIT_S) as http:
        with http.stream("GET", "/v1/events?after=0") as answer:
            pieces = answer.iter_bytes()
            assert next(pieces)
            figures = http.get("/metrics").text
        assert "ledger_feed_followers 1.0" in figures
        assert "ledger_feed_cut 0.0" in figures


@pytest.mark.parametrize(
    ("query", "headers", "said"),
    [
        ("after=14", {}, "after must be at most 13"),
        ("after=-1", {}, "after must be a position"),
        ("until=x", {}, "until must be a position"),
        ("incident=No+Id", {}, "incident must be an id"),
        ("source=%00", {}, "source must be an id"),
        ("kind=drag@1", {}, "kind must be the slug of a kind"),
        ("corrections=perhaps", {}, "corrections must be true or false"),
        ("known_at=3", {}, "known_at is not known here"),
        ("", {"Last-Event-ID": "14"}, "Last-Event-ID must be the id of an event of this ledger"),
        ("", {"Last-Event-ID": "x"}, "Last-Event-ID must be the id of an event of this ledger"),
    ],
)
def test_what_cannot_be_followed_is_refused(
    ledger: Path, query: str, headers: dict[str, str], said: str
) -> None:
    with InProcess(ledger) as client:
        answer = client.run(client.http.get(f"/v1/events?{query}", headers=headers))

    assert 400 == answer.status_code
    assert answer.json()["detail"].startswith(said)


def test_head_says_what_it_would_be_and_ends(ledger: Path) -> None:
    with InProcess(ledger) as client:
        answer = client.run(client.http.head("/v1/events"))

    assert (200, "text/event-stream; charset=utf-8", b"") == (
        answer.status_code,
        answer.headers["content-type"],
        answer.content,
    )


def test_a_client_is_told_at_once_what_will_not_become_another_answer(server: ServerProcess) -> None:
    with (
        Client(server.url) as client,
        pytest.raises(ProblemAnsweredError, match="Last-Event-ID must be the id of an event"),
    ):
        next(client.follow(after=99))


def test_messages_come_out_of_pieces_of_any_size() -> None:
    sent = (
        b"retry: 1000\n\n"
        b'id: 7\nevent: FactReported\ndata: {"disclosures":["x"],"event":"{}","position":7}\n\n'
        b": at 9\nid: 9\n\n"
        b'id: 10\nevent: Redacted\ndata: {"event":"{}","position":10}\n\nid: 11\nev'
    )
    for size in range(1, len(sent)):
        messages = Messages(None)
        told = [one for at in range(0, len(sent), size) for one in messages.take(sent[at : at + size])]
        assert [(7, "FactReported", ("x",)), (10, "Redacted", ())] == [
            (one.position, one.type, one.disclosures) for one in told
        ]
        assert 10 == messages.position
