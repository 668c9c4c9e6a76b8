"""What clients do to a server: go away, send slowly, stay without asking, by thousands; and what it is when it is told to end."""

from __future__ import annotations

import asyncio
import resource
import signal
import socket
import struct
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

import orjson
import pytest

import api.http.body
from api.opening import open_for_reading
from ledger.verify import verify_file
from tests.api.http.client import Client
from tests.api.http.server_process import WAIT_S, ServerProcess, raw_request
from tests.api.http.test_problems import check_shape

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

IDLE = 2_000
JSON = "application/json"


def _incident(ident: str) -> bytes:
    return orjson.dumps({"id": ident, "title": "t", "zone": "UTC"})


def _head(ledger: Path) -> int:
    with open_for_reading(ledger) as opened:
        return opened.history.head().position


def _takes_more(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=WAIT_S).close()
    except OSError:
        return False
    return True


def _read_all(connection: socket.socket) -> bytes:
    found = b""
    while piece := connection.recv(65_536):
        found += piece
    return found


def test_what_was_accepted_is_answered_when_the_server_is_told_to_end_and_nothing_more_is_taken(
    tmp_path: Path,
) -> None:
    with ServerProcess(tmp_path / "ledger") as server, ExitStack() as stack:
        waiting = [stack.enter_context(server.connected()) for _ in range(8)]
        for number, connection in enumerate(waiting):
            body = _incident(f"i{number}")
            connection.sendall(
                raw_request("POST", "/v1/incidents", body, Content_Type=JSON, Expect="100-continue")[
                    : -len(body)
                ]
            )
            # It is read: the server asks for the body.
            assert b"HTTP/1.1 100" == connection.recv(12)
        server.signal()
        while _takes_more(server.port):
            pass
        for number, connection in enumerate(waiting):
            connection.sendall(_incident(f"i{number}"))
        answers = [_read_all(connection) for connection in waiting]
        code = server.ended()

    assert 0 == code
    assert all(b"HTTP/1.1 201" in answer for answer in answers)
    assert "OK" == verify_file(tmp_path / "ledger").verdict
    assert 9 == _head(tmp_path / "ledger")


def test_a_server_that_waits_for_a_body_that_never_comes_ends_in_time_all_the_same(tmp_path: Path) -> None:
    with ServerProcess(tmp_path / "ledger", LEDGER_DRAIN_S="1") as server, server.connected() as connection:
        connection.sendall(raw_request("POST", "/v1/incidents", b"x" * 99, Content_Type=JSON)[:-50])
        server.signal(signal.SIGINT)
        assert 0 == server.ended()

    assert "OK" == verify_file(tmp_path / "ledger").verdict


def test_clients_that_go_away_leave_each_act_whole_or_not_there(tmp_path: Path) -> None:
    count = 60
    with ServerProcess(tmp_path / "ledger") as server:
        for number in range(count):
            with server.connected() as connection:
                # Closed at once and without a word, so that the answer meets nobody.
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                connection.sendall(
                    raw_request(
                        "POST", "/v1/incidents", _incident(f"i{number}"), Content_Type=JSON, Idempotency_Key=f"k{number}"
                    )
                )  # fmt: skip
        with server.client() as client:
            for number in range(count):
                key = {"Content-Type": JSON, "Idempotency-Key": f"k{number}"}
                found = client.post("/v1/incidents", content=_incident(f"i{number}"), headers=key)
                while found.status_code == 409 and found.json()["code"] == "request-in-progress":
                    found = client.post("/v1/incidents", content=_incident(f"i{number}"), headers=key)
                assert 201 == found.status_code, found.text
            assert 200 == client.get("/readyz").status_code
        assert 0 == server.stop()

    assert "OK" == verify_file(tmp_path / "ledger").verdict
    assert count + 1 == _head(tmp_path / "ledger")


def test_a_body_that_stops_coming_is_408_and_disturbs_nobody(tmp_path: Path) -> None:
    with (
        ServerProcess(tmp_path / "ledger", LEDGER_BODY_IDLE_S="1") as server,
        server.connected() as slow,
        server.client() as client,
    ):
        slow.sendall(raw_request("POST", "/v1/incidents", b"{" + b" " * 99, Content_Type=JSON)[:-50])
        made = client.post("/v1/incidents", content=_incident("stop"), headers={"Content-Type": JSON})
        answer = _read_all(slow)

    assert 201 == made.status_code
    assert b"HTTP/1.1 408" == answer[:12]
    assert b'"request-timeout"' in answer


def test_a_connection_that_does_not_say_what_it_asks_is_closed(tmp_path: Path) -> None:
    with (
        ServerProcess(tmp_path / "ledger", LEDGER_HEAD_S="1") as server,
        server.connected() as silent,
        server.connected() as halfway,
        server.connected() as asking,
    ):
        halfway.sendall(b"GET /livez HTTP/1.1\r\nHost: local")
        asking.sendall(raw_request("GET", "/livez"))
        answered = b""
        while not answered.endswith(b'{"live":true}'):
            answered += asking.recv(65_536)

        assert b"" == _read_all(silent)
        assert b"" == _read_all(halfway)
        # One that has asked may stay and ask again.
        asking.sendall(raw_request("GET", "/livez", Connection="close"))
        assert b"HTTP/1.1 200" == _read_all(asking)[:12]


def test_a_body_without_a_stated_length_is_held_to_the_limit_however_it_comes(tmp_path: Path) -> None:
    """What has come whole with its headers is taken without a watch upon the waiting (body.py)."""
    head = b"\r\n".join(
        [
            b"POST /v1/incidents HTTP/1.1",
            b"Host: localhost",
            b"Content-Type: application/json",
            b"Transfer-Encoding: chunked",
            b"Connection: close\r\n\r\n",
        ]
    )
    found = []
    with ServerProcess(tmp_path / "ledger", LEDGER_BODY_LIMIT_BYTES="1024") as server:
        for ident, spare in (
            ("at-once", 0),
            ("in-pieces", 0),
            ("at-once-long", 1_024),
            ("in-pieces-long", 1_024),
        ):
            body = _incident(ident) + b" " * spare
            chunked = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
            with server.connected() as connection:
                if ident.startswith("at-once"):
                    connection.sendall(head + chunked)
                else:
                    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    for piece in (head, chunked[:20], chunked[20:]):
                        connection.sendall(piece)
                        time.sleep(0.1)
                found.append((ident, _read_all(connection)[9:12]))
    assert [
        ("at-once", b"201"),
        ("in-pieces", b"201"),
        ("at-once-long", b"413"),
        ("in-pieces-long", b"413"),
    ] == found


def test_what_is_no_http_is_told_so_as_everything_is(tmp_path: Path) -> None:
    with ServerProcess(tmp_path / "ledger") as server, server.connected() as connection:
        connection.sendall(b"\x16\x03\x01 this is no HTTP\r\n\r\n")
        answer = _read_all(connection)

    assert b"HTTP/1.1 400" == answer[:12]
    assert b"application/problem+json" in answer
    assert b'"bad-request"' in answer


def test_two_thousand_idle_connections_do_not_keep_others_from_writing(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = IDLE + 500
    if hard != resource.RLIM_INFINITY and hard < wanted:
        pytest.skip(f"this machine lets a process open {hard} files, and the test opens {wanted}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    try:
        with ServerProcess(tmp_path / "ledger") as server, ExitStack() as stack:
            for _ in range(IDLE):
                stack.enter_context(server.connected())
            with server.client() as client:
                for number in range(50):
                    body = _incident(f"i{number}")
                    found = client.post("/v1/incidents", content=body, headers={"Content-Type": JSON})
                    assert 201 == found.status_code
                assert 200 == client.get("/readyz").status_code
            server.signal()
            assert 0 == server.ended()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    assert "OK" == verify_file(tmp_path / "ledger").verdict


def test_a_body_that_comes_without_a_pause_but_too_slowly_is_408(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No piece is ever waited for: were pauses alone counted, it could go on for ever."""
    monkeypatch.setattr(api.http.body, "LEAST_RATE", 10**9)

    async def crumbs() -> AsyncIterator[bytes]:
        while True:
            yield b" "
            await asyncio.sleep(0)

    with Client(tmp_path / "ledger", body_limit_bytes=64 * 1024 * 1024, body_idle_s=1) as client:
        found = client.request(
            "POST", "/v1/incidents", content=crumbs(), headers={"Content-Type": "application/json"}
        )

    told = check_shape(found, 408, "request-timeout")
    assert "too slowly" in str(told["detail"])
