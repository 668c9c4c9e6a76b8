"""The command `conflicts`: where the passages of an incident say different things, side by side, each with its words."""

from __future__ import annotations

from collections.abc import Iterator

from api.in_words import clipped, dispute_in_words, none_known, point_in_words, words_of
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
from projections.axes import Axes
from projections.conflicts import FactConflicts, IncidentConflicts, conflicts_of
from projections.side_by_side import EXISTENCE, CitedPassage, ComparedValue, Side

__all__ = ["conflict_lines", "conflicts"]

_QUOTE_WIDTH = 240
_MARKS = {"conflict": "CONFLICT", "settled": "settled", "superseded": "superseded", "withdrawn": "withdrawn"}
_STANCES = {
    "contradicts": ", contradicts",
    "denies": ", denies it",
    "mentions": ", mentions it",
    "declines": ", declines to say",
}


def _wrapped(text: str, indent: int, hanging: int = 4) -> list[str]:
    return wrap(text, WIDTH, first=" " * indent, later=" " * (indent + hanging))


def _label(side: int) -> str:
    """a, b, c … and after z aa, ab."""
    before, letter = divmod(side, 26)
    return (_label(before - 1) if before else "") + chr(ord("a") + letter)


def _of_path(path: str) -> str:
    match path.split("/"):
        case [only] if only == EXISTENCE:
            return "whether it happened so"
        case ["occurred"]:
            return "when it occurred"
        case ["kind"]:
            return "what kind of fact it is"
        case ["places", ident]:
            return f"the place '{ident}'"
        case ["quantities", ident]:
            return f"the quantity '{ident}'"
        case ["participants", ident, member]:
            return f"the {member.replace('_', ' ')} of participant '{ident}'"
        case ["details", *name]:
            return f"the detail '{'/'.join(name)}'"
        case _:
            return path


def _passage_lines(passage: CitedPassage) -> Iterator[str]:
    """Who, since when, whether it counts, and the words."""
    public = "never published" if passage.published_by is None else f"public by {passage.published_by}"
    struck = "" if passage.counts or passage.why in _STANCES else f" [{passage.why}]"
    behind = (
        f" [{', '.join(passage.taken_back_by)}, behind it, took it back]" if passage.taken_back_by else ""
    )
    relayed = f", relaying {passage.relays}" if passage.relays else ""
    who = f"{passage.source}{relayed}{_STANCES.get(passage.stance, '')}"
    yield from _wrapped(f"{who} ({passage.attestation}, {public}){struck}{behind}", 8)
    if passage.quote is not None:
        yield from _wrapped(f'"{clipped(passage.quote, _QUOTE_WIDTH)}"', 10)
    else:
        yield "          (no words quoted)"
    yield (
        f"          snapshot {passage.snapshot}"
        if passage.pinned
        else "          not pinned to a captured copy"
    )
    if passage.stance == "supports" and not passage.own_words:
        yield f"          says what the fact said at version {passage.version}, with which it was recorded"


def _side_lines(label: str, side: Side) -> Iterator[str]:
    yield from _wrapped(f"{label}) {side.in_words}", 4, 3)
    for passage in side.passages:
        yield from _passage_lines(passage)


def _value_lines(value: ComparedValue) -> Iterator[str]:
    mark = f" [{_MARKS[value.standing]}]" if value.standing in _MARKS else ""
    yield f"  {_of_path(value.path)}{mark}"
    for at, side in enumerate(value.sides):
        yield from _side_lines(_label(at), side)
    for one in value.comparisons:
        yield from _wrapped(f"{_label(one.one)} and {_label(one.other)}: {one.in_words}", 4)


def _fact_lines(fact: FactConflicts) -> Iterator[str]:
    decided = "".join(f", {word}" for word in fact.decided)
    yield from _wrapped(f"{fact.fact}: {words_of(fact.statement) or f'({fact.kind})'}", 0)
    yield f"  {fact.status}{decided}, {fact.origins} origin{'' if fact.origins == 1 else 's'}, version {fact.version}"
    for value in fact.compared:
        yield from _value_lines(value)
    for dispute in fact.disputes:
        yield from _wrapped(dispute_in_words(dispute), 2)
    for sentence in fact.order:
        yield from _wrapped(f"order: {sentence}", 2)
    yield ""


def conflict_lines(view: IncidentConflicts, axes: Axes, *, final: bool) -> Iterator[str]:
    """The comparisons of an incident as text: per fact and value the sides with their passages, then every two sides."""
    yield words_of(view.title)
    yield from wrapped(f"as known at {point_in_words(view.position, axes, final=final)}", 0, 4)
    yield ""
    for fact in view.facts:
        yield from _fact_lines(fact)
    if view.agreed:
        yield from _wrapped(f"Nothing is said differently of: {', '.join(view.agreed)}", 0)
    if not view.facts and not view.agreed:
        yield none_known(axes)


def conflicts(  # noqa: PLR0917  Typer makes options of them; nobody calls it by position
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
    """Show where passages say different things of an incident's facts: both sides with their words, and what follows."""
    with ending_plainly(), open_for_reading(ledger) as opened:
        axes, known = axes_of(opened, known_at, public_at, (occurred_from, occurred_to, overlap))
        require_incident(opened, incident, known)
        view = conflicts_of(opened.history.of_incident(incident, axes.known), incident, axes)
        if view is None:
            refuse(f"incident '{incident}' was not known yet at position {known.position}")
        if as_json:
            print_json(with_point(view, axes, known))
        else:
            print_lines(*conflict_lines(view, axes, final=known.final))
