"""Checks that several decisions share: citations, content, the fact in question."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from msgspec.structs import asdict

from ledger.citation import Attestation, Citation, TextQuoteSelector, check_unique, position_of
from ledger.commands import StatedValues
from ledger.decisions.decision import source_stream
from ledger.errors import ConflictError, InvalidError, RuleError, StaleError, UnknownError
from ledger.events import SnapshotCaptured
from ledger.fact import AsStated, Content
from ledger.ids import check_id
from ledger.kinds import check_details, check_roles
from ledger.place import check_place
from ledger.quantity import check_quantity
from ledger.values import STORED, Absent, check_text
from ledger.when import resolve_when

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ledger.citation import Selector
    from ledger.commands import CorrectFact, FactCommand, ReportFact, StatedAttestation
    from ledger.context import Context, KnownIncident
    from ledger.incident import AttestationState, FactState
    from ledger.kinds import Kind
    from ledger.when import StatedWhen, When

__all__ = [
    "MAX_REASON",
    "attestations_of",
    "check_attestation",
    "check_citations",
    "check_new_ids",
    "check_not_standing",
    "check_reason",
    "content_of",
    "fact_of",
    "incident_of",
    "item",
]

MAX_REASON = 8_192
_NOT_EXTRACTED = "no capture of the snapshot gave that text; leave it out, and it is filled in"
_NO_STATEMENT = ("attribute", "record")


def item(field: str, index: int) -> str:
    """The pointer of one citation: a member that holds a single one has no index."""
    return field if field in ("/attestation", "/citation") else f"{field}/{index}"


def check_reason(text: str, *, field: str = "/reason") -> str:
    """A reason, notice, grounds or summary: words, at most MAX_REASON characters."""
    return check_text(text, field=field, limit=MAX_REASON)


def incident_of(context: Context, ident: str) -> KnownIncident:
    """The incident that a command names. Raises InvalidError for what is no id, UnknownError where none was opened."""
    check_id(ident, field="/incident")
    state = context.incident(ident)
    if state.version == 0:
        raise UnknownError("incident", ident, field="/incident", hint="open it first with open-incident")
    return state


def fact_of(context: Context, command: FactCommand) -> tuple[KnownIncident, FactState]:
    """The incident and fact that a command acts upon. Raises UnknownError, or StaleError where the fact moved since."""
    state = incident_of(context, command.incident)
    check_id(command.fact, field="/fact")
    fact = context.fact(command.incident, command.fact)
    if fact is None:
        raise UnknownError(
            "fact", command.fact, field="/fact", hint=f"incident {command.incident} has no such fact"
        )
    if command.expected_version is not None and command.expected_version != fact.version:
        raise StaleError(f"fact {command.fact}", expected=command.expected_version, current=fact.version)
    return state, fact


def check_citations(context: Context, citations: Iterable[Citation], *, field: str) -> None:
    """Refuse citations of sources or snapshots that the ledger does not know, or whose snapshot was redacted."""
    for index, citation in enumerate(citations):
        at = item(field, index)
        source = context.source(citation.source)
        if source.version == 0:
            raise UnknownError(
                "source", citation.source, field=f"{at}/source", hint="register it first with register-source"
            )
        if citation.relays is not None and context.source(citation.relays).version == 0:
            raise UnknownError(
                "source", citation.relays, field=f"{at}/relays", hint="register the relayed source too"
            )
        if citation.snapshot is None:
            continue
        captures = context.captures(citation.source, citation.snapshot)
        if captures is None:
            raise UnknownError(
                "snapshot",
                citation.snapshot,
                field=f"{at}/snapshot",
                where="among the captures of its source",
                hint=f"capture it from source {citation.source} first",
            )
        if citation.snapshot in source.redacted_snapshots:
            raise RuleError(
                "snapshot-redacted", "the snapshot was redacted and cannot be cited", field=f"{at}/snapshot"
            )
        if citation.extraction not in (None, captures.newest.extraction) and not _extracted(
            context, citation
        ):
            raise UnknownError(
                "extraction", str(citation.extraction), field=f"{at}/extraction", hint=_NOT_EXTRACTED
            )


def _extracted(context: Context, citation: Citation) -> bool:
    """Whether an earlier capture of the same bytes gave that text: a newer program may take another text from them."""
    return any(
        isinstance(event.body, SnapshotCaptured)
        and event.body.snapshot == citation.snapshot
        and event.body.extraction == citation.extraction
        for event in context.stream(source_stream(citation.source))
    )


def _resolved(occurred: When, state: KnownIncident, fact: str, *, field: str) -> None:
    """Refuse relations to facts that the incident does not have, or to the fact itself."""
    for index, relation in enumerate(occurred.relations):
        at = f"{field}/relations/{index}/fact"
        if relation.fact == fact:
            raise InvalidError("a fact is not related to itself in time", field=at)
        if relation.fact not in state.facts:
            raise UnknownError("fact", relation.fact, field=at, hint="report it first, then relate to it")


def _when(
    stated: ReportFact | CorrectFact | StatedValues, state: KnownIncident, fact: str, field: str
) -> When | None:
    if stated.occurred is None:
        return None
    if isinstance(state.zone, Absent):
        rule = "the incident's time zone was redacted; amend the incident first"
        raise RuleError("zone-redacted", rule, field=f"{field}/occurred")
    at = f"{field}/occurred"
    if stated.occurred.as_stated is None and not stated.occurred.relations:
        try:
            return _wordless(stated.occurred, state.zone)
        except InvalidError as error:
            raise error.under(at) from error
    occurred = resolve_when(stated.occurred, zone=state.zone, field=at)
    _resolved(occurred, state, fact, field=at)
    return occurred


@lru_cache(maxsize=4_096)
def _wordless(stated: StatedWhen, zone: str) -> When:
    """A time resolved that has nobody's words in it, and so nothing to forget.

    Remembered: the facts of an incident have few days among them, and judging a time is dear.
    """
    return resolve_when(stated, zone=zone, field="")


def _check_role(kind: Kind, role: str, *, field: str) -> None:
    """Refuse a role that the kind does not know. A passage need not tell every role, so each is asked about alone."""
    try:
        check_roles(kind, (role,), field="")
    except InvalidError as error:
        raise InvalidError(error.rule, field=field) from error


def _check_values(stated: ReportFact | CorrectFact | StatedValues, kind: Kind, *, field: str) -> None:
    for index, place in enumerate(stated.places):
        check_place(place, field=f"{field}/places/{index}")
    for index, quantity in enumerate(stated.quantities):
        check_quantity(quantity, field=f"{field}/quantities/{index}")
    for index, participant in enumerate(stated.participants):
        if participant.role is not None and participant.role not in kind.roles:
            _check_role(kind, participant.role, field=f"{field}/participants/{index}/role")


def content_of(stated: ReportFact | CorrectFact, kind: Kind, state: KnownIncident, fact: str) -> Content:
    """The content that a report or correction states, checked against its kind and resolved in the incident's zone."""
    if stated.statement is None and kind.slug not in _NO_STATEMENT:
        raise InvalidError("a fact says what is reported in a sentence of your own", field="/statement")
    _check_values(stated, kind, field="")
    check_details(kind, stated.details, field="/details")
    return Content(
        kind=kind.ref,
        statement=stated.statement,
        occurred=_when(stated, state, fact, ""),
        places=stated.places,
        participants=stated.participants,
        quantities=stated.quantities,
        details=stated.details,
    )


def _as_stated(stated: StatedValues, occurred: When | None, *, field: str) -> AsStated:
    if stated == StatedValues():
        raise InvalidError(
            "say what the passage states, or leave it out: then it states the fact's content", field=field
        )
    try:
        return AsStated(**{**asdict(stated), "occurred": occurred})
    except InvalidError as error:
        raise error.under(field) from error


def attestations_of(
    citations: tuple[StatedAttestation, ...], kind: Kind, state: KnownIncident, fact: str, *, field: str
) -> tuple[Attestation, ...]:
    """Attestations with their times resolved and their values checked. Raises InvalidError or UnknownError."""
    check_unique(citations, field=field)
    attestations: list[Attestation] = []
    for index, cited in enumerate(citations):
        at, as_stated = f"{item(field, index)}/as_stated", None
        if cited.as_stated is not None:
            _check_values(cited.as_stated, kind, field=at)
            check_details(kind, cited.as_stated.details, field=f"{at}/details", partial=True)
            as_stated = _as_stated(cited.as_stated, _when(cited.as_stated, state, fact, at), field=at)
        attestations.append(_attestation(cited, as_stated))
    return tuple(attestations)


def _attestation(cited: StatedAttestation, as_stated: AsStated | None) -> Attestation:
    """What a caller wrote as an attestation. It was judged as a StatedAttestation, by the same rules, and is not judged again."""
    judged = STORED.set(True)
    try:
        return Attestation(
            id=cited.id,
            source=cited.source,
            snapshot=cited.snapshot,
            extraction=cited.extraction,
            selector=cited.selector,
            speaker=cited.speaker,
            relays=cited.relays,
            language=cited.language,
            published=cited.published,
            stance=cited.stance,
            as_stated=as_stated,
        )
    finally:
        STORED.reset(judged)


def check_new_ids(fact: FactState, attestations: Iterable[Attestation], *, field: str) -> None:
    """Refuse an attestation id that the fact has had: an id means one thing for ever."""
    for index, one in enumerate(attestations):
        if one.id in fact.attestations:
            raise ConflictError(
                f"the fact has an attestation {one.id!r} already", field=f"{item(field, index)}/id"
            )


def check_attestation(fact: FactState, ident: str, *, field: str) -> AttestationState:
    """The attestation that a command names, standing or not. Raises InvalidError or UnknownError."""
    check_id(ident, field=field)
    known = fact.attestations.get(ident)
    if known is None:
        raise UnknownError("attestation", ident, field=field, hint="the fact has no such attestation")
    return known


def _passage(citation: Citation) -> tuple[object, ...]:
    """What makes two citations the same passage, whatever the order of selectors.

    In a snapshot the position tells where the words stand, so what was quoted around them to find them plays no part.
    """
    selectors = citation.selector
    if isinstance(selectors, Absent):
        return (citation.id,)
    where: frozenset[Selector] = frozenset(selectors)
    extraction = None
    if citation.snapshot is not None and position_of(citation) is not None:
        where = frozenset(one for one in selectors if not isinstance(one, TextQuoteSelector))
        extraction = citation.extraction
    return citation.source, citation.snapshot, extraction, where, citation.speaker


def check_not_standing(
    standing: Mapping[str, Attestation], attestations: Iterable[Attestation], *, field: str
) -> None:
    """Refuse a passage that attests the fact already: same source, snapshot, selector and speaker (model §2).

    Two new ones that are the same passage are refused as well.
    """
    seen = list(standing.values())
    for index, one in enumerate(attestations):
        for other in seen:
            if _passage(one) == _passage(other):
                raise ConflictError(
                    f"attestation {other.id!r} of this fact has the same source, snapshot, passage and speaker",
                    field=item(field, index),
                )
        seen.append(one)
