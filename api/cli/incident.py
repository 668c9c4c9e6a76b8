"""The commands that show an incident."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import typer

from api.in_words import none_known, point_in_words, words_of
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
from api.terminal.shown import audit_lines, incident_lines, wrapped
from api.terminal.telling import ending_plainly, print_json, print_lines
from ledger.history import KnownAt
from projections.audit_trail import trail_at, upon
from projections.axes import Axes
from projections.incident_view import IncidentView, incident_view
from projections.told_facts import told_incident

__all__ = ["audit", "show"]


def _heading(view: IncidentView, axes: Axes, known: KnownAt) -> Iterator[str]:
    yield words_of(view.title)
    yield from wrapped(f"as known at {point_in_words(known.position, axes, final=known.final)}", 0, 4)
    yield ""


def show(  # noqa: PLR0913, PLR0917  Typer makes options of them; nobody calls it by position
    incident: Incident,
    ledger: LedgerFile = DEFAULT_LEDGER,
    known_at: KnownAtOption = None,
    public_at: PublicAtOption = None,
    occurred_from: OccurredFrom = None,
    occurred_to: OccurredTo = None,
    overlap: OverlapOption = None,
    full: Annotated[bool, typer.Option("--full", help="Every passage of every fact.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show an incident: its facts in order of occurrence, each with how it stands and the words behind it."""
    with ending_plainly(), open_for_reading(ledger) as opened:
        axes, known = axes_of(opened, known_at, public_at, (occurred_from, occurred_to, overlap))
        require_incident(opened, incident, known)
        events = opened.history.of_incident(incident, axes.known)
        if as_json:
            print_json(with_point(told_incident(events, incident, axes), axes, known))
            return
        view = told_incident(events, incident, axes.point)
        if view is None:
            refuse(f"incident '{incident}' was not known yet at position {known.position}")
        print_lines(*_heading(view, axes, known), *incident_lines(view, axes, whole=full))


def audit(  # noqa: PLR0913, PLR0917  Typer makes options of them; nobody calls it by position
    incident: Incident,
    ledger: LedgerFile = DEFAULT_LEDGER,
    known_at: KnownAtOption = None,
    public_at: PublicAtOption = None,
    occurred_from: OccurredFrom = None,
    occurred_to: OccurredTo = None,
    overlap: OverlapOption = None,
    fact: Annotated[str | None, typer.Option("--fact", help="Only acts upon this fact.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show the audit trail: every act, who recorded it and when, what it changed from what to what, why, and on which words."""
    with ending_plainly(), open_for_reading(ledger) as opened:
        axes, known = axes_of(opened, known_at, public_at, (occurred_from, occurred_to, overlap))
        require_incident(opened, incident, known)
        events = opened.history.of_incident(incident, axes.known)
        view = incident_view(events, incident, axes)
        if view is None:
            refuse(f"incident '{incident}' was not known yet at position {known.position}")
        entries = trail_at(events, incident, axes)
        if fact is not None:
            facts = dict.fromkeys(entry.fact for entry in entries if entry.fact is not None)
            if fact not in facts:
                has = f"it has: {', '.join(facts)}" if facts else "it has none"
                refuse(f"incident '{incident}' has no fact '{fact}' at position {known.position}; {has}")
            entries = upon(entries, (fact,))
        if as_json:
            members = ("incident", "title", "zone", "position", "public_at")
            told = {name: value for name in members if (value := getattr(view, name)) is not None}
            print_json(with_point({**told, "entries": entries}, axes, known))
        else:
            print_lines(*_heading(view, axes, known), *audit_lines(entries))
            if not entries:
                print_lines(none_known(axes))
