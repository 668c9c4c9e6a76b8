"""Facts that are kept whole and packed: what comes back is what was put in, and never an older one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.events import FactReported
from ledger.incident import AttestationState, FactState, evolve_fact
from ledger.kept import PLACE_BYTES, KeptFacts, packed, unpacked
from ledger.present import Present
from tests.desk import AGENCY, Desk, fact
from tests.strategies_events import acts_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ledger.events import FactAct
    from ledger.values import Json

_OPEN: dict[str, Json] = {
    "op": "open-incident",
    "id": "stop",
    "title": "Traffic stop",
    "zone": "America/Chicago",
}


def _plain(state: FactState) -> object:
    """All that a state says, types and texts and all."""
    known = {key: msgspec.to_builtins(one) for key, one in state.attestations.items()}
    return msgspec.to_builtins(state.content), state.version, state.retracted, known, dict(state.disputes)


@given(acts_of(FactReported), st.dictionaries(st.integers(1, 9), st.booleans()), st.data())
def test_a_fact_that_was_packed_is_the_fact_that_it_was(
    act: FactAct, disputes: dict[int, bool], data: st.DataObject
) -> None:
    state = evolve_fact(None, act, 1)
    withdrawn = {
        key: AttestationState(
            attestation=one.attestation, version=one.version, withdrawn=data.draw(st.booleans())
        )
        for key, one in state.attestations.items()
    }
    state = msgspec.structs.replace(
        state,
        retracted=data.draw(st.booleans()),
        disputes=state.disputes.update(disputes),
        attestations=state.attestations.update(withdrawn),
    )

    found = unpacked(packed(state))

    assert state == found
    assert _plain(state) == _plain(found)


def test_what_a_later_rule_would_refuse_is_unpacked_as_it_was(
    monkeypatch: pytest.MonkeyPatch, desk: Desk
) -> None:
    state = desk.writer._present.fact("stop", "f0")
    assert state is not None
    data = packed(state)

    def refuse(_: object) -> None:
        raise AssertionError("judged again")

    monkeypatch.setattr(type(state.content), "check", refuse)
    assert state == unpacked(data)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path / "test.ledger")
    made.act(AGENCY)
    made.act(_OPEN)
    for number in range(4):
        made.act(fact(f"f{number}"))
    yield made
    made.close()


@pytest.fixture
def states(desk: Desk) -> list[FactState]:
    found = [desk.writer._present.fact("stop", f"f{number}") for number in range(4)]
    return [one for one in found if one is not None]


def _kept(*, whole: int, room: int) -> KeptFacts:
    return KeptFacts(lambda: whole, lambda: room)


def test_what_has_no_room_whole_is_packed_and_whole_again_where_it_is_asked_for(
    states: list[FactState],
) -> None:
    kept = _kept(whole=2, room=1_000_000)
    keys = [("stop", f"f{number}") for number in range(4)]
    for key, state in zip(keys, states, strict=True):
        kept.put(key, state, 1)
    assert (keys[2:], keys[:2]) == (list(kept._whole._states), list(kept._packed))

    assert states[0] == kept.get(keys[0])
    assert ([keys[3], keys[0]], [keys[1], keys[2]]) == (list(kept._whole._states), list(kept._packed))
    assert sum(len(data) + PLACE_BYTES for data, _ in kept._packed.values()) == kept._packed_bytes


def test_a_newer_state_leaves_no_older_one_behind(states: list[FactState]) -> None:
    kept = _kept(whole=1, room=1_000_000)
    old, other, new = states[:3]
    kept.put(("stop", "a"), old, 1)
    kept.put(("stop", "b"), other, 1)
    kept.put(("stop", "a"), new, 1)
    assert [("stop", "b")] == list(kept._packed)
    kept.put(("stop", "b"), other, 1)

    assert new == kept.get(("stop", "a"))


def test_what_is_forgotten_is_in_neither_place(states: list[FactState]) -> None:
    kept = _kept(whole=1, room=1_000_000)
    for number, state in enumerate(states):
        kept.put(("stop", f"f{number}"), state, 1)
    for number in range(4):
        kept.forget(("stop", f"f{number}"))

    assert [None] * 4 == [kept.get(("stop", f"f{number}")) for number in range(4)]
    assert (0, 0, 0) == (len(kept._whole), len(kept._packed), kept._packed_bytes)


@pytest.mark.parametrize("room", [0, 1, 3])
def test_packed_facts_take_no_more_than_they_may(states: list[FactState], room: int) -> None:
    size = max(len(packed(state)) for state in states) + PLACE_BYTES
    kept = _kept(whole=1, room=room * size)
    for number in range(40):
        kept.put(("stop", f"f{number}"), states[number % 4], 1)

    assert room == len(kept._packed)
    assert kept._packed_bytes <= room * size
    assert states[39 % 4] == kept.get(("stop", "f39"))


def test_words_that_were_redacted_are_in_no_packed_fact(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.present.MOST_WHOLE", 1)
    desk.act(fact("last", statement="Zebedee Quirk was dragged."))
    desk.act({"op": "dispute-fact", "incident": "stop", "fact": "f0", "by": "the mayor", "grounds": "g"})
    kept = desk.writer._present._facts
    assert any(b"Zebedee" in data for data, _ in kept._packed.values())

    desk.redact(facts=[{"fact": "last", "paths": ["statement"]}])

    assert not any(b"Zebedee" in data for data, _ in kept._packed.values())
    for number in range(4):
        place = ("stop", f"f{number}")
        assert Present(desk.store).fact(*place) == desk.writer._present.fact(*place)
