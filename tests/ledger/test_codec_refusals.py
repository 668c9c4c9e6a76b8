"""What may never be stored is refused by the encoder, the last gate before bytes that never change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from ledger.citation import Attestation, TextPositionSelector
from ledger.codec import decode, encode
from ledger.errors import InvalidError
from ledger.events import FactAttested, FactReported, FactRetracted, LineageRevoked, SourceRegistered
from ledger.fact import AsStated, Content
from tests.examples_events import stamp_of
from tests.fakes import CountingBytes

if TYPE_CHECKING:
    from ledger.events import Act
    from ledger.values import Json


def _deep(levels: int) -> Json:
    value: Json = 1
    for _ in range(levels):
        value = [value]
    return value


HOSTILE: dict[str, Json] = {
    "null": None,
    "a fraction": 0.5,
    "NaN": float("nan"),
    "infinity": float("inf"),
    "an integer beyond 2^53-1": 2**53,
    "an integer beyond 2^64": 2**64,
    "a lone surrogate": "\ud800",
    "U+0000": "a\x00b",
    "a key that is not ASCII": {"é": 1},
    "a key that is no text": {1: 1},
    "a key with U+0000": {"a\x00": 1},
    "bytes": b"a",
    "a tuple": (1,),
    "33 levels": _deep(33),
    "300 levels": _deep(300),
}


def _with_details(value: Json) -> Act:
    return FactReported(
        fact="f", content=Content(kind="attribute@1", details={"value": value}), attestations=()
    )


def _attestation(value: Json) -> Attestation:
    return Attestation(id="a", source="s", stance="supports", as_stated=AsStated(details={"value": value}))


def _with_as_stated(value: Json) -> Act:
    content = Content(kind="attribute@1")
    return FactReported(
        fact="f", content=content, attestations=(_attestation(1), replace(_attestation(value), id="b"))
    )


def _attested(value: Json) -> Act:
    return FactAttested(fact="f", attestation=_attestation(value))


def _with_csl(value: Json) -> Act:
    return SourceRegistered(kind="article", title="t", csl={"value": value})


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.parametrize(
    ("act_with", "field"),
    [
        (_with_details, "/content/details/value"),
        (_with_as_stated, "/attestations/1/as_stated/details/value"),
        (_attested, "/attestation/as_stated/details/value"),
        (_with_csl, "/csl/value"),
    ],
    ids=["details", "as_stated", "attested", "csl"],
)
def test_json_that_may_never_be_stored_is_refused_where_it_stands(
    act_with: Json, field: str, value: Json
) -> None:
    """Model §6: no floats, no null, integers within ±(2^53-1), keys ASCII."""
    with pytest.raises(InvalidError) as caught:
        encode(act_with(value), stamp_of("FactReported@1"), CountingBytes())
    assert caught.value.field.startswith(field)


@pytest.mark.parametrize(
    "act",
    [
        pytest.param(LineageRevoked(lineage=1, reason="a\ud800"), id="a lone surrogate in a reason"),
        pytest.param(LineageRevoked(lineage=1, reason="a\x00b"), id="U+0000 in a reason"),
        pytest.param(LineageRevoked(lineage=2**53, reason="r"), id="an integer in the clear"),
        pytest.param(LineageRevoked(lineage=2**64, reason="r"), id="an integer beyond 2^64 in the clear"),
        pytest.param(
            FactRetracted(fact="f", cause="duplicate", reason="r", in_favour_of="a\x00"),
            id="U+0000 in the clear",
        ),
        pytest.param(
            FactReported(
                fact="f",
                content=Content(kind="drag@1"),
                attestations=(
                    Attestation(
                        id="a",
                        source="s",
                        stance="supports",
                        selector=(TextPositionSelector(start=0, end=2**53),),
                    ),
                ),
            ),
            id="a position beyond 2^53-1",
        ),
    ],
)
def test_what_no_struct_refused_is_refused_before_it_is_stored(act: Act) -> None:
    with pytest.raises(InvalidError):
        encode(act, stamp_of("LineageRevoked@1"), CountingBytes())


def test_the_text_of_an_escape_is_no_escape() -> None:
    act = LineageRevoked(lineage=1, reason="a\\u0000b")
    encoded = encode(act, stamp_of("LineageRevoked@1"), CountingBytes())

    assert act == decode(encoded.event, encoded.disclosures, position=1).body


def test_32_levels_of_details_are_stored_and_read_back() -> None:
    act = _with_details(_deep(31))
    encoded = encode(act, stamp_of("FactReported@1"), CountingBytes())

    assert act == decode(encoded.event, encoded.disclosures, position=1).body
