"""A server on a ledger in a database says what it says of the same ledger in a file, to the byte, and waits for nobody on its loop."""

from __future__ import annotations

import asyncio
import re
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from fastapi.routing import APIRoute

from api.demo import INCIDENT
from api.pages.routers import PAGES
from api.routes import ROUTERS
from ledger.errors import StoreError
from ledger.stores.postgres_datastore import PostgresLedgerDatastore
from tests.api.command_line import ask
from tests.api.http.client import AT, Client
from tests.api.pages.reading import AFTERWARDS, READING_PAGES, WORKING_PAGES, with_demo
from tests.postgres_server import as_option, fresh_address

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ledger.address import Address, DatabaseAddress

_BROWSER = {"Accept": "text/html"}
_OWN = ("/metrics", "/static")
"""What is of a process, or of no ledger."""

_QUERIES = {
    "/search": ("q=dragged",),
    "/v1/events": ("after=0&until=84",),
    "/v1/facts": ("", "q=dragged", "limit=2"),
    "/v1/corrections": ("", "format=atom"),
    "/v1/log/proof/inclusion": ("position=4",),
    "/v1/log/proof/consistency": ("first=3&second=40",),
    "/incidents/{incident}/at": ("position=25", "known_day=2021-05-09"),
}
_CORRECTION = {
    "kind": "drag",
    "statement": "The officer was dragged 12 feet.",
    "rests_on": ["a1"],
    "class": "other",
    "cause": "new-information",
    "reason": "It was looked at again.",
}
_RETRACTION = {"cause": "source-error", "reason": "The release was withdrawn."}
_WAIT_S = 20
_TOKEN = re.compile(rb'name="(?:token|form_key)" value="[^"]*"')


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demonstration, recorded in a file."""
    path = tmp_path_factory.mktemp("served") / "demo.ledger"
    with with_demo(path):
        return path


@pytest.fixture(scope="module")
def database(file: Path, database_url: str, tmp_path_factory: pytest.TempPathFactory) -> DatabaseAddress:
    """The same ledger, moved into a database."""
    folder = tmp_path_factory.mktemp("folders")
    address = fresh_address(database_url, folder)
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("LEDGER_BLOBS", str(folder))
        moved = ask("migrate", "--ledger", file, "--to", as_option(address))
    assert 0 == moved.code, moved.err
    return address


class _Served(Client):
    """A server some weeks after the incident."""

    def __init__(self, address: Address) -> None:
        super().__init__(address)
        self.clock.set(AFTERWARDS)

    def begin_to_answer(self) -> None:
        """Wait until the keys were looked at by the clock that it has now, and the stored views have read everything."""
        while self.get(f"/v1/facts?at_least={self.head}&known_at={self.head}").status_code != 200:
            pass


@contextmanager
def _watched(address: DatabaseAddress) -> Iterator[_Served]:
    """A server on a database. Whoever asks the database on its loop, once it answers, is found out."""
    fetch = PostgresLedgerDatastore.fetch

    def watched(self: PostgresLedgerDatastore, *given: Any) -> list[tuple[Any, ...]]:
        with pytest.raises(RuntimeError, match="no running event loop"):
            asyncio.get_running_loop()
        return fetch(self, *given)

    with _Served(address) as made:
        made.begin_to_answer()
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(PostgresLedgerDatastore, "fetch", watched)
            yield made


@pytest.fixture
def in_database(database: DatabaseAddress) -> Iterator[_Served]:
    with _watched(database) as made:
        yield made


def _paths(digests: list[str]) -> Iterator[str]:
    """Every read and every page, at the present and at points of both axes."""
    filled = {"incident": INCIDENT, "fact": "drag", "source": "article", "sha256": digests[0]}
    filled |= {"level": "entries", "index:path": "000.p/40", "code": "stale"}
    for route in (route for router in (*ROUTERS, *PAGES) for route in router.routes):
        assert isinstance(route, APIRoute)
        if "GET" not in (route.methods or ()) or route.path.startswith(_OWN):
            continue
        path = re.sub(r"\{([^}]+)\}", lambda found: filled.get(found[1], "x"), route.path)
        for query in _QUERIES.get(route.path, ("",)):
            for point in ("", "known_at=25", "public_at=2021-05-13T00:00:00Z"):
                yield f"{path}?{'&'.join(part for part in (query, point) if part)}"
    yield from READING_PAGES
    yield from WORKING_PAGES


def _answers(client: Client) -> dict[str, tuple[int, str, bytes]]:
    told = client.get("/v1/sources/article").json()
    digests = [one["act"]["snapshot"].removeprefix("sha256:") for one in told["captures"]]
    answers = {}
    for path in _paths(digests):
        headers = {} if path.startswith("/v1/") else _BROWSER
        found = client.get(path, headers=headers)
        body = _TOKEN.sub(b"", found.content)
        answers[path] = found.status_code, found.headers.get("Content-Type", ""), body
    return answers


def test_every_read_and_every_page_is_the_same_to_the_byte(file: Path, in_database: _Served) -> None:
    of_database = _answers(in_database)
    with _Served(file) as in_file:
        in_file.begin_to_answer()
        of_file = _answers(in_file)

    assert of_file == of_database
    assert {200} == {of_database[path][0] for path in (*READING_PAGES, *WORKING_PAGES)}
    assert 100 < sum(status == 200 for status, _, _ in of_database.values())


def test_what_is_written_asks_the_database_in_no_loop_either(database_url: str, tmp_path: Path) -> None:
    with _watched(fresh_address(database_url, tmp_path)) as client:
        client.begin()
        reported = client.report()
        corrected = client.post(f"{AT}/drag/corrections", _CORRECTION)
        stale = client.post(
            f"{AT}/drag/corrections", _CORRECTION, headers={"If-Match": reported.headers["ETag"]}
        )
        tried = client.post(f"{AT}/drag/retractions?dry_run=true", _RETRACTION)
        many = client.batch(
            {"op": "open-incident", "id": "next", "title": "Next", "zone": "America/Chicago"},
            {"op": "retract-fact", "incident": "next", "fact": "none", **_RETRACTION},
        )

    assert [201, 201, 412, 200] == [one.status_code for one in (reported, corrected, stale, tried)]
    assert [False, True] == ["problem" in one for one in many]


@pytest.mark.parametrize(
    "path", ["/v1/incidents", f"/v1/incidents/{INCIDENT}", "/", "/v1/events", "/metrics"]
)
def test_while_the_database_does_not_answer_others_are_answered(
    in_database: _Served, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting, answers = threading.Event(), threading.Event()

    def away(*_: object) -> object:
        waiting.set()
        assert answers.wait(_WAIT_S)
        raise StoreError("the database is away")

    async def asked() -> tuple[int, bool, int]:
        reading = asyncio.create_task(in_database.http.get(path))
        await asyncio.to_thread(waiting.wait, _WAIT_S)
        alive = await in_database.http.get("/livez")
        was_done = reading.done()
        answers.set()
        return alive.status_code, was_done, (await reading).status_code

    monkeypatch.setattr(PostgresLedgerDatastore, "fetch", away)
    assert (200, False, 200 if path == "/metrics" else 503) == in_database.run(asked())
