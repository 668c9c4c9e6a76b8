"""The command `first-known`: per fact when it occurred, was first public and first recorded, and how long lay between (docs/changes.md)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from api.in_words import bounds_in_words, clipped, instant_in_words, none_known, point_in_words, words_of
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
from ledger.values import Absent
from ledger.zones import find_zone
from projections import first_known as view
from projections.axes import Axes

__all__ = ["first_known", "first_known_lines"]

_LABEL = 14
_MOST_TELLERS = 3
_STATEMENT_WIDTH = 240
_QUOTE_WIDTH = 160
_BASES = {
    "passage": "",
    "source": "",
    "captured": ", dated only by the copy taken of it",
    "recorded": ", dated only by our record of it",
}


def _local(text: str | None, zone: str | Absent) -> dt.datetime | None:
    """An instant on the clock of the place; as written where no zone can be told."""
    if text is None:
        return None
    instant = dt.datetime.fromisoformat(text)
    if not isinstance(zone, str) or not zone:
        return instant
    return find_zone(zone, field="/zone").face(instant)


def _occurred(known: view.FirstKnown, zone: str | Absent) -> str:
    told = known.occurred
    if told is None:
        return "undated"
    if told.earliest is None and told.latest is None:
        when = words_of(None if told.absent is None else Absent(absent=told.absent)) or "undated"
    else:
        ends = _local(told.earliest, zone), _local(told.latest, zone)
        when = bounds_in_words(*ends, approximate=told.approximate)
    derived = (
        f" ({' and '.join(told.derived)} worked out from the order of the facts)" if told.derived else ""
    )
    stated = f', stated as "{told.as_stated}"' if told.as_stated else ""
    return when + derived + stated


def _end_in_words(instant: dt.datetime) -> str:
    """An instant by which something was public: midnight is the end of the day before."""
    if instant.time() == dt.time(0) and instant.date() > dt.date.min:
        return f"the end of {instant_in_words(instant - dt.timedelta(days=1), clock=False)}"
    return instant_in_words(instant)


def _tellers(tellers: Sequence[view.Teller]) -> str:
    shown = [f"{one.source}{_BASES[one.basis]}" for one in tellers[:_MOST_TELLERS]]
    more = len(tellers) - len(shown)
    return "; ".join(dict.fromkeys(shown)) + (f" and {more} more" if more else "")


def _public(known: view.FirstKnown, zone: str | Absent) -> Iterator[str]:
    public = known.first_public
    if public is None:
        yield "no passage that tells it is certainly public"
        return
    by, not_before = _local(public.by, zone), _local(public.not_before, zone)
    when = "unknown" if by is None else _end_in_words(by)
    if not_before is not None and not_before == by:
        yield f"{when}: {_tellers(public.told_by)}"
    else:
        since = (
            "how much earlier is unknown"
            if not_before is None
            else f"not before {instant_in_words(not_before)}"
        )
        yield f"by {when} ({since}): {_tellers(public.told_by)}"
    for one in public.told_by[:1]:
        if one.quote is not None:
            yield f'"{clipped(one.quote, _QUOTE_WIDTH)}"'
    if public.perhaps_earlier:
        yield f"perhaps earlier: {_tellers(public.perhaps_earlier)}"


def _labelled(label: str, text: str) -> list[str]:
    return wrap(text, WIDTH, first=f"    {label:<{_LABEL}}", later=" " * (_LABEL + 4))


def _fact_lines(known: view.FirstKnown, zone: str | Absent) -> Iterator[str]:
    mark = "".join(f"[{word}] " for word in known.decided)
    said = words_of(known.statement) or f"({known.kind})"
    yield from wrap(f"{known.fact}: {mark}{clipped(said, _STATEMENT_WIDTH)}", WIDTH, later="  ")
    yield from _labelled("occurred", _occurred(known, zone))
    for label, text in zip(("first public", "", ""), _public(known, zone), strict=False):
        yield from _labelled(label, text)
    if known.occurred_to_public is not None:
        yield from _labelled("", f"public after it occurred: {known.occurred_to_public.in_words}")
    recorded = known.first_recorded
    yield from _labelled(
        "recorded", f"{recorded.recorded_at[:19]}Z, position {recorded.position}, by {recorded.actor}"
    )
    if known.public_to_recorded is not None:
        yield from _labelled("", f"recorded after it was public: {known.public_to_recorded.in_words}")
    yield ""


def first_known_lines(told: view.IncidentFirstKnown, axes: Axes, *, final: bool) -> Iterator[str]:
    """The facts in order of occurrence, each with when it occurred, was public and was recorded."""
    yield words_of(told.title)
    yield from wrapped(
        f"as known at {point_in_words(told.position, axes, final=final, zone=told.zone)}", 0, 4
    )
    yield ""
    for known in told.facts:
        yield from _fact_lines(known, told.zone)
    if not told.facts:
        yield none_known(axes)


def first_known(  # noqa: PLR0917  Typer makes options of them; nobody calls it by position
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
    """Show for each fact when it occurred, when and by which source it was first public, when it was recorded, and the lags between."""
    with ending_plainly(), open_for_reading(ledger) as opened:
        axes, known = axes_of(opened, known_at, public_at, (occurred_from, occurred_to, overlap))
        require_incident(opened, incident, known)
        told = view.first_known(opened.history.of_incident(incident, axes.known), incident, axes)
        if told is None:
            refuse(f"incident '{incident}' was not known yet at position {known.position}")
        if as_json:
            print_json(with_point(told, axes, known))
        else:
            print_lines(*first_known_lines(told, axes, final=known.final))
