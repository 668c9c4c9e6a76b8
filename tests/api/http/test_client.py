"""The client: each act is recorded once however often it is sent, problems are exceptions, and lists are read to their end."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from api.client import AsyncClient, Client, Retries, reads
from api.client.calls import PATHS
from api.client.errors import (
    MovedError,
    NoAnswerError,
    NotAllowedError,
    NotFoundError,
    NotTakenError,
    TemporaryError,
)
from api.routes import facts, incidents, kinds, redactions, sources
from ledger.commands import COMMANDS, CaptureSnapshot, OpenIncident
from tests.api.http.client import BASE, FACT, INCIDENT
from tests.api.http.client import Client as Server
from tests.api.http.faulty import Wire
from tests.desk import AGENCY
from tests.fakes import CountingBytes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ledger.values import Json

REPORT = {"op": "report-fact", "incident": "stop", **FACT}
OPEN = OpenIncident(id="stop", title="Traffic stop", zone="America/Chicago")


@pytest.fixture(name="server")
def given_server(tmp_path: Path) -> Iterator[Server]:
    with Server(tmp_path / "ledger") as server:
        yield server


def _client(wire: Wire, **members: Json) -> Client:
    return Client(BASE, transport=wire.sync, sleep=wire.sleep, random=CountingBytes("client"), **members)


def _busy(**headers: str) -> httpx2.Response:
    return httpx2.Response(503, headers=headers, content=b"{}")


def test_the_client_knows_the_path_of_every_act() -> None:
    nouns = (incidents, facts, sources, redactions, kinds)
    writes = {write.op: write.path for noun in nouns for write in noun.WRITES}

    assert writes == PATHS
    assert set(COMMANDS) == {*PATHS, "capture-snapshot"}


@pytest.mark.parametrize("faults", [("lost",), ("unreached",), ("lost", "lost", "unreached"), (_busy(),)])
def test_an_act_that_is_sent_again_is_recorded_once(server: Server, faults: tuple[Json, ...]) -> None:
    wire = Wire(server, *faults)
    with _client(wire) as client:
        receipt = client.record(OPEN)

    assert ("stop", 1, 2) == (receipt.id, receipt.version, server.head)
    assert ("lost" in faults) == receipt.replayed
    assert len(faults) + 1 == len(wire.requests) == len(wire.slept) + 1
    assert 1 == len({request.headers["Idempotency-Key"] for request in wire.requests})


def test_two_acts_have_two_keys(server: Server) -> None:
    wire = Wire(server)
    with _client(wire) as client:
        client.record(OPEN)
        client.record(AGENCY)

    assert 2 == len({request.headers["Idempotency-Key"] for request in wire.requests})


def test_the_client_gives_up_after_a_bounded_number_of_tries(server: Server) -> None:
    wire = Wire(server, *["unreached"] * 9)
    with _client(wire, retries=Retries(times=3)) as client, pytest.raises(NoAnswerError):
        client.record(OPEN)

    assert (4, 3) == (len(wire.requests), len(wire.slept))


def test_a_server_that_stays_busy_is_told_as_such(server: Server) -> None:
    wire = Wire(server, *(_busy() for _ in range(9)))
    with _client(wire, retries=Retries(times=2)) as client, pytest.raises(TemporaryError) as caught:
        client.record(OPEN)

    assert 503 == caught.value.status


@pytest.mark.parametrize(
    ("headers", "least"),
    [
        ({"Retry-After": "7"}, 7),
        (
            {"Date": "Sat, 08 May 2021 12:00:00 GMT", "Retry-After": "Sat, 08 May 2021 12:00:09 GMT"},
            9,
        ),
        ({"Retry-After": "600"}, 30),
        ({"Retry-After": "soon"}, 0.01),
        ({}, 0.01),
    ],
)
def test_the_client_waits_as_long_as_it_is_told_and_no_longer_than_it_wants(
    server: Server, headers: dict[str, str], least: float
) -> None:
    wire = Wire(server, _busy(**headers))
    with _client(wire) as client:
        client.record(OPEN)

    assert least <= wire.slept[0] <= max(least, 0.2)


def test_waiting_grows_and_has_an_end() -> None:
    retries = Retries(first_s=1, longest_s=5)
    waits = [retries.wait_s(number, None, lambda size: b"\x7f" * size) for number in range(1, 6)]

    assert waits == sorted(waits)
    assert 5 == waits[-1]


def test_a_request_that_is_still_worked_on_is_asked_again(server: Server) -> None:
    busy = httpx2.Response(
        409,
        json={"type": "/docs/problems/x", "title": "Conflict", "status": 409, "code": "request-in-progress"},
    )
    wire = Wire(server, busy)
    with _client(wire) as client:
        assert 1 == client.record(OPEN).version


def test_problems_are_exceptions_by_what_can_be_done(server: Server) -> None:
    with _client(Wire(server)) as client:
        client.record(OPEN)
        client.record(AGENCY)
        with pytest.raises(NotTakenError) as refused:
            client.record({**REPORT, "kind": "no kind"})
        with pytest.raises(NotFoundError) as missing:
            client.read(reads.incident("other"))
        with pytest.raises(NotFoundError) as too_early:
            client.read(reads.incident("stop", reads.At(known=1)))
        client.record(REPORT)
        dispute = {
            "op": "dispute-fact",
            "incident": "stop",
            "fact": "drag",
            "by": "agency",
            "grounds": "Less.",
        }
        client.record(dispute, if_match=2)
        with pytest.raises(MovedError) as moved:
            client.record(dispute, if_match=2)

    assert "/kind" == refused.value.problem.errors[0].pointer if refused.value.problem else None
    assert ("not-found", "not-yet-known", "stale") == (
        missing.value.code,
        too_early.value.code,
        moved.value.code,
    )
    assert moved.value.problem is not None
    assert 3 == moved.value.problem.acts[0]["version"]


def test_a_key_that_is_needed_and_not_there_is_told(server: Server) -> None:
    wire = Wire(server, httpx2.Response(401, content=b"no problem of ours"))
    with _client(wire) as client, pytest.raises(NotAllowedError) as caught:
        client.record(OPEN)

    assert None is caught.value.problem


def test_the_access_key_is_shown_with_every_request(server: Server) -> None:
    wire = Wire(server, httpx2.Response(401))
    with _client(wire, access_key="ilk_1") as client, pytest.raises(NotAllowedError):
        client.read(reads.kinds())

    assert "Bearer ilk_1" == wire.requests[0].headers["Authorization"]


def test_a_dry_run_records_nothing(server: Server) -> None:
    with _client(Wire(server)) as client:
        receipt = client.record(OPEN, dry_run=True)

    assert (True, None) == (receipt.dry_run, receipt.position)
    assert 0 == server.head


def test_what_has_no_path_is_refused_before_it_is_sent(server: Server) -> None:
    wire = Wire(server)
    with _client(wire) as client:
        with pytest.raises(ValueError, match="capture"):
            client.record(CaptureSnapshot(source="release", media_type="text/plain", data=b"words"))
        with pytest.raises(ValueError, match="says its fact"):
            client.record({"op": "retract-fact", "incident": "stop"})

    assert [] == wire.requests


def test_a_capture_that_is_sent_again_is_one(server: Server) -> None:
    wire = Wire(server)
    with _client(wire) as client:
        client.record(AGENCY)
        wire.faults.append("lost")
        receipt = client.capture("release", b"He was dragged.", "text/plain", url="https://agency.example/1")

        assert receipt.replayed
        assert b"He was dragged." == client.read(reads.snapshot("release", receipt.id))
        assert 1 == len(client.read(reads.source("release")).captures)


def _many(count: int) -> list[dict[str, Json]]:
    return [
        {"op": "register-source", **AGENCY, "id": f"s{number}", "title": f"Release {number}"}
        for number in range(count)
    ]


@pytest.mark.parametrize("faults", [(), ("lost",), ("unreached", "lost"), (_busy(), "lost", _busy())])
def test_a_batch_that_is_sent_again_records_each_line_once(server: Server, faults: tuple[Json, ...]) -> None:
    wire = Wire(server, *faults)
    with _client(wire) as client:
        told = list(client.batch(_many(600)))

    assert list(range(1, 601)) == [one.line for one in told]
    assert [f"s{number}" for number in range(600)] == [one.receipt.id if one.receipt else "" for one in told]
    assert 601 == server.head


def test_a_line_that_cannot_be_taken_now_is_sent_again_with_all_after_it(server: Server) -> None:
    lines = (
        b'{"line": 1, "receipt": {"id": "s0", "stream": "source/s0", "version": 1}}\n'
        b'{"line": 2, "problem": {"type": "/", "title": "", "status": 503, "code": "queue-full"}}\n'
        b'{"line": 3, "receipt": {"id": "s2", "stream": "source/s2", "version": 1}}\n'
    )
    wire = Wire(server, httpx2.Response(200, content=lines))
    with _client(wire) as client:
        told = list(client.batch(_many(3)))

    assert ["s0", "s1", "s2"] == [one.receipt.id if one.receipt else "" for one in told]
    assert 2 == len(wire.requests[1].content.splitlines())
    assert wire.requests[0].content.splitlines()[1:] == wire.requests[1].content.splitlines()


def test_a_refused_line_stops_no_other(server: Server) -> None:
    with _client(Wire(server)) as client:
        told = list(client.batch([AGENCY, {**REPORT, "incident": "none"}, OPEN]))

    assert [True, False, True] == [one.receipt is not None for one in told]


def test_an_atomic_batch_is_all_or_nothing_and_once(server: Server) -> None:
    wire = Wire(server, "lost")
    with _client(wire) as client:
        kept = list(client.batch([OPEN, AGENCY, REPORT], atomic=True))
        refused = list(client.batch([_many(1)[0], {**REPORT, "incident": "none"}], atomic=True))

    assert [True] * 3 == [one.receipt is not None for one in kept]
    assert [False] * 2 == [one.receipt is not None for one in refused]
    assert 4 == server.head


def test_a_batch_takes_its_commands_as_they_are_needed(server: Server) -> None:
    taken: list[int] = []

    def commands() -> Iterator[dict[str, Json]]:
        for number, one in enumerate(_many(700)):
            taken.append(number)
            yield one

    with _client(Wire(server)) as client:
        next(client.batch(commands()))

    assert len(taken) <= 251


def test_a_list_is_read_to_its_end_at_the_position_of_its_first_page(server: Server) -> None:
    wire = Wire(server)
    with _client(wire) as client:
        list(client.batch(_many(7)))
        rows = client.rows(reads.sources(limit=2))
        first = next(rows)
        client.record({**_many(8)[7]})

        assert [f"s{number}" for number in range(7)] == [first.source, *(row.source for row in rows)]


def test_a_list_takes_in_what_the_client_recorded_and_read(server: Server) -> None:
    wire = Wire(server)
    with _client(wire) as client:

        def asked(what: reads.Pages[Any]) -> str | None:
            list(client.rows(what))
            said: str | None = wire.requests[-1].url.params.get("at_least")
            return said

        assert asked(reads.facts()) is None
        client.record(OPEN)
        assert "2" == asked(reads.facts())
        list(client.batch([AGENCY, REPORT]))
        assert "4" == asked(reads.facts())
        client.capture("release", b"words", "text/plain")
        assert "5" == asked(reads.facts())
        server.report(id="other")
        client.record({**REPORT, "id": "third"}, dry_run=True)
        assert "5" == asked(reads.trail("stop"))
        assert "6" == asked(reads.facts())
        assert "0" == asked(reads.facts(at_least=0))
        assert asked(reads.facts(reads.At(known=4))) is None


def test_every_read_is_typed(server: Server) -> None:
    server.post("/v1/incidents", INCIDENT)
    with _client(Wire(server)) as client:
        client.record(AGENCY)
        client.record(REPORT)
        at = reads.At(known=server.head)

        assert "drag" == client.read(reads.incident("stop", at)).facts[0].fact
        assert "drag" == client.read(reads.timeline("stop", at)).entries[0].fact
        assert () == client.read(reads.conflicts("stop", at)).facts
        assert "drag" == client.read(reads.first_known("stop", at)).facts[0].fact
        assert "drag" == client.read(reads.fact("stop", "drag", at)).fact
        assert 1 == len(client.read(reads.lineage("stop", "drag", at)).steps)
        assert "release" == client.read(reads.source("release", at)).source
        assert 2 == len(client.read(reads.replay("stop", at)))
        assert 2 == len(client.read(reads.stored_events("stop", at)))
        assert "drag@1" in {kind["ref"] for kind in client.read(reads.kinds(at))}
        assert 1 == len(client.read(reads.changes("stop", start=3)).entries)
        assert 2 == len(list(client.rows(reads.trail("stop", at, limit=1))))
        assert ["stop"] == [row.incident for row in client.rows(reads.incidents(kind="drag"))]
        assert ["drag"] == [row.fact for row in client.rows(reads.facts(limit=1))]
        assert ["drag"] == [row.fact for row in client.rows(reads.source_facts("release"))]
        assert [] == list(client.rows(reads.corrections(wording=True)))
        assert [] == list(client.rows(reads.worklist(incident="stop")))


def test_an_instant_without_offset_is_no_point() -> None:
    with pytest.raises(ValueError, match="offset"):
        reads.incident("stop", reads.At(public=dt.datetime(2021, 5, 8)))  # noqa: DTZ001  that is the fault


def test_the_client_that_is_awaited_does_the_same(server: Server) -> None:
    wire = Wire(server, "lost", _busy())

    async def act() -> list[str]:
        async with AsyncClient(
            BASE, transport=wire.asynchronous, sleep=wire.sleep_async, random=CountingBytes("client")
        ) as client:
            receipt = await client.record(OPEN)
            wire.faults.append("lost")
            told = [one async for one in client.batch([AGENCY, REPORT])]
            captured = await client.capture("release", b"words", "text/plain")
            view = await client.read(reads.incident("stop"))
            rows = [row.fact async for row in client.rows(reads.facts(limit=1))]
            assert [f"{client.position}"] == [wire.requests[-1].url.params["at_least"]]
            assert all(one.receipt for one in told)
            return [receipt.id, captured.id[:6], view.facts[0].fact, *rows]

    assert ["stop", "sha256", "drag", "drag"] == server.run(act())
    assert 5 == server.head
