"""What cannot be in the order of facts: told with its passages and with what it clashes with, never hidden (model §3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.citation import Attestation, TextQuoteSelector
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


def test_what_is_put_aside_clashes_with_what_hangs_together_with_it_and_with_no_other_circle() -> None:
    line = entries(
        fact("a", "after b"), fact("b", "after a"), fact("c", "before d"), fact("d", "before c"), fact("e")
    )

    assert [("d before c",), ("c before d",)] == [one.clashes_with for one in line["c"].impossible]


def test_what_hangs_together_does_so_at_many_removes() -> None:
    line = entries(
        fact("a", earliest=hour(10), latest=hour(11)),
        fact("x", "before a", "after b"),
        fact("b", "after c"),
        fact("c", "after d"),
        fact("d", earliest=hour(14), latest=hour(15)),
    )
    (one,) = line["a"].impossible

    assert ("x", "before", "a") == (one.fact, one.rel, one.other)
    assert ("b after c", "c after d", "x after b") == one.clashes_with


def test_a_passage_that_says_more_than_one_relation_is_told_of_each() -> None:
    line = entries(
        fact("flight", "after contact", passages=(passage("f1", "before drag", "after contact"),)),
        fact("contact", "after flight"),
        fact("drag"),
    )

    assert ["f1"] == [each.attestation for each in line["flight"].impossible[0].passages]


def test_a_long_quotation_is_cut_between_words() -> None:
    quote = TextQuoteSelector(exact="the officers\n  say that " + "the car drove off " * 8)
    attestation = Attestation(id="f1", source="station", stance="supports", selector=(quote,))
    view = AttestationView(attestation=attestation, counts=True, why="counted", pinned=False, version=1)
    line = entries(fact("flight", "after contact", passages=(view,)), fact("contact", "after flight"))
    _, _, said = line["flight"].impossible[0].sentence.partition('"')
    words = said.partition('"')[0]

    assert words.startswith("the officers say that the car drove off")
    assert words.endswith(" the…")
