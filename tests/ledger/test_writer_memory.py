"""What the writer keeps in memory: little, and whatever is not kept is read again."""

from __future__ import annotations

import tracemalloc
from typing import TYPE_CHECKING

import pytest

from ledger.append import Ask, Receipt
from ledger.errors import ConflictError
from ledger.present import MOST_NAMED, MOST_WHOLE, Present
from tests.desk import AGENCY, DESK, Desk, fact

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ledger.stores.contract import Batch
    from ledger.values import Json

OPEN: dict[str, Json] = {
    "op": "open-incident",
    "id": "stop",
    "title": "Traffic stop",
    "zone": "America/Chicago",
}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path / "test.ledger")
    yield made
    made.close()


def test_memory_is_bounded_and_what_was_dropped_is_read_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert min(MOST_NAMED, MOST_WHOLE) >= 1_000
    monkeypatch.setattr("ledger.present.MOST_NAMED", 6)
    for number in range(5):
        desk.act(OPEN | {"id": f"stop-{number}"})
    for number in range(5):
        with pytest.raises(ConflictError):
            desk.act(OPEN | {"id": f"stop-{number}"})

    assert 2 == len(desk.writer._present._incidents)


def test_memory_is_bounded_by_facts_and_not_by_incidents(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.present.MOST_NAMED", 12)
    desk.act(AGENCY)
    kept = desk.writer._present._incidents
    weights = []
    for number in range(4):
        desk.act(OPEN | {"id": f"stop-{number}"})
        for one in range(3):
            desk.act(fact(incident=f"stop-{number}", id=f"f{one}"))
            weights.append((len(kept), kept._weight))
    # Each incident weighs three more than it has facts; one that grows by itself is kept whatever it weighs.
    assert [(1, 4), (1, 5), (1, 6), (2, 10), (2, 11), (2, 12)] == weights[:6]
    assert all(weight <= 12 and count <= 2 for count, weight in weights)
    for one in range(3, 12):
        desk.act(fact(incident="stop-3", id=f"f{one}"))
    assert (1, 15) == (len(kept), kept._weight)

    # What was dropped is read again, and decided upon as it stands.
    with pytest.raises(ConflictError):
        desk.act(fact(incident="stop-0", id="f2"))
    assert 5 == desk.act(fact(incident="stop-0", id="f3")).version


@pytest.mark.parametrize("again", [0, 40], ids=["a few acts", "many acts"])
def test_a_fact_that_is_kept_no_longer_is_read_again_where_its_acts_lie(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, again: int
) -> None:
    monkeypatch.setattr("ledger.present.MOST_WHOLE", 1)
    monkeypatch.setattr("ledger.present.MOST_PACKED_BYTES", 0)
    desk.act(AGENCY)
    desk.act(OPEN)
    for ident in ("f0", "f1", "f2", "f3", "f4", "f5", "f6", "f7"):
        desk.act(fact(id=ident))
    attest = {"op": "attest-fact", "incident": "stop", "fact": "f0"}
    for number in range(again):
        cited = {"id": f"more-{number}", "source": "release", "speaker": {"name": f"speaker {number}"}}
        desk.act(attest | {"attestation": cited})
        desk.act({"op": "dispute-fact", "incident": "stop", "fact": "f3", "by": "the mayor", "grounds": "g"})
    kept = desk.writer._present._facts._whole

    desk.act({"op": "dispute-fact", "incident": "stop", "fact": "f0", "by": "the mayor", "grounds": "g"})
    # The last is kept whatever it weighs: the report, and an eighth for each further act.
    weight = 1 + (again + 2) // 8
    assert [(("stop", "f0"), weight)] == [(key, one[1]) for key, one in kept._states.items()]
    assert weight == kept._weight
    state = desk.writer._present.fact("stop", "f0")
    assert state is not None
    assert (again + 1, {1: True}) == (len(state.attestations), dict(state.disputes))
    assert state == Present(desk.store).fact("stop", "f0")


def test_of_a_withdrawn_citation_it_is_kept_in_memory_that_it_was_there(desk: Desk) -> None:
    desk.act(AGENCY)
    desk.act(OPEN)
    desk.act(fact())
    about = {"incident": "stop", "fact": "drag"}
    more = {"id": "more", "source": "release", "speaker": {"name": "the chief"}}
    desk.act({"op": "attest-fact", **about, "attestation": more})
    withdraw = {
        "op": "withdraw-attestation",
        **about,
        "attestation": "more",
        "cause": "our-misreading",
        "reason": "r",
    }
    desk.act(withdraw)
    state = desk.writer._present.fact("stop", "drag")

    assert state is not None
    assert "more" not in state.standing()
    assert ("withdrawn", True) == (
        state.attestations["more"].attestation.source,
        state.attestations["more"].withdrawn,
    )
    with pytest.raises(ConflictError):
        desk.act(withdraw)
    with pytest.raises(ConflictError):
        desk.act({"op": "attest-fact", **about, "attestation": more | {"speaker": {"name": "another"}}})
    # The passage may attest the fact once more, under an id of its own.
    assert desk.act({"op": "attest-fact", **about, "attestation": more | {"id": "again"}}).position


def test_of_an_act_that_waits_for_its_transaction_the_bytes_are_kept_and_no_more(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.present.MOST_WHOLE", 1)
    monkeypatch.setattr("ledger.present.MOST_PACKED_BYTES", 0)
    desk.act(AGENCY)
    desk.act(OPEN)
    asks = [Ask(command=desk.command(fact(f"f{number}")), caller=DESK) for number in range(400)]
    append, taken, stored = desk.store.append, [], []

    def measured(batch: Batch) -> object:
        taken.append(tracemalloc.get_traced_memory()[0])
        stored.append(sum(len(one.event) + len(one.disclosures) for one in batch.events))
        return append(batch)

    monkeypatch.setattr(desk.store, "append", measured)
    tracemalloc.start()
    outcomes = desk.writer.record_all(asks, atomic=True)
    tracemalloc.stop()

    assert all(isinstance(one, Receipt) for one in outcomes)
    # Beside the bytes: a receipt, what a fact's place takes, and objects around them.
    assert taken[0] < 3 * stored[0]


def test_an_act_that_waits_for_its_transaction_is_read_again_from_its_bytes(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.present.MOST_WHOLE", 1)
    monkeypatch.setattr("ledger.present.MOST_PACKED_BYTES", 0)
    desk.act(AGENCY)
    dispute = {"op": "dispute-fact", "by": "the mayor", "grounds": "g"}
    given: list[dict[str, Json]] = []
    for incident in ("stop", "march"):
        given.append(OPEN | {"id": incident})
        given += [fact(f"f{number}", incident=incident) for number in range(6)]
    given += [
        dispute | {"incident": one, "fact": f"f{number}"} for number in range(6) for one in ("stop", "march")
    ]
    given += [dispute | {"incident": "stop", "fact": "f0"}]

    outcomes = desk.writer.record_all(
        [Ask(command=desk.command(one), caller=DESK) for one in given], atomic=True
    )

    assert [None] * len(given) == [None if isinstance(one, Receipt) else one for one in outcomes]
    state = desk.writer._present.fact("stop", "f0")
    assert state is not None
    assert {1: True, 2: True} == dict(state.disputes)
    assert state == Present(desk.store).fact("stop", "f0")
