"""A batch: streamed in and out in bounded memory, a line refused stops no other, and an atomic one is all or nothing."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

import api.http.batch
from api.http.batch_lines import Line, LineSplitter
from api.http.spool import IN_MEMORY_BYTES, Spool
from api.lines import LINE_LIMIT
from tests.api.http.client import Client
from tests.api.http.test_problems import check_shape
from tests.desk import AGENCY, cited, fact

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

    import httpx2
    from starlette.types import Message

    from ledger.append import Ask, Outcome
    from ledger.values import Json

OPEN = {"op": "open-incident", "id": "stop", "title": "Traffic stop", "zone": "America/Chicago"}
LINES = {"Content-Type": "application/jsonl"}


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    with Client(tmp_path / "ledger", atomic_lines=5, atomic_limit_bytes=4096) as made:
        yield made


def _opened(ident: str) -> dict[str, Json]:
    return {**OPEN, "id": ident}


def _outcomes(answers: list[dict[str, Json]]) -> list[tuple[int, object]]:
    return [
        (one["line"], one["receipt"]["id"] if "receipt" in one else one["problem"]["code"]) for one in answers
    ]


def test_each_line_is_an_act_and_is_answered(client: Client) -> None:
    found = client.batch(OPEN, AGENCY, fact())

    assert [(1, "stop"), (2, "release"), (3, "drag")] == _outcomes(found)
    assert [2, 3, 4] == [one["receipt"]["position"] for one in found]
    assert {"id", "stream", "version", "position", "recorded_at"} == set(found[0]["receipt"])


def test_a_line_that_is_refused_does_not_stop_the_others(client: Client) -> None:
    found = client.batch(
        OPEN, b"{nope\n", b"[]\n", {"op": "no-such"}, fact(), AGENCY, {**fact(), "sealed": True}, fact()
    )

    expected = [(1, "stop"), (2, "invalid"), (3, "invalid"), (4, "invalid"), (5, "unknown")]
    assert [*expected, (6, "release"), (7, "invalid"), (8, "drag")] == _outcomes(found)
    problem = found[6]["problem"]
    assert ("/sealed", 422) == (problem["errors"][0]["pointer"], problem["status"])
    assert 4 == client.head


def test_blank_lines_are_passed_over_and_counted(client: Client) -> None:
    found = client.batch(b"\n  \r\n", orjson.dumps(OPEN) + b"\r\n", b"\t\n", orjson.dumps(AGENCY))

    assert [(3, "stop"), (5, "release")] == _outcomes(found)


def test_an_empty_batch_is_answered_with_nothing(client: Client) -> None:
    for query in ("", "?atomic=true", "?dry_run=true"):
        assert [] == client.batch(b"", query=query)


def test_a_huge_line_is_refused_without_being_held_and_the_next_is_recorded(client: Client) -> None:
    async def body() -> AsyncIterator[bytes]:
        yield orjson.dumps(_opened("a")) + b'\n{"op": "'
        for _ in range(LINE_LIMIT // 65_536 + 2):
            yield b"x" * 65_536
        yield b'"}\n' + orjson.dumps(_opened("b"))

    found = client.run(client.http.post("/v1/batch", content=body(), headers=LINES))

    assert [(1, "a"), (2, "invalid"), (3, "b")] == _outcomes([orjson.loads(x) for x in found.iter_lines()])
    assert len(found.content) < 2000


@given(data=st.binary(max_size=60).map(lambda one: one.replace(b"\x00", b"\n")), cuts=st.data())
def test_lines_are_the_same_however_the_body_is_cut(data: bytes, cuts: st.DataObject) -> None:
    whole = LineSplitter(limit=8)
    expected = [*whole.feed(data), *whole.end()]

    splitter, found, at = LineSplitter(limit=8), list[Line](), 0
    while at < len(data):
        size = cuts.draw(st.integers(1, len(data) - at))
        found += splitter.feed(data[at : at + size])
        at += size
    found += splitter.end()

    assert expected == found
    lines = [line.removesuffix(b"\r") for line in data.split(b"\n")]
    told = [
        Line(number=number, data=None if len(line) > 8 else line)
        for number, line in enumerate(lines, start=1)
        if line.strip() or len(line) > 8
    ]
    assert told == found


def test_the_key_of_a_line_makes_it_idempotent(client: Client) -> None:
    line = {**OPEN, "key": "k1"}
    first, again = client.batch(line), client.batch(line, _opened("other"))
    other = client.batch({**OPEN, "title": "Another", "key": "k1"}, {**OPEN, "key": 1}, {**OPEN, "key": ""})

    assert {**first[0]["receipt"], "replayed": True} == again[0]["receipt"]
    assert ["idempotency-key-reused", "invalid", "invalid"] == [one["problem"]["code"] for one in other]
    assert 3 == client.head


def test_a_key_twice_in_one_batch_is_one_act(client: Client) -> None:
    first, again = client.batch({**OPEN, "key": "k1"}, {**OPEN, "key": "k1"})

    assert again["receipt"]["replayed"]
    assert first["receipt"]["position"] == again["receipt"]["position"]


@pytest.mark.parametrize("bad", [fact(), b"{nope", {**AGENCY, "sealed": True}])
def test_an_atomic_batch_records_nothing_where_a_line_is_refused(client: Client, bad: Json) -> None:
    found = client.batch(OPEN, bad if isinstance(bad, dict) else bad + b"\n", AGENCY, query="?atomic=true")

    assert 0 == client.head
    assert ["batch-refused", None, "batch-refused"] == [one["problem"].get("rule") for one in found]


def test_an_atomic_batch_records_all_in_one_transaction(client: Client) -> None:
    capture = {
        "op": "capture-snapshot",
        "source": "release",
        "media_type": "text/plain",
        "text": "About 15 feet.",
    }
    found = client.batch(OPEN, AGENCY, capture, fact(), query="?atomic=true")

    assert 4 == len(found)
    assert 1 == len({one["receipt"]["recorded_at"] for one in found})
    assert 5 == client.head


def test_an_atomic_batch_is_bounded_in_lines_and_bytes(client: Client) -> None:
    many = b"".join(orjson.dumps(_opened(f"i{number}")) + b"\n" for number in range(6))
    long = orjson.dumps({**OPEN, "title": "t" * 5000})
    for query in ("?atomic=true", "?dry_run=true"):
        for body in (many, long):
            check_shape(client.post(f"/v1/batch{query}", body, headers=LINES), 413, "too-large")
    assert 0 == client.head
    assert 5 == len(client.batch(*(_opened(f"i{number}") for number in range(5)), query="?atomic=true"))


def test_a_redaction_is_alone_in_an_atomic_batch(client: Client) -> None:
    redaction = {"op": "redact", "incident": "stop", "events": [{"version": 1, "paths": ["title"]}]}
    basis = {"legal_basis": "Art. 17 GDPR", "authority": "the desk", "reason": "a court ordered it"}
    client.batch(OPEN)
    found = client.batch({**redaction, **basis}, AGENCY, query="?atomic=true")

    assert ["redaction-alone", "batch-refused"] == [one["problem"]["rule"] for one in found]
    assert "receipt" in client.batch({**redaction, **basis}, query="?atomic=true")[0]


def test_a_dry_run_decides_each_line_as_if_those_before_it_were_recorded(client: Client) -> None:
    client.batch({**OPEN, "key": "k"})
    head = client.head
    found = client.batch({**OPEN, "key": "k"}, AGENCY, fact(), fact(), query="?dry_run=true")

    assert [(1, "stop"), (2, "release"), (3, "drag"), (4, "conflict")] == _outcomes(found)
    assert found[0]["receipt"]["replayed"]
    assert {"id": "drag", "stream": "incident/stop", "version": 2, "dry_run": True} == found[2]["receipt"]
    assert head == client.head
    atomic = client.batch(AGENCY, fact(), fact(), query="?dry_run=true&atomic=true")
    assert ["batch-refused", "batch-refused", None] == [one["problem"].get("rule") for one in atomic]


@pytest.mark.parametrize("header", ["Idempotency-Key", "If-Match"])
def test_headers_that_speak_of_one_act_are_refused(client: Client, header: str) -> None:
    found = client.post("/v1/batch", orjson.dumps(OPEN), headers={**LINES, header: '"1"'})

    check_shape(found, 400, "invalid-header")
    assert 0 == client.head


def test_json_in_another_type_is_refused(client: Client) -> None:
    told = check_shape(client.post("/v1/batch", OPEN), 415, "unsupported-media-type")
    assert "application/jsonl" in str(told["errors"])
    assert 200 == client.post("/v1/batch", OPEN, headers={"Content-Type": "application/x-ndjson"}).status_code


async def _until(is_so: Callable[[], bool]) -> None:
    while not is_so():  # noqa: ASYNC110  what is waited for happens in another thread
        await asyncio.sleep(0)


class Conversation:
    """A client that speaks ASGI itself: it sees when an answer comes, may wait for it, and may go away."""

    def __init__(self, client: Client, query: bytes = b"") -> None:
        self._client, self._query = client, query
        self._sent: asyncio.Queue[Message] = asyncio.Queue()
        self.answers: asyncio.Queue[bytes] = asyncio.Queue()
        self.takes = asyncio.Event()
        self.takes.set()

    def send(self, body: bytes, *, more: bool = True) -> None:
        self._sent.put_nowait({"type": "http.request", "body": body, "more_body": more})

    def go_away(self) -> None:
        self._sent.put_nowait({"type": "http.disconnect"})

    async def run(self) -> None:
        async def take(message: Message) -> None:
            if body := message.get("body"):
                await self.takes.wait()
                self.answers.put_nowait(body)

        headers = [(b"host", b"localhost"), (b"content-type", b"application/jsonl")]
        scope = {
            "type": "http", "http_version": "1.1", "method": "POST", "scheme": "http", "path": "/v1/batch",
            "raw_path": b"/v1/batch", "query_string": self._query, "root_path": "", "headers": headers,
            "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80), "asgi": {"version": "3.0", "spec_version": "2.3"},
        }  # fmt: skip
        await self._client.app(scope, self._sent.get, take)


def test_a_line_is_answered_before_the_next_is_sent(client: Client) -> None:
    async def talk() -> list[bytes]:
        told = Conversation(client)
        running = asyncio.create_task(told.run())
        answers = []
        for ident in ("a", "b", "c"):
            told.send(orjson.dumps(_opened(ident)) + b"\n")
            answers.append(await told.answers.get())
        told.send(b"", more=False)
        await running
        return answers

    assert [(1, "a"), (2, "b"), (3, "c")] == _outcomes([orjson.loads(one) for one in client.run(talk())])


@pytest.mark.parametrize(("query", "recorded"), [(b"", 3), (b"atomic=true", 0), (b"dry_run=true", 0)])
def test_of_a_body_that_is_broken_off_only_what_was_complete_is_recorded(
    client: Client, query: bytes, recorded: int
) -> None:
    async def talk() -> None:
        told = Conversation(client, query)
        told.send(orjson.dumps(_opened("a")) + b"\n" + orjson.dumps(_opened("b")) + b"\n")
        told.send(orjson.dumps(_opened("c")))
        told.go_away()
        await told.run()

    client.run(talk())

    assert recorded == client.head


def test_a_client_that_reads_nothing_before_all_is_sent_does_not_stand_still(client: Client) -> None:
    """What is recorded does not wait for its answers to be taken."""

    async def talk() -> int:
        told = Conversation(client)
        told.takes.clear()
        running = asyncio.create_task(told.run())
        for number in range(40):
            told.send(b"".join(orjson.dumps(_opened(f"i{number}-{n}")) + b"\n" for n in range(10)))
        told.send(b"", more=False)
        await _until(lambda: client.head == 401)
        told.takes.set()
        await running
        size = 0
        while not told.answers.empty():
            size += told.answers.get_nowait().count(b"\n")
        return size

    assert 400 == client.run(talk())


def test_what_is_held_of_a_long_batch_is_a_group(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    really = client.served.record_batch

    async def counted(asks: list[Ask], *, atomic: bool) -> list[Outcome]:
        sizes.append(len(asks))
        return await really(asks, atomic=atomic)

    monkeypatch.setattr(client.served, "record_batch", counted)
    monkeypatch.setattr(api.http.batch, "GROUP_LINES", 3)
    monkeypatch.setattr(api.http.batch, "GROUP_BYTES", 400)
    found = client.batch(
        *(_opened(f"i{number}") for number in range(8)), {**_opened("long"), "title": "t" * 600}
    )

    assert 9 == len(found)
    assert [3, 3, 3] == sizes


def test_a_batch_that_stops_coming_is_told_so_in_a_line(tmp_path: Path) -> None:
    async def stalled() -> AsyncIterator[bytes]:
        yield orjson.dumps(OPEN) + b"\n" + b'{"op"'
        await asyncio.Event().wait()

    with Client(tmp_path / "impatient", body_idle_s=0) as client:
        found = client.run(client.http.post("/v1/batch", content=stalled(), headers=LINES))
        assert 2 == client.head

    assert [(1, "stop"), (2, "request-timeout")] == _outcomes([orjson.loads(x) for x in found.iter_lines()])


def test_a_fault_of_ours_in_the_middle_cuts_the_answer_off(
    client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("witness-name")

    monkeypatch.setattr(client.served, "record_batch", broken)
    with pytest.raises(Exception, match=r"id-|cut off") as cut:
        client.batch(OPEN)

    assert "CutOffError" == type(cut.value).__name__
    assert "witness-name" not in caplog.text


def test_long_bodies_have_places_and_give_them_back(client: Client) -> None:
    async def talk() -> httpx2.Response:
        told = [Conversation(client) for _ in range(client.settings.uploads)]
        running = [asyncio.create_task(one.run()) for one in told]
        for number, one in enumerate(told):
            one.send(orjson.dumps(_opened(f"i{number}")) + b"\n")
            await one.answers.get()
        refused = await client.http.post("/v1/batch", content=orjson.dumps(OPEN), headers=LINES)
        for one in told:
            one.go_away()
        await asyncio.gather(*running)
        return refused

    refused = client.run(talk())

    check_shape(refused, 503, "too-busy")
    assert "1" == refused.headers["retry-after"]
    assert 1 == len(client.batch(OPEN))


def test_a_spool_gives_what_was_put_in_and_takes_its_room_back() -> None:
    async def used() -> tuple[bytes, int]:
        spool = Spool()
        pieces = [bytes([65 + number]) * (IN_MEMORY_BYTES // 3) for number in range(8)]
        for piece in pieces:
            spool.put(piece)
        spool.end()
        found = b"".join([one async for one in spool.pieces()])
        size = spool._file.seek(0, 2)
        spool.close()
        assert b"".join(pieces) == found
        return found, size

    assert 0 == asyncio.run(used())[1]


def test_lines_quote_what_lines_before_them_captured(client: Client) -> None:
    text = "The officer was dragged about 15 feet."
    capture = {"op": "capture-snapshot", "source": "release", "media_type": "text/plain", "text": text}
    client.batch(OPEN, AGENCY)
    digest = client.batch(capture, query="?dry_run=true")[0]["receipt"]["id"]
    quote = {"type": "TextQuoteSelector", "exact": "about 15 feet"}

    found = client.batch(capture, fact(citations=[cited(snapshot=digest, selector=[quote])]))

    assert [(1, digest), (2, "drag")] == _outcomes(found)
