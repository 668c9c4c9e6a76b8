"""The audit trail: what every act changed from what to what, why, and on which words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ledger.events import ACTS, FactAct
from projections.audit_trail import audit_trail, upon
from tests.recorded import recorded
from tests.situation_shorthand import ShorthandLedger

if TYPE_CHECKING:
    from projections.audit_trail import AuditEntry

GONE = {"absent": "undisclosed"}
REPORT: dict[str, Any] = {
    "FactReported": "drag",
    "says": {
        "kind": "drag@1",
        "quantities": {"distance": "15 [ft_i]"},
        "places": {"scene": "a corner"},
        "participants": {"p1": {"role": "injured", "name": "A. Person", "as_described": "an officer"}},
    },
    "from": {"source": "paper", "quote": "dragged 15 feet"},
}


def trail(*given: dict[str, Any], known: int | None = None) -> tuple[AuditEntry, ...]:
    """The trail after an incident was opened and the acts given were recorded."""
    ledger = ShorthandLedger()
    for line in ({"IncidentOpened": "lr"}, {"SourceRegistered": "paper"}, *given):
        ledger.append(line, "2021-05-08T12:00:00.000000Z")
    return audit_trail(recorded(ledger.acts), "lr", len(ledger.acts) if known is None else known)


def changes(entry: AuditEntry) -> dict[str, tuple[object, object]]:
    return {change.path: (change.old, change.new) for change in entry.changes}


EVERY_ACT: list[tuple[str, list[dict[str, Any]], dict[str, tuple[object, object]]]] = [
    (
        "IncidentOpened",
        [],
        {"title": (None, "A happening in Little Rock"), "zone": (None, "America/Chicago")},
    ),
    (
        "IncidentAmended",
        [{"IncidentAmended": "lr", "title": "A traffic stop"}],
        {"title": ("A happening in Little Rock", "A traffic stop")},
    ),
    (
        "FactReported",
        [{"FactReported": "call", "says": {"kind": "dispatch@1"}, "from": "paper"}],
        {"kind": (None, "dispatch@1"), "statement": (None, "As reported.")},
    ),
    (
        "FactCorrected",
        [
            REPORT,
            {
                "FactCorrected": "drag",
                "cause": "source-error",
                "says": {**REPORT["says"], "quantities": {"distance": "20 [ft_i]"}, "places": {}},
                "from": {"id": "paper-2", "source": "paper"},
                "withdraws": ["paper"],
            },
        ],
        {
            "places/scene": ({"as_stated": "a corner"}, None),
            "quantities/distance": ({"unit": "[ft_i]", "value": "15"}, {"unit": "[ft_i]", "value": "20"}),
            "attestations/paper-2": (None, "supports"),
            "attestations/paper": ("standing", "withdrawn"),
        },
    ),
    (
        "FactAmended",
        [
            REPORT,
            {"FactAmended": "drag", "set": {"statement": "As repeated.", "places/scene/as_stated": "a bend"}},
        ],
        {"statement": ("As reported.", "As repeated."), "places/scene/as_stated": ("a corner", "a bend")},
    ),
    (
        "FactAttested",
        [REPORT, {"FactAttested": "drag", "from": {"id": "paper-2", "source": "paper", "stance": "denies"}}],
        {"attestations/paper-2": (None, "denies")},
    ),
    (
        "AttestationWithdrawn",
        [REPORT, {"AttestationWithdrawn": "drag", "attestation": "paper", "cause": "our-misreading"}],
        {"attestations/paper": ("standing", "withdrawn")},
    ),
    (
        "FactRetracted",
        [REPORT, {"FactRetracted": "drag", "cause": "legal"}],
        {"standing": ("stands", "retracted")},
    ),
    (
        "FactReinstated",
        [
            REPORT,
            {"FactRetracted": "drag", "cause": "legal"},
            {"FactReinstated": "drag", "cause": "our-misreading"},
        ],
        {"standing": ("retracted", "stands")},
    ),
    ("FactDisputed", [REPORT, {"FactDisputed": "drag"}], {"disputes/1": (None, "open")}),
    (
        "DisputeResolved",
        [
            REPORT,
            {"FactDisputed": "drag"},
            {"DisputeResolved": "drag", "outcome": "upheld", "settles": ["paper"]},
        ],
        {"disputes/1": ("open", "upheld"), "attestations/paper": ("counted", "settled")},
    ),
    (
        "Redacted",
        [REPORT, {"Redacted": "incident/lr", "erases": {"drag": ["participants/p1/name"]}}],
        {"drag/participants/p1/name": (None, GONE)},
    ),
]


@pytest.mark.parametrize(("name", "given", "expected"), EVERY_ACT, ids=[name for name, *_ in EVERY_ACT])
def test_an_act_is_listed_with_what_it_changed(
    name: str, given: list[dict[str, Any]], expected: dict[str, tuple[object, object]]
) -> None:
    last = trail(*given)[-1]

    assert name == last.type
    assert expected == changes(last)


def test_every_act_upon_an_incident_has_its_row_in_the_table_above() -> None:
    upon_facts = {kind.__name__ for kind in FactAct.__args__}
    upon_sources = {name for name, _ in ACTS if name.startswith(("Source", "Snapshot", "Lineage"))}
    of_the_registry = {"LedgerOpened", "KindRegistered"}

    assert {name for name, _ in ACTS} - upon_sources - of_the_registry == {name for name, *_ in EVERY_ACT}
    assert upon_facts <= {name for name, *_ in EVERY_ACT}


def test_an_answer_to_one_dispute_tells_how_that_one_stood_and_not_another() -> None:
    *_, answer = trail(
        REPORT,
        {"FactDisputed": "drag"},
        {"FactDisputed": "drag"},
        {"DisputeResolved": "drag", "dispute": 1, "outcome": "left-open"},
        {"DisputeResolved": "drag", "dispute": 2, "outcome": "rejected"},
    )

    assert [("disputes/2", "open", "rejected")] == [(one.path, one.old, one.new) for one in answer.changes]


@pytest.mark.parametrize(
    ("passage", "pinned"),
    [
        ({"snapshot": "copy"}, False),
        ({"quote": "15 feet"}, False),
        ({"snapshot": "copy", "quote": "15 feet"}, True),
    ],
    ids=["a copy", "words", "words in a copy"],
)
def test_only_words_in_a_snapshot_are_pinned(passage: dict[str, Any], pinned: bool) -> None:  # noqa: FBT001  a case of the table
    *_, report = trail({**REPORT, "from": {"source": "paper", **passage}})

    assert [pinned] == [one.pinned for one in report.citations]


def test_an_entry_says_who_when_why_and_on_which_words() -> None:
    _, report, correction = trail(
        REPORT,
        {
            "FactCorrected": "drag",
            "cause": "our-misreading",
            "notice": "An earlier version said 15 feet.",
            "says": {**REPORT["says"], "quantities": {"distance": "20 [ft_i]"}},
            "rests_on": ["paper"],
            "actor": "second-desk",
        },
    )

    assert [("paper", "supports", "dragged 15 feet", False)] == [
        (one.source, one.stance, one.quote, one.pinned) for one in report.citations
    ]
    assert ("second-desk", "2021-05-08T12:00:00.000000Z", 4, 3) == (
        correction.actor,
        correction.recorded_at,
        correction.position,
        correction.version,
    )
    assert {
        "class": "other",
        "cause": "our-misreading",
        "reason": "It was so decided.",
        "notice": "An earlier version said 15 feet.",
        "rests_on": ("paper",),
    } == correction.words


def test_redacted_words_stand_as_tombstones_and_the_changes_around_them_stay() -> None:
    erased = ["participants/p1/name", "reason", "places/scene"]
    _, report, correction, redaction = trail(
        REPORT,
        {
            "FactCorrected": "drag",
            "cause": "legal",
            "says": {
                **REPORT["says"],
                "quantities": {"distance": "20 [ft_i]"},
                "participants": {
                    "p1": {"role": "injured", "name": "B. Person", "as_described": "an officer"}
                },
            },
            "from": {"id": "paper-2", "source": "paper"},
        },
        {"Redacted": "incident/lr", "erases": {"drag": erased}},
    )

    assert (None, GONE) == changes(report)["participants/p1/name"]
    assert (GONE, GONE) == changes(correction)["participants/p1/name"]
    assert (GONE, GONE) == changes(correction)["places/scene"]
    assert "quantities/distance" in changes(correction)
    assert GONE == correction.words["reason"]
    assert {
        "legal_basis": "court order",
        "authority": "a court",
        "reason": "It was so decided.",
    } == redaction.words


def test_an_amendment_of_redacted_words_shows_the_tombstones() -> None:
    *_, amendment, _ = trail(
        REPORT,
        {"FactAmended": "drag", "set": {"places/scene/as_stated": "a bend"}},
        {"Redacted": "incident/lr", "erases": {"drag": ["places/scene"]}},
    )

    assert {"places/scene/as_stated": (GONE, GONE)} == changes(amendment)


def test_an_amendment_that_words_what_had_none_changes_it_from_nothing() -> None:
    amendment = trail(
        REPORT, {"FactAmended": "drag", "set": {"quantities/distance/as_stated": "some 15 feet"}}
    )[-1]

    assert {"quantities/distance/as_stated": (None, "some 15 feet")} == changes(amendment)


def test_of_the_redactions_those_are_upon_a_fact_that_took_something_of_it_or_of_an_act_upon_it() -> None:
    entries = trail(
        REPORT,
        {**REPORT, "FactReported": "flight"},
        {
            "FactCorrected": "drag",
            "id": "corrected",
            "cause": "our-typo",
            "says": REPORT["says"],
            "rests_on": ["paper"],
        },
        {"Redacted": "incident/lr", "erases": {"flight": ["places/scene"]}},
        {"Redacted": "incident/lr", "erases_in": {"corrected": ["reason"]}},
    )

    assert ["FactReported", "FactCorrected", "Redacted"] == [one.type for one in upon(entries, {"drag"})]
    assert ["FactReported", "Redacted"] == [one.type for one in upon(entries, {"flight"})]


def test_an_act_upon_another_incident_is_not_listed() -> None:
    ledger = ShorthandLedger()
    ledger.append({"IncidentOpened": "lr"}, "2021-05-08T12:00:00.000000Z")
    events = recorded(ledger.acts)

    assert () == audit_trail(events, "elsewhere", 1)


def test_acts_after_the_asked_position_are_not_listed() -> None:
    assert ["IncidentOpened"] == [entry.type for entry in trail(REPORT, known=2)]


def test_what_an_amendment_said_is_what_the_next_correction_changes() -> None:
    correction = trail(
        REPORT,
        {"FactAmended": "drag", "set": {"statement": "As repeated."}},
        {"FactCorrected": "drag", "cause": "legal", "says": REPORT["says"], "rests_on": ["paper"]},
    )[-1]

    assert {"statement": ("As repeated.", "As reported.")} == changes(correction)


def test_the_answer_to_a_dispute_says_how_it_stood_before() -> None:
    disputed = {"FactDisputed": "drag", "from": "paper"}
    answers = [{"DisputeResolved": "drag", "dispute": 1, "outcome": one} for one in ("left-open", "rejected")]
    entries = trail(REPORT, disputed, *answers)

    assert [("open", "left-open"), ("left-open", "rejected")] == [
        changes(entry)["disputes/1"] for entry in entries[-2:]
    ]


def test_a_correction_of_the_order_alone_says_which_order_stood_and_which_stands() -> None:
    people = {one: {"role": "injured", "as_described": f"officer {one}"} for one in ("p1", "p2", "p3")}
    says = {"kind": "drag@1", "participants": people}
    turned = {"kind": "drag@1", "participants": {one: people[one] for one in ("p3", "p1", "p2")}}
    grown = {"kind": "drag@1", "participants": {"p4": people["p1"], "p2": people["p2"], "p3": people["p3"]}}
    entries = trail(
        {**REPORT, "says": says},
        {"FactCorrected": "drag", "cause": "our-typo", "says": turned, "from": "paper"},
        {"FactCorrected": "drag", "cause": "our-typo", "says": grown, "from": "paper"},
    )
    told = [changes(entry).get("participants") for entry in entries]

    assert {"participants", "attestations/paper"} == set(changes(entries[2]))
    assert [None, None, (["p1", "p2", "p3"], ["p3", "p1", "p2"]), (["p3", "p2"], ["p2", "p3"])] == told
