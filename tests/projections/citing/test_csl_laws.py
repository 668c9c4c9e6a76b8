"""CSL-JSON in and out again: nothing of an item is lost, and what the ledger says of a source comes back as it said it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from ledger.context import Snapshot
from ledger.decisions import decide
from ledger.errors import InvalidError
from ledger.events import Recorded, SourceAmended, SourceRegistered
from ledger.kinds import LATEST_VOCABULARY, Kinds, load_vocabulary
from ledger.read_command import read_command
from ledger.source import SourceState, evolve_source
from projections.citing.csl import read_description, register_body
from projections.citing.csl_item import written_item
from projections.citing.described import Described, descriptions_at
from tests.fakes import NOON, SequentialIds
from tests.strategies_csl import amendments, csl_items, rubble_items

if TYPE_CHECKING:
    from ledger.events import Act
    from ledger.values import Json

_KINDS = Kinds.of(load_vocabulary(LATEST_VOCABULARY))
_MEMBERS = ("kind", "title", "publisher", "authors", "url", "published", "language")


def _recorded(act: Act, version: int) -> Recorded[Act]:
    return Recorded(
        position=version + 1,
        stream="source/s",
        version=version,
        recorded_at=NOON,
        actor="desk",
        request="r",
        event_id=f"e{version}",
        format="1",
        type=type(act).__name__,
        schema=1,
        body=act,
    )


def _described(*commands: dict[str, Json]) -> Described:
    """The source after commands that really are decided, so that what the ledger would refuse is refused here."""
    state = SourceState()
    events: list[Recorded[Act]] = []
    for command in commands:
        context = Snapshot(kinds=_KINDS, sources={"s": state})
        asked = {**command, "id": "s"} if command["op"] == "register-source" else {**command, "source": "s"}
        (draft,) = decide(read_command(asked, SequentialIds()), context, NOON).drafts
        assert isinstance(draft.act, SourceRegistered | SourceAmended)
        events.append(_recorded(draft.act, len(events) + 1))
        state = evolve_source(state, events[-1])
    return descriptions_at(events, len(events) + 1)["s"]


def _registered(item: dict[str, Json]) -> Described:
    return _described(register_body(item))


def _members(source: Described) -> dict[str, object]:
    return {name: getattr(source, name) for name in _MEMBERS}


@given(csl_items())
def test_an_item_that_was_imported_is_exported_as_it_came(item: dict[str, Json]) -> None:
    assert item == written_item(_registered(item))


@given(csl_items(), amendments())
def test_what_was_amended_is_read_back_from_the_exported_item(
    item: dict[str, Json], changes: dict[str, Json]
) -> None:
    source = _described(register_body(item), *_amending(item, changes))

    again = _registered(written_item(source))

    assert _members(source) == _members(again)
    assert written_item(source) == written_item(again)


def _amending(item: dict[str, Json], changes: dict[str, Json]) -> list[dict[str, Json]]:
    described = read_description(item)
    differing = {name: value for name, value in changes.items() if value != described.get(name)}
    if "authors" in differing and not differing["authors"] and "authors" not in described:
        del differing["authors"]
    return [{"op": "amend-source", "reason": "It was wrong.", **differing}] if differing else []


@given(amendments(), st.none() | rubble_items())
def test_a_source_that_was_never_an_item_is_read_back_from_the_one_it_is_exported_as(
    members: dict[str, Json], csl: dict[str, Json] | None
) -> None:
    command = {"op": "register-source", "kind": "post", "title": "A title", **members}
    source = _described(command if csl is None else {**command, "csl": csl})

    assert _members(source) == _members(_registered(written_item(source)))


@given(csl_items(), st.sampled_from(["publisher", "authors", "url", "published", "language"]))
def test_what_only_the_item_says_is_not_said_by_the_ledger_after_a_round(
    item: dict[str, Json], member: str
) -> None:
    body = {name: value for name, value in register_body(item).items() if name != member}
    source = _described(body)

    assert _members(source) == _members(_registered(written_item(source)))


@given(
    csl_items(), st.sampled_from(["title", "author", "issued", "URL", "language", "id", "type"]), st.data()
)
def test_an_item_is_read_or_refused_by_name_and_never_fails_otherwise(
    item: dict[str, Json], name: str, data: st.DataObject
) -> None:
    rubble: st.SearchStrategy[Json] = st.recursive(
        st.sampled_from([0, 5, -1, "", "x", True, "2021", "date-parts"]),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["date-parts", "family", "literal", "raw"]), inner, max_size=2)
        ),
        max_leaves=6,
    )
    broken = {**item, name: data.draw(rubble)}

    assert _refused_at(broken).startswith((f"/{name}", "read"))


def _refused_at(item: dict[str, Json]) -> str:
    try:
        read_description(item)
    except InvalidError as error:
        return error.field
    return "read"
