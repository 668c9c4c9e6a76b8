"""A fact as the pages show it: its sentence, values, standing and citations, what is contested, and what was mended."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from api.in_words import clipped, when_in_words
from api.pages.corrections_told import Mended, mended_of
from api.pages.disputes_told import Contested, contested_of
from api.pages.passages_told import Cited, cited
from api.pages.told_values import Stated, stated_in
from ledger.values import Absent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from api.pages.framing import Clock
    from api.pages.links import Links
    from projections.audit_trail import AuditEntry
    from projections.conflicts import FactConflicts
    from projections.fact_fold import FactView
    from projections.source_account import SourceAccount
    from projections.timeline import TimelineEntry

__all__ = ["STATUS_WORDS", "FactCard", "Shelf", "Standing", "standing_of"]

STATUS_WORDS = {
    "corroborated": "corroborated",
    "reported": "reported",
    "disputed": "disputed",
    "unsupported": "no longer supported",
}


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How a fact stands, in words; `sort` is the word that its mark is drawn by."""

    sort: str
    words: str
    origins: int
    retracted: bool
    redacted: bool


def standing_of(view: FactView) -> Standing:
    """How a fact stands: what was decided, beside what is computed."""
    return Standing(
        sort=view.status,
        words=STATUS_WORDS[view.status],
        origins=view.origins,
        retracted="retracted" in view.decided,
        redacted="redacted" in view.decided,
    )


LONGEST_STATEMENT = 700
MOST_VALUES = 24


def _cut(text: str | Absent | None, longest: int | None) -> str | Absent | None:
    """A text of at most `longest` characters, where a fact is told in short."""
    return clipped(text, longest) if isinstance(text, str) and longest is not None else text


class FactCard(msgspec.Struct, frozen=True, kw_only=True):
    """One fact. `more` counts the citations that are left to its own page."""

    ident: str
    href: str
    kind: str
    statement: str | Absent | None
    when: str
    derived: bool
    standing: Standing
    stated: tuple[Stated, ...]
    citations: tuple[Cited, ...]
    more: int
    contested: Contested
    mended: tuple[Mended, ...]
    moved: str = ""
    version: int


class Shelf(msgspec.Struct, frozen=True, kw_only=True):
    """What the cards of one incident are made of."""

    incident: str
    zone: str | Absent
    sources: Mapping[str, SourceAccount]
    conflicts: Mapping[str, FactConflicts]
    trail: Sequence[AuditEntry]
    kinds: Mapping[str, str]
    links: Links
    clock: Clock

    def card(
        self,
        view: FactView,
        entry: TimelineEntry,
        *,
        most: int | None = None,
        longest: int | None = None,
        moved: str = "",
        whole: bool = False,
    ) -> FactCard:
        """The card of a fact with `most` citations at most, each quotation cut at `longest` characters.

        `whole`: its sentence and all its values are told, however long.
        """
        cut = None if whole else longest
        where = (self.incident, view.fact)
        views = sorted(view.attestations, key=lambda one: not one.counts)
        shown = views if most is None else views[:most]
        return FactCard(
            ident=view.fact,
            href=self.links.fact(self.incident, view.fact),
            kind=self.kinds.get(view.content.kind, view.content.slug),
            statement=_cut(view.content.statement, LONGEST_STATEMENT if cut is not None else None),
            when=when_in_words(entry, self.zone).removesuffix(" *"),
            derived=bool(entry.derived),
            standing=standing_of(view),
            stated=tuple(
                msgspec.structs.replace(one, words=_cut(one.words, cut))
                for one in stated_in(view.content)[: None if cut is None else MOST_VALUES]
            ),
            citations=tuple(
                cited(one, where, self.sources, self.links, self.clock, longest=longest) for one in shown
            ),
            more=len(views) - len(shown),
            contested=contested_of(
                self.conflicts.get(view.fact),
                view.content,
                self.incident,
                sources=self.sources,
                links=self.links,
                entry=entry,
            ),
            mended=mended_of(self.trail, view.fact, self.clock, self.links, self.incident),
            moved=moved,
            version=view.version,
        )
