"""The main job on the Little Rock incident: appended to a fresh file, then shown as known and as public at several points."""

from __future__ import annotations

import datetime as dt
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import orjson

from api.in_words import instant_in_words, words_of
from api.lines import answers
from api.terminal.shown import WIDTH, audit_lines, incident_lines
from api.terminal.wrapping import wrap
from ledger.append import Caller
from ledger.errors import StoreError
from ledger.zones import find_zone
from projections.audit_trail import audit_trail
from projections.axes import Axes
from projections.incident_view import IncidentView, incident_view
from projections.source_view import sources_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from api.opening import Opened
    from ledger.events import Act, Recorded
    from ledger.values import Absent, Json

__all__ = ["INCIDENT", "LATER_SOURCE", "PUBLIC_AT", "append_demo", "demo_folder", "demo_json", "demo_lines"]

INCIDENT = "little-rock-2021-05-08"
LATER_SOURCE = "account-c"
PUBLIC_AT = dt.datetime(2021, 5, 10, tzinfo=dt.timezone(dt.timedelta(hours=-5)))
ACTOR = "demo-desk"


def demo_folder() -> Path:
    """Where the incident's acts and source texts lie: beside the packages, or inside an installed one."""
    for folder in (
        Path(__file__).parent.parent / "fixtures" / "incidents",
        Path(__file__).parent / "incidents",
    ):
        if (folder / "little-rock" / "acts.jsonl").is_file():
            return folder / "little-rock"
    raise StoreError("the demonstration's files are not installed; run it from a checkout of the project")


def demo_acts(folder: Path) -> Iterator[bytes]:
    """The lines of the demonstration, each source text put where its file is named."""
    for line in (folder / "acts.jsonl").read_bytes().splitlines():
        command: dict[str, Json] = orjson.loads(line)
        name = command.pop("text_file", None)
        if name is not None:
            command["text"] = (folder / "sources" / Path(name).name).read_bytes().decode()
        yield orjson.dumps(command)


def append_demo(ledger: Opened) -> int:
    """Append every act, and say how many. Raises the refusal of the first that is refused: the fixture would be wrong."""
    count = 0
    for answer in answers(demo_acts(demo_folder()), ledger.writer, ledger.ids, Caller(actor=ACTOR)):
        if answer.refused is not None:
            raise answer.refused
        count += 1
    return count


class _Points(NamedTuple):
    """The three points at which the demonstration stands: now, before the later source came in, and as public by PUBLIC_AT."""

    now: IncidentView
    before: IncidentView
    public: IncidentView


def _points(events: list[Recorded[Act]]) -> _Points:
    head = max(event.position for event in events)
    before = next(event.position for event in events if event.stream == f"source/{LATER_SOURCE}") - 1
    asked = (Axes(known=head), Axes(known=before), Axes(known=head, public=PUBLIC_AT))
    return _Points(*(view for axes in asked if (view := incident_view(events, INCIDENT, axes)) is not None))


def _wrapped(text: str, indent: int = 0) -> list[str]:
    return wrap(text, WIDTH, first=" " * indent, later="   ")


def _since(then: IncidentView, now: IncidentView) -> Iterator[str]:
    """What today's view has that another has not, in words: the facts not there, and those that read otherwise."""
    there = {fact.fact: fact for fact in then.facts}
    missing = [fact.fact for fact in now.facts if fact.fact not in there]
    if missing:
        yield from _wrapped(f"Not there yet: {', '.join(missing)}.", 3)
    for fact in now.facts:
        before = there.get(fact.fact)
        if before is not None and before.content.statement != fact.content.statement:
            yield from _wrapped(f"'{fact.fact}' reads today: {words_of(fact.content.statement)}", 3)


def _part(number: int, heading: str, view: IncidentView, now: IncidentView) -> Iterator[str]:
    yield ""
    yield from _wrapped(f"{number}. {heading}: {len(view.facts)} facts")
    yield from _since(view, now)
    yield ""
    yield from incident_lines(view, Axes(known=view.position), brief=number > 1)


def _public_at(zone: str | Absent) -> str:
    """PUBLIC_AT as the clocks of the place showed it."""
    place = find_zone(zone, field="/zone") if isinstance(zone, str) else None
    return f"{instant_in_words(place.shows(PUBLIC_AT) if place else PUBLIC_AT)} {place.name if place else 'UTC-5'}"


def demo_lines(ledger: Opened) -> Iterator[str]:
    """The demonstration as text."""
    events = ledger.history.of_incident(INCIDENT)
    now, before, public = _points(events)
    sources = sources_at(events, now.position)
    entries = audit_trail(events, INCIDENT, now.position)
    changed = list(audit_lines(entries, whole=False))
    yield from _wrapped(
        f"{words_of(now.title)}: what {len(sources)} sources reported, kept by an incident-ledger."
    )
    yield from _wrapped(
        "Nothing here says what is true. Each fact says when it occurred, what is reported, how it stands, and in which words. An "
        "origin is an independent teller: a copy adds none. One origin makes a fact 'reported', more make it 'corroborated'."
    )
    yield from _part(1, f"WHAT IS REPORTED, in order of occurrence (position {now.position})", now, now)
    title = sources[LATER_SOURCE].title
    heading = f'WHAT THE LEDGER KNEW before it took in "{title}" (position {before.position})'
    yield from _part(2, heading, before, now)
    heading = f"WHAT THE PUBLIC COULD KNOW by {_public_at(now.zone)}, whenever the ledger learned of it"
    yield from _part(3, heading, public, now)
    yield ""
    yield f"4. WHAT WAS CHANGED, from what to what, and why (of {len(entries)} acts those that mended or contested something)"
    yield ""
    yield from changed
    yield ""
    corrected = next(entry.fact for entry in entries if entry.type == "FactCorrected")
    yield "Ask it yourself:"
    yield f"  export LEDGER_PATH={shlex.quote(str(ledger.path))}"
    yield f"  incident-ledger show {INCIDENT} --known-at {before.position}"
    yield f"  incident-ledger show {INCIDENT} --public-at {PUBLIC_AT.isoformat()} --full"
    yield f"  incident-ledger audit {INCIDENT} --fact {corrected}"
    yield "  incident-ledger verify"


def demo_json(ledger: Opened) -> dict[str, Json]:
    """The demonstration as data: the same four parts."""
    events = ledger.history.of_incident(INCIDENT)
    now, before, public = _points(events)
    return {
        "ledger": str(ledger.path),
        "incident": INCIDENT,
        "now": now,
        "before": before,
        "public": public,
        "audit": audit_trail(events, INCIDENT, now.position),
    }
