"""Lines about five works that copy each other, two facts that they tell, and what is then answered: for the tests of origins."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, NamedTuple

from projections.axes import Axes
from projections.incident_view import incident_view
from tests.recorded import recorded
from tests.situation_shorthand import ShorthandLedger

if TYPE_CHECKING:
    from ledger.events import Act, Recorded
    from projections.fact_fold import FactView

__all__ = [
    "BEGUN",
    "FACTS",
    "PUBLIC",
    "WORKS",
    "Edge",
    "Line",
    "acts",
    "attests",
    "declares",
    "drag",
    "facts_of",
    "published",
]

WORKS = ("w0", "w1", "w2", "w3", "w4")
FACTS = ("drag", "flight")
_EPOCH = dt.datetime(2021, 5, 20, tzinfo=dt.UTC)

Line = dict[str, Any]


class Edge(NamedTuple):
    """That one work copies another. Works copy such of a lower number only, so that no cycle comes about: the ledger refuses those."""

    copy: str
    of: str


def published(work: str) -> str:
    """When a work came out: on one of three days, the copies not always last."""
    return f"2021-05-{10 + 2 * int(work[1]) % 3:02d} 12:00"


def attests(fact: str, ident: str, source: str, **more: object) -> Line:
    return {"FactAttested": fact, "from": {"id": ident, "source": source, **more}}


def declares(edge: Edge, number: int, relation: str = "copies") -> Line:
    return {"LineageDeclared": edge.copy, "to": edge.of, "lineage": number, "relation": relation}


def acts(lines: list[Line]) -> list[Recorded[Act]]:
    """The lines as entries, one minute after another, after an incident and all works."""
    ledger = ShorthandLedger()
    at = "2021-05-20T00:00:00.000000Z"
    ledger.append({"LedgerOpened": "example.org/origins"}, at)
    ledger.append({"IncidentOpened": "lr"}, at)
    for work in WORKS:
        ledger.append({"SourceRegistered": work, "published": published(work)}, at)
    for fact in FACTS:
        kind = {"kind": f"{fact}@1"}
        ledger.append({"FactReported": fact, "says": kind, "from": {"id": "first", "source": "w0"}}, at)
    for number, line in enumerate(lines, start=1):
        ledger.append(line, (_EPOCH + dt.timedelta(minutes=number)).isoformat(timespec="microseconds"))
    return recorded(ledger.acts)


BEGUN = 2 + len(WORKS) + len(FACTS)
"""How many acts stand before the first line."""
PUBLIC = (None, *sorted({dt.datetime.fromisoformat(published(work) + "Z") for work in WORKS}))


def facts_of(events: list[Recorded[Act]], known: int, public: dt.datetime | None) -> dict[str, FactView]:
    view = incident_view(events, "lr", Axes(known=known, public=public))
    assert view is not None
    return {fact.fact: fact for fact in view.facts}


def drag(*lines: Line, known: int | None = None, public: str | None = None) -> FactView:
    """The fact `drag` after these lines."""
    events = acts(list(lines))
    at = None if public is None else dt.datetime.fromisoformat(public)
    return facts_of(events, known or len(events), at)["drag"]
