"""A table that is kept in a git repository of its own, a commit a day from 1 March 2021 on."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["commit_table", "git", "make_repository"]


def git(folder: Path, *arguments: str, at: str = "2021-03-01T00:00:00Z") -> None:
    """Run git in a folder, with nothing of the tester's own settings."""
    own = {
        "GIT_AUTHOR_DATE": at,
        "GIT_COMMITTER_DATE": at,
        "GIT_CONFIG_GLOBAL": os.devnull,
        "HOME": str(folder),
    }
    named = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main"]
    subprocess.run(
        ["git", "-C", folder, *named, *arguments], check=True, capture_output=True, env={**os.environ, **own}
    )


def commit_table(folder: Path, version: str, number: int) -> None:
    """Commit a version of the table, at noon of its day in Paris; `number` counts from 0."""
    (folder / "cases.csv").write_text(version, "utf-8")
    git(folder, "add", ".")
    git(folder, "commit", "-m", f"v{number}", at=f"2021-03-0{number + 1}T12:00:00+01:00")


def make_repository(folder: Path, versions: Sequence[str]) -> Path:
    """A repository in which the table had these versions."""
    folder.mkdir()
    git(folder, "init")
    for number, version in enumerate(versions):
        commit_table(folder, version, number)
    return folder
