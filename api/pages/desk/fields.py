"""Fields of a form, and the body of a command that they become: what the rules refuse finds its way back to the field it is about."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Literal, TypeAlias

import msgspec

from ledger.values import Json

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = [
    "FORM_KEY",
    "VERSION",
    "Body",
    "Field",
    "Group",
    "Refused",
    "labels_of",
    "put_said",
    "refused_beside",
    "said_field",
]

FORM_KEY = "form_key"
"""The field that every form which was sent has: the key of the act that it is."""

VERSION = "version"
"""The field that says upon what a form was opened: the version of its fact, else the position that the ledger had."""

Sort: TypeAlias = Literal["text", "area", "select", "check", "hidden"]


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One field. `options` are values with their words; `refusals` stand beside it."""

    name: str
    label: str
    sort: Sort = "text"
    value: str = ""
    hint: str = ""
    options: tuple[tuple[str, str], ...] = ()
    is_required: bool = False
    refusals: tuple[str, ...] = ()

    @property
    def ident(self) -> str:
        """Its id in the page."""
        return f"field-{self.name}"


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Fields that belong together, under a heading; `is_open` says whether they are shown before they are asked for."""

    head: str
    fields: tuple[Field, ...]
    is_open: bool = True
    hint: str = ""


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """What was refused: by the name of a field, and what belongs to none. `nearest` are passages like the one quoted."""

    by_field: Mapping[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    general: tuple[str, ...] = ()
    nearest: tuple[str, ...] = ()
    status: int = 422

    def beside(self, groups: Iterable[Group]) -> tuple[Group, ...]:
        """The groups with each refusal at its field; a group that has one is open."""
        made = []
        for group in groups:
            fields = tuple(
                msgspec.structs.replace(one, refusals=self.by_field.get(one.name, ())) for one in group.fields
            )
            is_open = group.is_open or any(one.refusals for one in fields)
            made.append(msgspec.structs.replace(group, fields=fields, is_open=is_open))
        return tuple(made)


def labels_of(groups: Iterable[Group]) -> dict[str, str]:
    """What each field is called where it is told of away from its place; one of a row with the name of its list."""
    return {
        one.name: f"{group.head}, row {int(row) + 1}: {one.label}"
        if row.isdecimal()
        else one.label or group.head
        for group in groups
        for one in group.fields
        for row in [one.name.partition(".")[2].partition(".")[0]]
    }


class Body:
    """The body of a command, put together member by member; it remembers from which field each member came."""

    def __init__(self) -> None:
        self.value: dict[str, Json] = {}
        self.fields: dict[str, str] = {}

    def put(self, path: str, value: Json, field: str) -> None:
        """Put a value at a path such as `quantities/0/value`; what is empty is left out, and missed there. Lists grow in order."""
        self.fields[f"/{path}"] = field
        if value is None or value == "":
            return
        here: Json = self.value
        names = path.split("/")
        for name, following in pairwise(names):
            inner: Json = [] if following.isdecimal() else {}
            if isinstance(here, list):
                while len(here) <= int(name):
                    here.append([] if following.isdecimal() else {})
                here = here[int(name)]
            else:
                here = here.setdefault(name, inner)
        if isinstance(here, list):
            here.append(value)
        else:
            here[names[-1]] = value

    def field_of(self, pointer: str) -> str | None:
        """The field that a pointer is about: the one that said it, or something around it, or something in it."""
        at = pointer
        while at:
            if at in self.fields:
                return self.fields[at]
            at = at.rpartition("/")[0]
        return next((field for path, field in self.fields.items() if path.startswith(f"{pointer}/")), None)


def said_field(said: Mapping[str, str], name: str, label: str, **members: object) -> Field:
    """A field with what was typed into it. `members` are those of Field."""
    return Field(name=name, label=label, value=said.get(name, ""), **members)  # type: ignore[arg-type]  # members of Field


def put_said(body: Body, said: Mapping[str, str], *names: str) -> None:
    """Put members that are fields of the same name, blanks around them left out."""
    for name in names:
        body.put(name, said.get(name, "").strip(), name)


def refused_beside(
    body: Body,
    told: Sequence[tuple[str, str]],
    *,
    detail: str,
    nearest: tuple[str, ...] = (),
    status: int = 422,
) -> Refused:
    """What was refused, at its fields. `told` are pointers with their rules; where none finds a field, the detail stands above the form."""
    by_field: dict[str, tuple[str, ...]] = {}
    general: list[str] = []
    for pointer, rule in told:
        field = body.field_of(pointer)
        if field is None:
            general.append(f"{pointer}: {rule}" if pointer else rule)
        else:
            by_field[field] = (*by_field.get(field, ()), rule)
    if not told:
        general.append(detail)
    return Refused(by_field=by_field, general=tuple(general), nearest=nearest, status=status)
