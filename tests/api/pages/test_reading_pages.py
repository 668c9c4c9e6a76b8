"""What the pages tell of the incident of the demonstration, and at which point of both axes."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from selectolax.lexbor import LexborHTMLParser

from api.demo import INCIDENT
from api.pages.framing import Clock
from api.pages.stops import _labels
from tests.api.pages.reading import AT, Reader, text_in

JSON = f"/v1/incidents/{INCIDENT}"


def test_the_front_page_lists_the_incident_with_how_its_facts_stand(demo: Reader) -> None:
    text = demo.text("/")

    assert "Traffic contact and shooting, Little Rock, 8 May 2021" in text
    assert "24 facts from 9 sources; 2 corrections, 1 retraction." in text
    assert "2 disputed" in text
    assert AT in demo.links("/")


def test_every_fact_is_told_with_its_sentence_its_standing_its_origins_and_its_words(demo: Reader) -> None:
    page = LexborHTMLParser(demo.page(AT))
    facts = demo.client.get(JSON).json()["facts"]

    assert 24 == len(facts)
    for fact in facts:
        card = page.css_first(f'article[id="fact.{fact["fact"]}"]')
        assert card is not None
        text = text_in(card.html or "", "article")
        assert fact["content"]["statement"] in text
        assert fact["status"] in text
        assert f"{fact['origins']} origin" in text
        quotes = [
            selector["exact"]
            for one in fact["attestations"][:1]
            for selector in one["attestation"]["selector"]
            if selector["type"] == "TextQuoteSelector"
        ]
        assert all(quote in text for quote in quotes)


def test_a_correction_is_told_as_a_newspaper_does(demo: Reader) -> None:
    text = demo.text(AT, 'article[id="fact.drag"] .mended')

    assert "Correction, 1 Jun 2021" in text
    assert "An earlier version of this record said about 15 feet." in text
    assert "It read: An officer was dragged by the car for about 15 feet." in text
    assert "a wrong number (our misreading)" in text


def test_a_retracted_fact_is_struck_and_kept_with_what_tells_it_instead(demo: Reader) -> None:
    page = LexborHTMLParser(demo.page(AT))
    card = page.css_first('article[id="fact.drag-by-car"]')

    assert card is not None
    assert "dragged about 15 to 20 feet after a shot" in text_in(card.html or "", "h3 del")
    assert "Retraction" in text_in(card.html or "", ".mended")
    assert "Told instead by drag" in text_in(card.html or "", ".mended")


def test_a_conflict_stands_where_it_occurs_with_the_passages_side_by_side(demo: Reader) -> None:
    found = LexborHTMLParser(demo.page(AT)).css_first('article[id="fact.vehicle-found"] .opposed.is-conflict')

    assert found is not None
    sides = [text_in(one.html or "", ".side") for one in found.css(".side")]
    assert 2 == len(sides)
    assert sides[0].startswith("Support it")
    assert "The car was found several blocks away." in sides[0]
    assert sides[1].startswith("Speak against it")
    assert "found a few yards away at a utility pole" in sides[1]


def test_a_dispute_is_told_with_who_raised_it_and_what_was_answered(demo: Reader) -> None:
    text = demo.text(AT, 'article[id="fact.discharge"] .dispute')

    assert "Disputed by the desk" in text
    assert "left open: both accounts stand" in text
    assert "neither says how the struggle lies to the dragging" in text


def test_the_timeline_draws_uncertain_times_as_bars_and_says_where_the_order_is_not_recorded(
    demo: Reader,
) -> None:
    rows = LexborHTMLParser(demo.page(AT)).css(".timeline .row")
    by_fact = {str(row.css_first("a").attributes["href"]).removeprefix("#fact."): row for row in rows}  # type: ignore[union-attr]  # each row has a link
    words = {fact: text_in(row.html or "", ".row") for fact, row in by_fact.items()}

    assert 24 == len(rows)
    assert "order not recorded" in words["weapon-drawn"]
    assert words["contact"].startswith("then ")
    assert "placed here by the words of" in words["flight"]
    assert "undated" in words["investigation-opened"]
    assert by_fact["investigation-opened"].css_first("rect.undated") is not None
    assert by_fact["vehicle-taken"].css_first("path.arrow") is not None
    assert by_fact["contact"].css_first("line.cap-derived") is not None
    assert by_fact["dispatch"].css_first("line.cap-sharp") is not None


def test_a_page_is_of_the_position_that_is_asked_for(demo: Reader) -> None:
    then = demo.text(f"{AT}?known_at=21")

    assert "As the ledger stood at position 21" in then
    assert "An officer was dragged by the car for about 15 feet." in then
    assert "15 to 20 feet" not in then
    assert "5 facts, from 2 sources" in then


def test_a_page_counts_only_what_was_public(demo: Reader) -> None:
    text = demo.text(f"{AT}?public_at=2021-05-10T00:00:00-05:00")

    assert "counting only what sources had published by the end of 9 May 2021" in text
    assert "6 facts" in text
    assert "Michael Smith" not in text


def test_links_of_a_page_keep_its_point(demo: Reader) -> None:
    links = demo.links(f"{AT}?known_at=25")

    assert f"{AT}/facts/drag?known_at=25" in links
    assert any(
        re.fullmatch(r"/sources/account-a\?known_at=25&snapshot=sha256%3A[0-9a-f]{64}#passage\..*", one)
        for one in links
    )


def test_moving_the_control_says_what_appeared_changed_and_went(demo: Reader) -> None:
    forwards = demo.text(f"{AT}?known_at=37&since=21", "#moved")
    back = demo.text(f"{AT}?known_at=21&since=37", "#moved")
    public = demo.text(f"{AT}?since_public=2021-05-10T00:00:00-05:00", "#moved")

    assert "1 fact appeared, 3 facts changed" in forwards.lower()
    assert "the distance was corrected from about 15 feet to about 15-20 feet" in forwards
    assert "went" in back
    assert "drag-by-car" in back
    assert "appeared" in public
    assert "booking" in public


def test_the_control_offers_every_act_and_every_instant_of_publication(demo: Reader) -> None:
    page = LexborHTMLParser(demo.page(f"{AT}?known_at=25"))
    known = [str(one.attributes["value"]) for one in page.css("#known-stop option")]
    chosen = [one.attributes["value"] for one in page.css("#known-stop option[selected]")]
    public = [text_in(one.html or "", "option") for one in page.css("#public-stop option")]

    trail = demo.client.get(f"{JSON}/audit?limit=500").json()["entries"]
    assert {str(one["position"]) for one in trail[:-1]} <= set(known)
    assert ["25"] == chosen
    assert "the end of 8 May 2021" in public
    assert "whenever published" == public[-1]
    now = [
        text_in(one.html or "", "option")
        for one in LexborHTMLParser(demo.page(AT)).css("#public-stop option")
    ]
    assert len({*now}) == len(now) > 5


@pytest.mark.parametrize(
    ("apart", "told"),
    [
        ("1 minute", ["8 May 2021 04:00", "8 May 2021 04:01"]),
        ("1 second", ["8 May 2021 04:00:00", "8 May 2021 04:00:01"]),
        ("2 milliseconds", ["8 May 2021 04:00:00.000", "8 May 2021 04:00:00.002"]),
        ("3 microseconds", ["8 May 2021 04:00:00.000000", "8 May 2021 04:00:00.000003"]),
    ],
)
def test_instants_are_told_as_exactly_as_it_takes_to_tell_them_apart(apart: str, told: list[str]) -> None:
    number, _, unit = apart.partition(" ")
    later = dt.timedelta(**{unit.removesuffix("s") + "s": int(number)})
    first = dt.datetime(2021, 5, 8, 9, tzinfo=dt.UTC)
    midnight = dt.datetime(2021, 5, 10, 5, tzinfo=dt.UTC)

    labels = _labels([first, first + later, midnight], Clock("America/Chicago"))
    assert [*told, "the end of 9 May 2021"] == labels


@pytest.mark.parametrize(
    ("asked", "leads_to"),
    [
        ("known=25&public=", f"{AT}?known_at=25"),
        ("known=&public=", AT),
        ("known=25&public=&from_known=21&from_public=", f"{AT}?known_at=25&since=21"),
        ("known=&public=2021-05-10T00%3A00%3A00-05%3A00", f"{AT}?public_at=2021-05-10T00%3A00%3A00-05%3A00"),
        ("known=&public=&public_day=2021-05-09", f"{AT}?public_at=2021-05-10T05%3A00%3A00%2B00%3A00"),
        ("known=21&public=&known_day=2021-05-07", f"{AT}?known_at=0"),
        ("known=21&public=&known_day=2031-05-07", AT),
    ],
)
def test_the_form_of_the_control_leads_to_an_address_that_can_be_cited(
    demo: Reader, asked: str, leads_to: str
) -> None:
    found = demo.open(f"{AT}/at?{asked}")

    assert (303, leads_to) == (found.status_code, found.headers["Location"])


def test_a_day_around_a_change_of_the_clocks_ends_at_its_own_midnight(demo: Reader) -> None:
    """On 14 March 2021 the clocks of Chicago went an hour ahead: its midnight after that day is at five in UTC, the one before at six."""
    found = [
        demo.open(f"{AT}/at?known=&public=&public_day={day}").headers["Location"]
        for day in ("2021-03-13", "2021-03-14")
    ]

    assert f"{AT}?public_at=2021-03-14T06%3A00%3A00%2B00%3A00" == found[0]
    assert f"{AT}?public_at=2021-03-15T05%3A00%3A00%2B00%3A00" == found[1]


def test_the_page_of_a_fact_tells_its_lineage_and_when_it_was_first_known(demo: Reader) -> None:
    text = demo.text(f"{AT}/facts/drag")
    acts = LexborHTMLParser(demo.page(f"{AT}/facts/drag")).css("#lineage .act")
    lineage = demo.client.get(f"{JSON}/facts/drag/lineage").json()["steps"]

    assert len(lineage) == len(acts)
    assert "First public by the end of 8 May 2021" in text
    assert "First recorded" in text
    assert "lag:" in text
    assert "not in proportion" in text
    assert "6 origins" in text


def test_the_changes_stand_between_then_and_now(demo: Reader) -> None:
    page = LexborHTMLParser(demo.page(f"{AT}/changes?from=21"))
    pair = next(one for one in page.css(".panes") if text_in(one.html or "", "h2") == "drag")
    then, now = (text_in(one.html or "", ".pane") for one in pair.css(".pane"))

    assert "for about 15 feet." in then
    assert "for about 15 to 20 feet." in now
    assert "because the desk took the lower end" in text_in(pair.html or "", ".between")


def test_the_audit_trail_is_filtered_by_act_actor_fact_and_day(demo: Reader) -> None:
    def acts(query: str) -> list[str]:
        page = LexborHTMLParser(demo.page(f"{AT}/audit?{query}"))
        return [text_in(one.html or "", "h2") for one in page.css(".act")]

    assert ["Corrected: drag", "Corrected: booking"] == acts("act=FactCorrected&actor=&fact=")
    assert ["Corrected: drag"] == acts("act=FactCorrected&fact=drag")
    assert [] == acts("act=FactCorrected&actor=somebody")
    assert [] == acts("act=FactCorrected&from_day=2021-06-02")
    assert 2 == len(acts("act=FactCorrected&from_day=2021-06-01&to_day=2021-06-01"))


def test_the_audit_trail_is_told_in_pages_that_lose_nothing(demo: Reader) -> None:
    seen: list[str] = []
    path = f"{AT}/audit"
    while path:
        page = LexborHTMLParser(demo.page(path))
        seen += [str(one.attributes["id"]) for one in page.css(".act")]
        following = page.css_first('.pager a[rel="next"]')
        path = "" if following is None else str(following.attributes["href"])

    trail = demo.client.get(f"{JSON}/audit?limit=500").json()["entries"]
    assert [f"act-{one['position']}" for one in trail] == seen


def test_a_source_shows_its_text_with_every_cited_passage_marked(demo: Reader) -> None:
    page = LexborHTMLParser(demo.page("/sources/account-a"))
    marked = [text_in(one.html or "", "mark") for one in page.css("#snapshot mark")]

    assert [
        "pulled along by a car for several feet",
        "the officer was dragged for about 15-20 feet",
        "There was a struggle first, the release says, and then the driver was shot.",
        "The car was found several blocks away.",
        "The driver's condition was given as critical.",
    ] == marked
    assert "account-a copies local-post" in demo.text("/sources/account-a")
    assert 5 == len(page.css("#citing li"))


def test_a_source_of_which_nothing_was_captured_says_so(demo: Reader) -> None:
    assert "No copy of this source has been captured." in demo.text("/sources/police-release")


def test_corrections_come_newest_first_with_notice_and_reason(demo: Reader) -> None:
    heads = [
        text_in(one.html or "", "h2") for one in LexborHTMLParser(demo.page("/corrections")).css(".lines li")
    ]

    assert [
        "An earlier version gave neither the day nor the jail.",
        "This entry told of the same dragging twice.",
        "An earlier version of this record said about 15 feet.",
    ] == heads


def test_the_worklist_says_what_to_look_at_and_can_be_filtered(demo: Reader) -> None:
    assert "account-c speaks against the fact" in demo.text("/worklist")
    assert "Somebody disputes it" in demo.text("/worklist?sort=dispute&incident=&source=", ".lines")
    assert "There is nothing to look at." in demo.text("/worklist?sort=unsupported", ".lines")


def test_a_search_finds_facts_and_marks_the_words(demo: Reader) -> None:
    page = LexborHTMLParser(demo.page("/search?q=officer+dragged&kind=&status=corroborated&overlap=possible"))

    assert ["An officer was dragged by the car for about 15 to 20 feet."] == [
        text_in(one.html or "", "h3 a").replace(" .", ".") for one in page.css(".lines li")
    ]
    assert ["officer", "dragged"] == [text_in(one.html or "", "mark") for one in page.css(".lines mark")]
    assert "No fact answers all of it" in demo.text("/search?q=zeppelin")
    assert "identity-published" in demo.page(
        "/search?occurred_from=2021-05-12&occurred_to=2021-05-12&overlap=certain"
    )


def test_the_log_tells_its_entries_with_the_hashes_of_their_bytes(demo: Reader) -> None:
    rows = list(demo.client.served.history.stored())
    text = demo.text("/log")

    assert f"one sequence of {len(rows)} entries" in text
    assert f"leaf {rows[-1].leaf.hex()[:16]}" in text
    assert "incident-ledger verify ADDRESS --checkpoint KEPT --key KEY" in text
    assert "ledger opened" in demo.text("/log?before=3").lower() or "LedgerOpened" in demo.text(
        "/log?before=3"
    )


def test_a_page_carries_the_checkpoint_that_covers_it_and_the_log_shows_it_to_the_byte(demo: Reader) -> None:
    head = demo.client.app.state.reading.checkpoints.sign()
    note = demo.client.get("/v1/log/checkpoint").text
    shown = LexborHTMLParser(demo.page("/log")).css_first("pre")
    lines = {
        path: demo.text(path, ".colophon .checkpoint")
        for path in (AT, f"{AT}/facts/drag", f"{AT}/audit", f"{AT}/changes", "/", "/sources/article", "/log")
    }

    assert head.checkpoint.size == demo.client.head
    assert shown is not None
    assert note == shown.text()
    assert {
        f"Covered by the checkpoint of {head.checkpoint.size} entries, root {note.splitlines()[2]}."
    } == set(lines.values())


def test_a_fact_leads_to_its_proof(demo: Reader) -> None:
    link = LexborHTMLParser(demo.page(f"{AT}/facts/drag")).css_first("a[download]")

    assert link is not None
    assert ["drag"] == [demo.client.get(str(link.attributes["href"])).json()["fact"]]
