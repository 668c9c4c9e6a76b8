"""What an import refuses: each line with its number, the change and the rule, and the others go on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from ledger.events import SnapshotCaptured
from tests.api.command_line import ask, record
from tests.api.importing.streams import add, appear, commit, entries, import_stream, records

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
    (_line(commit=7), "/commit: must be text"),
    (_line(changes=None), "/changes: is required"),
    (_line(changes=[1]), "/changes/0: a change is a JSON object"),
    (_with(op="rename"), "/changes/0/op: is one of add, change, delete"),
    (_with(op=["add"]), "/changes/0/op: is one of add, change, delete"),
    (_with(incident_id=7), "/changes/0/incident_id: is required"),
    (_with(field=7), "/changes/0/field: is required"),
    (_with(op="change", field=None), "/changes/0/op: a record as a whole is added or deleted"),
    (_line(changes=[{"op": "add", "incident_id": "a", "field": "x"}]), "/changes/0/new: is required"),
    (_with(incident_id="b"), "/changes/0/incident_id: the record is not there"),
    (_with(field="x" * 201), "/changes/0: /details/name: must have at most 200 characters"),
    (_with(field=""), "/changes/0: /details/name: must have at least 1 characters"),
    (_line(changes=[appear("a\0")]), "/changes/0/incident_id: must not contain"),
]


@pytest.mark.parametrize(("line", "told"), _LINES, ids=range(len(_LINES)))
def test_a_line_that_is_none_is_refused_and_the_others_go_on(tmp_path: Path, line: bytes, told: str) -> None:
    path = tmp_path / "desk.ledger"
    answer = import_stream(path, [FIRST, line, LAST], "--json")

    assert 3 == answer.code
    assert 1 == answer.err.count("\n")
    assert answer.err.startswith(f"line 2: refused: {told}"), answer.err
    assert (2, 1, [2]) == (
        answer.json["recorded"],
        answer.json["refused"],
        [one["line"] for one in answer.json["refusals"]],
    )
    assert {"a": {"title": "One", "city": "Rome"}} == records(path)


def test_what_was_planned_after_a_refused_line_stands_as_if_it_had_not_been(tmp_path: Path) -> None:
    path = tmp_path / "desk.ledger"
    lines = [
        FIRST,
        commit(1, appear("b"), add("b", "text", "x" * 300_000)),
        commit(2, add("b", "title", "Two")),
        commit(3, appear("b"), add("b", "title", "Three")),
    ]
    answer = import_stream(path, lines, "--json")

    assert [2, 3] == [one["line"] for one in answer.json["refusals"]]
    assert {"a": {"title": "One"}, "b": {"title": "Three"}} == records(path)


def test_a_source_of_another_kind_has_the_name(tmp_path: Path) -> None:
    path = tmp_path / "desk.ledger"
    record(path, {"op": "register-source", "id": "set", "kind": "article", "title": "A text"})
    answer = import_stream(path, [FIRST])

    assert 3 == answer.code
    assert (
        "/dataset: source 'set' is no data set but of kind article; give the data set another name\n"
        == answer.err
    )


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
