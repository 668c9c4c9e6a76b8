"""show: an incident at a position, at a time and as public; what is asked wrongly is answered with a sentence."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from ledger.clock import format_instant
from tests.api.command_line import INCIDENT, ask, desk, fact, record

if TYPE_CHECKING:
    from pathlib import Path

    from ledger.values import Json

BEYOND = "--known-at: this ledger ends at position 10; ask for one from 0 to 10\n"


def attestation(source: str, **more: Json) -> Json:
    return {
        "op": "attest-fact",
        "incident": INCIDENT,
        "fact": "drag",
        "id": f"drag-{source}",
        "source": source,
        **more,
    }


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("show") / "desk.ledger"
    late = {"edtf": "2021-05-20", "zone": "America/Chicago"}
    record(
        path,
        *desk(),
        fact(
            "flight",
            kind="flight",
            statement="The driver fled.",
            occurred={"relations": [{"rel": "after", "fact": "drag"}]},
        ),
        {"op": "register-source", "id": "paper", "kind": "article", "title": "A paper", "published": late},
        attestation("paper"),
        {
            "op": "retract-fact",
            "incident": INCIDENT,
            "fact": "flight",
            "cause": "legal",
            "reason": "It was so decided.",
        },
        {
            "op": "dispute-fact",
            "incident": INCIDENT,
            "fact": "drag",
            "by": "a reader",
            "grounds": "It was further.",
        },
    )
    return path


def test_every_fact_is_shown_with_time_statement_standing_and_words(ledger: Path) -> None:
    answer = ask("show", INCIDENT, "--ledger", ledger)

    assert (0, "") == (answer.code, answer.err)
    assert [
        "A traffic stop",
        "as known at position 10",
        "",
        "8 May 2021                    An officer was dragged about 15 feet.",
        "                              drag 'drag': disputed, 2 origins",
        '                              station: "dragged about 15 feet"',
        "                              and 1 more passage",
        "                              dispute 1 by a reader, open: It was further.",
    ] == answer.out.splitlines()[:8]
    assert "[retracted] The driver fled." in answer.out
    assert "flight 'flight': RETRACTED; reported, 1 origin" in answer.out


def test_full_shows_every_passage_and_whether_it_is_pinned(ledger: Path) -> None:
    out = ask("show", INCIDENT, "--ledger", ledger, "--full").out

    assert "paper: (no words quoted) [not pinned]" in out
    assert "more passage" not in out


@pytest.mark.parametrize(
    ("position", "facts"), [("5", ["drag"]), ("6", ["drag", "flight"]), ("4", []), ("10", ["drag", "flight"])]
)
def test_a_position_shows_what_was_known_at_it(ledger: Path, position: str, facts: list[str]) -> None:
    view = ask("show", INCIDENT, "--ledger", ledger, "--known-at", position, "--json").json

    assert (int(position), True) == (view["position"], view["final"])
    assert facts == [one["fact"] for one in view["facts"]]


def test_a_time_shows_the_position_reached_by_it(ledger: Path) -> None:
    trail = ask("audit", INCIDENT, "--ledger", ledger, "--json").json["entries"]
    at = next(entry for entry in trail if entry["position"] == 6)["recorded_at"]

    view = ask("show", INCIDENT, "--ledger", ledger, "--known-at", at, "--json").json

    assert (6, True) == (view["position"], view["final"])


def test_a_time_that_the_ledger_has_not_reached_is_marked_as_not_final(ledger: Path) -> None:
    trail = ask("audit", INCIDENT, "--ledger", ledger, "--json").json["entries"]
    known = ["--ledger", ledger, "--known-at", _after(trail[-1]["recorded_at"])]

    in_words = ask("show", INCIDENT, *known)

    assert "as known at position 10 (not final: more may still be recorded up to then)" in in_words.out
    assert not ask("show", INCIDENT, *known, "--json").json["final"]


def _after(instant: str) -> str:
    """A microsecond later."""
    later = dt.datetime.fromisoformat(instant) + dt.timedelta(microseconds=1)
    return format_instant(later)


def test_public_at_counts_only_what_was_published_by_then(ledger: Path) -> None:
    asked = [
        ask("show", INCIDENT, "--ledger", ledger, "--json", "--public-at", at).json
        for at in ("2021-05-08T12:00:00-05:00", "2021-05-10T00:00:00-05:00", "2021-05-22T00:00:00-05:00")
    ]

    assert [[], [("drag", 1)], [("drag", 2)]] == [
        [(one["fact"], one["origins"]) for one in view["facts"] if one["fact"] == "drag"] for view in asked
    ]
    assert "2021-05-10T00:00:00-05:00" == asked[1]["public_at"]


def test_public_at_says_so_in_the_heading(ledger: Path) -> None:
    out = ask("show", INCIDENT, "--ledger", ledger, "--public-at", "2021-05-08T00:00:00Z").out

    assert "as known at position 10, counting what was public by 2021-05-08T00:00:00+00:00" in out
    assert "No fact was known." in out


def test_the_order_of_occurrence_is_explained_where_nobody_dates_a_fact(ledger: Path) -> None:
    out = ask("show", INCIDENT, "--ledger", ledger, "--known-at", "6").out

    assert "from 8 May 2021 *             The driver fled." in out
    assert "\n  after drag " in out
    assert out.endswith(
        "* worked out from the order of the facts: nobody dates this one, or not so closely\n"
    )


def test_the_json_of_one_question_is_the_same_bytes_each_time(ledger: Path) -> None:
    once, again = (ask("show", INCIDENT, "--ledger", ledger, "--json").out for _ in range(2))

    assert once == again
    assert [*sorted(ask("show", INCIDENT, "--ledger", ledger, "--json").json)] == [
        *ask("show", INCIDENT, "--ledger", ledger, "--json").json
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--known-at", "11"], BEYOND),
        (["--known-at", "9" * 5000], BEYOND),
        (
            ["--known-at", "2999-01-01T00:00:00Z"],
            "--known-at lies in the future; nobody knows yet what will be known then\n",
        ),
        (["--known-at", "-1"], "--known-at must be a position, or a date-time such as"),
        (["--known-at", ""], "--known-at must be a position, or a date-time such as"),
        (
            ["--known-at", "2021-05-10"],
            "--known-at: a date alone names no instant; write 2021-05-10T00:00:00 and then Z",
        ),
        (["--known-at", "2021-05-10T00:00:00"], "--known-at: the offset is missing"),
        (["--public-at", "2021-05-10T00:00:00 05:00"], "a blank stands where + should be"),
        (["--public-at", "7"], "--public-at: a date-time is written"),
        (["--public-at", "2021-02-30T00:00:00Z"], "--public-at: there is no such date"),
    ],
    ids=[
        "beyond",
        "far beyond",
        "future",
        "negative",
        "empty",
        "day",
        "no offset",
        "blank for +",
        "public position",
        "no day",
    ],
)
def test_a_point_that_cannot_be_asked_for_is_a_fault_of_usage(
    ledger: Path, arguments: list[str], message: str
) -> None:
    answer = ask("show", INCIDENT, "--ledger", ledger, *arguments)

    assert (2, "") == (answer.code, answer.out)
    assert message in answer.err


def test_an_unknown_incident_is_answered_with_those_that_there_are(ledger: Path) -> None:
    answer = ask("show", "nowhere", "--ledger", ledger)

    assert (3, "", "incident 'nowhere' is not in this ledger; it has: stop\n") == (
        answer.code,
        answer.out,
        answer.err,
    )


@pytest.mark.parametrize("command", ["show", "audit"])
@pytest.mark.parametrize("known_at", ["0", "3", "2021-05-08T00:00:00Z"])
def test_an_incident_not_known_yet_is_answered_with_when_it_was_opened(
    ledger: Path, command: str, known_at: str
) -> None:
    answer = ask(command, INCIDENT, "--ledger", ledger, "--known-at", known_at)

    position = known_at if known_at.isdecimal() else "0"
    assert (3, "") == (answer.code, answer.out)
    assert f"incident 'stop' was not known yet at position {position}; it was opened at 4\n" == answer.err


def test_words_that_would_move_a_terminal_are_written_out(tmp_path: Path) -> None:
    path = tmp_path / "desk.ledger"
    hostile = fact("drag", statement="fine\x1b[2J\u202eetatS \x9b31m")
    record(path, *desk()[:3], hostile)

    out = ask("show", INCIDENT, "--ledger", path).out

    assert r"fine\u001b[2J\u202eetatS \u009b31m" in out
    assert (
        hostile["statement"]
        == ask("show", INCIDENT, "--ledger", path, "--json").json["facts"][0]["content"]["statement"]
    )


def test_redacted_words_are_shown_as_removed(tmp_path: Path) -> None:
    path = tmp_path / "desk.ledger"
    redaction = {
        "op": "redact",
        "incident": INCIDENT,
        "facts": [{"fact": "drag", "paths": ["statement", "attestations/drag-1/selector"]}],
        "legal_basis": "court order",
        "authority": "a court",
        "reason": "Sealed.",
    }
    record(path, *desk(), redaction)

    out = ask("show", INCIDENT, "--ledger", path, "--known-at", "5").out

    assert "[removed or not disclosed]" in out
    assert "drag 'drag': REDACTED; reported, 1 origin" in out
    assert "15 feet" not in out


def test_in_full_it_shows_every_value_and_the_acts_upon_each_fact(tmp_path: Path) -> None:
    path = tmp_path / "full.ledger"
    distance = {"id": "distance", "as_stated": "15 feet", "value": "15", "unit": "[ft_i]"}
    people = [{"id": "p1", "role": "officer", "name": "A. Person", "as_described": "an officer"}]
    redaction = {
        "op": "redact",
        "incident": INCIDENT,
        "facts": [{"fact": "drag", "paths": ["participants/p1/name"]}],
        "legal_basis": "court order",
        "authority": "a court",
        "reason": "Sealed.",
    }
    *sources, dragged = desk()
    record(
        path,
        *sources,
        {**dragged, "quantities": [distance], "participants": people},
        attestation("station", as_stated={"quantities": [distance]}),
        redaction,
    )

    lines = [line.strip() for line in ask("show", INCIDENT, "--full", "--ledger", path).out.splitlines()]
    assert {
        'quantities/distance: "15 feet"',
        "participants/p1/name: [removed or not disclosed]",
        "acts upon it, by position: FactReported (5), FactAttested (6)",
    } <= set(lines)
    assert not any(
        line.startswith("acts upon it") for line in ask("show", INCIDENT, "--ledger", path).out.splitlines()
    )


def test_the_data_have_the_acts_upon_each_fact(ledger: Path) -> None:
    drag, flight = ask("show", INCIDENT, "--ledger", ledger, "--json").json["facts"]

    assert ["FactReported", "FactAttested", "FactDisputed"] == [act["type"] for act in drag["lineage"]]
    assert ["FactReported", "FactRetracted"] == [act["type"] for act in flight["lineage"]]
