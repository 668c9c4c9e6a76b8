"""The command line. Every command takes `--ledger`, and where it prints, `--json`.

Exit codes: 0 fine, 1 the check found something, 2 usage, 3 refused by a rule, 4 unavailable. Errors go to
standard error and say what to do.
"""

from __future__ import annotations

import io
import sys

from api.cli.groups import app
from api.terminal.telling import ending_plainly

__all__ = ["app", "main"]


def main() -> None:
    """Run the command line. Output is UTF-8 whatever the terminal is set to, and a reader that goes away is no fault."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    with ending_plainly():
        try:
            app(prog_name="incident-ledger")
        finally:
            sys.stdout.flush()
