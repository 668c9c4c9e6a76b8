"""Hypothesis strategies for time: awkward zones, days around their leaps, EDTF texts, times and windows."""

from __future__ import annotations

import datetime as dt

from hypothesis import assume
from hypothesis import strategies as st

from ledger.errors import InvalidError
from ledger.when import Interval, Relation, StatedWhen, When, resolve_when
from ledger.zones import find_zone

__all__ = [
    "AWKWARD_ZONES",
    "OFFSETS",
    "days",
    "edtf_dates",
    "edtf_days",
    "edtf_texts",
    "instants",
    "stated_whens",
    "whens",
    "windows",
]

AWKWARD_ZONES = (
    "America/Chicago",
    "America/Sao_Paulo",
    "America/St_Johns",
    "Asia/Amman",
    "Asia/Beirut",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Europe/London",
    "Pacific/Apia",
    "UTC",
)
"""Zones that leap by an hour, by half of one, at midnight, shortly after it, by a whole day, and never."""

LEAP_DAYS = (
    ("America/Chicago", dt.date(2021, 3, 14)),
    ("America/Chicago", dt.date(2021, 11, 7)),
    ("America/Sao_Paulo", dt.date(2018, 2, 17)),
    ("America/Sao_Paulo", dt.date(2018, 11, 4)),
    ("America/St_Johns", dt.date(2006, 10, 28)),
    ("Asia/Amman", dt.date(2021, 10, 29)),
    ("Asia/Beirut", dt.date(2023, 3, 26)),
    ("Australia/Lord_Howe", dt.date(2021, 4, 4)),
    ("Pacific/Apia", dt.date(2011, 12, 29)),
)
OFFSETS = tuple(
    dt.timezone(dt.timedelta(minutes=minutes)) for minutes in (-720, -570, -300, 0, 60, 345, 630, 840)
)
_EARLIEST, _LATEST = dt.date(1850, 1, 1), dt.date(2150, 1, 1)


@st.composite
def days(draw: st.DrawFn) -> tuple[str, dt.date]:
    """A zone and a day: often one on or beside which the clocks of the zone leap."""
    zone, leap = draw(st.sampled_from(LEAP_DAYS))
    near = st.integers(-2, 2).map(lambda count: (zone, leap + dt.timedelta(days=count)))
    anywhere = st.tuples(st.sampled_from(AWKWARD_ZONES), st.dates(_EARLIEST, _LATEST))
    return draw(near | anywhere)


@st.composite
def instants(draw: st.DrawFn) -> tuple[str, dt.datetime]:
    """A zone and an instant, to the microsecond: often within two days of a leap of its clocks."""
    zone, day = draw(days())
    midnight = dt.datetime.combine(day, dt.time(), dt.UTC)
    within = draw(st.timedeltas(dt.timedelta(days=-1), dt.timedelta(days=2)))
    return zone, midnight + within


def edtf_days() -> st.SearchStrategy[str]:
    """Single days as EDTF writes them."""
    return st.dates(_EARLIEST, _LATEST).map(dt.date.isoformat)


def edtf_dates() -> st.SearchStrategy[str]:
    """EDTF dates without a qualifier: days, months, years, and digits left unspecified from the right."""
    day = st.dates(_EARLIEST, _LATEST)
    year = day.map(lambda date: f"{date:%Y}")
    return st.one_of(
        day.map(dt.date.isoformat),
        day.map(lambda date: f"{date:%Y-%m}"),
        year,
        year.map(lambda text: text[:3] + "X"),
        year.map(lambda text: text[:2] + "XX"),
        year.map(lambda text: text + "-XX"),
        year.map(lambda text: text + "-XX-XX"),
        day.map(lambda date: f"{date:%Y-%m}-XX"),
    )


@st.composite
def edtf_texts(draw: st.DrawFn) -> str:
    """Every form without a time of day: dates, qualified ones, seasons, intervals with all kinds of ends."""
    qualified = st.builds(str.__add__, edtf_dates(), st.sampled_from(("", "?", "~", "%")))
    season = st.builds("{}-{}".format, st.integers(1850, 2150), st.integers(21, 24))
    date = qualified | season
    form = draw(st.sampled_from(("date", "interval", "open", "unknown")))
    if form == "date":
        return draw(date)
    if form == "interval":
        first, second = sorted((draw(date), draw(date)))
        return f"{first}/{second}"
    end = ".." if form == "open" else ""
    return draw(date.map(lambda text: f"{text}/{end}") | date.map(lambda text: f"{end}/{text}"))


def _relations() -> st.SearchStrategy[tuple[Relation, ...]]:
    rel = st.sampled_from(("before", "after", "during", "same-time"))
    fact = st.sampled_from(("contact", "drag", "flight"))
    one = st.builds(lambda rel, fact: Relation(rel=rel, fact=fact), rel, fact)
    return st.lists(one, max_size=3, unique=True).map(tuple)


@st.composite
def _bounds_texts(draw: st.DrawFn) -> tuple[str, str]:
    """Two bounds in order, in any offset, at most one of them without a date."""
    (_, one), (_, other) = draw(instants()), draw(instants())
    first, last = sorted((one, draw(st.just(one) | st.just(other))))
    texts = [bound.astimezone(draw(st.sampled_from(OFFSETS))).isoformat() for bound in (first, last)]
    endless = draw(st.sampled_from((None, None, 0, 1)))
    if endless is not None:
        texts[endless] = draw(st.sampled_from(("open", "unknown")))
    return texts[0], texts[1]


@st.composite
def stated_whens(draw: st.DrawFn) -> tuple[StatedWhen, str]:
    """What a caller may write, and the incident's zone; some of it is refused, for a skipped day or hour."""
    zone, instant = draw(instants())
    local = find_zone(zone, field="").shows(instant).replace(microsecond=0)
    named = draw(st.sampled_from((None, zone)))
    relations = draw(_relations())
    match draw(st.sampled_from(("edtf", "local", "instant", "bounds", "none"))):
        case "edtf":
            stated = StatedWhen(edtf=draw(edtf_texts()), zone=named, relations=relations)
        case "local":
            stated = StatedWhen(edtf=local.isoformat(), zone=named)
        case "instant":
            stated = StatedWhen(edtf=instant.astimezone(draw(st.sampled_from(OFFSETS))).isoformat())
        case "bounds":
            earliest, latest = draw(_bounds_texts())
            approximate = draw(st.booleans()) and earliest != latest
            stated = StatedWhen(earliest=earliest, latest=latest, approximate=approximate)
        case _:
            assume(relations)
            stated = StatedWhen(relations=relations, as_stated="after a while")
    return stated, zone


@st.composite
def whens(draw: st.DrawFn) -> When:
    """A stored time of any form."""
    stated, zone = draw(stated_whens())
    try:
        return resolve_when(stated, zone=zone, field="")
    except InvalidError:
        assume(condition=False)
        raise


@st.composite
def windows(draw: st.DrawFn) -> Interval:
    """A half-open window `[from, to)`, either end left out or not."""
    (_, one), (_, other) = draw(instants()), draw(instants())
    first, last = sorted((one, other))
    return Interval(earliest=draw(st.none() | st.just(first)), latest=draw(st.none() | st.just(last)))
