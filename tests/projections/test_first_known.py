"""First known: when a fact occurred, was first public and by which source, was first recorded, and the lags between."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projections.axes import Axes, publication
from projections.course import Course
from projections.first_known import first_known
from projections.incident_view import incident_view
from projections.lags import Lag, Span, lag
from tests.strategies_changes import INCIDENT, PUBLIC, courses_of_acts, events_of

if TYPE_CHECKING:
    from ledger.events import Act, Recorded
    from projections.first_known import FirstKnown
    from tests.strategies_changes import Line

HOUR = 3600
EPOCH = dt.datetime(2021, 5, 8, tzinfo=dt.UTC)


def report(source: str = "paper", occurred: str | None = "2021-05-06 10:00", **passage: object) -> Line:
    """A report on 8 May 2021, 13:00 UTC, of something that occurred two days before."""
    says: Line = {"kind": "drag@1", **({} if occurred is None else {"occurred": occurred})}
    return {"FactReported": "drag", "says": says, "from": {"id": "a1", "source": source, **passage}}


def known(lines: list[Line], *, public: str | None = None, fact: str = "drag") -> FirstKnown:
    """What is first known of a fact after the lines."""
    events = events_of(lines)
    at = None if public is None else dt.datetime.fromisoformat(public)
    found = first_known(events, INCIDENT, Axes(known=len(events), public=at))
    assert found is not None
    return next(one for one in found.facts if one.fact == fact)


def test_the_three_times_and_the_lags_between_them() -> None:
    found = known([report()])

    assert found.occurred is not None
    assert found.first_public is not None
    assert "2021-05-06T10:00:00+00:00" == found.occurred.earliest == found.occurred.latest
    assert ("2021-05-06T12:00:00+00:00", "2021-05-06T12:00:00+00:00") == (
        found.first_public.by,
        found.first_public.not_before,
    )
    assert [("paper", "a1", "source")] == [
        (one.source, one.attestation, one.basis) for one in found.first_public.told_by
    ]
    assert ("2021-05-08T13:00:00.000000Z", 7, 6, "desk") == (
        found.first_recorded.recorded_at,
        found.first_recorded.position,
        found.first_recorded.version + 4,
        found.first_recorded.actor,
    )
    assert Lag(at_least_s=2 * HOUR, at_most_s=2 * HOUR, in_words="2 hours") == found.occurred_to_public
    assert (
        Lag(at_least_s=49 * HOUR, at_most_s=49 * HOUR, in_words="2 days 1 hour") == found.public_to_recorded
    )


def test_the_source_that_was_recorded_last_may_have_been_first() -> None:
    attested: Line = {"FactAttested": "drag", "from": {"id": "b1", "source": "paper"}}
    found = known([report("wire"), attested]).first_public

    assert found is not None
    assert ["paper"] == [one.source for one in found.told_by]


def test_sources_of_the_same_moment_are_all_named() -> None:
    attested: Line = {
        "FactAttested": "drag",
        "from": {"id": "b1", "source": "station", "published": "2021-05-06 12:00"},
    }
    found = known([report(), attested]).first_public

    assert found is not None
    assert [("paper", "source"), ("station", "passage")] == [(one.source, one.basis) for one in found.told_by]


def test_what_only_our_record_dates_was_public_by_then_and_how_much_earlier_is_unknown() -> None:
    found = known([report("memo")])

    assert found.first_public is not None
    assert ("2021-05-08T13:00:00+00:00", None) == (found.first_public.by, found.first_public.not_before)
    assert ["recorded"] == [one.basis for one in found.first_public.told_by]
    assert Lag(at_most_s=51 * HOUR, in_words="at most 2 days 3 hours") == found.occurred_to_public
    assert Lag(at_least_s=0, in_words="unknown") == found.public_to_recorded


def test_a_source_of_unknown_day_may_have_been_earlier_than_the_one_that_is_dated() -> None:
    attested: Line = {"FactAttested": "drag", "from": {"id": "b1", "source": "memo"}}
    found = known([report(), attested]).first_public

    assert found is not None
    assert (["paper"], ["memo"], None) == (
        [one.source for one in found.told_by],
        [one.source for one in found.perhaps_earlier],
        found.not_before,
    )


def test_a_stretch_of_time_makes_the_lag_a_range() -> None:
    whole_day = {"earliest": "2021-05-06 00:00", "latest": "2021-05-07 00:00"}
    line = report(occurred="2021-05-05 00:00", published=whole_day)

    assert Lag(at_least_s=24 * HOUR, at_most_s=48 * HOUR, in_words="1 day to 2 days") == (
        known([line]).occurred_to_public
    )


def test_a_fact_that_took_a_while_makes_the_lag_a_range_too() -> None:
    line = report(occurred=None)
    line["says"] |= {"occurred": {"earliest": "2021-05-06 09:00", "latest": "2021-05-06 11:00"}}

    assert Lag(at_least_s=HOUR, at_most_s=3 * HOUR, in_words="1 hour to 3 hours") == (
        known([line]).occurred_to_public
    )


def test_a_source_that_is_surely_later_is_not_said_to_have_perhaps_been_earlier() -> None:
    attested: Line = {"FactAttested": "drag", "from": {"id": "b1", "source": "station"}}
    found = known([report(), attested]).first_public

    assert found is not None
    assert (["paper"], ()) == ([one.source for one in found.told_by], found.perhaps_earlier)
    assert found.by == found.not_before


@pytest.mark.parametrize(
    ("passage", "of_source", "basis", "by", "not_before"),
    [
        ({"published": "2021-05-05 12:00"}, {}, "passage", "05T12:00", "05T12:00"),
        (
            {"published": {"earliest": "2021-05-05 12:00", "latest": "unknown"}},
            {"published": "2021-05-06 12:00"},
            "source",
            "06T12:00",
            "06T12:00",
        ),
        (
            {"snapshot": "copy"},
            {"published": {"earliest": "2021-05-04 12:00", "latest": "unknown"}},
            "captured",
            "07T12:00",
            "04T12:00",
        ),
        ({"snapshot": "copy"}, {}, "captured", "07T12:00", None),
        (
            {"snapshot": "another"},
            {"published": {"earliest": "2021-05-04 12:00", "latest": "open"}},
            "recorded",
            "08T15:00",
            "04T12:00",
        ),
        ({"snapshot": "another"}, {}, "recorded", "08T15:00", None),
    ],
    ids=["its own", "the source's", "captured", "only captured", "recorded", "only recorded"],
)
def test_what_dates_a_passage_is_named_and_before_when_it_cannot_have_been_public(
    passage: Line, of_source: Line, basis: str, by: str, not_before: str | None
) -> None:
    captured: Line = {"SnapshotCaptured": "memo", "snapshot": "copy", "captured_at": "2021-05-07 12:00"}
    found = known([captured, {"SourceAmended": "memo", **of_source}, report("memo", **passage)]).first_public

    assert found is not None
    assert (basis, f"2021-05-{by}:00+00:00") == (found.told_by[0].basis, found.by)
    assert (None if not_before is None else f"2021-05-{not_before}:00+00:00") == found.not_before


def test_an_undated_fact_has_no_time_and_an_unknown_lag() -> None:
    found = known([report(occurred=None)])

    assert found.occurred is None
    assert Lag(in_words="unknown") == found.occurred_to_public


def test_the_order_of_facts_dates_what_nobody_dates_and_marks_it_derived() -> None:
    flight: Line = {
        "FactReported": "flight",
        "says": {"kind": "flight@1", "occurred": "after drag"},
        "from": "station",
    }
    found = known([report(), flight], fact="flight").occurred

    assert found is not None
    assert ("2021-05-06T10:00:00+00:00", None, ("earliest",)) == (found.earliest, found.latest, found.derived)


def test_what_was_never_published_has_no_first_public_and_no_lag() -> None:
    found = known([{"SourceAmended": "paper", "published": "never"}, report()])

    assert (None, None, None) == (found.first_public, found.occurred_to_public, found.public_to_recorded)


@pytest.mark.parametrize("stance", ["mentions", "denies", "contradicts", "declines"])
def test_only_a_passage_that_supports_makes_a_fact_public(stance: str) -> None:
    attested: Line = {"FactAttested": "drag", "from": {"id": "b1", "source": "paper", "stance": stance}}
    found = known([report("wire"), attested]).first_public

    assert found is not None
    assert ["wire"] == [one.source for one in found.told_by]


def test_what_we_misread_never_said_it() -> None:
    attested: Line = {"FactAttested": "drag", "from": {"id": "b1", "source": "wire"}}
    misread: Line = {"AttestationWithdrawn": "drag", "attestation": "a1", "cause": "our-misreading"}
    found = known([report(), attested, misread]).first_public

    assert found is not None
    assert ["wire"] == [one.source for one in found.told_by]


def test_before_the_incident_was_known_there_is_no_answer() -> None:
    assert first_known(events_of([report()]), INCIDENT, Axes(known=1)) is None


MOMENTS = st.integers(0, 10**9).map(lambda ms: EPOCH + dt.timedelta(milliseconds=ms))
SPANS = st.tuples(MOMENTS, MOMENTS).map(sorted)


@given(SPANS, SPANS, st.data())
def test_a_lag_holds_every_time_between_any_two_moments_of_its_ends(
    first: list[dt.datetime], then: list[dt.datetime], data: st.DataObject
) -> None:
    found = lag(*(Span(earliest=one[0], latest=one[1]) for one in (first, then)))
    between = [one[0] + (one[1] - one[0]) * data.draw(st.floats(0, 1)) for one in (first, then)]
    seconds = (between[1] - between[0]).total_seconds()

    assert found.at_least_s is not None
    assert found.at_most_s is not None
    assert found.at_least_s <= seconds <= found.at_most_s


@pytest.mark.parametrize(
    ("least", "most", "words"),
    [
        (90, 90, "1 minute 30 seconds"),
        (0, 7200, "at most 2 hours"),
        (-3600, 7200, "at most 2 hours"),
        (-7200, -3600, "1 hour or more before"),
        (-3600, 0, "before, or at that moment"),
        (0, 0, "no time"),
        (86_400, 90_000, "1 day to 1 day 1 hour"),
    ],
)
def test_a_lag_in_words(least: int, most: int, words: str) -> None:
    ends = [EPOCH + dt.timedelta(seconds=number) for number in (least, most)]

    assert words == lag(Span(earliest=EPOCH, latest=EPOCH), Span(earliest=ends[0], latest=ends[1])).in_words


def established(events: list[Recorded[Act]], fact: str, known_: int, public: dt.datetime) -> bool:
    view = incident_view(events, INCIDENT, Axes(known=known_, public=public))
    return view is not None and any(one.fact == fact for one in view.facts)


@given(courses_of_acts(), st.sampled_from(PUBLIC))
def test_first_public_is_the_first_moment_at_which_the_view_has_the_fact(
    lines: list[Line], public: dt.datetime | None
) -> None:
    events = events_of(lines)
    found = first_known(events, INCIDENT, Axes(known=len(events), public=public))
    assert found is not None
    for one in found.facts:
        if one.first_public is None:
            assert not established(events, one.fact, len(events), dt.datetime.max.replace(tzinfo=dt.UTC))
            continue
        by = dt.datetime.fromisoformat(one.first_public.by)

        assert established(events, one.fact, len(events), by)
        assert not established(events, one.fact, len(events), by - dt.timedelta(microseconds=1))
        assert one.first_public.not_before is None or (
            dt.datetime.fromisoformat(one.first_public.not_before) <= by
        )


@given(courses_of_acts())
def test_the_passages_named_are_dated_as_the_axes_have_it(lines: list[Line]) -> None:
    events = events_of(lines)
    course = Course(events, INCIDENT)
    sources = course.sources(len(events))
    found = first_known(events, INCIDENT, Axes(known=len(events)))
    assert found is not None
    for one in found.facts:
        fold = course.fold(one.fact, Axes(known=len(events)), sources)
        assert fold is not None
        recorded_at = {event.version: event.recorded_at for event in fold.acts}
        for teller in one.first_public.told_by if one.first_public is not None else ():
            passage = fold.passages[teller.attestation]
            public = publication(passage.attestation, sources, recorded_at[passage.version])

            assert public is not None
            assert one.first_public is not None
            assert public.isoformat() == one.first_public.by
