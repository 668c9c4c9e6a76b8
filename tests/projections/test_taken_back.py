"""What a copy is worth whose origin has taken its story back: it counts as before, and the view tells (model §4, superseded)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.lineage_lines import BEGUN, Edge, Line, attests, declares, drag

if TYPE_CHECKING:
    from projections.fact_fold import FactView

COPIED = (declares(Edge("w1", "w0"), 1), attests("drag", "copy", "w1", quote="dragged about 15 feet"))


def notice(kind: str, work: str = "w0", **more: object) -> Line:
    return {"SourceNoticeRecorded": work, "type": kind, "published": "2021-05-18 12:00", **more}


def taken_back(fact: FactView) -> dict[str, tuple[str, ...]]:
    return {one.attestation.id: one.taken_back_by for one in fact.attestations}


@pytest.mark.parametrize("kind", ["retraction", "correction", "takedown"])
def test_a_copy_shows_that_its_origin_took_the_story_back_and_the_status_stays_as_the_model_has_it(
    kind: str,
) -> None:
    fact = drag(*COPIED, notice(kind))

    assert {"first": (), "copy": ("w0",)} == taken_back(fact)
    assert {"first": "superseded", "copy": "counted"} == {
        one.attestation.id: one.why for one in fact.attestations
    }
    assert ("reported", 1) == (fact.status, fact.origins)


def test_so_does_a_copy_of_a_copy_and_a_passage_that_relays_it() -> None:
    far = (
        declares(Edge("w2", "w1"), 1),
        attests("drag", "far", "w2"),
        attests("drag", "relayed", "w3", relays="w2"),
    )

    assert {"first": (), "copy": ("w0",), "far": ("w0",), "relayed": ("w0",)} == taken_back(
        drag(*COPIED, *far, notice("retraction"))
    )


def test_a_clarification_takes_nothing_back_and_a_notice_of_the_copy_reaches_nothing_behind_it() -> None:
    assert {"first": (), "copy": ()} == taken_back(drag(*COPIED, notice("clarification")))
    assert {"first": (), "copy": ()} == taken_back(drag(*COPIED, notice("retraction", work="w1")))


def test_a_notice_about_passages_reaches_a_copy_by_the_words_and_not_by_their_place() -> None:
    words = notice("retraction", scope="passages", passages=["about 15 feet"])
    other_words = notice("retraction", scope="passages", passages=["several blocks away"])
    place = notice("retraction", scope="passages", passages=[{"chars": [0, 10]}])
    placed = declares(Edge("w1", "w0"), 1), attests("drag", "copy", "w1", chars=[0, 10])

    assert {"first": (), "copy": ("w0",)} == taken_back(drag(*COPIED, words))
    assert {"first": (), "copy": ()} == taken_back(drag(*COPIED, other_words))
    assert {"first": (), "copy": ()} == taken_back(drag(*placed, place))


def test_what_was_copied_since_a_correction_may_be_the_corrected_text_and_since_a_retraction_it_cannot() -> (
    None
):
    later = declares(Edge("w1", "w0"), 1), attests("drag", "copy", "w1", published="2021-05-18 12:00")

    assert {"first": (), "copy": ()} == taken_back(drag(*later, notice("correction")))
    assert {"first": (), "copy": ("w0",)} == taken_back(drag(*later, notice("retraction")))


def test_it_is_shown_from_the_notice_on_and_by_both_axes() -> None:
    lines = *COPIED, notice("retraction")

    assert {"first": (), "copy": ()} == taken_back(drag(*lines, known=BEGUN + len(COPIED)))
    assert {"first": (), "copy": ()} == taken_back(drag(*lines, public="2021-05-18T11:59:59Z"))
    assert {"first": (), "copy": ("w0",)} == taken_back(drag(*lines, public="2021-05-18T12:00:00Z"))


def test_a_revoked_lineage_clears_the_copy() -> None:
    revoked = {"LineageRevoked": "w1", "lineage": 1}

    assert {"first": (), "copy": ()} == taken_back(drag(*COPIED, notice("retraction"), revoked))


def why(fact: FactView) -> dict[str, str]:
    return {one.attestation.id: one.why for one in fact.attestations}


def test_a_source_that_only_clarified_before_takes_its_words_back_none_the_less() -> None:
    assert {"first": "superseded"} == why(drag(notice("clarification"), notice("retraction", notice=2)))


@pytest.mark.parametrize(
    ("earliest", "expected"),
    [
        ("unknown", "superseded"),
        ("open", "superseded"),
        ("2021-05-18 11:59", "superseded"),
        ("2021-05-18 12:00", "counted"),
    ],
)
def test_only_what_was_surely_put_out_with_the_notice_or_after_it_is_not_taken_back(
    earliest: str, expected: str
) -> None:
    own = attests("drag", "own", "w0", published={"earliest": earliest, "latest": "2021-05-19 12:00"})

    assert {"first": "superseded", "own": expected} == why(drag(own, notice("retraction")))
