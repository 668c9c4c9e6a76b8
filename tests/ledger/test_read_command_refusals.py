"""What is wrong in a command is named by its place and its rule, and what was written there is never repeated."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ledger.commands import COMMANDS
from ledger.errors import InvalidError
from ledger.read_command import read_command
from ledger.strict_json import pointer
from tests.fakes import SequentialIds
from tests.ledger.dragging import (
    AMEND,
    ATTEST,
    CAPTURED,
    CORRECT,
    DISPUTE,
    DRAG,
    NOTICE,
    OPEN,
    REINSTATE,
    RELEASE,
    RESOLVE,
    RETRACT,
    SNAPSHOT,
    WITHDRAW,
)
from tests.ledger.specification import REMOVED, changed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ledger.values import Json

MISSING = "is missing; this member is required"
OR_ABSENT = ', or an absence such as {"absent": "not-stated"}'
REASONS = "must be one of not-reported, not-stated, researched-unknown, none, withheld"
MARK = "Zyxwvut"
SPOKEN: dict[str, Json] = {
    "id": "x1",
    "source": "wire",
    "relays": "release",
    "language": "en",
    "published": {
        "earliest": "2021-05-08T00:00:00Z",
        "latest": "2021-05-09T00:00:00Z",
        "as_stated": "Saturday",
    },
    "speaker": {"id": "chief", "name": {"absent": "not-stated"}, "capacity": "chief", "speech_act": "stated"},
    "selector": [
        {"type": "TextQuoteSelector", "exact": "far", "prefix": "too ", "suffix": "."},
        {"type": "FragmentSelector", "value": "t=1,2", "conformsTo": "http://www.w3.org/TR/media-frags/"},
    ],
}
ALL: dict[str, dict[str, Json]] = {
    "open-incident": OPEN,
    "amend-incident": {
        "op": "amend-incident",
        "incident": "lr",
        "title": "T",
        "zone": "UTC",
        "reason": "r",
        "citations": [SPOKEN],
    },
    "report-fact": {
        **changed(DRAG, ("/occurred/relations", [{"rel": "after", "fact": "flight", "as_stated": "soon"}])),
        "citations": [
            {
                **SPOKEN,
                "as_stated": {**{k: DRAG[k] for k in ("places", "participants", "quantities", "details")}},
            }
        ],
    },
    "attest-fact": {**ATTEST, **SPOKEN},
    "withdraw-attestation": {**WITHDRAW, "citations": [SPOKEN]},
    "correct-fact": {
        **CORRECT,
        "notice": "n",
        "rests_on": ["a1"],
        "withdraws": ["a2"],
        "expected_version": 2,
    },
    "amend-fact": AMEND,
    "retract-fact": {**RETRACT, "in_favour_of": "flight", "notice": "n"},
    "reinstate-fact": REINSTATE,
    "dispute-fact": DISPUTE,
    "resolve-dispute": {**RESOLVE, "settles": ["a1"]},
    "register-source": {**RELEASE, "authors": ["A"], "url": "https://a.example", "csl": {"type": "article"}},
    "amend-source": {**RELEASE, "op": "amend-source", "source": "release", "reason": "r", "id": REMOVED},
    "capture-snapshot": {
        **CAPTURED,
        "captured_at": "2021-05-08T11:00:00Z",
        "archive_urls": ["https://a.example"],
    },
    "record-notice": {**NOTICE, "scope": {"passages": [{"id": "p1", "selector": SPOKEN["selector"]}]}},
    "declare-lineage": {
        "op": "declare-lineage",
        "source": "wire",
        "relation": "copies",
        "to": "release",
        "citation": SPOKEN,
    },
    "revoke-lineage": {"op": "revoke-lineage", "source": "wire", "lineage": 1, "reason": "r"},
    "redact": {
        "op": "redact",
        "incident": "lr",
        "facts": [{"fact": "drag", "paths": ["statement"]}],
        "events": [{"version": 2, "paths": ["statement"]}],
        "snapshots": [SNAPSHOT],
        "legal_basis": "b",
        "authority": "a",
        "reason": "r",
    },
    "register-kind": {
        "op": "register-kind",
        "slug": "drone",
        "version": 1,
        "label": "Drone",
        "definition": "A drone flew.",
        "schema": {"type": "object"},
        "roles": ["officer"],
    },
}
del ALL["amend-source"]["id"]


def refusal(value: Json) -> InvalidError:
    """Why it is refused."""
    with pytest.raises(InvalidError) as caught:
        read_command(value, SequentialIds())
    return caught.value


@pytest.mark.parametrize(
    ("command", "where", "value", "rule"),
    [
        pytest.param(OPEN, "/title", 7, "must be a string", id="string"),
        pytest.param(OPEN, "/title", {"absent": "none"}, "must be a string", id="string, not an absence"),
        pytest.param(OPEN, "/title", None, "must be a string", id="null"),
        pytest.param(DRAG, "/places", {}, "must be a list", id="list"),
        pytest.param(DRAG, "/places/0", "here", "must be an object", id="object in a list"),
        pytest.param(DRAG, "/details", [], "must be an object", id="map"),
        pytest.param(DRAG, "/citations", "wire", "must be a list", id="citations"),
        pytest.param(DRAG, "/citations/0", "wire", "must be an object", id="citation"),
        pytest.param(DRAG, "/citations/0/selector", "x", f"must be a list{OR_ABSENT}", id="selector"),
        pytest.param(DRAG, "/citations/0/selector/1/start", "1", "must be an integer", id="integer"),
        pytest.param(DRAG, "/citations/0/selector/1/start", True, "must be an integer", id="true"),
        pytest.param(DRAG, "/citations/0/selector/1/start", 1.5, "must be an integer", id="fraction"),
        pytest.param(
            DRAG,
            "/citations/0/selector/0/type",
            "CssSelector",
            "must be one of TextQuoteSelector, TextPositionSelector, FragmentSelector",
            id="type of a selector",
        ),
        pytest.param(
            DRAG,
            "/citations/0/stance",
            "agrees",
            "must be one of contradicts, declines, denies, mentions, supports",
            id="stance",
        ),
        pytest.param(DRAG, "/citations/0/as_stated", "x", "must be an object", id="what a passage states"),
        pytest.param(DRAG, "/quantities/0/approximate", "yes", "must be true or false", id="truth"),
        pytest.param(DRAG, "/quantities/0/value", 15, "must be a string", id="number for a decimal"),
        pytest.param(DRAG, "/participants/0/name", 7, f"must be a string{OR_ABSENT}", id="name"),
        pytest.param(
            DRAG,
            "/participants/0/name/absent",
            "lost",
            "must be one of none, not-reported, not-stated, researched-unknown, withheld",
            id="absence",
        ),
        pytest.param(DRAG, "/occurred", 2021, "must be an object", id="year as a number"),
        pytest.param(DRAG, "/occurred", "2021-13", "there is no such date", id="date"),
        pytest.param(
            DRAG, "/citations/0/published", 2021, "must be an object of named members", id="published"
        ),
        pytest.param(AMEND, "/set/statement", 7, "must be a string", id="words of an amendment"),
        pytest.param(AMEND, "/set/places~1scene~1as_stated", [], "must be a string", id="second words"),
        pytest.param(AMEND, "/set", "x", "must be an object", id="set"),
        pytest.param(ATTEST, "/stance", 7, "must be one of contradicts", id="stance, flat"),
        pytest.param(
            ATTEST, "/published", "never", "must be a time; only a source", id="passage never public"
        ),
        pytest.param(WITHDRAW, "/attestation", {"id": "a1"}, "must be a string", id="which attestation"),
        pytest.param(RESOLVE, "/dispute", "1", "must be an integer", id="dispute"),
        pytest.param(NOTICE, "/scope", "some", "must be all, or an object", id="scope"),
        pytest.param(NOTICE, "/scope/passages", {}, "must be a list", id="passages"),
        pytest.param(
            NOTICE, "/published", "never", "must be a time; only a source", id="notice never public"
        ),
        pytest.param(NOTICE, "/citation", [], "must be an object", id="citation of a notice"),
        pytest.param(RELEASE, "/authors", "Me", "must be a list", id="authors"),
        pytest.param(RELEASE, "/authors", ["Me", 7], "must be a string", id="author"),
        pytest.param(RELEASE, "/kind", "blog", "must be one of article, audio, dataset", id="kind of source"),
        pytest.param(CAPTURED, "/text", 7, "must be a string", id="text"),
        pytest.param(CAPTURED, "/text", "\ud800", "contains a lone surrogate", id="half a character"),
    ],
)
def test_a_wrong_value_is_told_by_its_place_and_the_rule(
    command: dict[str, Json], where: str, value: Json, rule: str
) -> None:
    start: dict[str, Json] = {**command, "scope": {}} if where.startswith("/scope/") else command
    error = refusal(changed(start, (where, value)))
    assert (f"{where}/1" if value == ["Me", 7] else where) == error.field
    assert error.rule.startswith(rule), error.rule
    assert "`" not in error.rule


@pytest.mark.parametrize(
    ("command", "where"),
    [
        pytest.param(OPEN, "/zone", id="zone"),
        pytest.param(DRAG, "/kind", id="kind"),
        pytest.param(DRAG, "/citations", id="citations"),
        pytest.param(DRAG, "/citations/0/source", id="source of a citation"),
        pytest.param(DRAG, "/citations/0/selector/0/type", id="type of a selector"),
        pytest.param(DRAG, "/citations/0/selector/1/end", id="end of a position"),
        pytest.param(DRAG, "/participants/0/name/absent", id="reason of an absence"),
        pytest.param(CORRECT, "/class", id="class"),
        pytest.param(ATTEST, "/source", id="source, flat"),
        pytest.param(ATTEST, "/fact", id="fact"),
        pytest.param(NOTICE, "/scope", id="scope"),
        pytest.param({**NOTICE, "scope": {"passages": []}}, "/scope/passages", id="passages"),
    ],
)
def test_a_missing_member_is_told_by_its_place(command: dict[str, Json], where: str) -> None:
    error = refusal(changed(command, (where, REMOVED)))
    assert (where, MISSING) == (error.field, error.rule)


def test_the_bytes_of_a_snapshot_are_given_in_one_form() -> None:
    one_of = "give the bytes as text or as base64, one of the two"
    for wrong in (changed(CAPTURED, ("/text", REMOVED)), {**CAPTURED, "base64": "w6k="}):
        assert ("/text", one_of) == (refusal(wrong).field, refusal(wrong).rule)
    for coded in ("w6k", "w6k=\n", "w6-_", "*"):
        error = refusal(changed(CAPTURED, ("/text", REMOVED), ("/base64", coded)))
        assert ("/base64", "is not base64 (RFC 4648 §4, with padding)") == (error.field, error.rule)
    assert "/base64" == refusal(changed(CAPTURED, ("/text", REMOVED), ("/base64", 7))).field


@pytest.mark.parametrize("op", COMMANDS)
def test_every_command_has_a_sample_that_is_read(op: str) -> None:
    assert type(read_command(ALL[op], SequentialIds())) is COMMANDS[op]


def _places(value: Json, above: str = "") -> Iterator[str]:
    """The pointer of every member and item, at every depth."""
    members = (
        enumerate(value) if isinstance(value, list) else value.items() if isinstance(value, dict) else ()
    )
    for key, one in members:
        yield above + pointer(key)
        yield from _places(one, above + pointer(key))


def _refused(value: Json) -> InvalidError | None:
    try:
        read_command(value, SequentialIds())
    except InvalidError as error:
        return error
    return None


@pytest.mark.parametrize("op", COMMANDS)
@pytest.mark.parametrize(
    "value",
    [
        MARK,
        f"{MARK} - at `$.title`",
        [MARK],
        {MARK.lower(): MARK},
        {"absent": MARK},
        {"edtf": MARK},
        [{"type": MARK}],
        {"id": MARK, "name": MARK, "value": MARK, "unit": MARK},
    ],
    ids=["text", "text like a message", "list", "object", "absence", "date", "selectors", "members"],
)
def test_no_refusal_repeats_what_was_written(op: str, value: Json) -> None:
    refusals = {where: _refused(changed(ALL[op], (where, value))) for where in _places(ALL[op])}
    assert any(refusals.values())
    for where, error in refusals.items():
        told: BaseException | None = error
        while told is not None:
            assert MARK not in f"{told} {told.args}", where
            told = told.__cause__
        assert error is None or (error.rule and error.field[:1] in ("", "/"))


@pytest.mark.parametrize("op", COMMANDS)
def test_nobody_but_the_ledger_says_undisclosed(op: str) -> None:
    for where in _places(ALL[op]):
        if where != "/op" and "/selector/0/type" not in where:
            error = refusal(changed(ALL[op], (where, {"absent": "undisclosed"})))
            assert (f"{where}/absent", REASONS) == (error.field, error.rule)
    deep: Json = {"absent": "undisclosed"}
    error = refusal({**ALL[op], "anything": [{"a/b": [deep]}]})
    assert "/anything/0/a~1b/0/absent" == error.field
