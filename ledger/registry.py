"""The state of the registry stream: that the ledger began, with which vocabulary, and the kinds in force since."""

from __future__ import annotations

import msgspec
import orjson
from msgspec.structs import replace

from ledger.errors import IntegrityError
from ledger.events import Act, KindRegistered, LedgerOpened, Recorded
from ledger.kinds import LATEST_VOCABULARY, Kind, Kinds, load_vocabulary
from ledger.values import Absent

__all__ = ["RegistryState", "evolve_registry"]


class RegistryState(msgspec.Struct, frozen=True, kw_only=True):
    """The registry: its version, the ledger's id ("" before the first append), and the kinds in force."""

    version: int = 0
    ledger: str = ""
    kinds: Kinds

    @classmethod
    def empty(cls) -> RegistryState:
        """The registry before the first append: it will begin with the newest shipped vocabulary."""
        return cls(kinds=Kinds.of(load_vocabulary(LATEST_VOCABULARY)))


def evolve_registry(state: RegistryState, event: Recorded[Act]) -> RegistryState:
    """The registry after one more event of its stream.

    Raises IntegrityError where the ledger began with a vocabulary whose shipped file is not the one at hand, and for an event that
    cannot come here: a second beginning, a kind before the first, another sort of stream. UnknownSchemaError for a vocabulary that
    a newer program ships.
    """
    act = event.body
    where = f"position {event.position}"
    if state.version == 0 and not isinstance(act, LedgerOpened):
        raise IntegrityError("a ledger begins with LedgerOpened", where=where)
    match act:
        case LedgerOpened():
            if state.version:
                raise IntegrityError("a ledger begins once", where=where)
            vocabulary = load_vocabulary(act.vocabulary.version)
            if vocabulary.digest != act.vocabulary.digest:
                raise IntegrityError(
                    f"the ledger began with vocabulary {act.vocabulary.version} of digest {act.vocabulary.digest}; "
                    f"the file at hand has {vocabulary.digest}",
                    where=where,
                )
            return replace(state, version=event.version, ledger=act.ledger, kinds=Kinds.of(vocabulary))
        case KindRegistered():
            if (
                isinstance(act.label, Absent)
                or isinstance(act.definition, Absent)
                or isinstance(act.schema, Absent)
            ):
                return replace(
                    state, version=event.version, kinds=state.kinds.withheld(act.slug, act.version)
                )
            kind = Kind(
                slug=act.slug,
                version=act.version,
                label=act.label,
                definition=act.definition,
                schema=orjson.loads(act.schema),
                roles=act.roles,
            )
            return replace(state, version=event.version, kinds=state.kinds.registered(kind))
        case _:
            raise IntegrityError(f"{event.type} does not belong in the registry", where=where)
