"""Several processes that answer at one address, on one ledger in a real database."""

from __future__ import annotations

import os
import re
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from api.keys_at import keys_of
from ledger.clock import SystemClock
from ledger.verify import verify_ledger
from tests.api.http.server_process import ServerProcess
from tests.postgres_server import as_option, fresh_address

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ledger.address import DatabaseAddress

_CLIENTS, _FACTS = 6, 4
_TRIES = 20
_STOP = {"id": "stop", "title": "Traffic stop", "zone": "America/Chicago"}
_RELEASE = {"id": "release", "kind": "release", "title": "Release"}


@pytest.fixture
def address(database_url: str, tmp_path: Path) -> DatabaseAddress:
    return fresh_address(database_url, tmp_path)


@pytest.fixture
def server(address: DatabaseAddress) -> Iterator[ServerProcess]:
    ledger = as_option(address)
    with ServerProcess(ledger, "--workers", "2", LEDGER_BLOBS=str(address.folder.parent)) as running:
        yield running


def _fact(ident: str) -> dict[str, object]:
    return {
        "id": ident,
        "kind": "drag",
        "statement": f"The officer was dragged, says {ident}.",
        "citations": [{"id": "a1", "source": "release"}],
    }


def _begin(server: ServerProcess) -> None:
    with server.client() as client:
        assert 201 == client.post("/v1/incidents", json=_STOP).status_code
        assert 201 == client.post("/v1/sources", json=_RELEASE).status_code


def _report(server: ServerProcess, ident: str, key: str) -> tuple[int, int, bool]:
    # A connection each: the system hands them to either worker.
    with server.client() as client:
        found = client.post("/v1/incidents/stop/facts", json=_fact(ident), headers={"Idempotency-Key": key})
        while 409 == found.status_code:
            # The same request is being answered by the same worker just now.
            found = client.post(
                "/v1/incidents/stop/facts", json=_fact(ident), headers={"Idempotency-Key": key}
            )
        return found.status_code, found.json()["position"], "Idempotency-Replayed" in found.headers


def _workers(server: ServerProcess) -> list[int]:
    pid = server.process.pid
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _runs(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_what_clients_append_over_several_workers_is_there_once_and_readable_by_all(
    server: ServerProcess, address: DatabaseAddress
) -> None:
    assert 2 == len(_workers(server))
    _begin(server)

    def client(number: int) -> list[tuple[int, int, bool]]:
        return [_report(server, f"f{number}-{count}", f"k{number}-{count}") for count in range(_FACTS)]

    with ThreadPoolExecutor(_CLIENTS) as clients:
        answers = [one for some in clients.map(client, range(_CLIENTS)) for one in some]

    assert {201} == {status for status, _, _ in answers}
    assert list(range(4, 4 + _CLIENTS * _FACTS)) == sorted(position for _, position, _ in answers)
    for _ in range(6):
        with server.client() as reader:
            page = reader.get(f"/v1/facts?limit=100&at_least={3 + _CLIENTS * _FACTS}&q=dragged").json()
            assert _CLIENTS * _FACTS == len(page["rows"] if "rows" in page else page["facts"])
    report = verify_ledger(address)
    assert ("OK", ()) == (report.verdict, report.findings)


def test_one_key_is_one_act_on_whichever_worker_it_comes_again(server: ServerProcess) -> None:
    _begin(server)

    with ThreadPoolExecutor(8) as clients:
        answers = list(clients.map(lambda _: _report(server, "once", "key-1"), range(8)))

    assert {(201, 4)} == {(status, position) for status, position, _ in answers}
    assert 1 == sum(not replayed for _, _, replayed in answers)


def test_figures_are_told_with_the_number_of_the_worker_that_counted(server: ServerProcess) -> None:
    told: dict[str, str] = {}
    while set(told) != {"1", "2"}:
        with server.client() as client:
            text = client.get("/metrics").text
        lines = [line for line in text.splitlines() if line and not line.startswith("#")]
        found = {number for line in lines for number in re.findall(r'[{,]worker="(\d+)"\}', line)}
        assert len(lines) == sum('worker="' in line for line in lines)
        assert 1 == len(found)
        told[found.pop()] = text

    assert all('ledger_head_position{worker="' in text for text in told.values())
    assert all(
        re.search(r'ledger_turn_seconds_bucket\{[^}]*le="[^}]*worker="', text) for text in told.values()
    )


def test_a_worker_that_is_killed_is_replaced_and_the_others_go_on(server: ServerProcess) -> None:
    _begin(server)
    doomed, other = _workers(server)

    os.kill(doomed, signal.SIGKILL)

    for number in range(4):
        assert 201 == _report(server, f"f{number}", f"k{number}")[0]
    while len(_workers(server)) < 2:
        assert server.process.poll() is None
    assert other in _workers(server)
    assert doomed not in _workers(server)
    assert 0 == server.stop()
    assert any("another takes its place" in line for line in server.lines)


def test_whichever_worker_keeps_the_stored_views_another_does_when_it_is_killed(
    server: ServerProcess,
) -> None:
    _begin(server)
    first = _workers(server)

    def found(ident: str) -> list[str]:
        _, position, _ = _report(server, ident, ident)
        for _ in range(_TRIES):
            # Whoever answers waits for the views for a while, and says so where they are behind.
            with server.client() as reader:
                page = reader.get(f"/v1/facts?at_least={position}&limit=100")
            if page.status_code == 200:
                return [row["fact"] for row in page.json()["rows"]]
            assert 503 == page.status_code, page.text
        pytest.fail("nobody keeps the views")

    assert ["f0"] == found("f0")
    for number, doomed in enumerate(first, 1):
        os.kill(doomed, signal.SIGKILL)
        assert {f"f{count}" for count in range(number + 1)} == set(found(f"f{number}"))
        while len(_workers(server)) < 2:
            assert server.process.poll() is None
    assert set(first).isdisjoint(_workers(server))


def test_when_the_process_that_watches_is_killed_the_workers_end_too(server: ServerProcess) -> None:
    workers = _workers(server)

    server.signal(signal.SIGKILL)

    assert -signal.SIGKILL == server.ended()
    # Their output was the last that kept the pipe open, and it is closed: what is left of them goes by itself.
    while any(_runs(pid) for pid in workers):
        pass


def test_a_key_that_is_revoked_opens_no_door_a_moment_later(
    server: ServerProcess, address: DatabaseAddress
) -> None:
    _begin(server)
    clock = SystemClock()
    made, text = keys_of(address).add("Desk", "reader", actor="desk", clock=clock, random=os.urandom)

    def status(**headers: str) -> int:
        with server.client() as client:
            return client.get("/v1/incidents/stop", headers=headers).status_code

    while status() != 401:
        assert server.process.poll() is None
    assert 200 == status(Authorization=f"Bearer {text}")
    keys_of(address).revoke(made.id, clock=clock)
    while status(Authorization=f"Bearer {text}") != 401:
        assert server.process.poll() is None


def test_a_worker_that_cannot_begin_ends_them_all(address: DatabaseAddress) -> None:
    running = ServerProcess(
        f"postgresql://nobody@/none?host=/nowhere&schema={address.schema}", "--workers", "2"
    )

    assert 4 == running.ended()
    assert "" == running.out
