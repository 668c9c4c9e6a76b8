"""Statements that exclude each other: found among the values, with the answer that comparing every pair would give."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from ledger.fact import AsStated
from projections import comparison
from projections.axes import Axes
from projections.comparison import compared, disagreeing_paths, disjoint_paths
from projections.replay import replay
from tests.projections.test_stored_rows import act, content
from tests.recorded import recorded

if TYPE_CHECKING:
    import pytest

    from ledger.values import Json

_NUMBERS = st.sampled_from(("14", "15", "15.0", "16", "18", "40"))
_QUANTITIES: st.SearchStrategy[Json] = st.one_of(
    st.fixed_dictionaries(
        {"value": _NUMBERS, "unit": st.sampled_from(("[ft_i]", "m", "{shots}"))},
        optional={"approximate": st.booleans(), "as_stated": st.sampled_from(("so far", "that far"))},
    ),
    st.just({"min": "15", "max": "20", "unit": "[ft_i]"}),
    st.just({"as_stated": "a few yards"}),
    st.just({"absent": "not-stated"}),
)
_DAYS = st.integers(1, 4)
_TIMES: st.SearchStrategy[Json] = st.one_of(
    st.builds(
        lambda day, length: {
            "earliest": f"2021-05-0{day}T00:00:00-05:00",
            "latest": f"2021-05-0{day + length}T00:00:00-05:00",
        },
        _DAYS,
        st.integers(0, 2),
    ),
    st.builds(
        lambda rel, other: {"relations": [{"rel": rel, "fact": other}]},
        st.sampled_from(("before", "after", "during", "same-time")),
        st.sampled_from(("a", "b")),
    ),
    st.just({"absent": "not-reported"}),
)
_PLACES: st.SearchStrategy[Json] = st.fixed_dictionaries(
    {"lon": st.sampled_from(("-92.32", "-92.50")), "lat": st.just("34.74")},
    optional={"uncertainty_m": st.sampled_from((10, 50_000)), "as_stated": st.just("the block")},
)


@st.composite
def statements(draw: st.DrawFn) -> AsStated:
    """What a passage may state, of few values that often meet and often do not."""
    said: dict[str, Json] = {}
    if draw(st.booleans()):
        said["occurred"] = draw(_TIMES)
    for name, values in (("quantities", _QUANTITIES), ("places", _PLACES)):
        idents = draw(st.lists(st.sampled_from(("x", "y")), unique=True, max_size=2))
        said[name] = [{**draw(values), "id": ident} for ident in idents]
    if draw(st.booleans()):
        said["details"] = {
            "name": "age",
            "value": draw(st.sampled_from(("34", "35", {"absent": "withheld"}))),
        }
    return msgspec.convert(said, AsStated)


@given(st.lists(statements(), max_size=6), st.sampled_from(("drag", "attribute")), st.integers(0, 2))
def test_the_paths_are_those_of_every_pair(found: list[AsStated], slug: str, again: int) -> None:
    pairs = {path for one, other in combinations(found, 2) for path in disjoint_paths(slug, one, other)}

    assert tuple(sorted(pairs)) == disagreeing_paths(slug, found + found[:again])


def test_a_fact_with_many_passages_is_replayed_without_comparing_every_pair_at_every_step(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    counted: list[int] = []

    def counting(*values: Any) -> str:
        counted[-1] += 1
        return compared(*values)

    monkeypatch.setattr(comparison, "compared", counting)
    for times in (20, 80):
        counted.append(0)
        acts = [
            act(1, "IncidentOpened", title="Stop", zone="UTC"),
            act(
                2,
                "FactReported",
                fact="age",
                content=content(0),
                attestations=[{"id": "a0", "source": "table", "stance": "supports"}],
            ),
        ]
        for number in range(1, times):
            details = {"name": "age", "value": str(number % 3)}
            own = {"id": f"a{number}", "source": f"s{number}", "stance": "supports"}
            acts.append(
                act(
                    number + 2,
                    "FactAttested",
                    fact="age",
                    attestation={**own, "as_stated": {"details": details}},
                )
            )
        assert times + 1 == len(list(replay(recorded(acts), "lr", Axes(known=times + 1))))

    assert counted[1] <= 5 * counted[0]
