"""Acts as the audit trail and a fact's lineage tell them: who, when, from what to what, why, and on whose words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from api.in_words import change_in_words, clipped
from api.pages.corrections_told import CLASSES, word
from api.pages.passages_told import stance_in_words, title_of
from api.pages.stops import ACTS
from api.pages.told_values import path_as_name
from ledger.values import Absent, Json
from projections.act_words import cause_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from api.pages.fact_cards import Standing
    from api.pages.framing import Clock
    from api.pages.links import Links
    from projections.act_account import Account
    from projections.audit_trail import AuditEntry, Change, CitedWords
    from projections.source_account import SourceAccount

__all__ = ["ActTeller", "ToldAct"]

MOST_CHANGES = 24
LONGEST_VALUE = 400
MOST_CITATIONS = 8

_NAMES = {
    "class": "What was wrong",
    "cause": "Cause",
    "by": "By",
    "grounds": "Grounds",
    "outcome": "Outcome",
    "reason": "Reason",
    "notice": "Notice to readers",
    "in_favour_of": "Told instead by",
    "rests_on": "Rests on",
    "legal_basis": "Legal basis",
    "authority": "Authority",
    "type": "Sort of notice",
    "summary": "Summary",
    "scope": "Concerns",
    "relation": "Relation",
    "to": "To",
}


class Altered(msgspec.Struct, frozen=True, kw_only=True):
    """One value from what it was to what it is; "" where it was not there."""

    path: str
    old: str
    new: str


class Word(msgspec.Struct, frozen=True, kw_only=True):
    """A word of the act that explains it."""

    name: str
    words: str | Absent | None


class Ground(msgspec.Struct, frozen=True, kw_only=True):
    """A citation of the act, in short."""

    title: str | Absent
    href: str
    stance: str
    quote: str
    pinned: bool


class ToldAct(msgspec.Struct, frozen=True, kw_only=True):
    """One act. `stream` is told where it is a source's; `stood` how the fact stood after it; `data` has what is left out here."""

    position: int
    what: str
    fact: str
    href: str
    data: str
    recorded: str
    actor: str
    on_behalf_of: str
    stream: str
    public_from: str
    changes: tuple[Altered, ...]
    more_changes: int
    words: tuple[Word, ...]
    citations: tuple[Ground, ...]
    more_citations: int
    stood: Standing | None = None


def _altered(change: Change) -> Altered:
    old, new = change_in_words(change.old, change.new)
    return Altered(
        path=path_as_name(change.path),
        old="" if change.old is None else clipped(old, LONGEST_VALUE),
        new="" if change.new is None else clipped(new, LONGEST_VALUE),
    )


def _word(name: str, value: Json) -> Word:
    if name == "class":
        return Word(name=_NAMES[name], words=CLASSES.get(str(value), str(value)))
    if name == "cause":
        return Word(name=_NAMES[name], words=cause_of(value))
    if isinstance(value, list | tuple):
        return Word(name=_NAMES.get(name, name), words=", ".join(map(str, value)))
    return Word(name=_NAMES.get(name, name), words=word(value))


class ActTeller(msgspec.Struct, frozen=True, kw_only=True):
    """What the acts of one incident are told with."""

    incident: str
    sources: Mapping[str, SourceAccount]
    links: Links
    clock: Clock

    def told(self, entry: AuditEntry | Account, *, stood: Standing | None = None) -> ToldAct:
        """One act."""
        stream = getattr(entry, "stream", "")
        public_from = getattr(entry, "public_from", None)
        return ToldAct(
            position=entry.position,
            what=ACTS.get(entry.type, entry.type).capitalize() + (":" if entry.fact else ""),
            fact=entry.fact or "",
            href=self.links.fact(self.incident, entry.fact) if entry.fact else "",
            data=self.links.data(self.incident, "/audit", {"fact": entry.fact} if entry.fact else {}),
            recorded=f"{self.clock.moment(entry.recorded_at)} {self.clock.name}",
            actor=entry.actor,
            on_behalf_of=entry.on_behalf_of or "",
            stream=stream if stream.startswith("source/") else "",
            public_from=self.clock.bound(public_from) if public_from else "",
            changes=tuple(map(_altered, entry.changes[:MOST_CHANGES])),
            more_changes=max(0, len(entry.changes) - MOST_CHANGES),
            words=tuple(_word(name, entry.words[name]) for name in _NAMES if name in entry.words),
            citations=tuple(map(self._ground, entry.citations[:MOST_CITATIONS])),
            more_citations=max(0, len(entry.citations) - MOST_CITATIONS),
            stood=stood,
        )

    def _ground(self, cited: CitedWords) -> Ground:
        return Ground(
            title=title_of(cited.source, self.sources),
            href=self.links.source(cited.source),
            stance="" if cited.stance is None else stance_in_words(cited.stance),
            quote="" if cited.quote is None else clipped(cited.quote, LONGEST_VALUE),
            pinned=cited.pinned,
        )
