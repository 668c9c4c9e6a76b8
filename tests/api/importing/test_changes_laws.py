"""A law of imports: every commit's state comes out as replaying the stream gives it, in one piece or in several, mended or whole."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.api.importing.streams import (
    State,
    add,
    appear,
    change,
    commit,
    delete,
    go,
    import_stream,
    records,
    replayed,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from ledger.values import Json

_IDS = ("a", "Ä 1/~2", "a ")
_FIELDS = ("title", "link", "n")
_VALUES = st.sampled_from(("x", "y", "https://example.org/é", "", 1, True, 1.5, ["b", "a"], None))
_OF_NO_RECORD = commit(0, add("none", "n", 1), at="2021-03-01T00:00:00Z")
_LINKS = st.sampled_from(("https://example.org/1", "[L](https://example.org/1)", "z", "é"))


@st.composite
def streams(draw: st.DrawFn) -> list[Json]:
    """Streams of the documented shape: each change fits what stands before it."""
    lines: list[Json] = []
    hour = 0
    for number in range(draw(st.integers(1, 6))):
        hour += draw(st.integers(0, 2))
        changes: list[Json] = []
        for _ in range(draw(st.integers(0, 6))):
            state = replayed([*lines, commit(number, *changes)])
            changes += draw(_more(state))
        lines.append(commit(number, *changes, at=f"2021-03-01T{hour:02}:00:00Z"))
    return lines


def _more(state: State) -> st.SearchStrategy[list[Json]]:
    """Changes that fit a state: one, or a withdrawal with all that the record still held, or without."""
    return st.sampled_from(_IDS).flatmap(lambda record: _of_record(state, record))


def _of_record(state: State, record: str) -> st.SearchStrategy[list[Json]]:
    fields = state.get(record)
    if fields is None:
        return st.just([appear(record)])
    leaving = [delete(record, name, one) for name, held in fields.items() for one in _each(name, held)]
    return st.one_of(
        st.sampled_from(([*leaving, go(record)], [go(record)])),
        st.sampled_from(_FIELDS).flatmap(lambda name: _of_field(record, name, fields.get(name, _NONE))),
    )


_NONE: Any = object()


def _each(name: str, held: object) -> list[Json]:
    return list(held) if name == "link" and isinstance(held, list) else [held]


def _of_field(record: str, name: str, held: object) -> st.SearchStrategy[list[Json]]:
    values = _LINKS if name == "link" else _VALUES
    made: Callable[[Json], list[Json]]
    if held is _NONE:
        return values.map(lambda new: [add(record, name, new)])
    if isinstance(held, list) and name == "link":
        gone = st.sampled_from(held).map(lambda old: [delete(record, name, old)])
        new = values.filter(lambda one: one not in held).map(lambda one: [add(record, name, one)])
        return st.one_of(gone, new) if len(held) < 4 else gone
    made = lambda new: [change(record, name, held, new)]  # noqa: E731  one line of a strategy
    return st.one_of(
        st.just([delete(record, name, held)]), values.filter(lambda one: _differs(one, held)).map(made)
    )


def _differs(one: object, other: object) -> bool:
    return repr(one) != repr(other)


@settings(max_examples=max(1, settings().max_examples // 5))  # each makes a ledger and asks it a dozen times
@given(
    streams(),
    st.integers(0, 6),
    st.integers(0, 6),
    st.sampled_from((b"{", b'{"changes": []}', _OF_NO_RECORD)),
)
def test_every_state_comes_out_as_it_was(lines: list[Json], cut: int, broken: int, fault: Json) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "desk.ledger"
        if broken < len(lines):
            refused = import_stream(path, [*lines[:broken], fault, *lines[broken + 1 :]], "--json")
            assert (3, broken) == (refused.code, refused.json["recorded"])
        for part in (lines[:cut], lines):
            answer = import_stream(path, part, "--json")
            assert (0, 0) == (answer.code, answer.json["notes"]), answer.err
        for number, line in enumerate(lines):
            last = max(n for n, one in enumerate(lines) if one["committed_at"] == line["committed_at"])
            expected = replayed(lines[: last + 1])
            assert repr(_sorted(expected)) == repr(
                _sorted(records(path, "--public-at", line["committed_at"]))
            ), number


def _sorted(state: State) -> Json:
    return {key: dict(sorted(state[key].items())) for key in sorted(state)}
