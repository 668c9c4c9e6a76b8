"""Strategies for the course of an incident: every act upon two facts of one incident, their sources' acts, and redactions of both."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, TypeAlias

from hypothesis import strategies as st

from tests.recorded import recorded
from tests.situation_shorthand import ShorthandLedger

if TYPE_CHECKING:
    from ledger.events import Act, Recorded

__all__ = ["INCIDENT", "PUBLIC", "courses_of_acts", "events_of"]

Line: TypeAlias = dict[str, Any]
INCIDENT = "lr"
WORKS = ("paper", "station", "wire", "memo")
FACTS = ("drag", "flight")
_EPOCH = dt.datetime(2021, 5, 8, 12, tzinfo=dt.UTC)
_DAYS = ("2021-05-06 12:00", "2021-05-08 12:00", "2021-05-10 12:00", "2021-05-12 12:00")
PUBLIC: tuple[dt.datetime | None, ...] = (
    *(dt.datetime(2021, 5, day, hour, tzinfo=dt.UTC) for day in (5, 6, 8, 9, 10, 12) for hour in (0, 12)),
    None,
)
"""Points of the public axis: before, between, at and after the days of publication; None: nothing is filtered."""

_DISTANCES = ("15 [ft_i]", "30 [ft_i]", "~15 [ft_i]")
_CAUSES = ("our-misreading", "source-error", "new-information")


def _says(draw: st.DrawFn, fact: str) -> Line:
    says: Line = {"kind": f"{fact}@1"}
    ids = draw(st.permutations(("distance", "speed")))
    says["quantities"] = {ident: draw(st.sampled_from(_DISTANCES)) for ident in ids}
    other = next(one for one in FACTS if one != fact)
    occurred = draw(
        st.sampled_from((None, "2021-05-05 12:00", "2021-05-08 11:00", f"after {other}", f"before {other}"))
    )
    if occurred is not None:
        says["occurred"] = occurred
    if draw(st.booleans()):
        says["details"] = {"why~it": draw(st.sampled_from((1, True, "1", {"id": "x"}, [], ["b", "a"])))}
    if draw(st.booleans()):
        people = draw(st.permutations(("p1", "p2")))
        says["participants"] = {one: {"role": "injured", "as_described": "an officer"} for one in people}
    return says


def _passage(draw: st.DrawFn, ident: str) -> Line:
    source = draw(st.sampled_from(WORKS))
    passage: Line = {"id": ident, "source": source, "quote": f"words of {ident}"}
    if draw(st.booleans()):
        passage["published"] = draw(st.sampled_from(_DAYS))
    if draw(st.integers(0, 3)) == 0:
        passage["relays"] = next(one for one in WORKS if one != source)
    if draw(st.integers(0, 2)) == 0:
        passage["states"] = {"quantities": {"distance": draw(st.sampled_from(_DISTANCES))}}
    return passage


class _Written:
    """What was written down so far, so that each line fits those before it."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.attested: dict[str, list[str]] = {fact: [] for fact in FACTS}
        self.retracted: set[str] = set()
        self.disputes: dict[str, int] = dict.fromkeys(FACTS, 0)
        self.edges: dict[str, int] = {}
        self.number = 0

    def ident(self, fact: str) -> str:
        self.number += 1
        self.attested[fact].append(f"a{self.number}")
        return f"a{self.number}"


def _upon(draw: st.DrawFn, written: _Written, fact: str, sort: str) -> Line:
    attested = written.attested[fact]
    match sort:
        case "attest":
            passage = _passage(draw, written.ident(fact))
            stance = draw(st.sampled_from(("supports", "supports", "supports", "denies", "mentions")))
            return {"FactAttested": fact, "from": {**passage, "stance": stance}}
        case "withdraw":
            cause = draw(st.sampled_from(("our-misreading", "source-withdrew")))
            return {
                "AttestationWithdrawn": fact,
                "attestation": draw(st.sampled_from(attested)),
                "cause": cause,
            }
        case "correct":
            line: Line = {
                "FactCorrected": fact,
                "cause": draw(st.sampled_from(_CAUSES)),
                "says": _says(draw, fact),
            }
            if draw(st.booleans()):
                line["withdraws"] = [draw(st.sampled_from(attested))]
            if draw(st.booleans()):
                return {**line, "rests_on": [draw(st.sampled_from(attested))]}
            return {**line, "from": _passage(draw, written.ident(fact))}
        case "amend":
            words = draw(st.sampled_from(("As was reported.", "As it was reported.")))
            cited = {"from": draw(st.sampled_from(WORKS))} if draw(st.booleans()) else {}
            return {"FactAmended": fact, "set": {"statement": words}, **cited}
        case "retract" | "reinstate":
            back = fact in written.retracted
            written.retracted ^= {fact}
            name = "FactReinstated" if back else "FactRetracted"
            cited = {"from": draw(st.sampled_from(WORKS))} if draw(st.booleans()) else {}
            return {name: fact, "cause": draw(st.sampled_from(_CAUSES)), **cited}
        case "dispute":
            written.disputes[fact] += 1
            return {"FactDisputed": fact, "from": draw(st.sampled_from(WORKS))}
        case _:
            outcome = draw(st.sampled_from(("upheld", "rejected", "left-open")))
            dispute = draw(st.integers(1, max(written.disputes[fact], 1)))
            settles = draw(st.lists(st.sampled_from(attested), max_size=1))
            return {"DisputeResolved": fact, "dispute": dispute, "outcome": outcome, "settles": settles}


def _of_source(draw: st.DrawFn, written: _Written, sort: str) -> Line:
    work = draw(st.sampled_from(WORKS))
    match sort:
        case "edge":
            of, copy = sorted(draw(st.lists(st.sampled_from(WORKS), min_size=2, max_size=2, unique=True)))
            written.edges[copy] = written.edges.get(copy, 0) + 1
            return {"LineageDeclared": copy, "to": of}
        case "revoke" if written.edges:
            copy = draw(st.sampled_from(sorted(written.edges)))
            return {"LineageRevoked": copy, "lineage": draw(st.integers(1, written.edges[copy]))}
        case "amend-source":
            published = draw(st.sampled_from((*_DAYS, "never")))
            return {"SourceAmended": work, "published": published}
        case _:
            sorts = st.sampled_from(("retraction", "correction", "clarification"))
            return {
                "SourceNoticeRecorded": work,
                "type": draw(sorts),
                "published": draw(st.sampled_from(_DAYS)),
            }


def _frame(draw: st.DrawFn, sort: str) -> Line:
    if sort == "title":
        return {"IncidentAmended": INCIDENT, "title": draw(st.sampled_from(("Dragging", "A dragging")))}
    paths = draw(st.sampled_from((["statement"], ["quantities/distance"], ["participants/p1/as_described"])))
    return {"Redacted": f"incident/{INCIDENT}", "erases": {draw(st.sampled_from(FACTS)): paths}}


_SORTS = (
    "attest",
    "attest",
    "withdraw",
    "correct",
    "correct",
    "amend",
    "retract",
    "reinstate",
    "dispute",
    "resolve",
)
_OF_SOURCES = ("edge", "revoke", "amend-source", "notice")


@st.composite
def courses_of_acts(draw: st.DrawFn) -> list[Line]:
    """Up to a dozen acts after both facts were reported."""
    written = _Written()
    for fact in FACTS:
        says = _says(draw, fact)
        written.lines.append(
            {"FactReported": fact, "says": says, "from": _passage(draw, written.ident(fact))}
        )
    for _ in range(draw(st.integers(0, 12))):
        sort = draw(st.sampled_from((*_SORTS, *_OF_SOURCES, "title", "redact")))
        if sort in _SORTS:
            line = _upon(draw, written, draw(st.sampled_from(FACTS)), sort)
        elif sort in _OF_SOURCES:
            line = _of_source(draw, written, sort)
        else:
            line = _frame(draw, sort)
        written.lines.append(line)
    return written.lines


def events_of(lines: list[Line]) -> list[Recorded[Act]]:
    """The lines as entries of a ledger in which the incident is open and its sources are registered: a line an hour."""
    ledger = ShorthandLedger()
    at = _EPOCH.isoformat(timespec="microseconds")
    ledger.append({"LedgerOpened": "example.org/changes"}, at)
    ledger.append({"IncidentOpened": INCIDENT}, at)
    for work, day in zip(WORKS, (*_DAYS[:3], None), strict=True):
        ledger.append({"SourceRegistered": work, **({} if day is None else {"published": day})}, at)
    for number, line in enumerate(lines, start=1):
        ledger.append(line, (_EPOCH + dt.timedelta(hours=number)).isoformat(timespec="microseconds"))
    return recorded(ledger.acts)
