"""Pages over all incidents answer what a fold of every incident would, at any position and public time (ADR 12)."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from projections.axes import Axes
from projections.filters import matches, read_filters
from projections.incident_view import incident_view
from projections.lists import Matters, corrections, source_citations, worklist_page
from projections.pages import facts_page, incidents_page
from projections.paging import MAX_LIMIT, Asking, StoredViews
from projections.search import Index
from projections.tight_bounds import Tight, dated, tight_bounds
from projections.views_at import catch_up_at, read_at
from projections.words import words_of
from projections.worklist import concerning, worklist
from tests import reference
from tests.postgres_server import fresh_address
from tests.projections.many_situations import Shelf, all_situations
from tests.projections.test_catch_up import no_text
from tests.recorded import recorded
from tests.situations import load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ledger.events import Act, Recorded
    from projections.fact_fold import FactView
    from projections.page_rows import Page
    from projections.views_at import Place

ACTS = all_situations()
EVENTS = recorded(ACTS)
INCIDENTS = [act["stream"].partition("/")[2] for act in ACTS if act["type"] == "IncidentOpened"]
POSITIONS = [0, len(ACTS) // 3, 2 * len(ACTS) // 3, len(ACTS)]
PUBLIC = sorted({point.public for one in load() for point in one.points if point.public})[1::12]
CITED = sorted(
    {
        one["source"]
        for act in ACTS
        for one in (*act["body"].get("attestations", ()), act["body"].get("attestation"))
        if isinstance(one, dict) and ("as_stated" in one or "relays" in one)
    }
)
ASKED: list[dict[str, str]] = [
    {},
    {"kind": "drag"},
    {"status": "disputed"},
    {"status": "corroborated"},
    {"status": "retracted"},
    {"status": "redacted"},
    {"role": "injured"},
    {"role": "unstated"},
    {"source": CITED[1]},
    {"source": CITED[-1]},
    {"q": "officer"},
    {"q": "Officer dragged"},
    {"q": 'feet" OR "x'},
    {"q": "50 feet"},
    {"q": "happening"},
    {"q": "traffic stop"},
    {"occurred_from": "2021-05-08T00:00:00Z"},
    {"occurred_to": "2021-05-08T18:00:00Z"},
    {"occurred_from": "2021-05-08T00:00:00Z", "occurred_to": "2021-05-09T12:00:00Z", "overlap": "certain"},
    {"occurred_from": "2021-05-08T00:00:00Z", "occurred_to": "2021-05-08T00:00:00Z"},
    {"occurred_from": "2021-05-08T00:00:00Z", "overlap": "certain"},
    {"occurred_to": "2021-05-09T12:00:00Z", "overlap": "certain"},
    {"near": "-92.3,34.75,5000"},
    {"kind": "drag", "q": "dragged", "status": "reported"},
]


@pytest.fixture(scope="module", params=["a file", "a database"])
def views(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoredViews]:
    """The stored views of all situations, in either."""
    folder = tmp_path_factory.mktemp("views")
    place: Place = folder
    if request.param == "a database":
        place = fresh_address(request.getfixturevalue("database_url"), folder)
    shelf = Shelf(folder / "views.ledger")
    shelf.put(ACTS)
    made = catch_up_at(place, shelf.store, no_text)
    made.run()
    made.close()
    file = read_at(place)
    yield StoredViews(file, shelf.store, no_text)
    file.close()
    shelf.close()


def of_incident(incident: str) -> list[Recorded[Act]]:
    mark = incident.removeprefix("lr")
    return [one for one in EVENTS if one.stream == f"incident/{incident}" or one.stream.endswith(mark)]


FOLDED: dict[tuple[str, int, str | None], list[tuple[int, FactView]]] = {}


def folded_facts(incident: str, known: int, public: str | None) -> list[tuple[int, FactView]]:
    """Each fact with the position of its report."""
    key = incident, known, public
    if key not in FOLDED:
        axes = Axes(known=known, public=None if public is None else dt.datetime.fromisoformat(public))
        view = incident_view(of_incident(incident), incident, axes)
        reported = {
            (act["stream"], act["body"]["fact"]): act["position"]
            for act in ACTS
            if act["type"] == "FactReported"
        }
        facts = () if view is None else view.facts
        FOLDED[key] = [(reported[f"incident/{incident}", one.fact], one) for one in facts]
    return FOLDED[key]


def times_of(incident: str, known: int, public: str | None) -> dict[str, Tight]:
    """When each fact occurred, as the relations between all of them have it."""
    return tight_bounds(dated(fact) for _, fact in folded_facts(incident, known, public))


def answering(given: dict[str, str], known: int, public: str | None) -> Iterator[tuple[str, int, FactView]]:
    """Incident, report and fact, of every fact that answers, by the fold alone."""
    filters = read_filters(given)
    index = Index()
    for incident in INCIDENTS:
        times = times_of(incident, known, public)
        for reported, fact in folded_facts(incident, known, public):
            if matches(fact, filters, times[fact.fact].interval) and (
                not filters.words or index.has(words_of(fact.content), filters.words)
            ):
                yield incident, reported, fact
    index.close()


def every_row(ask: Callable[[Asking], Page[Any]], known: int, public: str | None, limit: int) -> list[Any]:
    """The rows of all pages, one after another."""
    at = None if public is None else dt.datetime.fromisoformat(public)
    page = ask(Asking(known=known, public=at, limit=limit))
    rows = [*page.rows]
    while page.next is not None:
        assert limit == len(page.rows)
        page = ask(Asking(public=at, cursor=page.next, limit=limit))
        assert (known, ()) == (page.position, page.incomplete)
        rows += page.rows
    return rows


@pytest.mark.parametrize("given", ASKED, ids=str)
@pytest.mark.parametrize("public", [None, *PUBLIC])
def test_facts_are_those_that_the_fold_of_every_incident_finds(
    views: StoredViews, given: dict[str, str], public: str | None
) -> None:
    for known in POSITIONS:
        expected = sorted(answering(given, known, public), key=lambda one: one[1])
        rows = every_row(
            lambda asking: facts_page(views, read_filters(given), asking), known, public, limit=7
        )

        assert [(incident, fact.fact) for incident, _, fact in expected] == [
            (row.incident, row.fact) for row in rows
        ]
        for (incident, reported, fact), row in zip(expected, rows, strict=True):
            assert (reported, fact.version, fact.content.kind) == (row.reported, row.version, row.kind)
            assert (fact.status, fact.decided, fact.origins) == (row.status, row.decided, row.origins)
            time = times_of(incident, known, public)[fact.fact]
            assert (time.undated, time.derived) == (row.undated, row.derived)
            for end, told in ((time.interval.earliest, row.earliest), (time.interval.latest, row.latest)):
                assert end == (None if told is None else dt.datetime.fromisoformat(told))
            assert (
                fact.content.statement if isinstance(fact.content.statement, str) else None
            ) == row.statement


@pytest.mark.parametrize("given", ASKED, ids=str)
@pytest.mark.parametrize("public", [None, *PUBLIC[:2]])
def test_incidents_are_those_of_which_one_fact_answers(
    views: StoredViews, given: dict[str, str], public: str | None
) -> None:
    filters = read_filters(given)
    opened = {one.stream.partition("/")[2]: one.position for one in EVENTS if one.type == "IncidentOpened"}
    index = Index()
    for known in POSITIONS[1:]:
        expected = {incident for incident, _, _ in answering(given, known, public)}
        for incident in INCIDENTS:
            view = incident_view(of_incident(incident), incident, Axes(known=known))
            titled = view is not None and (
                not filters.words or index.has((str(view.title), ""), filters.words)
            )
            others = {key: value for key, value in given.items() if key != "q"}
            if titled and (not others or any(one[0] == incident for one in answering(others, known, public))):
                expected.add(incident)
        rows = every_row(lambda asking: incidents_page(views, filters, asking), known, public, limit=5)

        assert sorted(expected, key=lambda one: opened[one]) == [row.incident for row in rows]
    index.close()


def test_the_rows_of_every_fact_are_what_the_reference_ledger_says(views: StoredViews) -> None:
    for known in POSITIONS:
        rows = every_row(lambda asking: facts_page(views, read_filters({}), asking), known, None, limit=50)
        stored = {
            (row.incident, row.fact): (row.version, row.status, row.origins, list(row.decided))
            for row in rows
        }
        expected = {}
        for incident in INCIDENTS:
            mark = incident.removeprefix("lr")
            acts = [one for one in ACTS if one["stream"].endswith(mark)]
            state = reference.state(acts, incident, known=known)
            for name, fact in ({} if state is None else state["facts"]).items():
                told = fact["version"], fact["status"], fact["origins"], fact["decided"]
                expected[incident, name] = told

        assert expected == stored


def test_what_was_taken_from_a_source_is_told_with_how_it_stands(views: StoredViews) -> None:
    for source in CITED:
        for known in POSITIONS:
            for public in (None, PUBLIC[1]):
                expected = [
                    (incident, fact.fact, one.attestation.id, one.why, fact.status)
                    for incident in INCIDENTS
                    for _, fact in folded_facts(incident, known, public)
                    for one in sorted(fact.attestations, key=lambda one: one.attestation.id)
                    if one.attestation.source == source
                ]
                asked = partial(source_citations, views, source)
                rows = every_row(asked, known, public, limit=1)

                assert expected == [
                    (row.incident, row.fact, row.attestation, row.why, row.status) for row in rows
                ]


def test_corrections_are_told_newest_first_and_those_of_wording_only_if_asked(views: StoredViews) -> None:
    known = len(ACTS)
    every = [act for act in reversed(ACTS) if act["type"] in {"FactCorrected", "FactRetracted"}]
    rows = every_row(lambda asking: corrections(views, asking, wording=True), known, None, limit=4)
    fewer = every_row(lambda asking: corrections(views, asking), known, None, limit=4)

    assert [act["position"] for act in every] == [row.position for row in rows]
    assert [act["position"] for act in every if act["body"].get("class") != "wording"] == [
        row.position for row in fewer
    ]


def test_a_correction_is_public_once_it_is_out_and_the_fact_before_it(views: StoredViews) -> None:
    known = len(ACTS)
    for public in PUBLIC:
        rows = every_row(lambda asking: corrections(views, asking, wording=True), known, public, limit=9)
        told = {row.position for row in rows}
        expected = set()
        for act in ACTS:
            if act["type"] not in {"FactCorrected", "FactRetracted"}:
                continue
            incident = act["stream"].partition("/")[2]
            log = [one for one in ACTS if one["stream"].endswith(incident.removeprefix("lr"))]
            lineage = reference.upon(log, act["stream"], act["body"]["fact"])
            state = reference.state(log, incident, public=public)
            assert state is not None
            is_out = reference.out(act, lineage, log) <= dt.datetime.fromisoformat(public)
            facts = folded_facts(incident, known, public)
            first = {fact.fact: fact.first_version for _, fact in facts}
            if is_out and first.get(act["body"]["fact"], len(ACTS)) <= act["version"]:
                expected.add(act["position"])

        assert expected == told, public


@pytest.mark.parametrize("matters", [Matters(), Matters(sort="dispute"), Matters(source=CITED[0])])
def test_the_worklist_is_that_of_every_incident_now_and_then(views: StoredViews, matters: Matters) -> None:
    for known in POSITIONS:
        expected = [
            item.id
            for incident in INCIDENTS
            for item in concerning(worklist(of_incident(incident), known, no_text), source=matters.source)
            if matters.sort in {None, item.sort}
        ]
        rows = every_row(lambda asking: worklist_page(views, matters, asking), known, None, limit=3)

        assert expected == [item.id for item in rows], known


def test_a_page_never_has_more_rows_than_the_largest_limit(views: StoredViews) -> None:
    assert 500 == MAX_LIMIT
    assert len(facts_page(views, read_filters({}), Asking(limit=MAX_LIMIT)).rows) <= MAX_LIMIT
