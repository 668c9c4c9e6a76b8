"""A full queue is said so at once and the accepted go on; a server that is stopped answers what it accepted."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

import pytest

import api.http.serving
from ledger.append import Ask, Caller
from ledger.errors import StoreError
from ledger.read_command import read_command
from ledger.verify import verify_file
from tests.api.http.client import AT, Client
from tests.api.http.test_problems import check_shape
from tests.desk import TEXT, cited, fact

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    import httpx2

    from ledger.append import Outcome, Ready
    from ledger.values import Json

WAIT_S = 30


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    with Client(tmp_path / "ledger", queue_capacity=3) as made:
        made.begin()
        yield made


class Gate:
    """Holds the writer at its door until it is opened."""

    def __init__(self, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        self.held, self.open = threading.Event(), threading.Event()
        writer = client.served._queue._writer
        record_all = writer.record_all

        def slow(asks: Sequence[Ask | Ready], *, atomic: bool = False) -> list[Outcome]:
            self.held.set()
            assert self.open.wait(WAIT_S)
            return record_all(asks, atomic=atomic)

        monkeypatch.setattr(writer, "record_all", slow)


async def _until(is_so: Callable[[], bool]) -> None:
    while not is_so():  # noqa: ASYNC110  what is waited for happens in another thread
        await asyncio.sleep(0)


async def _report(http: httpx2.AsyncClient, ident: str, **members: Json) -> httpx2.Response:
    body = {name: value for name, value in fact(ident, **members).items() if name not in ("op", "incident")}
    return await http.post(AT, json=body)


@pytest.mark.parametrize("quoting", [False, True], ids=["at once", "after a look into a snapshot"])
def test_more_than_fit_are_503_and_the_accepted_go_on(
    client: Client,
    monkeypatch: pytest.MonkeyPatch,
    quoting: bool,  # noqa: FBT001  a column of the table
) -> None:
    members: dict[str, Json] = {}
    if quoting:
        plain = {"Content-Type": "text/plain"}
        digest = client.post("/v1/sources/release/snapshots", TEXT.encode(), headers=plain).json()["id"]
        quote = {"type": "TextQuoteSelector", "exact": "about 15 feet"}
        members = {"citations": [cited(snapshot=digest, selector=[quote])]}
    gate = Gate(client, monkeypatch)

    async def crowd(http: httpx2.AsyncClient) -> list[httpx2.Response]:
        first = asyncio.create_task(_report(http, "first"))
        await asyncio.to_thread(gate.held.wait, WAIT_S)
        waiting = [asyncio.create_task(_report(http, f"f{number}", **members)) for number in range(3)]
        await _until(lambda: client.served.waiting == 3)
        refused = await asyncio.gather(*(_report(http, f"late{number}", **members) for number in range(5)))
        in_batch = await http.post(
            "/v1/batch", content=b'{"op": "redact"}\n{"op": "open-incident", "id": "b", "title": "b", "zone": "UTC"}',
            headers={"Content-Type": "application/jsonl"},
        )  # fmt: skip
        gate.open.set()
        return [*await asyncio.gather(first, *waiting), *refused, in_batch]

    found = client.run(crowd(client.http))

    assert [201] * 4 == [one.status_code for one in found[:4]]
    for one in found[4:9]:
        check_shape(one, 503, "queue-full")
        assert int(one.headers["retry-after"]) >= 1
    assert '"code":"queue-full"' in found[9].text
    assert 201 == client.run(_report(client.http, "after")).status_code


def test_what_the_machine_refuses_is_503_and_the_next_may_go(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise StoreError("the database at ledger refused")

    with monkeypatch.context() as patched:
        patched.setattr(client.served._queue._writer._store, "append", refused)
        found = client.report()

    check_shape(found, 503, "store")
    assert "refused" in found.text
    assert "database at ledger" not in found.text
    assert 201 == client.report().status_code


def test_a_server_that_is_stopped_answers_what_it_accepted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = Client(tmp_path / "ledger")
    with client:
        client.begin()
        gate = Gate(client, monkeypatch)

        async def stop() -> list[httpx2.Response]:
            asked = [asyncio.create_task(_report(client.http, f"f{number}")) for number in range(3)]
            await asyncio.to_thread(gate.held.wait, WAIT_S)
            closing = asyncio.create_task(asyncio.to_thread(client.served._queue.close, WAIT_S))
            await _until(lambda: client.served._queue._closed)
            late = await _report(client.http, "late")
            gate.open.set()
            assert await closing
            return [*await asyncio.gather(*asked), late]

        found = client.run(stop())

    assert [201, 201, 201, 503] == [one.status_code for one in found]
    assert "OK" == verify_file(tmp_path / "ledger").verdict


def test_where_the_writer_does_not_come_back_in_time_the_ledger_is_left_and_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    client = Client(tmp_path / "ledger", drain_s=0)
    with client:
        client.begin()
        gate = Gate(client, monkeypatch)
        future = client.served._queue.submit(_ask(client))
        assert gate.held.wait(WAIT_S)

    assert "left as it is" in caplog.text
    gate.open.set()
    assert 4 == future.result(WAIT_S).position
    client.served._queue._thread.join(WAIT_S)
    api.http.serving._LEFT_OPEN.pop().close()
    assert "OK" == verify_file(tmp_path / "ledger").verdict


def _ask(client: Client) -> Ask:
    return Ask(command=read_command(fact(), client.served.ids), caller=Caller(actor="desk"))
