"""What changed between two points, told in sentences: when, from what to what, why and on whose words (model §5)."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from ledger.errors import InvalidError
from projections.axes import Axes
from projections.changes import Changes, changes
from tests.strategies_changes import INCIDENT, events_of

if TYPE_CHECKING:
    from projections.changes import ChangeEntry
    from tests.strategies_changes import Line

BEGUN = 6
"""How many acts stand before the first line: the ledger, the incident and four sources."""

REPORT: Line = {
    "FactReported": "drag",
    "says": {
        "kind": "drag@1",
        "quantities": {"distance": {"as_stated": "about 15 feet", "value": "15", "unit": "[ft_i]"}},
    },
    "from": {"id": "a1", "source": "paper", "quote": "about 15 feet"},
}
FURTHER: Line = {
    "kind": "drag@1",
    "quantities": {"distance": {"as_stated": "15-20 feet", "min": "15", "max": "20", "unit": "[ft_i]"}},
}
CORRECTION: Line = {
    "FactCorrected": "drag",
    "class": "wrong-number",
    "cause": "source-error",
    "reason": "The paper corrected its story.",
    "says": FURTHER,
    "from": {"id": "a2", "source": "station"},
}


def between(lines: list[Line], after: int, until: int | None = None) -> Changes:
    """What the lines changed from behind line `after` up to line `until`, counted from 1."""
    events = events_of(lines)
    last = len(events) if until is None else BEGUN + until
    found = changes(events, INCIDENT, Axes(known=BEGUN + after), Axes(known=last))
    assert found is not None
    return found


def told(lines: list[Line], after: int, until: int | None = None) -> list[tuple[str, str]]:
    """The sort and the sentence of each entry."""
    return [(entry.sort, entry.sentence) for entry in between(lines, after, until).entries]


def public(lines: list[Line], one: str | None, other: str | None) -> Changes:
    """What became public from one instant to another."""
    events = events_of(lines)
    ends = [None if text is None else dt.datetime.fromisoformat(text) for text in (one, other)]
    found = changes(events, INCIDENT, *(Axes(known=len(events), public=end) for end in ends))
    assert found is not None
    return found


def only(found: Changes) -> ChangeEntry:
    """The one entry."""
    [entry] = found.entries
    return entry


def test_a_correction_says_when_from_what_to_what_why_and_on_whose_words() -> None:
    expected = (
        "On 8 May 2021 in 'drag' the distance was corrected from about 15 feet to 15-20 feet (the source's error), "
        "because the paper corrected its story, citing station."
    )
    entry = between([REPORT, CORRECTION], 1).entries[0]

    assert ("corrected", "drag", expected) == (entry.sort, entry.fact, entry.sentence)
    assert [("FactCorrected", BEGUN + 2, "wrong-number", "source-error")] == [
        (act.type, act.position, act.words["class"], act.words["cause"]) for act in entry.acts
    ]
    assert ["station"] == [one.source for one in entry.acts[0].citations]
    values = {change.path: (change.old, change.new) for change in entry.changes}
    old, new = values["/facts/drag/content/quantities/distance"]
    assert ("about 15 feet", "15-20 feet") == (old["as_stated"], new["as_stated"])


def test_a_day_is_that_of_the_place_and_not_of_greenwich() -> None:
    waiting: list[Line] = [{"IncidentAmended": INCIDENT, "title": "Dragging"}] * 13
    late = told([REPORT, *waiting, CORRECTION], 14)
    later = told([REPORT, *waiting, *waiting[:3], CORRECTION], 17)

    assert late[0][1].startswith("On 8 May 2021 in 'drag'"), (
        "03:00 UTC is still the evening before in Little Rock"
    )
    assert later[0][1].startswith("On 9 May 2021 in 'drag'")


def test_a_report_is_added_with_its_statement_and_source() -> None:
    assert [("added", "On 8 May 2021 'drag' was added: As reported, citing paper.")] == told([REPORT], 0)


def test_what_is_corrected_and_corrected_back_is_told_twice_though_no_value_differs() -> None:
    back = {**CORRECTION, "says": REPORT["says"], "from": {"id": "a3", "source": "wire"}}
    found = between([REPORT, CORRECTION, back], 1)

    assert ["corrected", "strengthened", "corrected", "strengthened"] == [one.sort for one in found.entries]
    assert not any("/content/" in change.path for change in found.difference.changes)


def test_only_words_that_were_mended_are_reworded() -> None:
    amended: Line = {
        "FactAmended": "drag",
        "set": {"statement": "As was reported."},
        "reason": "Our grammar.",
    }

    assert [
        (
            "amended",
            """On 8 May 2021 in 'drag' the statement was reworded from "As reported." to "As was reported.", because our grammar.""",
        )
    ] == told([REPORT, amended], 1)


def test_a_value_that_is_worded_alike_is_told_by_what_differs() -> None:
    same: Line = {
        "kind": "drag@1",
        "quantities": {"distance": {"as_stated": "about 15 feet", "value": "50", "unit": "[ft_i]"}},
    }
    sentence = told([REPORT, {**CORRECTION, "says": same}], 1)[0][1]

    assert "the distance was corrected from value 15 to value 50" in sentence


def test_values_that_come_and_go_and_an_order_that_changes_are_told() -> None:
    people = {one: {"role": "injured", "as_described": f"officer {one}"} for one in ("p1", "p2")}
    says = {"kind": "drag@1", "participants": people}
    turned = {"kind": "drag@1", "participants": dict(reversed(people.items()))}
    gone: Line = {**CORRECTION, "says": says}
    ordered: Line = {**CORRECTION, "says": turned, "from": {"id": "a3", "source": "station"}}

    assert "the distance was taken out, where it said about 15 feet" in told([REPORT, gone], 1)[0][1]
    assert "in 'drag' the order of the participants was changed" in told([REPORT, gone, ordered], 2)[0][1]
    assert "the participant 'p1' (officer p1) was added" in told([REPORT, gone], 1)[0][1]


def test_a_retraction_and_a_reinstatement_say_their_cause_and_their_reason() -> None:
    retracted: Line = {
        "FactRetracted": "drag",
        "cause": "duplicate",
        "in_favour_of": "dragging",
        "reason": "It is told twice. We keep the longer one.",
    }
    reinstated: Line = {"FactReinstated": "drag", "cause": "new-information", "from": "wire"}

    assert [
        (
            "retracted",
            (
                """On 8 May 2021 'drag' was retracted (a duplicate) in favour of 'dragging', """
                'because "It is told twice. We keep the longer one."'
            ),
        ),
        (
            "reinstated",
            "On 8 May 2021 'drag' was reinstated (new information), because it was so decided, citing wire.",
        ),
    ] == told([REPORT, retracted, reinstated], 1)


def test_another_origin_strengthens_and_its_withdrawal_weakens() -> None:
    attested: Line = {"FactAttested": "drag", "from": {"id": "b1", "source": "station"}}
    withdrawn: Line = {"AttestationWithdrawn": "drag", "attestation": "b1", "cause": "source-withdrew"}

    assert [
        (
            "strengthened",
            "On 8 May 2021 'drag' now has 2 independent origins instead of 1 and is corroborated: station supports it.",
        ),
        (
            "weakened",
            (
                "On 8 May 2021 'drag' now has 1 independent origin instead of 2 and is reported: the passage 'b1' of station "
                "was withdrawn (the source withdrew it), because it was so decided."
            ),
        ),
    ] == told([REPORT, attested, withdrawn], 1)


def test_the_status_that_another_origin_gives_is_told_with_the_origin_and_not_with_the_number() -> None:
    entries = between([REPORT, CORRECTION], 1).entries

    assert {"corrected": False, "strengthened": True} == {
        entry.sort: any(change.path.endswith("/status") for change in entry.changes) for entry in entries
    }


def test_a_passage_of_the_same_origin_is_noted_and_strengthens_nothing() -> None:
    again: Line = {"FactAttested": "drag", "from": {"id": "a2", "source": "paper", "quote": "fifteen feet"}}

    assert [
        ("noted", "On 8 May 2021 'drag' stays reported, with 1 independent origin: paper supports it.")
    ] == told([REPORT, again], 1)


def test_a_source_that_takes_its_words_back_is_named_with_what_it_put_out() -> None:
    notice: Line = {
        "SourceNoticeRecorded": "paper",
        "type": "retraction",
        "published": "2021-05-10 12:00",
        "summary": "The story was wrong.",
    }
    entry = only(between([REPORT, notice], 1))

    assert (
        "On 8 May 2021 'drag' now has no independent origin any more instead of 1 and is unsupported: paper retracted "
        "what it said (The story was wrong)."
    ) == entry.sentence
    assert [("SourceNoticeRecorded", "source/paper")] == [(act.type, act.stream) for act in entry.acts]


def test_lineage_that_makes_two_origins_one_weakens_every_fact_that_both_tell() -> None:
    attested: Line = {"FactAttested": "drag", "from": {"id": "b1", "source": "station"}}
    copies: Line = {"LineageDeclared": "station", "to": "paper"}
    sentence = only(between([REPORT, attested, copies], 2)).sentence

    assert sentence.endswith(
        "now has 1 independent origin instead of 2 and is reported: station copies paper."
    )


def test_lineage_between_works_of_which_one_is_cited_nowhere_weakens_too() -> None:
    """The station copies the memo, which no fact cites; that the memo copies the paper makes all three one origin."""
    attested: Line = {"FactAttested": "drag", "from": {"id": "b1", "source": "station"}}
    between_them: Line = {"LineageDeclared": "station", "to": "memo"}
    entry = only(between([REPORT, attested, between_them, {"LineageDeclared": "memo", "to": "paper"}], 3))

    assert ("weakened", "source/memo") == (entry.sort, entry.acts[0].stream)
    assert entry.sentence.endswith("instead of 2 and is reported: memo copies paper.")


def test_a_dispute_is_told_with_who_and_why_and_its_answer_with_what_stands() -> None:
    disputed: Line = {"FactDisputed": "drag", "by": "the driver", "grounds": "He was not dragged."}
    left_open: Line = {"DisputeResolved": "drag", "outcome": "left-open"}
    answered: Line = {"DisputeResolved": "drag", "outcome": "rejected", "reason": "The video shows it."}

    assert [
        ("disputed", "On 8 May 2021 'drag' was disputed by the driver, because he was not dragged."),
        ("noted", "On 8 May 2021 a dispute of 'drag' was left open, because it was so decided."),
        (
            "settled",
            "On 8 May 2021 a dispute of 'drag' was answered (rejected), because the video shows it; it is reported.",
        ),
    ] == told([REPORT, disputed, left_open, answered], 1)


def test_passages_that_exclude_each_other_make_it_disputed_and_the_sentence_says_on_what() -> None:
    says = {"quantities": {"distance": "50 [ft_i]"}}
    attested: Line = {"FactAttested": "drag", "from": {"id": "b1", "source": "station", "states": says}}
    sorts = told([REPORT, attested], 1)

    assert ["strengthened", "disputed"] == [sort for sort, _ in sorts]
    assert "'drag' became disputed, for passages exclude each other on the distance: station" in sorts[1][1]


def test_what_was_disputed_already_does_not_become_so_once_more() -> None:
    disputed: Line = {"FactDisputed": "drag", "by": "the driver", "grounds": "He was not dragged."}
    says = {"quantities": {"distance": "50 [ft_i]"}}
    attested: Line = {"FactAttested": "drag", "from": {"id": "b1", "source": "station", "states": says}}
    sorts = told([REPORT, disputed, attested], 2)

    assert ["strengthened", "disputed"] == [sort for sort, _ in sorts]
    assert "stays disputed" in sorts[0][1]
    assert "'drag' is disputed on more points, for passages exclude each other on the distance" in sorts[1][1]


def test_a_redaction_is_told_with_its_paths_and_its_basis_and_changes_no_value() -> None:
    redacted: Line = {"Redacted": f"incident/{INCIDENT}", "erases": {"drag": ["quantities/distance"]}}
    entry = only(between([REPORT, redacted], 1))

    assert ("redacted", "drag", ("quantities/distance",), ()) == (
        entry.sort,
        entry.fact,
        entry.removed,
        entry.changes,
    )
    assert (
        "On 8 May 2021 the distance in 'drag' was removed by law (court order; a court), because it was so decided."
    ) == entry.sentence
    added = {change.path: change.new for change in only(between([REPORT, redacted], 0, 1)).changes}
    assert {"id": "distance", "absent": "undisclosed"} == added["/facts/drag/content/quantities/distance"]


def test_the_label_of_the_incident_is_told_as_the_incidents_own() -> None:
    amended: Line = {"IncidentAmended": INCIDENT, "title": "Dragging", "reason": "Shorter."}

    assert [
        (
            "amended",
            (
                """On 8 May 2021 the incident's title was changed from "A happening in Little Rock" to "Dragging", """
                "because Shorter."
            ),
        )
    ] == told([amended], 0)


def test_before_the_incident_was_known_there_was_nothing_and_all_of_it_is_added() -> None:
    events = events_of([REPORT])
    found = changes(events, INCIDENT, Axes(known=1), Axes(known=len(events)))
    assert found is not None

    assert ["added", "added"] == [entry.sort for entry in found.entries]
    assert [None, "drag"] == [entry.fact for entry in found.entries]
    assert {None} == {change.old for change in found.difference.changes}
    assert changes(events, INCIDENT, Axes(known=0), Axes(known=1)) is None
    assert changes(events, "elsewhere", Axes(known=0), Axes(known=len(events))) is None


def test_along_public_the_acts_are_those_that_came_out_between() -> None:
    """The report is of a paper of 6 May, the correction of a station of 8 May; both were recorded on 8 May."""
    lines = [REPORT, CORRECTION]
    first = only(public(lines, "2021-05-06T00:00:00Z", "2021-05-07T00:00:00Z"))
    second = public(lines, "2021-05-07T00:00:00Z", "2021-05-08T12:00:00Z").entries

    assert ("added", ["FactReported"]) == (first.sort, [act.type for act in first.acts])
    assert "Public from 6 May 2021: 'drag' was added: As reported, citing paper." == first.sentence
    assert "2021-05-06T12:00:00+00:00" == first.acts[0].public_from
    assert ["corrected", "strengthened"] == [entry.sort for entry in second]
    assert second[0].sentence.startswith("Public from 8 May 2021: in 'drag' the distance was corrected")
    assert () == public(lines, "2021-05-08T12:00:00Z", "2021-05-30T00:00:00Z").entries


def test_a_source_of_a_whole_day_is_public_by_the_end_of_that_day() -> None:
    report = {**REPORT, "from": {"id": "a1", "source": "memo", "published": "2021-05-09T00:00:00-05:00"}}
    entry = only(public([report], "2021-05-01T00:00:00Z", None))

    assert "Public by the end of 8 May 2021: 'drag' was added: As reported, citing memo." == entry.sentence


def test_what_is_never_public_is_told_at_the_end_of_the_axis_as_such() -> None:
    lines: list[Line] = [{"SourceAmended": "paper", "published": "never"}, REPORT]
    entry = only(public(lines, "2021-05-01T00:00:00Z", None))

    assert ("added", None) == (entry.sort, entry.at)
    assert "Never certainly public: 'drag' was added: As reported, citing paper." == entry.sentence


def test_what_is_learned_of_a_publication_moves_a_fact_out_of_a_past_that_is_held() -> None:
    """Held at 7 May, the fact was there until the ledger learned that the paper was never published."""
    events = events_of([REPORT, {"SourceAmended": "paper", "published": "never"}])
    held = dt.datetime(2021, 5, 7, tzinfo=dt.UTC)
    found = changes(events, INCIDENT, Axes(known=BEGUN + 1, public=held), Axes(known=BEGUN + 2, public=held))
    assert found is not None
    entry = only(found)

    assert ("withdrawn", ["SourceAmended"]) == (entry.sort, [act.type for act in entry.acts])
    assert (
        "On 8 May 2021 'drag' is not there any more, since nothing that establishes it was public by then: the description of "
        "paper was changed, because it was so decided."
    ) == entry.sentence


def test_asked_from_the_later_point_to_the_earlier_everything_is_told_the_other_way_round() -> None:
    attested: Line = {"FactAttested": "drag", "from": {"id": "b1", "source": "station"}}
    events = events_of([REPORT, attested])
    found = changes(events, INCIDENT, Axes(known=len(events)), Axes(known=BEGUN))
    assert found is not None

    assert found.backwards
    assert ["weakened", "withdrawn"] == [entry.sort for entry in found.entries]
    assert "Not yet recorded before 8 May 2021: 'drag' was added: As reported, citing paper." == (
        found.entries[1].sentence
    )
    assert {None} == {change.new for change in found.entries[1].changes}


def test_two_points_that_differ_on_both_axes_are_refused() -> None:
    events = events_of([REPORT])
    one = Axes(known=2, public=dt.datetime(2021, 5, 8, tzinfo=dt.UTC))

    with pytest.raises(InvalidError, match="differ on both axes"):
        changes(events, INCIDENT, one, Axes(known=3))
