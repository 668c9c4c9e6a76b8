"""What was mended of a fact, told as a newspaper does: what an earlier version said, since when not, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from api.in_words import change_in_words, clipped
from api.pages.told_values import path_as_name
from ledger.values import Absent, Json
from projections.act_words import cause_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from api.pages.framing import Clock
    from api.pages.links import Links
    from projections.audit_trail import AuditEntry

__all__ = ["CLASSES", "Mended", "mended_of", "word"]

CLASSES = {
    "wrong-number": "a wrong number",
    "wrong-person": "a wrong person",
    "wrong-place": "a wrong place",
    "wrong-time": "a wrong time",
    "wrong-kind": "a wrong kind of fact",
    "wrong-attribution": "a wrong attribution",
    "wording": "the wording",
    "other": "another error",
}
"""What was wrong, by the class of a correction."""

_HEADS = {
    "FactCorrected": "Correction",
    "FactAmended": "Wording",
    "FactRetracted": "Retraction",
    "FactReinstated": "Reinstated",
    "AttestationWithdrawn": "Citation withdrawn",
    "Redacted": "Redaction",
}


class Altered(msgspec.Struct, frozen=True, kw_only=True):
    """One value from what it was to what it is."""

    path: str
    old: str
    new: str


class Mended(msgspec.Struct, frozen=True, kw_only=True):
    """One act that mended a fact. `said` is the sentence for the reader, `earlier` the statement that stood before, if it was another."""

    sort: str
    head: str
    day: str
    position: int
    href: str
    said: str | Absent | None
    earlier: str | Absent | None
    of_what: str
    cause: str
    reason: str | Absent | None
    in_favour_of: str
    favour_href: str
    altered: tuple[Altered, ...]
    legal_basis: str
    authority: str


LONGEST_WORDS = 1_500
"""A reason or a notice is told up to here; the data have all of it."""


def word(value: Json) -> str | Absent | None:
    """A word of an act: a text, its absence, or None where the act does not say it."""
    if isinstance(value, dict):
        return Absent(absent=value["absent"])
    return None if value is None else clipped(str(value), LONGEST_WORDS)


def _is_of(entry: AuditEntry, fact: str) -> bool:
    if entry.fact == fact:
        return entry.type in _HEADS
    return entry.type == "Redacted" and any(one.path.startswith(f"{fact}/") for one in entry.changes)


def mended_of(
    trail: Iterable[AuditEntry], fact: str, clock: Clock, links: Links, incident: str
) -> tuple[Mended, ...]:
    """The acts that mended a fact, oldest first."""
    found = []
    for entry in trail:
        if not _is_of(entry, fact):
            continue
        words = entry.words
        earlier = next(
            (one.old for one in entry.changes if one.path == "statement" and one.old != one.new), None
        )
        altered = tuple(
            Altered(path=path_as_name(one.path), old=old, new=new)
            for one in entry.changes
            if one.path not in ("statement", "standing") and not one.path.startswith("attestations/")
            for old, new in (
                tuple(clipped(side, LONGEST_WORDS) for side in change_in_words(one.old, one.new)),
            )
        )
        favour = str(words.get("in_favour_of", ""))
        found.append(
            Mended(
                sort=entry.type,
                head=_HEADS[entry.type],
                day=clock.day(entry.recorded_at),
                position=entry.position,
                href=links.act(incident, entry.position),
                said=word(words.get("notice")),
                earlier=word(earlier),
                of_what=CLASSES.get(str(words.get("class")), ""),
                cause="" if "cause" not in words else cause_of(words["cause"]),
                reason=word(words.get("reason")),
                in_favour_of=favour,
                favour_href=links.fact(incident, favour) if favour else "",
                altered=altered if entry.type != "Redacted" else (),
                legal_basis=str(words.get("legal_basis", "")),
                authority=str(words.get("authority", "")),
            )
        )
    return tuple(found)
