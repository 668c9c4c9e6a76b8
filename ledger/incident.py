"""The state of an incident's stream: the least that decisions need, and how each event changes it (ADR 1).

This is not what a reader sees (that is projections/): no axis, no status, no origins. Maps are persistent, so a state is never changed
in place and a refused batch costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

import msgspec
from immutables import Map
from msgspec.structs import replace

from ledger.errors import IntegrityError
from ledger.events import (
    Act,
    AttestationWithdrawn,
    DisputeResolved,
    FactAct,
    FactAmended,
    FactAttested,
    FactCorrected,
    FactDisputed,
    FactReinstated,
    FactReported,
    FactRetracted,
    IncidentAmended,
    IncidentOpened,
    Recorded,
    Redacted,
)
from ledger.wording_fields import with_wording

if TYPE_CHECKING:
    from ledger.citation import Attestation
    from ledger.fact import Content
    from ledger.values import Absent

__all__ = ["AttestationState", "FactState", "IncidentState", "evolve_fact", "evolve_incident"]


class AttestationState(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One attestation, the version it was recorded with, and whether it was withdrawn since."""

    attestation: Attestation
    version: int
    withdrawn: bool = False


class FactState(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One fact: newest content, version of the last act upon it, what speaks to it, and its disputes (number → open)."""

    content: Content
    version: int
    retracted: bool = False
    attestations: Map[str, AttestationState] = Map()
    disputes: Map[int, bool] = Map()

    def standing(self) -> dict[str, Attestation]:
        """The attestations that have not been withdrawn, by id."""
        return {key: one.attestation for key, one in self.attestations.items() if not one.withdrawn}


class IncidentState(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One incident: its frame and its facts by id. `version` 0 means that nothing was recorded."""

    version: int = 0
    title: str | Absent = ""
    zone: str | Absent = ""
    facts: Map[str, FactState] = Map()


def _at(version: int) -> str:
    return f"version {version} of the stream"


def _attested(fact: FactState, attestations: tuple[Attestation, ...], version: int) -> FactState:
    known = fact.attestations
    for one in attestations:
        known = known.set(one.id, AttestationState(attestation=one, version=version))
    return replace(fact, attestations=known)


def _withdrawn(fact: FactState, idents: tuple[str, ...]) -> FactState:
    known = fact.attestations
    for ident in idents:
        if ident not in known:
            raise IntegrityError(
                f"attestation {ident!r} is withdrawn that was never recorded", where=_at(fact.version)
            )
        known = known.set(ident, replace(known[ident], withdrawn=True))
    return replace(fact, attestations=known)


def evolve_fact(fact: FactState | None, act: FactAct, version: int) -> FactState:
    """The fact after an act at stream `version`.

    Raises IntegrityError for an act that cannot come here: upon a fact, an attestation or a dispute that was never recorded, or the
    report of a fact that was reported before.
    """
    if isinstance(act, FactReported):
        if fact is not None:
            raise IntegrityError(f"fact {act.fact!r} is reported a second time", where=_at(version))
        known = {one.id: AttestationState(attestation=one, version=version) for one in act.attestations}
        return FactState(content=act.content, version=version, attestations=Map(known))
    if fact is None:
        raise IntegrityError(f"fact {act.fact!r} was never reported", where=_at(version))
    fact = replace(fact, version=version)
    match act:
        case FactAttested():
            return _attested(fact, (act.attestation,), version)
        case AttestationWithdrawn():
            return _withdrawn(fact, (act.attestation,))
        case FactCorrected():
            fact = _withdrawn(replace(fact, content=act.content), act.withdraws)
            return _attested(fact, act.attestations, version)
        case FactAmended():
            return replace(fact, content=with_wording(fact.content, act.set))
        case FactRetracted():
            return replace(fact, retracted=True)
        case FactReinstated():
            return replace(fact, retracted=False)
        case FactDisputed():
            return replace(fact, disputes=fact.disputes.set(act.dispute, True))  # noqa: FBT003  the value of a map
        case DisputeResolved():
            if act.dispute not in fact.disputes:
                raise IntegrityError(
                    f"dispute {act.dispute} is resolved that was never recorded", where=_at(version)
                )
            return replace(fact, disputes=fact.disputes.set(act.dispute, act.outcome == "left-open"))
        case _:
            assert_never(act)


def evolve_incident(state: IncidentState, event: Recorded[Act]) -> IncidentState:
    """The incident after one more event of its stream.

    Raises IntegrityError for an event of another sort of stream, or one that cannot come here: before the incident was opened, opening
    it again, or as `evolve_fact`.
    """
    act = event.body
    if isinstance(act, IncidentOpened) != (state.version == 0):
        told = "is opened a second time" if state.version else "was never opened"
        raise IntegrityError(f"the incident {told}", where=_at(event.version))
    if isinstance(act, FactAct):
        fact = evolve_fact(state.facts.get(act.fact), act, event.version)
        facts = state.facts.set(act.fact, fact)
        return IncidentState(version=event.version, title=state.title, zone=state.zone, facts=facts)
    match act:
        case IncidentOpened():
            return replace(state, version=event.version, title=act.title, zone=act.zone)
        case IncidentAmended():
            return replace(
                state,
                version=event.version,
                title=state.title if act.title is None else act.title,
                zone=state.zone if act.zone is None else act.zone,
            )
        case Redacted():
            return replace(state, version=event.version)
        case _:
            raise IntegrityError(
                f"{event.type} does not belong in an incident's stream", where=_at(event.version)
            )
