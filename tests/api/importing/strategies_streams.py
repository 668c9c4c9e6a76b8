"""Streams of the documented shape, each change fitting what stands before it: of short values, and of whole texts that are edited."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from tests.api.importing.streams import State, add, appear, change, commit, delete, go, replayed

if TYPE_CHECKING:
    from collections.abc import Callable

    from ledger.values import Json

__all__ = ["streams"]

_IDS = ("a", "A", "Ä 1/~2", "A\u0308 1/~2", "a ", "\u202e1\n2")
_FIELDS = ("title", "text", "link", "n", "", '"')
_VALUES = st.sampled_from(
    ("x", "X", "https://example.org/é", "", " ", "1,369", "1369", "=1", "\0", 1, True, 1.5, ["b", "a"], None)
)
_LINKS = st.sampled_from(
    (
        "https://example.org/1",
        "[L](https://example.org/1)",
        "z",
        "é",
        "e\u0301",
        "",
        "http://",
        "javascript:1",
    )
)
_SENTENCES = ("Police said so.", "שלום עולם. ", "“Größe”\r\n", "e\u0301", "👩\u200d👧 ", "\0\x01", "x" * 700)
_NONE: Any = object()
_OFFSETS_H = (0, -5, 14)


@st.composite
def streams(draw: st.DrawFn) -> list[Json]:
    """A stream. Its times do not run backwards, and some are the same, written with another offset."""
    lines: list[Json] = []
    at = dt.datetime(2021, 3, 1, tzinfo=dt.UTC)
    for number in range(draw(st.integers(1, 6))):
        at += dt.timedelta(hours=draw(st.integers(0, 2)), microseconds=draw(st.integers(0, 1)))
        changes: list[Json] = []
        if lines and draw(st.integers(0, 5)) == 0:
            back = draw(st.integers(0, len(lines)))
            changes += _way(replayed(lines), replayed(lines[:back]))
        for _ in range(draw(st.integers(0, 6))):
            state = replayed([*lines, commit(number, *changes)])
            changes += draw(_more(state))
        zone = dt.timezone(dt.timedelta(hours=draw(st.sampled_from(_OFFSETS_H))))
        lines.append(commit(number, *changes, at=at.astimezone(zone).isoformat()))
    return lines


def _way(one: State, other: State) -> list[Json]:
    """Changes that lead from one state to another: as a merge does that brings an old state back."""
    changes: list[Json] = []
    for record, fields in one.items():
        wanted = other.get(record, {})
        for name, held in fields.items():
            kept = _each(name, wanted[name]) if name in wanted else []
            changes += [delete(record, name, value) for value in _each(name, held) if value not in kept]
        if record not in other:
            changes.append(go(record))
    for record, fields in other.items():
        if record not in one:
            changes.append(appear(record))
        for name, wanted_ in fields.items():
            held_ = one.get(record, {}).get(name, _NONE)
            standing = [] if held_ is _NONE else _each(name, held_)
            changes += [add(record, name, value) for value in _each(name, wanted_) if value not in standing]
    return changes


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


def _each(name: str, held: object) -> list[Json]:
    return list(held) if name == "link" and isinstance(held, list) else [held]


def _of_field(record: str, name: str, held: object) -> st.SearchStrategy[list[Json]]:
    values = _LINKS if name == "link" else _texts(held) if name == "text" else _VALUES
    made: Callable[[Json], list[Json]]
    if held is _NONE:
        return values.map(lambda new: [add(record, name, new)])
    if isinstance(held, list) and name == "link":
        gone = st.sampled_from(held).map(lambda old: [delete(record, name, old)])
        new = values.filter(lambda one: one not in held).map(lambda one: [add(record, name, one)])
        return st.one_of(gone, new) if len(held) < 4 else gone
    made = lambda new: [change(record, name, held, new)]  # noqa: E731  one line of a strategy
    return st.one_of(
        st.just([delete(record, name, held)]), values.filter(lambda one: repr(one) != repr(held)).map(made)
    )


def _texts(held: object) -> st.SearchStrategy[Json]:
    """Whole texts; where one stands, with a sentence of it cut out or put in."""
    sentence = st.sampled_from(_SENTENCES)
    if not isinstance(held, str):
        return st.lists(sentence, min_size=1, max_size=6).map("".join)
    return st.tuples(st.integers(0, len(held)), st.integers(0, 30), sentence | st.just("")).map(
        lambda edit: held[: edit[0]] + edit[2] + held[edit[0] + edit[1] :]
    )
