"""What the rows of an incident are folded from: its events and those of its sources, read from the store (ADR 12).

An event that cannot be read, and what comes after it in its stream, is left out and flagged; the rest of the ledger does not notice. So is
an incident of which no rows can be made.
"""

from __future__ import annotations

from collections import OrderedDict
from itertools import chain
from operator import attrgetter
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import or_, select

from ledger.errors import LedgerError, UnreadableError
from ledger.events import Redacted
from ledger.stores.mapper import proved_entry_of
from projections.runs import Row, Rows
from projections.source_rows import named_sources, source_rows
from projections.stored_rows import incident_rows
from projections.tables import CITING, EDGES, FACTS, FOR_EVER
from projections.worklist import worklist

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection

    from ledger.events import Act, Recorded
    from ledger.stores.contract import Store
    from projections.anchoring import Texts

__all__ = ["Gathering", "Stream", "incidents_touched", "joined"]

KEPT_EVENTS = 20_000
"""How many events of sources are kept at most, for the incidents that cite the same ones."""

_ASKING = ("disputed", "unsupported")
_KNOWN_TO, _STATUS = (FACTS.columns.keys().index(name) for name in ("known_to", "status"))


class Stream(msgspec.Struct, frozen=True, kw_only=True):
    """The events of a stream up to the first that cannot be read, and what was redacted since.

    `unread`: the position of that one, and the code of the error.
    """

    name: str
    events: list[Recorded[Act]]
    first: int
    unread: tuple[int, str] | None = None


def joined(connection: Connection, sources: Iterable[str]) -> list[str]:
    """Sources and all that were ever joined to them by lineage, revoked or not: those whose acts can matter to them."""
    found = dict.fromkeys(sources)
    ahead = list(found)
    while ahead:
        query = select(EDGES.c.source, EDGES.c.to).where(
            or_(EDGES.c.source.in_(ahead), EDGES.c.to.in_(ahead))
        )
        ends = dict.fromkeys(chain.from_iterable(connection.execute(query)))
        ahead = [one for one in ends if one not in found]
        found.update(dict.fromkeys(ahead))
    return list(found)


def incidents_touched(connection: Connection, sources: Iterable[str]) -> list[int]:
    """The incidents, by number, that cite or relay one of the sources, or one that is joined to it by lineage."""
    query = select(CITING.c.incident).where(CITING.c.source.in_(joined(connection, sources)))
    return list(connection.execute(query.distinct()).scalars())


class Gathering:
    """Reads streams up to a position, and makes the rows of incidents and sources of them."""

    def __init__(self, store: Store, texts: Texts, until: int) -> None:
        self._store = store
        self._texts = texts
        self._until = until
        self._kept: OrderedDict[str, Stream] = OrderedDict()
        self._events = 0
        self._has_edges: bool | None = None

    def read(self, name: str) -> Stream:
        """A stream as far as it can be read. Raises StoreError where the store refuses."""
        events: list[Recorded[Act]] = []
        first, unread = 0, None
        for row in self._store.stream(name, until=self._until):
            first = first or row.position
            try:
                event = proved_entry_of(row)
            except UnreadableError as error:
                unread = unread or (row.position, error.code)
            else:
                # What was redacted since masks what came before all the same.
                if unread is None or isinstance(event.body, Redacted):
                    events.append(event)
        return Stream(name=name, events=events, first=first, unread=unread)

    def source(self, ident: str) -> Stream:
        """The stream of a source; the last ones asked for are kept."""
        held = self._kept.pop(ident, None)
        if held is None:
            held = self.read(f"source/{ident}")
            self._events += len(held.events) + 1
        self._kept[ident] = held
        while self._events > KEPT_EVENTS and len(self._kept) > 1:
            self._events -= len(self._kept.popitem(last=False)[1].events) + 1
        return held

    def _joined(self, connection: Connection, sources: Iterable[str]) -> list[str]:
        """As joined; where no lineage was ever declared, nothing is asked. The sources' own rows have to be there by then."""
        if self._has_edges is None:
            self._has_edges = connection.execute(select(EDGES.c.source).limit(1)).first() is not None
        return joined(connection, sources) if self._has_edges else list(sources)

    def rows_of_source(self, stream: Stream) -> Rows:
        """The rows of a source; none where its events cannot be folded."""
        try:
            return source_rows(stream.events, _ident(stream)) if stream.events else {}
        except LedgerError:
            return {}

    def rows_of_incident(self, connection: Connection, stream: Stream) -> Rows:
        """The rows of an incident, and what is wrong with it. Of what cannot be folded only the incident itself is left."""
        ident = _ident(stream)
        named = self._joined(connection, named_sources(stream.events))
        sources = [one for one in map(self.source, named) if one.first]
        flags: list[Row] = [
            (stream.first, "log", ident, *one.unread, one.name) for one in (stream, *sources) if one.unread
        ][:1]
        events = sorted(chain(stream.events, *(one.events for one in sources)), key=attrgetter("position"))
        try:
            rows = incident_rows(events, ident)
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001  whatever one incident's events do to the fold, the others go on
            rows = _nothing_but(stream, named)
            flags.append(_flag(stream, "facts", error))
        else:
            try:
                rows.update(self._matters(stream, events, rows))
            except MemoryError:
                raise
            except Exception as error:  # noqa: BLE001  as above
                flags.append(_flag(stream, "worklist", error))
        rows["flags"] = flags
        return rows

    def of_incident(self, connection: Connection, ident: str) -> list[Recorded[Act]]:
        """The events of an incident and of its sources, as far as they can be read, in ledger order: what its views fold."""
        stream = self.read(f"incident/{ident}")
        sources = map(self.source, self._joined(connection, named_sources(stream.events)))
        streams = chain(stream.events, *(one.events for one in sources))
        return sorted(streams, key=attrgetter("position"))

    def _matters(self, stream: Stream, events: Sequence[Recorded[Act]], rows: Rows) -> Rows:
        """What the desk is asked to look at as the ledger stands at the end of what is read."""
        asking = any(row[_KNOWN_TO] == FOR_EVER and row[_STATUS] in _ASKING for row in rows["facts"])
        if not (asking or rows["alerts"]):
            return {}
        items = worklist(events, self._until, self._texts)
        first = stream.first
        return {
            "matters": [
                (first, number, item.id, item.sort, item.position, msgspec.json.encode(item).decode())
                for number, item in enumerate(items, 1)
            ],
            "matter_sources": [
                (source, first, number)
                for number, item in enumerate(items, 1)
                for source in dict.fromkeys(item.sources)
            ],
        }


def _ident(stream: Stream) -> str:
    return stream.name.partition("/")[2]


def _flag(stream: Stream, part: str, error: Exception) -> Row:
    code = error.code if isinstance(error, LedgerError) else "not-foldable"
    return (stream.first, part, _ident(stream), stream.first, code, stream.name)


def _nothing_but(stream: Stream, sources: Iterable[str]) -> Rows:
    """An incident of which nothing is told but that it is there."""
    return {
        "incidents": [(stream.first, stream.first, FOR_EVER, _ident(stream), None, None)],
        "citing": [(source, stream.first) for source in sources],
    }
