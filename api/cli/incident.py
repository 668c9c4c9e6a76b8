"""The commands that show an incident."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import msgspec
import typer

from api.in_words import words_of
from api.opening import open_for_reading
from api.options import (
    DEFAULT_LEDGER,
    AsJson,
    Incident,
    KnownAtOption,
    LedgerFile,
    PublicAtOption,
    axes_of,
    refuse,
    require_incident,
)
from api.shown import audit_lines, incident_lines
from api.telling import ending_plainly, print_json, print_lines
from ledger.history import KnownAt
from projections.audit_trail import audit_trail, public_trail
from projections.incident_view import IncidentView, incident_view

__all__ = ["audit", "show"]


def _heading(view: IncidentView, known: KnownAt) -> Iterator[str]:
    public = "" if view.public_at is None else f", counting what was public by {view.public_at}"
    final = "" if known.final else " (not final: more may still be recorded up to then)"
    yield words_of(view.title)
    yield f"as known at position {known.position}{final}{public}"
    yield ""


def show(  # noqa: PLR0917  Typer makes options of them; nobody calls it by position
    incident: Incident,
    ledger: LedgerFile = DEFAULT_LEDGER,
    known_at: KnownAtOption = None,
    public_at: PublicAtOption = None,
    full: Annotated[bool, typer.Option("--full", help="Every passage of every fact.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show an incident: its facts in order of occurrence, each with how it stands and the words behind it."""
    with ending_plainly(), open_for_reading(ledger) as opened:
        axes, known = axes_of(opened, known_at, public_at)
        require_incident(opened, incident, known)
        view = incident_view(opened.history.of_incident(incident), incident, axes)
        if view is None:
            refuse(f"incident '{incident}' was not known yet at position {known.position}")
        if as_json:
            print_json({**msgspec.to_builtins(view), "final": known.final})
        else:
            print_lines(*_heading(view, known), *incident_lines(view, whole=full))


def audit(  # noqa: PLR0917  Typer makes options of them; nobody calls it by position
    incident: Incident,
    ledger: LedgerFile = DEFAULT_LEDGER,
    known_at: KnownAtOption = None,
    public_at: PublicAtOption = None,
    fact: Annotated[str | None, typer.Option("--fact", help="Only acts upon this fact.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show the audit trail: every act, who recorded it and when, what it changed from what to what, why, and on which words."""
    with ending_plainly(), open_for_reading(ledger) as opened:
        axes, known = axes_of(opened, known_at, public_at)
        require_incident(opened, incident, known)
        events = opened.history.of_incident(incident)
        whole = axes.public is None
        entries = audit_trail(events, incident, axes.known) if whole else public_trail(events, incident, axes)
        if fact is not None:
            facts = dict.fromkeys(entry.fact for entry in entries if entry.fact is not None)
            if fact not in facts:
                has = f"it has: {', '.join(facts)}" if facts else "it has none"
                refuse(f"incident '{incident}' has no fact '{fact}' at position {known.position}; {has}")
            entries = tuple(entry for entry in entries if entry.fact == fact)
        if as_json:
            print_json(entries)
        else:
            print_lines(*audit_lines(entries))
