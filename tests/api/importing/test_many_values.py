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


def test_null_is_one_of_many_values_and_goes_by_itself(path: Path) -> None:
    lines = [
        commit(0, appear("a"), add("a", "link", None), add("a", "link", "x"), add("a", "link", "y")),
        commit(1, delete("a", "link", None)),
    ]
    answer = import_stream(path, lines, "--json")

    assert (0, 0) == (answer.code, answer.json["notes"])
    assert {"a": {"link": ["x", "y"]}} == records(path)
    assert {"a": {"link": ["x", "y", None]}} == records(path, "--public-at", lines[0]["committed_at"])


def test_a_line_that_does_not_say_what_stood_means_the_only_value_that_does(path: Path) -> None:
    unsaid = [delete("a", "link", None), change("a", "city", None, "Rome"), delete("a", "n", None)]
    lines = [
        commit(0, appear("a"), add("a", "link", "x"), add("a", "link", "y"), add("a", "city", "Bonn")),
        commit(1, *unsaid),
        commit(2, delete("a", "link", "x"), *unsaid[:1]),
    ]
    answer = import_stream(path, lines, "--json")

    assert (0, 2) == (answer.code, answer.json["notes"])
    assert (
        "line 2: /changes/0: record 'a': the line does not say which value of link it means, and 2 stand\n"
        "line 2: /changes/2: record 'a': the line does not say which value of n it means, and none stand\n"
        == answer.err
    )
    assert {"a": {"link": ["x", "y"], "city": "Rome"}} == records(
        path, "--public-at", lines[1]["committed_at"]
    )
    assert {"a": {"city": "Rome"}} == records(path)
