"""At which point a read stands: known_at, public_at and Accept-Datetime, what the answer says of it, and what is refused."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest

from tests.api.http.client import Client
from tests.api.http.problems import problem
from tests.fakes import NOON

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

STOP = "/v1/incidents/stop"
FINAL, HEAD, UNCLOSED = "private, max-age=60, must-revalidate", "private, no-cache", "no-store"


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    """Position 2: incident, 3: source, 4: fact `drag`, all at noon; 5: fact `other`, ten seconds later."""
    with Client(tmp_path / "points.ledger") as made:
        made.begin()
        made.report()
        made.clock.advance(dt.timedelta(seconds=10))
        made.report(id="other")
        yield made


def facts(client: Client, path: str = STOP, **members: Any) -> tuple[list[str], str, str]:
    """The facts of an incident, the position that was answered for, and what may be kept."""
    answer = client.get(path, **members)
    assert 200 == answer.status_code, answer.text
    assert "Accept-Datetime" in answer.headers["Vary"]
    return (
        [one["fact"] for one in answer.json()["facts"]],
        answer.headers["Ledger-Position"],
        answer.headers["Cache-Control"],
    )


def test_without_a_point_the_answer_is_that_of_the_head(client: Client) -> None:
    assert (["drag", "other"], "5", HEAD) == facts(client)


def test_a_position_is_final(client: Client) -> None:
    assert (["drag"], "4", FINAL) == facts(client, f"{STOP}?known_at=4")
    assert ([], "3", FINAL) == facts(client, f"{STOP}?known_at=3")


@pytest.mark.parametrize(
    "known_at",
    ["2021-05-08T12:00:09Z", "2021-05-08T07:00:09-05:00", "2021-05-08T14:00:09%2B02:00"],
)
def test_a_closed_time_is_final(client: Client, known_at: str) -> None:
    assert (["drag"], "4", FINAL) == facts(client, f"{STOP}?known_at={known_at}")


def test_the_instant_of_a_record_is_closed_and_holds_it(client: Client) -> None:
    assert (["drag", "other"], "5", FINAL) == facts(client, f"{STOP}?known_at=2021-05-08T12:00:10Z")


def test_a_time_that_the_log_has_not_reached_is_not_final_and_not_kept(client: Client) -> None:
    client.clock.advance(dt.timedelta(seconds=5))
    assert (["drag", "other"], "5", UNCLOSED) == facts(client, f"{STOP}?known_at=2021-05-08T12:00:13Z")
    answer = client.get(f"{STOP}?known_at=2021-05-08T12:00:13Z")
    assert answer.json()["final"] is False
    client.report(id="third")
    assert ["drag", "other"] == facts(client, f"{STOP}?known_at=2021-05-08T12:00:13Z")[0]
    assert FINAL == facts(client, f"{STOP}?known_at=2021-05-08T12:00:13Z")[2]
    assert client.get(f"{STOP}?known_at=2021-05-08T12:00:13Z").json()["final"] is True


def test_accept_datetime_means_the_end_of_its_second(client: Client) -> None:
    asked = {"Accept-Datetime": "Sat, 08 May 2021 12:00:00 GMT"}
    assert (["drag"], "4", FINAL) == facts(client, headers=asked)
    answer = client.get(STOP, headers=asked)
    assert "Sat, 08 May 2021 12:00:00 GMT" == answer.headers["Memento-Datetime"]
    # The fact was recorded two microseconds after noon: a plain known_at at noon has nothing of it.
    assert ([], "2", FINAL) == facts(client, f"{STOP}?known_at=2021-05-08T12:00:00Z")


def test_a_memento_is_asked_for_by_its_own_datetime(client: Client) -> None:
    told = client.get(f"{STOP}?known_at=5").headers["Memento-Datetime"]
    assert "Sat, 08 May 2021 12:00:10 GMT" == told
    client.clock.advance(dt.timedelta(seconds=30))
    client.report(id="third")
    assert (["drag", "other"], "5", FINAL) == facts(client, headers={"Accept-Datetime": told})


def test_counting_only_what_was_public(client: Client) -> None:
    client.report(
        id="dated",
        citations=[{"id": "a1", "source": "release", "published": {"edtf": "2021-05-06"}}],
    )
    assert (["dated"], "6", HEAD) == facts(client, f"{STOP}?public_at=2021-05-08T11:00:00Z")
    assert ([], "5", FINAL) == facts(client, f"{STOP}?public_at=2021-05-08T11:00:00Z&known_at=5")


@pytest.mark.parametrize(
    ("query", "rule"),
    [
        ("known_at=6", "known_at must be at most 5, the position that the ledger has reached"),
        ("known_at=9999999999999999", "known_at must be at most 5, the position that the ledger has reached"),
        ("known_at=2021-05-08", "known_at is a date alone"),
        ("known_at=-1", "known_at must be a position, or a date-time such as"),
        ("known_at=²", "known_at must be a position, or a date-time such as"),
        ("known_at=", "known_at must be a position, or a date-time such as"),
        ("known_at=2021-05-08T12:00:00", "known_at: the offset is missing"),
        ("known_at=2021-13-08T12:00:00Z", "known_at: there is no such date"),
        ("known_at=2021-05-08T12:00:00+00:00", "known_at has a blank where a + stood"),
        ("public_at=2021-05-08T12:00:00+00:00", "public_at has a blank where a + stood"),
        ("public_at=4", "public_at: a date-time is written"),
        ("known_at=4&known_at=4", "known_at must stand once"),
        ("known_at=2021-05-08T12:00:16Z", "known_at lies in the future"),
        ("at_least=6", "at_least must be at most 5"),
        ("at_least=now", "at_least must be a position"),
        ("knownat=4", "knownat is not known here; known are known_at, public_at, at_least"),
    ],
)
def test_a_parameter_that_breaks_its_rule_is_refused(client: Client, query: str, rule: str) -> None:
    answer = client.get(f"{STOP}?{query}")
    told = problem(answer, 400)
    assert "invalid-parameter" == told["code"]
    assert told["detail"].startswith(rule), told["detail"]
    assert query.partition("=")[0] == told["errors"][0]["parameter"]


def test_a_little_ahead_is_not_the_future(client: Client) -> None:
    assert UNCLOSED == facts(client, f"{STOP}?known_at=2021-05-08T12:00:15Z")[2]


@pytest.mark.parametrize(
    "date",
    [
        "2021-05-08T12:00:00Z",
        "Sun, 08 May 2021 12:00:00 GMT",
        "Mon, 31 May 2021 24:00:00 GMT",
        "Wed, 31 Feb 2021 12:00:00 GMT",
        "Sat, 08 May 2021 12:00:00 UTC",
        "Sat, 8 May 2021 12:00:00 GMT",
        "Saturday, 08-May-21 12:00:00 GMT",
        "Sat, 08 May 2021 12:00:20 GMT",
        "",
    ],
)
def test_an_accept_datetime_that_breaks_its_rule_is_refused(client: Client, date: str) -> None:
    told = problem(client.get(STOP, headers={"Accept-Datetime": date}), 400)
    assert ("invalid-header", "Accept-Datetime") == (told["code"], told["errors"][0]["header"])


def test_two_ways_to_ask_for_one_point_are_refused(client: Client) -> None:
    asked = {"Accept-Datetime": "Sat, 08 May 2021 12:00:00 GMT"}
    assert "invalid-header" == problem(client.get(f"{STOP}?known_at=4", headers=asked), 400)["code"]


def test_a_point_before_everything_knows_nothing(client: Client) -> None:
    assert NOON == client.clock.now() - dt.timedelta(seconds=10)
    for query in ("known_at=1", "known_at=0", "known_at=2021-05-08T11:59:59Z"):
        told = problem(client.get(f"{STOP}?{query}"), 404)
        assert "not-yet-known" == told["code"]
        assert told["detail"].endswith("it was opened at 2")


def test_what_never_was_is_not_found_at_any_point(client: Client) -> None:
    for path in ("/v1/incidents/nowhere", "/v1/incidents/nowhere?known_at=1", "/v1/incidents/%20"):
        assert "not-found" == problem(client.get(path), 404)["code"]
