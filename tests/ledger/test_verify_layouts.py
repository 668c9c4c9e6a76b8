"""Layouts let an event pass without reading it: never one that a reading would refuse, and with the values that a reading gives."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.stores.sqlite_store import SQLiteStore
from ledger.verify.layouts import Layouts
from ledger.verify.stored_bytes import is_utf8, parsed
from tests.desk import a_small_ledger

if TYPE_CHECKING:
    from ledger.values import Json


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, bytes]]:
    """The topics and bytes of the events of a small ledger and a correction."""
    path = tmp_path_factory.mktemp("events") / "a.ledger"
    desk = a_small_ledger(path)
    desk.act({"op": "amend-incident", "incident": "stop", "title": "Trafic stop", "reason": "a typo"})
    desk.close()
    with closing(SQLiteStore(path, read_only=True)) as store:
        return [(f"{_read(entry)['type']}@1", entry) for entry in store.entries()]


def _read(event: bytes) -> dict[str, Json]:
    found = parsed(event)
    assert isinstance(found, dict), found
    return found


def _learned(events: list[tuple[str, bytes]]) -> Layouts:
    layouts = Layouts()
    for topic, event in events * 2:
        layouts.learn(topic, event, _read(event))
    return layouts


def _values(entry: dict[str, Json]) -> tuple[bytes, ...]:
    pairs = [text for pair in entry["committed"].items() for text in pair]
    named = (entry["recorded_at"], entry["request"], entry["stream"], str(entry["version"]))
    return tuple(text.encode() for text in (*pairs, *named))


def test_an_event_that_was_seen_twice_fits_and_gives_its_values(events: list[tuple[str, bytes]]) -> None:
    layouts = _learned(events)

    assert 7 == len(events)
    for topic, event in events:
        entry = _read(event)
        assert _values(entry) == layouts.fit(topic, len(entry["committed"]), event)
        assert Layouts().fit(topic, len(entry["committed"]), event) is None


def test_an_event_seen_once_is_not_learned(events: list[tuple[str, bytes]]) -> None:
    layouts = Layouts()
    topic, event = events[2]
    layouts.learn(topic, event, _read(event))

    assert layouts.fit(topic, len(_read(event)["committed"]), event) is None


def test_the_type_and_the_version_of_its_schema_are_those_of_the_layout(
    events: list[tuple[str, bytes]],
) -> None:
    layouts = _learned(events)
    topic, event = events[2]
    committed = len(_read(event)["committed"])
    for old, new in ((b'"SourceRegistered"', b'"SourceRegisterex"'), (b'"schema":1', b'"schema":2')):
        assert old in event
        assert layouts.fit(topic, committed, event.replace(old, new)) is None


_TELLING = b'"\\{}[]:,0 \x00\x1f\x7f\n\xc3\xff-1n'


def _hold(layouts: Layouts, topic: str, event: bytes, tampered: bytes) -> None:
    """What fits is what a reading lets pass, and it has the values that a reading gives. Whether it is text is asked beside it."""
    found = layouts.fit(topic, len(_read(event)["committed"]), tampered)
    if found is None or not is_utf8(tampered):
        return
    paths = found[:-4:2]
    if len(set(paths)) < len(paths):
        return  # A path that stands twice is found where paths are counted.
    entry = parsed(tampered)
    if list(paths) != sorted(paths):
        assert isinstance(entry, str)
        return  # So is one out of order.
    assert isinstance(entry, dict), entry
    assert (topic, sorted(entry)) == (f"{entry['type']}@{entry['schema']}", sorted(_read(event)))
    assert _values(entry) == found


def test_wherever_a_byte_is_another_what_fits_is_what_a_reading_lets_pass(
    events: list[tuple[str, bytes]],
) -> None:
    layouts = _learned(events)
    topic, event = events[-2]
    for at in range(len(event)):
        for byte in _TELLING:
            for rest in (event[at:], event[at + 1 :]):
                _hold(layouts, topic, event, event[:at] + bytes([byte]) + rest)


@given(data=st.data())
def test_what_fits_is_what_a_reading_lets_pass(events: list[tuple[str, bytes]], data: st.DataObject) -> None:
    topic, event = data.draw(st.sampled_from(events))
    changed = bytearray(event)
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(changed) - 1))
        put = bytes(data.draw(st.lists(st.sampled_from(_TELLING) | st.integers(0, 255), max_size=3)))
        changed[at : at + data.draw(st.integers(0, 3))] = put

    _hold(_learned(events), topic, event, bytes(changed))
