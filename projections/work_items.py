"""What stands on the worklist: one item for each matter that the desk is asked to look at (docs/worklist.md)."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from ledger.citation import Stance
from ledger.terms import NoticeType
from ledger.values import Absent
from ledger.when import Published
from projections.anchoring import Anchor
from projections.fact_fold import DisputeView, Status
from projections.passages import Why

__all__ = ["SORTS", "CitedWords", "Item", "Loss", "NoticeInShort", "Sort", "Standing"]

Sort: TypeAlias = Literal["source-changed", "source-notice", "conflict", "dispute", "unsupported"]

SORTS: tuple[Sort, ...] = ("source-changed", "source-notice", "conflict", "dispute", "unsupported")


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How a fact stands: its status and the number of its origins."""

    status: Status
    origins: int


class Loss(msgspec.Struct, frozen=True, kw_only=True):
    """How a fact stands with some passages and how without them. `done`: it stands without them already, for the ledger struck them."""

    before: Standing
    after: Standing
    done: bool


class CitedWords(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A passage that an item is about: where it is from, its stance, whether it counts, and the words it quotes, if it quotes any."""

    attestation: str
    source: str
    stance: Stance
    why: Why
    quote: str | None = None


class NoticeInShort(msgspec.Struct, frozen=True, kw_only=True):
    """The notice of a source that an item is about."""

    source: str
    notice: int
    type: NoticeType | Absent
    summary: str | Absent
    published: Published


class Item(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One matter of one fact. `position` and `recorded_at` are those of the event that raised it; `version` is the fact's.

    `id` stays the same for as long as the matter does. `sources`: whose words it concerns. `loses`: what the fact would lose, or has lost.
    What else there is goes with the sort: `anchor` (source-changed), `notice` (source-notice), `paths` (conflict: where values
    exclude each other), `dispute`.
    """

    id: str
    sort: Sort
    incident: str
    fact: str
    version: int
    statement: str | Absent | None = None
    position: int
    recorded_at: str
    sentence: str
    sources: tuple[str, ...] = ()
    passages: tuple[CitedWords, ...] = ()
    loses: Loss | None = None
    anchor: Anchor | None = None
    notice: NoticeInShort | None = None
    paths: tuple[str, ...] = ()
    dispute: DisputeView | None = None
