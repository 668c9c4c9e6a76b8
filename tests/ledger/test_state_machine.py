"""The laws of the ledger (model §5) upon whole histories: real writer, real file, every act, restarts, retries and a clock that errs.

After each step every law below is looked at, and the view is compared with the reference ledger at the head and at a point drawn
anew. What a single request promises is judged in tests/history_machine.py.
"""

from __future__ import annotations

import base64
import copy
import datetime as dt
import tempfile
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from ledger import present as presence
from ledger.append import Receipt, Request
from ledger.clock import instant_of
from ledger.decisions.decision import incident_stream
from ledger.errors import ConflictError, RefusedError, StaleError
from ledger.frames import lean
from ledger.history import History
from ledger.incident import FactState, IncidentState, evolve_incident
from ledger.kept import Kept, KeptFacts, unpacked
from ledger.present import Present
from ledger.transfer import LogExport
from ledger.verify import verify_file
from projections.audit_trail import audit_trail
from projections.axes import Axes
from projections.incident_view import incident_view
from tests import reference
from tests import strategies_commands as commands
from tests.history_machine import HistoryMachine, as_given, written
from tests.ledger.dragging import OPEN
from tests.projections.test_audit_laws import by_path, is_kept
from tests.projections.test_incident_view import reduced
from tests.transferring import imported, naive_root, rows_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ledger.stores.contract import Row
    from ledger.values import Json
    from ledger.verify import Report
    from projections.audit_trail import AuditEntry

INSTANTS = (
    "2021-05-06T00:00:00Z",
    "2021-05-08T05:00:00Z",
    "2021-05-08T11:30:00Z",
    "2021-05-08T12:00:00Z",
    "2021-05-09T05:00:00Z",
    "2021-05-20T00:00:00Z",
)
"""Times to ask for what was public: at bounds of publications and captures, and between them."""

KEPT = presence.MOST_NAMED, presence.MOST_WHOLE, presence.MOST_CAPTURES, presence.MOST_PACKED_BYTES

_MICROSECOND = dt.timedelta(microseconds=1)


def held(kept: Kept[Any, Any]) -> list[tuple[Any, Any]]:
    """What is kept in memory, by key."""
    return [(key, kept.get(key)) for key in list(kept._states)]


def held_facts(kept: KeptFacts) -> list[tuple[Any, Any]]:
    """As held, of facts: the whole ones and those that are packed."""
    return held(kept._whole) + [(key, unpacked(data)) for key, (data, _) in kept._packed.items()]


def without_withdrawn(fact: FactState) -> FactState:
    """A fact as the writer keeps it."""
    return lean(fact, [ident for ident, one in fact.attestations.items() if one.withdrawn])


class LawfulHistory(HistoryMachine):
    """Every history obeys the laws at every step."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[Row] = []
        self.answers: dict[tuple[str, int, str | None], tuple[int, Json]] = {}
        self.closed: dict[dt.datetime, int] = {}
        self.trails: dict[str, tuple[int, tuple[AuditEntry, ...]]] = {}

    @initialize(
        named=st.sampled_from((1, 8, KEPT[0])),
        whole=st.sampled_from((1, 2, KEPT[1])),
        packed=st.sampled_from((0, 2_000, KEPT[3])),
    )
    def keep_so_much_in_memory(self, named: int, whole: int, packed: int) -> None:
        """What the writer keeps in memory makes no difference to what it decides."""
        presence.MOST_NAMED, presence.MOST_WHOLE = named, whole
        presence.MOST_CAPTURES, presence.MOST_PACKED_BYTES = whole, packed

    def teardown(self) -> None:
        """What was written, the independent checker finds as it was recorded."""
        presence.MOST_NAMED, presence.MOST_WHOLE, presence.MOST_CAPTURES, presence.MOST_PACKED_BYTES = KEPT
        try:
            report = self.verified()
            assert ("OK", ()) == (report.verdict, report.findings)
            self.check_transfer()
        finally:
            super().teardown()

    def verified(self) -> Report:
        """What the independent checker finds."""
        return verify_file(self.desk.path)

    def check_transfer(self) -> None:
        """Law 8 (model §5): import(export(log)) has the same root. And every byte besides."""
        if not self.desk.store.head().position:
            return
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / "copy.ledger"
            lines = LogExport(self.desk.store, self.desk.blobs, snapshots=True).lines()
            rows = list(self.desk.store.rows())
            # A clock that was put back may stand before what it stamped; whoever imports has one that is right.
            now = max(self.desk.clock.now(), instant_of(rows[-1].recorded_us))
            made = imported(b"".join(lines), copy, now=now)
            assert rows == rows_of(copy)
            assert base64.b64encode(naive_root([row.leaf for row in rows])).decode() == made.root

    @initialize(data=st.data())
    def chance(self, data: st.DataObject) -> None:
        """Where the laws draw from what they look at."""
        self.data = data

    def drawn(self, among: Sequence[Any]) -> Any:  # noqa: ANN401  whatever it is drawn among
        return self.data.draw(st.sampled_from(among))

    @property
    def history(self) -> History:
        return History(self.desk.store)

    def view(self, incident: str, known: int, public: str | None) -> Json:
        """The view at a point, from what lies in the store now."""
        axes = Axes(known=known, public=None if public is None else dt.datetime.fromisoformat(public))
        return reduced(incident_view(self.history.of_incident(incident), incident, axes))

    @precondition(lambda self: self.kept)
    @rule(pick=st.runner().flatmap(lambda self: st.sampled_from(sorted(self.kept))))
    def retry(self, pick: str) -> None:
        """Law 9 (model §5): A retried request is one event and one answer."""
        command, first = self.kept[pick]
        before = self.trace()
        again = self.attempt(command, request=Request(idempotency_key=pick, content=written(command)))
        assert isinstance(again, Receipt)
        assert again.replayed
        assert as_given(first) == as_given(again)
        assert before == self.trace()

    @precondition(lambda self: self.kept)
    @rule(pick=st.runner().flatmap(lambda self: st.sampled_from(sorted(self.kept))))
    def use_a_key_twice(self, pick: str) -> None:
        """Law 9, the other way round: another request is not answered for it, unless a redaction erased what was asked."""
        before = self.trace()
        answer = self.attempt(OPEN, request=Request(idempotency_key=pick, content=b"another"))
        if isinstance(answer, RefusedError):
            assert isinstance(answer, ConflictError)
        else:
            assert self.log.redactions() > 0
            assert as_given(self.kept[pick][1]) == as_given(answer)
        assert before == self.trace()

    @precondition(lambda self: self.log.facts())
    @rule(command=commands.acts_upon_facts(), off=st.sampled_from((-1, 1)))
    def ask_for_a_version_that_is_not_the_present_one(self, command: dict[str, Json], off: int) -> None:
        """An act decided against another version is refused, whatever else is wrong with it."""
        version = self.log.version(command["incident"], command["fact"]) + off
        assert isinstance(self.ask({**command, "expected_version": version}), StaleError)

    @rule()
    def restart(self) -> None:
        """What the writer kept in memory is what the log says, and closing and opening again changes nothing stored."""
        present, before = self.desk.writer._present, self.trace()
        incidents = [incident for incident, _ in held(present._incidents)]
        sources = [source for source, _ in held(present._sources)]
        whole = held_facts(present._facts), held(present._captures)
        frames = (
            [copy.deepcopy(present.incident(one)) for one in incidents],
            [copy.deepcopy(present._source_frame(one)) for one in sources],
        )
        self.desk.reopen()
        fresh = Present(self.desk.store)
        assert before == self.trace()
        assert frames == (
            [fresh.incident(one) for one in incidents],
            [fresh._source_frame(one) for one in sources],
        )
        assert whole == (
            [(place, fresh.fact(*place)) for place, _ in whole[0]],
            [(place, fresh.captures(*place)) for place, _ in whole[1]],
        )
        for incident in incidents:
            folded = reduce(evolve_incident, fresh.stream(incident_stream(incident)), IncidentState())
            assert {one: without_withdrawn(fact) for one, fact in folded.facts.items()} == {
                one: fresh.fact(incident, one) for one in folded.facts
            }

    @invariant()
    def positions_are_dense(self) -> None:
        """Position: place in the whole ledger, from 1, dense; version: place in one stream, from 1."""
        rows = list(self.desk.store.rows())
        assert list(range(1, len(self.log.acts) + 1)) == [row.position for row in rows]
        assert len(rows) == self.desk.store.head().position
        streams: dict[str, list[int]] = {}
        for row in rows:
            streams.setdefault(row.stream, []).append(row.version)
        assert all(list(range(1, len(versions) + 1)) == versions for versions in streams.values())

    @invariant()
    def time_never_goes_back(self) -> None:
        """One recorded_at per transaction, max(now, last + 1 µs): it rises with each transaction, whatever the clock does."""
        requests = [(act["recorded_at"], act["request"]) for act in self.log.acts]
        assert sorted(requests, key=lambda one: one[0]) == requests
        assert (
            len({at for at, _ in requests}) == len(set(requests)) == len({request for _, request in requests})
        )

    @invariant()
    def stored_bytes_stay(self) -> None:
        """Law 2, in bytes: events stay as they were; disclosures only lose lines, and only to a redaction."""
        rows = list(self.desk.store.rows())
        redacted = any(row.topic.startswith("Redacted@") for row in rows[len(self.rows) :])
        for old, new in zip(self.rows, rows, strict=False):
            assert (old.position, old.recorded_us, old.event, old.leaf) == (
                new.position,
                new.recorded_us,
                new.event,
                new.leaf,
            )
            left = set(new.disclosures.splitlines())
            assert left <= set(old.disclosures.splitlines()) if redacted else old == new
        self.rows = rows

    @invariant()
    def the_view_is_the_reference(self) -> None:
        """`state(known, public)`: the view is what the reference ledger says, at the head and at a point drawn anew."""
        head = len(self.log.acts)
        recorded = [act["recorded_at"] for act in self.log.acts]
        somewhere = (self.drawn(range(head + 1)), self.drawn((None, *INSTANTS, *recorded)))
        for incident in self.log.named("incident"):
            for known, public in ((head, None), somewhere):
                answer = self.view(incident, known, public)
                assert reference.state(self.log.acts, incident, known=known, public=public) == answer
                self.answers.setdefault((incident, known, public), (self.log.redactions(), answer))

    @precondition(lambda self: self.answers)
    @invariant()
    def earlier_answers_stand(self) -> None:
        """Law 2 (model §5): Appending never changes an answer at an earlier position or closed time, redaction masking apart."""
        asked = self.drawn(sorted(self.answers, key=str))
        redactions, before = self.answers[asked]
        now = self.view(*asked)
        if redactions == self.log.redactions():
            assert before == now
        elif asked[2] is None:
            # What is masked may decide when something was public or whether values conflict, never what was recorded.
            assert bones(before) == bones(now)
        for instant, position in self.closed.items():
            assert position == self.history.at_time(instant, instant).position

    @invariant()
    def a_time_is_a_prefix(self) -> None:
        """Law 3 (model §5): `known_at=T` is the prefix at the last position with `recorded_at ≤ T`; a transaction is never cut by time."""
        acts = self.log.acts
        near = dt.datetime.fromisoformat(self.drawn([act["recorded_at"] for act in acts]))
        instant = near + self.drawn((0, -1, 1)) * _MICROSECOND
        known = self.history.at_time(instant, instant)
        assert reference.position_at(acts, instant.isoformat()) == known.position
        if 0 < known.position < len(acts):
            assert acts[known.position - 1]["request"] != acts[known.position]["request"]
        assert known.final == (instant <= instant_of(self.desk.store.head().recorded_us))
        if known.final:
            self.closed[instant] = known.position

    @invariant()
    def the_trail_never_shrinks(self) -> None:
        """Law 5 (model §5): The audit trail never shrinks."""
        for incident in self.log.named("incident"):
            trail = audit_trail(self.history.of_incident(incident), incident, len(self.log.acts))
            redactions, before = self.trails.get(incident, (0, ()))
            assert len(self.log.versions("incident")) >= len(trail) >= len(before)
            assert [act["event_id"] for act in self.log.acts if act["stream"] == f"incident/{incident}"] == [
                entry.event_id for entry in trail
            ]
            for old, new in zip(before, trail, strict=False):
                if redactions == self.log.redactions():
                    assert old == new
                else:
                    assert {change.path for change in old.changes} <= {change.path for change in new.changes}
                    assert is_kept(by_path(old), by_path(new)), (old, new)
            self.trails[incident] = self.log.redactions(), trail


def bones(answer: Json) -> Json:
    """What of an answer no redaction changes: which facts there are, at which version, who attests them, how disputes stand."""
    if answer is None:
        return None
    return {
        fact: (one["version"], {*one["attestations"]}, one["disputes"])
        for fact, one in answer["facts"].items()
    }


TestLawfulHistory = LawfulHistory.TestCase
# Explaining a failure takes minutes here and says nothing: the failing steps are what is to be read.
TestLawfulHistory.settings = settings(
    max_examples=max(1, settings().max_examples // 3),
    stateful_step_count=40,
    phases=(Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink),
)
