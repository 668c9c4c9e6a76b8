"""Strategies for histories: commands upon two facts of one incident, most of them in order and some of them not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import strategies as st

from tests.ledger.dragging import (
    AMEND,
    ATTEST,
    CORRECT,
    DISPUTE,
    DRAG,
    FLIGHT,
    REINSTATE,
    RESOLVE,
    RETRACT,
    WITHDRAW,
)
from tests.ledger.specification import changed

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from ledger.values import Json

_ATTESTATIONS = ("a1", "a2", "a3", "b1")
_TITLE: dict[str, Json] = {"op": "amend-incident", "incident": "lr", "reason": "A better label."}
_UPON_FACTS = (ATTEST, WITHDRAW, CORRECT, AMEND, RETRACT, REINSTATE, DISPUTE, RESOLVE)


@st.composite
def _commands(draw: st.DrawFn) -> dict[str, Json]:
    """One command as a caller writes it. Whether it is refused depends on what came before."""
    sort = draw(st.sampled_from((DRAG, FLIGHT, _TITLE, *_UPON_FACTS)))
    if sort is _TITLE:
        return {**_TITLE, "title": draw(st.sampled_from(("Dragging", "Dragging in Little Rock")))}
    if sort in (DRAG, FLIGHT):
        return sort
    command = changed(sort, ("/fact", draw(st.sampled_from(("drag", "drag", "flight")))))
    match sort["op"]:
        case "attest-fact":
            return {**command, "id": draw(st.sampled_from(_ATTESTATIONS)), "speaker": draw(_speakers())}
        case "withdraw-attestation":
            return {**command, "attestation": draw(st.sampled_from(_ATTESTATIONS))}
        case "correct-fact":
            cited = {"source": "wire", "speaker": draw(_speakers())}
            gone = draw(st.lists(st.sampled_from(_ATTESTATIONS), max_size=2, unique=True))
            quantity = {"id": "distance", "as_stated": draw(st.sampled_from(("ten feet", "a long way")))}
            return {**command, "citations": [cited], "withdraws": gone, "quantities": [quantity]}
        case "resolve-dispute":
            outcome = draw(st.sampled_from(("rejected", "left-open")))
            return {**command, "outcome": outcome, "dispute": draw(st.integers(1, 3))}
        case _:
            return command


def _speakers() -> SearchStrategy[dict[str, Json]]:
    return st.sampled_from(("chief", "mayor", "driver")).map(lambda ident: {"id": ident})


def histories() -> SearchStrategy[list[dict[str, Json]]]:
    """Commands to ask for one after another, once the incident is open; the first reports a fact."""
    return st.lists(_commands(), max_size=20).map(lambda rest: [DRAG, *rest])
