"""The command `timeline`: the facts in order of occurrence, uncertain times as bars, and what cannot be with its passages."""

from __future__ import annotations

import datetime as dt
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Annotated

import typer

from api.in_words import clipped, instant_in_words, none_known, point_in_words, when_in_words, words_of
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
    refuse,
    require_incident,
    with_point,
)
from api.terminal.shown import WIDTH, wrapped
from api.terminal.telling import ending_plainly, print_json, print_lines
from api.terminal.timeline_bars import LEGEND, Scale, bar, scale_lines
from api.terminal.wrapping import wrap
from ledger.history import KnownAt
from ledger.values import Absent
from ledger.zones import find_zone
from projections import timeline as line
from projections.axes import Axes
from projections.fact_fold import FactView
from projections.incident_view import IncidentView, incident_view
from projections.tight_bounds import occurring
from projections.told_facts import told_timeline

__all__ = ["bar_lines", "plain_lines", "timeline"]

_WHEN = 28
_NARROWEST, _BESIDE, _WIDEST = 40, 80, 140
_MOST_LABEL, _MOST_NARROW_LABEL = 24, 12
_DERIVED = "* worked out from the order of the facts: nobody dates this one, or not so closely"
_QUOTE_WIDTH = 200


def _heading(view: IncidentView, axes: Axes, known: KnownAt, width: int = WIDTH) -> Iterator[str]:
    yield from wrap(words_of(view.title), width)
    point = point_in_words(known.position, axes, final=known.final, zone=view.zone)
    yield from wrapped(f"as known at {point}", 0, 4, width)
    yield ""


def _said(fact: FactView) -> str:
    mark = "[retracted] " if "retracted" in fact.decided else ""
    return mark + (words_of(fact.content.statement) or f"({fact.content.slug})")


def _order(entry: line.TimelineEntry, fact: FactView) -> Iterator[str]:
    """What is said of its order, and by whose words it stands here where the record leaves that open."""
    related = (
        ("after", entry.after),
        ("during", entry.during),
        ("at the time of", entry.same_time),
        ("before", entry.before),
    )
    told = [f"{word} {', '.join(others)}" for word, others in related if others]
    if told:
        yield "; ".join(told)
    if entry.placed_by:
        sources = {one.attestation.id: one.attestation.source for one in fact.attestations}
        named = dict.fromkeys(sources.get(ident, ident) for ident in entry.placed_by)
        yield f"stands here by the words of {', '.join(named)}; the record leaves it open"


def _impossible(entry: line.TimelineEntry) -> Iterator[str]:
    """What cannot be, each once with the fact that it is said of, and its passages."""
    for one in entry.impossible:
        beside = f", with {', '.join(one.clashes_with)}" if one.clashes_with else ""
        yield f"IMPOSSIBLE: {one.in_short}{beside}"
        if one.fact != entry.fact:
            yield f"    its passages stand with {one.fact}"
            continue
        for passage in one.passages:
            quote = (
                "(no words quoted)" if passage.quote is None else f'"{clipped(passage.quote, _QUOTE_WIDTH)}"'
            )
            struck = "" if passage.counts else " [does not count]"
            says = "on the order" if passage.says == "order" else f"on the time of {passage.fact}"
            yield f"    {passage.source} {says}: {quote}{struck}"


def _wrapped(text: str, indent: int, width: int) -> list[str]:
    bare = text.lstrip()
    start = indent + len(text) - len(bare)
    return wrap(bare, width, first=" " * start, later=" " * (start + 4))


def plain_lines(view: IncidentView, axes: Axes, known: KnownAt) -> Iterator[str]:
    """The timeline without bars: when beside what. `view` has all facts; `axes` says which of them are told."""
    entries, facts = _of(view, axes)
    yield from _heading(view, axes, known)
    for entry in entries:
        fact = facts[entry.fact]
        right = wrap(f"{entry.fact}: {_said(fact)}", WIDTH - _WHEN - 2)
        for text in (*_order(entry, fact), *_impossible(entry)):
            right += _wrapped(text, 2, WIDTH - _WHEN - 2)
        left = wrap(when_in_words(entry, view.zone), _WHEN)
        for when, text in zip_longest(left, right, fillvalue=""):
            yield f"{when:<{_WHEN}}  {text}".rstrip()
    yield from _ending(entries, axes)


def bar_lines(view: IncidentView, axes: Axes, known: KnownAt, width: int) -> Iterator[str]:
    """The timeline with a bar for each fact, `width` columns wide. `view` has all facts; `axes` says which of them are told.

    When each may have happened stands beside its bar or, where a terminal has no room for that, below it.
    """
    entries, facts = _of(view, axes)
    beside = width >= _BESIDE
    most = _MOST_LABEL if beside else _MOST_NARROW_LABEL
    label = min(most, max((len(entry.fact) for entry in entries), default=0)) + 1
    scale = Scale(entries, width - label - (_WHEN + 2 if beside else 0))
    yield from _heading(view, axes, known, width)
    for names in scale_lines(scale, lambda instant: _tick(instant, view.zone)):
        if names:
            yield f"{'':<{label}}{names}"
    for entry in entries:
        fact = facts[entry.fact]
        drawn, when = (
            f"{clipped(entry.fact, label - 1):<{label}}{bar(entry, scale)}",
            when_in_words(entry, view.zone),
        )
        if beside:
            words = wrap(when, _WHEN)
            yield f"{drawn}  {words[0]}"
            yield from (f"{'':<{label + scale.width}}  {rest}" for rest in words[1:])
        else:
            yield drawn.rstrip()
            yield from _wrapped(when, 4, width)
        yield from _wrapped(_said(fact), 4, width)
        for text in (*_order(entry, fact), *_impossible(entry)):
            yield from _wrapped(text, 6, width)
    yield from _ending(entries, axes, width)
    if entries:
        yield from wrap(LEGEND, width)


def _tick(instant: dt.datetime, zone: str | Absent) -> str:
    if isinstance(zone, str) and zone:
        instant = find_zone(zone, field="/zone").face(instant)
    return instant_in_words(instant, clock=instant.time() != dt.time(0))


def _of(view: IncidentView, axes: Axes) -> tuple[Sequence[line.TimelineEntry], Mapping[str, FactView]]:
    told = occurring(view.facts, axes.occurred)
    entries = [entry for entry in line.timeline(view.facts) if entry.fact in told]
    return entries, {fact.fact: fact for fact in view.facts}


def _ending(entries: Sequence[line.TimelineEntry], axes: Axes, width: int = WIDTH) -> Iterator[str]:
    if not entries:
        yield from wrap(none_known(axes), width)
        return
    yield ""
    if any(entry.derived for entry in entries):
        yield from wrap(_DERIVED, width)


def timeline(  # noqa: PLR0913, PLR0917  Typer makes options of them; nobody calls it by position
    incident: Incident,
    ledger: LedgerFile = DEFAULT_LEDGER,
    known_at: KnownAtOption = None,
    public_at: PublicAtOption = None,
    occurred_from: OccurredFrom = None,
    occurred_to: OccurredTo = None,
    overlap: OverlapOption = None,
    bars: Annotated[
        bool | None,
        typer.Option("--bars/--plain", help="With bars or without; left out: with, where it is a terminal."),
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Show the facts of an incident in order of occurrence: uncertain times as bars, what is worked out marked, what cannot be said."""
    with ending_plainly(), open_for_reading(ledger) as opened:
        axes, known = axes_of(opened, known_at, public_at, (occurred_from, occurred_to, overlap))
        require_incident(opened, incident, known)
        found = opened.history.of_incident(incident, axes.known)
        view = incident_view(found, incident, axes.point)
        if view is None:
            refuse(f"incident '{incident}' was not known yet at position {known.position}")
        if as_json:
            print_json(with_point(told_timeline(found, incident, axes), axes, known))
        elif bars or (bars is None and sys.stdout.isatty()):
            columns = shutil.get_terminal_size((WIDTH, 24)).columns
            print_lines(*bar_lines(view, axes, known, min(max(columns, _NARROWEST), _WIDEST)))
        else:
            print_lines(*plain_lines(view, axes, known))
