"""Times, values and standings in plain words, for people at a terminal. Nothing here decides anything."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from ledger.citation import is_looked_up, quote_of
from ledger.errors import InvalidError
from ledger.quantity import Quantity
from ledger.values import Absent, Json
from ledger.zones import find_zone
from projections.plain_sentences import number_in_words, relation_in_words, stretch_in_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from projections.axes import Axes, Window
    from projections.fact_fold import AttestationView, DisputeView, FactView
    from projections.timeline import TimelineEntry

__all__ = [
    "bounds_in_words",
    "change_in_words",
    "clipped",
    "disagreement_in_words",
    "dispute_in_words",
    "faces_as_written",
    "instant_in_words",
    "none_known",
    "point_in_words",
    "quoted",
    "standing_in_words",
    "value_in_words",
    "when_in_words",
    "window_in_words",
    "words_of",
]

_DAY = dt.timedelta(days=1)
_OF_NUMBER = {"id", "unit", "value", "min", "max", "approximate"}
_ABSENT = {
    "not-reported": "not reported",
    "not-stated": "not stated",
    "researched-unknown": "researched and not known",
    "none": "none",
    "withheld": "withheld",
    "undisclosed": "[removed or not disclosed]",
}


def dispute_in_words(dispute: DisputeView) -> str:
    """A dispute in a line: who raised it, how it stands, and on what grounds."""
    stands = dispute.stands.replace("-", " ")
    return f"dispute {dispute.dispute} by {words_of(dispute.by)}, {stands}: {words_of(dispute.grounds)}"


def words_of(text: str | Absent | None) -> str:
    """A text, or in words why it is not there."""
    if isinstance(text, Absent):
        return _ABSENT[text.absent]
    return text or ""


def clipped(text: str, width: int) -> str:
    """The text on one line of at most `width` characters, cut between words and then with an ellipsis."""
    flat = " ".join(text.split())
    if len(flat) <= width:
        return flat
    whole, _, _ = flat[:width].rpartition(" ")
    return (whole if len(whole) > width // 2 else flat[: width - 1]).rstrip(" ,;:") + "…"


def instant_in_words(instant: dt.datetime, *, clock: bool = True) -> str:
    """`8 May 2021 04:00`, as the clock of the place showed it; with an offset, `3 Nov 2024 01:30 (-05:00)`."""
    day = f"{instant.day} {instant:%b %Y}"
    return f"{day} {_clock_in_words(instant)}" if clock else day


def _clock_in_words(instant: dt.datetime) -> str:
    return f"{instant:%H:%M}" + ("" if instant.tzinfo is None else f" ({instant.isoformat()[-6:]})")


def faces_as_written(*ends: dt.datetime | None) -> list[dt.datetime | None]:
    """Bounds as clocks showed them by the offsets that are written; with these, where they are not the same."""
    if len({end.utcoffset() for end in ends if end is not None}) > 1:
        return [*ends]
    return [None if end is None else end.replace(tzinfo=None) for end in ends]


def point_in_words(position: int, axes: Axes, *, final: bool, zone: str | Absent = "") -> str:
    """At which point an answer stands: `position 84 (not final: …), counting what was public by …; times on the clocks of …`."""
    told = f"position {position}"
    if not final:
        told += " (not final: more may still be recorded up to then)"
    if axes.public is not None:
        told += f", counting what was public by {axes.public.isoformat()}"
    if axes.occurred is not None:
        told += f", of what {window_in_words(axes.occurred)}"
    return f"{told}; times on the clocks of {zone}" if isinstance(zone, str) and zone else told


def none_known(axes: Axes) -> str:
    """What is said where no fact is told."""
    return (
        "No fact was known."
        if axes.occurred is None
        else f"No fact is known that {window_in_words(axes.occurred)}."
    )


def window_in_words(window: Window) -> str:
    """`may have occurred from … to …`, or `certainly occurred …`."""
    until = "before" if window.occurred_from is None else "to"
    ends = (("from", window.occurred_from), (until, window.occurred_to))
    named = [f"{word} {end.isoformat()}" for word, end in ends if end is not None]
    if window.occurred_from is not None and window.occurred_from == window.occurred_to:
        named = [f"at {window.occurred_from.isoformat()}"]
    return f"{'certainly' if window.overlap == 'certain' else 'may have'} occurred {' '.join(named)}"


def bounds_in_words(
    earliest: dt.datetime | None, latest: dt.datetime | None, *, approximate: bool = False
) -> str:
    """A stretch of time: a day or days where both ends are midnight, else from clock time to clock time. None: not bounded there."""
    about = "about " if approximate else ""
    whole = all(one is None or one.time() == dt.time(0) for one in (earliest, latest))
    if earliest is None:
        return "undated" if latest is None else f"before {about}{instant_in_words(latest, clock=not whole)}"
    if latest is None:
        return f"from {about}{instant_in_words(earliest, clock=not whole)}"
    if earliest == latest:
        return about + instant_in_words(earliest)
    if whole:
        last = latest - _DAY
        first = about + instant_in_words(earliest, clock=False)
        return (
            first if last.date() <= earliest.date() else f"{first} to {instant_in_words(last, clock=False)}"
        )
    ends = _clock_in_words(latest) if latest.date() == earliest.date() else instant_in_words(latest)
    return f"{about}{instant_in_words(earliest)}-{ends}"


def when_in_words(entry: TimelineEntry, zone: str | Absent) -> str:
    """When a fact occurred, with its uncertainty: bounds as bounds, what nobody dates as undated, derived bounds with a star."""
    shown = [
        None if text is None else dt.datetime.fromisoformat(text) for text in (entry.earliest, entry.latest)
    ]
    if isinstance(zone, str) and zone:
        place = find_zone(zone, field="/zone")
        shown = [None if one is None else place.face(one) for one in shown]
    return bounds_in_words(*shown, approximate=entry.approximate) + (" *" if entry.derived else "")


def standing_in_words(view: FactView) -> str:
    """What was decided of a fact, its status, and the number of its origins."""
    told = f"{view.origins} origin{'' if view.origins == 1 else 's'}"
    return "; ".join([*(word.upper() for word in view.decided), f"{view.status}, {told}"])


def disagreement_in_words(path: str) -> str:
    """What passages exclude each other on."""
    match path.split("/"):
        case ["occurred"]:
            return "when it occurred"
        case ["places", ident]:
            return f"where the place '{ident}' is"
        case ["quantities", ident]:
            return f"the quantity '{ident}'"
        case _:
            return path


def quoted(view: AttestationView) -> str:
    """The cited words, and whether they were found in the snapshot otherwise than to the letter; or in words that there are none."""
    quote = quote_of(view.attestation)
    if quote is None:
        selector = view.attestation.selector
        return words_of(selector) if isinstance(selector, Absent) else "(no words quoted)"
    apart = "" if quote.matched_by is None else " (found there with other white space or quotation marks)"
    if view.attestation.snapshot is not None and not is_looked_up(view.attestation):
        apart = " (not looked up: the snapshot has no text)"
    return f'"{clipped(quote.exact, 160)}"{apart}'


def value_in_words(value: Json) -> str:
    """A value of the audit trail in short: text as it is, members joined, a time or quantity by its words."""
    if value is None:
        return "not given"
    if isinstance(value, dict):
        if set(value) == {"absent"}:
            return _ABSENT.get(value["absent"], "not there")
        if value.get("as_stated"):
            return f'"{value["as_stated"]}"'
        if "edtf" in value:
            return str(value["edtf"])
        if "earliest" in value or "relations" in value:
            return _time_in_words(value)
        if number := _number_in_words(value):
            return number
        return ", ".join(f"{key} {value_in_words(one)}" for key, one in value.items())
    if isinstance(value, list | tuple):
        return "; ".join(value_in_words(one) for one in value)
    return str(value)


def _number_in_words(value: Mapping[str, Json]) -> str:
    """The number of a quantity, `about 15 ft`; "" for what is none."""
    if "unit" not in value or not value.keys() <= _OF_NUMBER:
        return ""
    try:
        return number_in_words(Quantity(**{**value, "id": "q"}))
    except InvalidError:
        return ""


def _time_in_words(when: Mapping[str, Json]) -> str:
    """Bounds as written, then the order among other facts: `2021-05-08T04:00:00-05:00 or later, after flight`."""
    ends = when.get("earliest"), when.get("latest")
    bounds = stretch_in_words(str(ends[0]), str(ends[1]))
    parts = [] if ends == (None, None) else [("about " if when.get("approximate") else "") + bounds]
    parts += [relation_in_words(one["rel"], one["fact"]) for one in when.get("relations", ())]
    return ", ".join(parts)


def change_in_words(old: Json, new: Json) -> tuple[str, str]:
    """Both sides of a change in short; in full, where the short forms would read the same."""
    sides = value_in_words(old), value_in_words(new)
    if sides[0] != sides[1] or old == new or not (isinstance(old, dict) and isinstance(new, dict)):
        return sides
    moved = [key for key in sorted(old.keys() | new.keys()) if old.get(key) != new.get(key)]
    before, after = (
        ", ".join(f"{key} {value_in_words(one.get(key))}" for key in moved) for one in (old, new)
    )
    return before, after
