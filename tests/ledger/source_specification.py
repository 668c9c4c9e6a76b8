"""Given, when, then for acts upon sources, kinds and redactions: what is recorded goes through the real codec and folds.

    given(REGISTER).when(AMEND).then(SourceAmended(...))
    given().when(AMEND).refuses(UnknownError, field="/source", saying="register it first")
    given(REGISTER, CAPTURE).when(CAPTURE).stays_quiet()

Beside specification.py, which knows no codec: here a redaction takes the lines it erases out of what is stored, so that the next
decision finds what it would find in a ledger, and the registry is folded with its LedgerOpened.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import pytest
from msgspec.structs import replace

from ledger.clock import format_instant
from ledger.codec import FORMAT, Encoded, Stamp, decode, encode
from ledger.context import Snapshot
from ledger.decisions import Decision, decide
from ledger.decisions.decision import REGISTRY
from ledger.disclosure import erase
from ledger.errors import RefusedError
from ledger.events import Act, LedgerOpened, Recorded, VocabularyRef
from ledger.incident import IncidentState, evolve_incident
from ledger.kinds import load_vocabulary
from ledger.read_command import read_command
from ledger.registry import RegistryState, evolve_registry
from ledger.source import SourceState, evolve_source
from tests.fakes import NOON, CountingBytes, SequentialIds

if TYPE_CHECKING:
    from ledger.commands import Command

__all__ = ["Given", "Stated", "Tried", "given"]

Stated: TypeAlias = "dict[str, Any] | Command"
R = TypeVar("R", bound=RefusedError)
_SECOND = dt.timedelta(seconds=1)


class Given:
    """A ledger kept in lists. It begins with LedgerOpened at position 1."""

    def __init__(self) -> None:
        self._ids = SequentialIds()
        self._random = CountingBytes()
        self._log: list[Encoded] = []
        self.now = NOON
        vocabulary = load_vocabulary()
        named = VocabularyRef(version=vocabulary.version, digest=vocabulary.digest)
        self._append(
            REGISTRY, LedgerOpened(ledger="example.org/test", ledger_format=FORMAT, vocabulary=named)
        )

    def record(self, stated: Stated) -> Decision:
        """Decide a command a second later and record what it adds. Raises what decide raises."""
        self.now += _SECOND
        decision = self.decide(stated)
        for draft in decision.drafts:
            self._append(draft.stream, draft.act, answers=draft.answers)
        for gone in decision.erasures:
            before = self._log[gone.position - 1]
            self._log[gone.position - 1] = replace(before, disclosures=erase(before.disclosures, gone.paths))
        return decision

    def decide(self, stated: Stated) -> Decision:
        """What recording a command would add."""
        command = read_command(stated, self._ids) if isinstance(stated, dict) else stated
        return decide(command, self.context(), self.now)

    def events(self, stream: str | None = None) -> list[Recorded[Act]]:
        """The entries of the log, or of one stream, as they are read now."""
        return [
            decode(one.event, one.disclosures, position=position)
            for position, one in enumerate(self._log, 1)
            if stream in (None, one.stream)
        ]

    def context(self) -> Snapshot:
        """What a decision looks at, folded from the log."""
        registry = RegistryState.empty()
        incidents: dict[str, IncidentState] = {}
        sources: dict[str, SourceState] = {}
        streams: dict[str, list[Recorded[Act]]] = {}
        for event in self.events():
            streams.setdefault(event.stream, []).append(event)
            sort, _, ident = event.stream.partition("/")
            if sort == "incident":
                incidents[ident] = evolve_incident(incidents.get(ident, IncidentState()), event)
            elif sort == "source":
                sources[ident] = evolve_source(sources.get(ident, SourceState()), event)
            else:
                registry = evolve_registry(registry, event)
        return Snapshot(registry.kinds, incidents, sources, streams)

    def when(self, stated: Stated) -> Tried:
        """One more command, to be judged."""
        return Tried(self, stated)

    def _append(self, stream: str, act: Act, answers: int | None = None) -> None:
        stamp = Stamp(
            event_id=self._ids.make(),
            request=self._ids.make(),
            stream=stream,
            version=1 + sum(one.stream == stream for one in self._log),
            recorded_at=format_instant(self.now),
            actor="desk",
            answers=answers,
        )
        self._log.append(encode(act, stamp, self._random))


class Tried:
    """A command and the ledger it is put to."""

    def __init__(self, ledger: Given, stated: Stated) -> None:
        self._ledger = ledger
        self._stated = stated

    def then(self, act: Act, *, ident: str, stream: str) -> Decision:
        """It records exactly this act, after the last event of its stream; the act reads back as it was written."""
        there = len(self._ledger.events(stream))
        decision = self._ledger.record(self._stated)
        assert [(one.stream, one.act) for one in decision.drafts] == [(stream, act)]
        assert (decision.id, decision.stream, decision.version) == (ident, stream, there)
        assert self._ledger.events(stream)[-1].body == act
        return decision

    def stays_quiet(self, *, ident: str, stream: str) -> None:
        """It records nothing, and says what stands already."""
        decision = self._ledger.decide(self._stated)
        there = len(self._ledger.events(stream))
        assert decision == Decision(id=ident, stream=stream, version=there)

    def refuses(self, error: type[R], *, field: str, saying: str) -> R:
        """It is refused with this error, naming the member and the rule."""
        before = self._ledger.events()
        with pytest.raises(RefusedError) as caught:
            self._ledger.record(self._stated)
        assert error is type(caught.value), f"{type(caught.value).__name__}: {caught.value}"
        assert isinstance(caught.value, error)
        assert (field, True) == (caught.value.field, saying in str(caught.value)), str(caught.value)
        assert self._ledger.events() == before
        return caught.value


def given(*stated: Stated) -> Given:
    """A ledger in which these commands were recorded, one a second from NOON on."""
    ledger = Given()
    for one in stated:
        assert ledger.record(one).drafts, f"{one} is given and recorded nothing"
    return ledger
