"""Carrying out upon a restored ledger what was redacted after its backup was taken.

A redaction names facts, versions and snapshots. What of it the backup has is redacted by a new act, with the legal basis and the authority
of the order; what the backup never had needs nothing. The new act says in its reason which one it repeats.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import orjson

from ledger.asking import Caller
from ledger.commands import Redact
from ledger.errors import ConflictError, IntegrityError, InvalidError, RefusedError, RuleError, UnknownError
from ledger.events import RedactedEvent, RedactedFact

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ledger.append import Writer
    from ledger.restoration.journal import JournalledRedaction
    from ledger.stores.contract import Store

__all__ = ["RESTORER", "Replayed", "replay"]

RESTORER = Caller(actor="restore")
"""Who submits what is replayed."""

_NOT_THERE = (UnknownError, ConflictError)


class Replayed(msgspec.Struct, frozen=True, kw_only=True):
    """A redaction that was carried out again: the position it had, and that of the new act; None where nothing of it was there."""

    position: int
    repeated_at: int | None


class _Order(msgspec.Struct, frozen=True, kw_only=True):
    """What the event says in the clear."""

    legal_basis: str
    authority: str
    facts: tuple[RedactedFact, ...] = ()
    events: tuple[RedactedEvent, ...] = ()
    snapshots: tuple[str, ...] = ()


class _Event(msgspec.Struct, frozen=True, kw_only=True):
    stream: str
    event_id: str
    recorded_at: str
    body: _Order


def replay(redactions: Sequence[JournalledRedaction], store: Store, writer: Writer) -> list[Replayed]:
    """Carry out the redactions that the log does not have, in order. Raises what recording raises, and IntegrityError for what is none."""
    return [
        Replayed(position=one.position, repeated_at=_repeat(one, writer))
        for one in redactions
        if not _has(store, one)
    ]


def _has(store: Store, redaction: JournalledRedaction) -> bool:
    event = redaction.event.encode()
    return any(row.event == event for row in store.rows(redaction.position, redaction.position))


def _repeat(redaction: JournalledRedaction, writer: Writer) -> int | None:
    try:
        event = msgspec.convert(orjson.loads(redaction.event), _Event)
    except (ValueError, msgspec.ValidationError) as error:
        raise IntegrityError("is no redaction", where=f"position {redaction.position}") from error
    sort, _, ident = event.stream.partition("/")
    whole = Redact(
        incident=ident if sort == "incident" else None,
        source=ident if sort == "source" else None,
        legal_basis=event.body.legal_basis,
        authority=event.body.authority,
        reason=(
            f"Ordered before the ledger was restored from a backup: repeats the redaction {event.event_id}, recorded at"
            f" {event.recorded_at} as position {redaction.position}."
        ),
    )
    there = [one for one in _single(whole, event.body) if _is_there(one, writer)]
    if not there:
        return None
    facts = tuple(named for one in there for named in one.facts)
    events = tuple(named for one in there for named in one.events)
    snapshots = tuple(digest for one in there for digest in one.snapshots)
    command = msgspec.structs.replace(whole, facts=facts, events=events, snapshots=snapshots)
    return writer.record(command, RESTORER).position


def _single(whole: Redact, order: _Order) -> Iterator[Redact]:
    """The order path by path and snapshot by snapshot: some may be there and others not."""
    for fact in order.facts:
        for path in fact.paths:
            yield msgspec.structs.replace(whole, facts=(RedactedFact(fact=fact.fact, paths=(path,)),))
    for event in order.events:
        for path in event.paths:
            yield msgspec.structs.replace(
                whole, events=(RedactedEvent(version=event.version, paths=(path,)),)
            )
    for digest in order.snapshots:
        yield msgspec.structs.replace(whole, snapshots=(digest,))


def _is_there(command: Redact, writer: Writer) -> bool:
    """Whether something of what is named is there to go. Raises RuleError where that cannot be decided."""
    try:
        writer.record(command, RESTORER, dry_run=True)
    except _NOT_THERE:
        return False
    except (InvalidError, RefusedError) as error:
        raise RuleError(
            "redaction-not-replayed",
            f"a redaction ordered after the backup cannot be carried out upon it: {error.message}",
            field=error.field,
        ) from error
    return True
