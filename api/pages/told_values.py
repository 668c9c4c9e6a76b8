"""The values of a fact as a page tells them: what each is called, the words as stated, and what they are read as."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from api.in_words import bounds_in_words, faces_as_written, value_in_words
from ledger.values import Absent, Json
from projections.change_words import of_what
from projections.plain_sentences import number_in_words, relation_in_words

if TYPE_CHECKING:
    from ledger.fact import AsStated, Content, Participant
    from ledger.place import Place
    from ledger.quantity import Quantity
    from ledger.when import When

__all__ = ["Stated", "path_as_name", "path_in_words", "stated_in"]

Text = str | Absent | None

_ABSENT_DETAIL = {"absent"}


class Stated(msgspec.Struct, frozen=True, kw_only=True):
    """One value: its name, the words as stated, and `read_as`, what the record takes them to mean; "" where that adds nothing."""

    name: str
    words: Text
    read_as: str = ""


def _name(ident: str) -> str:
    words = ident.replace("-", " ").replace("_", " ").replace(".", " ")
    return words[:1].upper() + words[1:]


def _quantity(value: Quantity) -> Stated:
    read_as = number_in_words(value)
    words: Text = value.as_stated
    if words is None:
        words = Absent(absent=value.absent) if value.absent is not None else read_as
    return Stated(name=_name(value.id), words=words, read_as="" if words == read_as else read_as)


def _place(value: Place) -> Stated:
    point = ""
    if value.lon is not None and value.lat is not None:
        within = "" if value.uncertainty_m is None else f", within {value.uncertainty_m:,} m"
        point = f"{value.lat}, {value.lon}{within}"
    words: Text = value.as_stated
    if words is None:
        words = Absent(absent=value.absent) if value.absent is not None else point
    precision = value.precision or ""
    read_as = "; ".join(one for one in (point if words != point else "", precision) if one)
    role = value.role or ""
    name = _name(value.id) if role in ("", value.id) else f"{_name(value.id)} ({role})"
    return Stated(name=f"Place: {name.lower()}", words=words, read_as=read_as)


def _participant(value: Participant) -> Iterator[Stated]:
    name = _name(value.role or value.id)
    described, named = value.as_described, value.name
    if described is not None:
        yield Stated(name=name, words=described)
    if named is not None:
        yield Stated(name=f"{name}, name", words=named)


def _detail(name: str, value: Json) -> Stated:
    if isinstance(value, dict) and value.keys() == _ABSENT_DETAIL:
        return Stated(name=_name(name), words=Absent(absent=value["absent"]))
    return Stated(name=_name(name), words=value_in_words(value))


def _when(value: When) -> Iterator[Stated]:
    if value.as_stated is not None:
        bounds = value.bounds()
        ends = faces_as_written(bounds.earliest, bounds.latest)
        read_as = bounds_in_words(*ends, approximate=value.approximate) if any(ends) else ""
        yield Stated(name="When", words=value.as_stated, read_as=read_as)
    elif value.absent is not None:
        yield Stated(name="When", words=Absent(absent=value.absent))
    for relation in value.relations:
        if relation.as_stated is not None:
            yield Stated(
                name="Order",
                words=relation.as_stated,
                read_as=relation_in_words(relation.rel, relation.fact),
            )


def stated_in(content: Content | AsStated) -> tuple[Stated, ...]:
    """The values of a content, or of what one passage states, in a steady order."""
    found: list[Stated] = []
    if content.occurred is not None:
        found += _when(content.occurred)
    found += map(_quantity, content.quantities)
    found += map(_place, content.places)
    for person in content.participants:
        found += _participant(person)
    found += (_detail(name, content.details[name]) for name in sorted(content.details))
    return tuple(found)


_MEMBERS = {"name": "name", "as_described": "description", "role": "role", "as_stated": "words"}


def path_as_name(path: str) -> str:
    """What a path of an act's changes names, short and without its content: `Distance`, `Driver: name`, `When`."""
    match path.split("/"):
        case ["occurred"]:
            return "When"
        case ["occurred", "as_stated"]:
            return "When, as stated"
        case [("places" | "quantities" | "details"), ident]:
            return _name(ident)
        case [("places" | "quantities" | "details"), ident, member]:
            return f"{_name(ident)}: {_MEMBERS.get(member, member)}"
        case ["participants", ident, member]:
            return f"{_name(ident)}: {_MEMBERS.get(member, member)}"
        case ["attestations", ident]:
            return f"Citation {ident}"
        case ["disputes", number]:
            return f"Dispute {number}"
        case [one]:
            return _name(one)
        case _:
            return path


def path_in_words(path: str, content: Content) -> str:
    """What a path names, as a heading."""
    if path == "existence":
        return "whether it happened so"
    if path == "occurred":
        return "when it occurred"
    return of_what(path, content)
