"""source list and source show: what is known of a source, and what was taken from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.api.command_line import INCIDENT, SNAPSHOT, TEXT, ask, desk, record

if TYPE_CHECKING:
    from pathlib import Path

WIRE = {
    "op": "register-source",
    "id": "wire",
    "kind": "article",
    "title": "What the wire said",
    "publisher": "A wire",
    "authors": ["A. Reporter"],
    "url": "https://wire.example/1",
    "published": "never",
}
LINEAGE = {"op": "declare-lineage", "source": "station", "relation": "syndicates", "to": "wire"}
NOTICE = {
    "op": "record-notice",
    "source": "station",
    "type": "correction",
    "summary": "It was 20 feet.",
    "scope": "all",
    "published": {"edtf": "2021-05-10", "zone": "America/Chicago"},
    "citation": {"source": "station"},
}
RETRACTION = {
    "op": "retract-fact",
    "incident": INCIDENT,
    "fact": "drag",
    "cause": "source-error",
    "reason": "The wire took it back.",
    "citations": [{"source": "wire"}],
}


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    path = tmp_path / "desk.ledger"
    record(path, *desk(), WIRE, LINEAGE, NOTICE, RETRACTION)
    return path


def test_the_list_has_every_source_with_what_there_is_of_it(ledger: Path) -> None:
    answer = ask("source", "list", "--ledger", ledger)

    assert [
        "station: A text",
        "    article, published 8 May 2021",
        "    1 capture, 1 notice, syndicated from wire",
        "wire: What the wire said",
        "    article by A wire, never made public",
        "    0 captures",
        "",
        f"as known at position {ask('source', 'list', '--ledger', ledger, '--json').json['position']}",
    ] == answer.out.splitlines()


def test_the_list_at_a_position_is_as_it_was_known(ledger: Path) -> None:
    told = ask("source", "list", "--known-at", "5", "--ledger", ledger, "--json").json
    assert (["station"], 5, True) == (
        [one["source"] for one in told["items"]],
        told["position"],
        told["final"],
    )
    assert (
        "No source was registered.\n\nas known at position 1\n"
        == ask("source", "list", "--known-at", "1", "--ledger", ledger).out
    )


def test_a_source_is_shown_whole(ledger: Path) -> None:
    out = ask("source", "show", "station", "--ledger", ledger).out

    for said in (
        "station: A text\n    article, published 8 May 2021\n",
        f"Captured: 1 time\n    {SNAPSHOT}\n        text/plain, 78 bytes, captured ",
        "        text: the bytes themselves, by incident-ledger.text-plain ",
        "    1. correction of the whole work, published 10 May 2021: It was 20 feet.\n",
        "    station is syndicated from wire (lineage 1)\n",
        "Speaks to: 1 fact\n    stop: drag@1 'drag', RETRACTED; ",
        '        "dragged about 15 feet" [superseded]\n',
    ):
        assert said in out


def test_a_source_that_is_only_a_ground_names_the_acts_that_say_so(ledger: Path) -> None:
    out = ask("source", "show", "wire", "--ledger", ledger).out

    for said in (
        "authors: A. Reporter\n",
        "url: https://wire.example/1\n",
        "station is syndicated from wire",
        "Speaks to: 0 facts\n",
        "Named as a ground by:\n    position 9: FactRetracted 'drag' in incident/stop\n",
    ):
        assert said in out


def test_the_json_has_description_captures_notices_lineage_facts_and_acts(ledger: Path) -> None:
    found = ask("source", "show", "station", "--ledger", ledger, "--json").json

    assert ["A text", [SNAPSHOT], [1], ["wire"], ["drag"], [], 9, True] == [
        found["description"]["title"],
        [one["act"]["snapshot"] for one in found["captures"]],
        [one["act"]["notice"] for one in found["notices"]],
        [one["to"] for one in found["copied_from"]],
        [one["fact"] for one in found["facts"]],
        found["acts"],
        found["position"],
        found["final"],
    ]


def test_a_source_at_an_earlier_position_has_no_later_notice_and_its_passage_counts(ledger: Path) -> None:
    out = ask("source", "show", "station", "--known-at", "5", "--ledger", ledger).out

    assert "What it said of its own words" not in out
    assert '"dragged about 15 feet"\n' in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nobody"], "source 'nobody' is not in this ledger; it has: station, wire\n"),
        (
            ["wire", "--known-at", "5"],
            "source 'wire' was not known yet at position 5; it was registered at 6\n",
        ),
    ],
    ids=["not there", "not yet"],
)
def test_a_source_that_is_not_known_is_refused(ledger: Path, arguments: list[str], said: str) -> None:
    answer = ask("source", "show", *arguments, "--ledger", ledger)

    assert (3, "", said) == (answer.code, answer.out, answer.err)


def test_what_became_of_the_cited_words_in_a_newer_capture_is_shown(ledger: Path) -> None:
    edited = TEXT.replace("15", "20")
    record(
        ledger, {"op": "capture-snapshot", "source": "station", "media_type": "text/plain", "text": edited}
    )

    shown = ask("source", "show", "station", "--ledger", ledger)
    [anchor] = ask("source", "show", "station", "--ledger", ledger, "--json").json["anchors"]

    assert "What became of the words cited in newer captures:" in shown.out.splitlines()
    assert 'altered: "dragged about 20 feet"' in " ".join(shown.out.split())
    assert ("altered", "drag", SNAPSHOT) == (anchor["verdict"], anchor["fact"], anchor["cited_snapshot"])
