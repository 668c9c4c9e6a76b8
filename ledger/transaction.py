"""A transaction while it is put together: acts that are decided, one after another, and not yet durable (ADR 2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ledger.clock import format_instant, instant_of
from ledger.present import OF_SNAPSHOTS
from ledger.stores.contract import Batch, NewEvent

if TYPE_CHECKING:
    import datetime as dt

    from ledger.clock_watch import Stamped
    from ledger.codec import Encoded
    from ledger.stores.contract import Answer, Head, Removal

__all__ = ["TRANSACTION_BYTES", "TRANSACTION_COMMANDS", "Transaction"]

TRANSACTION_COMMANDS = 1_000
"""Most commands of one transaction."""

TRANSACTION_BYTES = 16 * 1024 * 1024
"""A transaction that has come to so many bytes of events and disclosures takes no further command."""


class Transaction(msgspec.Struct, kw_only=True):
    """What is decided and not yet durable.

    `position` is the last one decided, `us` the recorded_at of all; `captures`: something was captured or redacted in it.
    """

    head: Head
    position: int
    us: int
    instant: dt.datetime
    recorded_at: str
    stepped_back: bool
    size_bytes: int = 0
    events: list[NewEvent] = msgspec.field(default_factory=list)
    removals: list[Removal] = msgspec.field(default_factory=list)
    snapshots: tuple[str, ...] = ()
    captures: bool = False
    answers: dict[tuple[str, str], Answer] = msgspec.field(default_factory=dict)

    @classmethod
    def at(cls, head: Head, stamped: Stamped) -> Transaction:
        """One that comes after `head`, at the time of `stamped`."""
        instant = instant_of(stamped.us)
        return cls(
            head=head,
            position=head.position,
            us=stamped.us,
            instant=instant,
            recorded_at=format_instant(instant),
            stepped_back=stamped.stepped_back,
        )

    def add(self, event: Encoded) -> NewEvent:
        """Take in one more event; gives what is kept of it until it is durable."""
        stored = NewEvent(
            stream=event.stream,
            version=event.version,
            topic=event.topic,
            event=event.event,
            disclosures=event.disclosures,
        )
        self.events.append(stored)
        self.position += 1
        self.size_bytes += len(event.event) + len(event.disclosures)
        self.captures = self.captures or event.topic.startswith(OF_SNAPSHOTS)
        return stored

    def batch(self) -> Batch:
        """What the store is to make durable."""
        return Batch(
            after=self.head.position,
            recorded_us=self.us,
            events=self.events,
            removals=self.removals,
            answers=tuple(self.answers.values()),
        )

    def is_full(self, commands: int) -> bool:
        """Whether it takes no further command: it has so many already, or has come to so many bytes."""
        return commands >= TRANSACTION_COMMANDS or self.size_bytes >= TRANSACTION_BYTES
