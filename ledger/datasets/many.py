"""Which fields of a data set hold many values at once, each a fact of its own; kept in the description of its source (ADR 17).

Nothing in one line tells it: a field with one link looks like a field with one city. It is said when the data set is first imported, and
learned where a second value is added beside the first; and a field that was said to hold many, never did, and changes in place holds one.
What is learned counts for more than what is said, so that a stream comes to the same in parts, each of them told the same, as in one piece.
It stands in the CSL-JSON of the source, under `custom`, which CSL leaves to programs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ledger.values import Json

__all__ = ["Many"]

_CUSTOM: Final = "custom"
_SAID: Final = "incident-ledger-many-valued"
_SEEN: Final = "incident-ledger-seen-many-valued"
_ONE: Final = "incident-ledger-seen-single-valued"


class Many:
    """The fields that hold many values. `csl` is the source's own, in which they stand."""

    def __init__(self, csl: Json = None) -> None:
        self._csl: dict[str, Json] = dict(csl) if isinstance(csl, dict) else {"type": "dataset"}
        custom = self._csl.get(_CUSTOM)
        self._custom: dict[str, Json] = dict(custom) if isinstance(custom, dict) else {}
        self._said = _texts(self._custom.get(_SAID))
        self._seen = _texts(self._custom.get(_SEEN))
        self._one = _texts(self._custom.get(_ONE))

    def __contains__(self, field: str) -> bool:
        return field in self._said

    @property
    def fields(self) -> frozenset[str]:
        """Their names."""
        return frozenset(self._said)

    @property
    def is_told(self) -> bool:
        """Whether it was ever said which fields they are."""
        return _SAID in self._custom

    def say(self, fields: Iterable[str]) -> bool:
        """Fields are said to hold many values; gives whether that is new. One that was seen to hold one value holds one."""
        new = set(fields) - self._said - self._one
        self._said |= new
        return bool(new)

    def see(self, field: str) -> bool:
        """A field was seen to hold two values at once; gives whether that is new."""
        if field in self._seen:
            return False
        self._seen.add(field)
        self._said.add(field)
        self._one.discard(field)
        return True

    def unsay(self, field: str) -> bool:
        """A field changed in place; gives whether it was said to hold many values and never had: it holds one."""
        if field in self._seen or field not in self._said:
            return False
        self._said.discard(field)
        self._one.add(field)
        return True

    def csl(self) -> dict[str, Json]:
        """The CSL-JSON item of the source, with what is known now."""
        lists = {_SAID: sorted(self._said), _SEEN: sorted(self._seen), _ONE: sorted(self._one)}
        custom = {
            **self._custom,
            **{name: found for name, found in lists.items() if found or name in self._custom},
        }
        return {**self._csl, _CUSTOM: custom} if custom else self._csl


def _texts(value: Json) -> set[str]:
    return {one for one in value if isinstance(one, str)} if isinstance(value, list) else set()
