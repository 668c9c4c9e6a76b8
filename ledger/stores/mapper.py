"""Stored rows to entries, and the library's Mapper: explicit type names, canonical bytes, no pickled topics (ADR 5).

`state` is the event's canonical bytes; the disclosures travel beside it, since they may be erased and the event may not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import msgspec
from eventsourcing.persistence import JSONTranscoder, Mapper, StoredEvent

from ledger.codec import decode, decode_envelope
from ledger.disclosure import check_lines
from ledger.errors import IntegrityError
from ledger.stores.sqlite import leaf_hash

if TYPE_CHECKING:
    from eventsourcing.domain import DomainEventProtocol

    from ledger.codec import Encoded
    from ledger.events import Act, Recorded
    from ledger.stores.contract import Row
    from ledger.values import Json

__all__ = ["LedgerEvent", "LedgerMapper", "entry_of", "proved_entry_of", "proved_envelope_of"]


def _check_place(entry: Recorded[Json], stream: object, version: int, topic: str, where: str) -> None:
    said = (stream, version, topic)
    found = (entry.stream, entry.version, f"{entry.type}@{entry.schema}")
    if said != found:
        raise IntegrityError(
            f"the row says {stream} version {version}, {topic}; its bytes say {found[0]} version {found[1]}, {found[2]}",
            where=where,
        )


def entry_of(row: Row) -> Recorded[Act]:
    """The typed entry of a stored row. Raises IntegrityError where the row and its bytes name different places."""
    entry = decode(row.event, row.disclosures, position=row.position)
    _check_place(entry, row.stream, row.version, row.topic, f"position {row.position}")
    return entry


def proved_entry_of(row: Row) -> Recorded[Act]:
    """As entry_of, and every byte matches its hash: the event its leaf, each disclosure the digest in its event.

    Raises IntegrityError where one does not. For what decisions rest on; views are told by verify.
    """
    where = _check_leaf(row)
    entry = entry_of(row)
    check_lines(row.disclosures, entry.committed, where=where)
    return entry


def proved_envelope_of(row: Row) -> Recorded[dict[str, Json]]:
    """What a stored row says of itself, whatever its type, proved as proved_entry_of does: of an event that a newer program wrote.

    Raises IntegrityError as proved_entry_of does.
    """
    where = _check_leaf(row)
    entry = decode_envelope(row.event, position=row.position)
    _check_place(entry, row.stream, row.version, row.topic, where)
    check_lines(row.disclosures, entry.committed, where=where)
    return entry


def _check_leaf(row: Row) -> str:
    """Check the bytes of an event against their leaf hash; gives the words for where they lie."""
    where = f"position {row.position}"
    if leaf_hash(row.event) != row.leaf:
        raise IntegrityError(
            "the bytes of the event have changed: they do not match their leaf hash", where=where
        )
    return where


class LedgerEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An encoded event in the shape of the library's domain events: a stream, a version, and the bytes to be stored."""

    originator_id: str
    originator_version: int
    encoded: Encoded


class LedgerMapper(Mapper[str]):
    """Between stored events and the ledger's entries. Reads with the typed codec; imports nothing that a topic names."""

    def __init__(self, *_: object, **__: object) -> None:
        """The library passes a transcoder, a compressor and a cipher; canonical bytes want none of them."""
        super().__init__(transcoder=JSONTranscoder())

    def to_stored_event(self, domain_event: DomainEventProtocol[str]) -> StoredEvent:
        """The stored form of an encoded event."""
        event = cast("LedgerEvent", domain_event)
        return StoredEvent(
            originator_id=event.originator_id,
            originator_version=event.originator_version,
            topic=event.encoded.topic,
            state=event.encoded.event,
        )

    def to_domain_event(self, stored_event: StoredEvent) -> Recorded[Act]:  # type: ignore[override]  # an entry, not an aggregate's event
        """The entry, with every value undisclosed: the library's shape has no room for disclosures. Position 0: not known.

        Raises IntegrityError where the stored event and its bytes name different places.
        """
        entry = decode(stored_event.state, b"", position=0)
        place = (stored_event.originator_id, stored_event.originator_version, stored_event.topic)
        _check_place(entry, *place, f"{place[0]} version {place[1]}")
        return entry

    def to_entry(self, row: Row) -> Recorded[Act]:
        """The typed entry of a stored row, as entry_of gives it."""
        return entry_of(row)
