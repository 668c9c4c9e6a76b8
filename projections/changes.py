"""What changed in an incident between two points of one axis, the other held: what was done, by which acts, and in a sentence (model §5).

The entries are told act by act (along public: instant by instant), so that what was corrected and corrected back, or retracted and
reinstated, is told too; their changes add up to the difference of the two states (law 7). Asked from the later point to the earlier
one, everything is told the other way round: what was added is withdrawn. Redactions obey neither axis, so that both states are masked
alike: along known a redaction is told with the paths that it removed, and changes no value.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Literal, TypeAlias

import msgspec

from ledger.clock import format_instant
from ledger.errors import InvalidError
from ledger.values import Absent
from projections.act_account import Account, Accounts
from projections.audit_trail import Change
from projections.change_sentences import Telling, sentence
from projections.change_sorts import Sort, SortedChanges, mirrored, sorted_changes
from projections.course import Course, Frame, Moved, Step
from projections.difference import Difference, difference, inverse, pointer
from projections.incident_view import IncidentView, incident_view
from projections.tight_bounds import occurring

if TYPE_CHECKING:
    from ledger.events import Act, Recorded
    from projections.axes import Axes

__all__ = ["ChangeEntry", "Changes", "Point", "changes"]

Axis: TypeAlias = Literal["known", "public"]


class Point(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A point of both axes. Without `public` nothing is filtered by publication."""

    known: int
    public: str | None = None


class ChangeEntry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One change of one fact, or of the incident's own label and zone where `fact` is left out.

    `at`: when it was recorded, or along public when it was certainly public; left out for what never was. `changes` are under the paths
    of the difference; `removed` are the paths that a redaction names, within the fact. `acts` are those that did it, in ledger order.
    """

    sort: Sort
    fact: str | None = None
    at: str | None = None
    changes: tuple[Change, ...] = ()
    removed: tuple[str, ...] = ()
    acts: tuple[Account, ...]
    sentence: str


class Changes(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What changed from one point to another. `axis` is left out where they are one point; `backwards`: the first is the later one."""

    incident: str
    title: str | Absent
    zone: str | Absent
    from_: Point = msgspec.field(name="from")
    to: Point
    axis: Axis | None = None
    backwards: bool = False
    entries: tuple[ChangeEntry, ...] = ()
    difference: Difference


def changes(events: Sequence[Recorded[Act]], incident: str, from_axes: Axes, to_axes: Axes) -> Changes | None:
    """What changed in an incident from one point to another; None where it was known at neither.

    With `occurred`, which both have alike, of the facts that it asks about as they stood at the one point or the other; of these
    everything is told, and both states are taken to hold no others.

    `events` as for incident_view. Raises InvalidError for two points that differ on both axes.
    """
    axis = _axis(from_axes, to_axes)
    before, after = (incident_view(events, incident, axes.point) for axes in (from_axes, to_axes))
    told = _asked_about(before, to_axes) | _asked_about(after, to_axes)
    before, after = (_only(view, told) for view in (before, after))
    newest = after if before is None or from_axes.known <= to_axes.known else before
    if newest is None:
        return None
    backwards = _is_later(from_axes, to_axes)
    start, end = (to_axes, from_axes) if backwards else (from_axes, to_axes)
    entries: list[ChangeEntry] = []
    if axis is not None:
        telling = _Told(events, incident, end, axis, newest.zone, backwards=backwards)
        entries = [
            entry
            for step in telling.steps(start, end)
            for entry in telling.entries(step)
            if to_axes.occurred is None or entry.fact is None or entry.fact in told
        ]
    return Changes(
        incident=incident,
        title=newest.title,
        zone=newest.zone,
        from_=_point(from_axes),
        to=_point(to_axes),
        axis=axis,
        backwards=backwards,
        entries=tuple(map(_mirrored, reversed(entries)) if backwards else entries),
        difference=difference(before, after),
    )


def _asked_about(view: IncidentView | None, axes: Axes) -> frozenset[str]:
    return frozenset() if view is None else occurring(view.facts, axes.occurred)


def _only(view: IncidentView | None, told: frozenset[str]) -> IncidentView | None:
    """The state with these facts and no others."""
    if view is None:
        return None
    return msgspec.structs.replace(view, facts=tuple(fact for fact in view.facts if fact.fact in told))


def _axis(one: Axes, other: Axes) -> Axis | None:
    if one == other:
        return None
    if one.known != other.known and one.public != other.public:
        raise InvalidError(
            "the two points differ on both axes; hold one of them, and ask twice", field="/from"
        )
    return "known" if one.known != other.known else "public"


def _is_later(one: Axes, other: Axes) -> bool:
    if one.known != other.known:
        return one.known > other.known
    return other.public is not None and (one.public is None or one.public > other.public)


def _point(axes: Axes) -> Point:
    return Point(known=axes.known, public=None if axes.public is None else axes.public.isoformat())


def _mirrored(entry: ChangeEntry) -> ChangeEntry:
    return msgspec.structs.replace(
        entry,
        sort=mirrored(entry.sort),
        changes=inverse(Difference(changes=entry.changes)).changes,
    )


class _Told:
    """The steps between two points, told as entries; forwards, whichever way was asked."""

    def __init__(
        self,
        events: Sequence[Recorded[Act]],
        incident: str,
        last: Axes,
        axis: Axis,
        zone: str | Absent,
        *,
        backwards: bool,
    ) -> None:
        self._course = Course(events, incident)
        self._accounts = Accounts(events, incident, last.point)
        self._sources = self._course.sources(last.known)
        self._known = last.known
        self._axis: Axis = axis
        self._zone = zone
        self._backwards = backwards
        self._outs: dict[str, dict[int, dt.datetime | None]] = {}

    def steps(self, start: Axes, end: Axes) -> Iterator[Step]:
        """The steps from the earlier point to the later one."""
        if start.public is None or self._axis == "known":
            return self._course.along_known(start.known, end.known, start.public)
        return self._course.along_public(start.public, end.public, start.known)

    def entries(self, step: Step) -> Iterator[ChangeEntry]:
        """What a step changed: of the incident itself, then fact by fact."""
        if step.frames is not None:
            yield self._of_frame(step, *step.frames)
        for moved in step.moved:
            for part in sorted_changes(moved):
                accounts = tuple(self._account(moved.fact, event) for event in part.acts)
                yield self._entry(step, part, moved, accounts)
        for event in step.acts:
            yield from self._removals(step, event)

    def _account(self, fact: str, event: Recorded[Act]) -> Account:
        """The account of an act; that it was public is told as known at the later point."""
        if not event.stream.startswith("incident/"):
            return self._accounts.of(event)
        if fact not in self._outs:
            self._outs[fact] = self._course.outs(fact, self._known, self._sources)
        return self._accounts.of(event, self._outs[fact].get(event.version))

    def _entry(
        self,
        step: Step,
        part: SortedChanges,
        moved: Moved,
        accounts: tuple[Account, ...],
        removed: tuple[str, ...] = (),
    ) -> ChangeEntry:
        telling = Telling(
            sort=part.sort,
            fact=moved.fact,
            before=moved.before,
            after=moved.after,
            accounts=accounts,
            paths=tuple(change.path for change in part.changes),
            removed=removed,
            at=step.at,
            zone=self._zone,
            axis=self._axis,
            backwards=self._backwards,
        )
        return ChangeEntry(
            sort=part.sort,
            fact=moved.fact or None,
            at=_at(step),
            changes=part.changes,
            removed=removed,
            acts=accounts,
            sentence=sentence(telling),
        )

    def _of_frame(self, step: Step, before: Frame | None, after: Frame) -> ChangeEntry:
        old, new = ({} if one is None else one._asdict() for one in (before, after))
        found = tuple(
            Change(
                path=pointer(name), old=msgspec.to_builtins(old.get(name)), new=msgspec.to_builtins(new[name])
            )
            for name in sorted(new)
            if old.get(name) != new[name]
        )
        accounts = tuple(self._accounts.of(event) for event in step.acts)
        telling = Telling(
            sort="added" if before is None else "amended",
            frames=(before, after),
            accounts=accounts,
            paths=tuple(change.path for change in found),
            at=step.at,
            zone=self._zone,
            axis=self._axis,
            backwards=self._backwards,
        )
        return ChangeEntry(
            sort=telling.sort, at=_at(step), changes=found, acts=accounts, sentence=sentence(telling)
        )

    def _removals(self, step: Step, event: Recorded[Act]) -> Iterator[ChangeEntry]:
        """An entry for each fact of which something was removed, and one for what belongs to no fact."""
        for fact, paths in self._course.removals(event).items():
            moved = Moved(fact, None, None, (event,))
            account = (self._accounts.of(event),)
            yield self._entry(step, SortedChanges("redacted", ()), moved, account, tuple(paths))


def _at(step: Step) -> str | None:
    return None if step.at is None else format_instant(step.at)
