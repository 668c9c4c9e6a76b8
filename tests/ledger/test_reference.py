"""The reference ledger against the table of situations, and the table against the model."""

from __future__ import annotations

import re

import msgspec
import pytest

from ledger.events import ACTS
from ledger.kinds import load_vocabulary
from tests.reference import position_at, state
from tests.situations import Point, Situation, check, load

SITUATIONS = load()
ASKED = [
    (situation, point, f"{situation.name}: {number}. {point.name}")
    for situation in SITUATIONS
    for number, point in enumerate(situation.points, 1)
]


@pytest.mark.parametrize(
    ("situation", "point"),
    [pytest.param(situation, point, id=name) for situation, point, name in ASKED],
)
def test_the_reference_answers_as_the_table_expects(situation: Situation, point: Point) -> None:
    answer = state(situation.acts, situation.incident, known=point.known, public=point.public)

    assert check(answer, point.expected) == []


@pytest.mark.parametrize(
    ("situation", "point"),
    [pytest.param(situation, point, id=name) for situation, point, name in ASKED if point.known_at],
)
def test_a_known_time_is_the_last_position_recorded_by_then(situation: Situation, point: Point) -> None:
    assert position_at(situation.acts, str(point.known_at)) == point.known


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda one: one.name)
def test_every_given_act_has_a_shape_the_ledger_accepts(situation: Situation) -> None:
    for given in situation.acts:
        read = msgspec.convert(given["body"], ACTS[given["type"], 1])

        assert msgspec.json.decode(msgspec.json.encode(read)) == given["body"]


def test_every_kind_and_role_of_the_table_is_in_the_vocabulary() -> None:
    roles = {f"{kind.slug}@{kind.version}": set(kind.roles) for kind in load_vocabulary().kinds}
    roles["curfew@1"] = {"mayor"}
    contents = [
        given["body"]["content"] for one in SITUATIONS for given in one.acts if "content" in given["body"]
    ]

    assert {content["kind"] for content in contents} <= set(roles)
    assert [
        (content["kind"], one["role"])
        for content in contents
        for one in content.get("participants", ())
        if one["role"] not in roles[content["kind"]]
    ] == []


def test_every_scenario_of_the_model_has_a_situation() -> None:
    assert {number for situation in SITUATIONS for number in situation.scenarios} == set(range(1, 26))


@pytest.mark.parametrize("number", range(1, 26))
def test_each_scenario_is_asked_about_at_several_points_of_both_axes(number: int) -> None:
    asked = [(one.name, point) for one in SITUATIONS if number in one.scenarios for point in one.points]
    known = {(name, point.known) for name, point in asked}
    public = {(name, point.public) for name, point in asked if point.public is not None}

    assert len(known) >= 2
    assert len(public) >= 2


def test_every_type_of_act_stands_in_some_situation() -> None:
    used = {given["type"] for situation in SITUATIONS for given in situation.acts}

    assert used == {name for name, _ in ACTS}


def test_every_answer_the_model_names_is_expected_somewhere() -> None:
    facts = [
        fact for situation in SITUATIONS for point in situation.points for fact in point.expected.values()
    ]
    expected = [fact for fact in facts if isinstance(fact, dict)]

    assert {fact.get("status") for fact in expected} >= {
        "disputed",
        "unsupported",
        "corroborated",
        "reported",
    }
    assert {why for fact in expected for why in fact.get("why", {}).values()} >= {
        "counted",
        "withdrawn",
        "superseded",
        "settled",
        "mentions",
        "declines",
    }


def test_situations_are_named_once_and_teach_in_a_sentence() -> None:
    names = [situation.name for situation in SITUATIONS]

    assert sorted(set(names)) == sorted(names)
    assert [one.name for one in SITUATIONS if not re.fullmatch(r"[A-Z0-9'].{30,}\.", one.teaches)] == []


def test_the_reference_leaves_the_acts_it_is_given_as_they_were() -> None:
    situation = next(one for one in load() if one.name == "named-late-and-then-sealed")
    before = msgspec.json.encode(situation.acts)

    state(situation.acts, situation.incident)

    assert msgspec.json.encode(situation.acts) == before


def test_a_time_before_everything_is_position_zero_at_which_no_incident_is() -> None:
    acts = SITUATIONS[0].acts

    assert position_at(acts, "1999-01-01T00:00:00Z") == 0
    assert state(acts, "lr", known=0) is None
    assert state(acts, "elsewhere") is None


def test_a_listed_attestation_tells_its_stance_and_its_source() -> None:
    answer = state(SITUATIONS[0].acts, "lr")

    assert answer is not None
    assert answer["facts"]["drag"]["attestations"]["paper"] == {
        "stance": "supports",
        "source": "paper",
        "counts": False,
        "why": "superseded",
    }


@pytest.mark.parametrize(
    "wrong",
    [
        {"drag": "not there"},
        {"flight": {"status": "reported"}},
        {"incident": "not there"},
        {"title": "Another"},
        {"drag": {"status": "disputed"}},
        {"drag": {"disputes": {"1": "open"}}},
        {"drag": {"why": {"paper": "counted"}}},
        {"drag": {"why": {"paper": "not there"}}},
        {"drag": {"why": {"nobody": "counted"}}},
        {"drag": {"says": {"quantities": {"distance": {"value": "15"}}}}},
        {"drag": {"says": {"quantities": ["distance", "height"]}}},
        {"drag": {"says": {"statement": "not there"}}},
        {"drag": {"says": {"occurred": {"absent": "not-stated"}}}},
    ],
    ids=str,
)
def test_a_wrong_expectation_is_told(wrong: dict[str, object]) -> None:
    answer = state(SITUATIONS[0].acts, "lr")

    assert SITUATIONS[0].name == "a-source-corrects-itself"
    assert check(answer, wrong) != []
    assert check(None, wrong) == ([] if wrong == {"incident": "not there"} else ["the incident is not there"])
