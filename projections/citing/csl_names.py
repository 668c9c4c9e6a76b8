"""Names in CSL-JSON: structured there, one text in the ledger, which never takes a name apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.errors import InvalidError
from ledger.strict_json import pointer
from projections.citing.csl_types import is_set

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ledger.values import Json

__all__ = ["read_names", "with_names"]

_PARTS = ("given", "dropping-particle", "non-dropping-particle", "family", "suffix")
_CLINGING = ("'", "\u2019", "\u02bb", "-")
"""How a particle ends that stands right before the name, as in d'Aubigné."""


def read_names(value: Json, *, field: str) -> tuple[str, ...]:
    """The names of a CSL name variable as they are read out: given name first, particles and suffix in their place.

    Raises InvalidError naming the member under `field`.
    """
    if not isinstance(value, list):
        raise InvalidError("must be a list of names", field=field)
    return tuple(_name(one, field=field + pointer(index)) for index, one in enumerate(value))


def with_names(value: Json, names: Sequence[str]) -> list[Json]:
    """CSL names that read as `names`: those of `value` where one reads so already, else literal."""
    had = value if isinstance(value, list) else []
    known: dict[str, Json] = {}
    for one in had:
        try:
            known.setdefault(_name(one, field=""), one)
        except InvalidError:
            continue
    return [known.get(name, {"literal": name}) for name in names]


def _name(value: Json, *, field: str) -> str:
    if not isinstance(value, dict):
        raise InvalidError("must be an object with family and given, or literal", field=field)
    literal = _part(value, "literal", field)
    if literal:
        return literal
    text = ""
    for part in _PARTS:
        word = _part(value, part, field)
        if not word:
            continue
        comma = part == "suffix" and is_set(value.get("comma-suffix"))
        gap = "" if not text or text.endswith(_CLINGING) else ", " if comma else " "
        text += gap + word
    if not text:
        raise InvalidError("a name has a family, given or literal part that is not empty", field=field)
    return text


def _part(name: Mapping[str, Json], part: str, field: str) -> str:
    text = name.get(part, "")
    if not isinstance(text, str):
        raise InvalidError("must be a string", field=field + pointer(part))
    return text.strip()
