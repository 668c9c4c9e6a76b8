"""Who copied whom: declaring and revoking, and that no sequence of both ever closes a circle."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from ledger.citation import Citation
from ledger.errors import ConflictError, InvalidError, RefusedError, RuleError, UnknownError
from ledger.events import LineageDeclared, LineageRevoked
from ledger.terms import LineageRelation
from tests.ledger.source_specification import Given, given


def source(ident: str) -> dict[str, Any]:
    """A source to register."""
    return {"op": "register-source", "id": ident, "kind": "article", "title": f"Work {ident}"}


def declare(ident: str, to: str, relation: str = "copies", **more: Any) -> dict[str, Any]:
    """A declaration that `ident` copies `to`."""
    return {"op": "declare-lineage", "source": ident, "relation": relation, "to": to, **more}


def revoke(ident: str, lineage: int, reason: str = "It was written first.") -> dict[str, Any]:
    """A declaration taken back."""
    return {"op": "revoke-lineage", "source": ident, "lineage": lineage, "reason": reason}


FOUR = [source(ident) for ident in "abcd"]


@pytest.mark.parametrize("relation", get_args(LineageRelation))
def test_every_way_of_copying_is_recorded(relation: LineageRelation) -> None:
    act = LineageDeclared(lineage=1, relation=relation, to="b")
    given(*FOUR).when(declare("a", "b", relation)).then(act, ident="1", stream="source/a")


def test_a_passage_may_say_who_copied_whom() -> None:
    cited = Citation(id="c1", source="a")
    act = LineageDeclared(lineage=1, relation="syndicates", to="b", citations=(cited,))
    given(*FOUR).when(declare("a", "b", "syndicates", citation={"id": "c1", "source": "a"})).then(
        act, ident="1", stream="source/a"
    )


def test_a_source_may_copy_several_and_several_may_copy_one() -> None:
    ledger = given(*FOUR, declare("a", "c"), declare("b", "c"))
    ledger.when(declare("a", "d")).then(
        LineageDeclared(lineage=2, relation="copies", to="d"), ident="2", stream="source/a"
    )
    assert ledger.context().source("a").copied_from() == {"c", "d"}


def test_two_ways_to_one_work_are_no_circle() -> None:
    ledger = given(*FOUR, declare("a", "b"), declare("b", "d"), declare("a", "c"))
    ledger.when(declare("c", "d")).then(
        LineageDeclared(lineage=1, relation="copies", to="d"), ident="1", stream="source/c"
    )


@pytest.mark.parametrize(
    ("before", "closing"),
    [
        ([], ("a", "a")),
        ([("a", "b")], ("b", "a")),
        ([("a", "b"), ("b", "c")], ("c", "a")),
        ([("a", "b"), ("b", "c"), ("c", "d")], ("d", "a")),
        ([("a", "c"), ("a", "b"), ("b", "d")], ("d", "a")),
        ([("b", "c"), ("c", "d"), ("a", "b")], ("d", "b")),
    ],
    ids=["itself", "one hand", "two hands", "three hands", "the second branch", "a part of the way"],
)
def test_a_circle_is_refused_over_however_many_hands(
    before: list[tuple[str, str]], closing: tuple[str, str]
) -> None:
    refused = (
        given(*FOUR, *(declare(*edge) for edge in before))
        .when(declare(*closing))
        .refuses(RuleError, field="/to", saying="copy")
    )
    assert refused.rule == "lineage-cycle"


def test_a_revoked_declaration_closes_no_circle() -> None:
    given(*FOUR, declare("a", "b"), declare("b", "c"), revoke("a", 1)).when(declare("c", "a")).then(
        LineageDeclared(lineage=1, relation="copies", to="a"), ident="1", stream="source/c"
    )


def test_what_was_revoked_may_be_declared_again_with_the_next_number() -> None:
    given(*FOUR, declare("a", "b"), revoke("a", 1)).when(declare("a", "b", "rewrites")).then(
        LineageDeclared(lineage=2, relation="rewrites", to="b"), ident="2", stream="source/a"
    )


@pytest.mark.parametrize("relation", get_args(LineageRelation))
def test_a_standing_declaration_is_not_declared_again(relation: str) -> None:
    given(*FOUR, declare("a", "b")).when(declare("a", "b", relation)).refuses(
        ConflictError, field="/to", saying="declared to copy b already; revoke that"
    )


@pytest.mark.parametrize(
    ("command", "error", "field", "saying"),
    [
        (declare("x", "b"), UnknownError, "/source", "register it first"),
        (declare("a", "x"), UnknownError, "/to", "register it first"),
        (declare("a", "No such"), InvalidError, "/to", "an id has 1 to 128 characters"),
        (declare("a", "b", citation={"source": "x"}), UnknownError, "/citation/source", "register it first"),
        (revoke("x", 1), UnknownError, "/source", "register it first"),
        (revoke("b", 1), UnknownError, "/lineage", "the source has 0"),
        (revoke("a", 0), UnknownError, "/lineage", "the source has 1"),
        (revoke("a", 2), UnknownError, "/lineage", "the source has 1"),
        (revoke("a", 1, " "), InvalidError, "/reason", "must not be empty"),
    ],
    ids=lambda value: str(value)[:70],
)
def test_what_cannot_be_declared_or_revoked_is_refused(
    command: dict[str, Any], error: type[RefusedError], field: str, saying: str
) -> None:
    given(*FOUR, declare("a", "d")).when(command).refuses(error, field=field, saying=saying)


def test_revoking_takes_one_declaration_back_and_leaves_the_others() -> None:
    ledger = given(*FOUR, declare("a", "b"), declare("a", "c"))
    ledger.when(revoke("a", 1)).then(
        LineageRevoked(lineage=1, reason="It was written first."), ident="1", stream="source/a"
    )
    assert ledger.context().source("a").copied_from() == {"c"}


def test_nothing_is_revoked_twice() -> None:
    given(*FOUR, declare("a", "b"), revoke("a", 1)).when(revoke("a", 1)).refuses(
        ConflictError, field="/lineage", saying="was revoked already"
    )


def edges(ledger: Given) -> set[tuple[str, str]]:
    """Who copies whom, as it stands."""
    context = ledger.context()
    return {(one, to) for one in "abcd" for to in context.source(one).copied_from()}


def has_cycle(graph: set[tuple[str, str]]) -> bool:
    """Whether a graph has a circle: it has one if and only if taking sources that copy nobody away never empties it."""
    while graph:
        ends = {to for _, to in graph} - {start for start, _ in graph}
        if not ends:
            return True
        graph = {(start, to) for start, to in graph if to not in ends}
    return False


@drawn(
    st.lists(
        st.tuples(st.sampled_from("abcd"), st.sampled_from("abcd"))
        | st.tuples(st.sampled_from("abcd"), st.integers(1, 4)),
        max_size=16,
    )
)
def test_no_sequence_of_declarations_and_revocations_closes_a_circle(
    asked: list[tuple[str, str] | tuple[str, int]],
) -> None:
    ledger = given(*FOUR)
    for ident, other in asked:
        before = edges(ledger)
        command = revoke(ident, other) if isinstance(other, int) else declare(ident, other)
        try:
            ledger.record(command)
        except RuleError:
            assert isinstance(other, str)
            assert has_cycle(before | {(ident, other)})
        except (ConflictError, UnknownError):
            pass
        assert not has_cycle(edges(ledger))
