"""replay: an incident act by act, in sentences or one act a line of JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.api.course_commands import INCIDENT, a_course, ask

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return a_course(tmp_path_factory.mktemp("replay"))


def test_each_act_is_told_with_what_it_changed_and_what_then_stood(ledger: Path) -> None:
    answer = ask("replay", INCIDENT, "--known-at", 5, "--ledger", ledger)
    lines = answer.out.splitlines()

    assert (0, "") == (answer.code, answer.err)
    assert ["A traffic stop", "act by act, up to position 5", ""] == lines[:3]
    assert lines[3].startswith("position 4, ")
    assert lines[3].endswith("by local: IncidentOpened")
    assert lines[6].endswith("by local: FactReported 'drag'")
    assert lines[7].endswith("'drag' was added: An officer was dragged about 15 feet, citing station.")
    assert "    then: 1 fact" == lines[8]


def test_json_is_a_line_for_each_act_with_its_difference_and_the_state(ledger: Path) -> None:
    steps = ask("replay", INCIDENT, "--json", "--ledger", ledger).json_lines

    assert [4, 5, 6, 8, 9] == [step["act"]["position"] for step in steps]
    assert [0, 1, 2, 2, 2] == [len(step["state"]["facts"]) for step in steps]
    assert {"act", "difference", "state", "final"} == set(steps[0])
    assert [True] * 5 == [step["final"] for step in steps]
    assert {"path": "/position", "old": 8, "new": 9} in steps[-1]["difference"]["changes"]


def test_an_act_that_was_not_public_is_no_step(ledger: Path) -> None:
    given = ("--public-at", "2021-05-10T00:00:00Z", "--ledger", ledger)
    lines = ask("replay", INCIDENT, *given).out.splitlines()
    whole = ask("replay", INCIDENT, "--ledger", ledger).out

    assert lines[1].endswith(", counting what was public by 2021-05-10T00:00:00+00:00")
    assert ["position 4", "position 5", "position 6"] == [
        line.split(",")[0] for line in lines if line.startswith("position")
    ]
    assert "position 9," in whole


def test_an_incident_that_was_not_known_yet_is_refused(ledger: Path) -> None:
    for more in ((), ("--json",)):
        answer = ask("replay", INCIDENT, "--known-at", 2, *more, "--ledger", ledger)
        assert (3, "") == (answer.code, answer.out)
        assert "was not known yet at position 2" in answer.err
