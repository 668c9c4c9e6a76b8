"""The acts upon a fact, as forms: which fields each has, and which command they become."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, get_args

import msgspec

from api.in_words import clipped, words_of
from api.pages.corrections_told import CLASSES
from api.pages.desk.citation_form import citation_body, citation_group, cited_in
from api.pages.desk.content_body import content_body
from api.pages.desk.content_form import content_groups, content_said, not_shown
from api.pages.desk.fields import FORM_KEY, Body, Field, Group, put_said, said_field
from ledger.citation import quote_of
from ledger.terms import CorrectionCause, CorrectionClass, DisputeOutcome, RetractionCause, WithdrawalCause
from ledger.wording_fields import wording_at
from projections.act_words import cause_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from api.http.reads import Asked
    from ledger.kinds import Kinds
    from projections.fact_fold import AttestationView, FactView

__all__ = ["ACTS_UPON", "Act", "Workplace"]

_OUTCOMES = {
    "upheld": "upheld: the fact is wrong as it stands",
    "rejected": "rejected: the fact stands",
    "withdrawn": "withdrawn by who raised it",
    "left-open": "left open: both accounts stand",
}


_LONGEST_WORDS = 80


class Workplace(msgspec.Struct, frozen=True, kw_only=True):
    """What a form upon a fact is made of: the fact as it stands, its kind, and the sources to choose from."""

    asked: Asked
    incident: str
    view: FactView
    kinds: Kinds
    sources: tuple[str, ...]


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """One act upon a fact: its command, what it is called, what its form has, and what that becomes."""

    op: str
    name: str
    says: str
    groups: Callable[[Workplace, Mapping[str, str]], tuple[Group, ...]]
    body: Callable[[Workplace, Mapping[str, str], Body], Awaitable[None]]
    fits: Callable[[FactView], bool] = lambda view: "retracted" not in view.decided


def _reason(said: Mapping[str, str]) -> Field:
    return said_field(
        said, "reason", "Reason", sort="area", is_required=True, hint="It is kept for ever, and shown."
    )


def _choice(said: Mapping[str, str], name: str, label: str, options: tuple[tuple[str, str], ...]) -> Field:
    return said_field(said, name, label, sort="select", options=(("", "choose"), *options), is_required=True)


def _causes(literal: object) -> tuple[tuple[str, str], ...]:
    return tuple((cause, cause_of(cause)) for cause in get_args(literal))


def _short(words: str) -> str:
    return clipped(words, _LONGEST_WORDS)


def _called(one: AttestationView) -> str:
    """A passage as a choice names it: its words, its source and its id."""
    words = quote_of(one.attestation)
    quoted = "" if words is None else f"“{_short(words.exact)}” "
    return f"{quoted}of {one.attestation.source} ({one.attestation.id})"


def _passages(place: Workplace, said: Mapping[str, str], name: str, *, counted: bool) -> tuple[Field, ...]:
    """A box for each passage of the fact."""
    return tuple(
        said_field(
            said,
            f"{name}.{one.attestation.id}",
            _called(one),
            sort="check",
        )
        for one in place.view.attestations
        if one.counts or not counted
    )


def _ticked(said: Mapping[str, str], name: str) -> list[str]:
    return [one.removeprefix(f"{name}.") for one, text in said.items() if one.startswith(f"{name}.") and text]


def _put_ticked(body: Body, said: Mapping[str, str], name: str) -> None:
    for at, ident in enumerate(_ticked(said, name)):
        body.put(f"{name}/{at}", ident, f"{name}.{ident}")


async def _ground(place: Workplace, said: Mapping[str, str], body: Body) -> None:
    """A plain citation, where one was filled in."""
    if cited_in(said):
        await citation_body(body, said, place.asked, "citations/0", stance=False)


def _ground_group(place: Workplace, said: Mapping[str, str]) -> Group:
    return citation_group(
        said, place.sources, stance=False, head="Citing, if anything says so", is_open=False
    )


def _attest_groups(place: Workplace, said: Mapping[str, str]) -> tuple[Group, ...]:
    return (citation_group(said, place.sources, stance=True),)


async def _attest(place: Workplace, said: Mapping[str, str], body: Body) -> None:
    await citation_body(body, {"cite.stance": "supports", **said}, place.asked, "attestation", stance=True)


def _correct_groups(place: Workplace, said: Mapping[str, str]) -> tuple[Group, ...]:
    kind = place.kinds.resolve(place.view.content.kind, field="/kind")
    stands = content_said(place.view.content, kind)
    # What was sent says all that the form shows: a box that is not ticked is not among it.
    filled = {**(not_shown(stands) if FORM_KEY in said else stands), **said}
    why = (
        _choice(
            said, "class", "What was wrong", tuple((one, CLASSES[one]) for one in get_args(CorrectionClass))
        ),
        _choice(said, "cause", "Cause", _causes(CorrectionCause)),
        _reason(said),
        said_field(
            said,
            "notice",
            "Notice to readers",
            sort="area",
            hint="As a newspaper prints it: An earlier version of this record said …",
        ),
    )
    return (
        Group(head="What was wrong, and why", fields=why),
        *content_groups(filled, kind, whole=True),
        Group(
            head="It rests on these passages, which say so already",
            fields=_passages(place, said, "rests_on", counted=True),
            is_open=True,
        ),
        citation_group(said, place.sources, stance=False, head="or on a new one", is_open=False),
        Group(
            head="These passages go with what was wrong",
            fields=_passages(place, said, "withdraws", counted=False),
            is_open=False,
        ),
    )


async def _correct(place: Workplace, said: Mapping[str, str], body: Body) -> None:
    kind = place.kinds.resolve(place.view.content.kind, field="/kind")
    content_body(body, {"kind": place.view.content.kind, **said}, kind, place.view.content)
    put_said(body, said, "class", "cause", "reason", "notice")
    _put_ticked(body, said, "rests_on")
    _put_ticked(body, said, "withdraws")
    if cited_in(said):
        await citation_body(
            body, {"cite.stance": "supports", **said}, place.asked, "citations/0", stance=True
        )


_WORDINGS = ("statement", "occurred/as_stated", "details/as_stated")


def _wording_paths(view: FactView) -> tuple[str, ...]:
    content = view.content
    paths = [*_WORDINGS]
    paths += [f"quantities/{one.id}/as_stated" for one in content.quantities]
    paths += [f"places/{one.id}/as_stated" for one in content.places]
    paths += [f"participants/{one.id}/as_described" for one in content.participants]
    return tuple(path for path in paths if isinstance(wording_at(content, path), str))


def _amend_groups(place: Workplace, said: Mapping[str, str]) -> tuple[Group, ...]:
    fields = []
    for path in _wording_paths(place.view):
        words = wording_at(place.view.content, path)
        field = said_field({f"set.{path}": str(words), **said}, f"set.{path}", path, sort="area")
        fields.append(field)
    return (
        Group(
            head="The wording",
            fields=tuple(fields),
            hint="Spelling only: that the meaning stays the same is checked. Anything else is a correction.",
        ),
        Group(head="Why", fields=(_reason(said),)),
        _ground_group(place, said),
    )


async def _amend(place: Workplace, said: Mapping[str, str], body: Body) -> None:
    for path in _wording_paths(place.view):
        text = said.get(f"set.{path}", "")
        if text != wording_at(place.view.content, path):
            body.value.setdefault("set", {})[path] = text
            for written in (path, path.replace("/", "~1")):
                body.fields[f"/set/{written}"] = f"set.{path}"
    put_said(body, said, "reason")
    await _ground(place, said, body)


def _retract_groups(place: Workplace, said: Mapping[str, str]) -> tuple[Group, ...]:
    fields = (
        _choice(said, "cause", "Cause", _causes(RetractionCause)),
        _reason(said),
        said_field(said, "notice", "Notice to readers", sort="area"),
        said_field(
            said, "in_favour_of", "Told instead by", hint="The id of the fact that tells it, for a duplicate."
        ),
    )
    return (Group(head="Why it is withdrawn", fields=fields), _ground_group(place, said))


async def _retract(place: Workplace, said: Mapping[str, str], body: Body) -> None:
    put_said(body, said, "cause", "reason", "notice", "in_favour_of")
    await _ground(place, said, body)


def _reinstate_groups(place: Workplace, said: Mapping[str, str]) -> tuple[Group, ...]:
    fields = (_choice(said, "cause", "Cause", _causes(CorrectionCause)), _reason(said))
    return (Group(head="Why it stands again", fields=fields), _ground_group(place, said))


async def _reinstate(place: Workplace, said: Mapping[str, str], body: Body) -> None:
    put_said(body, said, "cause", "reason")
    await _ground(place, said, body)


def _withdraw_groups(place: Workplace, said: Mapping[str, str]) -> tuple[Group, ...]:
    there = tuple(
        (one.attestation.id, _called(one)) for one in place.view.attestations if one.why != "withdrawn"
    )
    fields = (
        _choice(said, "attestation", "Which citation", there),
        _choice(said, "cause", "Cause", _causes(WithdrawalCause)),
        _reason(said),
    )
    return (Group(head="Which citation does not stand", fields=fields), _ground_group(place, said))


async def _withdraw(place: Workplace, said: Mapping[str, str], body: Body) -> None:
    put_said(body, said, "attestation", "cause", "reason")
    await _ground(place, said, body)


def _dispute_groups(place: Workplace, said: Mapping[str, str]) -> tuple[Group, ...]:
    fields = (
        said_field(
            said, "by", "By whom", is_required=True, hint="The subject, an agency, a reader, the desk."
        ),
        said_field(said, "grounds", "Grounds", sort="area", is_required=True),
    )
    return (Group(head="Who contests it, and on which grounds", fields=fields), _ground_group(place, said))


async def _dispute(place: Workplace, said: Mapping[str, str], body: Body) -> None:
    put_said(body, said, "by", "grounds")
    await _ground(place, said, body)


def _resolve_groups(place: Workplace, said: Mapping[str, str]) -> tuple[Group, ...]:
    open_ones = tuple(
        (str(one.dispute), f"{one.dispute}, by {_short(words_of(one.by))}: {_short(words_of(one.grounds))}")
        for one in place.view.disputes
        if one.stands in ("open", "left-open")
    )
    fields = (
        _choice(said, "dispute", "Which dispute", open_ones),
        _choice(said, "outcome", "Outcome", tuple((one, _OUTCOMES[one]) for one in get_args(DisputeOutcome))),
        _reason(said),
    )
    return (
        Group(head="The desk's answer", fields=fields),
        Group(
            head="These passages no longer count",
            fields=_passages(place, said, "settles", counted=True),
            is_open=False,
        ),
    )


async def _resolve(_place: Workplace, said: Mapping[str, str], body: Body) -> None:
    number = said.get("dispute", "")
    body.put("dispute", int(number) if number.isdecimal() else number, "dispute")
    put_said(body, said, "outcome", "reason")
    _put_ticked(body, said, "settles")


def _has_dispute(view: FactView) -> bool:
    return any(one.stands in ("open", "left-open") for one in view.disputes)


ACTS_UPON = {
    act.op: act
    for act in (
        Act(
            op="attest-fact",
            name="Attest",
            says="One more passage speaks to it.",
            groups=_attest_groups,
            body=_attest,
            fits=lambda _: True,
        ),
        Act(
            op="correct-fact",
            name="Correct",
            says="The record was wrong.",
            groups=_correct_groups,
            body=_correct,
        ),
        Act(
            op="amend-fact",
            name="Reword",
            says="A slip of spelling; the meaning stays.",
            groups=_amend_groups,
            body=_amend,
        ),
        Act(
            op="retract-fact",
            name="Retract",
            says="It is withdrawn, with nothing in its place.",
            groups=_retract_groups,
            body=_retract,
        ),
        Act(
            op="reinstate-fact",
            name="Reinstate",
            says="A retraction was wrong.",
            groups=_reinstate_groups,
            body=_reinstate,
            fits=lambda view: "retracted" in view.decided,
        ),
        Act(
            op="withdraw-attestation",
            name="Withdraw a citation",
            says="A citation does not stand as recorded.",
            groups=_withdraw_groups,
            body=_withdraw,
            fits=lambda view: len(view.attestations) > 0,
        ),
        Act(
            op="dispute-fact",
            name="Dispute",
            says="Somebody contests it.",
            groups=_dispute_groups,
            body=_dispute,
        ),
        Act(
            op="resolve-dispute",
            name="Answer a dispute",
            says="What the desk makes of it.",
            groups=_resolve_groups,
            body=_resolve,
            fits=_has_dispute,
        ),
    )
}
"""The acts upon a fact by the name of their command."""
