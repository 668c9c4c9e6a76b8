"""docs/backup-and-restore.md is true: the drill is typed into a shell as it stands, and what it shows is what is answered."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path, PurePosixPath

import pytest

from tests.api.command_line import environment
from tests.project_files import text_of

PAGE = text_of(PurePosixPath("docs/backup-and-restore.md"))
PARTS = re.findall(r"^```(sh|text)\n(.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL)
NAME = "Zoe Quirk"


def test_the_drill_works_as_it_stands_and_the_name_is_in_no_file(tmp_path: Path) -> None:
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("bash is not installed")
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    typed = "set -eu\n" + "".join(f"{block}echo '=== end'\n" for kind, block in PARTS if kind == "sh")
    done = subprocess.run(
        [bash],
        cwd=tmp_path,
        input=typed,
        env=environment(PATH=path),
        capture_output=True,
        text=True,
        check=False,
    )

    assert 0 == done.returncode, done.stderr
    assert "2 events that were signed are not in the backup" in done.stderr
    told = done.stdout.split("=== end\n")
    at = -1
    for kind, block in PARTS:
        if kind == "sh":
            at += 1
            continue
        lines = told[at].splitlines()
        for shown in block.splitlines():
            begins = shown.partition("…")[0]
            assert any(one.startswith(begins) if "…" in shown else one == shown for one in lines), (
                shown,
                lines,
            )
    last = told[at]
    assert "summary 'hit': REDACTED" in last
    origin, size = last.splitlines()[-5:-3]
    assert origin.endswith("/epoch/2"), last
    assert "5" == size
    held = [one for one in tmp_path.glob("desk.ledger*/**/*") if one.is_file()] + [tmp_path / "desk.ledger"]
    assert [] == [one for one in held if NAME.encode() in one.read_bytes()]
