"""What an import refuses: each line with its number, the change and the rule, and what is below it waits until it is mended."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from ledger.events import SnapshotCaptured, SourceRegistered
from tests.api.command_line import ask, record
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
)

if TYPE_CHECKING:
    from pathlib import Path

    from ledger.values import Json

FIRST = commit(0, appear("a"), add("a", "title", "One"))
LAST = commit(9, add("a", "city", "Rome"))


def _line(**changes: Json) -> bytes:
    """A line that is right but for some members; None takes one out."""
    line = {**commit(1, add("a", "x", "y")), **changes}
    return json.dumps({name: value for name, value in line.items() if value is not None}).encode()


def _with(**changes: Json) -> bytes:
    return _line(changes=[{**add("a", "x", "y"), **changes}])


_LINES = [
    (b"{", "the line is not JSON"),
    (b"[]", "a line is a JSON object with the members committed_at and changes"),
    (b"\xff", "the body is not UTF-8, from byte 1 on"),
    (b'{"a": 1, "a": 2}', 'the key "a" stands twice in this object'),
    (_line(committed_at=None), "/committed_at: is required"),
    (_line(committed_at="2021-03-01"), "/committed_at: "),
    (_line(committed_at="2021-02-30T00:00:00Z"), "/committed_at: "),
    (
        _line(committed_at="2999-01-01T00:00:00Z"),
        "/committed_at: lies in the future: it cannot be when this was",
    ),
    (_line(commit=7), "/commit: must be text"),
    (_line(changes=None), "/changes: is required"),
    (_line(changes=[1]), "/changes/0: a change is a JSON object"),
    (_with(op="rename"), "/changes/0/op: is one of add, change, delete"),
    (_with(op=["add"]), "/changes/0/op: is one of add, change, delete"),
    (_with(incident_id=7), "/changes/0/incident_id: is required"),
    (_with(field=7), "/changes/0/field: is required"),
    (_with(op="change", field=None), "/changes/0/op: a record as a whole is added or deleted"),
    (_line(changes=[{"op": "add", "incident_id": "a", "field": "x"}]), "/changes/0/new: is required"),
    (_with(new=json.loads("[" * 251 + "]" * 251)), "the line is nested too deeply; at most 253 levels"),
    (_with(incident_id="b"), "/changes/0/incident_id: the record is not there"),
    (_with(field="x" * 201), "/changes/0: /details/name: must have at most 200 characters"),
    (_line(changes=[appear("a\0")]), "/changes/0/incident_id: must not contain"),
]


@pytest.mark.parametrize(("line", "told"), _LINES, ids=range(len(_LINES)))
def test_a_line_that_is_none_is_refused_and_those_below_it_are_left(
    tmp_path: Path, line: bytes, told: str
) -> None:
    path = tmp_path / "desk.ledger"
    answer = import_stream(path, [FIRST, line, LAST], "--json")

    assert 3 == answer.code
    assert 2 == answer.err.count("\n")
    assert answer.err.startswith(f"line 2: refused: {told}"), answer.err
    assert "\nline 3: left, with every line below it: " in answer.err
    assert (1, 1, 1, [2]) == (
        answer.json["recorded"],
        answer.json["refused"],
        answer.json["left"],
        [one["line"] for one in answer.json["refusals"]],
    )
    assert {"a": {"title": "One"}} == records(path)


def test_a_data_set_of_which_every_line_is_refused_is_not_made_known(tmp_path: Path) -> None:
    path = tmp_path / "desk.ledger"
    answer = import_stream(path, [b"{"], "--go-on")

    assert 3 == answer.code
    assert not any(isinstance(one.body, SourceRegistered) for one in entries(path))


@pytest.mark.parametrize("broken", range(5))
@pytest.mark.parametrize("fault", ["no JSON", "no time", "no such record", "too large"])
def test_a_mended_stream_is_gone_on_with_as_if_it_had_never_been_refused(
    tmp_path: Path, broken: int, fault: str
) -> None:
    path = tmp_path / "desk.ledger"
    lines = [
        commit(0, appear("a"), add("a", "title", "One"), appear("b"), add("b", "city", "Bonn")),
        commit(1, change("a", "title", "One", "Two"), change("b", "city", "Bonn", "Rome")),
        commit(2, change("a", "title", "Two", "Three"), delete("b", "city", "Rome")),
        commit(3, add("b", "city", "Oslo")),
        commit(4, delete("b", "city", "Oslo"), go("b")),
    ]
    faults: dict[str, Json] = {
        "no JSON": b"{",
        "no time": {**lines[broken], "committed_at": "yesterday"},
        "no such record": commit(broken, *lines[broken]["changes"], add("c", "x", "y")),
        "too large": commit(broken, *lines[broken]["changes"], add("a", "text", "x" * 300_000)),
    }
    refused = import_stream(path, [*lines[:broken], faults[fault], *lines[broken + 1 :]], "--json")
    mended = import_stream(path, lines, "--json")

    assert (3, 1, broken, 4 - broken) == (
        refused.code,
        refused.json["refused"],
        refused.json["recorded"],
        refused.json["left"],
    )
    assert (0, 0, 5 - broken) == (mended.code, mended.json["notes"], mended.json["recorded"]), mended.err
    for number, line in enumerate(lines):
        assert replayed(lines[: number + 1]) == records(path, "--public-at", line["committed_at"]), number


def test_the_form_of_every_line_is_looked_at_in_one_go(tmp_path: Path) -> None:
    path = tmp_path / "desk.ledger"
    lines = [FIRST, _with(op="rename"), commit(2, add("b", "x", "y")), b"{", LAST]
    answer = import_stream(path, lines, "--json")

    # Whether the record of line 3 would be there cannot be known before line 2 is mended.
    assert [2, 4] == [one["line"] for one in answer.json["refusals"]]
    assert (1, 2) == (answer.json["recorded"], answer.json["left"])


def test_what_is_recorded_above_a_refused_line_stays_whatever_is_wrong_below(tmp_path: Path) -> None:
    path = tmp_path / "desk.ledger"
    lines = [FIRST, commit(1, add("a", "x", "y")), commit(2, add("a", "x" * 201, "y")), b"{"]
    answer = import_stream(path, lines, "--json")

    assert [3, 4] == [one["line"] for one in answer.json["refusals"]]
    assert {"a": {"title": "One", "x": "y"}} == records(path)


def test_whoever_asks_for_it_goes_on_past_a_refused_line(tmp_path: Path) -> None:
    path = tmp_path / "desk.ledger"
    lines = [
        FIRST,
        commit(1, appear("b"), add("b", "text", "x" * 300_000)),
        commit(2, add("b", "title", "Two")),
        b"{",
        commit(3, appear("b"), add("b", "title", "Three")),
    ]
    answer = import_stream(path, lines, "--go-on", "--json")

    assert 3 == answer.code
    assert [2, 3, 4] == [one["line"] for one in answer.json["refusals"]]
    assert {"a": {"title": "One"}, "b": {"title": "Three"}} == records(path)


def test_a_line_that_is_older_than_what_is_recorded_of_its_record_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "desk.ledger"
    lines = [FIRST, commit(1, appear("b")), commit(2, change("a", "title", "One", "Two"))]
    import_stream(path, lines)
    rewritten = [FIRST, commit(1, appear("b"), add("a", "city", "Rome")), lines[2]]
    answer = import_stream(path, rewritten, "--json")

    assert (3, "older-line", 2) == (
        answer.code,
        answer.json["refusals"][0]["rule"],
        answer.json["refusals"][0]["line"],
    )
    assert {"a": {"title": "Two"}, "b": {}} == records(path)


def test_a_retraction_is_the_newest_word_about_a_record_too(tmp_path: Path) -> None:
    path = tmp_path / "desk.ledger"
    import_stream(path, [FIRST, commit(2, go("a"))])

    older = import_stream(path, [commit(1, appear("a"))])
    same = import_stream(path, [commit(2, appear("a"))])

    assert (3, True) == (older.code, "older-line" in older.err or "published later" in older.err)
    assert 0 == same.code


def test_a_line_of_another_record_may_be_older(tmp_path: Path) -> None:
    path = tmp_path / "desk.ledger"
    import_stream(path, [LAST | {"changes": FIRST["changes"]}])
    other = import_stream(path, [commit(1, appear("b"), add("b", "x", "y"))])

    assert 0 == other.code, other.err
    assert {"b": {"x": "y"}} == records(path, "--public-at", "2021-03-01T01:00:00Z")


def test_a_source_of_another_kind_has_the_name(tmp_path: Path) -> None:
    path = tmp_path / "desk.ledger"
    record(path, {"op": "register-source", "id": "set", "kind": "article", "title": "A text"})
    answer = import_stream(path, [FIRST])

    assert 3 == answer.code
    assert (
        "/dataset: source 'set' is no data set but of kind article; give the data set another name\n"
        == answer.err
    )
    out = ask("export", "records", "--dataset", "set", "--ledger", path)
    assert (3, "data set 'set' is not in this ledger; it has none yet\n") == (out.code, out.err)


def test_a_source_that_was_never_published_has_no_past(tmp_path: Path) -> None:
    path = tmp_path / "desk.ledger"
    given = {"op": "register-source", "id": "set", "kind": "dataset", "title": "A set", "published": "never"}
    record(path, given)
    answer = import_stream(path, [FIRST])

    assert (3, True) == (answer.code, "was never published" in answer.err)


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("import", "changes", "none.ndjson", "--dataset", "set"), 2, "none.ndjson cannot be read"),
        (("import", "changes", "-", "--dataset", "set", "--zone", "Rome"), 2, "--zone: "),
        (("import", "changes", "-", "--dataset", " "), 3, "/dataset: must not be empty"),
        (
            ("export", "records", "--dataset", "other"),
            3,
            "data set 'other' is not in this ledger; it has: set",
        ),
    ],
)
def test_what_cannot_be_meant_is_told(
    tmp_path: Path, arguments: tuple[str, ...], code: int, told: str
) -> None:
    path = tmp_path / "desk.ledger"
    import_stream(path, [FIRST])
    answer = ask(*arguments, "--ledger", path)

    assert code == answer.code
    assert answer.err.startswith(told), answer.err


def test_a_redacted_line_is_not_put_on_the_disk_again(tmp_path: Path) -> None:
    path = tmp_path / "desk.ledger"
    import_stream(path, [FIRST, LAST])
    digest = next(one.body.snapshot for one in entries(path) if isinstance(one.body, SnapshotCaptured))
    legal = {"legal_basis": "court order", "authority": "a court", "reason": "Sealed."}
    record(path, {"op": "redact", "source": "set", "snapshots": [digest], **legal})
    answer = import_stream(path, [FIRST, LAST], "--json")

    assert (0, 2) == (answer.code, answer.json["repeated"])
    assert not (tmp_path / "desk.ledger.d" / "blobs" / digest[7:9] / digest[7:]).exists()


def test_a_report_is_told_in_words(tmp_path: Path) -> None:
    path = tmp_path / "desk.ledger"
    lines = [
        FIRST,
        commit(1, {**add("a", "title", "Two"), "op": "change", "old": "One"}),
        commit(25, {**add("a", "title", "One"), "op": "change", "old": "Two"}),
    ]
    told = import_stream(path, lines, "--report").out

    assert "records: 1, of which 1 stand; withdrawn 0 times, brought back 0" in told
    assert "corrections: 2; amendments: 0" in told
    assert "went from A to B and back to A: 1 facts\n    'title' of record 'a'" in told
    assert "1.0 days: 'title' of record 'a', corrected 2021-03-02T01:00:00.000000Z" in told
