"""The command `replay`: an incident act by act, each with the change it made and the state after it (docs/changes.md)."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from api.in_words import point_in_words, words_of
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
from api.terminal.wrapping import wrap
from projections import replay as view
from projections.act_account import Account
from projections.changes import changes
from projections.incident_view import IncidentView

__all__ = ["replay", "step_lines"]


def _title(account: Account) -> str:
    upon = account.fact or (
        account.stream.partition("/")[2] if account.stream.startswith("source/") else None
    )
    by = account.actor if account.on_behalf_of is None else f"{account.actor} for {account.on_behalf_of}"
    what = account.type if upon is None else f"{account.type} '{upon}'"
    return f"position {account.position}, {account.recorded_at[:19]}Z, by {by}: {what}"


def _standing(state: IncidentView) -> str:
    """How many facts stand after an act, and how."""
    number = len(state.facts)
    contested = sum(fact.status == "disputed" for fact in state.facts)
    retracted = sum("retracted" in fact.decided for fact in state.facts)
    parts = [f"{number} fact{'' if number == 1 else 's'}"]
    parts += [
        f"{count} {word}" for count, word in ((contested, "disputed"), (retracted, "retracted")) if count
    ]
    return ", ".join(parts)


def step_lines(step: view.ReplayStep, sentences: list[str]) -> Iterator[str]:
    """One act: who and when, what it changed in sentences, and how many facts stand after it."""
    yield _title(step.act)
    for said in sentences or ["It changes nothing in the state."]:
        yield from wrap(said, WIDTH, first="    ", later="    ")
    yield f"    then: {_standing(step.state)}"


def replay(  # noqa: PLR0917  Typer makes options of them; nobody calls it by position
    incident: Incident,
    ledger: LedgerFile = DEFAULT_LEDGER,
    known_at: KnownAtOption = None,
    public_at: PublicAtOption = None,
    occurred_from: OccurredFrom = None,
    occurred_to: OccurredTo = None,
    overlap: OverlapOption = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Replay an incident act by act: each act, what it changed, and the state after it; with --json one act a line."""
    with ending_plainly(), open_for_reading(ledger) as opened:
        axes, known = axes_of(opened, known_at, public_at, (occurred_from, occurred_to, overlap))
        require_incident(opened, incident, known)
        events = opened.history.of_incident(incident, axes.known)
        steps = view.replay(events, incident, axes)
        if as_json:
            for step in steps:
                print_json(with_point(step, axes, known))
            return
        told = changes(events, incident, msgspec.structs.replace(axes, known=0), axes)
        if told is None:
            refuse(f"incident '{incident}' was not known yet at position {known.position}")
        sentences: dict[int, list[str]] = {}
        for entry in told.entries:
            sentences.setdefault(entry.acts[0].position, []).append(entry.sentence)
        point = point_in_words(known.position, axes, final=known.final)
        print_lines(words_of(told.title), *wrapped(f"act by act, up to {point}", 0, 4), "")
        for step in steps:
            print_lines(*step_lines(step, sentences.get(step.act.position, [])))
