"""All situations of the table in one ledger, each an incident of its own with sources of its own, mixed as they would come in."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import msgspec

from ledger.codec import Stamp, encode
from ledger.events import ACTS, FactAct, Redacted
from ledger.instants import microseconds_of
from ledger.stores.contract import Batch, NewEvent, Removal
from ledger.stores.sqlite_store import SQLiteStore
from tests.fakes import CountingBytes
from tests.situations import load

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from ledger.events import Act

__all__ = ["Shelf", "all_situations"]

_NAMES_A_SOURCE = ("source", "relays", "to")


def _renamed(value: Any, mark: str) -> Any:  # noqa: ANN401  JSON of any shape
    if isinstance(value, list):
        return [_renamed(one, mark) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        key: f"{one}{mark}" if key in _NAMES_A_SOURCE and isinstance(one, str) else _renamed(one, mark)
        for key, one in value.items()
    }


def all_situations() -> list[dict[str, Any]]:
    """The acts of all situations, one after another by the time of their record; situation n is incident `lr-n`."""
    found: list[dict[str, Any]] = []
    for number, situation in enumerate(load()):
        for act in situation.acts:
            if act["stream"] == "registry" and (number or act["type"] != "LedgerOpened"):
                continue
            stream = act["stream"] if act["stream"] == "registry" else f"{act['stream']}-{number}"
            found.append({**act, "stream": stream, "body": _renamed(act["body"], f"-{number}")})
    found.sort(key=lambda act: dt.datetime.fromisoformat(act["recorded_at"]))
    return [{**act, "position": position} for position, act in enumerate(found, 1)]


class Shelf:
    """A store that acts are put into as they are, one after another: no decision is asked."""

    def __init__(self, path: Path) -> None:
        self.store = SQLiteStore(path, create=True)
        self.acts: list[dict[str, Any]] = []
        self._random = CountingBytes()
        self._bodies: list[Act] = []

    def close(self) -> None:
        """Close the store."""
        self.store.close()

    def put(self, acts: Iterable[dict[str, Any]]) -> None:
        """Append acts, each in a transaction of its own."""
        for act in acts:
            body = msgspec.convert(act["body"], ACTS[act["type"], 1])
            encoded = encode(body, _stamp(act), self._random)
            self.acts.append(act)
            self._bodies.append(body)
            us = microseconds_of(dt.datetime.fromisoformat(act["recorded_at"]))
            new = NewEvent(
                stream=act["stream"],
                version=act["version"],
                topic=encoded.topic,
                event=encoded.event,
                disclosures=encoded.disclosures,
            )
            head = self.store.head()
            removals = tuple(self._removals(act, body)) if isinstance(body, Redacted) else ()
            recorded_us = max(us, head.recorded_us + 1)
            self.store.append(
                Batch(after=head.position, recorded_us=recorded_us, events=[new], removals=removals)
            )

    def _removals(self, act: dict[str, Any], redacted: Redacted) -> Iterator[Removal]:
        for earlier, body in zip(self.acts, self._bodies, strict=True):
            if earlier["stream"] != act["stream"]:
                continue
            paths = [
                path for one in redacted.events if one.version == earlier["version"] for path in one.paths
            ]
            if isinstance(body, FactAct):
                paths += [path for one in redacted.facts if one.fact == body.fact for path in one.paths]
            if paths:
                yield Removal(position=earlier["position"], paths=tuple(paths))


def _stamp(act: dict[str, Any]) -> Stamp:
    return Stamp(
        event_id=f"e{act['position']}",
        request=f"r{act['position']}",
        stream=act["stream"],
        version=act["version"],
        recorded_at=act["recorded_at"],
        actor=act.get("actor", "desk"),
        answers=act.get("answers"),
    )
