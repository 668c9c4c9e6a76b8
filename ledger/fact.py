"""A fact's content: what one reported thing says (model §3).

Everything that is a list is keyed by an `id` that lives through corrections, so that a path such as `participants/p1/name` means the
same thing in every act. Content says *reported*, never *true*; that an officer's name is not stated is itself a value.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from ledger.errors import InvalidError
from ledger.ids import check_id, check_slug
from ledger.place import Place
from ledger.quantity import Quantity
from ledger.values import Absence, Absent, CheckedValue, Json, check_text
from ledger.when import When

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["MAX_ITEMS", "AsStated", "Content", "Participant", "check_keyed", "check_kind_ref"]

MAX_ITEMS = 200
_KIND_REF = re.compile(r"[a-z][a-z0-9]*(?:[._-][a-z0-9]+)*@[1-9][0-9]{0,3}", re.ASCII)


class Participant(CheckedValue, frozen=True, kw_only=True):
    """Somebody or something in a role of the fact. Alleged, charged and convicted are kinds, never inferred from one another."""

    id: str
    role: str | None = None
    name: str | Absent | None = None
    as_described: str | Absent | None = None

    def check(self) -> None:
        """Refuse malformed ids and roles and empty text."""
        check_id(self.id, field="/id")
        if self.role is not None:
            check_slug(self.role, field="/role")
        if isinstance(self.name, str):
            check_text(self.name, field="/name", limit=1_024)
        if isinstance(self.as_described, str):
            check_text(self.as_described, field="/as_described", limit=4_096)


def check_keyed(items: Sequence[Participant | Place | Quantity], *, field: str) -> None:
    """Refuse more than MAX_ITEMS items, or two with one id (model §2: keyed, never indexed). Raises InvalidError."""
    if not items:
        return
    seen: set[str] = set()
    for index, item in enumerate(items):
        if item.id in seen:
            raise InvalidError(
                "this id stands twice; every item of a list has its own", field=f"{field}/{index}/id"
            )
        seen.add(item.id)
    if len(seen) > MAX_ITEMS:
        raise InvalidError(f"at most {MAX_ITEMS} items are allowed", field=field)


def check_kind_ref(ref: str, *, field: str) -> str:
    """`ref`, if it is `slug@version`. Raises InvalidError."""
    if _KIND_REF.fullmatch(ref) is None:
        raise InvalidError("a kind is written slug@version, such as dispatch@1", field=field)
    return ref


class Content(CheckedValue, frozen=True, kw_only=True):
    """The whole content of one version of a fact.

    `kind` is `slug@version`. `statement` is the desk's own sentence; kinds `attribute` and `record` may leave it out. `occurred` left
    out means undated. `details` is checked by the kind's JSON Schema.
    """

    kind: str
    statement: str | Absent | None = None
    occurred: When | None = None
    places: tuple[Place, ...] = ()
    participants: tuple[Participant, ...] = ()
    quantities: tuple[Quantity, ...] = ()
    details: dict[str, Json] = msgspec.field(default_factory=dict)

    def check(self) -> None:
        """Refuse lists with one id twice, participants without a role, and hostile text."""
        check_kind_ref(self.kind, field="/kind")
        if isinstance(self.statement, str):
            check_text(self.statement, field="/statement")
        check_keyed(self.places, field="/places")
        check_keyed(self.participants, field="/participants")
        check_keyed(self.quantities, field="/quantities")
        for index, participant in enumerate(self.participants):
            if participant.role is None:
                raise InvalidError("a participant has a role", field=f"/participants/{index}/role")

    @property
    def slug(self) -> str:
        """The kind without its version."""
        return self.kind.partition("@")[0]


class AsStated(CheckedValue, frozen=True, kw_only=True):
    """What one passage states of a fact's values, where that differs from the content it is recorded with, or goes beyond it.

    It speaks of what it lists and of nothing else.
    """

    statement: str | None = None
    occurred: When | None = None
    places: tuple[Place, ...] = ()
    participants: tuple[Participant, ...] = ()
    quantities: tuple[Quantity, ...] = ()
    details: dict[str, Json] = msgspec.field(default_factory=dict)
    absent: Absence | None = None

    def check(self) -> None:
        """Refuse an empty statement of nothing, and lists with one id twice."""
        if self.statement is not None:
            check_text(self.statement, field="/statement")
        check_keyed(self.places, field="/places")
        check_keyed(self.participants, field="/participants")
        check_keyed(self.quantities, field="/quantities")
