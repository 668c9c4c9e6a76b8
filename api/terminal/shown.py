"""Views as text for a terminal: the incident in order of occurrence, and its audit trail."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING

from api.in_words import (
    change_in_words,
    clipped,
    disagreement_in_words,
    dispute_in_words,
    none_known,
    quoted,
    standing_in_words,
    value_in_words,
    when_in_words,
    words_of,
)
from api.terminal.wrapping import wrap
from ledger.values import Absent
from projections.audit_trail import flattened
from projections.tight_bounds import occurring
from projections.timeline import timeline
from projections.told_facts import ToldFact

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ledger.verify import Report
    from projections.audit_trail import AuditEntry, Change
    from projections.axes import Axes
    from projections.fact_fold import AttestationView, FactView
    from projections.incident_view import IncidentView
    from projections.timeline import TimelineEntry

__all__ = [
    "WIDTH",
    "audit_lines",
    "fact_lines",
    "incident_lines",
    "passage_in_words",
    "report_lines",
    "wrapped",
]

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
_VERDICTS = {
    "OK": "What lies here is what was recorded, and nothing of it is missing.",
    "DIVERGED": (
        "What lies here agrees with its own hashes, and not with what was signed, or what was made from it says something else. Keep the"
        " files as they are; ask who kept a checkpoint, and since when they differ."
    ),
    "CORRUPT": (
        "Something lies here that was not recorded so, or the log is broken. Keep the files as they are, record nothing more,"
        " and look for a backup from before."
    ),
    "INCOMPLETE": (
        "Something is gone that no redaction names; what is still here is what was recorded. Look for it in a backup."
    ),
    "UNANCHORED": "What lies here agrees with itself, and no checkpoint that somebody else kept vouches for it.",
}
_SIGNED_ONLY = "not seen at this level: another history, signed by whoever holds the key; that takes a checkpoint that somebody else keeps"
_DATABASE_ONLY = (
    "not seen at this level: a ledger forged as a whole, or an older one put back together with its folder;"
    " that takes a checkpoint that somebody else keeps"
)
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


def wrapped(text: str, indent: int, hanging: int = 0, width: int = WIDTH) -> list[str]:
    """A text on lines of at most `width` columns, all indented, those after the first by `hanging` more."""
    return wrap(text, width, first=" " * indent, later=" " * (indent + hanging))


def passage_in_words(view: AttestationView) -> str:
    """What a passage does to the fact, its words, and whether it is struck or not pinned."""
    struck = "" if view.counts or view.why in ("mentions", "declines") else f" [{view.why}]"
    pinned = "" if view.pinned else " [not pinned]"
    behind = f" [{', '.join(view.taken_back_by)}, behind it, took it back]" if view.taken_back_by else ""
    return f"{_STANCES[view.attestation.stance]}{quoted(view)}{struck}{behind}{pinned}"


def _passage_lines(view: AttestationView) -> list[str]:
    return wrapped(f"{view.attestation.source}: {passage_in_words(view)}", _WHEN + 2, 4)


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
    lines = wrap(mark + said, WIDTH - _WHEN - 2)
    lines.append(f"{view.content.slug} '{view.fact}': {standing_in_words(view)}")
    lines += _content_lines(view) if whole else []
    lines += [line[_WHEN + 2 :] for passage in passages for line in _passage_lines(passage)]
    left_out = len(view.attestations) - len(passages)
    if left_out and not brief:
        lines.append(f"and {left_out} more passage{'' if left_out == 1 else 's'}")
    if view.disagreements and not brief:
        lines.append(
            f"passages exclude each other on {', '.join(map(disagreement_in_words, view.disagreements))}"
        )
    for dispute in () if brief else view.disputes:
        lines += wrapped(dispute_in_words(dispute), 0, 4, WIDTH - _WHEN - 2)
    if whole and isinstance(view, ToldFact):
        acts = ", ".join(f"{act.type} ({act.position})" for act in view.lineage)
        lines += wrapped(f"acts upon it, by position: {acts}", 0, 4, WIDTH - _WHEN - 2)
    yield from _beside([line for part in when for line in wrapped(part, 0, 0, _WHEN)], lines)


def _content_lines(view: FactView) -> list[str]:
    """Every value of the content beside what is said and when, by its path; what was redacted as its tombstone."""
    flat = flattened(view.content)
    told = [
        f"{path}: {value_in_words(flat[path])}"
        for path in flat
        if path not in {"kind", "statement", "occurred"}
    ]
    return [line for one in told for line in wrapped(clipped(one, 3 * WIDTH), 0, 4, WIDTH - _WHEN - 2)]


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


def incident_lines(
    view: IncidentView, axes: Axes, *, whole: bool = False, brief: bool = False
) -> Iterator[str]:
    """The facts of an incident in order of occurrence, each with its citation. `view` has all facts; `axes` says which are told."""
    places = {fact.fact: fact for fact in view.facts}
    told = occurring(view.facts, axes.occurred)
    line = [entry for entry in timeline(view.facts) if entry.fact in told]
    for entry in line:
        yield from fact_lines(places[entry.fact], _when_lines(entry, view.zone), whole=whole, brief=brief)
        for trouble in entry.trouble:
            yield from wrapped(f"order: {trouble}", _WHEN + 2, 4)
    if any(entry.derived for entry in line) and not brief:
        yield _STAR
    if not line:
        yield none_known(axes)


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
    if change.old == change.new:
        told = f"{change.path}: {value_in_words(change.new)}; whether this act changed it cannot be told any more"
        yield from wrapped(told, 4, 4)
        return
    if change.old is None and (not mending or change.path.startswith("attestations/")):
        yield from wrapped(f"{change.path}: {clipped(new, 3 * WIDTH)}", 4, 4)
        return
    line = f"    {change.path}: {old} -> {new}"
    if len(line) <= WIDTH:
        yield line
        return
    yield f"    {change.path}:"
    yield from wrapped(f"from: {clipped(old, 3 * WIDTH)}", 8, 6)
    yield from wrapped(f"to:   {clipped(new, 3 * WIDTH)}", 8, 6)


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
                yield from wrapped(f"{name.replace('_', ' ')}: {_says(entry.words, name)}", 4, 4)
        for cited in entry.citations:
            quote = f': "{clipped(cited.quote, 160)}"' if cited.quote else ""
            yield from wrapped(f"citing {cited.source}{quote}", 4, 4)


def report_lines(report: Report) -> Iterator[str]:
    """What a check covered, what it counted, and what it found where."""
    yield f"{report.verdict} (checked: {report.level})"
    yield from wrapped(_VERDICTS[report.verdict], 0)
    yield f"events: {report.events}, each against its hash, its place in the log and in its stream"
    yield (
        f"disclosures: {report.disclosures} there, {report.redacted} lawfully removed; each against the digest in its event"
    )
    yield (
        f"snapshots: {report.snapshots} there, {report.redacted_snapshots} lawfully removed; each against its SHA-256"
    )
    if report.withheld or report.withheld_snapshots:
        yield (
            f"withheld: {report.withheld} disclosures and {report.withheld_snapshots} snapshots that this copy came without,"
            " which is not the same as missing"
        )
    if report.checkpoints or report.kept_checkpoints:
        yield (
            f"checkpoints: {report.checkpoints} signed heads, and {report.kept_checkpoints} that somebody else kept, lead to these"
            f" events; they vouch for the first {report.vouched_events}"
        )
    for newer in report.newer:
        count = "1 event" if newer.events == 1 else f"{newer.events} events, the first"
        yield from wrapped(
            f"newer: {newer.type}, {count} at position {newer.position}; checked as all others, and what a newer program means by it"
            " is not known here",
            0,
            4,
        )
    found = len(report.findings) + report.left_off
    if found:
        yield f"found: {found}"
    for finding in report.findings:
        yield from wrapped(f"{finding.where}: {finding.what}", 0, 4)
    if report.left_off:
        yield f"and {report.left_off} more findings"
    if report.level == "database only":
        yield from wrapped(_DATABASE_ONLY, 0, 4)
    if report.level == "signed checkpoint":
        yield from wrapped(_SIGNED_ONLY, 0, 4)
