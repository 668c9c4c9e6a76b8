"""Pinning by folding and by fragments: how the words were found is recorded, and a page or time lies within the snapshot."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec
import pytest

from ledger import quotation_folding
from ledger.citation import TextPositionSelector, position_of
from ledger.commands import DeclareLineage
from ledger.errors import InvalidError, QuotationError, UnknownError
from ledger.pinning import forget_texts, pin
from ledger.quotation_folding import FOLDING, FoldedText
from ledger.read_command import read_command
from ledger.snapshot import Measured
from ledger.stores.mapper import entry_of
from tests.desk import Desk, cited, fact
from tests.fakes import SequentialIds

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ledger.citation import Citation
    from ledger.commands import Command
    from ledger.values import Json

PDF = "http://tools.ietf.org/rfc/rfc8118"
MEDIA = "http://www.w3.org/TR/media-frags/"
CITATION: dict[str, Json] = {"id": "c1", "source": "release", "snapshot": "sha256:" + "0" * 64}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path / "test.ledger")
    made.begin()
    yield made
    made.close()


def _quote(exact: str, **members: str) -> dict[str, Json]:
    return {"type": "TextQuoteSelector", "exact": exact, **members}


def _at(start: int, end: int) -> dict[str, Json]:
    return {"type": "TextPositionSelector", "start": start, "end": end}


def _recorded(desk: Desk) -> dict[str, Json]:
    """The first citation of the last event, as JSON."""
    (row,) = desk.store.rows(desk.store.head().position)
    body: dict[str, Json] = json.loads(msgspec.json.encode(entry_of(row).body))
    found: dict[str, Json] = body["attestations"][0]
    return found


def _lineage(citation: dict[str, Json]) -> Command:
    """A command with that citation."""
    given = {"op": "declare-lineage", "source": "release", "relation": "copies", "to": "agency"}
    return read_command(given | {"citation": citation}, SequentialIds())


def test_words_found_by_folding_stay_as_given_and_say_so(desk: Desk) -> None:
    text = "“He’s\u00a0out,”\nshe  said. 😀 \u05d0\u0301"
    digest = desk.capture(text)
    given = _quote('"He\'s out," she said', suffix=". ")

    desk.act(fact(citations=[cited(snapshot=digest, selector=[given])]))

    assert [given | {"matched_by": FOLDING}, _at(0, text.index("."))] == _recorded(desk)["selector"]
    assert digest == _recorded(desk)["extraction"]


def test_how_words_were_found_survives_the_stored_bytes_and_a_second_recording(desk: Desk) -> None:
    digest = desk.capture("she  said")
    desk.act(fact(citations=[cited(snapshot=digest, selector=[_quote("she said")])]))
    stored = _recorded(desk)

    desk.act(fact("again", citations=[stored]))

    assert stored == _recorded(desk)
    assert FOLDING == stored["selector"][0]["matched_by"]


def test_words_that_stand_there_exactly_say_nothing_of_how_they_were_found(desk: Desk) -> None:
    digest = desk.capture("she said, she  said")

    desk.act(fact(citations=[cited(snapshot=digest, selector=[_quote("she said")])]))

    assert [_quote("she said"), _at(0, 8)] == _recorded(desk)["selector"]


@pytest.mark.parametrize(
    ("text", "claimed", "said"),
    [
        ("she said", FOLDING, "the words were found character for character"),
        ("she  said", "incident-ledger.quotes-and-spaces@2", f"the words were found by {FOLDING}"),
    ],
    ids=["where nothing was folded", "by another normalisation"],
)
def test_a_false_claim_of_how_the_words_were_found_is_refused(
    desk: Desk, text: str, claimed: str, said: str
) -> None:
    digest = desk.capture(text)
    selector = [_at(0, len(text)), _quote("she said", matched_by=claimed)]

    with pytest.raises(InvalidError, match=said) as caught:
        desk.act(fact(citations=[cited(snapshot=digest, selector=selector)]))

    assert "/citations/0/selector/1/matched_by" == caught.value.field


def test_what_is_not_pinned_does_not_say_how_it_was_found(desk: Desk) -> None:
    with pytest.raises(InvalidError, match="none is cited") as caught:
        desk.act(fact(citations=[cited(selector=[_quote("she said", matched_by=FOLDING)])]))

    assert "/citations/0/selector/0/matched_by" == caught.value.field


def test_the_passage_of_a_notice_does_not_say_how_it_was_found(desk: Desk) -> None:
    passage = {"id": "p", "selector": [_quote("she said", matched_by=FOLDING)]}
    notice = {"op": "record-notice", "source": "release", "type": "correction", "summary": "s"}

    with pytest.raises(InvalidError, match="none is cited") as caught:
        desk.act(notice | {"scope": {"passages": [passage]}, "published": "2021-05-09", "citation": cited()})

    assert "/scope/passages/0/selector/0/matched_by" == caught.value.field


def test_a_snapshot_without_a_text_does_not_say_how_words_were_found_in_it() -> None:
    claimed = CITATION | {"selector": [_quote("she said", matched_by=FOLDING)]}
    command = _lineage(claimed)

    with pytest.raises(InvalidError, match="has no text to look into"):
        pin(command, lambda _: None)


def test_a_position_in_another_text_than_the_one_named_is_refused() -> None:
    named = CITATION | {"extraction": "sha256:" + "2" * 64, "selector": [_quote("word")]}
    command = _lineage(named)

    with pytest.raises(UnknownError, match="extraction") as caught:
        pin(command, lambda _: ("sha256:" + "1" * 64, "a word"))

    assert "/citation/extraction" == caught.value.field


def _pinned_fragment(
    value: str, measured: Measured | None, *, text: str | None = None, exact: str | None = None
) -> Citation:
    fragment = {"type": "FragmentSelector", "value": value, "conformsTo": PDF if "page" in value else MEDIA}
    selector = [fragment, *([] if exact is None else [_quote(exact)])]
    pinned = pin(
        _lineage(CITATION | {"selector": selector}),
        lambda _: None if text is None else ("sha256:" + "1" * 64, text),
        None if measured is None else lambda _: measured,
    )
    assert isinstance(pinned, DeclareLineage)
    assert pinned.citation is not None
    return pinned.citation


@pytest.mark.parametrize(
    ("value", "measured", "said"),
    [
        ("page=4", Measured(pages=3), "has 3 pages"),
        ("t=9,11", Measured(duration_s="10"), "is 10 seconds long"),
        ("xywh=0,0,9,9", Measured(width_px=8, height_px=9), "is 8 wide"),
    ],
)
def test_a_fragment_beyond_its_snapshot_is_refused_where_that_is_known(
    value: str, measured: Measured, said: str
) -> None:
    with pytest.raises(QuotationError, match=said) as caught:
        _pinned_fragment(value, measured)

    assert "/citation/selector/0/value" == caught.value.field
    for nothing in (None, Measured()):
        assert _pinned_fragment(value, nothing).extraction is None


def test_words_stand_on_the_page_that_their_citation_names() -> None:
    pinned = _pinned_fragment("page=2", Measured(pages=2), text="One.\fTwo  words.", exact="Two words")

    assert TextPositionSelector(start=5, end=15) == position_of(pinned)
    with pytest.raises(QuotationError, match="the words stand on page 2"):
        _pinned_fragment("page=1", Measured(pages=2), text="One.\fTwo  words.", exact="Two words")


def test_a_fragment_that_breaks_its_grammar_is_refused_without_a_snapshot(desk: Desk) -> None:
    fragment = {"type": "FragmentSelector", "value": "t=7,3", "conformsTo": MEDIA}

    with pytest.raises(InvalidError, match="lies before its end") as caught:
        desk.act(fact(citations=[cited(selector=fragment)]))

    assert "/citations/0/selector/0/value" == caught.value.field


def test_a_thousand_citations_of_one_text_fold_it_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []

    def counting(text: str) -> FoldedText:
        made.append(text)
        return FoldedText(text)

    monkeypatch.setattr(quotation_folding, "FoldedText", counting)
    text = "these  words, " * 50 + "those\u00a0other words of a text that no other test has"
    command = _lineage(CITATION | {"selector": [_quote("those other words")]})
    for _ in range(1_000):
        pin(command, lambda _: ("sha256:" + "1" * 64, "".join(list(text))))

    assert [text] == made
    forget_texts()
    pin(command, lambda _: ("sha256:" + "1" * 64, text))
    assert [text, text] == made, "a redaction takes it out of memory"


def test_pinning_what_is_pinned_changes_nothing() -> None:
    selector = [
        _quote('"a  word"', suffix=" on"),
        {"type": "FragmentSelector", "value": "page=1", "conformsTo": PDF},
    ]
    command = _lineage(CITATION | {"selector": selector})

    def texts(_: Citation) -> tuple[str, str]:
        return "sha256:" + "1" * 64, "Not “a\nword”\u00a0on it."

    pinned = pin(command, texts)

    assert command != pinned
    assert pinned == pin(pinned, texts)
