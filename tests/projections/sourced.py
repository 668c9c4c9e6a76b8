"""A ledger of one incident made from commands, and the worklist asked of it: what the tests of sources that change are told with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.errors import UnknownError
from ledger.stores.mapper import LedgerMapper
from projections.anchoring import anchors
from projections.work_items import Standing
from projections.worklist import worklist
from tests.desk import Desk

if TYPE_CHECKING:
    from pathlib import Path

    from ledger.events import Act, Recorded
    from ledger.values import Json
    from projections.anchoring import Anchor
    from projections.work_items import Item

__all__ = [
    "FIRST",
    "REASON",
    "SECOND",
    "Newsroom",
    "confirmed",
    "correction",
    "disputed",
    "distance",
    "newsroom_with_a_fact",
    "noticed",
    "only",
    "quote",
    "standing",
]


def quote(words: str) -> list[Json]:
    """A selector by words."""
    return [{"type": "TextQuoteSelector", "exact": words}]


def distance(feet: str) -> dict[str, Json]:
    """The content of a fact: an officer was dragged so far."""
    return {
        "kind": "drag",
        "statement": f"The officer was dragged {feet} feet.",
        "quantities": [{"id": "distance", "as_stated": f"{feet} feet", "value": feet, "unit": "[ft_i]"}],
    }


class Newsroom:
    """A desk with incident `stop` open, that captures texts of sources and cites their words."""

    def __init__(self, path: Path) -> None:
        self.desk = Desk(path)
        self._mapper = LedgerMapper()
        self.desk.act(
            {"op": "open-incident", "id": "stop", "title": "Traffic stop", "zone": "America/Chicago"}
        )

    def act(self, op: str, **members: Json) -> str:
        """Record a command a second later; the id it gave."""
        self.desk.clock.advance()
        return self.desk.act({"op": op, **members}).id

    def upon(self, op: str, fact: str = "drag", **members: Json) -> str:
        """Record an act upon a fact of the incident."""
        named = {"id": fact} if op == "report-fact" else {"fact": fact}
        return self.act(op, incident="stop", **named, **members)

    def captured(self, source: str, text: str, **members: Json) -> str:
        """Register a source where it is new, and capture a text of it; the snapshot."""
        known = {event.stream for event in self.events()}
        if f"source/{source}" not in known:
            self.act("register-source", id=source, kind="article", title=f"The {source}")
        return self.act("capture-snapshot", source=source, media_type="text/plain", text=text, **members)

    def cited(self, ident: str, source: str, snapshot: str, words: str, **members: Json) -> dict[str, Json]:
        """A citation of words of a snapshot."""
        return {"id": ident, "source": source, "snapshot": snapshot, "selector": quote(words), **members}

    def events(self) -> list[Recorded[Act]]:
        """Every event, in order."""
        return [self._mapper.to_entry(row) for row in self.desk.store.rows()]

    def text(self, digest: str) -> str | None:
        """The text of an extraction."""
        try:
            return self.desk.blobs.text(digest)
        except UnknownError:
            return None

    def head(self) -> int:
        """The newest position."""
        return self.desk.store.head().position

    def anchors(self, source: str, known: int | None = None) -> tuple[Anchor, ...]:
        """What became of the citations of a source."""
        return anchors(self.events(), source, self.head() if known is None else known, self.text)

    def items(self, known: int | None = None) -> tuple[Item, ...]:
        """The worklist."""
        return worklist(self.events(), self.head() if known is None else known, self.text)

    def sorts(self, known: int | None = None) -> list[str]:
        """What sorts of matters stand on the list."""
        return [item.sort for item in self.items(known)]


FIRST = "Police stopped a car on Baseline Road. The officer was dragged about 15 feet before he let go."
SECOND = FIRST.replace("15", "20")
STATION = "The station's camera shows the officer dragged 15 feet."
REASON = {"reason": "The desk looked at it."}


def newsroom_with_a_fact(path: Path) -> Newsroom:
    """A newsroom with fact `drag`, reported on the words of one paper."""
    made = Newsroom(path)
    snapshot = made.captured("paper", FIRST)
    made.upon(
        "report-fact", **distance("15"), citations=[made.cited("a1", "paper", snapshot, "about 15 feet")]
    )
    return made


def only(newsroom: Newsroom) -> Item:
    """The one matter on the list."""
    [item] = newsroom.items()
    return item


def confirmed(newsroom: Newsroom) -> None:
    """A second source, which saw for itself, says the same."""
    snapshot = newsroom.captured("station", STATION)
    newsroom.upon("attest-fact", attestation=newsroom.cited("b1", "station", snapshot, "dragged 15 feet"))


def correction(newsroom: Newsroom, feet: str, **members: Json) -> None:
    """The distance is corrected."""
    newsroom.upon(
        "correct-fact",
        **{**distance(feet), "class": "wrong-number", "cause": "source-error", **REASON, **members},
    )


def noticed(
    newsroom: Newsroom,
    sort: str,
    *,
    source: str = "paper",
    words: str | None = None,
    summary: str = "It was 20.",
) -> None:
    """A source puts out a notice, of the whole work or of words."""
    newsroom.act(
        "record-notice",
        source=source,
        type=sort,
        summary=summary,
        scope="all" if words is None else {"passages": [{"id": "p1", "selector": quote(words)}]},
        published="2021-05-08T12:00:00Z",
        citation={"id": "n1", "source": source},
    )


def disputed(newsroom: Newsroom) -> str:
    """Somebody contests the fact; the number of the dispute."""
    return newsroom.upon("dispute-fact", by="The driver's lawyer", grounds="He was not dragged at all.")


def standing(status: str, origins: int) -> Standing:
    """How a fact stands."""
    return Standing(status=status, origins=origins)  # type: ignore[arg-type]  # the tests write one of the statuses
