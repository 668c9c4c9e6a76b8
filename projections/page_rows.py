"""What pages over all incidents hold: one struct for each sort of row, and the page that carries them (ADR 12)."""

from __future__ import annotations

from typing import Generic, Literal, TypeVar

import msgspec

from ledger.citation import Stance
from ledger.terms import CorrectionClass
from projections.fact_fold import Status
from projections.passages import Why
from projections.tight_bounds import Derived

__all__ = ["CitationRow", "CorrectionRow", "FactRow", "IncidentRow", "Incomplete", "LeftOut", "Page"]

T = TypeVar("T")
Decided = tuple[Literal["redacted", "retracted"], ...]


class Incomplete(msgspec.Struct, frozen=True, kw_only=True):
    """An incident of which the stored views cannot tell everything, from a position on. It may be missing where it should be listed.

    `part`: `log` (an event of `stream` cannot be read), `facts` or `worklist` (they cannot be folded). `code` names the error.
    """

    incident: str
    part: Literal["log", "facts", "worklist"]
    since: int
    code: str
    stream: str


class LeftOut(msgspec.Struct, frozen=True, kw_only=True):
    """A stream that is told only up to before a position, since a newer program wrote something there. `code` names the error."""

    stream: str
    since: int
    code: str


class Page(msgspec.Struct, Generic[T], frozen=True, kw_only=True, omit_defaults=True):
    """Some rows of a list as it stood at a position and, if asked, as the public could know it.

    `next` is the cursor of the page after this one; None where this is the last. `incomplete` are up to a hundred incidents of which not
    everything can be told, `incomplete_count` is how many there are.
    """

    rows: tuple[T, ...]
    position: int
    public_at: str | None = None
    next: str | None = None
    incomplete: tuple[Incomplete, ...] = ()
    incomplete_count: int = 0


class IncidentRow(msgspec.Struct, frozen=True, kw_only=True):
    """One incident: the ledger's label of it, and the position at which it was opened. None: redacted."""

    incident: str
    title: str | None
    zone: str | None
    opened: int


class FactRow(msgspec.Struct, frozen=True, kw_only=True):
    """One fact as it stood. `reported` is the position of its report; bounds are instants in UTC, None where there is no such end.

    They are the bounds as relations to other facts of the incident tighten them; `derived` names those that come from relations.
    """

    incident: str
    title: str | None
    fact: str
    reported: int
    version: int
    kind: str
    statement: str | None
    status: Status
    decided: Decided
    origins: int
    earliest: str | None
    latest: str | None
    derived: Derived
    undated: bool


class CitationRow(msgspec.Struct, frozen=True, kw_only=True):
    """One passage of a source that speaks to a fact, whether it counts, and whether the fact stands. `cited_at` is its position."""

    incident: str
    fact: str
    attestation: str
    cited_at: int
    stance: Stance
    why: Why
    relays: str | None
    status: Status
    decided: Decided


class CorrectionRow(msgspec.Struct, frozen=True, kw_only=True):
    """One correction or retraction. `class_` only of corrections; `notice` is the sentence for the reader."""

    position: int
    recorded_at: str
    incident: str
    title: str | None
    fact: str
    version: int
    act: Literal["corrected", "retracted"]
    class_: CorrectionClass | None = msgspec.field(name="class")
    cause: str
    reason: str | None
    notice: str | None
    in_favour_of: str | None
