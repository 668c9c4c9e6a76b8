"""The state of an incident at a point of both axes: the view that model §5 defines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ledger.events import FactAct, IncidentAmended, IncidentOpened, Redacted
from ledger.values import Absent
from projections.fact_fold import FactFold, FactView
from projections.source_view import SourceAt, origins_by_lineage, sources_at
from projections.tight_bounds import occurring

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ledger.events import Act, Recorded
    from projections.axes import Axes

__all__ = ["Folded", "IncidentView", "folded", "incident_view"]


class IncidentView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An incident as it stood at a position of the ledger and, if asked, as the public could know it."""

    incident: str
    title: str | Absent
    zone: str | Absent
    position: int
    public_at: str | None = None
    facts: tuple[FactView, ...]


class Folded(msgspec.Struct, frozen=True, kw_only=True):
    """An incident with its facts folded at a point of both axes, for the views that are made of it.

    `lineage` names the works that are one origin.
    """

    title: str | Absent
    zone: str | Absent
    sources: dict[str, SourceAt]
    lineage: dict[str, str]
    facts: tuple[tuple[FactFold, FactView], ...]


def _redacted_facts(events: Iterable[Recorded[Act]], incident: str) -> set[str]:
    """Facts that any redaction names, wherever in the log it stands: redactions obey neither axis."""
    facts: set[str] = set()
    for event in events:
        if event.stream != f"incident/{incident}":
            continue
        if isinstance(event.body, Redacted):
            facts.update(target.fact for target in event.body.facts)
    return facts


def folded(events: Sequence[Recorded[Act]], incident: str, axes: Axes) -> Folded | None:
    """The facts of one incident that were established, each with its fold; None where the incident was not known yet."""
    stream = f"incident/{incident}"
    title: str | Absent | None = None
    zone: str | Absent = ""
    acts: dict[str, list[Recorded[FactAct]]] = {}
    for event in events:
        if event.stream != stream or event.position > axes.known:
            continue
        act = event.body
        if isinstance(act, IncidentOpened):
            title, zone = act.title, act.zone
        elif isinstance(act, IncidentAmended):
            title = title if act.title is None else act.title
            zone = zone if act.zone is None else act.zone
        elif isinstance(act, FactAct):
            acts.setdefault(act.fact, []).append(event)  # type: ignore[arg-type]  # narrowed by its body
    if title is None:
        return None
    sources = sources_at(events, axes.known)
    lineage = origins_by_lineage(sources)
    redacted = _redacted_facts(events, incident)
    folds = (FactFold(of_fact, sources, axes) for of_fact in acts.values())
    views = ((fold, fold.view(lineage, redacted=fold.acts[0].body.fact in redacted)) for fold in folds)
    facts = tuple((fold, view) for fold, view in views if view is not None)
    return Folded(title=title, zone=zone, sources=sources, lineage=lineage, facts=facts)


def incident_view(events: Sequence[Recorded[Act]], incident: str, axes: Axes) -> IncidentView | None:
    """The state of one incident, of which `axes.occurred` says which facts are told; None where it was not known yet.

    `events` are the incident's and every source's, in ledger order, those after `axes.known` included: a redaction masks at once.
    """
    made = folded(events, incident, axes)
    if made is None:
        return None
    told = occurring((view for _, view in made.facts), axes.occurred)
    return IncidentView(
        incident=incident,
        title=made.title,
        zone=made.zone,
        position=axes.known,
        public_at=None if axes.public is None else axes.public.isoformat(),
        facts=tuple(view for _, view in made.facts if view.fact in told),
    )
