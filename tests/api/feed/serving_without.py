"""A server whose feed lacks one of the two ways in which it hears of what other processes record: to show what each of them is for.

Run with what it lacks, `polling` or `nothing`, and then as the command line. It says often how far it has read.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from api.cli import main
from api.http.feed import stream, tail
from ledger.stores.postgres_listening import Listener

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["program_without"]

_NEVER_S = 3_600.0
_OFTEN_S = 0.05


def program_without(what: str) -> list[str]:
    """The command line of such a server."""
    return [sys.executable, "-m", __name__, what]


def _set_default(function: Callable[..., Any], **defaults: float) -> None:
    assert function.__kwdefaults__ is not None
    function.__kwdefaults__.update(defaults)


if __name__ == "__main__":
    if sys.argv.pop(1) == "polling":
        tail.LOOK_S = _NEVER_S
        _set_default(Listener.__init__, silence_s=_NEVER_S)
    _set_default(stream.messages, heartbeat_s=_OFTEN_S)
    main()
