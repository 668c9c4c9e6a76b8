"""What is kept in memory of what was folded once, within a bound: then what was put in longest ago goes (ADR 25).

Facts go in two steps. Those that were acted upon last are whole; those before them are packed, a third as long, and are made whole again
in a tenth of the time that reading their acts would take. A fact lies in one of the two places, so that neither is older than the other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

import msgspec
from immutables import Map

from ledger.citation import Attestation
from ledger.fact import Content
from ledger.incident import AttestationState, FactState
from ledger.strict_json import trimmed
from ledger.values import STORED, Value

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["PLACE_BYTES", "Kept", "KeptFacts"]

PLACE_BYTES = 200
"""What a packed fact takes beside its bytes: a key of two ids, and places in a dict."""

K = TypeVar("K")
S = TypeVar("S")


class Kept(Generic[K, S]):
    """States by key, as long as they do not weigh too much together: then those go that were put in longest ago."""

    def __init__(
        self,
        most: Callable[[], int],
        dropped: Callable[[K, S], None] | None = None,
        pushed_out: Callable[[K, S, int], None] | None = None,
    ) -> None:
        """`dropped` is told of whatever goes, `pushed_out` of what goes for others, with its weight."""
        self._most = most
        self._dropped = dropped
        self._pushed_out = pushed_out
        self._states: dict[K, tuple[S, int]] = {}
        self._weight = 0

    def __len__(self) -> int:
        return len(self._states)

    def get(self, key: K) -> S | None:
        """The state, if it is kept."""
        found = self._states.get(key)
        return None if found is None else found[0]

    def put(self, key: K, state: S, weight: int) -> None:
        """Keep a state, or its newer one. The last is kept whatever it weighs."""
        before = self._states.pop(key, None)
        if before is not None:
            self._weight -= before[1]
        self._states[key] = (state, weight)
        self._weight += weight
        while self._weight > self._most() and len(self._states) > 1:
            oldest = next(iter(self._states))
            if self._pushed_out is not None:
                self._pushed_out(oldest, *self._states[oldest])
            self.forget(oldest)

    def forget(self, key: K) -> None:
        """Keep it no longer."""
        found = self._states.pop(key, None)
        if found is not None:
            self._weight -= found[1]
            if self._dropped is not None:
                self._dropped(key, found[0])


class _Packed(Value, frozen=True, kw_only=True, array_like=True):
    """A fact as it is packed: of each attestation itself, its version, and whether it was withdrawn."""

    content: Content
    version: int
    retracted: bool
    attestations: dict[str, tuple[Attestation, int, bool]]
    disputes: dict[int, bool]


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(_Packed)


def packed(fact: FactState) -> bytes:
    """A fact in a third of the memory."""
    known = {key: (one.attestation, one.version, one.withdrawn) for key, one in fact.attestations.items()}
    whole = _Packed(
        content=fact.content,
        version=fact.version,
        retracted=fact.retracted,
        attestations=known,
        disputes=dict(fact.disputes),
    )
    return trimmed(_ENCODER.encode(whole))


def unpacked(data: bytes) -> FactState:
    """The fact that was packed. As what is stored, it was judged once and is not judged again."""
    reading = STORED.set(True)
    try:
        found = _DECODER.decode(data)
    finally:
        STORED.reset(reading)
    known = {
        key: AttestationState(attestation=attestation, version=version, withdrawn=withdrawn)
        for key, (attestation, version, withdrawn) in found.attestations.items()
    }
    return FactState(
        content=found.content,
        version=found.version,
        retracted=found.retracted,
        attestations=Map(known),
        disputes=Map(found.disputes),
    )


class KeptFacts:
    """The facts that were acted upon last, by incident and fact: some whole, more of them packed."""

    def __init__(self, most_whole: Callable[[], int], most_packed_bytes: Callable[[], int]) -> None:
        self._whole: Kept[tuple[str, str], FactState] = Kept(most_whole, pushed_out=self._pack)
        self._packed: dict[tuple[str, str], tuple[bytes, int]] = {}
        self._packed_bytes = 0
        self._most_packed_bytes = most_packed_bytes

    def get(self, key: tuple[str, str]) -> FactState | None:
        """The state, if it is kept; one that was packed is whole from now on."""
        state = self._whole.get(key)
        if state is None and (found := self._packed.get(key)) is not None:
            state = unpacked(found[0])
            self.put(key, state, found[1])
        return state

    def put(self, key: tuple[str, str], state: FactState, weight: int) -> None:
        """Keep a state, or its newer one. `weight`: how much it takes whole, in facts."""
        self._unpack(key)
        self._whole.put(key, state, weight)

    def forget(self, key: tuple[str, str]) -> None:
        """Keep it no longer."""
        self._unpack(key)
        self._whole.forget(key)

    def _pack(self, key: tuple[str, str], state: FactState, weight: int) -> None:
        data = packed(state)
        self._packed[key] = (data, weight)
        self._packed_bytes += len(data) + PLACE_BYTES
        while self._packed_bytes > self._most_packed_bytes():
            self._unpack(next(iter(self._packed)))

    def _unpack(self, key: tuple[str, str]) -> None:
        """Keep it packed no longer."""
        found = self._packed.pop(key, None)
        if found is not None:
            self._packed_bytes -= len(found[0]) + PLACE_BYTES
