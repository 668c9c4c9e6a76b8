"""append: one answer a line, whatever is in it; requests told once; rehearsals that leave nothing behind."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from api.lines import LINE_LIMIT
from tests.api.command_line import INCIDENT, as_lines, ask, desk, fact, record

if TYPE_CHECKING:
    from pathlib import Path

    from ledger.values import Json

SOURCE = {"op": "register-source", "id": "station", "kind": "article", "title": "A text"}


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    return tmp_path / "desk.ledger"


def test_every_line_is_answered_with_ids_versions_and_times(ledger: Path) -> None:
    answers = record(ledger, *desk()).json_lines

    assert [1, 2, 3, 4] == [answer["line"] for answer in answers]
    assert [2, 3, 4, 5] == [answer["position"] for answer in answers]
    assert {"line", "id", "stream", "version", "position", "recorded_at"} == set(answers[3])
    assert ("drag", f"incident/{INCIDENT}", 2) == tuple(
        answers[3][name] for name in ("id", "stream", "version")
    )


def test_the_answers_in_words_name_line_id_stream_and_position(ledger: Path) -> None:
    answer = ask("append", "--ledger", ledger, stdin=as_lines(*desk()))

    assert (0, "") == (answer.code, answer.err)
    assert "line 4: recorded drag: incident/stop version 2, position 5" == answer.out.splitlines()[3]


def test_commands_are_read_from_a_file_too(ledger: Path, tmp_path: Path) -> None:
    (tmp_path / "acts.jsonl").write_bytes(as_lines(*desk()))

    assert 0 == ask("append", tmp_path / "acts.jsonl", "--ledger", ledger).code
    assert 0 == ask("show", INCIDENT, "--ledger", ledger).code


def test_blank_lines_are_passed_over_and_counted(ledger: Path) -> None:
    answer = ask("append", "--ledger", ledger, "--json", stdin=b"\n \r\n" + as_lines(SOURCE))

    assert [3] == [one["line"] for one in answer.json_lines]


def test_a_last_line_needs_no_line_end(ledger: Path) -> None:
    assert 0 == ask("append", "--ledger", ledger, stdin=as_lines(SOURCE).rstrip()).code


def test_nothing_to_record_is_no_fault(ledger: Path) -> None:
    assert (0, "", "") == _told(ask("append", "--ledger", ledger, stdin=b""))


def _told(answer: object) -> tuple[int, str, str]:
    return answer.code, answer.out, answer.err  # type: ignore[attr-defined]  # an Answer


HOSTILE: list[tuple[str, bytes, str, str]] = [
    ("a huge line", b'{"op": "' + b"x" * LINE_LIMIT + b'"}', "", "is longer than 4194304 bytes"),
    ("not UTF-8", b'{"op": "open-incident", "title": "\xff"}', "", "UTF-8"),
    ("duplicate keys", b'{"op": "open-incident", "op": "redact"}', "", 'the key "op" stands twice'),
    ("NaN", b'{"op": "open-incident", "id": NaN}', "", "NaN"),
    ("a fraction", b'{"op": "open-incident", "id": 1.5}', "/id", "fraction"),
    ("null", b'{"op": "open-incident", "id": null}', "/id", "null is never stored"),
    ("deep nesting", b'{"op": ' + b"[" * 200 + b"]" * 200 + b"}", "/op" + "/0" * 31, "nested too deeply"),
    (
        "a lone surrogate",
        rb'{"op": "open-incident", "title": "\ud800"}',
        "",
        "surrogate, which is not Unicode text (column 35)",
    ),
    ("no JSON", b"open-incident please", "", "JSON"),
    ("no object", b"[1, 2]", "", "a line is a JSON object"),
    ("no op", b'{"id": "x"}', "/op", "must be one of open-incident"),
    ("an unknown op", b'{"op": "drop-table"}', "/op", "must be one of open-incident"),
    ("an op of another type", b'{"op": 7}', "/op", "must be one of open-incident"),
    (
        "an unknown member",
        b'{"op": "open-incident", "sealed": true}',
        "/sealed",
        "is not known here; known are",
    ),
    ("a missing member", b'{"op": "open-incident", "id": "x"}', "/title", "is missing"),
    (
        "a member of another type",
        b'{"op": "open-incident", "id": "x", "title": 7, "zone": "UTC"}',
        "/title",
        "string",
    ),
    (
        "an id that is none",
        b'{"op": "open-incident", "id": "X Y", "title": "t", "zone": "UTC"}',
        "/id",
        "an id has",
    ),
    (
        "an unknown source",
        b'{"op": "amend-source", "source": "nobody", "title": "t", "reason": "r"}',
        "/source",
        "not in",
    ),
    ("a key of another type", b'{"op": "open-incident", "key": 7}', "/key", "must be a string"),
    (
        "an empty key",
        b'{"op": "open-incident", "id": "x", "title": "t", "zone": "UTC", "key": ""}',
        "/key",
        "1 to 255",
    ),
]


@pytest.mark.parametrize(
    ("line", "field", "rule"), [case[1:] for case in HOSTILE], ids=[case[0] for case in HOSTILE]
)
def test_a_hostile_line_is_answered_with_the_field_and_the_rule_and_the_others_go_on(
    ledger: Path, line: bytes, field: str, rule: str
) -> None:
    stdin = as_lines(SOURCE, line, {**SOURCE, "id": "other"})

    answer = ask("append", "--ledger", ledger, "--json", stdin=stdin)

    first, refused, last = answer.json_lines
    assert 3 == answer.code
    assert "" == answer.err
    assert ("station", "other") == (first["id"], last["id"])
    assert (2, field) == (refused["line"], refused["refused"].get("field", ""))
    assert rule in refused["refused"]["message"]
    assert {"code", "message"} <= set(refused["refused"]) <= {"code", "message", "field"}


def test_a_refusal_in_words_goes_to_standard_error_and_names_line_member_and_rule(ledger: Path) -> None:
    answer = ask(
        "append", "--ledger", ledger, stdin=as_lines({"op": "open-incident", "id": "x", "zone": "UTC"})
    )

    assert (3, "") == (answer.code, answer.out)
    assert "line 1: refused: /title: is missing; this member is required\n" == answer.err


def test_a_quotation_that_is_not_there_is_answered_with_the_nearest_passages(ledger: Path) -> None:
    cited = fact("drag")["citations"][0]
    cited = {**cited, "selector": {"type": "TextQuoteSelector", "exact": "dragged about 50 feet"}}
    wrong = fact("drag", citations=[cited])
    stdin = as_lines(*desk()[:3], wrong)

    in_words = ask("append", "--ledger", ledger, "--dry-run", stdin=stdin)
    refused = ask("append", "--ledger", ledger, "--json", stdin=stdin).json_lines[3]["refused"]

    assert ("quotation", "/citations/0/selector") == (refused["code"], refused["field"][:21])
    assert any("dragged about 15 feet" in passage for passage in refused["nearest"])
    assert re.search(r'\n    nearest passage: ".*dragged about 15 feet', in_words.err)


def test_a_stale_act_is_answered_with_both_versions(ledger: Path) -> None:
    record(ledger, *desk())
    retract: Json = {
        "op": "retract-fact",
        "incident": INCIDENT,
        "fact": "drag",
        "cause": "legal",
        "reason": "r",
    }

    answer = ask("append", "--ledger", ledger, "--json", stdin=as_lines({**retract, "expected_version": 1}))

    assert (1, 2) == tuple(answer.json["refused"][name] for name in ("expected", "current"))


@pytest.mark.parametrize("apart", [False, True], ids=["in one run", "in a second run"])
def test_a_request_with_a_key_is_one_act_and_one_answer(ledger: Path, *, apart: bool) -> None:
    keyed = {**SOURCE, "key": "k-1"}
    if apart:
        (first,) = record(ledger, keyed).json_lines
        (again,) = record(ledger, keyed).json_lines
    else:
        first, again = record(ledger, keyed, keyed).json_lines

    assert again.pop("replayed")
    assert {**first, "line": again["line"]} == again


def test_a_replayed_answer_says_so_in_words(ledger: Path) -> None:
    keyed = as_lines({**SOURCE, "key": "k-1"})
    ask("append", "--ledger", ledger, stdin=keyed)

    again = ask("append", "--ledger", ledger, stdin=keyed)

    assert "line 1: station was recorded before: source/station version 1, position 2\n" == again.out


def test_a_key_used_for_another_request_is_refused(ledger: Path) -> None:
    record(ledger, {**SOURCE, "key": "k-1"})

    answer = ask(
        "append", "--ledger", ledger, "--json", stdin=as_lines({**SOURCE, "title": "Another", "key": "k-1"})
    )

    assert (3, "/key", "conflict") == (
        answer.code,
        *(answer.json["refused"][name] for name in ("field", "code")),
    )


def test_the_keys_of_two_actors_do_not_meet(ledger: Path) -> None:
    record(ledger, {**SOURCE, "key": "k-1"})

    other = as_lines({**SOURCE, "id": "other", "key": "k-1"})

    assert 0 == ask("append", "--ledger", ledger, "--actor", "second-desk", stdin=other).code


def test_a_dry_run_of_a_ledger_that_is_not_there_leaves_no_file(ledger: Path) -> None:
    answer = ask("append", "--ledger", ledger, "--dry-run", "--json", stdin=as_lines(*desk()))

    assert 0 == answer.code
    assert [] == list(ledger.parent.iterdir())
    assert all(one["dry_run"] for one in answer.json_lines)
    assert all({"position", "recorded_at"}.isdisjoint(one) for one in answer.json_lines)


def test_each_line_of_a_dry_run_builds_on_those_before_it(ledger: Path) -> None:
    record(ledger, *desk()[:2])

    answer = ask("append", "--ledger", ledger, "--dry-run", stdin=as_lines(*desk()[2:], desk()[3]))

    assert 3 == answer.code
    assert [
        "line 1: would be recorded stop: incident/stop version 1",
        "line 2: would be recorded drag: incident/stop version 2",
    ] == answer.out.splitlines()
    assert "line 3: refused" in answer.err


def _files(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_a_dry_run_records_nothing_whatever_it_is_asked(ledger: Path) -> None:
    record(ledger, *desk())
    before = _files(ledger.parent)
    redaction = {
        "op": "redact",
        "incident": INCIDENT,
        "facts": [{"fact": "drag", "paths": ["statement"]}],
        "legal_basis": "court order",
        "authority": "a court",
        "reason": "Sealed.",
    }
    capture = {
        "op": "capture-snapshot",
        "source": "station",
        "media_type": "text/plain",
        "text": "Another text.",
    }

    answer = ask(
        "append",
        "--ledger",
        ledger,
        "--dry-run",
        "--json",
        stdin=as_lines(capture, {**SOURCE, "id": "b", "key": "k"}, redaction),
    )

    assert [True] * 3 == [one.get("dry_run") for one in answer.json_lines]
    assert before == {
        name: data for name, data in _files(ledger.parent).items() if not name.endswith(("-shm", "-wal"))
    }
    assert "dragged about 15 feet" in ask("show", INCIDENT, "--ledger", ledger).out


def test_a_dry_run_knows_the_keys_that_were_used(ledger: Path) -> None:
    keyed = {**SOURCE, "key": "k-1"}
    record(ledger, keyed)

    answer = ask("append", "--ledger", ledger, "--dry-run", "--json", stdin=as_lines(keyed))

    assert (True, 2) == (answer.json["replayed"], answer.json["position"])


def test_a_dry_run_does_not_need_the_writers_lock(ledger: Path) -> None:
    from api.opening import open_for_writing  # noqa: PLC0415  the one test that holds a ledger open beside the command

    record(ledger, *desk()[:3])
    with open_for_writing(ledger):
        assert 4 == ask("append", "--ledger", ledger, stdin=as_lines(fact("drag"))).code
        assert 0 == ask("append", "--ledger", ledger, "--dry-run", stdin=as_lines(fact("drag"))).code


def test_a_snapshot_taken_in_again_stands_already(ledger: Path) -> None:
    record(ledger, *desk())

    answer = ask("append", "--ledger", ledger, stdin=as_lines(desk()[1]))

    assert 0 == answer.code
    assert "nothing was recorded" in answer.out


def test_the_actor_is_recorded_and_an_actor_that_is_none_is_a_fault_of_usage(ledger: Path) -> None:
    assert 0 == ask("append", "--ledger", ledger, "--actor", "night-desk", stdin=as_lines(*desk())).code
    trail = ask("audit", INCIDENT, "--ledger", ledger, "--json").json["entries"]

    assert {"night-desk"} == {entry["actor"] for entry in trail}
    refused = ask("append", "--ledger", ledger, "--actor", "Jane Doe", stdin=b"")
    assert (2, "--actor: an id has") == (refused.code, refused.err[:18])


@pytest.mark.parametrize("name", ["missing.jsonl", "."], ids=["no such file", "a folder"])
def test_input_that_cannot_be_read_is_a_fault_of_usage_and_makes_no_ledger(ledger: Path, name: str) -> None:
    answer = ask("append", ledger.parent / name, "--ledger", ledger)

    assert (2, "") == (answer.code, answer.out)
    assert "cannot be read" in answer.err
    assert not ledger.exists()
