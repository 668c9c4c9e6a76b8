"""Bounds as relations tighten them: the same wherever they are asked for, and of no more facts than hang together."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projections.catch_up import CatchUp
from projections.catch_up_file import NAME, ReadFile
from projections.filters import read_filters
from projections.pages import facts_page, incidents_page
from projections.paging import Asking, StoredViews
from projections.ties import Ties
from projections.tight_bounds import dated, tight_bounds
from projections.timeline import timeline
from tests.desk import Desk, fact
from tests.facts_in_time import fact as fact_in_time
from tests.facts_in_time import hour
from tests.fakes import NOON
from tests.projections.keeping import no_text
from tests.strategies_timeline import any_facts, courses

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from projections.fact_fold import FactView
    from projections.page_rows import FactRow
    from tests.strategies_timeline import Course

LATER = NOON + dt.timedelta(days=30)


@given(any_facts())
def test_the_timeline_and_the_filters_have_the_same_bounds(facts: list[FactView]) -> None:
    tight = tight_bounds(dated(one) for one in facts)

    for entry in timeline(facts):
        time = tight[entry.fact]
        ends = time.interval.earliest, time.interval.latest
        assert [entry.earliest, entry.latest] == [None if end is None else end.isoformat() for end in ends]
        assert (entry.derived, entry.undated) == (time.derived, time.undated)


@given(courses())
def test_what_is_said_truly_never_excludes_what_happened(told: tuple[Course, list[FactView]]) -> None:
    course, facts = told
    day = dt.datetime(2021, 5, 8, tzinfo=dt.timezone(dt.timedelta(hours=-5)))

    for name, time in tight_bounds(dated(one) for one in facts).items():
        begun, ended = (day + dt.timedelta(hours=hour) for hour in course[name])
        assert time.interval.earliest is None or time.interval.earliest <= begun
        assert time.interval.latest is None or ended <= time.interval.latest


@given(any_facts(), st.data())
def test_facts_that_hang_together_have_their_bounds_without_the_others(
    facts: list[FactView], data: st.DataObject
) -> None:
    if not facts:
        return
    ties = Ties()
    for one in facts:
        occurred = one.content.occurred
        ties.tie(one.fact, {relation.fact for relation in occurred.relations} if occurred else ())
    reached = ties.reached_from(data.draw(st.sampled_from(facts)).fact)
    whole = tight_bounds(dated(one) for one in facts)

    assert {name: whole[name] for name in reached if name in whole} == tight_bounds(
        dated(one) for one in facts if one.fact in reached
    )


def test_a_tie_lasts_until_the_last_relation_goes() -> None:
    ties = Ties()
    ties.tie("a", {"b"})
    ties.tie("b", {"a", "c"})
    ties.untie("a", {"b"})
    assert {"a", "b", "c"} == ties.reached_from("a")
    assert all(ties.has(one) for one in "abc")
    ties.untie("b", {"a", "c"})
    assert {"a"} == ties.reached_from("a")
    assert not any(ties.has(one) for one in "abc")


def test_the_first_moment_that_there_is_is_a_bound_of_its_own_and_not_worked_out() -> None:
    first = "0001-01-01T00:00:00+00:00"
    begun, after = timeline(
        [fact_in_time("begun", earliest=first, latest=hour(1)), fact_in_time("after", "after begun")]
    )

    assert (first, ()) == (begun.earliest, begun.derived)
    assert (None, ()) == (after.earliest, after.derived), (
        "that nothing was before the first moment is no bound"
    )


def test_a_time_without_a_bound_is_undated() -> None:
    assert {} == tight_bounds(())


@pytest.fixture(name="desk")
def given_desk(tmp_path: Path) -> Iterator[Desk]:
    """Incident `stop`: `flight` on 3 May, `chase` after it and before `arrest` of 4 May, `lost` undated."""
    desk = Desk(tmp_path / "tight.ledger")
    desk.begin()
    desk.act(fact("flight", occurred={"edtf": "2021-05-03"}))
    desk.act(fact("arrest", occurred={"edtf": "2021-05-04"}))
    between = [{"rel": "after", "fact": "flight"}, {"rel": "before", "fact": "arrest"}]
    desk.act(fact("chase", occurred={"as_stated": "then", "relations": between}))
    desk.act(fact("lost"))
    yield desk
    desk.close()


@pytest.fixture(name="views")
def given_views(desk: Desk, tmp_path: Path) -> Iterator[StoredViews]:
    catch_up(desk, tmp_path)
    file = ReadFile(tmp_path / NAME)
    yield StoredViews(file, desk.store, no_text)
    file.close()


def catch_up(desk: Desk, folder: Path) -> None:
    kept = CatchUp(desk.store, folder, no_text)
    kept.run()
    kept.close()


def found(
    views: StoredViews,
    asked: dict[str, str],
    public: dt.datetime | None = None,
    known: int | None = None,
) -> dict[str, FactRow]:
    """The facts that answer, by id."""
    page = facts_page(views, read_filters(asked), Asking(known=known, public=public))
    return {row.fact: row for row in page.rows}


WINDOW = {"occurred_from": "2021-05-03T00:00:00-05:00", "occurred_to": "2021-05-05T00:00:00-05:00"}
CERTAIN = {**WINDOW, "overlap": "certain"}


@pytest.mark.parametrize("public", [None, LATER])
def test_a_window_is_asked_of_the_bounds_that_relations_give(
    views: StoredViews, public: dt.datetime | None
) -> None:
    certain = found(views, CERTAIN, public)
    possible = found(views, WINDOW, public)
    before = found(views, {"occurred_to": "2021-05-03T00:00:00-05:00"}, public)

    assert {"flight", "arrest", "chase"} == set(certain)
    assert {"flight", "arrest", "chase", "lost"} == set(possible)
    assert {"lost"} == set(before)
    assert (("earliest", "latest"), False) == (certain["chase"].derived, certain["chase"].undated)
    assert ("2021-05-03T05:00:00.000000Z", "2021-05-05T05:00:00.000000Z") == (
        certain["chase"].earliest,
        certain["chase"].latest,
    )
    assert ((), True) == (possible["lost"].derived, possible["lost"].undated)


@pytest.mark.parametrize("public", [None, LATER])
def test_a_correction_of_one_fact_moves_those_that_relate_to_it(
    desk: Desk, views: StoredViews, tmp_path: Path, public: dt.datetime | None
) -> None:
    before = desk.store.head().position
    told = fact("arrest", occurred={"edtf": "2021-05-09"})
    desk.act(
        {
            **{name: value for name, value in told.items() if name not in {"id", "citations"}},
            "op": "correct-fact",
            "fact": "arrest",
            "class": "wrong-time",
            "cause": "source-error",
            "reason": "The docket has another day.",
            "rests_on": ["a1"],
        }
    )
    catch_up(desk, tmp_path)

    assert "chase" in found(views, CERTAIN, public, before)
    assert {"flight"} == set(found(views, CERTAIN, public))
    assert "2021-05-10T05:00:00.000000Z" == found(views, {}, public)["chase"].latest


def test_a_fact_that_is_retracted_moves_no_other(desk: Desk, views: StoredViews, tmp_path: Path) -> None:
    desk.act(
        {
            "op": "retract-fact",
            "incident": "stop",
            "fact": "arrest",
            "cause": "source-error",
            "reason": "Gone.",
        }
    )
    catch_up(desk, tmp_path)

    chase = found(views, {})["chase"]
    assert (None, ("earliest",)) == (chase.latest, chase.derived)
    assert "2021-05-05T05:00:00.000000Z" == found(views, {})["arrest"].latest


def test_an_incident_is_found_by_a_bound_that_a_relation_gives(views: StoredViews) -> None:
    assert () == incidents_page(views, read_filters({**CERTAIN, "q": "nothing"}), Asking()).rows
    for public in (None, LATER):
        rows = incidents_page(views, read_filters(CERTAIN), Asking(public=public)).rows
        assert ["stop"] == [row.incident for row in rows]
