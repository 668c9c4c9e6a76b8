"""Conflicts: what passages say differently, how the values stand to each other, what follows, and the words on both sides."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest

from projections.axes import Axes
from projections.conflicts import IncidentConflicts, conflicts_of
from projections.side_by_side import EXISTENCE
from tests.recorded import recorded
from tests.situation_shorthand import ShorthandLedger

if TYPE_CHECKING:
    from projections.side_by_side import ComparedValue

Line = dict[str, Any]
NO_VALUE = "they cannot be compared, since one gives no value or another unit."


def asked(lines: list[Line], known: int | None = None, public: str | None = None) -> IncidentConflicts:
    """What is answered after these lines; each source of theirs came out on 8 May, and `other` on 9 May."""
    ledger = ShorthandLedger()
    ledger.append({"LedgerOpened": "example.org/conflicts"}, "2021-05-20T00:00:00.000000Z")
    ledger.append({"IncidentOpened": "lr"}, "2021-05-20T00:00:00.000000Z")
    for source, day in (
        ("paper", "2021-05-08 12:00"),
        ("other", "2021-05-09 12:00"),
        ("third", "2021-05-09 12:00"),
    ):
        line = {"SourceRegistered": source, "published": day, "title": f"The {source}"}
        ledger.append(line, "2021-05-20T00:00:00.000000Z")
    for minute, line in enumerate(lines, start=1):
        ledger.append(line, f"2021-05-20T00:{minute:02d}:00.000000Z")
    events = recorded(ledger.acts)
    at = None if public is None else dt.datetime.fromisoformat(public)
    found = conflicts_of(events, "lr", Axes(known=known or len(events), public=at))
    assert found is not None
    return found


def of(conflicts: IncidentConflicts, path: str, fact: str = "drag") -> ComparedValue:
    (found,) = (
        value for one in conflicts.facts if one.fact == fact for value in one.compared if value.path == path
    )
    return found


def told(value: ComparedValue) -> list[tuple[list[str], list[str], str, str]]:
    """By comparison: the passages of one side, those of the other, the outcome and what follows."""
    sides = [[one.attestation for one in side.passages] for side in value.sides]
    return [(sides[one.one], sides[one.other], one.outcome, one.standing) for one in value.comparisons]


def drag(says: Line, *, other: Line, stance: str = "supports", **more: object) -> list[Line]:
    """A fact that the paper reports, and what another source states of it."""
    cited = {"source": "other", "stance": stance, "states": other, "quote": "so we are told", **more}
    report = {"FactReported": "drag", "says": {"kind": "drag@1", **says}}
    return [
        {**report, "from": {"source": "paper", "quote": "we were told"}},
        {"FactAttested": "drag", "from": cited},
    ]


def distances(one: object, other: object, **more: Any) -> list[Line]:
    return drag({"quantities": {"distance": one}}, other={"quantities": {"distance": other}}, **more)


SCENE = {"lon": "-92.32", "lat": "34.74", "uncertainty_m": 150}


@pytest.mark.parametrize(
    ("path", "one", "other", "outcome", "standing"),
    [
        ("quantities/distance", "15 [ft_i]", "5 [yd_i]", "equal", "shown"),
        ("quantities/distance", "15 [ft_i]", "15-20 [ft_i]", "contains", "shown"),
        ("quantities/distance", "10-16 [ft_i]", "15-20 [ft_i]", "overlaps", "shown"),
        ("quantities/distance", "~18 [ft_i]", "15 [ft_i]", "vague-compatible", "shown"),
        ("quantities/distance", "15 [ft_i]", {"as_stated": "several feet"}, "vague-compatible", "shown"),
        ("quantities/distance", "15 [ft_i]", "30 [ft_i]", "disjoint", "conflict"),
        ("quantities/distance", "15 [ft_i]", "30 s", "incomparable", "shown"),
        (
            "occurred",
            "2021-05-08 09:00",
            {"earliest": "2021-05-08 08:00", "latest": "2021-05-08 10:00"},
            "contains",
            "shown",
        ),
        ("occurred", "2021-05-08 09:00", "2021-05-08 10:00", "disjoint", "conflict"),
        ("occurred", "after flight", "before flight", "disjoint", "conflict"),
        ("occurred", "during flight", "same-time flight", "compatible", "shown"),
        ("occurred", "after flight", "2021-05-08 10:00", "incomparable", "shown"),
        ("places/scene", {**SCENE, "as_stated": "here"}, {**SCENE, "as_stated": "there"}, "equal", "shown"),
        ("places/scene", SCENE, {**SCENE, "lat": "34.7401"}, "compatible", "shown"),
        ("places/scene", SCENE, {**SCENE, "lat": "34.80"}, "disjoint", "conflict"),
        ("places/scene", "a few yards away", "several blocks away", "incomparable", "shown"),
        ("participants/p1/name", "A. Person", "B. Person", "differs", "shown"),
        ("participants/p1/name", "A. Person", {"absent": "not-stated"}, "incomparable", "shown"),
        ("participants/p1/as_described", "an officer", "the driver", "differs", "shown"),
        ("participants/p1/role", "officer", "driver", "differs", "shown"),
        ("details/dragged_by", "the car", "a horse", "differs", "shown"),
        ("details/dragged_by", {"absent": "none", "by": "rope"}, "a horse", "differs", "shown"),
        ("details/value", "38", "39", "differs", "shown"),
    ],
)
def test_two_values_are_compared_by_what_they_are(
    path: str, one: object, other: object, outcome: str, standing: str
) -> None:
    """And only values that exclude each other make a conflict."""
    name, *rest = path.split("/")
    wholes: list[Line] = []
    for value in (one, other):
        inner: object = value
        for part in reversed(rest):
            inner = {part: inner}
        wholes.append({name: inner})
    if name == "participants":
        wholes = [{name: {"p1": {"role": "officer", **whole[name]["p1"]}}} for whole in wholes]
    found = asked(drag(wholes[0], other=wholes[1]))

    assert [(["paper"], ["other"], outcome, standing)] == told(of(found, path))
    assert standing == of(found, path).standing


def test_times_are_told_without_the_ends_that_nobody_gives_and_with_about_where_they_are() -> None:
    noon, night = "2021-05-08T12:00:00-05:00", "2021-05-08T23:00:00-05:00"
    going_on = {"earliest": night, "latest": "open"}
    early = {"earliest": "unknown", "latest": noon, "approximate": True}
    found = asked(drag({"occurred": going_on}, other={"occurred": early}))
    at_once = asked(drag({"occurred": "during flight"}, other={"occurred": "same-time flight"}))

    assert (
        f"paper says {night} or later; other says about {noon} or earlier: both cannot be right; this makes the fact disputed."
    ) == of(found, "occurred").comparisons[0].sentence
    assert "other says at the same time as flight" in of(at_once, "occurred").comparisons[0].sentence


def test_an_attribute_is_its_value_and_not_how_it_was_written() -> None:
    def field(value: str, words: str) -> Line:
        return {"kind": "attribute@1", "details": {"name": "age", "value": value, "as_stated": words}}

    def attested(value: str, words: str) -> list[Line]:
        stated = {"details": field(value, words)["details"]}
        report = {"FactReported": "drag", "says": field("38", "thirty-eight"), "from": "paper"}
        return [report, {"FactAttested": "drag", "from": {"source": "other", "states": stated}}]

    assert ("drag",) == asked(attested("38", "38 years")).agreed
    assert [(["paper"], ["other"], "disjoint", "conflict")] == told(
        of(asked(attested("39", "39")), "details/value")
    )


def test_passages_that_say_the_same_stand_on_one_side_however_they_word_it() -> None:
    third = {"quantities": {"distance": {"as_stated": "all of 30 feet", "value": "30", "unit": "[ft_i]"}}}
    lines = [
        *distances("15 [ft_i]", "30 [ft_i]"),
        {"FactAttested": "drag", "from": {"source": "third", "states": third}},
    ]
    value = of(asked(lines), "quantities/distance")

    assert [(["paper"], ["other", "third"], "disjoint", "conflict")] == told(value)
    assert [("The other", "30 ft"), ("The third", '"all of 30 feet"')] == [
        (one.title, one.says) for one in value.sides[1].passages
    ]


def test_what_nobody_says_differently_is_only_named() -> None:
    found = asked(distances("15 [ft_i]", "15 [ft_i]"))

    assert ((), ("drag",)) == (found.facts, found.agreed)


SETTLED: list[Line] = [
    {"FactDisputed": "drag"},
    {"DisputeResolved": "drag", "outcome": "upheld", "settles": ["other"]},
]
TAKEN_BACK: list[Line] = [
    {"SourceNoticeRecorded": "other", "type": "retraction", "published": "2021-05-10 12:00"}
]
WITHDRAWN: list[Line] = [
    {"AttestationWithdrawn": "drag", "attestation": "other", "cause": "upstream-unexplained"}
]


@pytest.mark.parametrize(
    ("more", "stance", "standing"),
    [
        ([], "supports", "conflict"),
        (SETTLED, "supports", "settled"),
        (TAKEN_BACK, "supports", "superseded"),
        (WITHDRAWN, "supports", "withdrawn"),
        ([], "mentions", "shown"),
        ([], "contradicts", "shown"),
    ],
    ids=["stands", "settled", "superseded", "withdrawn", "mentions", "contradicts"],
)
def test_values_that_exclude_each_other_are_a_conflict_while_both_passages_count_in_support(
    more: list[Line], stance: str, standing: str
) -> None:
    found = asked([*distances("15 [ft_i]", "30 [ft_i]", stance=stance), *more])

    assert [(["paper"], ["other"], "disjoint", standing)] == told(of(found, "quantities/distance"))


def test_one_passage_that_still_counts_keeps_the_conflict_of_its_side() -> None:
    third = {"source": "third", "states": {"quantities": {"distance": "30 [ft_i]"}}}
    lines = [*distances("15 [ft_i]", "30 [ft_i]"), {"FactAttested": "drag", "from": third}, *SETTLED]

    assert "conflict" == of(asked(lines), "quantities/distance").standing
    assert "disputed" == asked(lines).facts[0].status


def test_what_we_misread_was_never_said_and_is_not_held_against_anybody() -> None:
    misread = {"AttestationWithdrawn": "drag", "attestation": "other", "cause": "our-misreading"}

    assert ("drag",) == asked([*distances("15 [ft_i]", "30 [ft_i]"), misread]).agreed


@pytest.mark.parametrize("stance", ["contradicts", "denies"])
def test_whether_it_happened_is_compared_by_stance_and_stands_while_the_passage_counts(stance: str) -> None:
    lines = drag({}, other={"places": {"scene": "a few yards away"}}, stance=stance)
    value = of(asked(lines), EXISTENCE)

    assert [(["paper"], ["other"], stance, "conflict")] == told(value)
    assert ['"we were told"', '"a few yards away"'] == [side.passages[0].says for side in value.sides]
    assert f'paper supports it; other {stance} it: "a few yards away".' == value.comparisons[0].sentence
    assert [(["paper"], ["other"], stance, "settled")] == told(of(asked([*lines, *SETTLED]), EXISTENCE))
    assert [(["paper"], ["other"], stance, "superseded")] == told(of(asked([*lines, *TAKEN_BACK]), EXISTENCE))


def test_a_denial_contests_a_fact_also_where_nothing_supports_it_any_more() -> None:
    gone = {"SourceNoticeRecorded": "paper", "type": "retraction", "published": "2021-05-10 12:00"}
    found = asked([*drag({}, other={}, stance="denies"), gone])

    assert "disputed" == found.facts[0].status
    assert "conflict" == of(found, EXISTENCE).standing


@pytest.mark.parametrize("stance", ["mentions", "declines"])
def test_who_only_mentions_a_fact_or_declines_to_say_contests_nothing(stance: str) -> None:
    assert ("drag",) == asked(drag({}, other={}, stance=stance)).agreed


def test_a_passage_without_words_of_its_own_says_the_content_it_was_recorded_with_for_ever() -> None:
    correction = {
        "FactCorrected": "drag",
        "cause": "new-information",
        "says": {"quantities": {"distance": "20 [ft_i]"}},
        "from": {"source": "third", "id": "new"},
    }
    report = distances("15 [ft_i]", "15 [ft_i]")[0]
    value = of(asked([report, correction]), "quantities/distance")

    assert [(["paper"], ["new"], "disjoint", "conflict")] == told(value)
    assert [(False, 2), (False, 3)] == [
        (side.passages[0].own_words, side.passages[0].version) for side in value.sides
    ]


@pytest.mark.parametrize("stance", ["contradicts", "denies", "mentions", "declines"])
def test_a_passage_that_does_not_support_says_nothing_of_the_content_unless_in_words_of_its_own(
    stance: str,
) -> None:
    beside = {"FactAttested": "drag", "from": {"source": "other", "stance": stance}}
    correction = {
        "FactCorrected": "drag",
        "cause": "new-information",
        "says": {"quantities": {"distance": "20 [ft_i]"}},
        "from": {"source": "third", "id": "new"},
    }
    report = distances("15 [ft_i]", "15 [ft_i]")[0]
    value = of(asked([report, beside, correction]), "quantities/distance")

    assert [(["paper"], ["new"], "disjoint", "conflict")] == told(value)


@pytest.mark.parametrize(
    ("one", "other", "sentence"),
    [
        (
            {"as_stated": "about 15 feet", "value": "15", "unit": "[ft_i]", "approximate": True},
            {"as_stated": "15 to 20 feet", "min": "15", "max": "20", "unit": "[ft_i]"},
            'paper says "about 15 feet"; other says "15 to 20 feet": the first lies within the second.',
        ),
        (
            "15-20 [ft_i]",
            "15 [ft_i]",
            "paper says 15 to 20 ft; other says 15 ft: the second lies within the first.",
        ),
        (
            "10-16 [ft_i]",
            "~15-20 [ft_i]",
            "paper says 10 to 16 ft; other says about 15 to 20 ft: they overlap.",
        ),
        (
            "15 [ft_i]",
            {"min": "30", "unit": "[ft_i]"},
            "paper says 15 ft; other says at least 30 ft: both cannot be right; this makes the fact disputed.",
        ),
        (
            "15 [ft_i]",
            {"absent": "not-stated"},
            "paper says 15 ft; other says that it is not stated: " + NO_VALUE,
        ),
    ],
)
def test_a_comparison_is_told_in_a_plain_sentence(one: object, other: object, sentence: str) -> None:
    assert [sentence] == [
        each.sentence for each in of(asked(distances(one, other)), "quantities/distance").comparisons
    ]


def test_a_sentence_names_three_sources_and_counts_the_others() -> None:
    lines = distances("15 [ft_i]", "30 [ft_i]")
    for source in ("third", "fourth", "fifth"):
        stated = {"quantities": {"distance": "30 [ft_i]"}}
        lines.append({"FactAttested": "drag", "from": {"source": source, "states": stated}})

    assert (
        "paper says 15 ft; other, third and 2 more say 30 ft: both cannot be right; this makes the fact disputed."
        == of(asked(lines), "quantities/distance").comparisons[0].sentence
    )


def test_a_value_that_was_erased_is_on_no_side() -> None:
    erased = {"Redacted": "incident/lr", "erases": {"drag": ["attestations/other"]}}

    assert ("drag",) == asked([*distances("15 [ft_i]", "30 [ft_i]"), erased]).agreed


def test_what_is_not_public_yet_is_on_no_side_and_what_was_not_known_yet_neither() -> None:
    lines = distances("15 [ft_i]", "30 [ft_i]")

    assert ("drag",) == asked(lines, public="2021-05-09T11:59:59Z").agreed
    assert ("drag",) == asked(lines, known=6).agreed
    assert "conflict" == of(asked(lines, public="2021-05-09T12:00:00Z"), "quantities/distance").standing


def test_an_incident_that_was_not_known_yet_has_no_comparisons() -> None:
    ledger = ShorthandLedger()
    for line in ({"LedgerOpened": "example.org/conflicts"}, {"IncidentOpened": "lr"}):
        ledger.append(line, "2021-05-20T00:00:00.000000Z")
    events = recorded(ledger.acts)

    assert conflicts_of(events, "lr", Axes(known=1)) is None
    assert conflicts_of(events, "elsewhere", Axes(known=2)) is None
    assert conflicts_of(events, "lr", Axes(known=2)) == IncidentConflicts(
        incident="lr", title="A happening in Little Rock", position=2, facts=()
    )


def test_disputes_are_listed_beside_the_comparisons_and_what_the_timeline_finds_wrong_is_passed_on() -> None:
    def report(fact: str, other: str) -> Line:
        return {
            "FactReported": fact,
            "says": {"kind": f"{fact}@1", "occurred": f"after {other}"},
            "from": "paper",
        }

    lines = [report("drag", "flight"), report("flight", "drag"), {"FactDisputed": "drag", "by": "desk"}]
    facts = {fact.fact: fact for fact in asked(lines).facts}

    assert [("desk", "open")] == [(one.by, one.stands) for one in facts["drag"].disputes]
    assert "drag after flight is put aside: its relations run in a circle" in facts["flight"].order
    assert facts["drag"].order == facts["flight"].order
