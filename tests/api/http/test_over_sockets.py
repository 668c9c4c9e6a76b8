"""What only a real server shows: bodies over sockets that are cut off, too long, or sent by somebody who does not read."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import orjson
import pytest
import uvicorn

from api.app import create_app
from ledger.settings import Settings
from ledger.verify import verify_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WAIT_S = 60
_BUFFER_BYTES = 65_536


class _Server(uvicorn.Server):
    """A server that says when it answers."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


@contextmanager
def _serving(path: Path) -> Iterator[int]:
    app = create_app(Settings(path=path, views_process=False))
    server = _Server(uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=5))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        # Small, so that little is enough to fill what lies between server and client.
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER_BYTES)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_BYTES)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        try:
            assert server.ready.wait(WAIT_S)
            yield listening.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join(WAIT_S)
            assert not thread.is_alive()


@contextmanager
def _connected(port: int) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), timeout=WAIT_S) as connection:
        yield connection


def _head(method: str, path: str, kind: str, *lines: str) -> bytes:
    first = f"{method} {path} HTTP/1.1"
    return "\r\n".join([first, "Host: localhost", f"Content-Type: {kind}", *lines, "", ""]).encode()


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def _read_all(connection: socket.socket) -> bytes:
    found = b""
    while piece := connection.recv(65_536):
        found += piece
    return found


def _lines(count: int, title: str = "t") -> list[bytes]:
    return [
        orjson.dumps({"op": "open-incident", "id": f"i{number}", "title": title, "zone": "UTC"}) + b"\n"
        for number in range(count)
    ]


def test_a_long_batch_from_a_client_that_reads_only_at_the_end_is_recorded_and_answered(
    tmp_path: Path,
) -> None:
    """Its answers are far more than the sockets hold, so a server that waited for its reader would never end."""
    count = 6_000
    with _serving(tmp_path / "ledger") as port, _connected(port) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_BYTES)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER_BYTES)
        body = b"".join(_lines(count, "t" * 500))
        connection.sendall(
            _head(
                "POST", "/v1/batch", "application/jsonl", f"Content-Length: {len(body)}", "Connection: close"
            )
        )
        connection.sendall(body)
        found = _read_all(connection)

    assert b"HTTP/1.1 200" == found[:12]
    assert count == found.count(b'"receipt"')
    assert "OK" == verify_file(tmp_path / "ledger").verdict


@pytest.mark.parametrize("query", ["", "?atomic=true"])
def test_a_batch_that_is_cut_off_leaves_what_was_complete_or_nothing(tmp_path: Path, query: str) -> None:
    with _serving(tmp_path / "ledger") as port:
        with _connected(port) as connection:
            connection.sendall(
                _head("POST", f"/v1/batch{query}", "application/jsonl", "Transfer-Encoding: chunked")
            )
            connection.sendall(_chunk(b"".join(_lines(3)) + b'{"op": "open-inc'))
            if not query:
                assert b"HTTP/1.1 200" == connection.recv(12)
        with _connected(port) as connection:
            again = {"op": "open-incident", "id": "i2", "title": "t", "zone": "UTC"}
            body = orjson.dumps(again)
            stated = f"Content-Length: {len(body)}"
            connection.sendall(_head("POST", "/v1/batch", "application/jsonl", stated, "Connection: close"))
            connection.sendall(body)
            found = _read_all(connection)

    assert (b'"conflict"' in found) == (not query)


def test_an_upload_that_is_cut_off_leaves_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "ledger.d" / "blobs" / "receiving"
    with _serving(tmp_path / "ledger") as port:
        with _connected(port) as connection:
            body = orjson.dumps({"id": "release", "kind": "release", "title": "Release"})
            stated = f"Content-Length: {len(body)}"
            connection.sendall(_head("POST", "/v1/sources", "application/json", stated, "Connection: close"))
            connection.sendall(body)
            assert b"HTTP/1.1 201" == _read_all(connection)[:12]
        with _connected(port) as connection:
            connection.sendall(
                _head("POST", "/v1/sources/release/snapshots", "text/plain", "Content-Length: 1000000")
            )
            connection.sendall(b"The officer was dragged.")

    assert not list(folder.glob("*"))


def test_a_body_that_says_it_is_too_long_is_answered_before_it_is_sent(tmp_path: Path) -> None:
    with _serving(tmp_path / "ledger") as port, _connected(port) as connection:
        connection.sendall(_head("POST", "/v1/incidents", "application/json", "Content-Length: 10000000000"))
        found = _read_all(connection)

    assert b"HTTP/1.1 413" == found[:12]
    assert b"application/problem+json" in found
    assert b'"too-large"' in found
