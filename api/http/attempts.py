"""How often an address may ask with a key that is none; in bounded memory, however many addresses ask.

Nobody guesses a key. What the limit is for: a client with a wrong key that asks for ever, and a log full of it. A right key is
let in whatever others at its address do, so that nobody can lock another out.
"""

from __future__ import annotations

import ipaddress
import math
from collections import OrderedDict

from ledger.clock import Clock

__all__ = ["Attempts"]

MOST = 10
"""How many wrong keys in a row are told that they are wrong."""

EACH_S = 6.0
"""In how many seconds one more is allowed."""

ADDRESSES = 4_096
_NETWORK_BITS = 64


class Attempts:
    """Counts wrong keys by address: a bucket of MOST that fills by one in EACH_S seconds."""

    def __init__(self, clock: Clock, *, addresses: int = ADDRESSES) -> None:
        self._clock = clock
        self._most = addresses
        self._spent: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def __len__(self) -> int:
        """How many addresses are remembered."""
        return len(self._spent)

    def count(self, address: str) -> int | None:
        """Count a wrong key. None where that is within the limit, else after how many seconds one more is."""
        network = _network(address)
        now = self._clock.elapsed().total_seconds()
        spent, at = self._spent.pop(network, (0.0, now))
        spent = max(0.0, spent - (now - at) / EACH_S)
        over = spent + 1 > MOST
        self._spent[network] = (spent if over else spent + 1, now)
        if len(self._spent) > self._most:
            self._spent.popitem(last=False)
        return max(1, math.ceil((spent + 1 - MOST) * EACH_S)) if over else None


def _network(address: str) -> str:
    """What counts as one address: of IPv6 the network that one customer has."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, _NETWORK_BITS), strict=False))
    return str(found)
