"""A machine that puts every act to a real writer on a real ledger file, and remembers each event as it was recorded.

What it remembers is never read again and never redacted: the reference ledger does that by itself, so that a store that forgets,
or forgets too much, has something to differ from. Here a single request is judged; the laws of the whole history stand in
tests/ledger/test_state_machine.py.
"""

from __future__ import annotations

import datetime as dt
import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from ledger.address import folder_of
from ledger.append import Receipt, Request
from ledger.clock import microseconds_of
from ledger.codec import opened
from ledger.errors import RefusedError, StaleError
from tests import reference
from tests import strategies_commands as commands
from tests.desk import DESK, Desk
from tests.ledger.dragging import ARTICLE, DRAG, FLIGHT, OPEN, RELEASE

if TYPE_CHECKING:
    from ledger.values import Json

__all__ = ["HistoryMachine", "Remembered", "as_given", "written"]

Command: TypeAlias = "dict[str, Json]"
How: TypeAlias = Literal["asked", "tried first", "only tried", "with a key"]

BOTH = [{"id": "a1", "source": "release"}, {"id": "a2", "source": "article"}]
BEGINNING = (OPEN, RELEASE, ARTICLE, {**DRAG, "citations": BOTH}, {**FLIGHT, "citations": BOTH})
"""Two facts that two sources tell, so that a passage may be withdrawn."""

HOW = st.sampled_from(("asked", "asked", "tried first", "only tried", "with a key", "with a key"))
STEPS = st.sampled_from(
    (
        dt.timedelta(),
        dt.timedelta(microseconds=1),
        dt.timedelta(seconds=1),
        dt.timedelta(hours=7),
        -dt.timedelta(microseconds=1),
        -dt.timedelta(hours=1),
        -dt.timedelta(days=2),
    )
)
"""How far a clock moves: not at all, a little ahead, and back as far as a mended clock may go."""


class Remembered:
    """The opened acts in ledger order, each as it was when it was recorded."""

    def __init__(self) -> None:
        self.acts: list[dict[str, Any]] = []

    def named(self, sort: str) -> list[str]:
        """The ids of the incidents, or of the sources."""
        return [stream.partition("/")[2] for stream, version in self.versions(sort) if version == 1]

    def versions(self, *sorts: str) -> list[tuple[str, int]]:
        """Stream and version of every event of some sorts of streams."""
        return [
            (act["stream"], act["version"]) for act in self.acts if act["stream"].partition("/")[0] in sorts
        ]

    def _upon(self, incident: str, fact: str) -> list[dict[str, Any]]:
        return reference.upon(self.acts, f"incident/{incident}", fact)

    def facts(self) -> list[tuple[str, str]]:
        """Incident and fact, of every fact."""
        reported = [act for act in self.acts if act["type"] == "FactReported"]
        return [(act["stream"].partition("/")[2], act["body"]["fact"]) for act in reported]

    def version(self, incident: str, fact: str) -> int:
        """A fact's version; 0 where there is no such fact."""
        return max((act["version"] for act in self._upon(incident, fact)), default=0)

    def is_retracted(self, incident: str, fact: str) -> bool:
        """Whether the last word on a fact is its retraction."""
        types = [act["type"] for act in self._upon(incident, fact)]
        return [one for one in types if one in ("FactRetracted", "FactReinstated")][-1:] == ["FactRetracted"]

    def attestations(self, incident: str, fact: str) -> list[str]:
        """The ids of a fact's attestations; withdrawn ones too where hardly any other is left."""
        acts = self._upon(incident, fact)
        gone = {ident for act in acts for ident in reference.withdrawn_by(act["body"])}
        known = list(reference.attestations(acts))
        standing = [ident for ident in known if ident not in gone]
        return standing if len(standing) > 1 else known

    def disputes(self, incident: str, fact: str) -> int:
        """How often a fact was disputed."""
        return sum(act["type"] == "FactDisputed" for act in self._upon(incident, fact))

    def words(self, incident: str, fact: str) -> str:
        """The statement of a fact, also where it was redacted since."""
        content = reference.recorded_content(self._upon(incident, fact), len(self.acts))[0]
        return str(content.get("statement", "The officer was dragged."))

    def snapshots(self) -> list[tuple[str, str]]:
        """Source and digest of every capture."""
        captured = [act for act in self.acts if act["type"] == "SnapshotCaptured"]
        return [(act["stream"].partition("/")[2], act["body"]["snapshot"]) for act in captured]

    def lineages(self) -> list[tuple[str, int]]:
        """Source and number of every lineage."""
        declared = [act for act in self.acts if act["type"] == "LineageDeclared"]
        return [(act["stream"].partition("/")[2], act["body"]["lineage"]) for act in declared]

    def committed(self) -> list[tuple[str, int, str]]:
        """Stream, version and path of every word that a redaction could take, those that are gone included."""
        return [
            (act["stream"], act["version"], path)
            for act in self.acts
            if act["stream"] != "registry"
            for path in act["committed"]
        ]

    def fact_of(self, stream: str, version: int) -> str | None:
        """The fact that an event acts upon."""
        facts: list[str | None] = [
            act["body"].get("fact")
            for act in self.acts
            if (act["stream"], act["version"]) == (stream, version)
        ]
        return facts[0]

    def redactions(self) -> int:
        """How many redactions there were."""
        return sum(act["type"] == "Redacted" for act in self.acts)


def as_given(receipt: Receipt) -> tuple[object, ...]:
    """What a receipt says of what was recorded."""
    return (receipt.id, receipt.stream, receipt.version, receipt.position, receipt.recorded_at)


class HistoryMachine(RuleBasedStateMachine):
    """One rule for each act, and rules for the process and its clock."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self.desk = self.begun(Path(self._folder.name))
        self.log = Remembered()
        self.kept: dict[str, tuple[Command, Receipt]] = {}
        self._keys = 0

    def begun(self, folder: Path) -> Desk:
        """A desk on a new ledger."""
        return Desk(folder / "test.ledger")

    def teardown(self) -> None:
        """Close the ledger and throw it away."""
        self.desk.close()
        self._folder.cleanup()

    @initialize()
    def begin(self) -> None:
        """A refusal and a trial leave an empty ledger empty; then there is something to speak of."""
        assert isinstance(self.ask(DRAG), RefusedError)
        self.ask(OPEN, "only tried")
        assert 0 == self.desk.store.head().position
        for command in BEGINNING:
            assert isinstance(self.ask(command), Receipt)

    def trace(self) -> tuple[object, ...]:
        """All that a request could leave behind: rows, snapshots on disk and kept answers."""
        blobs = folder_of(self.desk.address())
        return (
            self.desk.store.head(),
            tuple(self.desk.store.rows()),
            sorted((str(one), one.read_bytes()) for one in blobs.rglob("*") if one.is_file()),
            [self.desk.store.answer("actor:desk", f"key-{number}") for number in range(self._keys + 1)],
        )

    def ask(self, command: Command, how: How = "asked") -> Receipt | RefusedError:
        """Put a command to the writer, and judge what became of it."""
        before = self.trace()
        tried = self.attempt(command, dry_run=True) if how in ("tried first", "only tried") else None
        if tried is not None:
            assert before == self.trace(), "a trial leaves nothing"
        if tried is not None and how == "only tried":
            return tried
        key = f"key-{self._keys}"
        request = Request(idempotency_key=key, content=written(command)) if how == "with a key" else None
        answer = self.attempt(command, request=request)
        if isinstance(answer, RefusedError) or answer.quiet:
            if not (isinstance(answer, Receipt) and command["op"] == "capture-snapshot"):
                assert before == self.trace(), "what is refused, or stands already, leaves nothing"
        else:
            self._remember(answer)
            if request is not None:
                self.kept[key] = command, answer
                self._keys += 1
        if tried is not None:
            _check_foretold(tried, answer)
        return answer

    def attempt(
        self, command: Command, *, request: Request | None = None, dry_run: bool = False
    ) -> Receipt | RefusedError:
        """The answer of the writer. A StaleError is one only where the fact moved since."""
        try:
            receipt = self.desk.act(command, by=DESK, request=request, dry_run=dry_run)
        except RefusedError as error:
            if isinstance(error, StaleError):
                assert self.log.version(command["incident"], command["fact"]) != command["expected_version"]
            return error
        assert dry_run == receipt.dry_run
        assert (receipt.position is None) == (receipt.dry_run or receipt.quiet)
        return receipt

    def _remember(self, receipt: Receipt) -> None:
        """Take the events of one transaction in: what the receipt says, and all stamped with one time that is new."""
        last = self.log.acts[-1]["recorded_at"] if self.log.acts else "1970-01-01T00:00:00Z"
        rows = list(self.desk.store.rows(len(self.log.acts) + 1))
        self.log.acts += [opened(row.event, row.disclosures, position=row.position) for row in rows]
        now = microseconds_of(self.desk.clock.now())
        assert {max(now, microseconds_of(dt.datetime.fromisoformat(last)) + 1)} == {
            row.recorded_us for row in rows
        }
        newest = self.log.acts[-1]
        assert as_given(receipt) == (
            receipt.id,
            *(newest[name] for name in ("stream", "version", "position", "recorded_at")),
        )
        assert ["LedgerOpened"] * (receipt.position == 2) == [
            act["type"] for act in self.log.acts[-len(rows) : -1]
        ]

    @rule(
        command=commands.incidents() | commands.sources() | commands.descriptions() | commands.kinds(),
        how=HOW,
    )
    def describe(self, command: Command, how: How) -> None:
        self.ask(command, how)

    @rule(
        command=commands.captures() | commands.notices() | commands.declarations() | commands.revocations(),
        how=HOW,
    )
    def follow_a_source(self, command: Command, how: How) -> None:
        self.ask(command, how)

    @rule(command=commands.reports() | commands.retellings(), how=HOW)
    def tell(self, command: Command, how: How) -> None:
        self.ask(command, how)

    @rule(command=commands.withdrawals(), how=HOW)
    def withdraw(self, command: Command, how: How) -> None:
        self.ask(command, how)

    @rule(command=commands.corrections(), how=HOW)
    def correct(self, command: Command, how: How) -> None:
        self.ask(command, how)

    @rule(command=commands.amendments(), how=HOW)
    def amend(self, command: Command, how: How) -> None:
        self.ask(command, how)

    @rule(command=commands.standings(), how=HOW)
    def retract_or_reinstate(self, command: Command, how: How) -> None:
        self.ask(command, how)

    @rule(command=commands.contests() | commands.resolutions(), how=HOW)
    def contest(self, command: Command, how: How) -> None:
        self.ask(command, how)

    @rule(command=commands.redactions(), how=HOW)
    def redact(self, command: Command, how: How) -> None:
        self.ask(command, how)

    @rule(by=STEPS)
    def clock_moves(self, by: dt.timedelta) -> None:
        self.desk.clock.advance(by)


def _check_foretold(tried: Receipt | RefusedError, answer: Receipt | RefusedError) -> None:
    """A trial foretells the answer, save for ids that are made anew."""
    if isinstance(tried, RefusedError) or isinstance(answer, RefusedError):
        assert (type(tried), str(tried)) == (type(answer), str(answer))
    else:
        assert (tried.stream, tried.version, tried.quiet) == (answer.stream, answer.version, answer.quiet)


def written(command: Command) -> bytes:
    """The bytes of a request."""
    return json.dumps(command, sort_keys=True).encode()
