"""The command kinds: the vocabulary in force."""

from __future__ import annotations

import msgspec

from api.opening import open_for_reading
from api.terminal.options import (
    DEFAULT_LEDGER,
    AsJson,
    KnownAtOption,
    LedgerFile,
    known_point,
    print_items,
    print_standing,
)
from api.terminal.telling import ending_plainly, misused, print_lines, say
from ledger.history import KnownAt
from ledger.kinds import LATEST_VOCABULARY, Kinds, load_vocabulary
from ledger.stores.opening import lies_there

__all__ = ["kinds"]


def kinds(
    ledger: LedgerFile = DEFAULT_LEDGER, known_at: KnownAtOption = None, as_json: AsJson = False
) -> None:
    """List the kinds of facts in force: those that are shipped, and those registered in the ledger if there is one."""
    with ending_plainly():
        if lies_there(ledger):
            with open_for_reading(ledger) as opened:
                known = known_point(opened, known_at)
                found = list(opened.history.kinds(known.position))
        elif known_at is not None:
            misused(f"--known-at: there is no ledger at {ledger} to ask")
        else:
            say(f"there is no ledger at {ledger}; these are the kinds that a new one begins with")
            known, found = KnownAt(position=0, final=True), list(Kinds.of(load_vocabulary(LATEST_VOCABULARY)))
        if as_json:
            print_items(({"ref": kind.ref, **msgspec.to_builtins(kind)} for kind in found), known)
        else:
            print_lines(*(f"{kind.ref:<28}{kind.label}: {kind.definition}" for kind in found))
            print_standing(known)
