"""What the demonstration has not: redactions, two copies of a source, places with a point, many facts, and an empty ledger."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from selectolax.lexbor import LexborHTMLParser

from tests.api.http.client import INCIDENT, Client, without_op
from tests.api.pages.reading import LIMIT_BYTES, Reader, text_in
from tests.desk import AGENCY, cited

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ledger.values import Json

BASIS = {"legal_basis": "Art. 17 GDPR", "authority": "District Court", "reason": "A court ordered it."}


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    with Client(tmp_path / "ledger") as client:
        yield Reader(client)


def begun(reader: Reader) -> None:
    assert 201 == reader.client.post("/v1/incidents", INCIDENT).status_code
    assert 201 == reader.client.post("/v1/sources", without_op(AGENCY)).status_code


def capture(reader: Reader, text: str) -> str:
    answer = reader.client.post(
        "/v1/sources/release/snapshots", text.encode(), headers={"Content-Type": "text/plain"}
    )
    assert answer.status_code in (200, 201), answer.text
    return str(answer.json()["sha256"])


def report(reader: Reader, ident: str, **members: Json) -> None:
    body = {
        "id": ident,
        "kind": "drag",
        "statement": f"The officer was dragged, says {ident}.",
        "citations": [cited()],
        **members,
    }
    answer = reader.client.post("/v1/incidents/stop/facts", body)
    assert 201 == answer.status_code, answer.text


def test_an_empty_ledger_has_pages_that_say_so(reader: Reader) -> None:
    assert "No incident has been opened" in reader.text("/")
    assert "Nothing has been corrected" in reader.text("/corrections")
    assert "There is nothing to look at." in reader.text("/worklist")
    assert "No source was registered" in reader.text("/sources")
    assert "No fact answers all of it" in reader.text("/search")
    assert "Nothing was recorded yet." in reader.text("/log")
    assert "No checkpoint of the log has been signed yet." in reader.text("/log", ".checkpoint")


def test_what_was_redacted_leaves_a_tombstone_on_every_page_and_at_every_point(reader: Reader) -> None:
    begun(reader)
    report(
        reader,
        "drag",
        statement="John Secret was dragged.",
        participants=[{"id": "p1", "role": "officer", "name": "John Secret"}],
    )
    pages = (
        "/",
        "/incidents/stop",
        "/incidents/stop/facts/drag",
        "/incidents/stop/audit",
        "/incidents/stop/changes",
        "/search",
        "/incidents/stop?known_at=4",
    )
    assert all("John Secret" in reader.page(path) for path in pages[1:])
    redact = {
        "incident": "stop",
        "facts": [{"fact": "drag", "paths": ["statement", "participants/p1/name"]}],
        **BASIS,
    }
    assert 201 == reader.client.post("/v1/redactions", redact).status_code

    for path in pages:
        assert "Secret" not in reader.page(path), path
    card = reader.text("/incidents/stop", "article")
    assert "removed by law, or not disclosed" in card
    assert "partly redacted" in card
    assert "Art. 17 GDPR" in card
    assert "District Court" in card
    assert "redacted" in reader.text("/incidents/stop/audit").lower()


def test_the_audit_trail_of_a_fact_has_the_redactions_of_it_and_of_no_other(reader: Reader) -> None:
    begun(reader)
    for ident in ("drag", "other"):
        report(reader, ident, occurred="2021-05-08")
    for target in (
        {"facts": [{"fact": "drag", "paths": ["statement"]}]},
        {"events": [{"version": 2, "paths": ["occurred"]}]},
        {"facts": [{"fact": "other", "paths": ["statement"]}]},
    ):
        answer = reader.client.post("/v1/redactions", {"incident": "stop", **target, **BASIS})
        assert 201 == answer.status_code, answer.text
    trails = [
        [(one["position"], one["type"]) for one in answer.json()["entries"]]
        for answer in (
            reader.client.get("/v1/incidents/stop/audit?fact=drag"),
            reader.client.get("/v1/incidents/stop/audit?fact=other"),
        )
    ]

    assert [
        [(4, "FactReported"), (6, "Redacted"), (7, "Redacted")],
        [(5, "FactReported"), (8, "Redacted")],
    ] == trails
    for fact, redacted in (("drag", 2), ("other", 1)):
        told = reader.text(f"/incidents/stop/audit?fact={fact}")
        assert redacted == told.count("District Court"), told


def test_a_redacted_copy_is_a_tombstone_and_its_text_is_gone(reader: Reader) -> None:
    begun(reader)
    digest = capture(reader, "John Secret was dragged.")
    assert "John Secret" in reader.text("/sources/release", "#snapshot")
    redact = {"source": "release", "snapshots": [f"sha256:{digest}"], **BASIS}
    assert 201 == reader.client.post("/v1/redactions", redact).status_code
    text = reader.text("/sources/release")

    assert "Secret" not in text
    assert "removed by law at position" in text
    assert "lawfully removed" in text


def test_two_copies_of_a_source_are_compared_word_by_word(reader: Reader) -> None:
    begun(reader)
    first = capture(reader, "The officer was dragged 15 feet.\nThe driver fled.\n")
    second = capture(reader, "The officer was dragged 20 feet.\nThe  driver fled.\nHe was found.\n")
    link = next(one for one in reader.links("/sources/release") if "/diff?" in one)
    page = LexborHTMLParser(reader.page(link))

    assert (first in link, second in link) == (True, True)
    assert ["15"] == [text_in(one.html or "", "del") for one in page.css(".word-diff del")]
    assert ["20", "He was found."] == [text_in(one.html or "", "ins") for one in page.css(".word-diff ins")]
    assert 400 == reader.open(f"/sources/release/diff?from={first}&to={'0' * 64}").status_code


def test_an_older_copy_is_shown_when_it_is_asked_for(reader: Reader) -> None:
    begun(reader)
    first = capture(reader, "The officer was dragged 15 feet.")
    capture(reader, "The officer was dragged 20 feet.")

    assert "20 feet" in reader.text("/sources/release", "#snapshot")
    assert "15 feet" in reader.text(f"/sources/release?snapshot={first}", "#snapshot")


def test_a_source_that_corrects_itself_says_so_at_its_head_and_strikes_its_words(reader: Reader) -> None:
    begun(reader)
    digest = f"sha256:{capture(reader, 'The officer was dragged 15 feet.')}"
    quote = [{"type": "TextQuoteSelector", "exact": "dragged 15 feet"}]
    report(reader, "drag", citations=[cited(snapshot=digest, selector=quote)])
    notice = {
        "type": "retraction",
        "summary": "We take the story back.",
        "scope": "all",
        "published": "2021-05-09",
        "citation": {"id": "n1", "source": "release"},
    }
    assert 201 == reader.client.post("/v1/sources/release/notices", notice).status_code
    card = LexborHTMLParser(reader.page("/incidents/stop")).css_first("article")

    assert "We take the story back." in reader.text("/sources/release", ".mended")
    assert "dragged 15 feet" in reader.text("/sources/release", "mark.is-struck")
    assert card is not None
    assert "no longer supported" in text_in(card.html or "", ".standing")
    assert "struck: its source took these words back" in text_in(card.html or "", ".citation")


def test_places_with_a_point_are_drawn_with_their_circles(reader: Reader) -> None:
    begun(reader)
    place = {"id": "scene", "as_stated": "1400 block", "lon": "-92.32", "lat": "34.74", "uncertainty_m": 150}
    report(reader, "drag", places=[place])
    page = LexborHTMLParser(reader.page("/incidents/stop"))

    assert 1 == len(page.css("svg.map circle.within"))
    assert "1400 block" in reader.text("/incidents/stop", ".spots")
    assert "within 150 m" in reader.text("/incidents/stop", ".spots")


def test_many_facts_are_told_on_several_pages_none_of_them_large(reader: Reader) -> None:
    begun(reader)
    lines = [
        {
            "op": "report-fact",
            "incident": "stop",
            "id": f"f{number}",
            "kind": "drag",
            "statement": f"{number}: " + "The officer was dragged along the road. " * 12,
            "citations": [
                cited(
                    f"a{one}",
                    selector=[{"type": "TextQuoteSelector", "exact": f"{one} " + "so it was said " * 30}],
                )
                for one in range(12)
            ],
        }
        for number in range(70)
    ]
    assert all("problem" not in one for one in reader.client.batch(*lines))
    seen: list[str] = []
    path = "/incidents/stop"
    while path:
        page = reader.page(path)
        assert LIMIT_BYTES > len(page.encode()), path
        tree = LexborHTMLParser(page)
        seen += [str(one.attributes["id"]) for one in tree.css("article.fact")]
        following = tree.css_first('.facts .pager a[rel="next"]')
        path = "" if following is None else str(following.attributes["href"])

    assert [f"fact.f{number}" for number in range(70)] == seen
    for path in ("/incidents/stop/audit", "/incidents/stop/changes", "/search", "/incidents/stop/facts/f1"):
        assert LIMIT_BYTES > len(reader.page(path).encode()), path


def test_a_control_with_many_acts_offers_some_and_reaches_all(reader: Reader) -> None:
    begun(reader)
    lines = [
        {
            "op": "report-fact",
            "incident": "stop",
            "id": f"f{number}",
            "kind": "drag",
            "statement": "It was so.",
            "citations": [cited()],
        }
        for number in range(600)
    ]
    assert all("problem" not in one for one in reader.client.batch(*lines))
    page = LexborHTMLParser(reader.page("/incidents/stop?known_at=300"))
    values = [one.attributes["value"] for one in page.css("#known-stop option")]

    assert 250 >= len(values)
    assert {"299", "300", "301"} <= set(values)
    assert [f"/incidents/stop?known_at={one}" for one in (299, 301)] == [
        str(page.css_first(f"#known-{name}").attributes["href"])  # type: ignore[union-attr]  # both are there
        for name in ("earlier", "later")
    ]


def test_a_page_says_when_the_act_was_recorded_that_it_names_as_the_last(reader: Reader) -> None:
    begun(reader)
    report(reader, "first")
    reader.client.clock.advance(dt.timedelta(hours=3))
    assert 201 == reader.client.post("/v1/incidents", {**INCIDENT, "id": "other"}).status_code

    for path in ("/incidents/stop", "/incidents/stop/facts/first", "/incidents/stop/audit"):
        assert "As the ledger stood at position 4, recorded 8 May 2021 07:00 America/Chicago." in reader.text(
            path
        )


def test_a_day_of_a_place_far_from_utc_ends_at_its_own_midnight_though_the_clocks_change(
    reader: Reader,
) -> None:
    """On 26 September 2021 the clocks of Auckland went an hour ahead at two in the morning, which in UTC is before that day."""
    body = {"id": "far", "title": "Far away", "zone": "Pacific/Auckland"}
    assert 201 == reader.client.post("/v1/incidents", body).status_code
    found = reader.open("/incidents/far/at?known=&public=&public_day=2021-09-25")

    assert "/incidents/far?public_at=2021-09-25T12%3A00%3A00%2B00%3A00" == found.headers["Location"]
