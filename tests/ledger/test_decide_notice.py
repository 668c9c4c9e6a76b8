"""Recording what a source said of its own work: of all of it, or of passages."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from ledger.citation import (
    MAX_SELECTORS,
    Citation,
    FragmentSelector,
    Selector,
    TextPositionSelector,
    TextQuoteSelector,
)
from ledger.commands import RecordNotice, ScopePassages, StatedPassage
from ledger.decisions.sourcing import MAX_PASSAGES
from ledger.errors import InvalidError, RefusedError, RuleError, UnknownError
from ledger.events import Passage, SourceNoticeRecorded
from ledger.terms import NoticeType
from ledger.when import Published
from tests.ledger.source_specification import given
from tests.ledger.test_decide_snapshot import DIGEST, OTHER, RECORD, REDACT, REGISTER, REPRINT

NINE = "2021-05-10T09:00:00Z"
PUBLISHED = Published(earliest=NINE, latest=NINE)
NOTICE: dict[str, Any] = {
    "op": "record-notice",
    "source": "paper",
    "type": "correction",
    "summary": "The paper says 20 feet, not 15.",
    "scope": "all",
    "published": NINE,
    "citation": {"id": "c1", "source": "paper"},
}
RECORDED = SourceNoticeRecorded(
    notice=1,
    type="correction",
    summary="The paper says 20 feet, not 15.",
    scope="all",
    published=PUBLISHED,
    citations=(Citation(id="c1", source="paper"),),
)
QUOTE = {"type": "TextQuoteSelector", "exact": "about 15 feet"}
AT = {"type": "TextPositionSelector", "start": 80, "end": 93}


def recorded(**changes: Any) -> SourceNoticeRecorded:
    """RECORDED with other members."""
    members = {name: getattr(RECORDED, name) for name in RECORDED.__struct_fields__}
    return SourceNoticeRecorded(**members | changes)


def test_a_notice_about_the_whole_work_is_recorded() -> None:
    given(REGISTER).when(NOTICE).then(RECORDED, ident="1", stream="source/paper")


@pytest.mark.parametrize("sort", get_args(NoticeType))
def test_every_sort_of_notice_is_recorded(sort: NoticeType) -> None:
    given(REGISTER).when(NOTICE | {"type": sort}).then(recorded(type=sort), ident="1", stream="source/paper")


def test_notices_are_counted_within_their_source() -> None:
    ledger = given(REGISTER, REPRINT, NOTICE, NOTICE | {"source": "reprint"})
    ledger.when(NOTICE).then(recorded(notice=2), ident="2", stream="source/paper")


def test_passages_are_named_by_words_or_position_and_get_ids_where_they_have_none() -> None:
    scope = {"passages": [{"id": "feet", "selector": [QUOTE, AT]}, {"selector": [AT]}]}
    quote = TextQuoteSelector(exact="about 15 feet")
    at = TextPositionSelector(start=80, end=93)
    passages = (Passage(id="feet", selector=(quote, at)), Passage(id="id-5", selector=(at,)))
    given(REGISTER).when(NOTICE | {"scope": scope}).then(
        recorded(scope="passages", passages=passages), ident="1", stream="source/paper"
    )


def test_a_notice_may_be_found_in_another_source() -> None:
    citation = {"id": "c1", "source": "reprint", "selector": [QUOTE]}
    cited = Citation(id="c1", source="reprint", selector=(TextQuoteSelector(exact="about 15 feet"),))
    given(REGISTER, REPRINT).when(NOTICE | {"citation": citation}).then(
        recorded(citations=(cited,)), ident="1", stream="source/paper"
    )


def test_when_a_notice_came_out_may_be_known_in_part() -> None:
    given(REGISTER).when(NOTICE | {"published": {"earliest": NINE, "latest": "unknown"}}).then(
        recorded(published=Published(earliest=NINE, latest="unknown")), ident="1", stream="source/paper"
    )


@pytest.mark.parametrize(
    ("changes", "error", "field", "saying"),
    [
        ({"source": "post"}, UnknownError, "/source", "register it first"),
        ({"summary": " "}, InvalidError, "/summary", "must not be empty"),
        ({"citation": {"source": "post"}}, UnknownError, "/citation/source", "register it first"),
        (
            {"citation": {"source": "paper", "relays": "post"}},
            UnknownError,
            "/citation/relays",
            "register the relayed source",
        ),
        (
            {"citation": {"source": "paper", "snapshot": OTHER}},
            UnknownError,
            "/citation/snapshot",
            "capture it from source paper first",
        ),
        (
            {"citation": {"source": "paper", "snapshot": DIGEST, "extraction": OTHER}},
            UnknownError,
            "/citation/extraction",
            OTHER,
        ),
    ],
    ids=lambda value: str(value)[:60],
)
def test_a_notice_that_cannot_be_recorded_is_refused(
    changes: dict[str, Any], error: type[RefusedError], field: str, saying: str
) -> None:
    given(REGISTER, RECORD).when(NOTICE | changes).refuses(error, field=field, saying=saying)


def test_a_redacted_snapshot_is_no_ground_for_a_notice() -> None:
    citation = {"source": "paper", "snapshot": DIGEST}
    given(REGISTER, RECORD, REDACT).when(NOTICE | {"citation": citation}).refuses(
        RuleError, field="/citation/snapshot", saying="cannot be cited"
    )


def notice(*passages: StatedPassage) -> RecordNotice:
    """A notice about passages."""
    return RecordNotice(
        source="paper",
        type="correction",
        summary="The paper says 20 feet, not 15.",
        scope=ScopePassages(passages=passages),
        published=PUBLISHED,
        citation=Citation(id="c1", source="paper"),
    )


def passage(ident: str = "feet", *selector: Selector) -> StatedPassage:
    """A passage named by its words."""
    return StatedPassage(id=ident, selector=selector or (TextQuoteSelector(exact="about 15 feet"),))


@pytest.mark.parametrize(
    ("command", "field", "saying"),
    [
        (notice(), "/scope/passages", "name at least one passage"),
        (
            notice(passage(), StatedPassage(id="x", selector=())),
            "/scope/passages/1/selector",
            "by its words or its position",
        ),
        (notice(passage(), passage()), "/scope/passages/1/id", "stands twice"),
        (notice(passage("Feet")), "/scope/passages/0/id", "an id has 1 to 128 characters"),
        (
            notice(*(passage(f"n{n}") for n in range(MAX_PASSAGES + 1))),
            "/scope/passages",
            f"at most {MAX_PASSAGES}",
        ),
        (
            notice(
                passage(), passage("x", *[FragmentSelector(value=f"t={n}") for n in range(MAX_SELECTORS + 1)])
            ),
            "/scope/passages/1/selector",
            f"at most {MAX_SELECTORS}",
        ),
        (
            notice(passage("x", TextQuoteSelector(exact="15"), TextQuoteSelector(exact="20"))),
            "/scope/passages/0/selector",
            "at most one TextQuoteSelector",
        ),
    ],
    ids=["none", "no selector", "one id twice", "no id", "too many", "too many selectors", "two quotes"],
)
def test_a_scope_that_names_no_passage_properly_is_refused(
    command: RecordNotice, field: str, saying: str
) -> None:
    given(REGISTER).when(command).refuses(InvalidError, field=field, saying=saying)


def test_as_many_passages_as_are_allowed_are_taken() -> None:
    stated = [passage(f"n{n}") for n in range(MAX_PASSAGES)]
    passages = tuple(Passage(id=one.id, selector=one.selector) for one in stated)
    given(REGISTER).when(notice(*stated)).then(
        recorded(scope="passages", passages=passages), ident="1", stream="source/paper"
    )
