"""The schemas of bodies and lines are those of the reader: what it takes they allow, and what it refuses for its shape they refuse."""

from __future__ import annotations

import re
from copy import deepcopy
from functools import cache
from typing import TYPE_CHECKING

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.openapi.examples import EXAMPLES
from api.openapi.given_schemas import body_schema, given_components, line_schema
from api.routes import facts, incidents, kinds, redactions, sources
from ledger.commands import COMMANDS
from ledger.errors import InvalidError
from ledger.read_command import read_command
from tests.api.http.test_writes import ACTS
from tests.fakes import SequentialIds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hypothesis.strategies import DrawFn

    from ledger.values import Json

WRITES = {write.op: write for noun in (incidents, facts, sources, redactions, kinds) for write in noun.WRITES}
NAMES = {
    "incident": "stop",
    "fact": "drag",
    "source": "release",
    "attestation": "a2",
    "dispute": 1,
    "lineage": 1,
}
BODIES = [
    *((op, body) for op, _, body, _, _ in ACTS if op in WRITES),
    *((op, example.body) for op, example in EXAMPLES.items() if op in WRITES),
    (
        "report-fact",
        {
            "kind": "drag",
            "statement": "He was dragged.",
            "occurred": {
                "earliest": "2021-05-08T06:00:00-05:00",
                "relations": [{"rel": "before", "fact": "f1"}],
            },
            "places": [{"as_stated": "Chester Street", "lon": "-92.3", "lat": "34.7", "uncertainty_m": 50}],
            "participants": [{"role": "injured", "name": {"absent": "not-stated"}}],
            "details": {"speed": {"given": True, "reports": [1, "two"]}},
            "citations": [
                {
                    "source": "release",
                    "snapshot": "sha256:" + 64 * "0",
                    "selector": [
                        {"type": "TextQuoteSelector", "exact": "dragged"},
                        {"type": "FragmentSelector", "value": "page=2"},
                    ],
                    "speaker": {"absent": "not-stated"},
                    "language": {"absent": "not-stated"},
                    "published": {"earliest": "2021-05-08T06:00:00-05:00"},
                    "stance": "denies",
                    "as_stated": {"occurred": "2021-05-09", "quantities": [{"as_stated": "some"}]},
                }
            ],
        },
    ),
    (
        "record-notice",
        {
            "type": "correction",
            "summary": "20 feet",
            "scope": {"passages": [{"selector": {"type": "TextPositionSelector", "start": 1, "end": 9}}]},
            "published": "2021-05-07",
            "citation": {"source": "release"},
        },
    ),
]
"""Bodies that the reader takes, one or more of each command that has a path."""

OTHERS: list[Json] = ["x1", 7, True, [], ["x1"], {}, {"absent": "not-stated"}, {"absent": "undisclosed"}]
SHAPE = re.compile(
    r"is missing; this|is not known here|has a member that is not known|give the bytes"
    r"|must be (?:an? (?:string|integer|list|object|absence|text)|true or false|one of)"
)


@cache
def _validator(op: str, *, line: bool) -> jsonschema_rs.Validator:
    schema = line_schema(op) if line else body_schema(op, WRITES[op].path)
    return jsonschema_rs.Draft202012Validator({**schema, "components": {"schemas": given_components()}})


def _names(op: str) -> dict[str, Json]:
    return {name: NAMES[name] for name in WRITES[op].names}


def _refusal(op: str, body: dict[str, Json]) -> InvalidError | None:
    """Why a body is refused, if it is; as api/http/writing.py reads it."""
    if "op" in body or any(
        name in body and (name, op) != ("attestation", "attest-fact") for name in _names(op)
    ):
        return InvalidError("is not known here; the path says it")
    try:
        read_command({"op": op, **_names(op), **body}, SequentialIds())
    except InvalidError as error:
        return error
    return None


def _places(value: Json, at: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    yield at
    for key, one in (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    ):
        yield from _places(one, (*at, key))


@st.composite
def _changed(draw: DrawFn, body: Json) -> Json:
    """A body in which one thing was left out, put in, or put in the place of another."""
    changed = deepcopy(body)
    *above, last = draw(st.sampled_from([place for place in _places(body) if place]))
    holder = changed
    for key in above:
        holder = holder[key]
    how = draw(st.sampled_from(("leave out", "put in", "replace", "replace")))
    if how == "leave out":
        del holder[last]
    elif how == "put in" and isinstance(holder, dict):
        name = draw(
            st.sampled_from(("unknown", "op", "incident", "id", "absent", "occurred", "published", "key"))
        )
        holder[name] = draw(st.sampled_from(OTHERS))
    else:
        holder[last] = draw(st.sampled_from(OTHERS))
    return changed


def test_every_command_with_a_path_has_a_body_here() -> None:
    assert {op for op in COMMANDS if op != "capture-snapshot"} == {op for op, _ in BODIES}


@pytest.mark.parametrize(("op", "body"), BODIES)
def test_what_the_reader_takes_the_schemas_allow(op: str, body: dict[str, Json]) -> None:
    assert None is _refusal(op, body)
    _validator(op, line=False).validate(body)
    _validator(op, line=True).validate({"op": op, "key": "k", **_names(op), **body})


@given(st.data())
def test_what_is_refused_for_its_shape_the_schema_refuses_and_what_the_schema_refuses_is_refused(
    data: st.DataObject,
) -> None:
    op, body = data.draw(st.sampled_from(BODIES))
    changed = data.draw(_changed(body))
    refusal = _refusal(op, changed)

    if _validator(op, line=False).is_valid(changed):
        assert refusal is None or SHAPE.match(refusal.rule) is None, (refusal.field, refusal.rule)
    else:
        assert refusal is not None


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"text": "words"}, True),
        ({"base64": "d29yZHM="}, True),
        ({"text": "words", "base64": "d29yZHM="}, False),
        ({}, False),
        ({"data": "words"}, False),
    ],
)
def test_a_capture_in_a_batch_has_its_bytes_as_text_or_as_base64(
    more: dict[str, Json], *, expected: bool
) -> None:
    line = {"op": "capture-snapshot", "source": "release", "media_type": "text/plain", **more}

    assert expected == _validator("capture-snapshot", line=True).is_valid(line)
    try:
        read_command(line, SequentialIds())
    except InvalidError:
        assert not expected


@pytest.mark.parametrize("value", [1.5, None, 2**53, {"é": 1}])
def test_details_hold_the_json_of_the_ledger(value: Json) -> None:
    body = {"kind": "drag", "citations": [{"source": "release"}], "details": {"speed": value}}

    assert not _validator("report-fact", line=False).is_valid(body)
