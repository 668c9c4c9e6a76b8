"""Deciding about sources: register, amend, capture, notice, lineage."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from ledger.citation import Citation, check_digest
from ledger.decisions.checks import check_citations, check_reason
from ledger.decisions.decision import Decision, one, source_stream
from ledger.decisions.description import check_description, check_url, check_urls
from ledger.errors import ConflictError, InvalidError, RuleError, UnknownError
from ledger.events import (
    LineageDeclared,
    LineageRevoked,
    Passage,
    SnapshotCaptured,
    SourceAmended,
    SourceNoticeRecorded,
    SourceRegistered,
)
from ledger.ids import check_id
from ledger.instants import format_instant
from ledger.strict_json import canonical
from ledger.values import check_text
from ledger.when import parse_datetime

if TYPE_CHECKING:
    from ledger.commands import (
        AmendSource,
        DeclareLineage,
        RecordNotice,
        RecordSnapshot,
        RegisterSource,
        RevokeLineage,
        ScopePassages,
    )
    from ledger.context import Context, KnownSource
    from ledger.source import Captures
    from ledger.values import Json

__all__ = [
    "MAX_PASSAGES",
    "amend_source",
    "declare_lineage",
    "record_notice",
    "record_snapshot",
    "register_source",
    "revoke_lineage",
]

MAX_PASSAGES = 100
_MAX_METHOD = 255
_AHEAD = dt.timedelta(seconds=5)
_DESCRIBED = ("kind", "title", "publisher", "authors", "url", "published", "language", "csl")


def _source_of(context: Context, ident: str, *, field: str = "/source") -> KnownSource:
    state = context.source(check_id(ident, field=field))
    if state.version == 0:
        raise UnknownError("source", ident, field=field, hint="register it first with register-source")
    return state


def register_source(command: RegisterSource, context: Context) -> Decision:
    """Refused: the id is in use; a member breaks a rule of form."""
    check_id(command.id, field="/id")
    check_description(command)
    if context.source(command.id).version:
        raise ConflictError(f"source {command.id!r} was registered already", field="/id")
    act = SourceRegistered(**{name: getattr(command, name) for name in _DESCRIBED})
    return one(act, ident=command.id, stream=source_stream(command.id), version=0)


def _differs(name: str, value: Json, before: Json) -> bool:
    if name == "csl" and before is not None:
        # Python takes true for 1, so two items that differ may still be equal as dicts.
        return canonical(value) != canonical(before)
    return bool(value != before)


def amend_source(command: AmendSource, context: Context) -> Decision:
    """Refused: unknown source; nothing changes. The act carries what changes and nothing else."""
    state = _source_of(context, command.source)
    check_reason(command.reason)
    check_description(command)
    changed = {
        name: value
        for name in _DESCRIBED
        if (value := getattr(command, name)) is not None
        and _differs(name, value, getattr(state.registered, name))
    }
    if not changed:
        raise RuleError(
            "nothing-changes", "the description already stands so; an amendment changes something of it"
        )
    act = SourceAmended(reason=command.reason, **changed)
    return one(act, ident=command.source, stream=source_stream(command.source), version=state.version)


def _captured_already(captures: Captures | None, command: RecordSnapshot, at: dt.datetime) -> bool:
    """Whether these bytes stand recorded for that instant, or for any where the caller names none."""
    if captures is None or command.captured_at is None:
        return captures is not None
    return any(parse_datetime(time, field="/captured_at") == at for time in captures.times)


def record_snapshot(command: RecordSnapshot, context: Context, now: dt.datetime) -> Decision:
    """Refused: unknown source; captured in the future; bytes that were redacted from this source.

    Quiet: the same bytes stand recorded for that capture time, however it is written, or for any where the command names none.
    """
    state = _source_of(context, command.source)
    check_digest(command.snapshot, field="/snapshot")
    check_text(command.media_type, field="/media_type", limit=_MAX_METHOD)
    if command.method is not None:
        check_text(command.method, field="/method", limit=_MAX_METHOD)
    if command.url is not None:
        check_url(command.url, field="/url")
    check_urls(command.archive_urls, field="/archive_urls")
    captured_at = command.captured_at or format_instant(now)
    instant = parse_datetime(captured_at, field="/captured_at")
    if instant > now + _AHEAD:
        raise InvalidError("lies in the future; it is when your copy was taken", field="/captured_at")
    stream = source_stream(command.source)
    if command.snapshot in state.redacted_snapshots:
        raise RuleError(
            "snapshot-redacted", "these bytes were redacted and are not taken in again", field="/snapshot"
        )
    if _captured_already(context.captures(command.source, command.snapshot), command, instant):
        return Decision(id=command.snapshot, stream=stream, version=state.version)
    act = SnapshotCaptured(
        snapshot=command.snapshot,
        size_bytes=command.size_bytes,
        media_type=command.media_type,
        captured_at=captured_at,
        method=command.method,
        url=command.url,
        archive_urls=command.archive_urls,
        extraction=command.extraction,
        extractor=command.extractor,
        measured=command.measured,
    )
    return one(act, ident=command.snapshot, stream=stream, version=state.version)


def _passages(scope: ScopePassages, source: str) -> tuple[Passage, ...]:
    """The passages of a notice's scope. They obey the rules of a citation of the source that put the notice out."""
    field = "/scope/passages"
    if not scope.passages:
        raise InvalidError("name at least one passage by its words or position, or say all", field=field)
    if len(scope.passages) > MAX_PASSAGES:
        raise InvalidError(
            f"at most {MAX_PASSAGES} passages; say all where it is the whole work", field=field
        )
    seen: set[str] = set()
    for index, stated in enumerate(scope.passages):
        at = f"{field}/{index}"
        try:
            Citation(id=stated.id, source=source, selector=stated.selector)
        except InvalidError as error:
            raise error.under(at) from error
        if not stated.selector:
            raise InvalidError("a passage is named by its words or its position", field=f"{at}/selector")
        if stated.id in seen:
            raise InvalidError("this id stands twice", field=f"{at}/id")
        seen.add(stated.id)
    return tuple(Passage(id=stated.id, selector=stated.selector) for stated in scope.passages)


def record_notice(command: RecordNotice, context: Context) -> Decision:
    """Refused: unknown source; a scope of passages without any; a citation that cannot be resolved."""
    state = _source_of(context, command.source)
    check_reason(command.summary, field="/summary")
    passages = () if command.scope == "all" else _passages(command.scope, command.source)
    check_citations(context, (command.citation,), field="/citation")
    number = state.notices + 1
    act = SourceNoticeRecorded(
        notice=number,
        type=command.type,
        summary=command.summary,
        scope="passages" if passages else "all",
        passages=passages,
        published=command.published,
        citations=(command.citation,),
    )
    return one(act, ident=str(number), stream=source_stream(command.source), version=state.version)


def _copies(context: Context, start: str, goal: str) -> bool:
    """Whether `start` is, by standing lineage, a copy of `goal`, at first or at many hands."""
    seen: set[str] = set()
    ahead = [start]
    while ahead:
        here = ahead.pop()
        if here == goal:
            return True
        if here not in seen:
            seen.add(here)
            ahead.extend(context.source(here).copied_from())
    return False


def declare_lineage(command: DeclareLineage, context: Context) -> Decision:
    """Refused: unknown source; itself; declared already; a cycle, by which two works would each copy the other."""
    state = _source_of(context, command.source)
    if command.to == command.source:
        raise RuleError("lineage-cycle", "a source does not copy itself", field="/to")
    _source_of(context, command.to, field="/to")
    if command.to in state.copied_from():
        raise ConflictError(
            f"{command.source} is declared to copy {command.to} already; revoke that to declare it otherwise",
            field="/to",
        )
    if _copies(context, command.to, command.source):
        raise RuleError(
            "lineage-cycle", f"{command.to} is itself declared to copy {command.source}", field="/to"
        )
    citations: tuple[Citation, ...] = () if command.citation is None else (command.citation,)
    check_citations(context, citations, field="/citation")
    number = len(state.lineage) + 1
    act = LineageDeclared(lineage=number, relation=command.relation, to=command.to, citations=citations)
    return one(act, ident=str(number), stream=source_stream(command.source), version=state.version)


def revoke_lineage(command: RevokeLineage, context: Context) -> Decision:
    """Refused: unknown source or lineage; revoked already."""
    state = _source_of(context, command.source)
    check_reason(command.reason)
    edge = state.lineage.get(command.lineage)
    if edge is None:
        raise UnknownError(
            "lineage", str(command.lineage), field="/lineage", hint=f"the source has {len(state.lineage)}"
        )
    if not edge.standing:
        raise ConflictError(f"lineage {command.lineage} was revoked already", field="/lineage")
    act = LineageRevoked(lineage=command.lineage, reason=command.reason)
    return one(act, ident=str(command.lineage), stream=source_stream(command.source), version=state.version)
