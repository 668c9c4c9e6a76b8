"""The commands source list and source show: what is known of the sources, and what was taken from them."""

from __future__ import annotations

from typing import Annotated

import msgspec
import typer

from api.opening import OpenedForReading, open_for_reading
from api.terminal.left_out import Streams
from api.terminal.options import (
    DEFAULT_LEDGER,
    AsJson,
    KnownAtOption,
    LedgerFile,
    known_point,
    print_items,
    print_standing,
    require_source,
)
from api.terminal.shown_source import source_lines, source_list_lines
from api.terminal.telling import ending_plainly, print_json, print_lines
from api.texts import texts_of
from ledger.related_sources import sources_named_by
from projections.anchoring import Anchor, anchors
from projections.axes import Axes
from projections.incident_view import incident_view
from projections.source_account import (
    CitingAct,
    CitingFact,
    SourceAccount,
    acts_citing,
    facts_citing,
    is_attested_by,
    source_accounts,
)

__all__ = ["accounts_of", "list_sources", "show"]


def accounts_of(streams: Streams, known: int) -> dict[str, SourceAccount]:
    """The account of every source as known at a position."""
    return source_accounts(streams.of_sources(), known)


def _citing(
    ledger: OpenedForReading, streams: Streams, source: str, known: int
) -> tuple[list[CitingFact], list[CitingAct]]:
    """What cites a source, an incident at a time: only one is held whole."""
    of_sources = streams.of_sources()
    facts: list[CitingFact] = []
    acts = list(acts_citing(of_sources, source, known))
    for incident in ledger.history.incidents():
        own = streams.events(f"incident/{incident}")
        acts += acts_citing(own, source, known)
        if not is_attested_by(own, source):
            continue
        events = sorted([*own, *of_sources], key=lambda event: event.position)
        view = incident_view(events, incident, Axes(known=known))
        if view is not None:
            facts += facts_citing(view, source)
    return facts, sorted(acts, key=lambda act: act.position)


def _anchored(ledger: OpenedForReading, streams: Streams, source: str, known: int) -> tuple[Anchor, ...]:
    """What became of every citation of a source in each newer capture of it."""
    events = streams.of_sources()
    for incident in ledger.history.incidents():
        own = streams.events(f"incident/{incident}")
        if source in sources_named_by(own):
            events += own
    events.sort(key=lambda event: event.position)
    return anchors(events, source, known, texts_of(ledger.blobs))


def list_sources(
    ledger: LedgerFile = DEFAULT_LEDGER, known_at: KnownAtOption = None, as_json: AsJson = False
) -> None:
    """List the sources: what each is, and how often it was captured."""
    with ending_plainly(), open_for_reading(ledger) as opened:
        known = known_point(opened, known_at)
        streams = Streams(opened, known.position)
        accounts = accounts_of(streams, known.position)
        if as_json:
            print_items(accounts.values(), known, streams.member())
        else:
            print_lines(*source_list_lines(accounts.values()))
            print_standing(known)


def show(
    source: Annotated[str, typer.Argument(help="The source's id.")],
    ledger: LedgerFile = DEFAULT_LEDGER,
    known_at: KnownAtOption = None,
    as_json: AsJson = False,
) -> None:
    """Show a source: description, captures, its own notices, who copied whom, what rests on it, and what became of the words cited."""
    with ending_plainly(), open_for_reading(ledger) as opened:
        known = known_point(opened, known_at)
        require_source(opened, source, known)
        opened.history.stream(f"source/{source}", known.position)
        streams = Streams(opened, known.position)
        account = accounts_of(streams, known.position)[source]
        facts, acts = _citing(opened, streams, source, known.position)
        anchored = _anchored(opened, streams, source, known.position)
        if as_json:
            print_json(
                {
                    **msgspec.to_builtins(account),
                    "facts": facts,
                    "acts": acts,
                    "anchors": anchored,
                    "position": known.position,
                    "final": known.final,
                    **streams.member(),
                }
            )
        else:
            print_lines(*source_lines(account, facts, acts, anchored))
            print_standing(known)
