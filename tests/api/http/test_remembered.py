"""Answers that are given again without being made: only to the letter of the question, only to who may ask, and never past an act."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from api.http.conditional import Told
from api.http.reading import Reading
from api.http.remembered import Remembered
from api.keys_at import keys_of
from tests.api.http.client import Client
from tests.api.http.test_problems import check_shape
from tests.fakes import CountingBytes, FrozenClock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from starlette.types import Scope

STOP = "/v1/incidents/stop"
READS = (STOP, f"{STOP}/timeline", f"{STOP}/facts/drag", "/v1/sources/release", "/v1/kinds")


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    """2: incident `stop`, 3: source `release`, 4: fact `drag`."""
    with Client(tmp_path / "remembered.ledger") as made:
        made.begin()
        assert 201 == made.report().status_code
        yield made


def _fold_no_more(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on nothing is folded or looked up: what is answered was remembered."""

    def refused(*_: object) -> None:
        raise AssertionError("a fold was asked for")

    reading = client.app.state.reading
    assert isinstance(reading, Reading)
    for name in ("held", "told"):
        monkeypatch.setattr(reading.folded, name, refused)


@pytest.mark.parametrize("path", READS)
@pytest.mark.parametrize("query", ["", "?known_at=4", "?public_at=2021-06-01T00:00:00Z"])
def test_the_same_question_has_the_same_answer_without_a_fold(
    client: Client, monkeypatch: pytest.MonkeyPatch, path: str, query: str
) -> None:
    first = client.get(path + query)
    assert 200 == first.status_code, first.text
    _fold_no_more(client, monkeypatch)
    again = client.get(path + query)
    assert (200, first.content) == (again.status_code, again.content)
    for headers in (first.headers, again.headers):
        assert headers.pop("X-Request-Id")
    assert dict(first.headers) == dict(again.headers)


def test_what_is_remembered_answers_conditions_and_head(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = client.get(STOP)
    _fold_no_more(client, monkeypatch)
    unchanged = client.get(STOP, headers={"If-None-Match": f'"other", {first.headers["ETag"]}'})
    assert (304, b"") == (unchanged.status_code, unchanged.content)
    assert "Content-Length" not in unchanged.headers
    assert first.headers["ETag"] == unchanged.headers["ETag"]
    assert 200 == client.get(STOP, headers={"If-None-Match": '"other"'}).status_code
    head = client.request("HEAD", STOP)
    assert (200, b"") == (head.status_code, head.content)
    assert str(len(first.content)) == head.headers["Content-Length"]


def test_an_act_is_in_the_very_next_answer(client: Client) -> None:
    for number in range(3):
        before = client.get(STOP)
        assert before.content == client.get(STOP).content
        assert 201 == client.report(id=f"f{number}").status_code
        after = client.get(STOP)
        assert f"f{number}" in after.text
        assert str(client.head) == after.headers["Ledger-Position"]


def test_an_act_elsewhere_moves_the_position_of_an_answer(client: Client) -> None:
    assert "4" == client.get(STOP).headers["Ledger-Position"]
    assert 201 == client.post("/v1/incidents", {"id": "b", "title": "B", "zone": "UTC"}).status_code
    assert "5" == client.get(STOP).headers["Ledger-Position"]


def test_a_question_of_another_time_is_another_question(client: Client) -> None:
    assert 200 == client.get(STOP).status_code
    then = client.get(STOP, headers={"Accept-Datetime": "Sat, 01 May 2021 12:00:00 GMT"})
    check_shape(then, 404, "not-yet-known")


def test_who_may_not_read_is_not_told_what_is_remembered(client: Client) -> None:
    assert 200 == client.get(STOP).status_code
    _, text = keys_of(client.served.path).add(
        "desk", "reader", actor=None, clock=FrozenClock(), random=CountingBytes("desk")
    )
    check_shape(client.get(STOP), 401, "key-needed")
    assert 200 == client.get(STOP, headers={"Authorization": f"Bearer {text}"}).status_code


def test_a_question_that_is_refused_once_is_refused_again(client: Client) -> None:
    for _ in range(2):
        check_shape(client.get(f"{STOP}?nonsense=1"), 400, "invalid-parameter")
        check_shape(client.get(f"{STOP}/facts/none"), 404, "not-found")


def _scope(path: str, query: bytes = b"", headers: tuple[tuple[bytes, bytes], ...] = ()) -> Scope:
    return {"type": "http", "method": "GET", "path": path, "query_string": query, "headers": list(headers)}


def test_no_more_is_remembered_than_its_bound() -> None:
    remembered = Remembered(kept_bytes=10_000)
    told = Told.of(b"x" * 3_000)
    for number in range(5):
        remembered.keep(_scope(f"/{number}"), 7, told, {})
    kept = [remembered.find(_scope(f"/{number}"), 7) is not None for number in range(5)]
    assert [True, True, False, False, False] == kept


def test_nothing_is_remembered_past_the_end_that_it_was_made_at() -> None:
    remembered = Remembered()
    remembered.keep(_scope("/a"), 7, Told.of(b"{}"), {})
    assert remembered.find(_scope("/a"), 7) is not None
    assert remembered.find(_scope("/a", b"x"), 7) is None
    assert remembered.find(_scope("/a"), 8) is None
    # An answer that was being made while the log moved on stands where it was made, and is not told later.
    remembered.keep(_scope("/a"), 7, Told.of(b"{}"), {})
    assert remembered.find(_scope("/a"), 8) is None
    dated = ((b"accept-datetime", b"Sat, 08 May 2021 12:00:00 GMT"),)
    remembered.keep(_scope("/b", headers=dated), 8, Told.of(b"{}"), {})
    assert remembered.find(_scope("/b"), 8) is None
