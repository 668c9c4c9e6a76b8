"""eventsourcing's infrastructure factory for a ledger file: `PERSISTENCE_MODULE=ledger.stores.factory`.

It makes application recorders and our mapper. Whatever else the library can make would put other tables into the ledger
file, or other bytes than those that are hashed, and is refused.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from eventsourcing import sqlite

from ledger.errors import StoreError
from ledger.stores.mapper import LedgerMapper
from ledger.stores.sqlite import LedgerRecorder
from ledger.stores.sqlite_datastore import LedgerDatastore

if TYPE_CHECKING:
    from eventsourcing.persistence import Mapper, Transcoder
    from eventsourcing.utils import Environment, EnvType

__all__ = ["LedgerFactory"]


class LedgerFactory(sqlite.SQLiteFactory):
    """The library's factory with our recorder, datastore and mapper. Streams have text ids."""

    application_recorder_class = LedgerRecorder

    def __init__(self, env: Environment | EnvType | None) -> None:
        super().__init__(env)
        self.datastore.close()
        name = self.env.get(self.SQLITE_DBNAME) or ""
        if self.env.get(self.ORIGINATOR_ID_TYPE, "text").lower() != "text":
            raise StoreError(f"the streams of a ledger have text ids; set {self.ORIGINATOR_ID_TYPE}=text")
        if sqlite.SQLiteConnectionPool.detect_memory_mode(name) or name.startswith("file:"):
            raise StoreError(f"a ledger is a file; set {self.SQLITE_DBNAME} to its path")
        self.datastore: LedgerDatastore = LedgerDatastore(Path(name))

    def mapper(  # type: ignore[override]  # the library lets ids be of any type; ours are text
        self, transcoder: Transcoder | None = None, mapper_class: type[Mapper[str]] | None = None
    ) -> Mapper[str]:
        """Our mapper. Raises StoreError where a cipher or compressor is set: stored bytes are hashed as they are."""
        if self.cipher() is not None or self.compressor() is not None:
            raise StoreError("a ledger stores the bytes that it hashes; unset the cipher and the compressor")
        return super().mapper(transcoder, mapper_class or LedgerMapper)

    def aggregate_recorder(self, purpose: str = "events") -> NoReturn:
        """Refused: events of aggregates are the ledger's own, and snapshots of aggregates are not kept."""
        raise StoreError(f"a ledger file has no table for stored {purpose}; use the application recorder")

    def tracking_recorder(self, tracking_recorder_class: object = None) -> NoReturn:  # noqa: ARG002  the library names it
        """Refused: a view tracks its position in its own database, beside its rows."""
        raise StoreError("a ledger file keeps no tracking positions; views keep theirs beside their rows")

    def process_recorder(self) -> NoReturn:
        """Refused, as is a tracking recorder."""
        raise StoreError("a ledger file keeps no tracking positions; views keep theirs beside their rows")
