"""A ledger that forgets: what is written to it is seen by what comes after, and nothing of it ever reaches a disk.

`append --dry-run` decides each line as if the lines before it had been recorded, against the ledger that is there, and beside whoever
writes to it. It is a store and a folder of snapshots over the real ones, which are only read.
"""

from __future__ import annotations

from contextlib import nullcontext
from itertools import chain, takewhile
from typing import TYPE_CHECKING

import msgspec

from ledger.blobs import Blobs, digest_of_bytes
from ledger.disclosure import erase
from ledger.errors import UnknownError
from ledger.stores.contract import Answer, Head, Row
from ledger.stores.restoring import check_restored
from ledger.stores.sqlite import leaf_hash

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from ledger.ids import RandomSource
    from ledger.stores.contract import Batch, Store

__all__ = ["ForgetfulBlobs", "ForgetfulStore"]


class ForgetfulStore:
    """A store over another, as that one stood at the beginning; without one, over an empty ledger."""

    def __init__(self, base: Store | None) -> None:
        self._base = base
        self._begun = Head(position=0, recorded_us=0) if base is None else base.head()
        self._rows: list[Row] = []
        self._streams: dict[str, list[Row]] = {}
        self._erased: dict[int, tuple[str, ...]] = {}
        self._answers: dict[tuple[str, str], Answer] = {}

    @property
    def begun_at(self) -> int:
        """The last position that is real."""
        return self._begun.position

    def head(self) -> Head:
        """Where the log ends, with what was only rehearsed."""
        if not self._rows:
            return self._begun
        return Head(position=self._rows[-1].position, recorded_us=self._rows[-1].recorded_us)

    def turn(self) -> AbstractContextManager[None]:
        """Nothing to be done: nobody else sees what is rehearsed."""
        return nullcontext()

    def append(self, batch: Batch) -> Sequence[int]:
        """Remember a batch and give its positions."""
        first = self.head().position + 1
        for position, event in enumerate(batch.events, start=first):
            row = Row(
                position=position,
                stream=event.stream,
                version=event.version,
                recorded_us=batch.recorded_us,
                topic=event.topic,
                event=event.event,
                disclosures=event.disclosures,
                leaf=leaf_hash(event.event),
            )
            self._rows.append(row)
            self._streams.setdefault(event.stream, []).append(row)
        for removal in batch.removals:
            self._erased[removal.position] = (*self._erased.get(removal.position, ()), *removal.paths)
        for answer in batch.answers:
            self._answers[answer.caller, answer.key] = answer
        return range(first, first + len(batch.events))

    def restore(self, rows: Sequence[Row], answers: Sequence[Answer] = ()) -> None:
        """Remember rows of another store as they lie there."""
        check_restored(self.head(), rows, answers)
        self._rows.extend(rows)
        for row in rows:
            self._streams.setdefault(row.stream, []).append(row)
        for answer in answers:
            self._answers[answer.caller, answer.key] = answer

    def _as_erased(self, rows: Iterator[Row]) -> Iterator[Row]:
        for row in rows:
            paths = self._erased.get(row.position)
            yield (
                row
                if paths is None
                else msgspec.structs.replace(row, disclosures=erase(row.disclosures, paths))
            )

    def rows(self, start: int = 1, stop: int | None = None) -> Iterator[Row]:
        """Rows in order of position, from `start` to `stop`, both included."""
        last = self.head().position if stop is None else stop
        real = iter(()) if self._base is None else self._base.rows(start, min(last, self._begun.position))
        own = (row for row in list(self._rows) if start <= row.position <= last)
        return self._as_erased(chain(real, own))

    def entries(self, start: int = 1, stop: int | None = None) -> Iterator[bytes]:
        """The stored bytes alone, as `rows` gives them."""
        return (row.event for row in self.rows(start, stop))

    def stream(self, stream: str, *, after: int = 0, until: int | None = None) -> Iterator[Row]:
        """Rows of one stream in order of version: versions above `after`, positions not above `until`."""
        last = self.head().position if until is None else until
        real = (
            iter(())
            if self._base is None
            else self._base.stream(stream, after=after, until=min(last, self._begun.position))
        )
        own = (
            row for row in list(self._streams.get(stream, ())) if row.version > after and row.position <= last
        )
        return self._as_erased(chain(real, own))

    def position_at(self, recorded_us: int) -> int:
        """The last position with recorded_at not after the instant; 0 where there is none."""
        own = [row.position for row in self._rows if row.recorded_us <= recorded_us]
        if own or self._base is None:
            return max(own, default=0)
        return min(self._base.position_at(recorded_us), self._begun.position)

    def answer(self, caller: str, key: str) -> Answer | None:
        """The answer to an idempotent request, kept or rehearsed."""
        own = self._answers.get((caller, key))
        return own if own is not None or self._base is None else self._base.answer(caller, key)

    def answers(self) -> Iterator[Answer]:
        """Every kept answer, those of the real store and those rehearsed, in order of caller and key."""
        real = () if self._base is None else self._base.answers()
        kept = {(one.caller, one.key): one for one in real} | self._answers
        return iter([kept[place] for place in sorted(kept)])

    def of_topic(self, topic: str, *, after: int = 0) -> Iterator[Row]:
        """Rows of one `type@schema` in order of position, above `after`."""
        real: Iterator[Row] = iter(())
        if self._base is not None:
            found = self._base.of_topic(topic, after=after)
            real = takewhile(lambda row: row.position <= self._begun.position, found)
        own = (row for row in list(self._rows) if row.topic == topic and row.position > after)
        return self._as_erased(chain(real, own))

    def streams(self, prefix: str) -> Sequence[str]:
        """The names of the streams that begin with `prefix`, in the order in which they began."""
        real = () if self._base is None else self._base.streams(prefix)
        own = (row.stream for row in self._rows if row.stream.startswith(prefix))
        return list(dict.fromkeys((*real, *own)))

    def beat(self) -> None:
        """Nothing: there is nothing that could fail."""

    def truncate_wal(self, *, wait: bool = True) -> bool:  # noqa: ARG002  the contract's; there is no log to wait for
        """Nothing was written, so nothing is left anywhere."""
        return True

    def close(self) -> None:
        """Close the real store."""
        if self._base is not None:
            self._base.close()


class ForgetfulBlobs(Blobs):
    """Snapshots over a folder that is only read."""

    def __init__(self, folder: Path, random: RandomSource) -> None:
        super().__init__(folder, random)
        self._kept: dict[str, bytes] = {}
        self._gone: set[str] = set()

    def keep(self, data: bytes) -> str:
        """Remember bytes and give their digest."""
        digest = digest_of_bytes(data)
        self._kept[digest] = data
        self._gone.discard(digest)
        return digest

    def keep_all(self, pieces: Sequence[bytes]) -> list[str]:
        """Remember many."""
        return [self.keep(data) for data in pieces]

    def read(self, digest: str) -> bytes:
        """The bytes of a snapshot. Raises as the real folder does, and UnknownError for what was removed in rehearsal."""
        if digest in self._gone:
            raise UnknownError("snapshot", digest, field="/snapshot", hint="its bytes are not kept here")
        return self._kept[digest] if digest in self._kept else super().read(digest)

    def sweep(self) -> None:
        """Nothing is received in rehearsal, and what another process receives stays."""

    def mark(self, digests: Iterable[str]) -> None:
        """Nothing is removed in earnest, so nothing is marked."""

    def unmark(self, digest: str) -> None:
        """Nothing is marked."""

    def marked(self) -> list[str]:
        """Nothing is marked."""
        return []

    def remove(self, digest: str) -> None:
        """Forget a snapshot; the real one stays."""
        self._gone.add(digest)
