"""If-Match: a write upon what has moved is refused with the acts in between (RFC 9110 §13.1.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from starlette.requests import Request

from api.http.preconditions import NO_VERSION, read_if_match
from api.http.problems import ProblemError
from tests.api.http.client import AT, Client
from tests.api.http.test_problems import check_shape

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx2

DISPUTES = f"{AT}/drag/disputes"
DISPUTE = {"by": "desk", "grounds": "the distance"}


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    """Fact `drag` is at version 4: reported at 2, disputed at 4; another fact came at 3."""
    with Client(tmp_path / "ledger") as made:
        made.begin()
        made.report()
        made.report(id="other", statement="It was otherwise.", citations=[{"id": "o1", "source": "release"}])
        made.clock.advance()
        made.post(DISPUTES, DISPUTE)
        yield made


def _dispute(client: Client, tag: str) -> httpx2.Response:
    return client.post(DISPUTES, DISPUTE, headers={"If-Match": tag})


@pytest.mark.parametrize("tag", ['"4"', '"4.0123abcd"', '"9", "4"', '"2" , ,"4.ff",', "*", 'W/"4", "4"'])
def test_a_write_upon_the_version_that_stands_is_recorded(client: Client, tag: str) -> None:
    assert 201 == _dispute(client, tag).status_code


@pytest.mark.parametrize(
    "tag", ['"2"', '"3"', '"5"', '"2", "3"', 'W/"4"', '"abc"', '""', '"04"', '"4.XYZ"', '"-4"', '"4 "', '"' + "4" * 40 + '"']
)  # fmt: skip
def test_a_write_upon_another_version_is_412_and_records_nothing(client: Client, tag: str) -> None:
    if " " in tag.replace(", ", ","):
        check_shape(_dispute(client, tag), 400, "invalid-header")
    else:
        told = check_shape(_dispute(client, tag), 412, "stale")
        assert 4 == told["current"]
    assert 6 == client.head


def test_412_tells_the_acts_in_between_upon_the_fact_and_no_other(client: Client) -> None:
    told = check_shape(_dispute(client, '"2"'), 412, "stale")

    assert (2, 4) == (told["expected"], told["current"])
    expected = {
        "position": 6,
        "version": 4,
        "type": "FactDisputed",
        "recorded_at": "2021-05-08T12:00:01.000000Z",
        "actor": "local-admin",
    }
    assert [expected] == told["acts"]


def test_a_tag_that_is_none_of_ours_names_no_acts(client: Client) -> None:
    told = check_shape(_dispute(client, '"0123456789abcdef"'), 412, "stale")

    assert "acts" not in told
    assert "expected" not in told


@pytest.mark.parametrize(
    "tag", ["4", '"4', '"4" "5"', "**", '"4", *', "W/", 'w/"4"', "", ",", ", ".join(['"1"'] * 17)]
)
def test_what_is_no_list_of_entity_tags_is_400(client: Client, tag: str) -> None:
    check_shape(_dispute(client, tag), 400, "invalid-header")


def test_several_headers_are_one_list() -> None:
    headers = [(b"if-match", b'"1"'), (b"if-match", b'"7.ab", W/"9"')]
    found = read_if_match(Request({"type": "http", "headers": headers}))

    assert found is not None
    assert (1, 7) == found.versions


def test_a_list_without_a_version_demands_one_that_nothing_is_at() -> None:
    found = read_if_match(Request({"type": "http", "headers": [(b"if-match", b'"x", W/"3"')]}))

    assert found is not None
    assert (NO_VERSION,) == found.versions
    with pytest.raises(ProblemError):
        read_if_match(Request({"type": "http", "headers": [(b"if-match", b"\xff")]}))


def test_the_version_in_the_body_is_409_when_it_moved(client: Client) -> None:
    told = check_shape(client.post(DISPUTES, {**DISPUTE, "expected_version": 2}), 409, "stale")

    assert [6] == [one["position"] for one in told["acts"]]


def test_the_version_is_said_once(client: Client) -> None:
    found = client.post(DISPUTES, {**DISPUTE, "expected_version": 4}, headers={"If-Match": '"4"'})

    told = check_shape(found, 422, "invalid")
    assert "/expected_version" in str(told["errors"])


@pytest.mark.parametrize(
    ("path", "body", "version", "other"),
    [
        ("/v1/incidents/stop/amendments", {"title": "Another", "reason": "the day"}, 4, 3),
        ("/v1/sources/release/amendments", {"title": "Another", "reason": "the day"}, 1, 2),
        (AT, {"kind": "drag", "statement": "Again.", "citations": [{"source": "release"}]}, 4, 1),
        ("/v1/incidents", {"id": "new", "title": "New", "zone": "UTC"}, None, 1),
    ],
)
def test_elsewhere_the_version_is_that_of_the_stream(
    client: Client, path: str, body: dict[str, object], version: int | None, other: int
) -> None:
    moved = client.post(path, body, headers={"If-Match": f'"{other}"'})
    assert version or 0 == check_shape(moved, 412, "stale")["current"]

    tag = "*" if version is None else f'"{version}"'
    assert 201 == client.post(path, body, headers={"If-Match": tag}).status_code


def test_the_answer_to_a_write_is_the_tag_for_the_next(client: Client) -> None:
    first = _dispute(client, "*")
    again = _dispute(client, first.headers["etag"])

    assert (201, 201) == (first.status_code, again.status_code)


def test_of_two_who_decided_upon_the_same_version_one_is_told_what_came_between(client: Client) -> None:
    async def correct(http: httpx2.AsyncClient) -> httpx2.Response:
        return await http.post(DISPUTES, json=DISPUTE, headers={"If-Match": '"4"'})

    found = sorted(client.together(correct, correct), key=lambda one: one.status_code)

    assert [201, 412] == [one.status_code for one in found]
    assert [7] == [one["position"] for one in found[1].json()["acts"]]


def test_what_is_not_there_is_404_whatever_if_match_says(client: Client) -> None:
    for tag in ("*", '"1"'):
        found = client.post(f"{AT}/none/disputes", DISPUTE, headers={"If-Match": tag})
        check_shape(found, 404, "not-found")
