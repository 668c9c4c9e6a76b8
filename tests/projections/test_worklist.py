"""What a source's change brings upon the worklist, told as an editor would: what it says, and which act takes it off again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from projections.work_items import Loss
from tests.projections.sourced import (
    FIRST,
    REASON,
    SECOND,
    Newsroom,
    confirmed,
    correction,
    disputed,
    newsroom_with_a_fact,
    noticed,
    only,
    standing,
)

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def newsroom(tmp_path: Path) -> Newsroom:
    """A fact, reported on the words of one paper."""
    return newsroom_with_a_fact(tmp_path / "incident.ledger")


def test_where_nothing_happened_there_is_nothing_to_look_at(newsroom: Newsroom) -> None:
    confirmed(newsroom)
    newsroom.captured("paper", FIRST + "\nThe driver was found later.")

    assert () == newsroom.items()


# A silent edit, found by a new snapshot.


def test_a_word_changed_without_saying_so_comes_upon_the_list_while_the_fact_stands(
    newsroom: Newsroom,
) -> None:
    confirmed(newsroom)
    newsroom.captured("paper", SECOND)
    item = only(newsroom)

    assert ("source-changed", "stop", "drag", newsroom.head()) == (
        item.sort,
        item.incident,
        item.fact,
        item.position,
    )
    assert item.anchor is not None
    assert item.anchor.found is not None
    assert [("15", "20")] == [(one.old, one.new) for one in item.anchor.found.changes]
    assert Loss(before=standing("corroborated", 2), after=standing("reported", 1), done=False) == item.loses
    assert (
        'paper now says "about 20 feet" where passage a1 has "about 15 feet".'
        " Without it the fact would fall from corroborated (2 origins) to reported (1 origin)."
    ) == item.sentence


def test_words_that_are_gone_from_the_only_source_would_leave_the_fact_unsupported(
    newsroom: Newsroom,
) -> None:
    newsroom.captured("paper", FIRST.replace(" The officer was dragged about 15 feet before he let go.", ""))

    assert (
        'The words "about 15 feet" of passage a1 are gone from the newest snapshot of paper.'
        " Without it the fact would be left unsupported; it was reported (1 origin)."
    ) == only(newsroom).sentence


def test_words_that_stand_on_in_another_place_ask_for_nothing(newsroom: Newsroom) -> None:
    newsroom.captured("paper", "Updated at noon.\n" + FIRST)

    assert () == newsroom.items()


def test_words_that_stand_only_in_another_context_are_to_be_looked_at(newsroom: Newsroom) -> None:
    newsroom.captured("paper", 'We wrote "about 15 feet", which nobody can confirm. Police stopped a car.')

    assert "what stood around them does not" in only(newsroom).sentence


def test_a_matter_keeps_its_id_and_its_beginning_while_more_snapshots_say_the_same(
    newsroom: Newsroom,
) -> None:
    newsroom.captured("paper", SECOND)
    before = only(newsroom)
    newsroom.captured("paper", SECOND + " More to come.")
    after = only(newsroom)

    assert (before.id, before.position) == (after.id, after.position)


def test_a_source_that_goes_back_to_its_words_takes_the_matter_off_the_list(newsroom: Newsroom) -> None:
    newsroom.captured("paper", SECOND)
    newsroom.captured("paper", FIRST + " Restored.")

    assert () == newsroom.items()


def test_a_changed_passage_is_settled_by_citing_the_new_snapshot(newsroom: Newsroom) -> None:
    snapshot = newsroom.captured("paper", SECOND)
    newsroom.upon("attest-fact", attestation=newsroom.cited("a2", "paper", snapshot, "dragged about 20 feet"))
    newsroom.captured("paper", SECOND + " More to come.")

    assert () == newsroom.items()


def test_what_changes_again_after_it_was_settled_comes_back(newsroom: Newsroom) -> None:
    snapshot = newsroom.captured("paper", SECOND)
    newsroom.upon("attest-fact", attestation=newsroom.cited("a2", "paper", snapshot, "dragged about 20 feet"))
    newsroom.captured("paper", FIRST.replace("15", "35"))

    assert {"a1", "a2"} == {item.passages[0].attestation for item in newsroom.items()}


def test_a_changed_passage_is_settled_by_a_correction_that_withdraws_it(newsroom: Newsroom) -> None:
    snapshot = newsroom.captured("paper", SECOND)
    correction(
        newsroom,
        "20",
        citations=[newsroom.cited("a2", "paper", snapshot, "dragged about 20 feet")],
        withdraws=["a1"],
    )

    assert () == newsroom.items()


def test_a_correction_of_something_else_does_not_answer_for_a_changed_passage(newsroom: Newsroom) -> None:
    confirmed(newsroom)
    newsroom.captured("paper", SECOND)
    correction(newsroom, "15.0", rests_on=["b1"])

    assert ["source-changed"] == newsroom.sorts()


def test_a_correction_that_rests_on_the_changed_passage_all_the_same_settles_it(newsroom: Newsroom) -> None:
    newsroom.captured("paper", SECOND)
    correction(newsroom, "15.0", rests_on=["a1"])

    assert () == newsroom.items()


def test_a_retracted_fact_rests_on_nothing_that_could_change(newsroom: Newsroom) -> None:
    newsroom.captured("paper", SECOND)
    newsroom.upon("retract-fact", cause="source-error", **REASON)

    assert () == newsroom.items()


def test_a_new_snapshot_without_a_text_asks_somebody_to_look(newsroom: Newsroom) -> None:
    newsroom.desk.blobs.remove(newsroom.captured("paper", SECOND))

    assert only(newsroom).sentence.startswith(
        'The newest snapshot of paper has no text to compare: look whether "about 15 feet" of passage a1 still stands'
    )


def test_the_second_snapshot_without_a_text_is_the_same_matter(newsroom: Newsroom) -> None:
    newsroom.desk.blobs.remove(newsroom.captured("paper", SECOND))
    before = only(newsroom)
    newsroom.desk.blobs.remove(newsroom.captured("paper", SECOND + " More to come."))

    assert (before.id, before.position) == (only(newsroom).id, only(newsroom).position)


def test_a_redacted_snapshot_is_not_the_newest_to_compare_with(newsroom: Newsroom) -> None:
    newsroom.captured("paper", SECOND)
    before = newsroom.items()
    newest = newsroom.captured("paper", SECOND + " His name is given here.")
    newsroom.desk.redact(source="paper", snapshots=[newest])

    assert before == newsroom.items()


# A source corrects itself.


def test_a_source_that_corrects_itself_asks_for_its_facts_until_they_are_corrected(
    newsroom: Newsroom,
) -> None:
    confirmed(newsroom)
    noticed(newsroom, "correction", words="about 15 feet", summary="It was 20 feet, not 15.")
    item = only(newsroom)

    assert "source-notice" == item.sort
    assert [("a1", "superseded")] == [(one.attestation, one.why) for one in item.passages]
    assert Loss(before=standing("corroborated", 2), after=standing("reported", 1), done=True) == item.loses
    assert (
        'paper has corrected itself: "It was 20 feet, not 15." Passage a1 no longer counts.'
        " The fact has fallen from corroborated (2 origins) to reported (1 origin)."
    ) == item.sentence

    snapshot = newsroom.captured("paper", SECOND)
    correction(
        newsroom,
        "20",
        citations=[
            newsroom.cited("a2", "paper", snapshot, "dragged about 20 feet", published="2021-05-08T12:00:00Z")
        ],
        withdraws=["a1", "b1"],
    )

    assert () == newsroom.items()


def test_a_notice_about_other_words_asks_for_nothing(newsroom: Newsroom) -> None:
    noticed(newsroom, "correction", words="on Baseline Road")

    assert () == newsroom.items()


def test_a_clarification_strikes_nothing_and_is_looked_at_all_the_same(newsroom: Newsroom) -> None:
    noticed(newsroom, "clarification", words="about 15 feet", summary="Measured by eye.")
    item = only(newsroom)

    assert Loss(before=standing("reported", 1), after=standing("unsupported", 0), done=False) == item.loses
    assert "Passage a1 lies in its scope and still counts." in item.sentence


def test_a_correction_of_something_else_does_not_answer_for_a_notice(newsroom: Newsroom) -> None:
    noticed(newsroom, "retraction")
    correction(newsroom, "15.0", rests_on=["a1"])

    assert ["source-notice"] == newsroom.sorts()


def test_a_notice_is_settled_by_citing_the_source_anew(newsroom: Newsroom) -> None:
    noticed(newsroom, "correction", words="about 15 feet")
    text = FIRST.replace("about 15", "some 15")
    new = newsroom.cited("a2", "paper", newsroom.captured("paper", text), "some 15 feet")
    newsroom.upon("attest-fact", attestation=new)

    assert () == newsroom.items()


def test_what_was_cited_of_the_source_before_its_notice_settles_nothing(newsroom: Newsroom) -> None:
    snapshot = newsroom.captured("paper", FIRST)
    newsroom.upon("attest-fact", attestation=newsroom.cited("a0", "paper", snapshot, "before he let go"))
    noticed(newsroom, "correction", words="about 15 feet")

    assert ["source-notice"] == newsroom.sorts()


def test_a_notice_is_settled_by_a_correction_on_the_ground_of_what_still_counts(newsroom: Newsroom) -> None:
    confirmed(newsroom)
    noticed(newsroom, "retraction")
    correction(newsroom, "15.0", rests_on=["b1"])

    assert () == newsroom.items()


# A source is retracted and was the sole origin.


def test_a_retraction_of_the_sole_origin_leaves_the_fact_unsupported_until_it_is_retracted(
    newsroom: Newsroom,
) -> None:
    noticed(newsroom, "retraction", summary="The story was made up.")
    item = only(newsroom)

    assert Loss(before=standing("reported", 1), after=standing("unsupported", 0), done=True) == item.loses
    assert item.sentence.endswith("The fact has been left unsupported; it was reported (1 origin).")

    newsroom.upon("retract-fact", cause="source-error", **REASON)

    assert () == newsroom.items()


def test_a_struck_passage_that_others_bear_out_is_settled_by_withdrawing_it(newsroom: Newsroom) -> None:
    confirmed(newsroom)
    noticed(newsroom, "retraction")
    newsroom.upon("withdraw-attestation", attestation="a1", cause="source-withdrew", **REASON)

    assert () == newsroom.items()


def test_a_copy_of_a_retracted_work_is_looked_at_though_it_still_counts(newsroom: Newsroom) -> None:
    snapshot = newsroom.captured("reprint", FIRST + " (Reprinted.)")
    newsroom.act("declare-lineage", source="reprint", relation="copies", to="paper")
    newsroom.upon("attest-fact", attestation=newsroom.cited("c1", "reprint", snapshot, "about 15 feet"))
    noticed(newsroom, "retraction")
    item = only(newsroom)

    assert "Passage a1 no longer counts. Passage c1 passes it on and still counts." in item.sentence
    assert Loss(before=standing("reported", 1), after=standing("unsupported", 0), done=False) == item.loses
    assert ("paper", "reprint") == item.sources


def test_two_notices_of_the_same_words_each_say_what_the_fact_stood_on(newsroom: Newsroom) -> None:
    noticed(newsroom, "correction", words="about 15 feet")
    noticed(newsroom, "retraction")
    before = [None if item.loses is None else item.loses.before for item in newsroom.items()]

    assert [standing("reported", 1)] * 2 == before


def test_a_struck_passage_that_a_dispute_settled_is_not_asked_about_again(newsroom: Newsroom) -> None:
    confirmed(newsroom)
    noticed(newsroom, "retraction")
    number = disputed(newsroom)
    newsroom.upon("resolve-dispute", dispute=int(number), outcome="upheld", settles=["a1"], **REASON)

    assert () == newsroom.items()
