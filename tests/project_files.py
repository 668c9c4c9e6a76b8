"""The files of the project, listed once for the tests that read them: what would be committed, no more."""

from __future__ import annotations

import ast
import functools
import subprocess
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import pathspec

__all__ = ["ROOT", "PythonFile", "as_git_lists", "as_walked", "project_files", "python_files", "text_of"]

ROOT = Path(__file__).parents[1]
_SHIPPED = ("ledger", "projections", "api")


@dataclass(frozen=True, slots=True, kw_only=True)
class PythonFile:
    """One file of Python: its path from the root of the project, and its text."""

    path: PurePosixPath
    text: str

    @property
    def tree(self) -> ast.Module:
        """The parsed text. Raises SyntaxError where it is no Python."""
        return ast.parse(self.text, str(self.path))

    @property
    def is_shipped(self) -> bool:
        """Whether it is installed for users, and not a test or a benchmark."""
        return self.path.parts[0] in _SHIPPED


def as_git_lists() -> list[PurePosixPath] | None:
    """Every file that is committed or would be; None where git is not installed or this is no clone."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    try:
        answer = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return sorted(
        PurePosixPath(name) for name in answer.stdout.split("\0") if name and (ROOT / name).is_file()
    )


def as_walked() -> list[PurePosixPath]:
    """Every file under the root that .gitignore does not name."""
    ignored = pathspec.GitIgnoreSpec.from_lines((ROOT / ".gitignore").read_text("utf-8").splitlines())
    names = ignored.match_tree_files(ROOT, negate=True)
    return sorted(path for path in map(PurePosixPath, names) if path.parts[0] != ".git")


@functools.cache
def project_files() -> tuple[PurePosixPath, ...]:
    """The paths of all files of the project, from its root, in order."""
    listed = as_git_lists()
    return tuple(as_walked() if listed is None else listed)


@functools.cache
def text_of(path: PurePosixPath) -> str:
    """The text of a file of the project. Bytes that are not UTF-8 read as U+FFFD."""
    return (ROOT / path).read_text("utf-8", errors="replace")


@functools.cache
def python_files() -> tuple[PythonFile, ...]:
    """Every Python file of the project."""
    return tuple(
        PythonFile(path=path, text=text_of(path)) for path in project_files() if path.suffix == ".py"
    )
