"""The command verify."""

from __future__ import annotations

from api.options import DEFAULT_LEDGER, AsJson, LedgerFile
from api.shown import report_lines
from api.telling import ending_plainly, print_json, print_lines
from ledger.address import folder_of
from ledger.copied import refuse_unfinished
from ledger.verify import verify_ledger

__all__ = ["verify"]


def verify(ledger: LedgerFile = DEFAULT_LEDGER, as_json: AsJson = False) -> None:
    """Check a ledger with code that shares nothing with what wrote it: 0 OK, 11 CORRUPT, 12 INCOMPLETE."""
    with ending_plainly():
        refuse_unfinished(folder_of(ledger))
        report = verify_ledger(ledger)
        if as_json:
            print_json(report)
        else:
            print_lines(*report_lines(report))
    raise SystemExit(report.exit_code)
