"""How a command begins: without what only the server needs."""

from __future__ import annotations

import subprocess
import sys

from tests.project_files import ROOT

_SERVER_ONLY = ("fastapi", "jinja2", "api.app", "api.pages")


def test_a_command_does_not_wait_for_what_only_the_server_needs() -> None:
    asked = f"import sys, api.cli; print(*(one for one in {_SERVER_ONLY!r} if one in sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )

    assert "\n" == done.stdout
