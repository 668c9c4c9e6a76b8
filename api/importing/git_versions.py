"""The versions that a table had on a branch of a git repository, read by git itself (docs/importing.md)."""

from __future__ import annotations

import posixpath
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

import msgspec

from api.importing.table import Version
from api.terminal.telling import misused
from ledger.errors import InvalidError
from ledger.history import is_to_come
from ledger.when import Published, parse_datetime

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["Commit", "commits_of", "is_shallow", "method_of", "version_at"]

_FILES = ("100644", "100755")
_OTHERS = {"120000": "a symbolic link", "040000": "a folder", "160000": "a repository of its own"}


class Commit(msgspec.Struct, frozen=True, kw_only=True):
    """One version in a history: the commit, its time as written, and from when on it was certainly public.

    `late`: its time lies before that of a commit above it, and it counts as published with that. `to_come`: its time has not come.
    """

    name: str
    at: str
    latest: str
    late: bool
    to_come: bool

    @property
    def short(self) -> str:
        """The commit as it is told."""
        return f"commit {self.name[:12]}"


def commits_of(repository: Path, branch: str, path: str, now: dt.datetime) -> list[Commit]:
    """The commits of a branch that touched the table, oldest first, each published no earlier than the one before it.

    One whose time has not come by `now` dates none below it.
    """
    asked = _git(
        repository,
        "log",
        "--first-parent",
        "--reverse",
        "--format=%H %cI",
        "--end-of-options",
        branch,
        "--",
        f":(top,literal){_from_root(path)}",
    )
    if asked.returncode:
        misused(f"{repository}: {asked.stderr.decode(errors='replace').strip()}")
    found: list[Commit] = []
    newest: tuple[dt.datetime, str] | None = None
    for line in asked.stdout.decode().splitlines():
        name, _, at = line.partition(" ")
        instant = parse_datetime(at, field="")
        to_come = is_to_come(instant, now)
        late = newest is not None and instant < newest[0]
        if not to_come and not late:
            newest = (instant, at)
        latest = at if newest is None else newest[1]
        found.append(Commit(name=name, at=at, latest=latest, late=late, to_come=to_come))
    if not found:
        misused(f"{repository}: no commit of {branch} touches {path}")
    return found


def is_shallow(repository: Path) -> bool:
    """Whether the repository lacks the beginning of its history."""
    return _git(repository, "rev-parse", "--is-shallow-repository").stdout.strip() == b"true"


def method_of(commit: Commit) -> str:
    """How the table of a commit came here, as its capture says."""
    return f"import git, commit {commit.name}"


@contextmanager
def version_at(repository: Path, commit: Commit, path: str) -> Iterator[Version | None]:
    """The table as it was at a commit; None where nothing was there. Raises InvalidError where it was no file."""
    where = _from_root(path)
    entry = _git(repository, "ls-tree", "--full-tree", "-z", commit.name, "--", f":(literal){where}").stdout
    mode = entry.partition(b" ")[0].decode()
    if mode and mode not in _FILES:
        raise InvalidError(f"{path} is {_OTHERS.get(mode, 'no file')} there; name the file itself")
    if not mode:
        yield None
        return
    with tempfile.TemporaryFile() as file:
        read = _git(repository, "cat-file", "blob", f"{commit.name}:{where}", to=file)
        if read.returncode:
            misused(f"{repository}: {commit.short}: {read.stderr.decode(errors='replace').strip()}")
        yield Version(
            file=file,
            method=method_of(commit),
            by=f"upstream, in {commit.short}",
            published=Published(earliest=commit.at, latest=commit.latest),
            anew=True,
        )


def _from_root(path: str) -> str:
    """The path as git has it."""
    plain = posixpath.normpath(path) if path else ""
    if plain in ("", ".", "..") or plain.startswith(("/", "../")):
        misused("--path: is where the table lies in the repository, from its root")
    return plain


def _git(repository: Path, *arguments: str, to: BinaryIO | None = None) -> subprocess.CompletedProcess[bytes]:
    """Run git; what it writes goes into a file, or is held where there is none."""
    git = shutil.which("git")
    if git is None:
        misused("git is not installed")
    return subprocess.run(  # noqa: S603  no shell; what is asked for stands in a list
        [git, "-C", str(repository), *arguments],
        stdout=subprocess.PIPE if to is None else to,
        stderr=subprocess.PIPE,
        check=False,
    )
