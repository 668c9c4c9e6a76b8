"""Redactions that are refused: what is not there, is gone already, or lies inside a larger whole."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.decisions.checks import MAX_REASON
from ledger.decisions.redacting import MAX_GROUND, MAX_PATHS
from ledger.errors import ConflictError, InvalidError, RefusedError, RuleError, UnknownError
from tests.ledger.source_specification import given
from tests.ledger.test_decide_redact import BLANK, TOLD, of_event, of_fact, of_source
from tests.ledger.test_decide_snapshot import DIGEST, OTHER, RECORD, REGISTER


@pytest.mark.parametrize(
    ("path", "whole"),
    [
        ("quantities/distance/as_stated", "quantities/distance"),
        ("quantities/distance/value", "quantities/distance"),
        ("places/scene/lon", "places/scene"),
        ("occurred/as_stated", "occurred"),
        ("attestations/a1/selector/exact", "attestations/a1/selector"),
        ("participants/p1/name/first", "participants/p1/name"),
    ],
)
def test_a_part_of_what_is_committed_as_a_whole_is_refused_with_the_smallest_that_goes(
    path: str, whole: str
) -> None:
    given(*TOLD).when(of_fact(path)).refuses(
        InvalidError, field="/facts/0/paths/0", saying=f"version 2 holds this inside {whole}, the smallest"
    )


@pytest.mark.parametrize(
    ("before", "again"),
    [
        (of_fact("participants/p1/name"), of_fact("participants/p1/name")),
        (of_fact("participants"), of_fact("participants/p1/name")),
        (of_fact("places/scene"), of_fact("places")),
        (of_fact("occurred"), of_fact("occurred")),
        (of_fact("quantities"), of_fact("quantities/distance/value")),
        (of_fact("attestations"), of_fact("attestations/a1")),
        (of_fact("statement"), of_event(2, "statement")),
        (of_event(1, "title"), of_event(1, "title")),
        (of_event(5, "quantities/distance"), of_event(5, "quantities/distance/as_stated")),
    ],
    ids=lambda one: str([*one.get("facts", ()), *one.get("events", ())][0]["paths"]),
)
def test_what_was_redacted_already_is_refused(before: dict[str, Any], again: dict[str, Any]) -> None:
    field = "/facts/0/paths/0" if "facts" in again else "/events/0/paths/0"
    given(*TOLD, before).when(again).refuses(ConflictError, field=field, saying="redacted already")


MANY = [f"participants/p{n}" for n in range(MAX_PATHS + 1)]


@pytest.mark.parametrize(
    ("command", "error", "field", "saying"),
    [
        (of_fact("statement") | {"incident": "x"}, UnknownError, "/incident", "not in this ledger"),
        (of_fact("statement") | {"incident": "../x"}, InvalidError, "/incident", "an id has"),
        (of_source(snapshots=[DIGEST]) | {"source": "x"}, UnknownError, "/source", "not in this ledger"),
        (of_source(snapshots=[DIGEST]) | {"source": "X"}, InvalidError, "/source", "an id has"),
        (of_fact("statement") | {"source": "paper"}, InvalidError, "/incident", "one of the two"),
        (
            {key: value for key, value in of_fact("statement").items() if key != "incident"},
            InvalidError,
            "/incident",
            "one of the two",
        ),
        (BLANK, RuleError, "", "name facts with paths"),
        (of_source(), RuleError, "", "name facts with paths"),
        (of_fact(), InvalidError, "/facts/0/paths", "at least one path"),
        (of_event(1), InvalidError, "/events/0/paths", "at least one path"),
        (BLANK | {"facts": [{"fact": "x", "paths": ["statement"]}]}, UnknownError, "/facts/0/fact", "'x'"),
        (
            BLANK | {"facts": [{"fact": "A b", "paths": ["statement"]}]},
            InvalidError,
            "/facts/0/fact",
            "an id has",
        ),
        (
            of_fact("statement", "notice"),
            UnknownError,
            "/facts/0/paths/1",
            "there are attestations, occurred",
        ),
        (of_fact("kind"), UnknownError, "/facts/0/paths/0", "what stands below them"),
        (of_fact("participants/p2/name"), UnknownError, "/facts/0/paths/0", "'participants/p2/name'"),
        (of_event(2, "title"), UnknownError, "/events/0/paths/0", "there are attestations"),
        (of_event(0, "title"), UnknownError, "/events/0/version", "the stream has 5"),
        (of_event(6, "title"), UnknownError, "/events/0/version", "the stream has 5"),
        (of_event(-1, "title"), UnknownError, "/events/0/version", "the stream has 5"),
        (of_fact(""), InvalidError, "/facts/0/paths/0", "a path has 1 to 512"),
        (of_fact("x" * 513), InvalidError, "/facts/0/paths/0", "a path has 1 to 512"),
        (of_fact("A. Person"), InvalidError, "/facts/0/paths/0", "a path has 1 to 512"),
        (of_fact("é"), InvalidError, "/facts/0/paths/0", "a path has 1 to 512"),
        (of_fact(*MANY), InvalidError, "", f"at most {MAX_PATHS}"),
        (BLANK | {"snapshots": [DIGEST]}, InvalidError, "/snapshots", "in their source"),
        (
            of_source(facts=[{"fact": "drag", "paths": ["statement"]}]),
            InvalidError,
            "/facts",
            "in their incident",
        ),
        (
            of_source(snapshots=[OTHER]),
            UnknownError,
            "/snapshots/0",
            "is not among the captures of this source",
        ),
        (of_source(snapshots=["paper.txt"]), InvalidError, "/snapshots/0", "sha256:"),
        (of_fact("statement") | {"legal_basis": " "}, InvalidError, "/legal_basis", "must not be empty"),
        (of_fact("statement") | {"authority": ""}, InvalidError, "/authority", "must not be empty"),
        (of_fact("statement") | {"reason": ""}, InvalidError, "/reason", "must not be empty"),
        (
            of_fact("statement") | {"reason": "x" * (MAX_REASON + 1)},
            InvalidError,
            "/reason",
            f"at most {MAX_REASON}",
        ),
    ],
    ids=lambda value: str(value)[-70:],
)
def test_a_redaction_that_cannot_be_carried_out_as_named_is_refused(
    command: dict[str, Any], error: type[RefusedError], field: str, saying: str
) -> None:
    given(*TOLD).when(command).refuses(error, field=field, saying=saying)


@pytest.mark.parametrize("member", ["legal_basis", "authority"])
@pytest.mark.parametrize(
    "text",
    [
        "a\nb",
        "a\r",
        "a\tb",
        "a\x1b[2J",
        "a\x7f",
        "a\x85b",
        "a\u2028b",
        "a\u202eb",
        "a\u2066b",
        "x" * (MAX_GROUND + 1),
    ],
    ids=ascii,
)
def test_what_stands_in_the_clear_for_ever_is_one_short_line(member: str, text: str) -> None:
    saying = "at most" if len(text) > MAX_GROUND else "one line without control characters"
    given(*TOLD).when(of_fact("statement") | {member: text}).refuses(
        InvalidError, field=f"/{member}", saying=saying
    )


@pytest.mark.parametrize("text", ["Art. 17 DSGVO", "§\u00a016-90", "حكم محكمة", "x" * MAX_GROUND], ids=ascii)
def test_a_ground_may_be_in_any_script(text: str) -> None:
    assert given(*TOLD).decide(of_fact("statement") | {"legal_basis": text}).drafts


def test_a_snapshot_is_redacted_once() -> None:
    ledger = given(REGISTER, RECORD, of_source(snapshots=[DIGEST]))
    ledger.when(of_source(snapshots=[DIGEST])).refuses(
        ConflictError, field="/snapshots/0", saying="redacted already"
    )


def test_a_snapshot_named_twice_is_a_slip() -> None:
    given(REGISTER, RECORD).when(of_source(snapshots=[DIGEST, DIGEST])).refuses(
        InvalidError, field="/snapshots/1", saying="stands twice"
    )
