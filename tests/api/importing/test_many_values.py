"""Which fields of a data set hold many values: it is said, or learned of what the stream does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.api.importing.streams import add, appear, change, commit, delete, import_stream, records

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "desk.ledger"


def test_a_field_is_learned_to_hold_many_values_when_it_does(path: Path) -> None:
    lines = [
        commit(0, appear("a"), add("a", "photo", "one.jpg"), appear("b"), add("b", "photo", "b.jpg")),
        commit(1, add("a", "photo", "two.jpg")),
        commit(2, delete("a", "photo", "one.jpg")),
    ]
    import_stream(path, lines[:1])
    assert {"a": {"photo": "one.jpg"}, "b": {"photo": "b.jpg"}} == records(path)
    import_stream(path, lines)

    assert {"a": {"photo": ["two.jpg"]}, "b": {"photo": ["b.jpg"]}} == records(path)


def test_a_field_is_said_to_hold_many_values_and_link_is_unless_another_is(path: Path) -> None:
    lines = [commit(0, appear("a"), add("a", "photo", "one.jpg"), add("a", "link", "x"))]
    import_stream(path, lines, "--many", "photo")

    assert {"a": {"photo": ["one.jpg"], "link": "x"}} == records(path)


def test_a_link_that_changes_in_place_is_one_value(path: Path) -> None:
    lines = [
        commit(0, appear("a"), add("a", "link", "https://example.org/x")),
        commit(1, change("a", "link", "https://example.org/x", "https://example.org/y")),
    ]
    import_stream(path, lines)

    assert {"a": {"link": "https://example.org/y"}} == records(path)
