"""Sentences on changes: each tells of its own act alone, and says what a reader can check (docs/changes.md)."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from projections.axes import Axes
from projections.changes import changes
from tests.projections.test_changes import BEGUN, CORRECTION, REPORT, public, told
from tests.strategies_changes import INCIDENT, events_of

if TYPE_CHECKING:
    from projections.changes import Changes
    from tests.strategies_changes import Line

RETRACTION: Line = {
    "FactRetracted": "drag",
    "cause": "new-information",
    "reason": "The video shows nobody.",
    "from": {"id": "v", "source": "station"},
}
REINSTATEMENT: Line = {
    "FactReinstated": "drag",
    "cause": "our-typo",
    "reason": "The video was another one.",
    "from": {"id": "w", "source": "station"},
}


def acts(found: Changes) -> list[tuple[str, list[str]]]:
    """The sort of each entry, and the types of its acts."""
    return [(entry.sort, [act.type for act in entry.acts]) for entry in found.entries]


def test_a_correction_and_a_retraction_of_one_instant_each_say_their_own_cause_reason_and_source() -> None:
    """Both are of the station of 8 May; along public they come out together, and neither is the other's ground."""
    found = public([REPORT, CORRECTION, RETRACTION], "2021-05-07T00:00:00Z", "2021-05-08T12:00:00Z")

    assert [
        ("corrected", ["FactCorrected"]),
        ("retracted", ["FactRetracted"]),
        ("strengthened", ["FactCorrected"]),
    ] == acts(found)
    corrected, retracted, strengthened = (entry.sentence for entry in found.entries)
    assert corrected.endswith("(the source's error), because the paper corrected its story, citing station.")
    assert (
        "Public from 8 May 2021: 'drag' was retracted (new information), because the video shows nobody, citing station."
    ) == retracted
    assert strengthened.endswith("and is corroborated: it was corrected, citing station.")


def test_acts_of_one_instant_that_leave_nothing_behind_are_noted_by_themselves() -> None:
    found = public(
        [REPORT, CORRECTION, RETRACTION, REINSTATEMENT], "2021-05-07T00:00:00Z", "2021-05-08T12:00:00Z"
    )

    assert ("noted", ["FactRetracted", "FactReinstated"]) == acts(found)[-1]
    assert (
        "Public from 8 May 2021: 'drag' is corroborated, with 2 independent origins: it was retracted, because the video "
        "shows nobody, citing station; and it was reinstated, because the video was another one, citing station."
    ) == found.entries[-1].sentence


def test_a_retraction_that_comes_out_after_its_end_says_that_it_was_reinstated_already() -> None:
    """The paper of 6 May has the end of the retraction; the station of 8 May has the retraction, and repeats the paper."""
    repeated: Line = {
        "FactAttested": "drag",
        "from": {"id": "b1", "source": "station", "relays": "paper"},
    }
    early: Line = {**REINSTATEMENT, "from": {"id": "w", "source": "paper"}}
    found = public([REPORT, repeated, RETRACTION, early], "2021-05-07T00:00:00Z", "2021-05-08T12:00:00Z")

    assert [("noted", ["FactAttested", "FactRetracted"])] == acts(found)
    assert (
        "Public from 8 May 2021: 'drag' stays reported, with 1 independent origin: station supports it and it was retracted, "
        "because the video shows nobody, citing station; it was reinstated already."
    ) == found.entries[0].sentence


def test_a_mention_is_public_with_its_source_and_its_record_when_it_was_made() -> None:
    """Mentions aside the act cites nothing, so that it is out when it was recorded (model §5); its passage was out before."""
    mentioned: Line = {
        "FactAttested": "drag",
        "from": {
            "id": "b1",
            "source": "station",
            "stance": "mentions",
            "published": "2021-05-07 12:00",
        },
    }
    found = public([REPORT, mentioned], "2021-05-07T00:00:00Z", "2021-05-30T00:00:00Z")

    assert [
        "Public from 7 May 2021: 'drag' stays reported, with 1 independent origin: station mentions it.",
        (
            "Public from 8 May 2021: 'drag' stays reported, with 1 independent origin: it was recorded that station mentions "
            "it."
        ),
    ] == [entry.sentence for entry in found.entries]


def test_content_that_no_act_mended_was_changed_and_not_corrected_and_the_sentence_says_how_it_came() -> None:
    """Held at 9 May, the correction was there until the ledger learned that the station came out later."""
    later: Line = {
        "SourceAmended": "station",
        "published": "2021-05-20 12:00",
        "reason": "It was dated wrongly.",
    }
    held = dt.datetime(2021, 5, 9, tzinfo=dt.UTC)
    points = (Axes(known=BEGUN + number, public=held) for number in (2, 3))
    found = changes(events_of([REPORT, CORRECTION, later]), INCIDENT, *points)
    assert found is not None

    assert (
        "On 8 May 2021 in 'drag' the distance was changed from 15-20 feet to about 15 feet: the description of station was "
        "changed, because it was dated wrongly."
    ) == found.entries[0].sentence


def test_what_a_changed_date_makes_public_is_added_with_what_changed_it() -> None:
    earlier: Line = {
        "SourceAmended": "paper",
        "published": "2021-05-01 12:00",
        "reason": "It was out before.",
    }
    held = dt.datetime(2021, 5, 2, tzinfo=dt.UTC)
    points = (Axes(known=BEGUN + number, public=held) for number in (1, 2))
    found = changes(events_of([REPORT, earlier]), INCIDENT, *points)
    assert found is not None

    assert (
        "On 8 May 2021 'drag' was added: As reported, citing paper; the description of paper was changed, because it was out "
        "before."
    ) == found.entries[0].sentence


def test_a_retraction_that_does_not_count_any_more_was_not_reinstated_by_anybody() -> None:
    """Only a passage that was recorded after the retraction is left to establish the fact."""
    attested: Line = {"FactAttested": "drag", "from": {"id": "b1", "source": "station"}}
    misread: Line = {
        "AttestationWithdrawn": "drag",
        "attestation": "a1",
        "cause": "our-misreading",
        "reason": "It speaks of another man.",
    }

    assert (
        "reinstated",
        (
            "On 8 May 2021 'drag' no longer counts as retracted: the passage 'a1' of paper was withdrawn (our misreading), "
            "because it speaks of another man."
        ),
    ) in told([REPORT, {**RETRACTION, "from": "wire"}, attested, misread], 3)


def test_a_report_whose_passage_we_misread_is_not_told_as_the_ground_of_what_is_never_public() -> None:
    never: Line = {"SourceAmended": "memo", "published": "never"}
    ours: Line = {**CORRECTION, "cause": "our-misreading", "withdraws": ["a1"]}
    further: Line = {**CORRECTION, "says": REPORT["says"], "from": {"id": "a3", "source": "memo"}}
    found = public([never, REPORT, ours, further], "2021-05-20T00:00:00Z", None)

    assert [["FactCorrected"], ["FactCorrected"]] == [types for _, types in acts(found)]
    assert ["because the paper corrected its story, citing memo.", "it was corrected, citing memo."] == [
        entry.sentence[entry.sentence.rindex("because" if at == 0 else "it was") :]
        for at, entry in enumerate(found.entries)
    ]


def test_an_act_that_was_not_public_is_told_without_its_words_and_the_sentence_stays_whole() -> None:
    """Held at half past twelve, before any of it was recorded; that we misread the passage reaches back."""
    attested: Line = {"FactAttested": "drag", "from": {"id": "b1", "source": "station"}}
    misread: Line = {"AttestationWithdrawn": "drag", "attestation": "b1", "cause": "our-misreading"}
    held = dt.datetime(2021, 5, 8, 12, 30, tzinfo=dt.UTC)
    points = (Axes(known=BEGUN + number, public=held) for number in (2, 3))
    found = changes(events_of([REPORT, attested, misread]), INCIDENT, *points)
    assert found is not None

    assert [
        "On 8 May 2021 'drag' now has 1 independent origin instead of 2 and is reported: a passage of it was withdrawn."
    ] == [entry.sentence for entry in found.entries]


def test_what_is_added_cites_no_passage_that_was_withdrawn_and_no_origin_is_no_number() -> None:
    never: Line = {"SourceAmended": "paper", "published": "2021-05-08 12:00"}
    ours: Line = {**CORRECTION, "cause": "our-misreading", "withdraws": ["a1"]}
    notice: Line = {"SourceNoticeRecorded": "station", "type": "retraction", "published": "2021-05-08 12:00"}
    again: Line = {"FactAttested": "drag", "from": {"id": "b1", "source": "memo", "stance": "declines"}}
    found = public([never, REPORT, ours, notice, again], "2021-05-08T00:00:00Z", "2021-05-30T00:00:00Z")

    assert (
        "Public from 8 May 2021: 'drag' was added: As reported, citing station; nothing supports it any more."
        == (found.entries[0].sentence)
    )
    assert "'drag' stays unsupported, with no independent origin: memo declines to comment on it." in (
        found.entries[1].sentence
    )


def test_passages_that_are_settled_or_withdrawn_are_named_with_their_sources() -> None:
    says = {"quantities": {"distance": "50 [ft_i]"}}
    lines: list[Line] = [
        REPORT,
        {"FactAttested": "drag", "from": {"id": "b1", "source": "station", "states": says}},
        {"FactDisputed": "drag", "by": "the driver", "grounds": "He was not dragged."},
        {"DisputeResolved": "drag", "outcome": "upheld", "settles": ["b1"], "reason": "The video shows it."},
    ]
    settled = "answered (upheld), settling the passage 'b1' of station, because the video shows it"
    withdrawing: Line = {**CORRECTION, "from": {"id": "c1", "source": "paper"}, "withdraws": ["a1", "b1"]}

    assert [True, True] == [settled in sentence for _, sentence in told(lines, 3)]
    assert told([*lines[:2], withdrawing], 2)[1][1].endswith(
        "it was corrected, citing paper, withdrawing the passages 'a1' of paper and 'b1' of station."
    )


def test_a_correction_that_rests_on_a_passage_names_its_source_wherever_it_is_told() -> None:
    """The passage came with the correction along public, and makes the fact disputed."""
    says = {"quantities": {"distance": "50 [ft_i]"}}
    attested: Line = {"FactAttested": "drag", "from": {"id": "b1", "source": "station", "states": says}}
    resting: Line = {
        "FactCorrected": "drag",
        "cause": "source-error",
        "says": {"kind": "drag@1", **says},
        "rests_on": ["b1"],
        "withdraws": ["a1"],
    }

    assert told([REPORT, attested, resting], 2)[1][1].endswith(
        "it was corrected, citing station, withdrawing the passage 'a1' of paper."
    )


def test_a_dispute_that_was_answered_at_the_same_instant_is_not_what_makes_the_fact_disputed() -> None:
    """The answer, which cites nothing, is out when it was recorded: at 16:00, as are the dispute and the passage."""
    at = {"source": "station", "published": "2021-05-08 16:00"}
    says = {"quantities": {"distance": "50 [ft_i]"}}
    lines: list[Line] = [
        REPORT,
        {
            "FactDisputed": "drag",
            "by": "the driver",
            "grounds": "He was not dragged.",
            "from": {"id": "d", **at},
        },
        {"FactAttested": "drag", "from": {"id": "b1", "states": says, **at}},
        {"DisputeResolved": "drag", "outcome": "withdrawn", "reason": "He took it back."},
    ]
    found = public(lines, "2021-05-08T15:59:59Z", "2021-05-08T16:00:00Z")
    disputed = next(entry.sentence for entry in found.entries if entry.sort == "disputed")

    assert (
        "Public from 8 May 2021: 'drag' became disputed, for passages exclude each other on the distance: station supports it; "
        "and the driver disputed it, because he was not dragged; and a dispute of it was answered (withdrawn), because he took "
        "it back."
    ) == disputed


@pytest.mark.parametrize(
    ("type_", "did"),
    [
        ("correction", "corrected itself"),
        ("retraction", "retracted what it said"),
        ("takedown", "was taken down"),
    ],
)
def test_a_notice_is_told_as_what_the_source_did(type_: str, did: str) -> None:
    notice: Line = {"SourceNoticeRecorded": "paper", "type": type_, "published": "2021-05-10 12:00"}

    assert told([REPORT, notice], 1)[0][1].endswith(
        f"is unsupported: paper {did} (What the source said of its work)."
    )


def test_a_lineage_that_was_revoked_says_which() -> None:
    attested: Line = {"FactAttested": "drag", "from": {"id": "b1", "source": "station"}}
    copies: Line = {"LineageDeclared": "station", "to": "paper"}
    revoked: Line = {"LineageRevoked": "station", "reason": "The station had its own man there."}

    assert told([REPORT, attested, copies, revoked], 3)[0][1].endswith(
        "is corroborated: that station copies paper was revoked, because the station had its own man there."
    )


@pytest.mark.parametrize(
    ("occurred", "words"),
    [
        (
            {"earliest": "2021-05-08T04:00:00-05:00", "latest": "2021-05-08T05:30:00-05:00"},
            "between 8 May 2021 04:00 and 05:30",
        ),
        (
            {"earliest": "2021-05-08T22:00:00-05:00", "latest": "2021-05-09T02:00:00-05:00"},
            "between 8 May 2021 22:00 and 9 May 2021 02:00",
        ),
        (
            {"earliest": "2021-05-08T00:00:00-05:00", "latest": "2021-05-10T00:00:00-05:00"},
            "between 8 May 2021 and 9 May 2021",
        ),
        ({"earliest": "2021-05-08T00:00:00-05:00", "latest": "2021-05-09T00:00:00-05:00"}, "8 May 2021"),
        ({"earliest": "2021-05-08T04:00:00-05:00", "latest": "open"}, "8 May 2021 04:00 or later"),
        ({"earliest": "unknown", "latest": "2021-05-09T00:00:00-05:00"}, "8 May 2021 or earlier"),
        (
            {"earliest": "2021-11-07T01:30:00-05:00", "latest": "2021-11-07T01:30:00-06:00"},
            "between 7 November 2021 01:30 (-05:00) and 01:30 (-06:00)",
        ),
        ({"relations": [{"rel": "same-time", "fact": "crash"}]}, "at the same time as crash"),
        (
            {"earliest": "2021-05-08T04:00:00-05:00", "latest": "2021-05-08T04:00:00-05:00"},
            "8 May 2021 04:00",
        ),
    ],
)
def test_a_time_stands_after_from_and_to_without_being_mistaken_for_them(occurred: Line, words: str) -> None:
    report: Line = {**REPORT, "says": {"kind": "drag@1", "occurred": "after flight"}}
    correction: Line = {**CORRECTION, "says": {"kind": "drag@1", "occurred": occurred}}

    assert f"the time was corrected from after flight to {words} (the" in told([report, correction], 1)[0][1]


@pytest.mark.parametrize(
    ("reason", "clause"),
    [
        ("It's shorter.", "because it's shorter."),
        ("Too few.", "because too few."),
        ("Police counted again.", "because Police counted again."),
        ("Says that it was farther.", 'because "Says that it was farther."'),
        ("Was it so?", 'because "Was it so?"'),
        ("It happened in the U.S.", "because it happened in the U.S."),
        ("Because the paper erred.", "because the paper erred."),
        ("The first man. Not the second.", 'because "The first man. Not the second."'),
    ],
)
def test_a_reason_goes_on_after_because_or_is_quoted(reason: str, clause: str) -> None:
    retracted: Line = {"FactRetracted": "drag", "cause": "source-error", "reason": reason}

    assert told([REPORT, retracted], 1)[0][1].endswith(f"(the source's error), {clause}")


def test_numbers_have_units_as_people_write_them_and_what_is_several_goes_with_was() -> None:
    report: Line = {
        **REPORT,
        "says": {"kind": "drag@1", "quantities": {"shots": "3 {shots}", "way": "15 [ft_i]"}},
    }
    says = {"kind": "drag@1", "quantities": {"shots": "4-5 {shots}", "way": "~20-30 [ft_i]"}}
    sentence = told([report, {**CORRECTION, "says": says}], 1)[0][1]

    assert "the quantity 'shots' was corrected from 3 shots to between 4 and 5 shots" in sentence
    assert "the way was corrected from 15 ft to between about 20 and 30 ft" in sentence


def test_another_kind_is_told_by_its_name_and_another_version_by_its_version() -> None:
    other: Line = {**CORRECTION, "says": {"kind": "flight@1"}}
    newer: Line = {**CORRECTION, "says": {"kind": "drag@2"}}
    report: Line = {**REPORT, "says": {"kind": "drag@1"}}

    assert "the kind was corrected from drag to flight (the" in told([report, other], 1)[0][1]
    assert "the kind was corrected from drag@1 to drag@2 (the" in told([report, newer], 1)[0][1]


def test_a_person_whose_description_is_not_stated_is_told_by_name() -> None:
    person = {"role": "injured", "as_described": {"absent": "not-stated"}, "name": "Ann Lee"}
    says = {"kind": "drag@1", "participants": {"p1": person}}

    assert "the participant 'p1' (Ann Lee) was added" in told([REPORT, {**CORRECTION, "says": says}], 1)[0][1]


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("attestations/a1/selector", "the quoted words of the citation 'a1' in 'drag' were removed"),
        ("attestations/a1", "the words of the citation 'a1' in 'drag' were removed"),
        ("details", "the details in 'drag' were removed"),
        ("quantities/distance", "the distance in 'drag' was removed"),
        ("attestations/a1/speaker", "the speaker of the citation 'a1' in 'drag' was removed"),
    ],
)
def test_what_was_removed_goes_with_its_verb(path: str, said: str) -> None:
    redacted: Line = {"Redacted": f"incident/{INCIDENT}", "erases": {"drag": [path]}}

    assert f"On 8 May 2021 {said} by law" in told([REPORT, redacted], 1)[0][1]


def test_what_a_redaction_took_of_a_passage_is_said_in_words() -> None:
    redacted: Line = {
        "Redacted": f"incident/{INCIDENT}",
        "erases": {"drag": ["attestations/a1/selector", "attestations/a1/as_stated"]},
    }

    assert (
        "the quoted words of the citation 'a1' and the stated values of the citation 'a1' in 'drag' were removed by law"
    ) in told([REPORT, redacted], 1)[0][1]
