"""What a redaction names on the command line: facts and events with paths, snapshots, and what they hold now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.in_words import clipped
from api.terminal.telling import misused
from ledger.disclosure import open_line, path_covers, path_of, split_lines
from ledger.strict_json import canonical
from projections.axes import Axes
from projections.incident_view import incident_view

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ledger.history import History
    from ledger.removal import Standing
    from ledger.values import Json

__all__ = ["counting_again", "event_targets", "fact_targets", "shown", "suggested"]

_CLIPPED = 100


def _parted(option: str, what: str, given: Iterable[str]) -> dict[str, list[str]]:
    paths: dict[str, list[str]] = {}
    for one in given:
        name, colon, path = one.partition(":")
        if not colon or not name or not path:
            misused(f"{option}: write {what} and a path with a colon between them, such as {what}:statement")
        paths.setdefault(name, []).append(path)
    return paths


def fact_targets(given: Iterable[str]) -> list[Json]:
    """The members `facts` of the command, from FACT:PATH. A value of another form is a fault of usage."""
    return [{"fact": fact, "paths": list(paths)} for fact, paths in _parted("--fact", "FACT", given).items()]


def event_targets(given: Iterable[str]) -> list[Json]:
    """The members `events` of the command, from VERSION:PATH. A value of another form is a fault of usage."""
    found: list[Json] = []
    for version, paths in _parted("--event", "VERSION", given).items():
        if not version.isascii() or not version.isdecimal():
            misused(f"--event: {version} is no version of the stream; it is a number from 1")
        found.append({"version": int(version), "paths": list(paths)})
    return found


def shown(history: History, stream: str, facts: Sequence[Json], events: Sequence[Json]) -> Iterator[str]:
    """A line for each disclosure that would go, with what it says."""
    of_facts = {one["fact"]: one["paths"] for one in facts if isinstance(one, dict)}
    of_events = {one["version"]: one["paths"] for one in events if isinstance(one, dict)}
    facts_of = {event.version: getattr(event.body, "fact", None) for event in history.stream(stream)}
    for row in history.stored(stream):
        paths = [*of_events.get(row.version, ()), *of_facts.get(facts_of[row.version], ())]
        for line in split_lines(row.disclosures):
            path = path_of(line)
            if any(path_covers(gone, path) for gone in paths):
                said = clipped(canonical(open_line(line)[2]).decode(), _CLIPPED)
                yield f"  version {row.version}, {row.topic.partition('@')[0]}, {path}: {said}"


def counting_again(
    history: History, incident: str, facts: Sequence[Json], events: Sequence[Json]
) -> Iterator[str]:
    """A line for each passage that its source took back, which nobody could tell any more without the words that would go."""
    of_facts = {one["fact"]: one["paths"] for one in facts if isinstance(one, dict)}
    of_events = {one["version"]: one["paths"] for one in events if isinstance(one, dict)}
    view = incident_view(history.of_incident(incident), incident, Axes(known=history.head().position))
    for fact in () if view is None else view.facts:
        for one in fact.attestations:
            words = f"attestations/{one.attestation.id}/selector"
            paths = [*of_facts.get(fact.fact, ()), *of_events.get(one.version, ())]
            if one.why == "superseded" and any(path_covers(gone, words) for gone in paths):
                yield (
                    f"  {fact.fact}: {one.attestation.source} took back what {one.attestation.id} quotes; where only that tells,"
                    " the passage counts again once its words are gone: withdraw it first, or retract the fact"
                )


def suggested(standings: Iterable[Standing]) -> list[str]:
    """The options that name every place that can be redacted: one command for each stream, without basis, authority and reason."""
    options: dict[str, dict[str, None]] = {}
    for one in standings:
        sort, _, ident = one.stream.partition("/")
        named = options.setdefault(f"--{sort} {ident}", {}) if one.by != "nothing" else {}
        match one.by:
            case "fact":
                named[f"--fact {one.fact}:{one.at}"] = None
            case "event":
                named[f"--event {one.version}:{one.at}"] = None
            case "snapshot":
                named[f"--snapshot {one.at}"] = None
            case "nothing":
                pass
    return [f"incident-ledger redact {stream} {' '.join(named)}" for stream, named in options.items()]
