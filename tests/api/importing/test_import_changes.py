"""import changes: a history goes in, and comes out as it stood at every commit."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

import pytest

from ledger.events import (
    FactAct,
    FactCorrected,
    FactReinstated,
    IncidentOpened,
    SnapshotCaptured,
    SourceRegistered,
)
from projections.axes import citations_of
from tests.api.command_line import ask, run
from tests.api.importing.streams import (
    add,
    appear,
    change,
    commit,
    delete,
    entries,
    go,
    import_stream,
    records,
    replayed,
    written,
)

if TYPE_CHECKING:
    from pathlib import Path

    from ledger.values import Json

HISTORY: list[Json] = [
    commit(0, appear("a"), add("a", "title", "Tear gas"), add("a", "link", "https://example.org/1")),
    commit(1),
    commit(
        2,
        appear("ü – b/ ~2"),
        add("ü – b/ ~2", "title", "Ünïcode 漢字"),
        add("ü – b/ ~2", "tags", ["x", "y"]),
        add("a", "link", "[Second](https://example.org/2)"),
    ),
    commit(3, change("a", "title", "Tear gas", "Teargas"), delete("a", "link", "https://example.org/1")),
    commit(4, change("a", "title", "Teargas", "Tear gas"), change("ü – b/ ~2", "tags", ["x", "y"], ["y"])),
    commit(5, delete("a", "title", "Tear gas")),
    commit(
        6,
        add("a", "title", "One"),
        change("a", "title", "One", "Two"),
        delete("a", "title", "Two"),
        add("a", "title", "Three"),
    ),
    commit(7, delete("a", "title", "Three"), delete("a", "link", "[Second](https://example.org/2)"), go("a")),
    commit(8, appear("a"), add("a", "title", "Three"), add("a", "link", "https://example.org/1")),
    commit(9, go("a"), appear("a"), add("a", "city", "Rome")),
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "desk.ledger"


def test_the_state_at_every_commit_is_that_of_the_replayed_stream(path: Path) -> None:
    assert 0 == import_stream(path, HISTORY).code

    for number, line in enumerate(HISTORY):
        at = ("--public-at", line["committed_at"])
        assert replayed(HISTORY[: number + 1]) == records(path, *at), f"commit {number}"
    assert {} == records(path, "--public-at", "2021-02-28T23:59:59Z")
    assert replayed(HISTORY) == records(path)
    assert {} == records(path, "--known-at", "1")


def test_an_answer_counts_lines_changes_and_acts(path: Path) -> None:
    answer = import_stream(path, HISTORY, "--json")

    counted = answer.json
    assert (10, 10, 0, 0) == tuple(counted[name] for name in ("lines", "recorded", "repeated", "refused"))
    assert sum(len(line["changes"]) for line in HISTORY) == counted["changes"]
    # One event opened the ledger, and one registered the source.
    assert counted["position"] == counted["acts"] + 2


def test_the_same_stream_twice_records_nothing_and_a_longer_one_what_is_new(path: Path) -> None:
    import_stream(path, HISTORY[:6])
    again = import_stream(path, HISTORY[:6], "--json").json
    longer = import_stream(path, HISTORY, "--json").json

    assert (0, 6, 0) == (again["recorded"], again["repeated"], again["acts"])
    assert (4, 6) == (longer["recorded"], longer["repeated"])
    assert replayed(HISTORY) == records(path)


def _incidents(path: Path) -> list[str]:
    return [one.stream.partition("/")[2] for one in entries(path) if isinstance(one.body, IncidentOpened)]


def _shown(path: Path) -> list[Json]:
    return [ask("show", one, "--ledger", path, "--full", "--json").json for one in _incidents(path)]


def test_what_comes_back_is_reinstated_and_a_change_of_mind_is_no_dispute(path: Path) -> None:
    import_stream(path, HISTORY)
    acts = [one.body for one in entries(path)]
    corrected = [one for one in acts if isinstance(one, FactCorrected)]
    facts = [fact for incident in _shown(path) for fact in incident["facts"]]

    # Of the record a twice; of its title in commit 6 twice and in commit 8; of its link in commit 8.
    assert 6 == sum(isinstance(one, FactReinstated) for one in acts)
    assert 2 == len(_incidents(path))
    assert {("other", "upstream-unexplained")} == {(one.class_, one.cause) for one in corrected}
    assert all(one.withdraws for one in corrected)
    assert {"reported"} == {one["status"] for one in facts}


def test_every_citation_of_the_data_set_names_the_line_and_the_time_of_its_commit(path: Path) -> None:
    import_stream(path, HISTORY)
    acts = [one.body for one in entries(path)]
    lines = [one.snapshot for one in acts if isinstance(one, SnapshotCaptured)]
    times = [line["committed_at"] for line in HISTORY]
    cited = {
        (one.snapshot, one.published and one.published.latest)
        for act in acts
        if isinstance(act, FactAct)
        for citations in citations_of(act)
        for one in citations
        if one.source == "set"
    }

    # Nothing is in the second commit to be cited.
    assert sorted(pair for pair in zip(lines, times, strict=True) if pair[1] != times[1]) == sorted(cited)


def test_a_citation_points_at_the_change_in_the_line(path: Path) -> None:
    import_stream(path, HISTORY)
    lines = {line["committed_at"]: json.dumps(line, ensure_ascii=False) for line in HISTORY}
    found = [
        json.loads(lines[cited["published"]["latest"]][place["start"] : place["end"]])
        for incident in _shown(path)
        for fact in incident["facts"]
        for one in fact["attestations"]
        for cited in [one["attestation"]]
        if cited["source"] == "set"
        for place in cited["selector"]
    ]

    assert add("ü – b/ ~2", "title", "Ünïcode 漢字") in found
    assert change("ü – b/ ~2", "tags", ["x", "y"], ["y"]) in found


def test_a_link_is_a_source_that_the_fact_mentions(path: Path) -> None:
    import_stream(path, HISTORY)
    acts = entries(path)
    sources = {
        one.body.url: (one.stream, one.body.title)
        for one in acts
        if isinstance(one.body, SourceRegistered) and one.body.url
    }
    mentioned = {
        f"source/{one.source}"
        for act in acts
        if isinstance(act.body, FactAct)
        for one in citations_of(act.body)[0]
        if one.stance == "mentions"
    }

    assert {"https://example.org/1": "https://example.org/1", "https://example.org/2": "Second"} == {
        url: title for url, (_, title) in sources.items()
    }
    assert {stream for stream, _ in sources.values()} == mentioned


def test_a_dry_run_says_the_same_and_makes_no_file(path: Path, tmp_path: Path) -> None:
    tried = import_stream(path, HISTORY, "--dry-run", "--json").json

    assert [] == list(tmp_path.iterdir())
    done = import_stream(path, HISTORY, "--json").json
    assert {**done, "dry_run": True, "position": None} == {**tried, "position": None}


@pytest.mark.parametrize(
    "value",
    [
        1,
        -1.50,
        10**30,
        True,
        None,
        "",
        " ",
        [],
        ["b", "a", "a"],
        {"absent": "none"},
        {"json": "x"},
        {"ключ": [None, 0.1]},
        "with \u0000 in it",
        "x" * 200_000,
        json.loads("[" * 250 + "]" * 250),
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_value_comes_out_as_it_went_in(path: Path, value: Json) -> None:
    lines = [
        commit(0, appear("a"), add("a", "field", value), add("a", "other", value)),
        commit(1, change("a", "field", value, "x"), delete("a", "other", value)),
        commit(2, change("a", "field", "x", value)),
    ]
    answer = import_stream(path, lines, "--json")

    assert (0, []) == (answer.code, answer.json["refusals"])
    assert 0 == answer.json["notes"]
    shown = records(path, "--public-at", "2021-03-01T00:00:00Z")["a"]["field"]
    assert json.dumps(value) == json.dumps(shown)
    assert {"a": {"field": "x"}} == records(path, "--public-at", "2021-03-01T01:00:00Z")
    assert {"a": {"field": value}} == records(path)


def test_a_value_written_otherwise_is_the_same_and_a_number_written_otherwise_is_not(path: Path) -> None:
    given = [
        r'{"é": 1.50, "b": [null]}',
        r'{ "b" :[ null ],"\u00e9":1.50}',
        '{"é": 1.5, "b": [null]}',
        "1.5",
        '"1.5"',
    ]
    line = '{{"committed_at": "2021-03-0{}T00:00:00Z", "changes": [{}]}}'
    change = '{{"op": "{}", "incident_id": "a", "field": "link", "old": {}, "new": {}}}'
    lines = [
        commit(0, appear("a")),
        line.format(
            1, ", ".join(change.format("add", "null", one) for one in given if one != given[1])
        ).encode(),
        line.format(2, change.format("delete", given[1], "null")).encode(),
        line.format(3, change.format("delete", given[3], "null")).encode(),
    ]
    answer = import_stream(path, lines, "--json")

    assert (0, 0, "") == (answer.code, answer.json["notes"], answer.err)
    assert {"a": {"link": ["1.5", {"é": 1.5, "b": [None]}]}} == records(path)


def test_a_field_may_have_any_name_and_none(path: Path) -> None:
    names = ["", " ", '"', '""', '"x"', '"x', "x", "\0", '"\\u0000"', "x" * 200]
    lines = [
        commit(0, appear("a"), *(add("a", name, f"one {name}") for name in names)),
        commit(1, *(change("a", name, f"one {name}", "two") for name in names)),
        commit(2, delete("a", "", "two")),
    ]
    answer = import_stream(path, lines, "--report", "--json")

    assert (0, "") == (answer.code, answer.err)
    assert dict.fromkeys(names, 1) == answer.json["report"]["corrections_by_field"]
    for number, line in enumerate(lines):
        assert replayed(lines[: number + 1]) == records(path, "--public-at", line["committed_at"]), number


def test_true_and_one_are_two_values(path: Path) -> None:
    lines = [commit(0, appear("a"), add("a", "f", 1)), commit(1, change("a", "f", 1, True))]
    import_stream(path, lines)

    assert "true" == json.dumps(records(path)["a"]["f"])


def test_a_value_that_is_too_large_is_refused_with_its_line_and_rule_and_nothing_is_half_done(
    path: Path,
) -> None:
    lines = [
        commit(0, appear("a"), add("a", "text", "short")),
        commit(1, appear("b"), add("b", "text", "x" * 300_000)),
        commit(2, add("a", "city", "Rome")),
    ]
    answer = import_stream(path, lines, "--json")

    assert 3 == answer.code
    assert answer.err.startswith(
        "line 2: refused: /changes/1: /details: details have at most 262144 bytes of canonical JSON\n"
    )
    assert [2] == [one["line"] for one in answer.json["refusals"]]
    assert {"a": {"text": "short"}} == records(path)
    blobs = [one for one in (path.parent / "desk.ledger.d" / "blobs").rglob("*") if one.is_file()]
    assert 1 == len(blobs)


@pytest.mark.parametrize("stream", [[], [b"", b" "]], ids=range(2))
def test_a_stream_without_a_line_is_a_data_set_without_a_record(path: Path, stream: list[Json]) -> None:
    first, again = import_stream(path, stream, "--json"), import_stream(path, stream, "--json")
    other = ask("export", "records", "--dataset", "other", "--ledger", path)

    assert (0, 0, 0) == (first.code, again.code, first.json["acts"])
    assert first.json["position"] == again.json["position"]
    assert {} == records(path)
    assert "data set 'other' is not in this ledger; it has: set\n" == other.err


def test_commits_of_one_time_are_public_together(path: Path) -> None:
    at = "2021-03-01T00:00:00+02:00"
    lines = [
        commit(0, appear("a"), add("a", "title", "One"), at=at),
        commit(1, change("a", "title", "One", "Two"), at=at),
    ]
    import_stream(path, lines)

    assert {"a": {"title": "Two"}} == records(path, "--public-at", at)


def test_a_commit_dated_before_the_one_above_it_is_public_with_that(path: Path) -> None:
    lines = [
        commit(0, appear("a"), add("a", "title", "One"), at="2021-03-01T12:00:00Z"),
        commit(1, change("a", "title", "One", "Two"), at="2021-03-01T11:00:00Z"),
        commit(2, change("a", "title", "Two", "Three"), at="2021-03-01T13:00:00Z"),
    ]
    answer = import_stream(path, lines)

    assert 0 == answer.code
    assert (
        "line 2: its time lies before that of a line above it; it counts as published with that\n"
        == answer.err
    )
    assert {} == records(path, "--public-at", "2021-03-01T11:30:00Z")
    assert {"a": {"title": "Two"}} == records(path, "--public-at", "2021-03-01T12:00:00Z")
    assert {"a": {"title": "Three"}} == records(path, "--public-at", "2021-03-01T13:00:00Z")


def test_a_change_of_something_else_than_what_stands_is_recorded_and_told(path: Path) -> None:
    lines = [
        commit(0, appear("a"), add("a", "title", "One"), add("a", "link", "x"), add("a", "link", "y")),
        commit(
            1,
            change("a", "title", "Other", "Two"),
            add("a", "link", "x"),
            delete("a", "link", "z"),
            appear("a"),
            go("b"),
            change("a", "link", "x", "y"),
            change("a", "city", "Bonn", "Rome"),
        ),
    ]
    answer = import_stream(path, lines, "--json")

    assert (0, 7) == (answer.code, answer.json["notes"])
    assert {"a": {"title": "Two", "link": ["y"], "city": "Rome"}} == records(path)
    assert (
        "line 2: /changes/0: record 'a': the value of title before is not the one that stands" in answer.err
    )


def test_a_title_labels_the_incident_and_the_id_where_there_is_none(path: Path) -> None:
    import_stream(path, [commit(0, appear("a"), add("a", "title", "  A long\nday "), appear("b"))])

    titles = [one.body.title for one in entries(path) if isinstance(one.body, IncidentOpened)]
    assert ["A long day", "set: b"] == titles


def test_records_are_a_table_where_that_is_asked_for(path: Path) -> None:
    lines = [
        commit(0, appear("a"), add("a", "title", 'A "b",\nc'), add("a", "n", 1.5), add("a", "link", "x")),
        commit(1, appear("b")),
    ]
    import_stream(path, lines)
    answer = ask("export", "records", "--dataset", "set", "--as", "csv", "--ledger", path)

    rows = list(csv.reader(io.StringIO(answer.out)))
    assert [["id", "link", "n", "title"], ["a", '["x"]', "1.5", 'A "b",\nc'], ["b", "", "", ""]] == rows


def test_it_runs_as_a_process_of_its_own(tmp_path: Path) -> None:
    answer = run("import", "changes", "-", "--dataset", "set", folder=tmp_path, stdin=written(HISTORY))

    assert (0, "") == (answer.code, answer.err)
    assert "set: 10 of 10 lines recorded" in answer.out
