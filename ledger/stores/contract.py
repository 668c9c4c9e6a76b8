"""What every store promises, whatever database is under it (ADR 2, ADR 5).

One dense sequence: positions count from 1 and none is missing. One transaction: events, disclosures, leaf hashes, idempotency
answers and the head row are durable together or not at all. Stored bytes come back as they went in.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Protocol

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager

__all__ = ["Answer", "Appended", "Batch", "Head", "NewEvent", "Removal", "Row", "Store", "leaf_hash"]


def leaf_hash(event: bytes) -> bytes:
    """The Merkle leaf of stored bytes: SHA-256(0x00 || event), RFC 6962 §2.1."""
    return hashlib.sha256(b"\x00" + event).digest()


class Head(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Where the log ends: the last position, 0 when empty, and its recorded_at in microseconds since 1970 UTC."""

    position: int
    recorded_us: int


class Row(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One stored event as it lies in the store. `leaf` is SHA-256(0x00 || event), RFC 6962 §2.1."""

    position: int
    stream: str
    version: int
    recorded_us: int
    topic: str
    event: bytes
    disclosures: bytes
    leaf: bytes


class Appended(Protocol):
    """What is known of an event to append, as NewEvent or the codec's Encoded has it. The store gives it its position and leaf."""

    @property
    def stream(self) -> str:
        """The name of its stream."""
        ...

    @property
    def version(self) -> int:
        """Its place in the stream, from 1."""
        ...

    @property
    def topic(self) -> str:
        """`type@schema`."""
        ...

    @property
    def event(self) -> bytes:
        """The canonical bytes."""
        ...

    @property
    def disclosures(self) -> bytes:
        """The lines that stand beside it."""
        ...


class NewEvent(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An event to append, by itself."""

    stream: str
    version: int
    topic: str
    event: bytes
    disclosures: bytes


class Removal(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Disclosures to erase, in the same transaction as the Redacted event that names them.

    The digest of the request that recorded the event goes with them, also where `paths` is empty: it would confirm a guess.
    """

    position: int
    paths: tuple[str, ...]


class Answer(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The kept answer of an idempotent request: what was asked (a digest keyed by `salt`) and what was answered.

    A redaction of the event empties `salt` and `digest`; the key then answers the old ids for any body (docs/commands.md).
    """

    caller: str
    key: str
    salt: bytes
    digest: bytes
    answer: bytes
    position: int


class Batch(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One transaction. `after` is the head position that it was decided against; the store refuses it if the head has moved."""

    after: int
    recorded_us: int
    events: Sequence[Appended]
    removals: Sequence[Removal] = ()
    answers: Sequence[Answer] = ()


class Store(Protocol):
    """The log, as the writer and the readers need it."""

    def head(self) -> Head:
        """Where the log ends now."""
        ...

    def turn(self) -> AbstractContextManager[None]:
        """The right to append, for one batch: nobody else's batch comes between what is read within it and its own.

        Within it the log is read and decided upon; `append` ends it early. Raises StoreError where the right is not to be had.
        """
        ...

    def append(self, batch: Batch) -> Sequence[int]:
        """Make a batch durable and give its positions. Raises StoreError where it is not durable; then nothing of it is stored."""
        ...

    def restore(self, rows: Sequence[Row], answers: Sequence[Answer] = ()) -> None:
        """Append rows as they lie in another store, in one transaction: their positions, times, disclosures and leaves are kept.

        They follow the head without a gap, in order of recorded_us, which may be that of the head: a transaction may be cut between
        two restorings. Raises IntegrityError naming the position of one that does not, or whose leaf is not that of its event, and
        StoreError where they are not durable; then nothing of them is stored.
        """
        ...

    def rows(self, start: int = 1, stop: int | None = None) -> Iterator[Row]:
        """Rows in order of position, from `start` to `stop`, both included. Raises IntegrityError for a missing one.

        Without `stop` they end where the log ends when the first is read. Reading on does not hold the store up.
        """
        ...

    def entries(self, start: int = 1, stop: int | None = None) -> Iterator[bytes]:
        """The stored bytes alone, as `rows` gives them: what the Merkle tree is made of, and quicker."""
        ...

    def stream(self, stream: str, *, after: int = 0, until: int | None = None) -> Iterator[Row]:
        """Rows of one stream in order of version: versions above `after`, positions not above `until`."""
        ...

    def of_topic(self, topic: str, *, after: int = 0) -> Iterator[Row]:
        """Rows of one `type@schema` in order of position, above `after`. Quick for the rare topics of the layout."""
        ...

    def position_at(self, recorded_us: int) -> int:
        """The last position with recorded_at not after the instant; 0 where there is none. Found by search on the key."""
        ...

    def answer(self, caller: str, key: str) -> Answer | None:
        """The kept answer of an idempotent request, if there is one."""
        ...

    def answers(self) -> Iterator[Answer]:
        """Every kept answer, in order of caller and key. Reading on does not hold the store up."""
        ...

    def streams(self, prefix: str) -> Sequence[str]:
        """The names of the streams that begin with `prefix`, in the order in which they began."""
        ...

    def truncate_wal(self, *, wait: bool = True) -> bool:
        """Leave no erased words in logs beside the tables, as far as the store can. False: try again later.

        `wait` says whether to give those who read a moment to finish.
        """
        ...

    def beat(self) -> None:
        """Write a row that says nothing, durably, so that it is known that writing works. Raises StoreError where it does not."""
        ...

    def close(self) -> None:
        """Close every connection. The store is of no use afterwards."""
        ...
