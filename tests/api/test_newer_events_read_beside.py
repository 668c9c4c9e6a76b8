"""Reading a ledger that has an event of a newer program: before it all is told, from it on nothing that rests on it (ADR 26)."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.api.command_line import as_lines, ask
from tests.database_desk import DatabaseDesk
from tests.desk import AGENCY, Desk, begun, cited, fact
from tests.newer_events import NEWER, record_newer, redact_statement
from tests.postgres_server import as_option, fresh_address

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ledger.values import Json

POINT = 9
"""The last position before the event: `stop` has two facts and `march`, of source `agency`, has one."""

OF_STOP: tuple[tuple[object, ...], ...] = (
    ("show", "stop"),
    ("show", "stop", "--full"),
    ("audit", "stop"),
    ("replay", "stop"),
    ("timeline", "stop", "--plain"),
    ("conflicts", "stop"),
    ("first-known", "stop"),
    ("cite", "stop", "drag", "--as", "web-annotation"),
    ("cite", "stop", "drag", "--as", "csl"),
    ("worklist", "--incident", "stop"),
    ("export", "facts", "stop"),
)
"""What tells of the incident alone, at a point."""

OF_ALL: tuple[tuple[object, ...], ...] = (
    ("show", "march"),
    ("audit", "march"),
    ("changes", "march"),
    ("kinds",),
    ("events", "stop"),
    ("events", "--all"),
    ("source", "show", "agency"),
    ("source", "list"),
    ("snapshot", "list"),
    ("export", "facts", "march"),
    ("redact", "--find", "dragged"),
    ("rebuild",),
)
"""What does not rest on it."""


def _with_march(desk: Desk) -> Desk:
    begun(desk)
    desk.act(AGENCY | {"id": "agency"})
    desk.act({"op": "open-incident", "id": "march", "title": "March", "zone": "America/Chicago"})
    desk.act(fact("clash", incident="march", citations=[cited(source="agency")]))
    return desk


def _run(ledger: str, *arguments: object, stdin: Json = None) -> tuple[int, str, str]:
    lines = b"" if stdin is None else as_lines(*stdin)
    answer = ask(*arguments, "--ledger", ledger, stdin=lines)
    return answer.code, answer.out, answer.err


@pytest.fixture(params=["file", "database"])
def desk(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Desk, str]]:
    """A ledger, and how a command is told of it."""
    if request.param == "file":
        path = tmp_path / "test.ledger"
        with closing(_with_march(Desk(path))) as made:
            yield made, str(path)
    else:
        monkeypatch.setenv("LEDGER_BLOBS", str(tmp_path))
        address = fresh_address(request.getfixturevalue("database_url"), tmp_path)
        with closing(_with_march(DatabaseDesk(address))) as made:
            yield made, as_option(address)


@pytest.mark.parametrize("stream", ["incident/stop", "source/release"])
def test_what_was_known_before_it_is_told_as_it_was_and_afterwards_nothing_that_rests_on_it(
    desk: tuple[Desk, str], stream: str
) -> None:
    made, ledger = desk
    point = ("--known-at", POINT)
    before = [_run(ledger, *asked, *point) for asked in OF_STOP]
    assert POINT == made.store.head().position
    at = record_newer(made.store, stream)

    for asked, was in zip(OF_STOP, before, strict=True):
        assert 0 == was[0], (asked, was[2])
        assert was == _run(ledger, *asked, *point), asked
        for now in (asked, (*asked, "--known-at", at)):
            code, _, err = _run(ledger, *now)
            assert 1 == code, now
            assert f"a newer program wrote what this rests on: position {at}: " in err, now
            assert NEWER in err, now


def test_changes_up_to_before_it_are_told_and_none_beyond(desk: tuple[Desk, str]) -> None:
    made, ledger = desk
    asked = ("changes", "stop", "--from", 3)
    before = _run(ledger, *asked, "--to", POINT)
    record_newer(made.store, "incident/stop")

    assert before == _run(ledger, *asked, "--to", POINT)
    assert 0 == before[0]
    assert 1 == _run(ledger, *asked)[0]
    assert 1 == _run(ledger, "changes", "stop", "--from", POINT + 1, "--to", POINT)[0]


def test_everything_else_is_told_as_ever(desk: tuple[Desk, str]) -> None:
    made, ledger = desk
    point = ("--known-at", POINT)
    asked_at = {
        asked: (*asked, *point) for asked in OF_ALL if asked[0] not in ("changes", "redact", "rebuild")
    }
    before = {asked: _run(ledger, *now) for asked, now in asked_at.items()}
    record_newer(made.store, "incident/stop")

    for asked, now in asked_at.items():
        assert before[asked] == _run(ledger, *now), asked
    for asked in OF_ALL:
        assert 0 == _run(ledger, *asked)[0], asked


def test_a_redaction_after_it_masks_what_was_known_before_it(desk: tuple[Desk, str]) -> None:
    made, ledger = desk
    other = made.path.with_name("other.ledger")
    with closing(_with_march(Desk(other))) as without:
        redact_statement(without.store, "drag")
    record_newer(made.store, "incident/stop")
    redact_statement(made.store, "drag")
    asked = ("show", "stop", "--json", "--known-at", POINT)

    code, out, _ = _run(str(other), *asked)
    assert 0 == code
    assert '"decided":["redacted"]' in out
    assert out == _run(ledger, *asked)[1]


def test_lists_say_of_which_streams_not_everything_is_told(desk: tuple[Desk, str]) -> None:
    made, ledger = desk
    at = record_newer(made.store, "source/release")
    told = {"stream": "source/release", "since": at, "code": "unknown-schema"}

    for asked in (("source", "list"), ("source", "show", "agency"), ("worklist",), ("snapshot", "list")):
        answer = ask(*asked, "--json", "--ledger", ledger)
        assert [told] == answer.json["incomplete"], asked
        assert "incomplete: source/release is told only as far as it can be read" in answer.err, asked
    assert 1 == _run(ledger, "source", "show", "release")[0]
    assert 0 == _run(ledger, "source", "show", "release", "--known-at", at - 1)[0]
    assert 1 == _run(ledger, "export", "facts")[0]
    assert 1 == _run(ledger, "export", "csl")[0]


def test_lines_that_rest_on_it_are_refused_and_the_others_recorded(desk: tuple[Desk, str]) -> None:
    made, ledger = desk
    at = record_newer(made.store, "incident/stop")
    made.close()
    retract = {"op": "retract-fact", "cause": "our-misreading", "reason": "another"}
    lines = [
        {**retract, "incident": "stop", "fact": "drag"},
        {**retract, "incident": "march", "fact": "clash"},
    ]
    for dry in (("--dry-run",), ()):
        code, out, err = _run(ledger, "append", *dry, stdin=lines)

        assert 3 == code
        assert f"line 1: refused: position {at}: " in err
        assert "line 2: " in out
    answer = ask("append", "--json", "--ledger", ledger, stdin=as_lines(lines[0]))
    assert {"code": "unknown-schema"}.items() <= answer.json["refused"].items()
