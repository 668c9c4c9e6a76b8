"""Bytes that were stored once are read for ever, and today's encoder writes the same.

A new schema version: add its example to tests/examples_events.py, run `python -m tests.golden_files`, commit the new
file. A golden file that fails here is never mended: the code is.
"""

from __future__ import annotations

import pytest

from ledger.codec import decode, type_name
from ledger.disclosure import check_lines
from ledger.events import ACTS, FactReported, Recorded
from tests.examples_events import ADDED, EVERY, EXAMPLES, stamp_of
from tests.golden_files import FOLDER, encoded_example, golden, line_of, topics, write_missing
from tests.project_files import ROOT

_TYPES = [f"{name}@{schema}" for name, schema in ACTS]


def test_every_event_type_has_its_golden_bytes_and_its_example() -> None:
    assert sorted([*_TYPES, *ADDED]) == topics()
    assert _TYPES == list(EXAMPLES)


@pytest.mark.parametrize("topic", EVERY)
def test_an_example_is_encoded_to_its_golden_bytes(topic: str) -> None:
    position = 1 + list(EVERY).index(topic)

    assert (FOLDER / f"{topic}.ndjson").read_bytes() == line_of(position, encoded_example(topic))
    assert topic.partition(".")[0] == "{}@{}".format(*type_name(EVERY[topic][1]))


@pytest.mark.parametrize("topic", EVERY)
def test_golden_bytes_are_decoded_to_their_example(topic: str) -> None:
    position, event, disclosures = golden(topic)
    entry = decode(event, disclosures, position=position)
    stamp = stamp_of(topic)

    assert EVERY[topic][1] == entry.body
    assert {} == entry.unknown
    assert position == entry.position
    names = ("event_id", "request", "stream", "version", "actor", "key", "on_behalf_of", "answers")
    assert [getattr(stamp, name) for name in names] == [getattr(entry, name) for name in names]
    check_lines(disclosures, entry.committed, where="")


def test_nothing_is_written_where_no_golden_file_is_missing() -> None:
    assert [] == write_missing()


@pytest.mark.parametrize("topic", ["IncidentOpened@1"])
def test_the_document_shows_real_bytes(topic: str) -> None:
    page = (ROOT / "docs" / "ledger-format.md").read_text("utf-8")
    _, event, disclosures = golden(topic)

    shown = [
        event.decode(),
        *disclosures.decode().split("\n"),
        (FOLDER / f"{topic}.ndjson").read_text("utf-8").strip(),
    ]

    assert [] == [text for text in shown if text not in page]


def test_a_golden_entry_is_an_act_like_any_other() -> None:
    entry = decode(*golden("FactReported@1")[1:], position=5)

    assert isinstance(entry, Recorded)
    assert isinstance(entry.body, FactReported)
