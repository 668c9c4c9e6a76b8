"""A server on a ledger that has an event of a newer program: it is served, and only what rests on it is refused (ADR 26)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ledger.log_lines import log_line
from tests.api.feed.following import said
from tests.api.http.client import FACT, INCIDENT, Client, without_op
from tests.desk import AGENCY, cited
from tests.newer_events import NEWER, record_newer
from tests.postgres_server import fresh_address

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ledger.address import Address

POINT = 7
_RETRACTION = {"cause": "our-misreading", "reason": "another"}
_READS = ("", "/timeline", "/conflicts", "/first-known", "/audit", "/replay", "/events")
_PAGES = ("", "/audit", "/changes")
_BROWSER = {"Accept": "text/html"}


@pytest.fixture(params=["file", "database"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Address:
    """A ledger of two incidents with a fact each, from two sources; `stop` is the first, and has facts from `release`."""
    path: Address = tmp_path / "test.ledger"
    if request.param == "database":
        path = fresh_address(request.getfixturevalue("database_url"), tmp_path)
    with Client(path) as client:
        client.begin()
        assert 201 == client.report().status_code
        assert 201 == client.post("/v1/sources", {**without_op(AGENCY), "id": "agency"}).status_code
        assert 201 == client.post("/v1/incidents", {**INCIDENT, "id": "march"}).status_code
        clash = {**FACT, "id": "clash", "citations": [cited(source="agency")]}
        assert 201 == client.post("/v1/incidents/march/facts", clash).status_code
        assert POINT == client.head
    return path


@pytest.fixture(params=["served with it", "it came meanwhile"])
def client(request: pytest.FixtureRequest, path: Address) -> Iterator[tuple[Client, dict[str, Any]]]:
    """A server, and what it answered at POINT before the event came."""
    with Client(path) as first:
        before = {at: first.get(at).content for at in _asked_at_the_point()}
        if request.param == "it came meanwhile":
            record_newer(first.served.store, "incident/stop")
            yield first, before
            return
        record_newer(first.served.store, "incident/stop")
    with Client(path) as second:
        yield second, before


def _asked_at_the_point() -> list[str]:
    return [f"/v1/incidents/{one}{read}?known_at={POINT}" for one in ("stop", "march") for read in _READS]


def test_before_it_all_is_told_and_from_it_on_its_incident_is_refused(
    client: tuple[Client, dict[str, bytes]],
) -> None:
    asking, before = client
    for at, was in before.items():
        answer = asking.get(at)
        assert (200, was) == (answer.status_code, answer.content), at
    for read in _READS:
        # What is stored is given; which of it was out by a time is a fold.
        asked = "?public_at=2022-01-01T00:00:00Z" if read == "/events" else ""
        for point in (asked, f"{asked or '?'}{asked and '&'}known_at={POINT + 1}"):
            refused = asking.get(f"/v1/incidents/stop{read}{point}")
            assert (500, "unknown-schema") == (refused.status_code, refused.json()["code"]), read
            assert f"position {POINT + 1}: " in refused.json()["detail"]
            assert NEWER in refused.json()["detail"]
        assert 200 == asking.get(f"/v1/incidents/march{read}").status_code, read


def test_the_stored_events_of_its_incident_are_given_as_the_log_has_them(
    client: tuple[Client, dict[str, bytes]],
) -> None:
    asking, before = client
    position = record_newer(asking.served.store, "incident/stop")
    rows = list(asking.served.store.stream("incident/stop"))

    whole = asking.get("/v1/incidents/stop/events")
    earlier = asking.get(f"/v1/incidents/stop/events?known_at={position - 1}")
    earliest = asking.get(f"/v1/incidents/stop/events?known_at={POINT}")

    assert (200, b"".join(map(log_line, rows))) == (whole.status_code, whole.content)
    assert [False, True, True] == [NEWER.partition("@")[0].encode() in log_line(row) for row in rows[-3:]]
    assert b"".join(map(log_line, rows[:-1])) == earlier.content
    assert before[f"/v1/incidents/stop/events?known_at={POINT}"] == earliest.content
    assert earliest.content + log_line(rows[-2]) == earlier.content
    assert 3 == len({one.headers["ETag"] for one in (whole, earlier, earliest)})


def test_pages_of_before_it_are_shown_and_those_of_others(client: tuple[Client, dict[str, bytes]]) -> None:
    asking, _ = client
    for page in _PAGES:
        end = f"to={POINT}" if page == "/changes" else f"known_at={POINT}"
        assert 200 == asking.get(f"/incidents/stop{page}?{end}", headers=_BROWSER).status_code, page
        assert 200 == asking.get(f"/incidents/march{page}", headers=_BROWSER).status_code, page
        assert 500 == asking.get(f"/incidents/stop{page}", headers=_BROWSER).status_code, page
    for page in ("/", "/sources", "/sources/agency", "/sources/release", "/worklist", "/corrections", "/log"):
        assert 200 == asking.get(page, headers=_BROWSER).status_code, page


def test_lists_name_what_they_tell_only_in_part(client: tuple[Client, dict[str, bytes]]) -> None:
    asking, _ = client
    listed = asking.get(f"/v1/facts?at_least={POINT + 1}").json()
    [incomplete] = listed["incomplete"]

    assert ("stop", POINT + 1, "unknown-schema") == tuple(
        incomplete[one] for one in ("incident", "since", "code")
    )
    assert ["drag", "clash"] == [row["fact"] for row in listed["rows"]]
    assert "incomplete" not in asking.get(f"/v1/facts?known_at={POINT}").json()


def test_a_source_that_has_one_is_listed_as_it_was_before_it(path: Address) -> None:
    with Client(path) as asking:
        before = asking.get("/v1/sources").json()["rows"]
        at = record_newer(asking.served.store, "source/release")
        now = asking.get("/v1/sources").json()

        assert before == now["rows"]
        told = {"stream": "source/release", "since": at, "code": "unknown-schema"}
        assert [told] == now["incomplete"]
        assert "incomplete" not in asking.get(f"/v1/sources?known_at={POINT}").json()
        for refused in ("/v1/sources/release", "/v1/incidents/stop"):
            assert 500 == asking.get(refused).status_code
            assert 200 == asking.get(f"{refused}?known_at={POINT}").status_code
        for told_whole in ("/v1/sources/agency", "/v1/incidents/march"):
            assert 200 == asking.get(told_whole).status_code


def test_acts_upon_its_stream_are_refused_and_others_recorded(
    client: tuple[Client, dict[str, bytes]],
) -> None:
    asking, _ = client
    refused = asking.post("/v1/incidents/stop/facts/drag/retractions", _RETRACTION)

    assert (500, "unknown-schema") == (refused.status_code, refused.json()["code"])
    assert f"position {POINT + 1}: " in refused.json()["detail"]
    assert 201 == asking.post("/v1/incidents/march/facts/clash/retractions", _RETRACTION).status_code
    retract = {"op": "retract-fact", **_RETRACTION}
    first, second = asking.batch(
        {**retract, "incident": "stop", "fact": "drag"},
        {"op": "open-incident", **INCIDENT, "id": "third"},
    )
    assert "unknown-schema" == first["problem"]["code"]
    assert POINT + 3 == second["receipt"]["position"]


def test_the_feed_goes_on_and_sends_it_to_whoever_may_want_it(
    client: tuple[Client, dict[str, bytes]],
) -> None:
    asking, _ = client
    assert 201 == asking.post("/v1/incidents/march/facts/clash/retractions", _RETRACTION).status_code
    until = POINT + 2
    for query, expected in (
        ("", [POINT, POINT + 1, POINT + 2]),
        ("&incident=march", [POINT, POINT + 2]),
        ("&incident=stop&kind=flight", [POINT + 1]),
        ("&source=agency", [POINT, POINT + 1]),
    ):
        sent = asking.get(f"/v1/events?after={POINT - 1}&until={until}{query}").content
        assert expected == [int(one["id"]) for one in said(sent)], query
        names = {one["event"] for one in said(sent) if int(one["id"]) == POINT + 1}
        assert names <= {NEWER.partition("@")[0]}
