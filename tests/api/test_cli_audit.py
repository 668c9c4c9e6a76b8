"""audit: every act from what to what, why and on which words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.api.command_line import INCIDENT, ask, desk, fact, record

if TYPE_CHECKING:
    from pathlib import Path

    from ledger.values import Json

QUANTITY = {
    "id": "distance",
    "as_stated": "about 15 feet",
    "value": "15",
    "unit": "[ft_i]",
    "approximate": True,
}


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("audit") / "desk.ledger"
    correction: Json = {
        "op": "correct-fact",
        "incident": INCIDENT,
        "fact": "drag",
        "kind": "drag",
        "statement": "An officer was dragged about 20 feet.",
        "occurred": "2021-05-08",
        "quantities": [{**QUANTITY, "value": "20"}],
        "class": "wrong-number",
        "cause": "our-misreading",
        "reason": "The desk had misread its copy.",
        "notice": "An earlier version said 15 feet.",
        "rests_on": ["drag-1"],
    }
    record(path, *desk()[:3], fact("drag", quantities=[QUANTITY]), fact("flight", kind="flight"), correction)
    return path


def test_a_correction_is_shown_from_what_to_what_and_why(ledger: Path) -> None:
    lines = ask("audit", INCIDENT, "--ledger", ledger, "--fact", "drag").out.splitlines()

    start = next(index for index, line in enumerate(lines) if "FactCorrected" in line)
    assert lines[start].startswith("position 7, version 4, 2")
    assert lines[start].endswith("Z, by local: FactCorrected 'drag'")
    assert [
        "    quantities/distance: value 15 -> value 20",
        "    statement: An officer was dragged about 15 feet. -> An officer was dragged about 20 feet.",
        "    class: wrong-number",
        "    cause: our-misreading",
        "    reason: The desk had misread its copy.",
        "    notice: An earlier version said 15 feet.",
        "    rests on: drag-1",
    ] == lines[start + 1 :]


def test_a_report_is_shown_with_what_it_said_and_the_words_it_cites(ledger: Path) -> None:
    out = ask("audit", INCIDENT, "--ledger", ledger, "--fact", "drag").out

    assert "    statement: An officer was dragged about 15 feet.\n" in out
    assert '    citing station: "dragged about 15 feet"\n' in out


def test_one_fact_can_be_asked_for(ledger: Path) -> None:
    trail = ask("audit", INCIDENT, "--ledger", ledger, "--fact", "flight", "--json").json

    assert [("flight", "FactReported")] == [(entry["fact"], entry["type"]) for entry in trail]


def test_the_trail_at_a_position_begins_the_whole(ledger: Path) -> None:
    whole = ask("audit", INCIDENT, "--ledger", ledger, "--json").json
    earlier = ask("audit", INCIDENT, "--ledger", ledger, "--known-at", "6", "--json").json

    assert [4, 5, 6, 7] == [entry["position"] for entry in whole]
    assert whole[:3] == earlier


def test_a_fact_that_is_not_there_is_answered_with_those_that_are(ledger: Path) -> None:
    answer = ask("audit", INCIDENT, "--ledger", ledger, "--fact", "nothing")

    assert (3, "") == (answer.code, answer.out)
    assert "incident 'stop' has no fact 'nothing' at position 7; it has: drag, flight\n" == answer.err


def test_a_fact_that_was_not_reported_yet_is_not_there_yet(ledger: Path) -> None:
    answer = ask("audit", INCIDENT, "--ledger", ledger, "--fact", "drag", "--known-at", "4")

    assert (3, "incident 'stop' has no fact 'drag' at position 4; it has none\n") == (answer.code, answer.err)


def test_no_line_is_wider_than_a_terminal(ledger: Path) -> None:
    assert max(map(len, ask("audit", INCIDENT, "--ledger", ledger).out.splitlines())) <= 110
