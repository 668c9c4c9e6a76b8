"""The rows of the lists have after each act as many origins as the page, where chains alone do not tell (model §4, Origins)."""

from __future__ import annotations

import pytest

from projections.stored_rows import incident_rows
from tests.lineage_lines import BEGUN, Edge, Line, acts, attests, declares, facts_of
from tests.projections.rows_at import stored_at

COPIED = [
    attests("drag", "relayed", "w1", relays="w3"),
    attests("drag", "copied", "w2"),
    declares(Edge("w2", "w1"), 1),
]
GONE: Line = {"AttestationWithdrawn": "drag", "attestation": "relayed", "cause": "upstream-unexplained"}


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (COPIED, [2, 3, 2]),
        ([*COPIED, attests("drag", "other", "w4")], [2, 3, 2, 3]),
        ([*COPIED, GONE], [2, 3, 2, 2]),
        ([*COPIED, GONE, attests("drag", "other", "w4")], [2, 3, 2, 2, 3]),
        ([*COPIED, {"LineageRevoked": "w2", "lineage": 1}], [2, 3, 2, 3]),
        ([COPIED[2], COPIED[1], COPIED[0]], [1, 2, 2]),
    ],
    ids=[
        "a copy leaves out whom its original relays",
        "one more comes",
        "the original goes",
        "one more comes after that",
        "it was no copy",
        "the copy is there first",
    ],
)
def test_a_copy_that_is_no_teller_of_its_own_is_none_in_the_rows(
    lines: list[Line], expected: list[int]
) -> None:
    events = acts(lines)
    rows = incident_rows(events, "lr")
    positions = range(BEGUN + 1, len(events) + 1)

    assert expected == [facts_of(events, known, None)["drag"].origins for known in positions]
    assert expected == [stored_at(rows, known)["drag"]["origins"] for known in positions]
