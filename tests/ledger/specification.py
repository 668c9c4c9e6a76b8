"""Given what was recorded, when a command is decided, then these acts, or a refusal: how decisions are specified.

What is given is decided and folded as a ledger would, so a test cannot begin from a state that no ledger reaches; there is no store,
no clock and no codec. A step is a command as a caller writes it (a dict), a command as a struct, or a Draft: an act taken as
recorded, for what only the ledger itself writes.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, TypeAlias, TypeVar

import msgspec
import pytest

from ledger.codec import FORMAT, type_name
from ledger.context import Snapshot
from ledger.decisions import Decision, Draft, decide
from ledger.errors import RefusedError
from ledger.events import Act, Recorded
from ledger.incident import IncidentState, evolve_incident
from ledger.kinds import Kinds, load_vocabulary
from ledger.read_command import read_command
from ledger.source import SourceState, evolve_source
from tests.fakes import NOON, SequentialIds

if TYPE_CHECKING:
    from ledger.commands import Command
    from ledger.ids import Ids
    from ledger.values import Json

__all__ = ["REMOVED", "Given", "When", "changed", "given", "recorded"]

Step: TypeAlias = "dict[str, Json] | Command | Draft"
R = TypeVar("R", bound=RefusedError)

REMOVED = object()
"""In place of a value for `changed`: the member is taken out."""


def changed(command: dict[str, Json], *changes: tuple[str, object]) -> dict[str, Json]:
    """A copy of a command, each pointer of `changes` set to its value; the given command stays as it was."""
    body = copy.deepcopy(command)
    for where, value in changes:
        *path, last = (part.replace("~1", "/").replace("~0", "~") for part in where.split("/")[1:])
        at: Json = body
        for part in path:
            at = at[int(part)] if isinstance(at, list) else at.setdefault(part, {})
        if value is REMOVED:
            del at[last]
        else:
            at[int(last) if isinstance(at, list) else last] = value
    return body


def recorded(act: Act, *, stream: str, version: int, position: int | None = None) -> Recorded[Act]:
    """An act as an entry of the ledger, with no words committed."""
    name, schema = type_name(act)
    return Recorded(
        position=position or version,
        format=FORMAT,
        type=name,
        schema=schema,
        event_id=f"event-{version}",
        request=f"request-{version}",
        stream=stream,
        version=version,
        recorded_at=NOON,
        actor="desk",
        body=act,
    )


def _vocabulary() -> Kinds:
    return Kinds.of(load_vocabulary())


class Given:
    """What stands recorded. A value to the tests: `and_given` returns another one."""

    def __init__(self, kinds: Kinds | None = None) -> None:
        self.kinds = _vocabulary() if kinds is None else kinds
        self.events: tuple[Recorded[Act], ...] = ()
        self._incidents: dict[str, IncidentState] = {}
        self._sources: dict[str, SourceState] = {}

    def incident(self, ident: str = "lr") -> IncidentState:
        """The state of an incident."""
        return self._incidents.get(ident, IncidentState())

    def context(self) -> Snapshot:
        """What a decision may look at."""
        return Snapshot(kinds=self.kinds, incidents=self._incidents, sources=self._sources)

    def and_given(self, *steps: Step) -> Given:
        """This and then some more. Fails where a step is refused or stays quiet: then nothing was given."""
        after = Given(self.kinds)
        after.events = self.events
        after._incidents, after._sources = dict(self._incidents), dict(self._sources)
        for step in steps:
            made = SequentialIds(f"given-{len(after.events)}")
            drafts = (step,) if isinstance(step, Draft) else after.decide(step, made).drafts
            assert drafts, f"nothing was recorded by {step}"
            for draft in drafts:
                after._fold(draft)
        return after

    def and_kind(self, slug: str, version: int, *, roles: tuple[str, ...] = ()) -> Given:
        """This, and one more version of a kind in force, its details those of the version before."""
        kind = self.kinds.newest(slug)
        assert kind is not None
        newer = msgspec.structs.replace(kind, version=version, roles=roles or kind.roles)
        after = self.and_given()
        after.kinds = self.kinds.registered(newer)
        return after

    def decide(self, step: dict[str, Json] | Command, ids: Ids | None = None) -> Decision:
        """What would be recorded; ids that the command leaves out are `made-1`, `made-2` … Raises RefusedError."""
        command = read_command(step, ids or SequentialIds("made")) if isinstance(step, dict) else step
        return decide(command, self.context(), NOON)

    def when(self, command: dict[str, Json] | Command) -> When:
        """Ask for a command; what comes of it is told by the answer's methods."""
        return When(self, command)

    def _fold(self, draft: Draft) -> None:
        kind, _, ident = draft.stream.partition("/")
        before = [event for event in self.events if event.stream == draft.stream]
        event = recorded(
            draft.act, stream=draft.stream, version=len(before) + 1, position=len(self.events) + 1
        )
        if kind == "incident":
            self._incidents[ident] = evolve_incident(self.incident(ident), event)
        else:
            self._sources[ident] = evolve_source(self._sources.get(ident, SourceState()), event)
        self.events = (*self.events, event)


class When:
    """A command asked for, and what is expected of it. Exactly one of the expectations is stated by a test."""

    def __init__(self, before: Given, command: dict[str, Json] | Command) -> None:
        self._before = before
        self._command = command

    def then(self, *acts: Act) -> Decision:
        """Exactly these acts are recorded, in this order. Returns the decision, for what else it says."""
        decision = self._before.decide(self._command)
        assert acts, "say which acts; a command that records nothing stays_quiet"
        assert list(acts) == [draft.act for draft in decision.drafts]
        return decision

    def stays_quiet(self) -> Decision:
        """Nothing is recorded and nothing is wrong."""
        decision = self._before.decide(self._command)
        assert () == decision.drafts
        return decision

    def refuses(self, error: type[R], *, field: str, saying: str) -> R:
        """It is refused by exactly this error, which names the member by `field` and has `saying` in its sentence."""
        with pytest.raises(RefusedError) as caught:
            self._before.decide(self._command)
        assert error is type(caught.value), f"{type(caught.value).__name__}: {caught.value}"
        assert isinstance(caught.value, error)
        assert (field, True) == (caught.value.field, saying in caught.value.message), caught.value.message
        return caught.value


def given(*steps: Step) -> Given:
    """What stands recorded when a test begins."""
    return Given().and_given(*steps)
