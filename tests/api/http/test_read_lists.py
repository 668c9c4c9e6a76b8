"""The lists over all incidents: filters, pages that stand still, waiting for the stored views, the feed, the worklist, the kinds."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest

from api.http import views_keeper
from api.http.reading import Reading
from projections.catch_up_file import only_one
from tests.api.http.client import BASE, INCIDENT, Client
from tests.api.http.problems import problem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx2

ATOM = "{http://www.w3.org/2005/Atom}"
LISTS = ("/v1/incidents", "/v1/facts", "/v1/corrections", "/v1/worklist", "/v1/sources/release/facts")
STOP = "/v1/incidents/stop"
CORRECTION = {
    "kind": "drag",
    "statement": "About 20 feet.",
    "class": "wrong-number",
    "cause": "source-error",
    "reason": "the agency corrected itself",
    "notice": "We said 15 feet & it was <20>.",
    "citations": [{"id": "c1", "source": "release", "speaker": {"id": "c1"}}],
}


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    """2: incident, 3: source, 4 to 8: facts `f0` to `f4`, 9: `f0` is corrected, 10: `f1` is retracted."""
    with Client(tmp_path / "lists.ledger") as made:
        made.begin()
        for number in range(5):
            made.report(id=f"f{number}", statement=f"He was dragged {number} feet.")
        assert 201 == made.post(f"{STOP}/facts/f0/corrections", CORRECTION).status_code
        made.clock.advance()
        body = {"cause": "our-misreading", "reason": "not said there"}
        assert 201 == made.post(f"{STOP}/facts/f1/retractions", body).status_code
        yield made


def reading(client: Client) -> Reading:
    found = client.app.state.reading
    assert isinstance(found, Reading)
    return found


def read(client: Client, path: str, **members: Any) -> httpx2.Response:
    answer = client.get(path, **members)
    assert 200 == answer.status_code, answer.text
    return answer


@pytest.mark.parametrize("path", LISTS)
def test_a_list_is_not_sent_twice_and_knows_head(client: Client, path: str) -> None:
    answer = read(client, f"{path}?at_least=10")
    assert ("10", "private, no-cache") == (
        answer.headers["Ledger-Position"],
        answer.headers["Cache-Control"],
    )
    head = client.request("HEAD", path)
    assert (200, b"", answer.headers["ETag"]) == (head.status_code, head.content, head.headers["ETag"])
    again = client.get(path, headers={"If-None-Match": answer.headers["ETag"]})
    assert (304, b"") == (again.status_code, again.content)


@pytest.mark.parametrize("path", LISTS)
def test_unknown_parameters_are_refused(client: Client, path: str) -> None:
    told = problem(client.get(f"{path}?page=2"), 400)
    assert ("invalid-parameter", "page") == (told["code"], told["errors"][0]["parameter"])


def test_facts_that_answer(client: Client) -> None:
    def found(query: str) -> list[str]:
        return [one["fact"] for one in read(client, f"/v1/facts?at_least=10&{query}").json()["rows"]]

    assert ["f0", "f1", "f2", "f3", "f4"] == found("kind=drag")
    assert ["f1"] == found("status=retracted")
    assert ["f3"] == found("q=3+feet")
    assert [] == found("kind=flight")
    assert ["f0", "f1"] == found("known_at=5")
    assert ["f0"] == found("known_at=2021-05-08T12:00:00.000002Z")
    assert [] == found("public_at=2021-05-08T11:00:00Z")


def test_incidents_that_answer(client: Client) -> None:
    client.post("/v1/incidents", {"id": "quiet", "title": "A quiet night", "zone": "UTC"})

    def found(query: str) -> list[str]:
        return [one["incident"] for one in read(client, f"/v1/incidents?at_least=11&{query}").json()["rows"]]

    assert ["stop", "quiet"] == found("")
    assert ["stop"] == found("kind=drag&source=release")
    assert ["quiet"] == found("q=quiet")
    assert ["stop"] == found("known_at=10")
    assert [] == found("known_at=1")


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("kind=No Slug", "kind"),
        ("status=true", "status"),
        ("near=here", "near"),
        ("overlap=certain", "overlap"),
        ("occurred_from=2021-05-08T12:00:00+00:00", "occurred_from"),
        ("kind=drag&kind=flight", "kind"),
        ("limit=501", "limit"),
        ("cursor=made-up", "cursor"),
        ("at_least=11", "at_least"),
    ],
)
def test_a_filter_that_breaks_its_rule_is_refused(client: Client, query: str, parameter: str) -> None:
    told = problem(client.get(f"/v1/facts?{query}"), 400)
    assert ("invalid-parameter", parameter) == (told["code"], told["errors"][0]["parameter"])


def test_pages_stand_still_while_more_is_recorded(client: Client) -> None:
    path, found = "/v1/facts?limit=2&at_least=10&kind=drag", []
    positions = set()
    while path:
        answer = read(client, path)
        found += [one["fact"] for one in answer.json()["rows"]]
        positions.add(answer.headers["Ledger-Position"])
        client.report(id=f"late-{len(found)}")
        link = answer.headers.get("Link")
        path = "" if link is None else link[1 : link.index(">")]
    assert ["f0", "f1", "f2", "f3", "f4"] == found
    assert {"10"} == positions


def test_a_cursor_belongs_to_its_question_and_its_position(client: Client) -> None:
    cursor = read(client, "/v1/facts?limit=2&at_least=10").json()["next"]
    answer = read(client, f"/v1/facts?limit=2&cursor={cursor}")
    assert "private, max-age=60, must-revalidate" == answer.headers["Cache-Control"]
    for query in (f"kind=drag&cursor={cursor}", f"cursor={cursor[:-1]}", f"cursor={cursor[1:]}"):
        assert "cursor" == problem(client.get(f"/v1/facts?{query}"), 400)["errors"][0]["parameter"]
    assert "cursor" == problem(client.get(f"/v1/incidents?cursor={cursor}"), 400)["errors"][0]["parameter"]
    told = problem(client.get(f"/v1/facts?known_at=5&cursor={cursor}"), 400)
    assert "known_at" == told["errors"][0]["parameter"]


def test_corrections_come_the_newest_first(client: Client) -> None:
    rows = read(client, "/v1/corrections?at_least=10").json()["rows"]
    assert [(10, "f1", "retracted"), (9, "f0", "corrected")] == [
        (one["position"], one["fact"], one["act"]) for one in rows
    ]
    assert [] == read(client, "/v1/corrections?known_at=8").json()["rows"]


@pytest.mark.parametrize(
    ("accept", "is_atom"),
    [
        ("application/atom+xml", True),
        ("application/atom+xml, application/json;q=0.5", True),
        ("application/atom+xml, */*;q=0.1", True),
        ("application/atom+xml;q=0.5, application/json", False),
        ("application/atom+xml;q=0", False),
        ("application/json", False),
        ("*/*", False),
        ("text/html", False),
    ],
)
def test_the_feed_is_given_to_who_asks_for_it(client: Client, accept: str, is_atom: bool) -> None:  # noqa: FBT001  a parameter of the test
    answer = read(client, "/v1/corrections", headers={"Accept": accept})
    expected = "application/atom+xml" if is_atom else "application/json"
    assert (expected, "Accept, Accept-Datetime") == (
        answer.headers["Content-Type"],
        answer.headers["Vary"],
    )


def test_the_feed_tells_each_correction(client: Client) -> None:
    answer = read(client, "/v1/corrections?format=atom&limit=1&at_least=10")
    root = ET.fromstring(answer.content)  # noqa: S314  our own
    links = {one.get("rel"): one.get("href") for one in root.findall(f"{ATOM}link")}
    assert links["next"] == BASE + answer.headers["Link"][1 : answer.headers["Link"].index(">")]
    second = ET.fromstring(read(client, links["next"] or "").content)  # noqa: S314  our own
    [entry] = second.findall(f"{ATOM}entry")
    assert "Correction: Traffic stop (f0)" == entry.findtext(f"{ATOM}title")
    assert CORRECTION["notice"] == entry.findtext(f"{ATOM}summary")
    ids = [one.findtext(f"{ATOM}entry/{ATOM}id") for one in (root, second)]
    assert 2 == len({one for one in ids if one and one.startswith("urn:uuid:")})
    assert "2021-05-08T12:00:01.000000Z" == root.findtext(f"{ATOM}updated")


def test_a_text_that_no_feed_can_hold_does_not_break_it(client: Client) -> None:
    correction = {
        **CORRECTION,
        "notice": "a\x01b",
        "statement": "About 30 feet.",
        "citations": [{"id": "c9", "source": "release", "speaker": {"id": "c9"}}],
    }
    assert 201 == client.post(f"{STOP}/facts/f2/corrections", correction).status_code
    root = ET.fromstring(read(client, "/v1/corrections?format=atom&at_least=11").content)  # noqa: S314  our own
    assert "ab" == root.findtext(f"{ATOM}entry/{ATOM}summary")
    told = problem(client.get("/v1/corrections?format=rss"), 400)
    assert "format" == told["errors"][0]["parameter"]


def test_the_worklist_tells_what_is_to_be_looked_at(client: Client) -> None:
    body = {"by": "the driver", "grounds": "I stood still."}
    assert 201 == client.post(f"{STOP}/facts/f3/disputes", body).status_code
    rows = read(client, "/v1/worklist?at_least=11").json()["rows"]
    assert [("dispute", "f3")] == [(one["sort"], one["fact"]) for one in rows]
    assert [] == read(client, "/v1/worklist?at_least=11&sort=conflict").json()["rows"]
    assert [] == read(client, "/v1/worklist?known_at=10").json()["rows"]
    for query, name in (
        ("sort=all", "sort"),
        ("public_at=2021-05-08T12:00:00Z", "public_at"),
        ("source=No%20id", "source"),
        ("incident=", "incident"),
    ):
        assert name == problem(client.get(f"/v1/worklist?{query}"), 400)["errors"][0]["parameter"]


def test_the_kinds_in_force_at_a_point(client: Client) -> None:
    kind = {
        "slug": "barricade",
        "version": 1,
        "label": "Barricade",
        "definition": "Somebody barricades a place.",
        "schema": {"type": "object", "additionalProperties": False, "properties": {}},
        "roles": ["subject"],
    }
    before = read(client, "/v1/kinds")
    answer = client.post("/v1/kinds", kind)
    assert 201 == answer.status_code, answer.text
    after = client.get("/v1/kinds", headers={"If-None-Match": before.headers["ETag"]})
    assert 200 == after.status_code
    assert "barricade@1" in [one["ref"] for one in after.json()["rows"]]
    assert before.content == read(client, "/v1/kinds?known_at=10").content


def test_an_empty_ledger_is_read_as_such(tmp_path: Path) -> None:
    with Client(tmp_path / "empty.ledger") as client:
        for path in ("/v1/incidents", "/v1/facts", "/v1/corrections", "/v1/worklist", "/v1/sources"):
            answer = read(client, path)
            assert ([], "0") == (answer.json()["rows"], answer.headers["Ledger-Position"])
            assert "Memento-Datetime" not in answer.headers
        assert 200 == client.get("/v1/corrections?format=atom").status_code
        assert 20 < len(read(client, "/v1/kinds").json()["rows"])


def test_a_read_waits_for_its_position_and_gives_up_in_time(client: Client) -> None:
    read(client, "/v1/facts?at_least=10")
    keeper = reading(client).keeper
    assert keeper.stop()
    keeper._wait_s = 0.01
    client.report(id="unseen")
    for path in ("/v1/facts?at_least=11", "/v1/facts?known_at=11"):
        answer = client.get(path)
        told = problem(answer, 503)
        assert ("views-behind", "1") == (told["code"], answer.headers["Retry-After"])
    # What is asked for without a position is as it was.
    assert "10" == read(client, "/v1/facts").headers["Ledger-Position"]


def test_no_list_is_given_before_the_last_redaction_reached_it(client: Client) -> None:
    read(client, "/v1/facts?at_least=10")
    keeper = reading(client).keeper
    assert keeper.stop()
    keeper._wait_s = 0.01
    body = {
        "incident": "stop",
        "facts": [{"fact": "f3", "paths": ["statement"]}],
        "legal_basis": "Art. 17 GDPR",
        "authority": "the desk",
        "reason": "a court ordered it",
    }
    assert 201 == client.post("/v1/redactions", body).status_code
    for path in ("/v1/facts", "/v1/facts?known_at=9", "/v1/incidents"):
        assert "views-behind" == problem(client.get(path), 503)["code"]


def test_redacted_words_are_in_no_list_at_any_point(client: Client) -> None:
    assert "3 feet" in read(client, "/v1/facts?at_least=10").text
    body = {
        "incident": "stop",
        "facts": [{"fact": "f3", "paths": ["statement"]}],
        "legal_basis": "Art. 17 GDPR",
        "authority": "the desk",
        "reason": "a court ordered it",
    }
    assert 201 == client.post("/v1/redactions", body).status_code
    for path in ("/v1/facts", "/v1/facts?known_at=9", "/v1/facts?q=3+feet", "/v1/facts?q=3+feet&known_at=9"):
        assert "3 feet" not in read(client, path).text


def test_stored_views_that_cannot_be_kept_are_told_and_the_log_goes_on(tmp_path: Path) -> None:
    with Client(tmp_path / "stalled.ledger") as client:
        client.begin()
        read(client, "/v1/incidents?at_least=3")
        found = reading(client)
        assert isinstance(found.keeper, views_keeper.ViewsThread)
        assert found.keeper.stop()
        found.keeper._stall(OSError("what an exception says is told to nobody"))
        answer = read(client, "/v1/incidents")
        assert {"code": "internal", "position": 3} == answer.json()["stalled"]
        assert "nobody" not in answer.text
        assert 201 == client.report().status_code
        assert 200 == client.get(STOP).status_code


def test_while_another_process_keeps_the_views_its_progress_is_followed(tmp_path: Path) -> None:
    path = tmp_path / "other.ledger"
    with Client(path) as client:
        client.begin()
        read(client, "/v1/incidents?at_least=3")
    with only_one(path.with_name("other.ledger.d")), Client(path) as client:
        assert "3" == read(client, "/v1/incidents?at_least=3").headers["Ledger-Position"]
        reading(client).keeper._wait_s = 0.01
        client.report()
        assert "views-behind" == problem(client.get("/v1/facts?at_least=4"), 503)["code"]


def test_a_commit_wakes_the_views_before_they_would_look(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views_keeper, "LOOK_S", 3_600)
    with Client(tmp_path / "incident.ledger") as client:
        # More than once: the first may be seen while the thread begins.
        for number in range(1, 4):
            client.post("/v1/incidents", INCIDENT | {"id": f"stop-{number}"})
            limit = time.monotonic() + 30
            while reading(client).keeper.reached <= number and time.monotonic() < limit:
                client.get("/livez")
            assert number < reading(client).keeper.reached


def test_whoever_waits_for_the_views_ends_their_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views_keeper, "REST_S", 3_600)
    monkeypatch.setattr(views_keeper, "MOST_REST_S", 3_600)
    with Client(tmp_path / "rest.ledger") as client:
        client.begin()
        for number in range(3):
            position = client.report(id=f"f{number}").json()["position"]
            answer = read(client, f"/v1/facts?at_least={position}")
            assert number + 1 == len(answer.json()["rows"])


def test_the_views_rest_longer_the_longer_they_read_and_never_for_long() -> None:
    spent = (0.0, 0.001, 0.1, 60.0)
    rests = [views_keeper.rest_after(one) for one in spent]
    assert [
        views_keeper.REST_S,
        views_keeper.REST_S,
        0.1 * views_keeper.REST_SHARE,
        views_keeper.MOST_REST_S,
    ] == rests
