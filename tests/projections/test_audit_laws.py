"""Laws of the audit trail and the view, on every situation of the table: nothing shrinks, and every value reaches a citation."""

from __future__ import annotations

import copy
import datetime as dt
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given

from projections.audit_trail import audit_trail, flattened, public_trail
from projections.axes import Axes
from projections.incident_view import incident_view
from tests.recorded import recorded
from tests.situations import Situation, load
from tests.strategies_changes import courses_of_acts, events_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ledger.events import Act, Recorded
    from ledger.values import Json
    from projections.audit_trail import AuditEntry
    from projections.fact_fold import FactView
    from tests.strategies_changes import Line

SITUATIONS = load()
EVERY_SITUATION = pytest.mark.parametrize("situation", SITUATIONS, ids=[one.name for one in SITUATIONS])
EVERYTHING = (
    "statement",
    "occurred",
    "places",
    "participants",
    "quantities",
    "details",
    "attestations",
    "citations",
    "reason",
    "notice",
    "by",
    "grounds",
)


def trail(acts: list[dict[str, Any]], known: int | None = None) -> tuple[AuditEntry, ...]:
    return audit_trail(recorded(acts), "lr", len(acts) if known is None else known)


def plain(value: object) -> Json:
    return msgspec.json.decode(msgspec.json.encode(value))


def is_kept(before: Json, after: Json) -> bool:
    """Whether a value is as it was, save for tombstones where words were redacted."""
    if isinstance(after, dict) and after.get("absent") == "undisclosed":
        return True
    if isinstance(before, dict) and isinstance(after, dict):
        return all(is_kept(before[key], after[key]) if key in after else key == "quote" for key in before)
    if isinstance(before, list) and isinstance(after, list):
        return len(before) == len(after) and all(map(is_kept, before, after))
    return before == after or after is None


def by_path(entry: AuditEntry) -> Json:
    """The entry as JSON, its changes by path."""
    json = plain(entry)
    return json | {"changes": {one["path"]: one for one in json.get("changes", ())}}


def redaction_of(situation: Situation) -> dict[str, Any] | None:
    """An act that redacts all that can be redacted of the first fact."""
    facts = [act["body"]["fact"] for act in situation.acts if "fact" in act["body"]]
    if not facts:
        return None
    last = situation.acts[-1]
    versions = [act["version"] for act in situation.acts if act["stream"] == "incident/lr"]
    body = {
        "facts": [{"fact": facts[0], "paths": list(EVERYTHING)}],
        "legal_basis": "court order",
        "authority": "a court",
        "reason": "Sealed.",
    }
    return {
        **{key: last[key] for key in ("recorded_at", "actor")},
        "position": last["position"] + 1,
        "stream": "incident/lr",
        "version": max(versions) + 1,
        "type": "Redacted",
        "body": body,
    }


@EVERY_SITUATION
def test_the_trail_at_a_position_begins_the_trail_at_every_later_one(situation: Situation) -> None:
    """Law 5 (model §5): The audit trail never shrinks."""
    whole = trail(situation.acts)
    for known in range(len(situation.acts) + 1):
        earlier = trail(situation.acts, known)

        assert whole[: len(earlier)] == earlier
        assert len([act for act in situation.acts[:known] if act["stream"] == "incident/lr"]) == len(earlier)


@EVERY_SITUATION
def test_no_entry_and_no_change_is_lost_by_a_redaction(situation: Situation) -> None:
    """Law 5, where words go: what is left is the same acts and the same paths, with tombstones."""
    redaction = redaction_of(situation)
    if redaction is None:
        pytest.skip("there is nothing to redact")
    before = trail(situation.acts)
    after = trail([*copy.deepcopy(situation.acts), redaction])

    assert len(before) + 1 == len(after)
    for old, new in zip(before, after, strict=False):
        assert {change.path for change in old.changes} <= {change.path for change in new.changes}
        assert is_kept(by_path(old), by_path(new)), (old, new)


def replayed(entries: tuple[AuditEntry, ...], fact: str) -> dict[str, Json]:
    """The content of a fact that the changes of the trail add up to."""
    content: dict[str, Json] = {}
    for entry in entries:
        for change in entry.changes if entry.fact == fact else ():
            parent, _, member = change.path.rpartition("/")
            if change.path.partition("/")[0] in {"attestations", "disputes", "standing"}:
                continue
            if change.path in {"places", "participants", "quantities"}:
                continue  # in which order their items stand, and not what is in them
            if parent in content and isinstance(content[parent], dict):
                holder = content[parent]
                if holder.get("absent") != "undisclosed":
                    content[parent] = {**holder, member: change.new}
            elif change.new is None:
                content.pop(change.path, None)
            else:
                content[change.path] = change.new
    return content


@EVERY_SITUATION
def test_the_changes_of_the_trail_add_up_to_the_view(situation: Situation) -> None:
    events = recorded(situation.acts)
    for known in range(1, len(events) + 1):
        view = incident_view(events, "lr", Axes(known=known))
        entries = audit_trail(events, "lr", known)
        for fact in () if view is None else view.facts:
            assert plain(flattened(fact.content)) == plain(replayed(entries, fact.fact))


def citing(entries: tuple[AuditEntry, ...], fact: FactView, path: str) -> set[str]:
    """The attestations that the newest act that set a path rests on; an amendment rests on what stood before."""
    content_path = "/".join(path.split("/")[:2])
    for entry in reversed(entries):
        sets = any(change.path in (path, content_path) and change.new is not None for change in entry.changes)
        if entry.fact == fact.fact and sets and entry.type in {"FactReported", "FactCorrected"}:
            rests_on: list[str] = entry.words.get("rests_on", [])
            return {*(one.id for one in entry.citations if one.stance == "supports"), *rests_on}
    return set()


def every_value_reaches_a_citation(events: Sequence[Recorded[Act]]) -> None:
    for known in range(1, len(events) + 1):
        view = incident_view(events, "lr", Axes(known=known))
        entries = audit_trail(events, "lr", known)
        registered = {event.stream for event in events[:known]}
        for fact in () if view is None else view.facts:
            listed = {one.attestation.id: one.attestation.source for one in fact.attestations}
            for path in flattened(fact.content):
                cited = citing(entries, fact, path)

                assert cited, (fact.fact, path)
                assert cited <= set(listed)
            assert {f"source/{source}" for source in listed.values()} <= registered


@given(courses_of_acts())
def test_every_value_in_a_view_reaches_a_citation(lines: list[Line]) -> None:
    """Law 6 (model §5): Every value in a view reaches a citation."""
    every_value_reaches_a_citation(events_of(lines))


@EVERY_SITUATION
def test_so_does_every_value_in_every_situation(situation: Situation) -> None:
    """Law 6 (model §5): Every value in a view reaches a citation."""
    every_value_reaches_a_citation(recorded(situation.acts))


@EVERY_SITUATION
def test_every_fact_that_is_public_shows_a_passage_that_was_public(situation: Situation) -> None:
    events = recorded(situation.acts)
    for point in situation.points:
        if point.public is None:
            continue
        public = dt.datetime.fromisoformat(point.public)
        view = incident_view(events, "lr", Axes(known=point.known or len(events), public=public))
        for fact in () if view is None else view.facts:
            assert fact.attestations, (fact.fact, point.name)


def untold(entry: AuditEntry) -> AuditEntry:
    """The entry without what depends on what else was public."""
    return msgspec.structs.replace(entry, changes=(), citations=())


@EVERY_SITUATION
def test_a_public_trail_ends_where_the_public_view_stands_and_grows_with_time(situation: Situation) -> None:
    """Law 5, on the axis of the public."""
    events = recorded(situation.acts)
    whole = audit_trail(events, "lr", len(events))
    times = sorted({dt.datetime(2021, 1, 1, tzinfo=dt.UTC), *(event.recorded_at for event in events)})
    before: set[int] = set()
    for public in times:
        axes = Axes(known=len(events), public=public)
        view = incident_view(events, "lr", axes)
        entries = public_trail(events, "lr", axes)
        positions = {entry.position for entry in entries}
        upon_facts = [entry for entry in entries if entry.fact is not None]

        theirs = [one for one in whole if one.position in positions]
        assert [untold(one) for one in theirs] == [untold(one) for one in entries]
        for one, told in zip(theirs, entries, strict=True):
            assert {*one.citations} >= {*told.citations}
        assert before <= positions
        assert view is not None
        assert {fact.fact: fact.version for fact in view.facts} == {
            entry.fact: entry.version for entry in upon_facts
        }
        before = positions
