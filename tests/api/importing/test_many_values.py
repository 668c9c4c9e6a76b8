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


@pytest.mark.parametrize("cut", range(5))
@pytest.mark.parametrize(
    "more", [(), ("--many", "link"), ("--many", "link", "--many", "photo")], ids=range(3)
)
def test_a_stream_in_parts_comes_to_the_same_as_in_one_piece(
    path: Path, cut: int, more: tuple[str, ...]
) -> None:
    lines = [
        commit(0, appear("a"), add("a", "link", "x"), add("a", "photo", "one.jpg")),
        commit(1, change("a", "link", "x", "y")),
        commit(2, appear("b"), add("b", "link", "z"), change("a", "photo", "one.jpg", "two.jpg")),
        commit(3, add("a", "photo", "three.jpg")),
        commit(4, delete("a", "photo", "two.jpg")),
    ]
    for part in (lines[:cut], lines[cut:]):
        assert 0 == import_stream(path, part, *more).code

    assert {"a": {"link": "y", "photo": ["three.jpg"]}, "b": {"link": "z"}} == records(path)


def test_what_is_said_first_holds_where_nothing_is_said_later(path: Path) -> None:
    lines = [commit(0, appear("a"), add("a", "photo", "one.jpg"), add("a", "link", "x")), commit(1)]
    import_stream(path, lines[:1], "--many", "photo")
    import_stream(path, lines)

    assert {"a": {"photo": ["one.jpg"], "link": "x"}} == records(path)


def test_what_is_said_later_counts_though_no_line_is_new(path: Path) -> None:
    lines = [commit(0, appear("a"), add("a", "photo", "one.jpg"))]
    import_stream(path, lines)
    answer = import_stream(path, lines, "--many", "photo", "--json")

    assert (0, 1) == (answer.code, answer.json["repeated"])
    assert {"a": {"photo": ["one.jpg"]}} == records(path)
