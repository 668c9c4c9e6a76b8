"""An event as a newer program may record it, of a type that this one does not know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger import disclosure
from ledger.clock import format_instant, instant_of
from ledger.codec import Stamp, encode
from ledger.events import Redacted, RedactedFact
from ledger.stores.contract import Batch, NewEvent, Removal
from tests.fakes import CountingBytes

if TYPE_CHECKING:
    from ledger.stores.contract import Store

__all__ = ["NEWER", "record_newer", "redact_statement"]

NEWER = "FactTranslated@1"


def record_newer(store: Store, stream: str, topic: str = NEWER) -> int:
    """Record one in a stream, with a disclosure and all that every event has; its position."""
    head = store.head()
    version = sum(1 for _ in store.stream(stream)) + 1
    name, _, schema = topic.partition("@")
    us = head.recorded_us + 1
    committed, lines = disclosure.make([("translation", "Der Beamte wurde mitgeschleift.")], CountingBytes())
    event = disclosure.written(
        {
            "actor": "desk",
            "body": {"fact": "drag", "language": "de"},
            "committed": committed,
            "event_id": f"newer-{head.position + 1}",
            "format": "incident-ledger/1",
            "recorded_at": format_instant(instant_of(us)),
            "request": f"newer-{head.position + 1}",
            "schema": int(schema),
            "stream": stream,
            "type": name,
            "version": version,
        }
    )
    new = NewEvent(stream=stream, version=version, topic=topic, event=event, disclosures=lines)
    store.append(Batch(after=head.position, recorded_us=us, events=[new]))
    return head.position + 1


def redact_statement(store: Store, fact: str) -> int:
    """Redact the statement of a fact of incident `stop` as the newer program does that goes on after its own event; the position."""
    head = store.head()
    rows = list(store.stream("incident/stop"))
    reports = [row.position for row in rows if f'"fact":"{fact}"'.encode() in row.event]
    us = head.recorded_us + 1
    stamp = Stamp(
        event_id="redaction",
        request="redaction",
        stream="incident/stop",
        version=len(rows) + 1,
        recorded_at=format_instant(instant_of(us)),
        actor="desk",
    )
    act = Redacted(
        facts=(RedactedFact(fact=fact, paths=("statement",)),),
        legal_basis="Art. 17 GDPR",
        authority="the desk",
        reason="a court ordered it",
    )
    removals = [Removal(position=reports[0], paths=("statement",))]
    events = [encode(act, stamp, CountingBytes())]
    store.append(Batch(after=head.position, recorded_us=us, events=events, removals=removals))
    return head.position + 1
