"""Pinning: what a citation says of its passage is true of the captured text, and is written down so that it stays true."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec
import pytest

from ledger.citation import MAX_SELECTORS
from ledger.commands import COMMANDS
from ledger.errors import IntegrityError, InvalidError, QuotationError, RuleError, UnknownError
from ledger.pinning import pin
from ledger.read_command import read_command
from ledger.stores.mapper import entry_of
from tests.desk import AGENCY, TEXT, Desk, cited, fact
from tests.fakes import SequentialIds

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ledger.citation import Citation
    from ledger.values import Json

WORDS = "Müller, aged 34"
START = TEXT.index(WORDS)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path / "test.ledger")
    made.begin()
    yield made
    made.close()


def _quote(exact: str = WORDS, **members: str) -> dict[str, Json]:
    return {"type": "TextQuoteSelector", "exact": exact, **members}


def _at(start: int, end: int) -> dict[str, Json]:
    return {"type": "TextPositionSelector", "start": start, "end": end}


def _recorded(desk: Desk) -> dict[str, Json]:
    """The first citation of the last event, as JSON."""
    (row,) = desk.store.rows(desk.store.head().position)
    body: dict[str, Json] = json.loads(msgspec.json.encode(entry_of(row).body))
    found: dict[str, Json] = body["attestations"][0]
    return found


def test_a_quotation_gets_its_position_and_the_extraction(desk: Desk) -> None:
    digest = desk.capture()

    desk.act(fact(citations=[cited(snapshot=digest, selector=[_quote()])]))

    found = _recorded(desk)
    assert digest == found["extraction"]
    assert [_quote(), _at(START, START + len(WORDS))] == found["selector"], "code points, not bytes"


def test_a_position_that_is_right_stays_as_it_was_given(desk: Desk) -> None:
    digest = desk.capture()
    selector = [_at(START, START + len(WORDS)), _quote()]

    desk.act(fact(citations=[cited(snapshot=digest, extraction=digest, selector=selector)]))

    assert selector == _recorded(desk)["selector"]


def test_a_position_alone_gets_the_extraction(desk: Desk) -> None:
    digest = desk.capture()

    desk.act(fact(citations=[cited(snapshot=digest, selector=[_at(0, len(TEXT))])]))

    assert (digest, [_at(0, len(TEXT))]) == (_recorded(desk)["extraction"], _recorded(desk)["selector"])


@pytest.mark.parametrize(
    ("selector", "said"),
    [
        ([_quote("Muller, aged 34")], "not"),
        ([_quote(), _at(START + 1, START + 1 + len(WORDS))], "other words"),
        ([_quote(), _at(START, START + len(WORDS) + 1)], "other words"),
        ([_quote(prefix="wrong ")], "not between"),
        ([_at(0, len(TEXT) + 1)], f"the text has {len(TEXT)} characters"),
        ([_quote("e")], "stand in the text"),
    ],
    ids=["not there", "wrong place", "wrong end", "wrong prefix", "beyond the text", "more than once"],
)
def test_what_is_not_true_of_the_text_is_refused(desk: Desk, selector: list[Json], said: str) -> None:
    digest = desk.capture()

    with pytest.raises(QuotationError, match=said) as caught:
        desk.act(fact(citations=[cited("a0"), cited(snapshot=digest, selector=selector)]))

    assert "/citations/1/selector" == caught.value.field
    assert 4 == desk.store.head().position


def test_a_refused_quotation_shows_the_nearest_passage(desk: Desk) -> None:
    digest = desk.capture()

    with pytest.raises(QuotationError) as caught:
        desk.act(fact(citations=[cited(snapshot=digest, selector=[_quote("dragged about 50 feet")])]))

    assert any("dragged about 15 feet" in passage for passage in caught.value.nearest)


def test_words_that_stand_twice_are_told_apart_by_what_surrounds_them(desk: Desk) -> None:
    digest = desk.capture("He fell. He rose. He fell.")

    desk.act(fact(citations=[cited(snapshot=digest, selector=[_quote("He fell", prefix="rose. ")])]))

    assert _at(18, 25) == _recorded(desk)["selector"][1]


def test_without_a_snapshot_a_citation_is_accepted_and_not_pinned(desk: Desk) -> None:
    desk.act(fact(citations=[cited(selector=[_quote("words that nobody captured")])]))

    found = _recorded(desk)
    assert [_quote("words that nobody captured")] == found["selector"]
    assert "extraction" not in found


def test_a_snapshot_without_a_quotation_is_accepted_as_it_is(desk: Desk) -> None:
    fragment = {"type": "FragmentSelector", "value": "t=1,2"}
    digest = desk.capture()

    desk.act(fact(citations=[cited(snapshot=digest, selector=[fragment])]))

    assert [fragment] == _recorded(desk)["selector"]


def test_a_snapshot_of_another_source_is_not_looked_into(desk: Desk) -> None:
    desk.act(AGENCY | {"id": "agency"})
    digest = desk.capture()

    with pytest.raises(UnknownError, match="capture it from source agency first") as caught:
        desk.act(fact(citations=[{**cited(snapshot=digest, selector=[_quote()]), "source": "agency"}]))

    assert "/citations/0/snapshot" == caught.value.field


def test_an_extraction_of_something_else_is_refused(desk: Desk) -> None:
    digest, other = desk.capture(), desk.capture("other")

    with pytest.raises(UnknownError, match="extraction"):
        desk.act(fact(citations=[cited(snapshot=digest, extraction=other, selector=[_quote()])]))


def test_a_redacted_snapshot_is_neither_looked_into_nor_cited(desk: Desk) -> None:
    digest = desk.capture()
    desk.redact(source="release", snapshots=[digest])

    with pytest.raises(RuleError, match="was redacted and cannot be cited"):
        desk.act(fact(citations=[cited(snapshot=digest, selector=[_quote("never there")])]))


def test_a_snapshot_whose_bytes_changed_or_are_gone_pins_nothing(desk: Desk) -> None:
    digest = desk.capture()
    (path,) = (one for one in desk.path.parent.rglob(digest.removeprefix("sha256:")))
    path.write_text(TEXT.replace("34", "43"))
    quoting = fact(citations=[cited(snapshot=digest, selector=[_quote("aged 43")])])

    with pytest.raises(IntegrityError):
        desk.act(quoting)
    path.unlink()
    with pytest.raises(UnknownError, match="its bytes are not kept here"):
        desk.act(quoting)


def test_a_citation_full_of_selectors_has_no_room_for_the_position(desk: Desk) -> None:
    digest = desk.capture()
    fragments = [{"type": "FragmentSelector", "value": f"t={n}"} for n in range(MAX_SELECTORS - 1)]

    with pytest.raises(InvalidError, match=f"at most {MAX_SELECTORS} selectors") as caught:
        desk.act(fact(citations=[cited(snapshot=digest, selector=[_quote(), *fragments])]))

    assert "/citations/0/selector" == caught.value.field
    desk.act(fact(citations=[cited(snapshot=digest, selector=[_quote(), *fragments[1:]])]))
    assert MAX_SELECTORS == len(_recorded(desk)["selector"])


CITATION = {"id": "c1", "source": "release", "snapshot": "sha256:" + "0" * 64, "selector": [_quote("word")]}
ON = {"incident": "stop", "fact": "drag"}
NOTICE = {
    "source": "release",
    "type": "correction",
    "summary": "s",
    "scope": "all",
    "published": "2021-05-09",
}
CITING: dict[str, dict[str, Json]] = {
    "report-fact": {"incident": "stop", "kind": "drag", "statement": "s", "citations": [CITATION]},
    "correct-fact": ON
    | {"kind": "drag", "class": "wording", "cause": "our-typo", "reason": "r", "citations": [CITATION]},
    "attest-fact": ON | {"attestation": CITATION},
    "withdraw-attestation": ON
    | {"attestation": "a", "cause": "our-misreading", "reason": "r", "citations": [CITATION]},
    "amend-fact": ON | {"set": {"statement": "s"}, "reason": "r", "citations": [CITATION]},
    "retract-fact": ON | {"cause": "source-error", "reason": "r", "citations": [CITATION]},
    "reinstate-fact": ON | {"cause": "source-error", "reason": "r", "citations": [CITATION]},
    "dispute-fact": ON | {"by": "the desk", "grounds": "g", "citations": [CITATION]},
    "amend-incident": {"incident": "stop", "title": "t", "reason": "r", "citations": [CITATION]},
    "record-notice": NOTICE | {"citation": CITATION},
    "declare-lineage": {"source": "release", "relation": "copies", "to": "agency", "citation": CITATION},
}


@pytest.mark.parametrize("op", CITING)
def test_every_act_that_cites_is_pinned(op: str) -> None:
    asked: list[str] = []

    def texts(citation: Citation) -> tuple[str, str]:
        asked.append(citation.id)
        return "sha256:" + "1" * 64, "a word"

    command = read_command({"op": op, **CITING[op]}, SequentialIds())
    pinned = pin(command, texts)

    assert ["c1"] == asked
    assert (
        "extraction='sha256:111" in repr(pinned),
        "TextPositionSelector(start=2, end=6)" in repr(pinned),
    ) == (True, True)


def test_no_command_that_cites_is_left_out_of_this_table() -> None:
    citing = {
        op
        for op, kind in COMMANDS.items()
        if {"citation", "citations"} & set(kind.__struct_fields__) or op == "attest-fact"
    }

    assert citing == set(CITING)
