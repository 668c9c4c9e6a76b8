"""The access keys of a ledger, wherever it lies: in a file beside it, or in a row of its database."""

from __future__ import annotations

from api.access_keys import KeyFile, LiveKeys
from ledger.address import Address, DatabaseAddress, folder_of
from ledger.clock import Clock

__all__ = ["keys_of", "live_keys"]


def keys_of(ledger: Address) -> KeyFile:
    """The access keys of a ledger."""
    if isinstance(ledger, DatabaseAddress):
        # Whoever has a file need not load a database's driver.
        from api.access_key_table import KeyTable  # noqa: PLC0415  see above

        return KeyTable(ledger)
    return KeyFile(folder_of(ledger) / "keys" / "access.json")


def live_keys(ledger: Address, clock: Clock) -> LiveKeys:
    """The access keys of a ledger as a running server sees them. Raises StoreError where they cannot be read."""
    if isinstance(ledger, DatabaseAddress):
        from api.access_key_table import KeyTable, LiveKeyTable  # noqa: PLC0415  see keys_of

        return LiveKeyTable(KeyTable(ledger), clock)
    return LiveKeys(keys_of(ledger), clock)
