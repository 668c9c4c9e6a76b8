"""The state of a source's stream, event by event."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ledger.codec import FORMAT, type_name
from ledger.errors import IntegrityError
from ledger.events import (
    IncidentOpened,
    LineageDeclared,
    LineageRevoked,
    Recorded,
    Redacted,
    RedactedEvent,
    SnapshotCaptured,
    SourceAmended,
    SourceNoticeRecorded,
    SourceRegistered,
)
from ledger.source import LineageEdge, SourceState, evolve_source
from ledger.values import Absent
from ledger.when import Published
from tests.fakes import NOON

if TYPE_CHECKING:
    from ledger.events import Act

DIGEST = "sha256:" + "1" * 64
UNDISCLOSED = Absent(absent="undisclosed")
REGISTERED = SourceRegistered(
    kind="article", title="Two injured", publisher="The Paper", authors=("A. Reporter",), published="never"
)


def event(act: Act, version: int) -> Recorded[Act]:
    """An act as an entry of a source's stream."""
    name, schema = type_name(act)
    return Recorded(
        position=version + 1,
        format=FORMAT,
        type=name,
        schema=schema,
        event_id=f"e{version}",
        request=f"r{version}",
        stream="source/paper",
        version=version,
        recorded_at=NOON,
        actor="desk",
        body=act,
    )


def folded(*acts: Act) -> SourceState:
    """The state after the acts."""
    state = SourceState()
    for version, act in enumerate(acts, 1):
        state = evolve_source(state, event(act, version))
    return state


def capture(at: str | Absent = "2021-05-08T11:00:00Z", extraction: str | None = None) -> SnapshotCaptured:
    """A capture of the same bytes."""
    return SnapshotCaptured(
        snapshot=DIGEST, size_bytes=1, media_type="text/plain", captured_at=at, extraction=extraction
    )


def test_before_its_first_event_a_source_is_nothing() -> None:
    state = SourceState()
    assert (state.version, state.registered, state.copied_from()) == (0, None, set())


def test_a_registered_source_has_its_description() -> None:
    assert folded(REGISTERED) == SourceState(version=1, registered=REGISTERED, published="never")


def test_an_amendment_replaces_what_it_carries_and_nothing_else() -> None:
    noon = Published(earliest="2021-05-08T12:00:00Z", latest="2021-05-08T12:00:00Z")
    state = folded(
        REGISTERED, SourceAmended(title="Two hurt", authors=(), published=noon, reason="So it says.")
    )
    after = SourceRegistered(
        kind="article", title="Two hurt", publisher="The Paper", authors=(), published=noon
    )
    assert state == SourceState(version=2, registered=after, published=noon)


def test_a_redacted_amendment_leaves_the_member_undisclosed_not_as_it_was() -> None:
    state = folded(REGISTERED, SourceAmended(title=UNDISCLOSED, reason=UNDISCLOSED))
    assert state.registered is not None
    assert state.registered.title == UNDISCLOSED


def test_the_newest_capture_stands_and_every_time_is_kept() -> None:
    first, second = capture(), capture("2021-05-08T11:30:00Z", extraction=DIGEST)
    state = folded(REGISTERED, first, second)
    assert dict(state.snapshots) == {DIGEST: second}
    assert dict(state.captured_at) == {DIGEST: ("2021-05-08T11:00:00Z", "2021-05-08T11:30:00Z")}


def test_a_redacted_capture_time_is_no_time() -> None:
    state = folded(REGISTERED, capture(UNDISCLOSED))
    assert dict(state.captured_at) == {DIGEST: ()}
    assert DIGEST in state.snapshots


def test_notices_are_counted() -> None:
    def notice(number: int) -> SourceNoticeRecorded:
        return SourceNoticeRecorded(
            notice=number,
            type="correction",
            summary="It was 20 feet.",
            scope="all",
            published=Published(as_stated="today"),
        )

    assert folded(REGISTERED, notice(1), notice(2)).notices == 2


def test_a_revoked_lineage_keeps_its_number_and_no_longer_counts() -> None:
    state = folded(
        REGISTERED,
        LineageDeclared(lineage=1, relation="copies", to="wire"),
        LineageDeclared(lineage=2, relation="rewrites", to="post"),
        LineageRevoked(lineage=1, reason="It was written first."),
    )
    assert dict(state.lineage) == {
        1: LineageEdge(to="wire", standing=False),
        2: LineageEdge(to="post", standing=True),
    }
    assert state.copied_from() == {"post"}


def test_redacted_snapshots_are_remembered_and_other_redactions_only_counted() -> None:
    def redacted(*snapshots: str) -> Redacted:
        events = () if snapshots else (RedactedEvent(version=1, paths=("title",)),)
        return Redacted(
            events=events, snapshots=snapshots, legal_basis="court order", authority="a court", reason="x"
        )

    state = folded(REGISTERED, capture(), redacted())
    assert (state.version, state.redacted_snapshots) == (3, frozenset())
    state = folded(REGISTERED, capture(), redacted(DIGEST))
    assert (state.version, state.redacted_snapshots) == (3, frozenset({DIGEST}))


def test_folding_leaves_the_state_before_as_it_was() -> None:
    before = folded(REGISTERED, capture())
    after = evolve_source(before, event(capture("2021-05-08T11:30:00Z"), 3))
    assert before == folded(REGISTERED, capture())
    assert after != before


DECLARED = LineageDeclared(lineage=1, relation="copies", to="wire")
REVOKED = LineageRevoked(lineage=1, reason="It was written first.")


@pytest.mark.parametrize(
    ("acts", "saying"),
    [
        (
            [SourceAmended(title="Two hurt", reason="x")],
            "version 1 of the stream: the source was never registered",
        ),
        ([capture()], "version 1 of the stream: the source was never registered"),
        (
            [REGISTERED, capture(), REGISTERED],
            "version 3 of the stream: the source is registered a second time",
        ),
        ([REGISTERED, REVOKED], "version 2 of the stream: lineage 1 is revoked that does not stand"),
        ([REGISTERED, DECLARED, REVOKED, REVOKED], "version 4 of the stream: lineage 1 is revoked"),
        ([REGISTERED, DECLARED, DECLARED], "version 3 of the stream: lineage 1 is declared out of its order"),
        (
            [REGISTERED, IncidentOpened(title="x", zone="UTC")],
            "IncidentOpened does not belong in a source's stream",
        ),
    ],
    ids=[
        "amended first",
        "captured first",
        "twice",
        "revoked first",
        "revoked twice",
        "one number twice",
        "another stream",
    ],
)
def test_what_no_ledger_records_is_not_folded(acts: list[Act], saying: str) -> None:
    with pytest.raises(IntegrityError, match=saying):
        folded(*acts)
