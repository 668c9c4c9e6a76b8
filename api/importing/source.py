"""The source that a data set is: the one it has in the ledger, or the one to be registered for it."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

import msgspec

from api.importing.index import source_listing
from ledger.commands import AmendSource, RegisterSource
from ledger.datasets.many import Many
from ledger.decisions.decision import source_stream
from ledger.errors import ConflictError, RuleError
from ledger.events import FactAct, Redacted, SnapshotCaptured
from ledger.ids import is_id
from ledger.source import SourceState, evolve_source
from ledger.stores.mapper import proved_entry_of
from ledger.when import latest_instant
from projections.axes import citations_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from api.importing.index import Index
    from ledger.commands import Command
    from ledger.history import History
    from ledger.ids import Ids

__all__ = ["DatasetSource", "find_source", "last_public", "redacted_snapshots", "source_at"]


class DatasetSource(msgspec.Struct, frozen=True, kw_only=True):
    """The source of a data set. `first`: what has to be recorded before anything can cite it, or be told of its fields."""

    id: str
    state: SourceState
    many: Many
    first: tuple[Command, ...] = ()


def source_at(history: History, ident: str, known: int | None = None) -> SourceState:
    """A source as it stood at a position."""
    state = SourceState()
    for event in history.stream(source_stream(ident)):
        if known is None or event.position <= known:
            state = evolve_source(state, event)
    return state


def last_public(history: History, source: str) -> dt.datetime | None:
    """When what an import last recorded of a data set was certainly public; None where it recorded nothing, or nobody can say.

    The acts of an import follow the capture that they cite, so that the newest capture that brought any tells.
    """
    captures = [
        event for event in history.stream(source_stream(source)) if isinstance(event.body, SnapshotCaptured)
    ]
    stop = history.head().position
    for capture in reversed(captures):
        for row in history.stored_from(capture.position + 1, stop):
            if source.encode() in row.event and isinstance(act := proved_entry_of(row).body, FactAct):
                for cited in chain(*citations_of(act)):
                    if cited.source == source:
                        return (
                            capture.recorded_at
                            if cited.published is None
                            else latest_instant(cited.published)
                        )
        stop = capture.position
    return None


def redacted_snapshots(history: History) -> frozenset[str]:
    """The snapshots that redactions took away, of whatever source: their bytes are not put on the disk again."""
    acts = (proved_entry_of(row).body for row in history.of_topic("Redacted@1"))
    return frozenset(one for act in acts if isinstance(act, Redacted) for one in act.snapshots)


def find_source(
    history: History,
    index: Index,
    name: str,
    ids: Ids,
    many: Iterable[str] = (),
    *,
    unless_said: Iterable[str] = (),
) -> DatasetSource:
    """The source of the data set `name`: the one with that id, else the one of kind dataset with that title, else a new one.

    One that has been called otherwise since is known by the records that it lists under that name. `many`: fields that are said to hold
    many values; `unless_said`: those that do where nothing was ever said. Raises ConflictError where a source of another kind has the
    name for its id, and RuleError (`never-published`) where it is one that was never public.
    """
    ident = name
    state = source_at(history, name) if is_id(name) else SourceState()
    if state.registered is None:
        titled = [
            (one, found)
            for one in index.datasets_titled(name)
            if (found := source_at(history, one)).registered is not None
            and found.registered.kind == "dataset"
            and found.registered.title == name
        ]
        if not titled and (telling := source_listing(history, name)) is not None:
            titled = [(telling, source_at(history, telling))]
        ident, state = titled[0] if titled else (name if is_id(name) else ids.make(), state)
    if state.registered is None:
        fields = Many()
        fields.say(tuple(many) or unless_said)
        made = RegisterSource(id=ident, kind="dataset", title=name, csl=fields.csl())
        return DatasetSource(id=ident, state=state, many=fields, first=(made,))
    if state.registered.kind != "dataset":
        raise ConflictError(
            f"source {ident!r} is no data set but of kind {state.registered.kind}; give the data set another name",
            field="/dataset",
        )
    if state.published == "never":
        raise RuleError(
            "never-published",
            f"source {ident!r} was never published, so that its past has no dates",
            field="/dataset",
        )
    fields = Many(state.registered.csl)
    if not fields.say(tuple(many) or (() if fields.is_told else unless_said)):
        return DatasetSource(id=ident, state=state, many=fields)
    said = AmendSource(
        source=ident, csl=fields.csl(), reason="the import was told which fields hold many values"
    )
    return DatasetSource(id=ident, state=state, many=fields, first=(said,))
