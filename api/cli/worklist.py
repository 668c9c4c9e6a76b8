"""The command `worklist`: what a source's change, a conflict or a dispute asks the desk to look at (docs/worklist.md)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Annotated

import msgspec
import typer

from api.in_words import clipped, words_of
from api.opening import OpenedForReading, open_for_reading
from api.terminal.left_out import Streams
from api.terminal.options import (
    DEFAULT_LEDGER,
    AsJson,
    KnownAtOption,
    LedgerFile,
    known_point,
    require_incident,
    require_source,
)
from api.terminal.shown import WIDTH
from api.terminal.telling import ending_plainly, print_json, print_lines
from api.terminal.wrapping import wrap
from api.texts import texts_of
from ledger.events import Act, IncidentAmended, IncidentOpened, Recorded
from ledger.history import KnownAt
from ledger.values import Absent
from projections import worklist as view
from projections.work_items import CitedWords, Item

__all__ = ["worklist", "worklist_lines"]

_QUOTE_WIDTH = 240
_SORTS = {
    "source-changed": "source changed",
    "source-notice": "source's notice",
    "conflict": "conflict",
    "dispute": "dispute",
    "unsupported": "unsupported",
}
_MARKS = {"superseded": " [superseded]", "withdrawn": " [withdrawn]", "settled": " [settled]"}
_STANCES = {"contradicts": ", contradicts", "denies": ", denies it"}


def _wrapped(text: str, indent: int, hanging: int = 0) -> list[str]:
    return wrap(text, WIDTH, first=" " * indent, later=" " * (indent + hanging))


def _quoted(text: str | None) -> str:
    return "(no words quoted)" if text is None else f'"{clipped(text, _QUOTE_WIDTH)}"'


def _passage(cited: CitedWords) -> str:
    stance, mark = _STANCES.get(cited.stance, ""), _MARKS.get(cited.why, "")
    return f"{cited.attestation}: {cited.source}{stance}: {_quoted(cited.quote)}{mark}"


def _item_lines(item: Item) -> Iterator[str]:
    """One matter: what sort, since when, what is asked, and the words, old and new."""
    since = f"since position {item.position}, {item.recorded_at[:19]}Z"
    yield f"    {_SORTS[item.sort]} ({since})"
    yield from _wrapped(item.sentence, 8)
    if item.anchor is None:
        for cited in item.passages:
            yield from _wrapped(_passage(cited), 8, 4)
        return
    found = item.anchor.found
    yield from _wrapped(f"old: {_quoted(item.anchor.words)}", 8, 5)
    if found is not None and found.now is not None:
        yield from _wrapped(f"new: {_quoted(found.now)}", 8, 5)
        for change in found.changes:
            old, new = (
                f'"{clipped(side, _QUOTE_WIDTH)}"' if side else "nothing" for side in (change.old, change.new)
            )
            yield from _wrapped(f"{old} -> {new}", 13, 4)


def _titles(events: Iterable[Recorded[Act]], known: int) -> dict[str, str | Absent]:
    titles: dict[str, str | Absent] = {}
    for event in events:
        act = event.body
        if event.position <= known and isinstance(act, IncidentOpened | IncidentAmended) and act.title:
            titles[event.stream.partition("/")[2]] = act.title
    return titles


def worklist_lines(items: Sequence[Item], titles: dict[str, str | Absent], known: KnownAt) -> Iterator[str]:
    """The worklist by incident, in each fact by fact, each matter with its words."""
    final = "" if known.final else " (not final: more may still be recorded up to then)"
    matters = (
        f"{len(items)} matter{'' if len(items) == 1 else 's'} to look at" if items else "nothing to look at"
    )
    yield f"{matters}, as known at position {known.position}{final}"
    for incident, of_incident in groupby(items, key=lambda item: item.incident):
        yield ""
        yield f"{words_of(titles.get(incident))} ({incident})"
        by_fact: dict[str, list[Item]] = {}
        for item in of_incident:
            by_fact.setdefault(item.fact, []).append(item)
        for fact, of_fact in by_fact.items():
            said = words_of(of_fact[0].statement) or "(no statement)"
            yield from _wrapped(f"{fact}: {clipped(said, _QUOTE_WIDTH)}", 2, 4)
            for item in of_fact:
                yield from _item_lines(item)


def _events(
    ledger: OpenedForReading, streams: Streams, incident: str | None, known: int
) -> list[Recorded[Act]]:
    """The events of every source, and of one incident or all, in ledger order."""
    if incident is not None:
        return ledger.history.of_incident(incident, known)
    names = [f"source/{one}" for one in ledger.history.sources()]
    names += [f"incident/{one}" for one in ledger.history.incidents()]
    return streams.together(names)


def worklist(
    ledger: LedgerFile = DEFAULT_LEDGER,
    known_at: KnownAtOption = None,
    incident: Annotated[str | None, typer.Option("--incident", help="Only matters of this incident.")] = None,
    source: Annotated[
        str | None, typer.Option("--source", help="Only matters that concern words of this source.")
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """List what the desk is asked to look at: sources that changed, conflicts, disputes, and facts that nothing supports any more."""
    with ending_plainly(), open_for_reading(ledger) as opened:
        known = known_point(opened, known_at)
        if incident is not None:
            require_incident(opened, incident, known)
        if source is not None:
            require_source(opened, source, known)
        streams = Streams(opened, known.position)
        events = _events(opened, streams, incident, known.position)
        items = view.concerning(
            view.worklist(events, known.position, texts_of(opened.blobs)), incident=incident, source=source
        )
        if as_json:
            print_json(
                {
                    "position": known.position,
                    "final": known.final,
                    "items": msgspec.to_builtins(items),
                    **streams.member(),
                }
            )
        else:
            print_lines(*worklist_lines(items, _titles(events, known.position), known))
