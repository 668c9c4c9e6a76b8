"""The rows that the stored tables hold of one incident: a pure fold of its events and of those of its sources (ADR 12).

Each fact is folded once, act by act (FactSteps), and a row is closed and a new one begun wherever something in it changes. What a source
does later counts as well: a notice that strikes a passage, a lineage that joins two tellers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ledger.events import (
    FactAct,
    FactCorrected,
    FactRetracted,
    IncidentAmended,
    IncidentOpened,
    LineageDeclared,
    LineageRevoked,
    Redacted,
    SourceNoticeRecorded,
)
from ledger.fact import AsStated, Content
from ledger.instants import microseconds_of
from projections.extents import DERIVED, box_around, span_of
from projections.fact_steps import FactSteps
from projections.runs import Runs
from projections.source_rows import alert_since, named_sources
from projections.source_view import Notice, SourceAt, origins_by_lineage
from projections.ties import Ties
from projections.tight_bounds import Dated, Tight, own_bounds, tight_bounds
from projections.words import words_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ledger.events import Act, Recorded
    from projections.passages import Passage
    from projections.runs import Row, Rows

__all__ = ["incident_rows"]


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _content_kind(kind: str) -> tuple[str, int]:
    slug, _, version = kind.partition("@")
    return slug, int(version)


class _Fact:
    """One fact while its rows are made."""

    def __init__(self, steps: FactSteps, number: int) -> None:
        self.steps = steps
        self.number = number
        self.content: Content | None = None
        self.kind: Row = ()
        self.span: Row = ()
        self.dated: Dated | None = None
        self.roles: set[str] = set()
        self.places: dict[str, Row] = {}
        self.said = 0


class _Incident:
    """The rows of an incident in the making."""

    def __init__(self, redacted: set[str]) -> None:
        self.rows: Rows = {name: [] for name in ("facts", "roles", "places", "texts", "corrections")}
        self.frame = Runs()
        self.incident = 0
        self._frame: tuple[str, str | None, str | None] = ("", None, None)
        self._redacted = redacted
        self._facts: dict[str, _Fact] = {}
        self._citing: dict[str, dict[str, _Fact]] = {}
        self._sources: dict[str, SourceAt] = {}
        self._lineage: dict[str, str] = {}
        self._ties = Ties()
        self._states, self._roles, self._places, self._texts, self._citations = (Runs() for _ in range(5))

    def frame_act(self, stream: str, event: Recorded[Act]) -> None:
        """An act upon the incident itself."""
        act = event.body
        if isinstance(act, IncidentOpened):
            self.incident = event.position
            self._frame = (stream.partition("/")[2], _text(act.title), _text(act.zone))
        elif isinstance(act, IncidentAmended):
            ident, title, zone = self._frame
            title = title if act.title is None else _text(act.title)
            self._frame = (ident, title, zone if act.zone is None else _text(act.zone))
        else:
            return
        self.frame.put((self.incident,), self._frame, event.position)
        # The label of an incident is searched as a text of its own; no fact has the number of an incident.
        self._texts.put((self.incident,), (self._frame[1] or "", ""), event.position)

    def source_act(self, source: str, event: Recorded[Act]) -> None:
        """An act upon a source that the incident cites, relays, or that is joined to one of those by lineage."""
        act, replace = event.body, msgspec.structs.replace
        known = self._sources.get(source, SourceAt(id=source))
        if isinstance(act, SourceNoticeRecorded):
            notice = Notice(act=act, recorded_at=event.recorded_at)
            self._sources[source] = replace(known, notices=(*known.notices, notice))
            for fact in self._citing.get(source, {}).values():
                cited = fact.steps.citing(source)
                fact.steps.judge(cited)
                self._cited(fact, cited, event.position)
                self._state(fact, event.position)
        elif isinstance(act, LineageDeclared | LineageRevoked):
            copies = {n: to for n, to in known.copies.items() if n != act.lineage}
            if isinstance(act, LineageDeclared):
                copies[act.lineage] = act.to
            self._sources[source] = replace(known, copies=copies)
            self._lineage = origins_by_lineage(self._sources)
            for fact in self._facts.values():
                fact.steps.join_by(self._lineage)
                self._state(fact, event.position)

    def fact_act(self, event: Recorded[FactAct]) -> None:
        """An act upon a fact."""
        act, at = event.body, event.position
        fact = self._facts.get(act.fact)
        if fact is None:
            steps = FactSteps(self._sources)
            steps.join_by(self._lineage)
            fact = self._facts[act.fact] = _Fact(steps, at)
        brought = fact.steps.add(event)
        self._placed(fact, event.position)
        for passage in brought:
            self._citing.setdefault(passage.attestation.source, {})[act.fact] = fact
            if isinstance(passage.stated, AsStated):
                self._said(fact, passage, at)
        self._cited(fact, fact.steps.judged, at)
        self._content(fact, at)
        self._state(fact, at)
        if isinstance(act, FactCorrected | FactRetracted):
            self._corrected(fact, event, act)

    def _corrected(self, fact: _Fact, event: Recorded[FactAct], act: FactCorrected | FactRetracted) -> None:
        is_correction = isinstance(act, FactCorrected)
        self.rows["corrections"].append(
            (
                event.position,
                self.incident,
                fact.number,
                act.fact,
                event.version,
                "corrected" if is_correction else "retracted",
                act.class_ if isinstance(act, FactCorrected) else None,
                act.cause,
                _text(act.reason),
                _text(act.notice),
                None if isinstance(act, FactCorrected) else act.in_favour_of,
                microseconds_of(event.recorded_at),
            )
        )

    def _placed(self, fact: _Fact, at: int) -> None:
        """When a fact occurred, where that changed, and with it the bounds of all that are tied to it by relations."""
        content, ident = fact.steps.content, fact.steps.history[0].body.fact
        now = None if content is None else Dated(ident, content.occurred, fact.steps.retracted)
        if now == fact.dated:
            return
        was, fact.dated = fact.dated, now
        if not (_related(was) or _related(now) or self._ties.has(ident)):
            if now is not None:
                fact.span = _span(Tight(own_bounds(now.occurred)))
            return
        reached = self._ties.reached_from(ident)
        self._ties.untie(ident, _related(was))
        self._ties.tie(ident, _related(now))
        reached |= self._ties.reached_from(ident)
        tied = [other for other in self._facts if other in reached] if len(reached) > 1 else [ident]
        known = {other: found for other in tied if (found := self._facts[other].dated) is not None}
        for other, tight in tight_bounds(known.values()).items():
            moved, span = self._facts[other], _span(tight)
            if span != moved.span:
                moved.span = span
                if moved is not fact:
                    self._state(moved, at)

    def _state(self, fact: _Fact, at: int) -> None:
        steps = fact.steps
        content = steps.content
        if content is None:
            self._states.drop((fact.number,), at)
            return
        ident = steps.history[0].body.fact
        row = (
            ident,
            steps.version,
            *fact.kind,
            steps.status(),
            int(steps.retracted),
            int(ident in self._redacted),
            steps.origins(),
            *fact.span,
        )
        self._states.put((fact.number,), row, at)

    def _content(self, fact: _Fact, at: int) -> None:
        """What can be asked of the content, where another one stands."""
        content = fact.steps.content
        if content is fact.content:
            return
        fact.content = content
        if content is not None:
            fact.kind = _content_kind(content.kind)
        roles = set() if content is None else {one.role or "" for one in content.participants}
        for role in fact.roles - roles:
            self._roles.drop((role, fact.number), at)
        for role in roles - fact.roles:
            self._roles.put((role, fact.number), (), at)
        places = {} if content is None else _places(content)
        for place in fact.places.keys() - places.keys():
            self._places.drop((fact.number, place), at)
        for place, row in places.items():
            self._places.put((fact.number, place), row, at)
        fact.roles, fact.places = roles, places
        if content is None:
            self._texts.drop((fact.number,), at)
        else:
            self._texts.put((fact.number,), words_of(content), at)

    def _said(self, fact: _Fact, passage: Passage, at: int) -> None:
        """What a passage states by itself: it may be what stands for those who ask what was public."""
        own = passage.stated
        fact.said += 1
        said = Content(
            kind=passage.kind,
            statement=own.statement,
            occurred=own.occurred,
            places=own.places,
            participants=tuple(
                msgspec.structs.replace(one, role=one.role or "unstated") for one in own.participants
            ),
            quantities=own.quantities,
            details=own.details,
        )
        nowhere = (fact.number, at, fact.said, at, self.incident)
        state = (
            passage.attestation.id,
            0,
            *_content_kind(passage.kind),
            "reported",
            0,
            0,
            0,
            *_span(Tight(own_bounds(said.occurred))),
        )
        self.rows["facts"].append((*nowhere, *state))
        self.rows["texts"].append((*nowhere, *words_of(said)))
        for role in {one.role or "" for one in said.participants}:
            self.rows["roles"].append((role, fact.number, at, fact.said, at, self.incident))
        for place, row in _places(said).items():
            self.rows["places"].append((fact.number, place, at, fact.said, at, self.incident, *row))

    def _cited(self, fact: _Fact, idents: Iterable[str], at: int) -> None:
        for ident in idents:
            passage = fact.steps.passages[ident]
            one = passage.attestation
            value = (
                fact.steps.cited_at(passage),
                passage.version,
                one.stance,
                fact.steps.now[ident],
                one.relays,
            )
            self._citations.put((one.source, fact.number, ident), value, at)

    def finished(self) -> Rows:
        """Every row."""
        rows, incident = self.rows, self.incident
        rows["incidents"] = [(*key, start, end, *value) for key, value, start, end in self.frame.all()]
        rows["facts"] += [
            (*key, start, 0, end, incident, *value) for key, value, start, end in self._states.all()
        ]
        rows["roles"] += [(*key, start, 0, end, incident) for key, _, start, end in self._roles.all()]
        rows["places"] += [
            (*key, start, 0, end, incident, *value) for key, value, start, end in self._places.all()
        ]
        rows["texts"] += [
            (*key, start, 0, end, incident, *value) for key, value, start, end in self._texts.all()
        ]
        rows["citations"] = [
            (*key, start, end, incident, *value) for key, value, start, end in self._citations.all()
        ]
        return rows


def _span(tight: Tight) -> Row:
    return (*span_of(tight.interval), sum(DERIVED[name] for name in tight.derived))


def _related(fact: Dated | None) -> set[str]:
    if fact is None or fact.occurred is None or not fact.occurred.relations:
        return set()
    return {relation.fact for relation in fact.occurred.relations}


def _places(content: Content) -> dict[str, Row]:
    return {
        one.id: (
            one.lon,
            one.lat,
            one.uncertainty_m,
            *box_around(float(one.lon), float(one.lat), one.uncertainty_m or 0),
        )
        for one in content.places
        if one.lon is not None and one.lat is not None
    }


def incident_rows(events: Sequence[Recorded[Act]], incident: str) -> Rows:
    """The rows of one incident, save those of its worklist and of what is wrong with it.

    `events` are its own and those of every source that its acts name or that is joined to one of these by lineage, in ledger order. Raises
    what a fold raises for events that cannot be: of them no rows can be made.
    """
    stream = f"incident/{incident}"
    own = [event for event in events if event.stream == stream]
    redacted = {one.fact for event in own if isinstance(event.body, Redacted) for one in event.body.facts}
    made = _Incident(redacted)
    for event in events:
        act = event.body
        if event.stream != stream:
            made.source_act(event.stream.partition("/")[2], event)
        elif isinstance(act, FactAct):
            made.fact_act(event)  # type: ignore[arg-type]  # narrowed by its body
        else:
            made.frame_act(stream, event)
    rows = made.finished()
    rows["citing"] = [(source, made.incident) for source in named_sources(own)]
    alert = alert_since(event for event in events if event.stream != stream)
    rows["alerts"] = [] if alert is None else [(made.incident, alert)]
    return rows
