"""conflicts: both sides with their words, as text and as JSON, at a position and as public; what is asked wrongly is answered."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import typer
from typer.testing import CliRunner

from api.cli.conflicts import conflicts
from tests.api.command_line import INCIDENT, SNAPSHOT, Answer, desk, fact, record

if TYPE_CHECKING:
    from pathlib import Path

    from ledger.values import Json

app = typer.Typer()
app.command()(conflicts)


def ask(*arguments: object) -> Answer:
    """Run the command in this process, by itself."""
    given = [str(one) for one in arguments]
    result = CliRunner().invoke(app, given, env={"LEDGER_PATH": None})
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Answer(code=result.exit_code, out=result.stdout, err=result.stderr)


def attestation(source: str, words: str, feet: str, **more: Json) -> Json:
    return {
        "op": "attest-fact",
        "incident": INCIDENT,
        "fact": "drag",
        "id": f"drag-{source}",
        "source": source,
        "as_stated": {
            "quantities": [{"id": "distance", "as_stated": words, "value": feet, "unit": "[ft_i]"}]
        },
        **more,
    }


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("conflicts") / "desk.ledger"
    *sources, dragged = desk()
    feet = {
        "id": "distance",
        "as_stated": "about 15 feet",
        "value": "15",
        "unit": "[ft_i]",
        "approximate": True,
    }
    late = {"edtf": "2021-05-20", "zone": "America/Chicago"}
    record(
        path,
        *sources,
        {**dragged, "quantities": [feet]},
        fact("flight", kind="flight", statement="The driver fled."),
        {"op": "register-source", "id": "paper", "kind": "article", "title": "A paper", "published": late},
        {
            "op": "register-source",
            "id": "reprint",
            "kind": "article",
            "title": "A reprint",
            "published": late,
        },
        attestation("paper", "30 feet", "30"),
        {"op": "declare-lineage", "source": "reprint", "relation": "copies", "to": "paper"},
        attestation("reprint", "all of 30 feet", "30", stance="mentions"),
        {
            "op": "dispute-fact",
            "incident": INCIDENT,
            "fact": "drag",
            "by": "a reader",
            "grounds": "It was further.",
        },
        {
            "op": "record-notice",
            "source": "paper",
            "type": "retraction",
            "summary": "The paper withdrew its story.",
            "scope": "all",
            "citation": {"source": "paper"},
            "published": {"edtf": "2021-05-25", "zone": "America/Chicago"},
        },
    )
    return path


def test_both_sides_stand_side_by_side_with_their_words(ledger: Path) -> None:
    answer = ask(INCIDENT, "--ledger", ledger, "--public-at", "2021-05-22T00:00:00-05:00")

    assert (0, "") == (answer.code, answer.err)
    assert [
        "A traffic stop",
        "as known at position 13, counting what was public by 2021-05-22T00:00:00-05:00",
        "",
        "drag: An officer was dragged about 15 feet.",
        "  disputed, 2 origins, version 4",
        "  the quantity 'distance' [CONFLICT]",
        '    a) "about 15 feet"',
        "        station (drag-1, public by 2021-05-09T00:00:00-05:00)",
        '          "dragged about 15 feet"',
        f"          snapshot {SNAPSHOT}",
        "          says what the fact said at version 2, with which it was recorded",
        '    b) "30 feet"',
        "        paper (drag-paper, public by 2021-05-21T00:00:00-05:00)",
        "          (no words quoted)",
        "          not pinned to a captured copy",
        "        reprint, mentions it (drag-reprint, public by 2021-05-21T00:00:00-05:00)",
        "          (no words quoted)",
        "          not pinned to a captured copy",
        "    a and b: both cannot be right; this makes the fact disputed",
        "",
        "Nothing is said differently of: flight",
    ] == answer.out.splitlines()


def test_what_was_taken_back_is_marked_and_so_is_what_copies_it(ledger: Path) -> None:
    out = ask(INCIDENT, "--ledger", ledger).out

    assert "  disputed, 1 origin, version 6" in out.splitlines()
    assert "  the quantity 'distance' [superseded]" in out.splitlines()
    assert "paper (drag-paper, public by 2021-05-21T00:00:00-05:00) [superseded]" in out
    assert "[paper, behind it, took it back]" in " ".join(out.split())
    assert "  dispute 1 by a reader, open: It was further." in out.splitlines()
    assert "a and b: both cannot be right; one of the sources has taken its words back" in out


def test_json_is_the_view_with_whether_it_is_final(ledger: Path) -> None:
    answer = ask(INCIDENT, "--ledger", ledger, "--known-at", 9, "--json")
    told = json.loads(answer.out)
    (value,) = told["facts"][0]["compared"]

    assert (True, 9, INCIDENT, ["flight"]) == (
        told["final"],
        told["position"],
        told["incident"],
        told["agreed"],
    )
    assert ("quantities/distance", "conflict") == (value["path"], value["standing"])
    assert [["drag-1"], ["drag-paper"]] == [
        [one["attestation"] for one in side["passages"]] for side in value["sides"]
    ]
    assert (
        'station says "about 15 feet"; paper says "30 feet": both cannot be right; this makes the fact disputed.'
        == value["comparisons"][0]["sentence"]
    )
    assert SNAPSHOT == value["sides"][0]["passages"][0]["snapshot"]


def test_before_anybody_differs_the_facts_are_only_named(ledger: Path) -> None:
    lines = ask(INCIDENT, "--ledger", ledger, "--known-at", 6).out.splitlines()

    assert "Nothing is said differently of: drag, flight" == lines[-1]
    assert "No fact was known." == ask(INCIDENT, "--ledger", ledger, "--known-at", 4).out.splitlines()[-1]


def test_what_is_asked_wrongly_is_answered_with_a_sentence(ledger: Path) -> None:
    unknown = ask("elsewhere", "--ledger", ledger)
    early = ask(INCIDENT, "--ledger", ledger, "--known-at", 1)
    future = ask(INCIDENT, "--ledger", ledger, "--public-at", "2021-05-22")

    assert (3, "incident 'elsewhere' is not in this ledger; it has: stop\n") == (unknown.code, unknown.err)
    assert (3, "") == (early.code, early.out)
    assert "was not known yet at position 1" in early.err
    assert 2 == future.code
    assert "a date alone names no instant" in future.err


def test_a_denial_is_not_said_to_say_what_the_fact_says(tmp_path: Path) -> None:
    path = tmp_path / "desk.ledger"
    denial = {"id": "denial", "source": "station", "stance": "denies"}
    record(path, *desk(), {"op": "attest-fact", "incident": INCIDENT, "fact": "drag", **denial})

    lines = ask(INCIDENT, "--ledger", path).out.splitlines()

    denied = lines.index("    b) denies")
    same = "          says what the fact said at version 2, with which it was recorded"
    assert [same] == [line for line in lines if "says what the fact said" in line]
    assert lines.index(same) < denied
