"""An incident's course: from one point of an axis to a later one, step by step, which facts each act moved.

Along *known* a step is an act of the incident, or of a source that one of its facts rests on; along *public* it is an instant at which
something became public. A fact depends on the acts upon it and on its sources alone, so that a step folds anew only those facts that it
can have moved: the whole costs the sum, over the facts, of the square of the acts upon each, and not the square of the incident.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from ledger.events import (
    FactAct,
    FactAttested,
    FactReported,
    IncidentAmended,
    IncidentOpened,
    LineageDeclared,
    LineageRevoked,
    Redacted,
    SourceNoticeRecorded,
)
from ledger.values import Absent
from ledger.when import latest_instant
from projections.axes import Axes, citations_of
from projections.fact_fold import FactFold, FactView
from projections.source_view import origins_by_lineage, sources_at

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ledger.events import Act, Recorded
    from projections.source_view import SourceAt

__all__ = ["Course", "Frame", "Moved", "Step"]


class Frame(NamedTuple):
    """The ledger's label and the time zone of an incident."""

    title: str | Absent
    zone: str | Absent


class Moved(NamedTuple):
    """A fact before and after a step, and the acts that moved it, in ledger order. None: it was not established."""

    fact: str
    before: FactView | None
    after: FactView | None
    acts: tuple[Recorded[Act], ...]


class Step(NamedTuple):
    """One step. `at`: when it was recorded, or public; None for what is never certainly public.

    `acts` is the act of a step along known, and empty along public. `frames` are the frame before and after, where that changed.
    """

    axes: Axes
    at: dt.datetime | None
    acts: tuple[Recorded[Act], ...]
    moved: tuple[Moved, ...]
    frames: tuple[Frame | None, Frame] | None = None


class _Fold(FactFold):
    """A fold that says when each act is out."""

    def outs(self) -> dict[int, dt.datetime | None]:
        """By version, the instant from which on an act is out; None for never."""
        return self._outs


class Course:
    """An incident's events and those of the sources that its facts rest on, in ledger order, as each fact needs them.

    `events` are as for incident_view: every source's, and those after the point asked about, for a redaction masks at once.
    """

    def __init__(self, events: Sequence[Recorded[Act]], incident: str) -> None:
        self.incident = incident
        self._acts: dict[str, list[Recorded[FactAct]]] = {}
        self._redacted: set[str] = set()
        stream = f"incident/{incident}"
        own = [event for event in events if event.stream == stream]
        for event in own:
            if isinstance(event.body, FactAct):
                self._acts.setdefault(event.body.fact, []).append(event)  # type: ignore[arg-type]  # narrowed by its body
            elif isinstance(event.body, Redacted):
                self._redacted.update(target.fact for target in event.body.facts)
        of_sources = [event for event in events if event.stream.startswith("source/")]
        self._near = self._neighbourhoods(of_sources)
        near = {source for sources in self._near.values() for source in sources}
        self._of_source: dict[str, list[Recorded[Act]]] = {}
        for event in of_sources:
            if (source := _ident(event)) in near:
                self._of_source.setdefault(source, []).append(event)
        self._events = sorted(
            [*own, *(event for kept in self._of_source.values() for event in kept)],
            key=lambda event: event.position,
        )

    @property
    def facts(self) -> tuple[str, ...]:
        """The facts, in the order in which they were reported."""
        return tuple(self._acts)

    def acts_upon(self, fact: str, known: int) -> list[Recorded[FactAct]]:
        """The acts upon a fact up to a position."""
        return [event for event in self._acts.get(fact, ()) if event.position <= known]

    def citing(self, snapshot: str, known: int) -> tuple[str, ...]:
        """The facts of which an act up to a position cites a snapshot."""
        return tuple(
            fact
            for fact in self._acts
            if any(
                one.snapshot == snapshot
                for event in self.acts_upon(fact, known)
                for citations in citations_of(event.body)
                for one in citations
            )
        )

    def removals(self, event: Recorded[Act]) -> dict[str, list[str]]:
        """By fact, the paths and cited snapshots that an act removed; under `""` what belongs to no fact."""
        removed: dict[str, list[str]] = {}
        act = event.body
        if not isinstance(act, Redacted):
            return removed
        for target in act.facts:
            removed.setdefault(target.fact, []).extend(target.paths)
        if event.stream == f"incident/{self.incident}":
            upon = {one.version: fact for fact in self._acts for one in self.acts_upon(fact, event.position)}
            for named in act.events:
                paths = [f"version {named.version}/{path}" for path in named.paths]
                removed.setdefault(upon.get(named.version, ""), []).extend(paths)
        for snapshot in act.snapshots:
            for fact in self.citing(snapshot, event.position):
                removed.setdefault(fact, []).append(snapshot)
        return {fact: list(dict.fromkeys(paths)) for fact, paths in removed.items()}

    def sources(self, known: int) -> dict[str, SourceAt]:
        """The sources that the facts rest on, as known."""
        return sources_at((event for kept in self._of_source.values() for event in kept), known)

    def fold(self, fact: str, axes: Axes, sources: Mapping[str, SourceAt]) -> FactFold | None:
        """A fact folded at a point; None where no act upon it was known yet."""
        acts = self.acts_upon(fact, axes.known)
        return _Fold(acts, sources, axes) if acts else None

    def outs(self, fact: str, known: int, sources: Mapping[str, SourceAt]) -> dict[int, dt.datetime | None]:
        """By stream version, when each act upon a fact is out, as known; None for never."""
        acts = self.acts_upon(fact, known)
        return _Fold(acts, sources, Axes(known=known)).outs() if acts else {}

    def along_known(self, after: int, until: int, public: dt.datetime | None) -> Iterator[Step]:
        """Every act of the incident with after < position ≤ until, and every source's that moved a fact or removed something."""
        sources = self.sources(after)
        lineage = origins_by_lineage(sources)
        start = Axes(known=after, public=public)
        views = {fact: self._view(fact, start, sources, lineage) for fact in self._acts}
        so_far: dict[str, list[Recorded[Act]]] = {}
        frame: Frame | None = None
        for event in self._events:
            source = _ident(event) if event.stream.startswith("source/") else None
            if source is not None:
                so_far.setdefault(source, []).append(event)
            was, frame = frame, _framed(frame, event)
            if not after < event.position <= until:
                if event.position > until:
                    return
                continue
            if source is not None:
                sources[source] = sources_at(so_far[source], event.position)[source]
                if isinstance(event.body, LineageDeclared | LineageRevoked):
                    lineage = origins_by_lineage(sources)
            axes = Axes(known=event.position, public=public)
            moved = []
            for fact in self._touched(event):
                view = self._view(fact, axes, sources, lineage)
                if view != views[fact]:
                    moved.append(Moved(fact, views[fact], view, (event,)))
                    views[fact] = view
            if source is None or moved or isinstance(event.body, Redacted):
                frames = (was, frame) if frame is not None and frame != was else None
                yield Step(axes, event.recorded_at, (event,), tuple(moved), frames)

    def along_public(self, after: dt.datetime, until: dt.datetime | None, known: int) -> Iterator[Step]:
        """Every instant in (after, until] at which a fact moved, as known; without `until` also what is never certainly public."""
        sources = self.sources(known)
        lineage = origins_by_lineage(sources)
        axes = Axes(known=known, public=after)
        views: dict[str, FactView | None] = {}
        outs: dict[str, dict[int, dt.datetime | None]] = {}
        when: dict[dt.datetime, list[str]] = {}
        for fact in self._acts:
            acts = self.acts_upon(fact, known)
            if not acts:
                continue
            fold = _Fold(acts, sources, axes)
            views[fact] = fold.view(lineage, redacted=fact in self._redacted)
            outs[fact] = fold.outs()
            instants = {*fold.outs().values(), *(passage.published for passage in fold.passages.values())}
            instants.update(_public_from(notice) for notice in self._notices(fact, known))
            for instant in instants:
                if instant is not None and after < instant and (until is None or instant <= until):
                    when.setdefault(instant, []).append(fact)
        steps: list[tuple[dt.datetime | None, Iterable[str]]] = [*sorted(when.items())]
        if until is None:
            steps.append((None, views))
        for instant, facts in steps:
            axes = Axes(known=known, public=instant)
            moved = []
            for fact in facts:
                view = self._view(fact, axes, sources, lineage)
                if view != views[fact]:
                    doing = self._doing(fact, views[fact], view, outs[fact], axes)
                    moved.append(Moved(fact, views[fact], view, doing))
                    views[fact] = view
            if moved:
                yield Step(axes, instant, (), tuple(moved))

    def _view(
        self, fact: str, axes: Axes, sources: Mapping[str, SourceAt], lineage: Mapping[str, str]
    ) -> FactView | None:
        fold = self.fold(fact, axes, sources)
        return None if fold is None else fold.view(lineage, redacted=fact in self._redacted)

    def _touched(self, event: Recorded[Act]) -> list[str]:
        """The facts that an act can have moved."""
        if isinstance(event.body, FactAct):
            return [event.body.fact]
        if event.stream.startswith("source/"):
            return [fact for fact, sources in self._near.items() if _ident(event) in sources]
        return []

    def _notices(self, fact: str, known: int) -> list[Recorded[SourceNoticeRecorded]]:
        """The notices, up to a position, of the sources that a fact rests on."""
        events = (event for source in self._near[fact] for event in self._of_source.get(source, ()))
        return [
            event  # type: ignore[misc]  # narrowed by its body
            for event in events
            if event.position <= known and isinstance(event.body, SourceNoticeRecorded)
        ]

    def _doing(
        self,
        fact: str,
        before: FactView | None,
        after: FactView | None,
        outs: Mapping[int, dt.datetime | None],
        axes: Axes,
    ) -> tuple[Recorded[Act], ...]:
        """The acts that moved a fact at an instant: those that came out, those whose passages did, and the notices."""
        sides = [
            {} if view is None else {one.attestation.id: one for one in view.attestations}
            for view in (before, after)
        ]
        brought = {one.version for ident, one in sides[1].items() if ident not in sides[0]}
        telling = {
            source
            for ident, one in sides[1].items()
            if (old := sides[0].get(ident)) is None
            or (old.why, old.taken_back_by) != (one.why, one.taken_back_by)
            for source in (one.attestation.source, *one.taken_back_by)
        }
        found: list[Recorded[Act]] = [
            event
            for event in self.acts_upon(fact, axes.known)
            if event.version in brought
            or (outs[event.version] == axes.public and not _only_misread(event.body, axes))
        ]
        found += [
            notice
            for notice in self._notices(fact, axes.known)
            if _ident(notice) in telling and _public_from(notice) == axes.public
        ]
        return tuple(sorted(found, key=lambda event: event.position))

    def _neighbourhoods(self, of_sources: Iterable[Recorded[Act]]) -> dict[str, frozenset[str]]:
        """By fact the sources that its acts cite or relay, and all that lineage ever joined to them."""
        joined: dict[str, set[str]] = {}
        for event in of_sources:
            if isinstance(event.body, LineageDeclared):
                one, other = _ident(event), event.body.to
                joined.setdefault(one, set()).add(other)
                joined.setdefault(other, set()).add(one)
        found = {}
        for fact, acts in self._acts.items():
            ahead = {
                source
                for event in acts
                for citations in citations_of(event.body)
                for one in citations
                for source in (one.source, one.relays)
                if source is not None
            }
            near: set[str] = set()
            while ahead:
                source = ahead.pop()
                near.add(source)
                ahead |= joined.get(source, set()) - near
            found[fact] = frozenset(near)
        return found


def _only_misread(act: FactAct, axes: Axes) -> bool:
    """Whether an act out at no instant brought passages that we had misread and nothing else, so that it tells nothing now."""
    return axes.public is None and isinstance(act, FactReported | FactAttested)


def _ident(event: Recorded[Act]) -> str:
    return event.stream.partition("/")[2]


def _framed(frame: Frame | None, event: Recorded[Act]) -> Frame | None:
    act = event.body
    if isinstance(act, IncidentOpened):
        return Frame(act.title, act.zone)
    if isinstance(act, IncidentAmended) and frame is not None:
        return Frame(
            frame.title if act.title is None else act.title, frame.zone if act.zone is None else act.zone
        )
    return frame


def _public_from(notice: Recorded[Act]) -> dt.datetime:
    """From when on a notice is out (model §5)."""
    act = notice.body
    published = act.published if isinstance(act, SourceNoticeRecorded) else None
    return (None if published is None else latest_instant(published)) or notice.recorded_at
