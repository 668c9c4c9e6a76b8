"""The rows of an incident hold at every position what the fold answers there (law 4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from projections import fact_steps
from projections.comparison import disjoint_paths
from projections.stored_rows import incident_rows
from tests.projections.rows_at import folded_at, stored_at
from tests.recorded import recorded
from tests.situations import Situation, load

if TYPE_CHECKING:
    from typing import Any

SITUATIONS = load()


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda one: one.name)
def test_at_every_position_the_rows_say_what_the_fold_says(situation: Situation) -> None:
    events = recorded(situation.acts)
    rows = incident_rows(events, situation.incident)

    for known in range(len(events) + 1):
        assert folded_at(events, situation.incident, known) == stored_at(rows, known), known


def act(version: int, name: str, **body: object) -> dict[str, Any]:
    """An act upon incident `lr`, the only stream."""
    frame = {"stream": "incident/lr", "recorded_at": "2021-05-08T12:00:00.000000Z", "answers": version - 1}
    return {"position": version, "version": version, "type": name, "body": body, **frame}


def content(number: int) -> dict[str, Any]:
    return {"kind": "attribute@1", "details": {"name": "age", "value": str(number)}}


def cited(number: int) -> dict[str, Any]:
    return {"id": f"a{number}", "source": "table", "stance": "supports"}


def corrected_often(times: int) -> list[dict[str, Any]]:
    """An attribute that each act corrects, every correction with a passage that still counts."""
    made = [act(1, "IncidentOpened", title="Stop", zone="UTC")]
    made.append(act(2, "FactReported", fact="age", content=content(0), attestations=[cited(0)]))
    why = {"class": "other", "cause": "source-error", "reason": "The table says so."}
    for number in range(1, times):
        body = {"fact": "age", "content": content(number), "attestations": [cited(number)], **why}
        made.append(act(number + 2, "FactCorrected", **body))
    return made


def test_what_we_misread_never_established_the_fact() -> None:
    own = {**cited(1), "as_stated": {"details": {"name": "age", "value": "34"}}}
    acts = [
        act(1, "IncidentOpened", title="Stop", zone="UTC"),
        act(2, "FactReported", fact="age", content=content(0), attestations=[cited(0)]),
        act(3, "FactDisputed", fact="age", dispute=1, by="A reader", grounds="No."),
        act(4, "FactAttested", fact="age", attestation=own),
        act(5, "FactRetracted", fact="age", cause="source-error", reason="It is gone."),
        act(
            6,
            "AttestationWithdrawn",
            fact="age",
            attestation="a0",
            cause="our-misreading",
            reason="Another man.",
        ),
    ]
    events = recorded(acts)
    rows = incident_rows(events, "lr")

    for known in range(7):
        assert folded_at(events, "lr", known) == stored_at(rows, known), known
    before, after = stored_at(rows, 5)["age"], stored_at(rows, 6)["age"]
    assert ("disputed", "reported") == (before["status"], after["status"])
    assert "34" in after["words"][1]


def test_a_fact_with_many_acts_does_not_cost_the_square(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[int] = []

    def counting(*statements: Any) -> tuple[str, ...]:
        compared[-1] += 1
        return disjoint_paths(*statements)

    monkeypatch.setattr(fact_steps, "disjoint_paths", counting)
    for times in (50, 500):
        compared.append(0)
        events = recorded(corrected_often(times))
        assert times == len(incident_rows(events, "lr")["facts"])

    assert compared[1] <= 10 * compared[0]
