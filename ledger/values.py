"""What every value of the model shares: its base, absence, and the rules for text.

Values are frozen, slotted, keyword-only msgspec structs (ADR 6): one shape is the type in Python, the form in the stored JSON
and the form a caller writes. They check themselves while they are built and raise InvalidError; unknown members are refused.
Stored bytes are typed when they are read but not judged again (CheckedValue).
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any, Literal, TypeAlias

import msgspec

from ledger.errors import InvalidError

__all__ = ["STORED", "Absence", "Absent", "CheckedValue", "Json", "Value", "check_text"]

Json: TypeAlias = Any
"""A JSON value of the ledger's profile: no floats, no null, keys ASCII, integers within ±(2^53-1)."""

Absence: TypeAlias = Literal[
    "not-reported", "not-stated", "researched-unknown", "none", "withheld", "undisclosed"
]
"""Why a value is not there. The first five are said by a source or the desk. `undisclosed` is never said by anybody: the reader
puts it where the words were redacted, or were not copied along (ledger-format §4), and a command that says it is refused."""

TEXT_LIMIT = 65_536


class Value(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, gc=False
):
    """The base of values, events and commands: immutable, compared by content, built by keyword, strict about members.

    What is immutable refers to nothing that was made after it, so it is in no cycle, and the garbage collector need not watch it.

    Sub-classes repeat `frozen=True, kw_only=True`, which a type checker and msgspec read per class.
    """


STORED: ContextVar[bool] = ContextVar("stored", default=False)
"""True while the codec reads stored bytes. A value is judged once, when it is recorded: what stands in the ledger stays readable even
where a later rule would refuse it (ledger-format §6), and reading is not slowed by rules already kept."""


class CheckedValue(Value, frozen=True, kw_only=True):
    """A value with rules of its own: `check` runs whenever one is built, except from stored bytes (STORED)."""

    def __post_init__(self) -> None:
        """Judge the value, unless it was judged before."""
        if not STORED.get():
            self.check()

    def check(self) -> None:
        """Raise InvalidError where a member breaks a rule."""
        raise NotImplementedError


class Absent(Value, frozen=True, kw_only=True):
    """Absence as a value (model §3): stands where text would, and is citable like any other value."""

    absent: Absence


def check_text(text: str, *, field: str, limit: int = TEXT_LIMIT) -> str:
    """`text`, if it has 1 to `limit` characters, some of them not blank, no U+0000 and no lone surrogate.

    Text is stored as received: nothing is trimmed, folded or normalised,
    since what was said is told by the very characters. Raises InvalidError naming `field`.
    """
    if not text or text.isspace():
        raise InvalidError("must not be empty", field=field)
    if len(text) > limit:
        raise InvalidError(f"has {len(text)} characters; at most {limit} are allowed", field=field)
    if "\x00" in text:
        raise InvalidError("must not contain the character U+0000", field=field)
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise InvalidError("contains a lone surrogate, which is not Unicode text", field=field) from None
    return text
