"""Views as text for a terminal: the incident in order of occurrence, and its audit trail."""

from __future__ import annotations

import textwrap
from itertools import zip_longest
from typing import TYPE_CHECKING

from api.in_words import (
    change_in_words,
    clipped,
    disagreement_in_words,
    quoted,
    standing_in_words,
    when_in_words,
    words_of,
)
from ledger.values import Absent
from projections.timeline import timeline

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ledger.verify import Report
    from projections.audit_trail import AuditEntry, Change
    from projections.fact_fold import AttestationView, FactView
    from projections.incident_view import IncidentView
    from projections.timeline import TimelineEntry

__all__ = ["WIDTH", "audit_lines", "fact_lines", "incident_lines", "report_lines"]

WIDTH = 110
_WHEN = 28
_STAR = "* worked out from the order of the facts: nobody dates this one, or not so closely"
_STANCES = {
    "supports": "",
    "contradicts": "contradicts: ",
    "denies": "denies it: ",
    "mentions": "mentions it: ",
    "declines": "declines to say: ",
}
_MENDING = ("FactCorrected", "FactAmended", "FactRetracted", "FactReinstated", "AttestationWithdrawn")
_CONTESTING = ("FactDisputed", "DisputeResolved", "IncidentAmended", "Redacted")
_WORDS = (
    "class",
    "cause",
    "by",
    "grounds",
    "reason",
    "notice",
    "in_favour_of",
    "rests_on",
    "legal_basis",
    "authority",
)


def _wrapped(text: str, indent: int, hanging: int = 0, width: int = WIDTH) -> list[str]:
    return textwrap.wrap(
        text,
        width,
        initial_indent=" " * indent,
        subsequent_indent=" " * (indent + hanging),
        break_on_hyphens=False,
    )


def _passage_lines(view: AttestationView) -> list[str]:
    cited = view.attestation
    struck = "" if view.counts or view.why in ("mentions", "declines") else f" [{view.why}]"
    pinned = "" if view.pinned else " [not pinned]"
    return _wrapped(f"{cited.source}: {_STANCES[cited.stance]}{quoted(view)}{struck}{pinned}", _WHEN + 2, 4)


def _telling(view: FactView) -> list[AttestationView]:
    """The passages to show in short: the first that supports, and every one that speaks against."""
    supports = [one for one in view.attestations if one.counts and one.attestation.stance == "supports"]
    against = [
        one for one in view.attestations if one.counts and one.attestation.stance in ("contradicts", "denies")
    ]
    return supports[:1] + against or list(view.attestations[:1])


def _beside(left: list[str], right: list[str]) -> Iterator[str]:
    for when, text in zip_longest(left, right, fillvalue=""):
        yield f"{when:<{_WHEN}}  {text}".rstrip()


def fact_lines(view: FactView, when: list[str], *, whole: bool = False, brief: bool = False) -> Iterator[str]:
    """One fact: when, what, how it stands, and the words that justify it; `whole`: every passage; `brief`: only the first."""
    said = words_of(view.content.statement) or f"({view.content.slug})"
    mark = "[retracted] " if "retracted" in view.decided else ""
    passages = list(view.attestations) if whole else _telling(view)
    lines = textwrap.wrap(mark + said, WIDTH - _WHEN - 2, break_on_hyphens=False)
    lines.append(f"{view.content.slug} '{view.fact}': {standing_in_words(view)}")
    lines += [line[_WHEN + 2 :] for passage in passages for line in _passage_lines(passage)]
    left_out = len(view.attestations) - len(passages)
    if left_out and not brief:
        lines.append(f"and {left_out} more passage{'' if left_out == 1 else 's'}")
    if view.disagreements and not brief:
        lines.append(
            f"passages exclude each other on {', '.join(map(disagreement_in_words, view.disagreements))}"
        )
    for dispute in () if brief else view.disputes:
        words = f"dispute {dispute.dispute} by {words_of(dispute.by)}, {dispute.stands}: {words_of(dispute.grounds)}"
        lines += _wrapped(words, 0, 4, WIDTH - _WHEN - 2)
    yield from _beside([line for part in when for line in _wrapped(part, 0, 0, _WHEN)], lines)


def _when_lines(entry: TimelineEntry, zone: str | Absent) -> list[str]:
    """When a fact occurred and, where nobody dates it, which facts it lies next to: those before it, else those after it."""
    when = [when_in_words(entry, zone)]
    if not (entry.derived or entry.undated):
        return when
    related = (("after", entry.after), ("during", entry.during), ("at the time of", entry.same_time))
    when += [f"  {word} {', '.join(others)}" for word, others in related if others]
    if len(when) == 1 and entry.before:
        when.append(f"  before {', '.join(entry.before)}")
    return when


def incident_lines(view: IncidentView, *, whole: bool = False, brief: bool = False) -> Iterator[str]:
    """The facts of an incident in order of occurrence, each with its citation."""
    places = {fact.fact: fact for fact in view.facts}
    line = timeline(view.facts)
    for entry in line:
        yield from fact_lines(places[entry.fact], _when_lines(entry, view.zone), whole=whole, brief=brief)
        for trouble in entry.trouble:
            yield from _wrapped(f"order: {trouble}", _WHEN + 2, 4)
    if any(entry.derived for entry in line) and not brief:
        yield _STAR
    if not view.facts:
        yield "No fact was known."


def _says(words: Mapping[str, object], name: str) -> str:
    value = words.get(name)
    if isinstance(value, dict):
        return words_of(Absent(absent=value["absent"]))
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return str(value)


def _title(entry: AuditEntry) -> str:
    what = entry.type if entry.fact is None else f"{entry.type} '{entry.fact}'"
    by = entry.actor if entry.on_behalf_of is None else f"{entry.actor} for {entry.on_behalf_of}"
    return f"position {entry.position}, version {entry.version}, {entry.recorded_at[:19]}Z, by {by}: {what}"


def _change_lines(change: Change, *, mending: bool) -> Iterator[str]:
    old, new = change_in_words(change.old, change.new)
    if change.old is None and (not mending or change.path.startswith("attestations/")):
        yield from _wrapped(f"{change.path}: {clipped(new, 3 * WIDTH)}", 4, 4)
        return
    line = f"    {change.path}: {old} -> {new}"
    if len(line) <= WIDTH:
        yield line
        return
    yield f"    {change.path}:"
    yield from _wrapped(f"from: {clipped(old, 3 * WIDTH)}", 8, 6)
    yield from _wrapped(f"to:   {clipped(new, 3 * WIDTH)}", 8, 6)


def audit_lines(entries: Iterable[AuditEntry], *, whole: bool = True) -> Iterator[str]:
    """The audit trail: each act with what it changed from what to what, why, and on which words.

    Without `whole` only the acts that mended, contested, settled or removed something.
    """
    for entry in entries:
        if not whole and entry.type not in (*_MENDING, *_CONTESTING):
            continue
        yield _title(entry)
        for change in entry.changes:
            yield from _change_lines(change, mending=entry.type in _MENDING)
        for name in _WORDS:
            if name in entry.words:
                yield from _wrapped(f"{name.replace('_', ' ')}: {_says(entry.words, name)}", 4, 4)
        for cited in entry.citations:
            quote = f': "{clipped(cited.quote, 160)}"' if cited.quote else ""
            yield from _wrapped(f"citing {cited.source}{quote}", 4, 4)


def report_lines(report: Report) -> Iterator[str]:
    """What a check covered, what it counted and what it found."""
    yield f"{report.verdict} (checked: {report.level})"
    yield f"events: {report.events}"
    yield f"disclosures: {report.disclosures} there, {report.redacted} lawfully removed"
    yield f"snapshots: {report.snapshots} there, {report.redacted_snapshots} lawfully removed"
    for finding in report.findings:
        yield from _wrapped(f"{finding.where}: {finding.what}", 0, 4)
    if report.left_off:
        yield f"and {report.left_off} more findings"
