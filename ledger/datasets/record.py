"""What stands of one record of a data set, as its next change needs it; made from the state of the incident that it is.

Unlike the ledger's states it is changed in place: whoever plans many lines ahead of the writer keeps it, and drops it where a line is
refused.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import msgspec

from ledger.datasets.cell import is_same, name_as_written

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from ledger.fact import Content
    from ledger.incident import FactState, IncidentState
    from ledger.values import Json

__all__ = ["ATTRIBUTE", "RECORD", "Held", "Record", "key_of_content", "record_of"]

_MADE = re.compile(r"a[1-9][0-9]*", re.ASCII)
_NUMBERED = re.compile(r"f[1-9][0-9]{0,9}", re.ASCII)
ATTRIBUTE: Final = "attribute"
RECORD: Final = "record"


class Held(msgspec.Struct, kw_only=True):
    """One fact that the data set states.

    `words`: how the value was written, where that is kept beside it. `snapshot`: of which bytes it is known. `standing`: the data set's
    own attestations that have not been withdrawn; `mentions`: those of the work that a link leads to.
    """

    fact: str
    value: Json
    is_live: bool
    standing: tuple[str, ...]
    attested: int
    words: str | None = None
    snapshot: str | None = None
    mentions: tuple[str, ...] = ()
    others: frozenset[str] = frozenset()

    def next_attestation(self) -> str:
        """The id of one more attestation: never one that the fact has had."""
        while True:
            self.attested += 1
            ident = f"a{self.attested}"
            if ident not in self.others:
                return ident


class Record(msgspec.Struct, kw_only=True):
    """One record: the incident that it is, its presence, and its fields, each with the facts that ever stated one of its values.

    `others` are the facts of other kinds that the data set states, by id; the value of one is the key of its content.
    `newest`: when the data set's last word about it that the log has was certainly public.
    """

    incident: str
    presence: Held
    fields: dict[str, list[Held]] = msgspec.field(default_factory=dict)
    others: dict[str, Held] = msgspec.field(default_factory=dict)
    facts: int = 0
    taken: frozenset[str] = frozenset()
    newest: dt.datetime | None = None

    def next_fact(self) -> str:
        """The id of one more fact: never one that the incident has had."""
        while True:
            self.facts += 1
            ident = f"f{self.facts}"
            if ident not in self.taken:
                return ident

    def live(self, field: str) -> list[Held]:
        """The facts that state a value of a field now."""
        return [one for one in self.fields.get(field, ()) if one.is_live]

    def with_value(self, field: str, value: Json) -> Held | None:
        """The fact that states this very value: one that stands before one that does not."""
        found = [one for one in self.fields.get(field, ()) if is_same(one.value, value)]
        return next((one for one in found if one.is_live), found[-1] if found else None)

    def all_live(self) -> Iterator[Held]:
        """Every fact about a field that stands."""
        for field in self.fields:
            yield from self.live(field)
        yield from (one for one in self.others.values() if one.is_live)


def key_of_content(content: Content) -> Json:
    """What a data set states with a fact of another kind: the same for the same content."""
    when = content.occurred
    return {
        "kind": content.slug,
        "statement": msgspec.to_builtins(content.statement),
        "occurred": None if when is None else [when.edtf, when.as_stated],
        "places": msgspec.to_builtins(content.places),
        "details": content.details,
    }


def _held(ident: str, state: FactState, source: str, value: Json) -> Held | None:
    """A fact as the data set holds it; None where the data set never spoke to it."""
    own = [key for key, one in state.attestations.items() if one.attestation.source == source]
    if not own:
        return None
    standing = state.standing()
    return Held(
        fact=ident,
        value=value,
        is_live=not state.retracted,
        standing=tuple(key for key in own if key in standing and standing[key].stance == "supports"),
        attested=len(state.attestations),
        snapshot=next((standing[key].snapshot for key in reversed(own) if key in standing), None),
        words=words if isinstance(words := state.content.details.get("as_stated"), str) else None,
        mentions=tuple(
            key
            for key, one in standing.items()
            if one.stance == "mentions" and one.source != source and _MADE.fullmatch(key)
        ),
        others=frozenset(state.attestations),
    )


def record_of(incident: str, state: IncidentState, *, dataset: str, source: str) -> Record | None:
    """The record that an incident is in a data set; None where the data set does not list it."""
    presence: Held | None = None
    fields: dict[str, list[Held]] = {}
    others: dict[str, Held] = {}
    # In the order in which next_fact gave the ids, as who plans has them: what comes of a record is the same after a restart.
    for ident, fact in sorted(state.facts.items(), key=lambda one: (len(one[0]), one[0])):
        content = fact.content
        slug = content.slug
        if slug == RECORD and content.details.get("dataset") == dataset:
            presence = _held(ident, fact, source, content.details.get("id")) or presence
        elif slug == ATTRIBUTE and isinstance(name := content.details.get("name"), str):
            held = _held(ident, fact, source, content.details.get("value"))
            if held is not None:
                fields.setdefault(name_as_written(name), []).append(held)
        elif (held := _held(ident, fact, source, key_of_content(content))) is not None:
            others[ident] = held
    if presence is None:
        return None
    return Record(
        incident=incident,
        presence=presence,
        fields=fields,
        others=others,
        facts=max((int(one[1:]) for one in state.facts if _NUMBERED.fullmatch(one)), default=0),
        taken=frozenset(state.facts),
    )
