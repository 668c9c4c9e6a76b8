"""Replay: an incident act by act, each with the change that it made and the state after it.

It is lazy: a step is worked out when it is asked for. Each act folds anew the facts that it touches and no other, and a difference
costs as much as those facts; so replaying costs one fold of a fact for each act that touches it (course.py). What is linear in the
incident for every step is the state itself, which shares each fact that did not move with the state before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import msgspec

from ledger.events import FactAct
from ledger.values import Json
from projections.act_account import Account, Accounts
from projections.audit_trail import Change
from projections.course import Course, Frame
from projections.difference import AFTER, Difference, difference, fact_difference, pointer
from projections.incident_view import IncidentView, incident_view

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from ledger.events import Act, Recorded
    from projections.axes import Axes
    from projections.course import Step
    from projections.fact_fold import FactView

__all__ = ["ReplayStep", "replay"]


class ReplayStep(msgspec.Struct, frozen=True, kw_only=True):
    """One act, what it changed in the state, and the state after it. `difference` leads from the state of the step before to this one."""

    act: Account
    difference: Difference
    state: IncidentView


def replay(events: Sequence[Recorded[Act]], incident: str, axes: Axes) -> Iterator[ReplayStep]:
    """Every act of the incident up to `axes.known`, oldest first, and every act of a source that moved one of the incident's facts.

    `events` as for incident_view. With `axes.public` the states count only what was public by then, and acts upon facts that were not
    out by then are no steps. Redactions mask every state, those before them too.

    With `axes.occurred` the states hold only the facts that it asks about, as they stood at `axes`; acts upon others are no steps.
    """
    if axes.occurred is not None:
        yield from _of_some(replay(events, incident, axes.point), events, incident, axes)
        return
    course = Course(events, incident)
    accounts = Accounts(events, incident, axes)
    sources = course.sources(axes.known)
    outs = {fact: course.outs(fact, axes.known, sources) for fact in course.facts}
    state = _State(incident, course.facts, axes.public)
    for step in course.along_known(0, axes.known, axes.public):
        [event] = step.acts
        is_own = event.stream.startswith("incident/")
        if not step.moved and not (is_own and event.position in accounts.out):
            continue
        changes = state.take(step)
        fact = event.body.fact if isinstance(event.body, FactAct) else ""
        yield ReplayStep(
            act=accounts.of(event, outs.get(fact, {}).get(event.version)),
            difference=Difference(changes=changes),
            state=state.view(),
        )


def _of_some(
    steps: Iterable[ReplayStep], events: Sequence[Recorded[Act]], incident: str, axes: Axes
) -> Iterator[ReplayStep]:
    """The steps of the facts that are asked about, and of the incident itself."""
    last = incident_view(events, incident, axes)
    told = frozenset() if last is None else frozenset(fact.fact for fact in last.facts)
    stood: IncidentView | None = None
    for step in steps:
        facts = tuple(fact for fact in step.state.facts if fact.fact in told)
        state = msgspec.structs.replace(step.state, facts=facts)
        is_told = step.act.fact in told or (step.act.fact is None and step.act.stream.startswith("incident/"))
        if is_told or (stood is not None and stood.facts != facts):
            yield ReplayStep(act=step.act, difference=difference(stood, state), state=state)
            stood = state


class _State:
    """The state as it grows, step by step."""

    def __init__(self, incident: str, facts: Iterable[str], public: dt.datetime | None) -> None:
        self._incident = incident
        self._public_at = None if public is None else public.isoformat()
        self._facts: dict[str, FactView | None] = dict.fromkeys(facts)
        self._frame: Frame | None = None
        self._position: int | None = None

    def take(self, step: Step) -> tuple[Change, ...]:
        """Go on to the state after a step; what changed, in order of path."""
        before = self._members()
        if step.frames is not None:
            self._frame = step.frames[1]
        self._position = step.axes.known
        members = [(before, self._members())]
        came_or_went = any(one.before is None or one.after is None for one in step.moved)
        places = self._places() if came_or_went else {}
        changes: list[Change] = []
        for moved in step.moved:
            self._facts[moved.fact] = moved.after
            changes += fact_difference(moved.before, moved.after).changes
        members.append((places, self._places() if came_or_went else {}))
        for old, new in members:
            changes += (
                Change(path=path, old=old.get(path), new=new.get(path))
                for path in old.keys() | new.keys()
                if old.get(path) != new.get(path)
            )
        return tuple(sorted(changes, key=lambda change: change.path))

    def view(self) -> IncidentView:
        """The state."""
        title, zone = self._frame or Frame("", "")
        return IncidentView(
            incident=self._incident,
            title=title,
            zone=zone,
            position=self._position or 0,
            public_at=self._public_at,
            facts=tuple(view for view in self._facts.values() if view is not None),
        )

    def _members(self) -> dict[str, Json]:
        """The members of the incident itself, by path; none while it is not known."""
        if self._frame is None:
            return {}
        named = {"incident": self._incident, "position": self._position, "public_at": self._public_at}
        named |= self._frame._asdict()
        return {
            pointer(name): msgspec.to_builtins(value) for name, value in named.items() if value is not None
        }

    def _places(self) -> dict[str, Json]:
        """What each fact that stands in the state stands after, by path."""
        standing = [fact for fact, view in self._facts.items() if view is not None]
        return {
            pointer("facts", fact, AFTER): before
            for before, fact in zip(["", *standing], standing, strict=False)
        }
