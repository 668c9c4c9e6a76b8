"""How a source is described at a point of the ledger: its registration with every amendment since laid over it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from ledger.events import SourceAmended, SourceRegistered
from ledger.values import Absent, Json
from ledger.when import Published

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ledger.events import Act, Recorded
    from ledger.terms import SourceKind

__all__ = ["Described", "descriptions_at"]

_MEMBERS = ("kind", "title", "publisher", "authors", "url", "published", "language")


class Described(msgspec.Struct, frozen=True, kw_only=True):
    """One source as described. `amended`: members changed since the newest `csl`; `past`: every CSL item that it ever had.

    `masked`: some words of the description were redacted or are not disclosed here, so that `csl`, which may repeat them, is not to be
    shown, and neither is anything in `past`.
    """

    id: str
    kind: SourceKind | Absent
    title: str | Absent
    publisher: str | Absent | None = None
    authors: tuple[str, ...] | Absent = ()
    url: str | Absent | None = None
    published: Published | Literal["never"] | None = None
    language: str | Absent | None = None
    csl: dict[str, Json] | None = None
    amended: frozenset[str] = frozenset()
    past: tuple[dict[str, Json], ...] = ()
    masked: bool = False


def _is_masked(act: SourceRegistered | SourceAmended) -> bool:
    words = act.published.as_stated if isinstance(act.published, Published) else None
    values = [words, act.csl, *(getattr(act, name) for name in _MEMBERS)]
    return any(isinstance(one, Absent) or one == {"absent": "undisclosed"} for one in values)


def _item(act: SourceRegistered | SourceAmended) -> dict[str, Json] | None:
    """The CSL item of an act; one that was redacted reads as the tombstone that every value has."""
    return None if act.csl == {"absent": "undisclosed"} else act.csl


def _amended(before: Described, act: SourceAmended) -> Described:
    changes = {name: value for name in _MEMBERS if (value := getattr(act, name)) is not None}
    item = _item(act)
    since = frozenset(changes) if item is not None else before.amended | frozenset(changes)
    return msgspec.structs.replace(
        before,
        **changes,
        csl=before.csl if item is None else item,
        amended=since,
        past=before.past if item is None else (*before.past, item),
    )


def descriptions_at(events: Iterable[Recorded[Act]], known: int) -> dict[str, Described]:
    """Every source as described at position `known`, in the order of registration.

    `events` are those of the sources, in order, those after `known` included: a redaction masks at once. Others are passed over.
    """
    found: dict[str, Described] = {}
    for event in events:
        act = event.body
        ident = event.stream.partition("/")[2]
        if not isinstance(act, SourceRegistered | SourceAmended) or event.position > known:
            continue
        if isinstance(act, SourceRegistered):
            item = _item(act)
            found[ident] = Described(
                id=ident,
                **{name: getattr(act, name) for name in _MEMBERS},
                csl=item,
                past=() if item is None else (item,),
            )
        else:
            found[ident] = _amended(found[ident], act)
        if _is_masked(act):
            found[ident] = msgspec.structs.replace(found[ident], masked=True)
    return found
