"""CSL-JSON items as Zotero writes them, and amendments of the sources registered from them, for property tests."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from projections.citing.csl_types import CSL_TYPES
from tests.strategies_json import json_values

if TYPE_CHECKING:
    from ledger.values import Json

__all__ = ["amendments", "csl_dates", "csl_items", "rubble_items"]

_WORDS = st.text(
    st.characters(codec="utf-8", categories=["L", "N", "P", "Zs"]), min_size=1, max_size=20
).filter(lambda text: bool(text.strip()))
_TITLES = st.builds(
    "{}{}".format, _WORDS, st.sampled_from(["", " <i>in italics</i>", ' <span class="nocase">x</span>'])
)
_NAMES = st.one_of(
    st.fixed_dictionaries({"literal": _WORDS}),
    st.fixed_dictionaries(
        {"family": _WORDS},
        optional={
            "given": _WORDS,
            "non-dropping-particle": st.sampled_from(["van", "de la", "d'"]),
            "dropping-particle": st.sampled_from(["von", "de"]),
            "suffix": st.sampled_from(["Jr.", "III"]),
            "comma-suffix": st.booleans(),
        },
    ),
)
_DAYS = st.dates(dt.date(1600, 1, 1), dt.date(2100, 12, 31))


@st.composite
def _parts(draw: st.DrawFn, day: dt.date, size: int) -> list[Json]:
    """A date as Zotero writes it, the year a text and the rest integers, or as others do, each as a text."""
    numbers = [day.year, day.month, day.day][:size]
    texts = draw(st.sampled_from([(True, False, False), (True, True, True), (False, False, False)]))
    return [str(one) if text else one for one, text in zip(numbers, texts, strict=False)]


@st.composite
def csl_dates(draw: st.DrawFn) -> Json:
    """Dates of one to three parts, ranges, seasons, circa, literal and raw ones."""
    size = draw(st.integers(1, 3))
    days = sorted(draw(st.lists(_DAYS, min_size=1, max_size=2)))
    value: dict[str, Json] = {"date-parts": [draw(_parts(day, size)) for day in days]}
    more = st.fixed_dictionaries(
        {},
        optional={
            "circa": st.sampled_from([True, 1, "1"]),
            "season": st.sampled_from(["Spring", "1", 3]),
            "literal": st.just("some time ago"),
        },
    )
    words = st.sampled_from(["last week", "n.d.", "2021-05-08", "May 2021"])
    return draw(
        st.one_of(
            more.map(lambda members: {**value, **members}),
            st.fixed_dictionaries({"literal": words}),
            st.fixed_dictionaries({"raw": words}),
            st.sampled_from(["2021-05/2021-06", "2021~"]),
        )
    )


@st.composite
def csl_items(draw: st.DrawFn) -> dict[str, Json]:
    """Items of every type, with the members that Zotero exports."""
    key = draw(st.text("ABCDEFGHIJKLMNPQRSTUVWXYZ23456789", min_size=8, max_size=8))
    ident = draw(
        st.sampled_from(
            [f"http://zotero.org/users/1/items/{key}", f"1/{key}", f"smith{key}", key.lower(), 17]
        )
    )
    optional: dict[str, st.SearchStrategy[Json]] = {
        "container-title": _WORDS,
        "publisher": _WORDS,
        "authority": _WORDS,
        "publisher-place": _WORDS,
        "author": st.lists(_NAMES, max_size=4),
        "editor": st.lists(_NAMES, max_size=2),
        "issued": csl_dates(),
        "accessed": csl_dates(),
        "URL": st.sampled_from(["https://courier.example/tram", "http://a.example/b?c=d#e"]),
        "DOI": st.sampled_from(["10.1000/182", "not a doi"]),
        "language": st.sampled_from(["en", "en-US", "de"]),
        "genre": st.sampled_from(["Press release", "Working paper"]),
        "note": _WORDS,
        "abstract": _WORDS,
        "ISSN": st.just("1234-5678"),
        "volume": st.sampled_from(["12", 12]),
        "page": st.just("1-2"),
        "citation-key": st.just(f"smith{key}"),
        "title-short": _WORDS,
        "custom": st.dictionaries(st.sampled_from(["a", "b"]), st.booleans(), min_size=1),
    }
    required = {"id": st.just(ident), "type": st.sampled_from(CSL_TYPES), "title": _TITLES}
    return draw(st.fixed_dictionaries(required, optional=optional))


def rubble_items() -> st.SearchStrategy[dict[str, Json]]:
    """What somebody may have put into `csl` by hand: members by the names of CSL, of whatever shape."""
    names = st.sampled_from(
        [
            "id",
            "type",
            "title",
            "shortTitle",
            "author",
            "issued",
            "publisher",
            "genre",
            "URL",
            "DOI",
            "custom",
        ]
    )
    types = st.sampled_from([*CSL_TYPES, "Press release", "2021", {"incident-ledger": {"kind": 5}}])
    return st.dictionaries(names, json_values() | types, max_size=6)


def amendments() -> st.SearchStrategy[dict[str, Json]]:
    """What `amend-source` may change of a description, in the form of a command."""
    published = st.sampled_from(
        [
            "never",
            "2020",
            "2020-02",
            "2020-02-03/2020-03-04",
            "2020-02-03T10:00:00Z",
            "2020/..",
            {"edtf": "2020-02-03", "zone": "America/Chicago", "as_stated": "on Monday"},
            {"latest": "2020-02-03T00:00:00Z"},
            {"as_stated": "long ago"},
            {"earliest": "9999-12-01T00:00:00Z", "latest": "9999-12-31T10:00:00Z"},
            {"latest": "0001-01-01T00:00:00Z"},
            {"earliest": "2020-02-03T00:00:00Z", "latest": "2020-02-03T00:00:00Z"},
        ]
    )
    return st.fixed_dictionaries(
        {},
        optional={
            "kind": st.sampled_from(["article", "release", "record", "filing", "video", "other", "dataset"]),
            "title": _WORDS,
            "publisher": _WORDS,
            "authors": st.lists(_WORDS, max_size=3),
            "url": st.just("https://elsewhere.example/"),
            "published": published,
            "language": st.just("fr"),
        },
    )
