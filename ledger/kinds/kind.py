"""One kind of fact, and what it demands of a fact's details and participants (model §3).

A kind is data, never a class: every act applies to every kind, and a wrong kind must be correctable. Its
definition says what is *reported*. It knows nothing of facts, events, or other kinds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import orjson

from ledger.errors import InvalidError
from ledger.ids import check_slug
from ledger.kinds.instance import check_instance, compiled
from ledger.kinds.schema import KEY_RULE, check_schema, is_key
from ledger.kinds.survey import locate
from ledger.strict_json import check_json
from ledger.values import Absence, Json, Value, check_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = [
    "DETAILS_DEPTH_LIMIT",
    "DETAILS_SIZE_LIMIT",
    "VERSION_LIMIT",
    "Kind",
    "check_details",
    "check_roles",
]

VERSION_LIMIT = 9_999
DETAILS_SIZE_LIMIT = 262_144
"""Bytes of the canonical JSON of one fact's details."""
DETAILS_DEPTH_LIMIT = 16
"""Objects and lists inside one another, the details themselves counted."""
_LABEL_LIMIT = 80
_DEFINITION_LIMIT = 500
_ROLES_LIMIT = 64
_REASONS = frozenset(get_args(Absence)) - {"undisclosed"}


class Kind(Value, frozen=True, kw_only=True):
    """One version of one kind. `schema`, the JSON Schema of `details`, is shared: never change it."""

    slug: str
    version: int
    label: str
    definition: str
    schema: Json
    roles: tuple[str, ...]

    def __post_init__(self) -> None:
        """Refuse a malformed slug, version, label, definition or role, and what `check_schema` refuses."""
        check_slug(self.slug, field="/slug")
        if not 1 <= self.version <= VERSION_LIMIT:
            raise InvalidError(f"a version lies between 1 and {VERSION_LIMIT}", field="/version")
        _check_line(self.label, field="/label", limit=_LABEL_LIMIT)
        _check_line(self.definition, field="/definition", limit=_DEFINITION_LIMIT)
        check_schema(self.schema, field="/schema")
        if len(self.roles) > _ROLES_LIMIT:
            raise InvalidError(f"a kind has at most {_ROLES_LIMIT} roles", field="/roles")
        for index, role in enumerate(self.roles):
            check_slug(role, field=f"/roles/{index}")
            if role in self.roles[:index]:
                raise InvalidError("this role stands twice", field=f"/roles/{index}")

    @property
    def ref(self) -> str:
        """The kind as content names it: `slug@version`."""
        return f"{self.slug}@{self.version}"


def check_details(kind: Kind, details: Mapping[str, Json], *, field: str, partial: bool = False) -> None:
    """Refuse details that the kind's schema does not allow, or that cannot be stored (model §6).

    A detail `{"absent": reason}` stands for any value: it meets `required` and is not judged. `partial` drops
    `required`, for what one passage states of a fact. Raises InvalidError with a JSON pointer under `field`;
    no rule repeats a value.
    """
    if not details and (partial or not kind.schema.get("required")):
        return
    ready = compiled(kind.schema)
    if not details.keys() <= ready.members.keys():
        raise _unknown(kind, details, ready.members, field)
    for name in () if partial else ready.required:
        if name not in details:
            rule = f"{kind.ref} requires this detail; give it, or say why it is absent"
            raise InvalidError(rule, field=locate(field, name))
    instance = {
        name: value
        for name, value in details.items()
        if type(value) is not dict or not _is_absence(value, field=locate(field, name))
    }
    if not instance:
        return
    check_json(instance, field=field, max_depth=DETAILS_DEPTH_LIMIT)
    size = len(orjson.dumps(instance))
    if size > DETAILS_SIZE_LIMIT:
        raise InvalidError(f"details have at most {DETAILS_SIZE_LIMIT} bytes of canonical JSON", field=field)
    check_instance(ready, instance, size=size, field=field)


def check_roles(kind: Kind, roles: Iterable[str], *, field: str) -> None:
    """Refuse a role that the kind does not know.

    `roles` are those of the participants, in their order, and `field` the JSON pointer of the list of
    participants: the InvalidError names the `role` of the first one at fault.
    """
    for index, role in enumerate(roles):
        if role not in kind.roles:
            known = f"its roles are {', '.join(kind.roles)}" if kind.roles else "it takes no participants"
            raise InvalidError(f"{kind.ref} does not know this role; {known}", field=f"{field}/{index}/role")


def _unknown(
    kind: Kind, details: Mapping[str, Json], members: Mapping[str, Json], field: str
) -> InvalidError:
    """The complaint about the first detail that the schema does not name. What it names is a key."""
    name = next(name for name in details if name not in members)
    if not is_key(name):
        return InvalidError(KEY_RULE, field=locate(field, name))
    known = f"it has {', '.join(members)}" if members else "it has none"
    return InvalidError(f"{kind.ref} has no such detail; {known}", field=locate(field, name))


def _is_absence(value: dict[str, Json], *, field: str) -> bool:
    """Whether a detail is absence as a value. An object whose only member is `absent` means nothing else."""
    if value.keys() != {"absent"}:
        return False
    reason = value["absent"]
    if type(reason) is not str or reason not in _REASONS:
        raise InvalidError(f"absent is one of {', '.join(sorted(_REASONS))}", field=f"{field}/absent")
    return True


def _check_line(text: str, *, field: str, limit: int) -> None:
    check_text(text, field=field, limit=limit)
    if text.splitlines() != [text]:
        raise InvalidError("must be one line", field=field)
