"""What cannot be in the order of facts: told with its passages and with what it clashes with, never hidden (model §3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.citation import Attestation
from projections.fact_fold import AttestationView
from projections.timeline import TimelineEntry, timeline
from tests.facts_in_time import fact, hour, passage

if TYPE_CHECKING:
    from projections.fact_fold import FactView


def entries(*facts: FactView) -> dict[str, TimelineEntry]:
    """The entries by fact."""
    return {entry.fact: entry for entry in timeline(facts)}


def own_words(ident: str) -> AttestationView:
    """A passage without words of its own: it says what the record says."""
    attestation = Attestation(id=ident, source="station", stance="supports")
    return AttestationView(attestation=attestation, counts=True, why="counted", pinned=False, version=1)


def test_what_cannot_be_is_told_with_its_passages_and_what_it_clashes_with() -> None:
    line = entries(
        fact(
            "flight", "after contact", passages=(passage("f1", "after contact"), passage("f2", "before drag"))
        ),
        fact("contact", "after flight", passages=(passage("c1", "after flight"),)),
        fact("drag"),
    )
    one, other = line["flight"].impossible

    assert [("circle", ("contact after flight",)), ("circle", ("flight after contact",))] == [
        (each.why, each.clashes_with) for each in (one, other)
    ]
    assert ["f1"] == [each.attestation for each in one.passages]
    assert (
        "flight after contact is put aside: its relations run in a circle, with contact after flight (station on flight)"
        == one.sentence
    )
    assert () == line["drag"].impossible


def test_bounds_that_allow_no_relation_are_told_with_the_passages_that_give_them() -> None:
    line = entries(
        fact("flight", "after contact", earliest=hour(1), latest=hour(2), passages=(own_words("f1"),)),
        fact(
            "contact",
            earliest=hour(8),
            latest=hour(9),
            passages=(own_words("c1"), passage("c2", "before drag")),
        ),
    )
    (one,) = line["flight"].impossible

    assert [("f1", "order"), ("f1", "time"), ("c1", "time")] == [
        (each.attestation, each.says) for each in one.passages
    ]
    assert line["contact"].impossible == (one,)


def test_a_passage_that_we_misread_is_no_ground_of_what_cannot_be() -> None:
    line = entries(
        fact("flight", "after contact", passages=(passage("f1", "after contact", counts=False),)),
        fact("contact", "after flight"),
    )

    assert () == line["flight"].impossible[0].passages


def test_facts_of_one_time_that_cannot_be_are_told_in_a_sentence() -> None:
    line = entries(
        fact("flight", "same-time contact", earliest=hour(1), latest=hour(2)),
        fact("contact", earliest=hour(8), latest=hour(9)),
    )

    assert ("flight at the same time as contact is put aside: the bounds do not allow it",) == line[
        "flight"
    ].trouble
