"""What differs between two states of an incident, as data that apply, compose and turn round (model §5, law 7).

A view is laid flat: each value under a path in the form of a JSON Pointer (RFC 6901). What is a list in the view is keyed here and
never indexed: an item stands under its own id, and `@after` beside it names the item before it, or "" for the first. So an item that is
put in moves one neighbour, and two differences of neighbouring stretches compose path by path. `null` is never stored, so that a side
left out means that nothing stood there.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from ledger.errors import InvalidError
from ledger.values import STORED, Json
from projections.audit_trail import Change
from projections.incident_view import IncidentView

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from projections.fact_fold import FactView

__all__ = [
    "AFTER",
    "Difference",
    "apply",
    "canonical",
    "compose",
    "difference",
    "fact_difference",
    "inverse",
    "pointer",
]

AFTER = "@after"
"""The name under which an item of a list says what it stands after. No id begins with @ (model §2)."""


class Difference(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is to be changed in one state to have the other, in order of path. Two equal states differ in nothing."""

    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class _Leaf:
    """A value that is taken as a whole."""


@dataclass(frozen=True, slots=True)
class _Members:
    """An object, member by member; those not named are leaves."""

    named: Mapping[str, _Shape] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Keyed:
    """A list whose items stand under the id that `key` leads to."""

    key: tuple[str, ...]
    item: _Shape


_Shape = _Leaf | _Members | _Keyed
_LEAF = _Leaf()
_CONTENT = _Members(
    {
        "places": _Keyed(("id",), _LEAF),
        "participants": _Keyed(("id",), _Members()),
        "quantities": _Keyed(("id",), _LEAF),
        "details": _Members(),
    }
)
_FACT = _Members(
    {
        "content": _CONTENT,
        "attestations": _Keyed(("attestation", "id"), _Members()),
        "disputes": _Keyed(("dispute",), _Members()),
    }
)
_VIEW = _Members({"facts": _Keyed(("fact",), _FACT)})


def canonical(value: object) -> bytes:
    """A view or a value as bytes, the members of every object sorted: two views are equal where these are."""
    return msgspec.json.encode(value, order="sorted")


def pointer(*names: str) -> str:
    """A path of these names (RFC 6901 §3)."""
    return "".join("/" + name.replace("~", "~0").replace("/", "~1") for name in names)


def _names(path: str) -> list[str]:
    return [name.replace("~1", "/").replace("~0", "~") for name in path.split("/")[1:]]


def _lay(flat: dict[str, Json], path: str, value: Json, shape: _Shape) -> None:
    match shape:
        case _Leaf():
            flat[path] = value
        case _Members():
            for name, member in value.items():
                if member is not None:
                    _lay(flat, path + pointer(name), member, shape.named.get(name, _LEAF))
        case _Keyed():
            before = ""
            for item in value:
                key = item
                for name in shape.key:
                    key = key[name]
                at = path + pointer(str(key))
                flat[f"{at}/{AFTER}"] = before
                _lay(flat, at, item, shape.item)
                before = str(key)


def _flat(view: IncidentView | None) -> dict[str, Json]:
    flat: dict[str, Json] = {}
    if view is not None:
        _lay(flat, "", msgspec.to_builtins(view), _VIEW)
    return flat


def _same(one: Json, other: Json) -> bool:
    """Whether two values are one to the byte: `true` is not 1."""
    return (
        type(one) is type(other)
        and one == other
        and (isinstance(one, str) or canonical(one) == canonical(other))
    )


def _between(before: Mapping[str, Json], after: Mapping[str, Json]) -> Difference:
    return Difference(
        changes=tuple(
            Change(path=path, old=before.get(path), new=after.get(path))
            for path in sorted(before.keys() | after.keys())
            if not _same(before.get(path), after.get(path))
        )
    )


def difference(before: IncidentView | None, after: IncidentView | None) -> Difference:
    """What differs between two states of one incident; None is an incident that was not known yet."""
    return _between(_flat(before), _flat(after))


def fact_difference(before: FactView | None, after: FactView | None) -> Difference:
    """What differs between two states of one fact, under the paths of `difference`; its place among the facts aside."""
    flats: list[dict[str, Json]] = []
    for view in (before, after):
        flat: dict[str, Json] = {}
        if view is not None:
            _lay(flat, pointer("facts", view.fact), msgspec.to_builtins(view), _FACT)
        flats.append(flat)
    return _between(*flats)


def apply(before: IncidentView | None, changes: Difference) -> IncidentView | None:
    """The state that a difference leads to from the one it was made from (law 7).

    Raises InvalidError, naming the path, where it was made from another state.
    """
    flat = _flat(before)
    for change in changes.changes:
        if not _same(flat.get(change.path), change.old):
            raise InvalidError("the difference was made from another state", field=change.path)
        if change.new is None:
            del flat[change.path]
        else:
            flat[change.path] = change.new
    return _built(flat) if flat else None


def compose(first: Difference, second: Difference) -> Difference:
    """The one difference that does what `first` and then `second` do.

    Raises InvalidError, naming the path, where the second does not begin where the first ends.
    """
    both = {change.path: change for change in first.changes}
    for change in second.changes:
        one = both.get(change.path)
        if one is not None and not _same(one.new, change.old):
            raise InvalidError("the second difference does not begin where the first ends", field=change.path)
        both[change.path] = change if one is None else Change(path=change.path, old=one.old, new=change.new)
    return Difference(
        changes=tuple(both[path] for path in sorted(both) if not _same(both[path].old, both[path].new))
    )


def inverse(changes: Difference) -> Difference:
    """The difference that leads back."""
    return Difference(
        changes=tuple(Change(path=one.path, old=one.new, new=one.old) for one in changes.changes)
    )


class _Node:
    """A place in the tree of paths: its own value, and what stands below."""

    __slots__ = ("below", "value")

    def __init__(self) -> None:
        self.value: Json = None
        self.below: dict[str, _Node] = {}


def _built(flat: Mapping[str, Json]) -> IncidentView:
    root = _Node()
    for path, value in flat.items():
        node = root
        for name in _names(path):
            node = node.below.setdefault(name, _Node())
        node.value = value
    stored = STORED.set(True)
    try:
        return msgspec.convert(_tree(root, _VIEW, ""), IncidentView)
    except msgspec.ValidationError as error:
        raise InvalidError("the difference leads to no state of an incident") from error
    finally:
        STORED.reset(stored)


def _tree(node: _Node, shape: _Shape, path: str) -> Any:  # noqa: ANN401  JSON of any shape
    match shape:
        case _Leaf():
            return node.value
        case _Members():
            empty: dict[str, Json] = {
                name: [] for name, one in shape.named.items() if isinstance(one, _Keyed)
            }
            return empty | {
                name: _tree(below, shape.named.get(name, _LEAF), path + pointer(name))
                for name, below in node.below.items()
                if name != AFTER
            }
        case _Keyed():
            return [
                _tree(node.below[key], shape.item, path + pointer(key)) for key in _in_order(node.below, path)
            ]


def _in_order(items: Mapping[str, _Node], path: str) -> Iterable[str]:
    """The ids of a list in its order, each after the one that it names."""
    following = {item.below[AFTER].value: key for key, item in items.items() if AFTER in item.below}
    order: list[str] = []
    key = following.get("")
    while key is not None and len(order) < len(items):
        order.append(key)
        key = following.get(key)
    if len(order) != len(items):
        raise InvalidError("the difference leaves a list without an order", field=path)
    return order
