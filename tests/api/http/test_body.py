"""Bodies are read strictly: what is not exactly JSON of the ledger's profile, in a type and a length that are taken, records nothing."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.events import FactReported
from tests.api.http.client import AT, FACT, INCIDENT, Client
from tests.api.http.test_problems import check_shape
from tests.desk import cited

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

OPEN = "/v1/incidents"


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    with Client(tmp_path / "ledger", body_limit_bytes=4096) as made:
        made.begin()
        yield made


def _as_json(**members: object) -> bytes:
    return orjson.dumps({**INCIDENT, "id": "other", **members})


STRICT = {
    "an unknown member": (_as_json(sealed=True), "/sealed"),
    "a null": (_as_json(title=None), "/title"),
    "a number for a text": (_as_json(title=20240101), "/title"),
    "a text for an object": (b'"open"', ""),
    "a list": (b"[]", ""),
    "equal keys": (b'{"id": "x", "id": "y", "title": "t", "zone": "UTC"}', None),
    "equal keys, one escaped": (b'{"id": "x", "\\u0069d": "y", "title": "t", "zone": "UTC"}', None),
    "NaN": (b'{"title": NaN}', None),
    "Infinity": (b'{"title": -Infinity}', None),
    "a float": (b'{"title": 1.5}', "/title"),
    "a float too large": (b'{"title": 1e400}', None),
    "an integer too large": (b'{"title": 9007199254740992}', "/title"),
    "an integer of two hundred digits": (b'{"title": ' + b"1" * 200 + b"}", "/title"),
    "a lone surrogate": (b'{"id": "x", "title": "\\ud800", "zone": "UTC"}', None),
    "U+0000": (b'{"id": "x", "title": "\\u0000", "zone": "UTC"}', "/title"),
    "a key that is not ASCII": ('{"títle": "t"}'.encode(), None),
    "too deep": (b'{"title": ' + b"[" * 40 + b"]" * 40 + b"}", None),
    "very deep": (b"[" * 2000, None),
    "not UTF-8": (b'{"title": "\xff"}', None),
    "UTF-16": ('{"title": "t"}'.encode("utf-16"), None),
    "a byte order mark": (b"\xef\xbb\xbf{}", None),
    "two values": (b"{} {}", None),
    "a comment": (b"{/**/}", None),
    "a comma too many": (b'{"title": "t",}', None),
    "single quotes": (b"{'title': 't'}", None),
    "blanks": (b"  \n", None),
    "nothing": (b"", None),
}


@pytest.mark.parametrize("name", STRICT)
def test_what_is_not_strictly_such_a_command_is_422_and_records_nothing(client: Client, name: str) -> None:
    body, pointer = STRICT[name]
    told = check_shape(client.post(OPEN, body), 422, "invalid")

    if pointer is not None:
        assert isinstance(told["errors"], list)
        assert pointer == told["errors"][0]["pointer"]
    assert 3 == client.head


@pytest.mark.parametrize(
    "date", ["20240101", "2021-02-29", "1620432000", "2021-05-08T25:00:00Z", "05/08/2021"]
)
def test_a_time_is_never_guessed(client: Client, date: str) -> None:
    told = check_shape(client.report(occurred=date), 422, "invalid")

    assert date not in str(told)
    assert 3 == client.head


@pytest.mark.parametrize(
    "kind",
    [
        "application/json",
        "Application/JSON",
        "application/json; charset=utf-8",
        'application/json;charset="UTF-8"',
        "application/json;",
    ],
)
def test_json_is_taken_however_its_type_is_written(client: Client, kind: str) -> None:
    assert 201 == client.post(OPEN, _as_json(), headers={"Content-Type": kind}).status_code


@pytest.mark.parametrize(
    "kind",
    [
        "text/plain",
        "application/json; charset=utf-16",
        "application/problem+json",
        "multipart/form-data; boundary=x",
        "application/jsonl",
        "application/json, text/plain",
        " ",
    ],
)
def test_another_type_is_415(client: Client, kind: str) -> None:
    found = client.post(OPEN, _as_json(), headers={"Content-Type": kind})

    check_shape(found, 415, "unsupported-media-type")


def test_a_type_that_stands_twice_is_415(client: Client) -> None:
    twice = [("Content-Type", "application/json"), ("Content-Type", "text/plain")]

    check_shape(
        client.run(client.http.post(OPEN, content=_as_json(), headers=twice)), 415, "unsupported-media-type"
    )


def test_a_compressed_body_is_415(client: Client) -> None:
    found = client.post(OPEN, b"\x1f\x8b", headers={"Content-Encoding": "gzip"})

    check_shape(found, 415, "unsupported-media-type")
    assert "identity" == found.headers["accept-encoding"]


def test_a_body_of_exactly_the_limit_is_taken_and_one_byte_more_is_413(client: Client) -> None:
    spare = 4096 - len(_as_json(title=""))

    check_shape(client.post(OPEN, _as_json(title="t" * (spare + 1))), 413, "too-large")
    # Longer than a title may be, but read.
    check_shape(client.post(OPEN, _as_json(title="t" * spare)), 422, "invalid")


class Dripping:
    """A body that comes in pieces, and counts how many were asked for."""

    def __init__(self, pieces: int, piece: bytes = b" " * 1024) -> None:
        self.asked = 0
        self._pieces, self._piece = pieces, piece

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for _ in range(self._pieces):
            self.asked += 1
            yield self._piece


def test_a_body_that_is_too_long_is_not_read_to_its_end(client: Client) -> None:
    body = Dripping(1000)
    headers = {"Content-Type": "application/json"}
    found = client.run(client.http.post(OPEN, content=body, headers=headers))

    check_shape(found, 413, "too-large")
    assert body.asked < 10


def test_a_body_that_says_it_is_too_long_is_not_read_at_all(client: Client) -> None:
    body = Dripping(1000)
    headers = {"Content-Type": "application/json", "Content-Length": "1000000"}
    found = client.run(client.http.post(OPEN, content=body, headers=headers))

    check_shape(found, 413, "too-large")
    assert "close" == found.headers["connection"]
    assert 0 == body.asked


def test_a_body_that_stops_coming_is_408(tmp_path: Path) -> None:
    async def stalled() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.Event().wait()

    headers = {"Content-Type": "application/json"}
    # No time at all for a piece that is not there: no test waits for a second to pass.
    with Client(tmp_path / "impatient", body_idle_s=0) as client:
        found = client.run(client.http.post(OPEN, content=stalled(), headers=headers))

        check_shape(found, 408, "request-timeout")
        assert 0 == client.head


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
_MEMBERS = st.dictionaries(
    st.sampled_from([*FACT, "occurred", "places", "participants", "quantities", "details", "x"]), _JSON
)


@settings(deadline=None, max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(members=_MEMBERS, replaced=st.booleans())
def test_whatever_json_is_sent_the_answer_is_a_receipt_or_a_problem(
    client: Client, members: dict[str, object], *, replaced: bool
) -> None:
    body = members if replaced else {**FACT, **members}
    try:
        sent = orjson.dumps(body)
    except TypeError:
        sent = str(body).encode("utf-8", "surrogatepass")
    found = client.post(AT, sent)

    assert found.status_code in {201, 409, 413, 422}
    if found.status_code != 201:
        check_shape(found, found.status_code, found.json()["code"])


@settings(deadline=None, max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=64))
def test_whatever_bytes_are_sent_the_answer_is_a_problem(client: Client, body: bytes) -> None:
    check_shape(client.post(AT, body), 422, "invalid")


def test_hostile_text_is_kept_as_it_came_and_told_to_nobody(client: Client) -> None:
    words = "\u202e<script>alert(1)</script>\u200b'; DROP TABLE events;--"
    found = client.report(statement=words, citations=[cited()])

    assert 201 == found.status_code
    assert "script" not in found.text
    kept = client.served.history.stream("incident/stop")[-1].body
    assert isinstance(kept, FactReported)
    assert words == kept.content.statement
