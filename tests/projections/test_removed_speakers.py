"""Whom a speaker that was removed may have been: as many origins as the fewest there can be, and no fewer (model §4, Origins)."""

from __future__ import annotations

from tests.lineage_lines import Edge, Line, attests, declares, drag


def removed(*idents: str) -> Line:
    """The speakers of these passages of `drag` redacted."""
    return {
        "Redacted": "incident/lr",
        "erases": {"drag": [f"attestations/{ident}/speaker" for ident in idents]},
    }


def test_a_removed_speaker_may_be_that_of_a_teller_rather_than_of_a_copy() -> None:
    told = (
        attests("drag", "relayed", "w1", relays="w0", speaker="mayor"),
        attests("drag", "copied", "w4", speaker="chief"),
        attests("drag", "own", "w2", speaker="mayor"),
        attests("drag", "repeated", "w3"),
        declares(Edge("w4", "w1"), 1),
        declares(Edge("w3", "w2"), 2),
    )

    assert 1 == drag(*told).origins
    assert 1 == drag(*told, removed("relayed")).origins


def test_two_removed_speakers_of_one_work_may_be_those_of_two_others() -> None:
    told = (
        attests("drag", "a", "w1", speaker="mayor"),
        attests("drag", "b", "w1", speaker="chief"),
        attests("drag", "c", "w2", speaker="mayor"),
        attests("drag", "d", "w3", speaker="chief"),
    )

    assert 2 == drag(*told).origins
    assert 2 == drag(*told, removed("a", "b")).origins


def test_removed_speakers_of_two_works_who_are_one_are_that_of_one_other_only() -> None:
    told = (
        attests("drag", "a", "w1", speaker="clerk"),
        attests("drag", "b", "w2", speaker="clerk"),
        attests("drag", "c", "w3", speaker="mayor"),
        attests("drag", "d", "w4", speaker="chief"),
    )

    assert ["w0", "w1", "w1", "w3", "w4"] == [one.origin for one in drag(*told).attestations]
    assert 3 == drag(*told, removed("a", "b")).origins
    assert ["w0", "w1", "w1", "w1", "w4"] == [
        one.origin for one in drag(*told, removed("a", "b")).attestations
    ]


def test_a_removed_speaker_is_not_that_of_a_work_that_names_none() -> None:
    told = attests("drag", "a", "w1", speaker="mayor"), attests("drag", "b", "w2")

    assert 3 == drag(*told).origins
    assert 3 == drag(*told, removed("a")).origins


def test_a_speaker_whom_the_source_withholds_is_not_one_that_was_removed() -> None:
    told = (
        attests("drag", "a", "w1", speaker={"absent": "withheld"}),
        attests("drag", "b", "w2", speaker="mayor"),
    )

    assert 3 == drag(*told).origins
