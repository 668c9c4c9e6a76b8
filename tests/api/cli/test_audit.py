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
    trail = ask("audit", INCIDENT, "--ledger", ledger, "--fact", "flight", "--json").json["entries"]

    assert [("flight", "FactReported")] == [(entry["fact"], entry["type"]) for entry in trail]


def test_the_trail_at_a_position_begins_the_whole(ledger: Path) -> None:
    whole = ask("audit", INCIDENT, "--ledger", ledger, "--json").json
    earlier = ask("audit", INCIDENT, "--ledger", ledger, "--known-at", "6", "--json").json

    assert [4, 5, 6, 7] == [entry["position"] for entry in whole["entries"]]
    assert whole["entries"][:3] == earlier["entries"]
    assert [(7, True), (6, True)] == [(one["position"], one["final"]) for one in (whole, earlier)]


def test_the_trail_says_at_which_point_it_stands(ledger: Path) -> None:
    asked = ("audit", INCIDENT, "--ledger", ledger, "--known-at", "6", "--public-at", "2021-05-10T00:00:00Z")

    assert [
        "A traffic stop",
        "as known at position 6, counting what was public by 2021-05-10T00:00:00+00:00",
        "",
    ] == ask(*asked).out.splitlines()[:3]
    assert "2021-05-10T00:00:00+00:00" == ask(*asked, "--json").json["public_at"]


def test_a_fact_that_is_not_there_is_answered_with_those_that_are(ledger: Path) -> None:
    answer = ask("audit", INCIDENT, "--ledger", ledger, "--fact", "nothing")

    assert (3, "") == (answer.code, answer.out)
    assert "incident 'stop' has no fact 'nothing' at position 7; it has: drag, flight\n" == answer.err


def test_a_fact_that_was_not_reported_yet_is_not_there_yet(ledger: Path) -> None:
    answer = ask("audit", INCIDENT, "--ledger", ledger, "--fact", "drag", "--known-at", "4")

    assert (3, "incident 'stop' has no fact 'drag' at position 4; it has none\n") == (answer.code, answer.err)


def test_no_line_is_wider_than_a_terminal(ledger: Path) -> None:
    assert max(map(len, ask("audit", INCIDENT, "--ledger", ledger).out.splitlines())) <= 110


def test_a_value_that_was_redacted_on_both_sides_stands_as_its_tombstone(ledger: Path) -> None:
    redaction = {
        "op": "redact",
        "incident": INCIDENT,
        "facts": [{"fact": "drag", "paths": ["quantities/distance"]}],
        "legal_basis": "court order",
        "authority": "a court",
        "reason": "Sealed.",
    }
    record(ledger, redaction)
    lines = ask("audit", INCIDENT, "--ledger", ledger, "--fact", "drag").out.splitlines()

    assert (
        "    quantities/distance: [removed or not disclosed]; whether this act changed it cannot be told any more"
        in lines
    )
