"""The account of a source: what was known of it at a position, from a ledger that is read as it was recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ledger.errors import RuleError
from ledger.history import History
from ledger.values import Absent
from projections.axes import Axes
from projections.incident_view import incident_view
from projections.source_account import (
    SourceAccount,
    acts_citing,
    facts_citing,
    is_attested_by,
    source_accounts,
)
from tests.desk import Desk, cited, fact

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ledger.events import Act, Recorded

END = 10**9


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path / "a.ledger")
    made.begin()
    made.act(
        {"op": "register-source", "id": "wire", "kind": "article", "title": "Wire", "publisher": "A wire"}
    )
    yield made
    made.close()


def _events(desk: Desk) -> list[Recorded[Act]]:
    history = History(desk.store)
    streams = ("incident/stop", *desk.store.streams("source/"))
    return sorted(
        (event for stream in streams for event in history.stream(stream)), key=lambda event: event.position
    )


def _account(desk: Desk, source: str = "release", known: int = END) -> SourceAccount:
    return source_accounts(_events(desk), known)[source]


def test_the_description_is_the_one_that_stood_at_the_position(desk: Desk) -> None:
    before = desk.store.head().position
    desk.act({"op": "amend-source", "source": "release", "title": "Another", "reason": "a typo"})

    assert "Release of the police" == _account(desk, known=before).description.title
    assert ("Another", "release", 2) == (
        _account(desk).description.title,
        _account(desk).description.kind,
        _account(desk).version,
    )


def test_the_sources_stand_in_the_order_of_their_registration_and_not_before_it(desk: Desk) -> None:
    assert ["release", "wire"] == list(source_accounts(_events(desk), END))
    assert ["release"] == list(source_accounts(_events(desk), 3))
    assert {} == source_accounts(_events(desk), 2)


def test_captures_notices_and_lineage_are_those_recorded_by_then(desk: Desk) -> None:
    desk.capture()
    known = desk.store.head().position
    desk.capture("Another text.")
    desk.act({"op": "declare-lineage", "source": "wire", "relation": "copies", "to": "release"})
    desk.act(
        {
            "op": "record-notice",
            "source": "release",
            "type": "correction",
            "summary": "It was 15 feet.",
            "scope": "all",
            "published": {"edtf": "2021-05-09", "zone": "UTC"},
            "citation": cited("c1"),
        }
    )

    then, now = _account(desk, known=known), _account(desk)
    assert (1, 0, 0) == (len(then.captures), len(then.notices), len(then.copied_by))
    assert (2, 1, 1) == (len(now.captures), len(now.notices), len(now.copied_by))
    assert ("wire", "release", "copies", False) == tuple(
        getattr(now.copied_by[0], name) for name in ("source", "to", "relation", "revoked")
    )
    assert now.copied_by == _account(desk, "wire").copied_from


def test_lineage_that_was_revoked_is_shown_as_revoked(desk: Desk) -> None:
    desk.act({"op": "declare-lineage", "source": "wire", "relation": "copies", "to": "release"})
    desk.act({"op": "revoke-lineage", "source": "wire", "lineage": 1, "reason": "it did not"})

    assert [True] == [one.revoked for one in _account(desk, "wire").copied_from]
    assert [True] == [one.revoked for one in _account(desk).copied_by]


def test_a_redacted_snapshot_leaves_its_tombstone_also_at_an_earlier_position(desk: Desk) -> None:
    desk.capture()
    known = desk.store.head().position
    kept = desk.capture("Another text.")
    redaction = desk.redact(
        source="release", snapshots=[_account(desk, known=known).captures[0].act.snapshot]
    )

    (then,) = _account(desk, known=known).captures
    assert redaction.position == then.redacted_at
    assert [redaction.position, None] == [one.redacted_at for one in _account(desk).captures]
    assert kept == _account(desk).captures[1].act.snapshot


def test_bytes_that_two_sources_share_are_gone_in_both_and_not_taken_in_through_a_third(desk: Desk) -> None:
    digest = desk.capture()
    desk.capture(source="wire")
    redaction = desk.redact(source="release", snapshots=[digest])

    assert [redaction.position] == [one.redacted_at for one in _account(desk, "wire").captures]
    desk.act({"op": "register-source", "id": "third", "kind": "release", "title": "A third"})
    with pytest.raises(RuleError, match="redacted"):
        desk.capture(source="third")
    assert [] == list(_account(desk, "third").captures)
    assert [redaction.position] == [one.redacted_at for one in _account(desk, "wire").captures]


def test_a_redacted_title_is_absent_and_the_source_stays(desk: Desk) -> None:
    desk.redact(source="wire", events=[{"version": 1, "paths": ["title", "publisher"]}])

    described = _account(desk, "wire").description
    assert (Absent(absent="undisclosed"),) * 2 == (described.title, described.publisher)


def test_the_facts_that_cite_a_source_are_those_with_a_passage_of_it_however_it_counts(desk: Desk) -> None:
    desk.act(fact("drag", citations=[cited("a1"), cited("a2", source="wire")]))
    desk.act(fact("other"))
    desk.act(
        {
            "op": "withdraw-attestation",
            "incident": "stop",
            "fact": "drag",
            "attestation": "a2",
            "cause": "our-misreading",
            "reason": "misread",
        }
    )
    view = incident_view(_events(desk), "stop", Axes(known=desk.store.head().position))
    assert view is not None

    assert ["drag", "other"] == [one.fact for one in facts_citing(view, "release")]
    (found,) = facts_citing(view, "wire")
    assert ("stop", "drag", "reported", ["withdrawn"]) == (
        found.incident,
        found.fact,
        found.status,
        [one.why for one in found.passages],
    )
    assert is_attested_by(_events(desk), "wire")
    assert not is_attested_by(_events(desk), "nobody")


def test_an_act_that_names_a_source_as_its_ground_is_found_up_to_the_position(desk: Desk) -> None:
    desk.act(fact("drag"))
    retraction = desk.act(
        {
            "op": "retract-fact",
            "incident": "stop",
            "fact": "drag",
            "cause": "source-error",
            "reason": "the wire took it back",
            "citations": [cited("c1", source="wire")],
        }
    )
    events = _events(desk)

    (act,) = acts_citing(events, "wire", END)
    assert ("incident/stop", retraction.position, "FactRetracted", "drag") == (
        act.stream,
        act.position,
        act.type,
        act.fact,
    )
    assert () == acts_citing(events, "wire", (retraction.position or 0) - 1)
    assert () == acts_citing(events, "release", END)
