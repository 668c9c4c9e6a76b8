"""A difference applied by who has read docs/changes.md and no code: one answer of `show --json` becomes the other."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from projections.axes import Axes
from projections.changes import changes
from projections.told_facts import told_incident
from tests.strategies_changes import INCIDENT, PUBLIC, courses_of_acts, events_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ledger.events import Act, Recorded
    from tests.strategies_changes import Line

COURSES = courses_of_acts()
KEYED = {"attestations", "disputes", "places", "participants", "quantities"}
"""The lists of a fact whose items stand under their ids; and `facts`."""


def is_keyed(names: Sequence[str]) -> bool:
    """Whether a path leads to one of the lists that the page names."""
    of_fact = names[2:] if names[:1] == ["facts"] else []
    return names == ["facts"] or (
        of_fact[-1:] != [] and of_fact[-1] in KEYED and len(of_fact) == 1 + (of_fact[0] == "content")
    )


def ident(item: dict[str, Any]) -> str:
    """The id of an item, or its number."""
    own = item.get("attestation", item)
    return str(next(own[name] for name in ("id", "dispute", "fact") if name in own))


def spread(value: Any, names: list[str]) -> Any:  # noqa: ANN401  JSON of any shape
    """A value with each keyed list as an object; an item says what it stands after."""
    if isinstance(value, list) and is_keyed(names):
        idents = [ident(item) for item in value]
        return {
            one: {**spread(item, [*names, one]), "@after": before}
            for one, before, item in zip(idents, ["", *idents], value, strict=False)
        }
    if isinstance(value, dict):
        return {name: spread(member, [*names, name]) for name, member in value.items()}
    return value


def gathered(value: Any, names: list[str]) -> Any:  # noqa: ANN401  JSON of any shape
    """The reverse: each list in its order."""
    if not isinstance(value, dict):
        return value
    if not is_keyed(names):
        return {name: gathered(member, [*names, name]) for name, member in value.items() if name != "@after"}
    following = {item["@after"]: one for one, item in value.items()}
    order: list[str] = []
    while len(order) < len(value):
        order.append(following[order[-1] if order else ""])
    return [gathered(value[one], [*names, one]) for one in order]


def put(tree: dict[str, Any], names: list[str], old: Any, new: Any) -> None:  # noqa: ANN401  JSON of any shape
    """One change. What stood there has to be `old`; objects of which nothing is left go too."""
    assert not is_keyed(names), "what is a list in a view is keyed in a path and never indexed"
    above = [tree]
    for name in names[:-1]:
        above.append(above[-1].setdefault(name, {}))
    stood = above[-1].pop(names[-1], None)
    after = stood.get("@after") if isinstance(stood, dict) else None
    is_there = isinstance(stood, dict) and stood.keys() == {"@after"}
    assert old == (None if is_there else gathered(stood, names)), names
    now = spread(new, names)
    if after is not None:
        now = {**(now or {}), "@after": after}
    if now is not None:
        above[-1][names[-1]] = now
    for at in range(len(names) - 1, 0, -1):
        if not above[at]:
            del above[at - 1][names[at - 1]]


def applied(state: Any, difference: Any) -> Any:  # noqa: ANN401  JSON of any shape
    """The state that a difference leads to; None where nothing is left."""
    tree: dict[str, Any] = spread(state or {}, [])
    for one in difference.get("changes", []):
        names = [name.replace("~1", "/").replace("~0", "~") for name in one["path"].split("/")[1:]]
        put(tree, names, one.get("old"), one.get("new"))
    found = gathered(tree, [])
    for fact in found.get("facts", []):
        fact.setdefault("attestations", [])
    return {"facts": [], **found} if found.keys() - {"facts"} else None


def shown(events: list[Recorded[Act]], axes: Axes) -> Any:  # noqa: ANN401  JSON of any shape
    """What `show --json` answers, without `final` and the lineage of the facts."""
    told = told_incident(events, INCIDENT, axes)
    if told is None:
        return None
    state = json.loads(msgspec.json.encode(told))
    return {**state, "facts": [{n: v for n, v in one.items() if n != "lineage"} for one in state["facts"]]}


@given(COURSES, st.data())
def test_a_difference_is_applied_as_the_page_says(lines: list[Line], data: st.DataObject) -> None:
    """Law 7 (model §5): changes(a→b) applied to state(a) is state(b). On both axes, forwards and backwards."""
    events = events_of(lines)
    known, public = st.integers(0, len(events)), st.sampled_from(PUBLIC)
    one = Axes(known=data.draw(known), public=data.draw(public))
    other = data.draw(
        st.one_of(
            known.map(lambda at: Axes(known=at, public=one.public)),
            public.map(lambda at: Axes(known=one.known, public=at)),
        )
    )
    told = changes(events, INCIDENT, one, other)
    difference = {} if told is None else json.loads(msgspec.json.encode(told.difference))

    assert shown(events, other) == applied(shown(events, one), difference)
