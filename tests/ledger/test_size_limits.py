"""The largest event and the most disclosures that are stored: at the edge, and one byte beyond."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import PurePosixPath

import pytest

from ledger.codec import EVENT_LIMIT, Encoded, decode, encode
from ledger.disclosure import DISCLOSURE_LIMIT
from ledger.errors import InvalidError
from ledger.events import LineageRevoked, Redacted
from tests.examples_events import stamp_of
from tests.fakes import CountingBytes
from tests.project_files import text_of


def _with_authority(size: int) -> tuple[Redacted, Encoded]:
    act = Redacted(legal_basis="b", authority="a" * size, reason="r")
    return act, encode(act, stamp_of("Redacted@1"), CountingBytes())


def _with_reason(text: str) -> tuple[LineageRevoked, Encoded]:
    act = LineageRevoked(lineage=1, reason=text)
    return act, encode(act, stamp_of("LineageRevoked@1"), CountingBytes())


def test_the_limits_are_those_of_the_format() -> None:
    """Model §6: at most 65,535 bytes (a C2SP tile entry)."""
    assert 65_535 == EVENT_LIMIT == 2**16 - 1
    assert 1_048_576 == DISCLOSURE_LIMIT


def test_an_event_of_exactly_the_limit_is_stored_and_one_byte_more_is_refused() -> None:
    rest = len(_with_authority(1)[1].event) - 1
    act, encoded = _with_authority(EVENT_LIMIT - rest)

    assert EVENT_LIMIT == len(encoded.event)
    assert act == decode(encoded.event, encoded.disclosures, position=1).body
    with pytest.raises(InvalidError, match="would take 65536 bytes and at most 65535 are stored"):
        _with_authority(EVENT_LIMIT - rest + 1)


def test_disclosures_of_exactly_the_limit_are_stored_and_one_byte_more_is_refused() -> None:
    rest = len(_with_reason("x")[1].disclosures) - 1
    act, encoded = _with_reason("x" * (DISCLOSURE_LIMIT - rest))

    assert DISCLOSURE_LIMIT == len(encoded.disclosures)
    assert act == decode(encoded.event, encoded.disclosures, position=1).body
    with pytest.raises(InvalidError, match="take 1048577 bytes and at most 1048576 are stored"):
        _with_reason("x" * (DISCLOSURE_LIMIT - rest + 1))


def test_the_limits_count_bytes_and_not_characters() -> None:
    rest = len(_with_reason("x")[1].disclosures) - 1
    with pytest.raises(InvalidError, match="1048577 bytes"):
        _with_reason("x" + "é" * ((DISCLOSURE_LIMIT - rest) // 2) + "x" * ((DISCLOSURE_LIMIT - rest) % 2))


def test_the_limits_in_the_document_are_those_of_the_code() -> None:
    page = text_of(PurePosixPath("docs/ledger-format.md")).partition("## §9")[2]
    rows = re.findall(r"^\| [^|]+\| ([\d,]+) \| `(\w+)\.([A-Z_]+)`", page, flags=re.MULTILINE)
    stated = {(module, name): int(number.replace(",", "")) for number, module, name in rows}
    real = {(module, name): getattr(import_module(f"ledger.{module}"), name) for module, name in stated}
    del stated["ids", "ID_RULE"], real["ids", "ID_RULE"]

    assert len(stated) >= 10
    assert stated == real
