"""While no access key has been made, only this machine asks: the Host is loopback, and an Origin is that of this server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.api.http.client import INCIDENT, Client
from tests.api.http.test_problems import check_shape

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    with Client(tmp_path / "ledger") as made:
        yield made


@pytest.mark.parametrize(
    "host",
    ["localhost", "localhost:8000", "LOCALHOST:8000", "127.0.0.1:8000", "127.9.9.9", "[::1]:8000", "[::1]"],
)
def test_a_request_to_loopback_is_the_local_admins(client: Client, host: str) -> None:
    assert 201 == client.post("/v1/incidents", INCIDENT, headers={"Host": host}).status_code
    assert "local-admin" == client.served.history.stream("incident/stop")[0].actor


@pytest.mark.parametrize(
    "host",
    [
        "ledger.example",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "10.0.0.1:8000",
        "0.0.0.0:8000",
        "[::]:8000",
        "[::ffff:10.0.0.1]",
        "localhost@evil.example",
        "localhost:port",
        "local host",
        "[::1",
        "",
    ],
)
def test_a_request_by_another_name_is_403_whatever_it_asks(client: Client, host: str) -> None:
    for method, path in (("POST", "/v1/incidents"), ("GET", "/openapi.json"), ("GET", "/nowhere")):
        check_shape(client.request(method, path, headers={"Host": host}), 403, "forbidden")
    assert 0 == client.head


def test_two_hosts_are_403(client: Client) -> None:
    twice = [("Host", "localhost"), ("Host", "evil.example")]
    check_shape(client.run(client.http.get("/openapi.json", headers=twice)), 403, "forbidden")


@pytest.mark.parametrize("origin", ["http://localhost:8000", "http://LOCALHOST:8000"])
def test_a_page_of_this_server_may_ask(client: Client, origin: str) -> None:
    headers = {"Host": "localhost:8000", "Origin": origin}
    assert 201 == client.post("/v1/incidents", INCIDENT, headers=headers).status_code


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "http://evil.example",
        "http://localhost:9000",
        "http://localhost",
        "https://localhost:8000",
        "http://127.0.0.1:8000",
        "localhost:8000",
        "",
    ],
)
def test_a_page_of_another_origin_is_403(client: Client, origin: str) -> None:
    headers = {"Host": "localhost:8000", "Origin": origin}
    told = check_shape(client.post("/v1/incidents", INCIDENT, headers=headers), 403, "forbidden")

    assert [{"rule": "must be that of this server", "header": "Origin"}] == told["errors"]
    assert 0 == client.head


def test_origins_that_are_set_are_answered_as_cors_wants_and_yet_do_not_write_without_a_key(
    tmp_path: Path,
) -> None:
    with Client(tmp_path / "with", cors_origins=("https://desk.example",)) as client:
        check_shape(
            client.post("/v1/incidents", INCIDENT, headers={"Origin": "https://desk.example"}),
            403,
            "forbidden",
        )
        own = client.post("/v1/incidents", INCIDENT, headers={"Origin": "http://localhost"})
        assert 201 == own.status_code
        assert "access-control-allow-origin" not in own.headers
