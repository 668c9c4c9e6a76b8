"""The registry: with which vocabulary a ledger began, and the kinds in force since."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ledger.codec import FORMAT, type_name
from ledger.errors import ConflictError, IntegrityError, UnknownSchemaError
from ledger.events import IncidentOpened, KindRegistered, LedgerOpened, Recorded, VocabularyRef
from ledger.kinds import LATEST_VOCABULARY, Kinds, load_vocabulary
from ledger.registry import RegistryState, evolve_registry
from ledger.values import Absent
from tests.fakes import NOON

if TYPE_CHECKING:
    from ledger.events import Act

UNDISCLOSED = Absent(absent="undisclosed")
SHIPPED = load_vocabulary()


def event(act: Act, version: int) -> Recorded[Act]:
    """An act as an entry of the registry."""
    name, schema = type_name(act)
    return Recorded(
        position=version,
        format=FORMAT,
        type=name,
        schema=schema,
        event_id=f"e{version}",
        request=f"r{version}",
        stream="registry",
        version=version,
        recorded_at=NOON,
        actor="desk",
        body=act,
    )


def folded(*acts: Act) -> RegistryState:
    """The state after the acts."""
    state = RegistryState.empty()
    for version, act in enumerate(acts, 1):
        state = evolve_registry(state, event(act, version))
    return state


def opened(version: int = SHIPPED.version, digest: str = SHIPPED.digest) -> LedgerOpened:
    """The first act of a ledger."""
    return LedgerOpened(
        ledger="example.org/test",
        ledger_format=FORMAT,
        vocabulary=VocabularyRef(version=version, digest=digest),
    )


def kind(version: int = 1, label: str | Absent = "Bite") -> KindRegistered:
    """A user's kind."""
    return KindRegistered(
        slug="canine.bite",
        version=version,
        label=label,
        definition="A source reports that a police dog bit somebody.",
        schema='{"additionalProperties":false}',
    )


def test_before_its_first_event_a_ledger_will_begin_with_the_newest_vocabulary() -> None:
    state = RegistryState.empty()
    assert (state.version, state.ledger) == (0, "")
    assert state.kinds == Kinds.of(load_vocabulary(LATEST_VOCABULARY))


def test_a_ledger_begins_with_its_id_and_vocabulary() -> None:
    state = folded(opened())
    assert (state.version, state.ledger) == (1, "example.org/test")
    assert state.kinds == Kinds.of(SHIPPED)


def test_a_ledger_begins_once() -> None:
    with pytest.raises(IntegrityError, match="position 3: a ledger begins once"):
        folded(opened(), kind(), opened())


def test_another_file_under_the_same_number_is_refused() -> None:
    with pytest.raises(IntegrityError, match=f"position 1: .*{SHIPPED.digest}"):
        folded(opened(digest="sha256:" + "0" * 64))


def test_a_vocabulary_of_a_newer_program_is_refused() -> None:
    with pytest.raises(UnknownSchemaError, match="a newer program may know more"):
        folded(opened(version=LATEST_VOCABULARY + 1))


def test_a_registered_kind_is_in_force() -> None:
    before = folded(opened())
    state = evolve_registry(before, event(kind(), 2))
    found = state.kinds.get("canine.bite@1")
    assert found is not None
    assert (found.label, found.schema, found.roles) == ("Bite", {"additionalProperties": False}, ())
    assert (state.version, state.ledger) == (2, "example.org/test")
    assert before.kinds.get("canine.bite@1") is None


def test_a_kind_that_is_not_disclosed_keeps_its_version_in_use() -> None:
    state = folded(opened(), kind(1, UNDISCLOSED))
    assert state.version == 2
    assert state.kinds.get("canine.bite@1") is None
    assert state.kinds.next_version("canine.bite") == 2
    assert evolve_registry(state, event(kind(2), 3)).kinds.newest("canine.bite") is not None


def test_a_version_twice_is_no_registry() -> None:
    with pytest.raises(ConflictError, match=r"canine\.bite@1 is in use"):
        folded(opened(), kind(), kind())


def test_an_act_of_another_sort_of_stream_is_refused() -> None:
    with pytest.raises(IntegrityError, match="position 2: IncidentOpened does not belong in the registry"):
        folded(opened(), IncidentOpened(title="x", zone="UTC"))


def test_a_kind_before_the_beginning_is_refused() -> None:
    with pytest.raises(IntegrityError, match="position 1: a ledger begins with LedgerOpened"):
        folded(kind())
