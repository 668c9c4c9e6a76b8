"""The independent checker: reads a ledger file by itself and says whether what lies in it is what was recorded.

It shares no reader with what it checks: neither the stores nor the codec, nor the library under them, so a fault there
cannot hide here. It opens the file read-only, reads it as a stream in one transaction, and never writes bytes anew to
compare them. The mark beside the file tells where the log had got to, as far as it was not put back with the file. What a
wholly forged ledger would hide it cannot see: that takes the checkpoints that others keep.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ledger.verify.ledgers import (
        MAX_FINDINGS,
        Asked,
        Finding,
        Outside,
        Report,
        Verdict,
        verify_file,
        verify_ledger,
        verify_text,
    )

__all__ = [
    "MAX_FINDINGS",
    "Asked",
    "Finding",
    "Outside",
    "Report",
    "Verdict",
    "verify_file",
    "verify_ledger",
    "verify_text",
]


def __getattr__(name: str) -> object:
    """What is asked for by name: a process that checks a part (child.py) starts sooner without the most of it."""
    if name not in __all__:
        raise AttributeError(name)
    return getattr(import_module("ledger.verify.ledgers"), name)
