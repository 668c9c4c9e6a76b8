"""first-known: per fact when it occurred, was first public and first recorded, as text and as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.api.course_commands import INCIDENT, a_course, ask

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return a_course(tmp_path_factory.mktemp("first-known"))


def test_each_fact_says_when_it_occurred_was_public_and_was_recorded(ledger: Path) -> None:
    answer = ask("first-known", INCIDENT, "--ledger", ledger)
    lines = answer.out.splitlines()

    assert (0, "") == (answer.code, answer.err)
    assert [
        "drag: An officer was dragged 15 to 20 feet.",
        "    occurred      8 May 2021",
        "    first public  by the end of 8 May 2021 (not before 8 May 2021 00:00): station",
        '                  "dragged about 15 feet"',
        "                  public after it occurred: at most 1 day",
    ] == lines[3:8]
    assert lines[8].startswith("    recorded      ")
    assert lines[8].endswith("Z, position 5, by local")
    assert "    occurred      from 8 May 2021 (earliest worked out from the order of the facts)" in lines


def test_json_holds_the_lags_in_seconds(ledger: Path) -> None:
    told = json.loads(ask("first-known", INCIDENT, "--json", "--ledger", ledger).out)
    drag = told["facts"][0]

    assert (True, "drag", ["station"]) == (
        told["final"],
        drag["fact"],
        [one["source"] for one in drag["first_public"]["told_by"]],
    )
    assert ({-86400}, {86400}) == (
        {drag["occurred_to_public"]["at_least_s"]},
        {drag["occurred_to_public"]["at_most_s"]},
    )


def test_it_is_asked_at_a_point_of_both_axes(ledger: Path) -> None:
    early = ask("first-known", INCIDENT, "--known-at", 4, "--ledger", ledger)
    unknown = ask("first-known", INCIDENT, "--known-at", 2, "--ledger", ledger)

    assert "No fact was known." == early.out.splitlines()[-1]
    assert (3, True) == (unknown.code, "was not known yet at position 2" in unknown.err)
