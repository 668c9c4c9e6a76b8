"""The timeline as a drawing: uncertain times as bars on a common scale, and where the order is not known, that.

Every length is a part of the width in hundredths, so that the drawing is as wide as there is room and its words stay words.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import msgspec

from api.terminal.timeline_bars import Scale

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from api.pages.fact_cards import FactCard
    from api.pages.framing import Clock
    from projections.timeline import TimelineEntry

__all__ = ["Bar", "Drawing", "Row", "Tick", "bar_of", "drawn", "order_of", "scale_of", "ticks_of"]

_COLUMNS = 1_001
_MOST_TICKS = 6
_NARROWEST = 1.2
_LETTER = 1.55
"""How much of the scale, in hundredths, a letter of a name takes where the drawing is narrowest and still names what lies between."""
_BETWEEN = 2.0


class Tick(msgspec.Struct, frozen=True, kw_only=True):
    """A bound by name, and where it lies."""

    at: str
    name: str
    anchor: str


class Bar(msgspec.Struct, frozen=True, kw_only=True):
    """The stretch in which something may have happened; an end is `sharp`, `derived` or `open`. Without a `width` it is undated."""

    start: str = ""
    width: str = ""
    end: str = ""
    left: str = ""
    right: str = ""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One fact. `order` says how it stands to the row before it; `order_known` whether anybody gives that."""

    card: FactCard
    bar: Bar
    order: str
    order_known: bool
    related: str
    placed_by: str
    about: bool


class Drawing(msgspec.Struct, frozen=True, kw_only=True):
    """The scale and the rows."""

    ticks: tuple[Tick, ...]
    lines: tuple[str, ...]
    rows: tuple[Row, ...]
    any_derived: bool
    any_undated: bool


def _instant(text: str | None) -> dt.datetime | None:
    return None if text is None else dt.datetime.fromisoformat(text)


def ticks_of(scale: Scale, clock: Clock) -> tuple[Tick, ...]:
    """As many bounds by name as there is room for: the first, the last, and between them those whose names run into no other."""
    if not scale.instants:
        return ()
    wanted = [scale.instants[0], scale.instants[-1], *scale.instants[1:-1]]
    chosen: dict[tuple[float, float], Tick] = {}
    for instant in wanted:
        at = scale.column(instant) / (_COLUMNS - 1) * 100
        name = clock.day(instant) if clock.shows(instant).time() == dt.time(0) else clock.moment(instant)
        anchor, begin, end = _room(at, name)
        if len(chosen) < _MOST_TICKS and all(
            end + _BETWEEN <= other or other_end + _BETWEEN <= begin for other, other_end in chosen
        ):
            chosen[begin, end] = Tick(at=f"{at:.2f}%", name=name, anchor=anchor)
    return tuple(tick for _, tick in sorted(chosen.items(), key=lambda one: one[0]))


def _room(at: float, name: str) -> tuple[str, float, float]:
    """On which side of its place a name stands, and from where to where it reaches, in hundredths."""
    length = len(name) * _LETTER
    if at < length / 2:
        return "start", at, at + length
    if at > 100 - length / 2:
        return "end", at - length, at
    return "middle", at - length / 2, at + length / 2


def _befores(entries: Sequence[TimelineEntry]) -> dict[str, set[str]]:
    """By fact, those that the record, through however many relations, has before it."""
    direct: dict[str, set[str]] = {one.fact: set(one.after) for one in entries}
    for one in entries:
        for later in one.before:
            direct.setdefault(later, set()).add(one.fact)
    whole: dict[str, set[str]] = {}
    for one in entries:
        found: set[str] = set()
        ahead = list(direct.get(one.fact, ()))
        while ahead:
            fact = ahead.pop()
            if fact not in found:
                found.add(fact)
                ahead += direct.get(fact, ())
        whole[one.fact] = found
    return whole


def _order(
    before: TimelineEntry | None, entry: TimelineEntry, befores: Mapping[str, set[str]]
) -> tuple[str, bool]:
    """How a fact stands to the one before it, and whether anybody gives that."""
    if before is None:
        return "", True
    if before.fact in befores[entry.fact]:
        return "then", True
    if before.fact in entry.during or entry.fact in before.during:
        return "during", True
    if before.fact in entry.same_time:
        return "at the same time", True
    ends, begins = _instant(before.latest), _instant(entry.earliest)
    if ends is not None and begins is not None and ends <= begins:
        return "then", True
    return "order not recorded", False


def order_of(entries: Sequence[TimelineEntry]) -> list[tuple[str, bool]]:
    """How each fact stands to the one before it, and whether anybody gives that."""
    befores = _befores(entries)
    return [_order(before, entry, befores) for before, entry in zip((None, *entries), entries, strict=False)]


def _related(entry: TimelineEntry) -> str:
    parts = [("after", entry.after), ("during", entry.during), ("at the time of", entry.same_time)]
    if not entry.after:
        parts.append(("before", entry.before))
    return "; ".join(f"{word} {', '.join(others)}" for word, others in parts if others)


def scale_of(entries: Sequence[TimelineEntry]) -> Scale:
    """The scale on which some facts are drawn."""
    return Scale(entries, _COLUMNS)


def bar_of(entry: TimelineEntry, scale: Scale) -> Bar:
    """The bar of a fact."""
    first, last = _instant(entry.earliest), _instant(entry.latest)
    if first is None and last is None:
        return Bar()
    start = 0.0 if first is None else scale.column(first) / (_COLUMNS - 1) * 100
    stop = 100.0 if last is None else scale.column(last) / (_COLUMNS - 1) * 100
    stop = max(stop, min(start + _NARROWEST, 100.0))
    return Bar(
        start=f"{start:.2f}%",
        width=f"{stop - start:.2f}%",
        end=f"{stop:.2f}%",
        left="open" if first is None else "derived" if "earliest" in entry.derived else "sharp",
        right="open" if last is None else "derived" if "latest" in entry.derived else "sharp",
    )


def drawn(
    entries: Sequence[TimelineEntry],
    cards: Mapping[str, FactCard],
    placed_by: Mapping[str, str],
    clock: Clock,
) -> Drawing:
    """The rows of those facts that have cards, on the scale of all; `placed_by` names the sources whose words place a fact."""
    scale = scale_of(entries)
    rows = []
    for entry, (order, known) in zip(entries, order_of(entries), strict=True):
        if entry.fact not in cards:
            continue
        placed = placed_by.get(entry.fact, "")
        rows.append(
            Row(
                card=cards[entry.fact],
                bar=bar_of(entry, scale),
                order=order,
                order_known=known,
                related=_related(entry),
                placed_by=placed,
                about=entry.approximate,
            )
        )
    ticks = ticks_of(scale, clock)
    return Drawing(
        ticks=ticks,
        lines=tuple(one.at for one in ticks),
        rows=tuple(rows),
        any_derived=any(one.derived for one in entries),
        any_undated=any(one.undated for one in entries),
    )
