"""Deciding to correct, amend, retract and reinstate: the acts that change what stood, each with its reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from ledger.citation import check_unique
from ledger.decisions.attesting import check_supports_left, check_withdrawable
from ledger.decisions.checks import (
    attestations_of,
    check_attestation,
    check_citations,
    check_new_ids,
    check_not_standing,
    check_reason,
    content_of,
    fact_of,
)
from ledger.decisions.decision import incident_stream, one
from ledger.decisions.wording import check_wording
from ledger.errors import ConflictError, InvalidError, RuleError, UnknownError
from ledger.events import FactAmended, FactCorrected, FactReinstated, FactRetracted
from ledger.ids import is_id
from ledger.strict_json import pointer
from ledger.values import check_text
from ledger.wording_fields import NOT_WORDING, is_wording_path, with_wording, wording_at

if TYPE_CHECKING:
    from ledger.commands import AmendFact, CorrectFact, ReinstateFact, RetractFact
    from ledger.context import Context
    from ledger.decisions.decision import Decision
    from ledger.fact import Content
    from ledger.incident import FactState
    from ledger.kinds import Kind
    from ledger.when import When

__all__ = ["amend_fact", "correct_fact", "reinstate_fact", "retract_fact"]

_NAMES_ANOTHER = ("duplicate", "wrong-incident")


def _kind_for(command: CorrectFact, fact: FactState, context: Context) -> Kind:
    """The kind of a correction: the fact's own version, or the newest (model §3)."""
    ref = fact.content.kind if command.kind == fact.content.slug else command.kind
    kind = context.kinds.resolve(ref, field="/kind")
    newest = context.kinds.newest(kind.slug)
    if kind.ref != fact.content.kind and newest is not None and newest.version != kind.version:
        raise InvalidError(
            f"a correction keeps the fact's kind, {fact.content.kind}, or uses the newest, {newest.ref}",
            field="/kind",
        )
    return kind


def _same(one: Content, other: Content) -> bool:
    """Whether two contents are the same as they would be stored. To Python `true` equals 1; to a reader it does not."""
    return msgspec.json.encode(one, order="deterministic") == msgspec.json.encode(
        other, order="deterministic"
    )


def _unworded(when: When) -> When:
    return replace(
        when, as_stated=_MARK, relations=tuple(replace(one, as_stated=_MARK) for one in when.relations)
    )


def _without_wording(content: Content) -> Content:
    """The content with every wording field taken out: what is left bears value."""
    return replace(
        content,
        statement=None,
        occurred=None if content.occurred is None else _unworded(content.occurred),
        places=tuple(replace(place, as_stated=_MARK) for place in content.places),
        participants=tuple(replace(one, as_described=_MARK) for one in content.participants),
        quantities=tuple(replace(quantity, as_stated=_MARK) for quantity in content.quantities),
        details={k: v for k, v in content.details.items() if k != "as_stated" or content.slug != "attribute"},
    )


_MARK = "-"


def correct_fact(command: CorrectFact, context: Context) -> Decision:
    """Refused: stale; retracted; nothing changes; no ground; what it rests on or withdraws is not standing."""
    state, fact = fact_of(context, command)
    if fact.retracted:
        raise RuleError(
            "retracted",
            "the fact is retracted; a correction never lifts a retraction: reinstate it first",
            field="/fact",
        )
    check_reason(command.reason)
    if command.notice is not None:
        check_reason(command.notice, field="/notice")
    kind = _kind_for(command, fact, context)
    content = content_of(command, kind, state, command.fact)
    if _same(content, fact.content):
        raise RuleError(
            "nothing-changes", "the content already stands so; a correction changes something of it"
        )
    if command.class_ == "wording" and not _same(_without_wording(content), _without_wording(fact.content)):
        raise RuleError(
            "not-wording",
            "a value changes, so the class says which; wording is for words alone",
            field="/class",
        )
    attestations = attestations_of(command.citations, kind, state, command.fact, field="/citations")
    check_citations(context, attestations, field="/citations")
    check_new_ids(fact, attestations, field="/citations")
    check_withdrawable(fact, command.withdraws, field="/withdraws")
    left = {key: cited for key, cited in fact.standing().items() if key not in command.withdraws}
    check_not_standing(left, attestations, field="/citations")
    _check_ground(command, fact, set(left))
    supports = any(cited.stance == "supports" for cited in attestations)
    check_supports_left(fact, command.withdraws, field="/withdraws", new=supports)
    act = FactCorrected(
        fact=command.fact,
        content=content,
        class_=command.class_,
        cause=command.cause,
        reason=command.reason,
        notice=command.notice,
        attestations=attestations,
        rests_on=command.rests_on,
        withdraws=command.withdraws,
    )
    stream = incident_stream(command.incident)
    return one(act, ident=command.fact, stream=stream, version=state.version, answers=fact.version)


def _check_ground(command: CorrectFact, fact: FactState, left: set[str]) -> None:
    if not command.rests_on and not any(cited.stance == "supports" for cited in command.citations):
        raise RuleError(
            "no-citation",
            "say what the new content rests on: a new citation with the stance supports, or rests_on with ids of standing "
            "attestations that say so",
            field="/citations",
        )
    for index, ident in enumerate(command.rests_on):
        at = f"/rests_on/{index}"
        known = check_attestation(fact, ident, field=at)
        if ident not in left:
            raise RuleError("not-standing", f"attestation {ident!r} does not stand after this act", field=at)
        if ident in command.rests_on[:index]:
            raise InvalidError("this id stands twice", field=at)
        if known.attestation.stance in ("mentions", "declines"):
            raise RuleError("says-nothing", f"attestation {ident!r} does not state any content", field=at)


def _check_fits(content: Content, path: str, words: str, *, field: str) -> None:
    """Refuse words that the member at `path` cannot hold, such as too many of them. Raises InvalidError."""
    try:
        with_wording(content, {path: words})
    except InvalidError as error:
        raise InvalidError(error.rule, field=field) from error


def amend_fact(command: AmendFact, context: Context) -> Decision:
    """Refused: not a wording field; nothing changes; the meaning could change."""
    state, fact = fact_of(context, command)
    check_reason(command.reason)
    if not command.set:
        raise InvalidError("name at least one wording field and its new text", field="/set")
    names = [one.name for one in fact.content.participants if isinstance(one.name, str)]
    for path, words in sorted(command.set.items()):
        at = "/set" + pointer(path)
        if not is_wording_path(fact.content, path):
            raise RuleError("not-wording", NOT_WORDING, field=at)
        check_text(words, field=at)
        before = wording_at(fact.content, path)
        if before == words:
            raise RuleError("nothing-changes", "the words already stand so", field=at)
        _check_fits(fact.content, path, words, field=at)
        if path == "details/as_stated":
            continue
        if not isinstance(before, str):
            raise RuleError("nothing-to-amend", "no words stand there; giving some is a correction", field=at)
        check_wording(before, words, names=names, field=at)
    check_unique(command.citations, field="/citations")
    check_citations(context, command.citations, field="/citations")
    act = FactAmended(
        fact=command.fact, set=dict(command.set), reason=command.reason, citations=command.citations
    )
    stream = incident_stream(command.incident)
    return one(act, ident=command.fact, stream=stream, version=state.version, answers=fact.version)


def _check_in_favour_of(command: RetractFact, context: Context) -> None:
    other = command.in_favour_of
    if other is None:
        if command.cause == "duplicate":
            raise InvalidError("a duplicate names the fact that stays", field="/in_favour_of")
        return
    if command.cause not in _NAMES_ANOTHER:
        raise InvalidError("goes with the causes duplicate and wrong-incident only", field="/in_favour_of")
    incident, slash, fact = other.rpartition("/")
    if not slash:
        incident = command.incident
    if not is_id(incident) or not is_id(fact):
        raise InvalidError(
            "is a fact's id, or incident/fact for a fact of another incident", field="/in_favour_of"
        )
    if (incident, fact) == (command.incident, command.fact):
        raise InvalidError("a fact is not retracted in favour of itself", field="/in_favour_of")
    favoured = context.fact(incident, fact)
    if favoured is None:
        raise UnknownError("fact", other, field="/in_favour_of")
    if favoured.retracted:
        raise RuleError("retracted", f"fact {other!r} is retracted itself", field="/in_favour_of")


def retract_fact(command: RetractFact, context: Context) -> Decision:
    """Refused: retracted already; the fact that stays is unknown."""
    state, fact = fact_of(context, command)
    if fact.retracted:
        raise ConflictError(f"fact {command.fact!r} is retracted already", field="/fact")
    check_reason(command.reason)
    if command.notice is not None:
        check_reason(command.notice, field="/notice")
    _check_in_favour_of(command, context)
    check_unique(command.citations, field="/citations")
    check_citations(context, command.citations, field="/citations")
    act = FactRetracted(
        fact=command.fact,
        cause=command.cause,
        reason=command.reason,
        notice=command.notice,
        in_favour_of=command.in_favour_of,
        citations=command.citations,
    )
    stream = incident_stream(command.incident)
    return one(act, ident=command.fact, stream=stream, version=state.version, answers=fact.version)


def reinstate_fact(command: ReinstateFact, context: Context) -> Decision:
    """Refused: the fact is not retracted."""
    state, fact = fact_of(context, command)
    if not fact.retracted:
        raise ConflictError(f"fact {command.fact!r} is not retracted", field="/fact")
    check_reason(command.reason)
    check_unique(command.citations, field="/citations")
    check_citations(context, command.citations, field="/citations")
    act = FactReinstated(
        fact=command.fact, cause=command.cause, reason=command.reason, citations=command.citations
    )
    stream = incident_stream(command.incident)
    return one(act, ident=command.fact, stream=stream, version=state.version, answers=fact.version)
