"""The command `changes`: what changed in an incident between two points of one axis, the other held (docs/changes.md)."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from typing import Annotated, Literal

import msgspec
import typer

from api.in_words import clipped, window_in_words, words_of
from api.opening import open_for_reading
from api.terminal.options import (
    DEFAULT_LEDGER,
    AsJson,
    Incident,
    KnownAtOption,
    LedgerFile,
    OccurredFrom,
    OccurredTo,
    OverlapOption,
    PublicAtOption,
    axes_of,
    instant_of,
    point_said,
    refuse,
    require_incident,
    with_point,
)
from api.terminal.shown import WIDTH, wrapped
from api.terminal.telling import ending_plainly, misused, print_json, print_lines
from api.terminal.wrapping import wrap
from ledger.history import KnownAt
from projections import changes as view
from projections.axes import Axes

__all__ = ["change_lines", "changes"]

_SORT_WIDTH = 14
_MOST_QUOTES = 3
_QUOTE_WIDTH = 200
_BEGINNING = dt.datetime.min.replace(tzinfo=dt.UTC)
"""Stands for a time by which nothing was public."""


def _shown_point(point: view.Point, axis: str | None) -> str:
    if axis != "public":
        return f"position {point.known}"
    if point.public is None:
        return "all that is known"
    return "the beginning" if point.public == _BEGINNING.isoformat() else point.public


def _heading(told: view.Changes, axes: Axes, *, final: bool) -> Iterator[str]:
    held = ""
    if told.axis == "public":
        held = f", as known at position {told.to.known}"
    elif told.to.public is not None:
        held = f", counting what was public by {told.to.public}"
    if axes.occurred is not None:
        held += f", of what {window_in_words(axes.occurred)}"
    axis = "what was public" if told.axis == "public" else "what was known"
    open_ended = "" if final else " (not final: more may still be recorded up to then)"
    yield words_of(told.title)
    points = f"from {_shown_point(told.from_, told.axis)} to {_shown_point(told.to, told.axis)}"
    back = ", told backwards" if told.backwards else ""
    yield from wrapped(f"{axis} {points}{held}{back}{open_ended}", 0, 4)
    number = Counter(entry.sort for entry in told.entries)
    if number:
        total = len(told.entries)
        counted = ", ".join(f"{count} {sort}" for sort, count in number.most_common())
        yield f"{total} change{'' if total == 1 else 's'}: {counted}"
    else:
        yield "Nothing changed."
    yield ""


def _beside(sort: str, text: str) -> list[str]:
    return wrap(text, WIDTH, first=f"{sort:<{_SORT_WIDTH}}", later=" " * _SORT_WIDTH)


def _entry_lines(entry: view.ChangeEntry) -> Iterator[str]:
    """The sort, the sentence, which acts did it, and the words they cite."""
    yield from _beside(entry.sort, entry.sentence)
    for account in entry.acts:
        by = account.actor if account.on_behalf_of is None else f"{account.actor} for {account.on_behalf_of}"
        named = ", ".join(f"{word} {account.words[word]}" for word in ("class",) if word in account.words)
        told = f"position {account.position}, {account.recorded_at[:19]}Z, by {by}: {account.type}"
        yield from _beside("", told + (f" ({named})" if named else ""))
    quotes = dict.fromkeys(
        f'{one.source}: "{clipped(one.quote, _QUOTE_WIDTH)}"'
        for account in entry.acts
        for one in account.citations
        if one.quote is not None
    )
    for quote in list(quotes)[:_MOST_QUOTES]:
        yield from _beside("", quote)


def change_lines(told: view.Changes, axes: Axes, *, final: bool) -> Iterator[str]:
    """The changes as text: each with its sentence, the acts that did it, and the words they cite."""
    yield from _heading(told, axes, final=final)
    for entry in told.entries:
        yield from _entry_lines(entry)
        yield ""


def changes(  # noqa: PLR0913, PLR0917  Typer makes options of them; nobody calls it by position
    incident: Incident,
    from_: Annotated[
        str | None,
        typer.Option("--from", help="The one point: a date-time or a position; left out: the beginning."),
    ] = None,
    to: Annotated[
        str | None, typer.Option("--to", help="The other point, likewise; left out: all that is known.")
    ] = None,
    axis: Annotated[
        Literal["known", "public"], typer.Option("--axis", help="Along which axis the points lie.")
    ] = "known",
    ledger: LedgerFile = DEFAULT_LEDGER,
    known_at: KnownAtOption = None,
    public_at: PublicAtOption = None,
    occurred_from: OccurredFrom = None,
    occurred_to: OccurredTo = None,
    overlap: OverlapOption = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Show what changed in an incident between two points of an axis, the other held: by which acts, why, and in a sentence each."""
    held, other = ("--public-at", known_at) if axis == "known" else ("--known-at", public_at)
    if other is not None:
        misused(f"along {axis} the two points are --from and --to; only {held} is held")
    with ending_plainly(), open_for_reading(ledger) as opened:
        axes, head = axes_of(opened, known_at, public_at, (occurred_from, occurred_to, overlap))
        if axis == "known":
            start = opened.history.at_position(0) if from_ is None else point_said(opened, "--from", from_)
            end = head if to is None else point_said(opened, "--to", to)
            points = [msgspec.structs.replace(axes, known=one.position) for one in (start, end)]
            final = start.final and end.final
        else:
            first = _BEGINNING if from_ is None else instant_of("--from", from_)
            last = None if to is None else instant_of("--to", to)
            points = [msgspec.structs.replace(axes, public=instant) for instant in (first, last)]
            final = head.final
        later = max(point.known for point in points)
        require_incident(opened, incident, KnownAt(position=later, final=final))
        told = view.changes(opened.history.of_incident(incident, later), incident, *points)
        if told is None:
            refuse(f"incident '{incident}' was not known yet at position {later}")
        if as_json:
            print_json(with_point(told, axes, KnownAt(position=later, final=final)))
        else:
            print_lines(*change_lines(told, axes, final=final))
