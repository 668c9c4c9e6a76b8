"""What other processes record, heard of at once where the ledger lies in a database; a file has one process, which hears itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

from ledger.address import Address, DatabaseAddress

__all__ = ["hearing"]


@contextmanager
def hearing(address: Address, woken: Callable[[], None]) -> Iterator[None]:
    """Have `woken` called, in another thread, when another process commits, for as long as the context lasts.

    A hint and nothing more: whoever is woken looks by itself underneath.
    """
    if not isinstance(address, DatabaseAddress):
        yield
        return
    # Whoever has a file need not load a database's driver.
    from ledger.stores.postgres_listening import Listener  # noqa: PLC0415  see above

    with closing(Listener(address, woken)):
        yield
