"""The reads of one incident: each answers, keeps its entity tag, knows HEAD, and is right at a past point."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import TYPE_CHECKING

import orjson
import pytest

from ledger.log_lines import log_line
from projections.axes import Axes
from projections.conflicts import conflicts_of
from projections.first_known import first_known
from projections.replay import replay
from tests.api.http.client import AT, Client
from tests.api.http.problems import problem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx2

STOP = "/v1/incidents/stop"
DRAG = f"{STOP}/facts/drag"
FOLDED = (
    STOP,
    f"{STOP}/timeline",
    f"{STOP}/audit",
    f"{STOP}/changes",
    f"{STOP}/conflicts",
    f"{STOP}/first-known",
    DRAG,
    f"{DRAG}/lineage",
)
LINES = (f"{STOP}/replay", f"{STOP}/events")
CORRECTION = {
    "kind": "drag",
    "statement": "The officer was dragged about 20 feet.",
    "class": "wrong-number",
    "cause": "source-error",
    "reason": "the agency corrected itself",
    "citations": [{"id": "c1", "source": "release", "speaker": {"id": "c1"}}],
}


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    """2: incident, 3: source, 4: fact `drag`, 5: fact `other`; a second later 6: `drag` is corrected."""
    with Client(tmp_path / "incidents.ledger") as made:
        made.begin()
        made.report()
        made.report(id="other")
        made.clock.advance()
        assert 201 == made.post(f"{DRAG}/corrections", CORRECTION).status_code
        yield made


def read(client: Client, path: str, **members: object) -> httpx2.Response:
    answer = client.get(path, **members)
    assert 200 == answer.status_code, answer.text
    return answer


@pytest.mark.parametrize("path", [*FOLDED, *LINES])
def test_an_answer_has_a_tag_and_is_not_sent_twice(client: Client, path: str) -> None:
    answer = read(client, path)
    tag = answer.headers["ETag"]
    assert tag == read(client, path).headers["ETag"]
    for given in (tag, f'"other", {tag}', f"W/{tag}", "*"):
        again = client.get(path, headers={"If-None-Match": given})
        assert (304, b"", tag) == (again.status_code, again.content, again.headers["ETag"])
        assert "6" == again.headers["Ledger-Position"]
    for given in ('"other"', "unquoted", ""):
        assert answer.content == read(client, path, headers={"If-None-Match": given}).content


@pytest.mark.parametrize("path", [*FOLDED, *LINES])
def test_head_tells_the_headers_alone(client: Client, path: str) -> None:
    got, head = read(client, path), client.request("HEAD", path)
    assert (200, b"") == (head.status_code, head.content)
    for name in ("ETag", "Content-Type", "Ledger-Position", "Memento-Datetime", "Cache-Control", "Vary"):
        assert got.headers[name] == head.headers[name], name
    if path in FOLDED:
        assert str(len(got.content)) == head.headers["Content-Length"]
    assert 304 == client.request("HEAD", path, headers={"If-None-Match": got.headers["ETag"]}).status_code
    assert 404 == client.request("HEAD", path.replace("stop", "nowhere")).status_code


@pytest.mark.parametrize("path", [path for path in FOLDED if path != DRAG])
def test_the_tag_is_a_digest_of_the_body(client: Client, path: str) -> None:
    answer = read(client, path)
    assert f'"{hashlib.sha256(answer.content).hexdigest()[:32]}"' == answer.headers["ETag"]


@pytest.mark.parametrize("path", [*FOLDED, *LINES])
def test_unknown_parameters_and_incidents_are_refused_everywhere(client: Client, path: str) -> None:
    assert "invalid-parameter" == problem(client.get(f"{path}?known=4"), 400)["code"]
    assert "not-found" == problem(client.get(path.replace("stop", "nowhere")), 404)["code"]
    if "changes" not in path:
        assert "not-yet-known" == problem(client.get(f"{path}?known_at=1"), 404)["code"]


def test_a_fact_is_told_with_its_version_in_the_tag(client: Client) -> None:
    answer = read(client, DRAG)
    digest = hashlib.sha256(answer.content).hexdigest()[:32]
    assert f'"4.{digest}"' == answer.headers["ETag"]
    told = answer.json()
    assert ("stop", "drag", 4) == (told["incident"], told["fact"], told["version"])
    assert CORRECTION["statement"] == told["content"]["statement"]
    assert ["FactReported", "FactCorrected"] == [one["type"] for one in told["lineage"]]
    held = {"If-Match": answer.headers["ETag"]}
    correction = {
        **CORRECTION,
        "statement": "About 25 feet.",
        "citations": [{"id": "c2", "source": "release", "speaker": {"id": "c2"}}],
    }
    assert 201 == client.post(f"{DRAG}/corrections", correction, headers=held).status_code
    assert 412 == client.post(f"{DRAG}/corrections", CORRECTION, headers=held).status_code


def test_a_fact_at_a_past_point(client: Client) -> None:
    then = read(client, f"{DRAG}?known_at=5")
    assert then.headers["ETag"].startswith('"2.')
    assert "The officer was dragged about 15 feet." == then.json()["content"]["statement"]
    assert ["FactReported"] == [one["type"] for one in then.json()["lineage"]]


def test_a_fact_that_is_not_there_or_was_not_yet(client: Client) -> None:
    assert "not-found" == problem(client.get(f"{STOP}/facts/none"), 404)["code"]
    for path in (f"{STOP}/facts/other", f"{STOP}/facts/other/lineage"):
        told = problem(client.get(f"{path}?known_at=4"), 404)
        assert ("not-yet-known", "4") == (told["code"], told["detail"].split("position ")[1][0])
        early = problem(client.get(f"{path}?public_at=2020-01-01T00:00:00Z"), 404)
        assert "not-yet-known" == early["code"]


def test_other_facts_do_not_move_the_tag_of_a_fact(client: Client) -> None:
    before = read(client, DRAG).headers["ETag"]
    client.report(id="third")
    assert before == read(client, DRAG).headers["ETag"]


def test_what_others_record_moves_no_tag(client: Client) -> None:
    paths = [path for path in (*FOLDED, *LINES) if "changes" not in path]
    before = {path: read(client, path).headers["ETag"] for path in paths}
    client.post("/v1/incidents", {"id": "elsewhere", "title": "Another", "zone": "UTC"})
    for path, tag in before.items():
        answer = client.get(path, headers={"If-None-Match": tag})
        assert (304, "7") == (answer.status_code, answer.headers["Ledger-Position"])


def test_a_notice_of_the_source_moves_the_tag_and_the_status(client: Client) -> None:
    before = read(client, STOP)
    notice = {
        "type": "retraction",
        "summary": "withdrawn",
        "scope": "all",
        "published": {"edtf": "2021-05-09"},
        "citation": {"id": "n1", "source": "release"},
    }
    answer = client.post("/v1/sources/release/notices", notice)
    assert 201 == answer.status_code, answer.text
    after = client.get(STOP, headers={"If-None-Match": before.headers["ETag"]})
    assert 200 == after.status_code
    assert ["reported", "unsupported"] == [one.json()["facts"][1]["status"] for one in (before, after)]
    assert before.content == read(client, f"{STOP}?known_at=6").content


def test_the_timeline_tells_what_is_in_order(client: Client) -> None:
    client.report(id="later", occurred={"relations": [{"rel": "after", "fact": "first"}]})
    client.report(id="first", occurred={"edtf": "2021-05-08", "as_stated": "8 May 2021"})
    told = read(client, f"{STOP}/timeline").json()
    assert ("stop", "America/Chicago") == (told["incident"], told["zone"])
    first = next(one for one in told["entries"] if one["fact"] == "first")
    assert ("8 May 2021", "drag@1", "reported") == (first["as_stated"], first["kind"], first["status"])


def test_conflicts_and_first_known_are_the_folds(client: Client) -> None:
    events = client.served.history.of_incident("stop")
    for known in (5, 6):
        axes = Axes(known=known)
        for name, fold in (("conflicts", conflicts_of), ("first-known", first_known)):
            told = read(client, f"{STOP}/{name}?known_at={known}").json()
            expected = orjson.loads(_json(fold(events, "stop", axes)))
            assert expected | {"final": True} == told


def _json(value: object) -> bytes:
    import msgspec  # noqa: PLC0415  only here

    return msgspec.json.encode(value)


def test_the_replay_is_a_line_an_act(client: Client) -> None:
    events = client.served.history.of_incident("stop")
    steps = replay(events, "stop", Axes(known=6))
    expected = b"".join(_json(step)[:-1] + b',"final":true}\n' for step in steps)
    answer = read(client, f"{STOP}/replay")
    assert "application/x-ndjson" == answer.headers["Content-Type"]
    assert expected == answer.content
    assert expected.splitlines()[:2] == read(client, f"{STOP}/replay?known_at=4").content.splitlines()


def test_the_stored_events_come_as_they_lie(client: Client) -> None:
    rows = list(client.served.history.stored("incident/stop"))
    answer = read(client, f"{STOP}/events")
    assert b"".join(map(log_line, rows)) == answer.content
    assert log_line(rows[0]) == read(client, f"{STOP}/events?known_at=3").content
    line = orjson.loads(answer.content.splitlines()[1])
    assert (rows[1].position, rows[1].event.decode()) == (line["position"], line["event"])
    public = read(client, f"{STOP}/events?public_at=2021-05-08T12:00:00.5Z").content.splitlines()
    assert [2, 4, 5] == [orjson.loads(line)["position"] for line in public]


def test_long_lines_come_whole(client: Client) -> None:
    for number in range(40):
        client.report(
            id=f"long-{number}", statement="word " * 900, citations=[{"id": "a1", "source": "release"}]
        )
    rows = client.served.history.stored("incident/stop")
    assert b"".join(map(log_line, rows)) == read(client, f"{STOP}/events").content


def test_changes_between_two_points(client: Client) -> None:
    told = read(client, f"{STOP}/changes?from=5&to=6").json()
    assert ["corrected"] == [one["sort"] for one in told["entries"]]
    assert ({"known": 5}, {"known": 6}, "known") == (told["from"], told["to"], told["axis"])
    back = read(client, f"{STOP}/changes?from=6&to=5").json()
    assert back["backwards"] is True
    by_time = read(client, f"{STOP}/changes?from=2021-05-08T12:00:00.5Z&to=6").json()
    assert ["corrected"] == [one["sort"] for one in by_time["entries"]]
    public = read(client, f"{STOP}/changes?axis=public&to=2021-05-08T12:00:00.5Z").json()
    assert {"drag", "other"} == {one["fact"] for one in public["entries"] if "fact" in one}
    assert (
        "private, max-age=60, must-revalidate"
        == read(client, f"{STOP}/changes?from=5&to=6").headers["Cache-Control"]
    )
    assert "private, no-cache" == read(client, f"{STOP}/changes?from=5").headers["Cache-Control"]


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("axis=both", "axis"),
        ("from=7", "from"),
        ("to=later", "to"),
        ("known_at=4", "known_at"),
        ("axis=public&public_at=2021-05-08T12:00:00Z", "public_at"),
        ("axis=public&from=4", "from"),
    ],
)
def test_points_that_lie_on_no_axis_are_refused(client: Client, query: str, parameter: str) -> None:
    told = problem(client.get(f"{STOP}/changes?{query}"), 400)
    assert parameter == told["errors"][0]["parameter"]


def test_changes_up_to_before_the_incident_are_not_yet_known(client: Client) -> None:
    assert "not-yet-known" == problem(client.get(f"{STOP}/changes?from=0&to=1"), 404)["code"]


def test_the_audit_trail_comes_in_pages_that_stand_still(client: Client) -> None:
    first = read(client, f"{STOP}/audit?limit=2&at_least=6")
    link = first.headers["Link"]
    assert link.startswith(f"<{STOP}/audit?limit=2&cursor=")
    assert link.endswith('>; rel="next"')
    client.report(id="third")
    second = read(client, link[1 : link.index(">")])
    assert [2, 4] == [one["position"] for one in first.json()["entries"]]
    assert [5, 6] == [one["position"] for one in second.json()["entries"]]
    assert "next" not in second.json()
    assert "Link" not in second.headers
    assert ("6", "private, max-age=60, must-revalidate") == (
        second.headers["Ledger-Position"],
        second.headers["Cache-Control"],
    )
    assert [2, 4, 5, 6, 7] == [one["position"] for one in read(client, f"{STOP}/audit").json()["entries"]]


def test_the_audit_trail_of_a_fact_and_of_what_was_public(client: Client) -> None:
    drag = read(client, f"{STOP}/audit?fact=drag").json()
    assert [4, 6] == [one["position"] for one in drag["entries"]]
    assert "fact" == problem(client.get(f"{STOP}/audit?fact=none"), 400)["errors"][0]["parameter"]
    public = read(client, f"{STOP}/audit?public_at=2021-05-08T12:00:00.5Z").json()
    assert [2, 4, 5] == [one["position"] for one in public["entries"]]


def test_a_cursor_that_was_not_given_here_is_refused(client: Client) -> None:
    cursor = read(client, f"{STOP}/audit?limit=2").json()["next"]
    for query in (
        f"limit=2&cursor={cursor[:-2]}",
        f"limit=2&cursor={'B' if cursor[0] == 'A' else 'A'}{cursor[1:]}",
        "cursor=",
        f"fact=drag&cursor={cursor}",
        f"known_at=5&cursor={cursor}",
    ):
        told = problem(client.get(f"{STOP}/audit?{query}"), 400)
        assert "cursor" == told["errors"][0]["parameter"], query
    assert 200 == client.get(f"{STOP}/audit?limit=1&known_at=6&cursor={cursor}").status_code


@pytest.mark.parametrize("limit", ["0", "501", "-1", "many", ""])
def test_a_limit_is_1_to_500(client: Client, limit: str) -> None:
    told = problem(client.get(f"{STOP}/audit?limit={limit}"), 400)
    assert "limit" == told["errors"][0]["parameter"]


def test_reports_by_many_are_seen_at_once(client: Client) -> None:
    for number in range(5):
        position = client.post(
            AT,
            {
                "id": f"n{number}",
                "kind": "drag",
                "statement": "He fell.",
                "citations": [{"id": "a1", "source": "release"}],
            },
        ).json()["position"]
        answer = read(client, f"{STOP}?at_least={position}")
        assert f"n{number}" == answer.json()["facts"][-1]["fact"]
        client.clock.advance(dt.timedelta(seconds=1))


def test_a_fact_says_the_position_that_it_rests_on(client: Client) -> None:
    tag = read(client, DRAG).headers["ETag"]
    client.report(id="third")

    assert 6 == read(client, DRAG).json()["position"]
    assert tag == read(client, DRAG).headers["ETag"]


def test_a_trail_of_what_was_public_has_no_act_upon_what_was_not_there_yet(client: Client) -> None:
    denial = {"kind": "article", "title": "A denial", "id": "denial", "published": "2021-05-01"}
    assert 201 == client.post("/v1/sources", denial).status_code
    said = {"id": "d1", "source": "denial", "stance": "denies"}
    assert 201 == client.post(f"{DRAG}/attestations", said).status_code

    public = read(client, f"{STOP}/audit?public_at=2021-05-03T00:00:00Z").json()
    assert ["IncidentOpened"] == [act["type"] for act in public["entries"]]
    assert "FactAttested" in {act["type"] for act in read(client, f"{STOP}/audit").json()["entries"]}
