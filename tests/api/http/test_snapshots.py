"""Snapshots: the bytes as they are, streamed to disk, within the limits of their type and of the server."""

from __future__ import annotations

import asyncio
import hashlib
from typing import TYPE_CHECKING

import pytest

from ledger.address import folder_of
from ledger.events import SnapshotCaptured
from tests.api.http.client import Client
from tests.api.http.test_problems import check_shape
from tests.desk import TEXT

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    import httpx2
    from starlette.types import Message

AT = "/v1/sources/release/snapshots"
PLAIN = {"Content-Type": "text/plain"}
DIGEST = hashlib.sha256(TEXT.encode()).hexdigest()


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    with Client(tmp_path / "ledger", snapshot_limit_bytes=4096, body_limit_bytes=2048, uploads=1) as made:
        made.begin()
        yield made


def _left(client: Client) -> list[str]:
    """What was received and lies about."""
    return [one.name for one in folder_of(client.settings.path).glob("blobs/receiving/*")]


def test_a_capture_answers_its_digest_size_and_extraction(client: Client) -> None:
    query = "?url=https://police.example/1&captured_at=2021-05-08T06:00:00-05:00&method=by+hand&archive_url=https://archive.example/1"
    found = client.post(AT + query, TEXT.encode(), headers=PLAIN)
    told = found.json()

    assert 201 == found.status_code
    assert f"{AT}/{DIGEST}" == found.headers["location"]
    assert (f"sha256:{DIGEST}", DIGEST, len(TEXT.encode()), f"sha256:{DIGEST}") == (
        told["id"],
        told["sha256"],
        told["size_bytes"],
        told["extraction"],
    )
    act = client.served.history.stream("source/release")[-1].body
    assert isinstance(act, SnapshotCaptured)
    assert ("https://police.example/1", "by hand", ("https://archive.example/1",)) == (
        act.url,
        act.method,
        act.archive_urls,
    )
    assert TEXT.encode() == client.served.blobs.read(f"sha256:{DIGEST}")
    assert not _left(client)


def test_a_capture_that_is_only_tried_leaves_nothing(client: Client) -> None:
    found = client.post(f"{AT}?dry_run=true", TEXT.encode(), headers=PLAIN)

    assert (200, True) == (found.status_code, found.json()["dry_run"])
    assert (DIGEST, len(TEXT.encode())) == (found.json()["sha256"], found.json()["size_bytes"])
    assert not client.served.blobs.has(f"sha256:{DIGEST}")
    assert not _left(client)
    assert 3 == client.head


def test_a_capture_sent_again_with_its_key_is_one_capture(client: Client) -> None:
    keyed = {**PLAIN, "Idempotency-Key": "k"}
    first, again = (client.post(AT, TEXT.encode(), headers=keyed) for _ in range(2))
    other = client.post(AT, b"Other words.", headers=keyed)
    otherwise = client.post(f"{AT}?method=x", TEXT.encode(), headers=keyed)

    assert (first.content, "true") == (again.content, again.headers["idempotency-replayed"])
    check_shape(other, 422, "idempotency-key-reused")
    check_shape(otherwise, 422, "idempotency-key-reused")
    assert 4 == client.head
    assert not _left(client)


def test_a_capture_may_say_the_version_of_its_source(client: Client) -> None:
    check_shape(client.post(AT, TEXT.encode(), headers={**PLAIN, "If-Match": '"2"'}), 412, "stale")
    assert 201 == client.post(AT, TEXT.encode(), headers={**PLAIN, "If-Match": '"2", "1"'}).status_code


@pytest.mark.parametrize(
    ("kind", "body", "status", "code"),
    [
        ("text/x-unknown", b"x", 415, "unsupported-media-type"),
        ("no type", b"x", 415, "unsupported-media-type"),
        ("text/plain; charset=utf-16", b"x", 415, "unsupported-media-type"),
        ("text/plain", b"", 422, "invalid"),
        ("text/plain", b"\xff\xfe", 422, "invalid"),
        ("image/png", b"no picture", 422, "rule"),
        ("text/plain", b"%PDF-1.7\n", 422, "rule"),
        ("text/plain", b"x" * 4097, 413, "too-large"),
    ],
)
def test_bytes_that_cannot_be_a_snapshot_are_refused_and_leave_nothing(
    client: Client, kind: str, body: bytes, status: int, code: str
) -> None:
    told = check_shape(client.post(AT, body, headers={"Content-Type": kind}), status, code)

    assert "/text" not in str(told)
    assert "/base64" not in str(told)
    assert 3 == client.head
    assert not _left(client)


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("captured_at=2021-05-08T06:00:00+02:00", "captured_at"),
        ("captured_at=yesterday", "captured_at"),
        ("captured_at=2031-05-08T06:00:00Z", "captured_at"),
        ("url=javascript:alert(1)", "url"),
        ("method=", "method"),
        ("archive_url=nowhere", "archive_url"),
        ("url=https://a.example&url=https://b.example", "url"),
        ("media_type=text/html", "media_type"),
    ],
)
def test_a_parameter_that_breaks_its_rule_is_named(client: Client, query: str, parameter: str) -> None:
    told = check_shape(client.post(f"{AT}?{query}", TEXT.encode(), headers=PLAIN), 400, "invalid-parameter")

    assert [parameter] == [one["parameter"] for one in told["errors"]]
    assert ("%2B" in str(told)) == ("+" in query)
    assert not _left(client)


def test_a_source_that_is_not_there_is_404_before_a_byte_is_read(client: Client) -> None:
    asked = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal asked
        asked += 1
        yield b"x"

    for source in ("none", "NO-ID"):
        found = client.run(client.http.post(f"/v1/sources/{source}/snapshots", content=body(), headers=PLAIN))
        check_shape(found, 404, "not-found")
    assert 0 == asked


def test_an_upload_that_is_broken_off_leaves_nothing_and_gives_its_place_back(client: Client) -> None:
    messages: list[Message] = [
        {"type": "http.request", "body": b"The officer", "more_body": True},
        {"type": "http.disconnect"},
    ]
    sent: list[object] = []

    async def broken_off() -> None:
        async def receive() -> Message:
            return messages.pop(0)

        async def send(message: Message) -> None:
            sent.append(message)

        headers = [(b"host", b"localhost"), (b"content-type", b"text/plain")]
        scope = {
            "type": "http", "http_version": "1.1", "method": "POST", "scheme": "http", "path": AT, "raw_path": AT.encode(),
            "query_string": b"", "root_path": "", "headers": headers, "client": None, "server": None, "asgi": {"version": "3.0"},
        }  # fmt: skip
        await client.app(scope, receive, send)

    client.run(broken_off())

    assert [] == sent
    assert not _left(client)
    assert 201 == client.post(AT, TEXT.encode(), headers=PLAIN).status_code


def test_as_many_are_received_at_once_as_there_are_places_and_other_writes_go_on(client: Client) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        yield b"The officer"
        begun.set()
        await go_on.wait()
        yield b" was dragged."

    async def first(http: httpx2.AsyncClient) -> httpx2.Response:
        return await http.post(AT, content=slowly(), headers=PLAIN)

    async def second(http: httpx2.AsyncClient) -> httpx2.Response:
        await begun.wait()
        refused = await http.post(AT, content=b"Other words.", headers=PLAIN)
        meanwhile = await http.post("/v1/incidents", json={"id": "b", "title": "B", "zone": "UTC"})
        assert 201 == meanwhile.status_code
        go_on.set()
        return refused

    done, refused = client.together(first, second)

    check_shape(refused, 503, "too-busy")
    assert 201 == done.status_code
