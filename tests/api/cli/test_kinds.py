"""kinds: those that are shipped, and those that a ledger's users registered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ledger.kinds import LATEST_VOCABULARY, load_vocabulary
from tests.api.command_line import ask, desk, record

if TYPE_CHECKING:
    from pathlib import Path

SHIPPED = [kind.ref for kind in load_vocabulary(LATEST_VOCABULARY).kinds]
OWN = {
    "op": "register-kind",
    "slug": "kettle",
    "version": 1,
    "label": "Kettle",
    "definition": "A source reports that people were not let out of a place.",
    "schema": {"type": "object", "additionalProperties": False},
    "roles": ["held"],
}


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    path = tmp_path / "desk.ledger"
    record(path, *desk()[:1], OWN, {**OWN, "version": 2})
    return path


def test_without_a_ledger_the_shipped_kinds_are_listed_and_none_is_made(tmp_path: Path) -> None:
    path = tmp_path / "none.ledger"
    answer = ask("kinds", "--ledger", path, "--json")

    assert 0 == answer.code
    assert sorted(SHIPPED) == sorted(one["ref"] for one in answer.json["items"])
    assert f"there is no ledger at {path}; these are the kinds that a new one begins with\n" == answer.err
    assert not path.exists()


def test_kinds_registered_by_users_are_listed_with_their_versions(ledger: Path) -> None:
    refs = [one["ref"] for one in ask("kinds", "--ledger", ledger, "--json").json["items"]]

    assert {"kettle@1", "kettle@2", *SHIPPED} == set(refs)
    assert len(refs) == len(set(refs))


@pytest.mark.parametrize(
    ("known_at", "expected"), [("2", set()), ("3", {"kettle@1"}), ("4", {"kettle@1", "kettle@2"})]
)
def test_the_kinds_at_a_position_are_those_in_force_there(
    ledger: Path, known_at: str, expected: set[str]
) -> None:
    found = ask("kinds", "--ledger", ledger, "--known-at", known_at, "--json").json

    assert expected == {one["ref"] for one in found["items"]} - set(SHIPPED)
    assert (int(known_at), True) == (found["position"], found["final"])


def test_a_kind_is_listed_with_its_label_and_definition(ledger: Path) -> None:
    lines = ask("kinds", "--ledger", ledger).out.splitlines()

    assert (
        "kettle@2                    Kettle: A source reports that people were not let out of a place."
        in lines
    )
    assert lines[-1].startswith("as known at position ")


def test_a_point_of_a_ledger_that_is_not_there_is_a_fault_of_usage(tmp_path: Path) -> None:
    answer = ask("kinds", "--ledger", tmp_path / "none.ledger", "--known-at", "3")

    assert 2 == answer.code
    assert "there is no ledger" in answer.err
