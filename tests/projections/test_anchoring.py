"""A new snapshot of a source, compared with every citation of it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.citation import Citation, TextPositionSelector, TextQuoteSelector
from ledger.values import Absent
from projections.anchoring import Anchor, Capture, Cited, anchor, newer_than
from tests.fakes import NOON
from tests.projections.sourced import Newsroom, distance

if TYPE_CHECKING:
    from pathlib import Path

FIRST = "The officer was dragged about 15 feet before he let go. The driver fled to the north."
SECOND = FIRST.replace("15", "20")
OLD, NEW = "sha256:" + "0" * 64, "sha256:" + "1" * 64


def cited(text: str, start: int, end: int, ident: str = "a1") -> Cited:
    """A citation of a stretch of the old text, as the ledger pins it."""
    words = TextQuoteSelector(exact=text[start:end])
    citation = Citation(
        id=ident,
        source="paper",
        snapshot=OLD,
        extraction=OLD,
        selector=(words, TextPositionSelector(start=start, end=end)),
    )
    return Cited(incident="stop", fact="drag", version=2, position=4, citation=citation)


def capture(snapshot: str, hour: int = 0, position: int = 3) -> Capture:
    at = NOON + dt.timedelta(hours=hour)
    return Capture(snapshot=snapshot, extraction=snapshot, captured_at=at, position=position, recorded_at=at)


def against(old: str, new: str | None, one: Cited) -> Anchor:
    """What became of a citation of `old` in a capture of `new`."""
    texts = {OLD: old, NEW: new}
    return anchor(one, capture(NEW, 1, 5), texts.get)


@pytest.fixture
def newsroom(tmp_path: Path) -> Newsroom:
    made = Newsroom(tmp_path / "incident.ledger")
    made.act("register-source", id="paper", kind="article", title="The paper")
    return made


def report(newsroom: Newsroom, snapshot: str, words: str = "about 15 feet") -> None:
    newsroom.upon("report-fact", **distance("15"), citations=[newsroom.cited("a1", "paper", snapshot, words)])


def verdicts(newsroom: Newsroom, source: str = "paper") -> dict[str, str]:
    """By citation, what became of it, the newest capture last."""
    return {one.citation: one.verdict for one in newsroom.anchors(source)}


def test_a_new_snapshot_is_compared_with_every_citation_of_its_source(newsroom: Newsroom) -> None:
    snapshot = newsroom.captured("paper", FIRST)
    report(newsroom, snapshot)
    newsroom.upon(
        "attest-fact",
        attestation=newsroom.cited("a2", "paper", snapshot, "The driver fled", stance="mentions"),
    )
    ground = newsroom.cited("c1", "paper", snapshot, "to the north")
    newsroom.upon("dispute-fact", by="A reader", grounds="It was the south.", citations=[ground])
    newsroom.act("open-incident", id="other", title="Elsewhere", zone="Europe/Dublin")
    newsroom.act(
        "report-fact",
        incident="other",
        id="flight",
        kind="flight",
        statement="The driver fled.",
        citations=[newsroom.cited("b1", "paper", snapshot, "The driver fled to the north")],
    )
    newsroom.captured("paper", SECOND.replace(" to the north", ""))
    found = newsroom.anchors("paper")

    assert {"a1": "altered", "a2": "intact", "c1": "gone", "b1": "altered"} == verdicts(newsroom)
    assert {("stop", "drag"), ("other", "flight")} == {(one.incident, one.fact) for one in found}


def test_every_newer_snapshot_has_its_own_comparison(newsroom: Newsroom) -> None:
    report(newsroom, newsroom.captured("paper", FIRST))
    newsroom.captured("paper", SECOND)
    newsroom.captured("paper", "Updated. " + FIRST)

    assert ["altered", "moved"] == [one.verdict for one in newsroom.anchors("paper")]


def test_the_words_compared_are_those_that_stood_at_the_recorded_position() -> None:
    one = cited(FIRST, 24, 37)
    folded = (TextQuoteSelector(exact="ABOUT 15 FEET", matched_by="casefold"), *one.citation.selector[1:])  # type: ignore[index]  # a tuple here
    one = msgspec.structs.replace(one, citation=msgspec.structs.replace(one.citation, selector=folded))

    assert "intact" == against(FIRST, FIRST, one).verdict
    assert "about 15 feet" == against(FIRST, SECOND, one).words


def test_a_snapshot_captured_earlier_but_recorded_later_is_no_newer_one(newsroom: Newsroom) -> None:
    report(newsroom, newsroom.captured("paper", FIRST))
    newsroom.captured("paper", SECOND, captured_at="2021-05-07T00:00:00Z")

    assert () == newsroom.anchors("paper")


def test_a_source_that_goes_back_to_what_it_said_has_no_newer_snapshot() -> None:
    captures = [capture(OLD), capture(NEW, 1), capture(OLD, 2)]

    assert () == newer_than(OLD, captures)
    assert (captures[2],) == newer_than(NEW, captures)


def test_a_citation_of_the_whole_work_is_not_compared(newsroom: Newsroom) -> None:
    snapshot = newsroom.captured("paper", FIRST)
    whole = {"id": "a1", "source": "paper", "snapshot": snapshot}
    newsroom.upon("report-fact", **distance("15"), citations=[whole])
    newsroom.captured("paper", SECOND)

    assert () == newsroom.anchors("paper")


def test_without_a_text_of_the_new_snapshot_nothing_is_known() -> None:
    found = against(FIRST, None, cited(FIRST, 24, 37))

    assert ("unknown", "no-text", "about 15 feet") == (found.verdict, found.why, found.words)


def test_what_was_redacted_cannot_be_compared() -> None:
    one = cited(FIRST, 24, 37)
    hidden = msgspec.structs.replace(one.citation, selector=Absent(absent="undisclosed"))
    gone = anchor(one, msgspec.structs.replace(capture(NEW, 1), redacted=True), {OLD: FIRST, NEW: SECOND}.get)

    assert ("unknown", "redacted") == (gone.verdict, gone.why)
    assert "redacted" == against(FIRST, SECOND, msgspec.structs.replace(one, citation=hidden)).why


def test_where_the_old_text_is_redacted_its_quotation_stands_for_it(newsroom: Newsroom) -> None:
    snapshot = newsroom.captured("paper", FIRST)
    report(newsroom, snapshot)
    newsroom.captured("paper", "Updated. " + FIRST)
    newsroom.desk.redact(source="paper", snapshots=[snapshot])

    assert {"a1": "moved"} == verdicts(newsroom)


def test_a_redaction_reaches_comparisons_asked_for_earlier(newsroom: Newsroom) -> None:
    report(newsroom, newsroom.captured("paper", FIRST))
    second = newsroom.captured("paper", SECOND)
    known = newsroom.head()
    newsroom.desk.redact(source="paper", snapshots=[second])

    assert ["redacted"] == [one.why for one in newsroom.anchors("paper", known)]


def test_what_was_known_before_the_new_snapshot_stays_as_it_was(newsroom: Newsroom) -> None:
    report(newsroom, newsroom.captured("paper", FIRST))
    known = newsroom.head()
    newsroom.captured("paper", SECOND)

    assert () == newsroom.anchors("paper", known)


SPANS = [(start, start + size) for start in range(0, len(FIRST) - 20, 7) for size in (3, 11, 20)]
MANY = [cited(FIRST, *span, ident=f"a{number}") for number, span in enumerate(SPANS)]


@given(st.permutations(MANY), st.sampled_from([FIRST, SECOND, "Updated. " + FIRST, FIRST[30:], ""]))
def test_the_verdicts_do_not_depend_on_the_order_of_the_citations(order: list[Cited], new: str) -> None:
    expected = {each.citation.id: against(FIRST, new, each) for each in MANY}

    assert expected == {each.citation.id: against(FIRST, new, each) for each in order}


def test_quotations_are_pinned_where_they_stand(newsroom: Newsroom) -> None:
    report(newsroom, newsroom.captured("paper", FIRST))
    newsroom.captured("paper", "Updated. " + FIRST)
    [found] = newsroom.anchors("paper")
    at = FIRST.index("about 15 feet") + len("Updated. ")

    assert found.found is not None
    assert (at, at + len("about 15 feet")) == (found.found.start, found.found.end)
    assert "about 15 feet" == found.words
