"""A log line holds the stored bytes of an event, whatever they are, as long as they are text (ledger-format §8)."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ledger.errors import IntegrityError
from ledger.log_lines import WITHHELD, log_line
from ledger.stores.contract import Row
from tests.golden_files import FOLDER, golden, topics

EMPTY = Row(
    position=7, stream="s", version=1, recorded_us=0, topic="t@1", event=b"", disclosures=b"", leaf=bytes(32)
)
LINES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n"), min_size=1)


@given(event=st.text(st.characters(exclude_categories=["Cs"])), disclosures=st.lists(LINES))
def test_what_was_stored_is_read_back_to_the_byte(event: str, disclosures: list[str]) -> None:
    stored = replace(EMPTY, event=event.encode(), disclosures="\n".join(disclosures).encode())

    line = log_line(stored)

    told = json.loads(line)
    assert (7, stored.event) == (told["position"], told["event"].encode())
    assert disclosures == told["disclosures"]
    assert 1 == line.count(b"\n")
    assert line.endswith(b"\n")


@pytest.mark.parametrize("topic", topics())
def test_a_golden_file_is_the_line_of_its_event(topic: str) -> None:
    position, event, disclosures = golden(topic)

    assert (FOLDER / f"{topic}.ndjson").read_bytes() == log_line(
        replace(EMPTY, position=position, event=event, disclosures=disclosures)
    )


def test_without_disclosures_there_is_no_word_of_them() -> None:
    stored = replace(EMPTY, event=b"{}", disclosures=b'["salt","title","A name"]')

    assert b'{"event":"{}","position":7}\n' == log_line(stored, disclosures=False)
    assert b'{"disclosures":"withheld","format":"incident-ledger/1"}\n' == WITHHELD


@pytest.mark.parametrize("member", ["event", "disclosures"])
def test_bytes_that_are_no_text_are_named_by_their_position(member: str) -> None:
    with pytest.raises(IntegrityError, match=r"^position 7: the stored bytes are not UTF-8$"):
        log_line(replace(EMPTY, **{member: b"\xff"}))
