"""The window of occurrence in the reads of one incident: each tells of the facts that lie in it, and says which window."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pytest

from tests.api.http.client import Client
from tests.api.http.problems import problem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

STOP = "/v1/incidents/stop"


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    """Two facts of which nobody says when they occurred, and what each test reports."""
    with Client(tmp_path / "windows.ledger") as made:
        made.begin()
        made.report()
        made.report(id="other")
        yield made


def read(client: Client, path: str) -> Any:  # noqa: ANN401  an answer of httpx2
    answer = client.get(path)
    assert 200 == answer.status_code, answer.text
    return answer


WINDOWED = (
    STOP,
    f"{STOP}/timeline",
    f"{STOP}/conflicts",
    f"{STOP}/first-known",
    f"{STOP}/audit",
    f"{STOP}/changes",
)
THAT_DAY = "occurred_from=2021-05-08T00:00:00-05:00&occurred_to=2021-05-09T00:00:00-05:00"


def _facts_told(told: dict[str, Any]) -> set[str]:
    """The facts that an answer of any view tells."""
    rows = told.get("facts", told.get("entries", ()))
    return {row["fact"] for row in rows if "fact" in row} | set(told.get("agreed", ()))


@pytest.mark.parametrize("path", WINDOWED)
def test_a_window_asks_for_the_facts_that_occurred_in_it(client: Client, path: str) -> None:
    client.report(id="dated", occurred="2021-05-08")
    client.report(id="later", occurred={"relations": [{"rel": "after", "fact": "dated"}]})
    client.report(id="earlier", occurred="2021-05-01")

    assert {"drag", "other", "dated", "later", "earlier"} == _facts_told(read(client, path).json())
    possible = read(client, f"{path}?{THAT_DAY}").json()
    assert {"drag", "other", "dated", "later"} == _facts_told(possible)
    assert ("2021-05-08T00:00:00-05:00", "2021-05-09T00:00:00-05:00", "possible", True) == tuple(
        possible[name] for name in ("occurred_from", "occurred_to", "overlap", "final")
    )
    assert {"dated"} == _facts_told(read(client, f"{path}?{THAT_DAY}&overlap=certain").json())
    before = "occurred_to=2021-05-08T00:00:00Z"
    assert {"drag", "other", "earlier"} == _facts_told(read(client, f"{path}?{before}").json())


def test_a_replay_of_a_window_has_the_acts_upon_its_facts(client: Client) -> None:
    client.report(id="dated", occurred="2021-05-08")
    lines = [
        orjson.loads(line)
        for line in read(client, f"{STOP}/replay?{THAT_DAY}&overlap=certain").content.splitlines()
    ]

    assert [None, "dated"] == [line["act"].get("fact") for line in lines]
    assert [[], ["dated"]] == [[fact["fact"] for fact in line["state"]["facts"]] for line in lines]
    assert {("certain", True)} == {(line["overlap"], line["final"]) for line in lines}


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("overlap=certain", "overlap"),
        ("occurred_from=2021-05-08", "occurred_from"),
        ("occurred_to=2021-05", "occurred_to"),
        ("occurred_from=2021-05-09T00:00:00Z&occurred_to=2021-05-08T00:00:00Z", "occurred_to"),
    ],
)
def test_a_window_that_breaks_its_rule_is_refused(client: Client, query: str, parameter: str) -> None:
    for path in (STOP, f"{STOP}/replay", "/v1/facts"):
        told = problem(client.get(f"{path}?{query}"), 400)
        assert ("invalid-parameter", parameter) == (told["code"], told["errors"][0]["parameter"])
        assert "edtf" not in told["detail"]


def test_pages_of_a_trail_in_a_window_are_of_that_window(client: Client) -> None:
    client.report(id="dated", occurred="2021-05-08")
    client.report(id="dated-too", occurred="2021-05-08")
    first = read(client, f"{STOP}/audit?{THAT_DAY}&overlap=certain&limit=1").json()
    second = f"{STOP}/audit?{THAT_DAY}&overlap=certain&limit=1&cursor={first['next']}"

    assert (["dated"], ["dated-too"]) == tuple(
        [act["fact"] for act in page["entries"]] for page in (first, read(client, second).json())
    )
    problem(client.get(f"{STOP}/audit?limit=1&cursor={first['next']}"), 400)
