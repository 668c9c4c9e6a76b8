"""The commands import table and import git: a data set that is kept as a table (docs/importing.md)."""

# ruff: noqa: FBT002 - Typer makes a flag of a boolean parameter

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Annotated, BinaryIO

import msgspec
import typer

from api.importing.changes_command import Report, tell
from api.importing.collecting import collecting_seldom
from api.importing.index import Index
from api.importing.lines import Input, open_input
from api.importing.reporting import report_of
from api.importing.summary import Counted
from api.importing.table import TableFaultyError, TableImport, Version
from api.opening import Opened, open_for_rehearsal, open_for_writing
from api.options import DEFAULT_LEDGER, Actor, AsJson, DryRun, LedgerFile, caller_of
from api.progress import telling_progress
from api.telling import ending_plainly, misused, refusal_in_words, say
from ledger.datasets.mapping import Mapping, read_mapping
from ledger.errors import InvalidError
from ledger.when import Published, parse_datetime, read_published

__all__ = ["import_git", "import_table"]

MAPPING_BYTES = 1024 * 1024

MappingFile = Annotated[Path, typer.Option("--mapping", help="What the columns mean: a TOML file.")]


class _Commit(msgspec.Struct, frozen=True, kw_only=True):
    """One version in a history: the commit, its time as written, and from when on it was certainly public."""

    name: str
    at: str
    latest: str


def import_table(  # noqa: PLR0917  Typer makes options of them; nobody calls it by position
    file: Annotated[str, typer.Argument(help="A table as CSV, plain or gzipped; - for standard input.")],
    mapping: MappingFile,
    ledger: LedgerFile = DEFAULT_LEDGER,
    published: Annotated[
        str | None,
        typer.Option(
            "--published", help="When it was put out: an EDTF date, or a date-time with its offset."
        ),
    ] = None,
    report: Report = False,
    actor: Actor = "local",
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Record a table: what is new is reported, what differs from what stands is corrected, and what is gone is retracted."""
    caller, given_mapping, when = caller_of(actor), _mapping(mapping), _published(published)
    opening = open_for_rehearsal if dry_run else open_for_writing
    with ending_plainly(), open_input(file) as given, _spooled(given) as table:
        with opening(ledger) as opened, closing(Index()) as index:
            running = TableImport(opened, index, caller, given_mapping)
            counted = Counted(dataset=given_mapping.dataset, source=running.source, dry_run=dry_run)
            version = Version(
                file=table, method="import table", by="upstream", published=when, anew=published is not None
            )
            _run(running, version, counted)
            _end(running, counted, opened, report=report)
        tell(counted, as_json=as_json)


def import_git(  # noqa: PLR0913, PLR0917  as import_table
    repository: Annotated[Path, typer.Argument(help="A git repository.")],
    path: Annotated[str, typer.Option("--path", help="The table in it, from its root.")],
    mapping: MappingFile,
    ledger: LedgerFile = DEFAULT_LEDGER,
    branch: Annotated[str, typer.Option("--branch", help="The branch that was published.")] = "HEAD",
    report: Report = False,
    actor: Actor = "local",
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Record every version that a table had on a branch, each as import table would, published at the time of its commit."""
    caller, given_mapping = caller_of(actor), _mapping(mapping)
    commits = _commits(repository, branch, path)
    opening = open_for_rehearsal if dry_run else open_for_writing
    with ending_plainly():
        with opening(ledger) as opened, closing(Index()) as index:
            running = TableImport(opened, index, caller, given_mapping)
            counted = Counted(dataset=given_mapping.dataset, source=running.source, dry_run=dry_run)
            # The newest capture names the commit that was under way; what comes after it is yet to be recorded.
            under_way = None if running.newest is None else running.newest.method
            done = [at for at, one in enumerate(commits) if _method(one) == under_way]
            for commit in commits[done[-1] if done else 0 :]:
                with _version(repository, commit, path) as version:
                    if version is None:
                        say(
                            f"commit {commit.name[:12]}: the table is not there; what stands is left as it is"
                        )
                    else:
                        _run(running, version, counted, where=f"commit {commit.name[:12]}: ")
            _end(running, counted, opened, report=report)
        tell(counted, as_json=as_json)


def _run(running: TableImport, version: Version, counted: Counted, *, where: str = "") -> None:
    try:
        with collecting_seldom(), telling_progress("rows", None) as told:
            for row, done in enumerate(running.run(version), 1):
                if done.line:
                    counted.lines += 1
                if done.refused is not None:
                    counted.refuse(done.line, done.refused, where=where or None)
                else:
                    counted.acts += done.acts
                    counted.changes += done.acts > 0
                    counted.recorded += done.acts > 0
                    counted.repeated += done.acts == 0
                told(row, row)
    except TableFaultyError as error:
        for line, fault in error.faults:
            counted.refuse(line, fault, where=where or None)


def _end(running: TableImport, counted: Counted, opened: Opened, *, report: bool) -> None:
    for column in running.missing:
        say(f"no column {column!r}, which the mapping names: what it makes of it is left out")
    counted.unit = "rows"
    counted.position = None if counted.dry_run else opened.history.head().position
    if report:
        counted.report = report_of(opened.history, counted.dataset, counted.source)


def _mapping(file: Path) -> Mapping:
    try:
        with file.open("rb") as opened:
            data = opened.read(MAPPING_BYTES + 1)
    except (OSError, ValueError) as error:
        misused(f"--mapping: {file} cannot be read: {getattr(error, 'strerror', None) or error}")
    if len(data) > MAPPING_BYTES:
        misused(f"--mapping: {file} has more than {MAPPING_BYTES} bytes")
    try:
        return read_mapping(data)
    except InvalidError as error:
        misused(f"--mapping: {file}: {refusal_in_words(error)}")


def _published(text: str | None) -> Published | None:
    if text is None:
        return None
    try:
        return read_published(text, field="")
    except InvalidError:
        pass
    try:
        parse_datetime(text, field="")
    except InvalidError as error:
        misused(f"--published: {error.rule}")
    return Published(earliest=text, latest=text)


@contextmanager
def _spooled(given: Input) -> Iterator[BinaryIO]:
    """The bytes in a file that can be read twice, and is gone afterwards."""
    with tempfile.TemporaryFile() as file:
        file.writelines(given.pieces())
        yield file


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


def _commits(repository: Path, branch: str, path: str) -> list[_Commit]:
    """The commits of a branch that touched the table, oldest first, each published no earlier than the one before it."""
    asked = _git(
        repository,
        "log",
        "--first-parent",
        "--reverse",
        "--format=%H %cI",
        "--end-of-options",
        branch,
        "--",
        path,
    )
    if asked.returncode:
        misused(f"{repository}: {asked.stderr.decode(errors='replace').strip()}")
    found: list[_Commit] = []
    newest: tuple[dt.datetime, str] | None = None
    for line in asked.stdout.decode().splitlines():
        name, _, at = line.partition(" ")
        instant = parse_datetime(at, field="")
        if newest is None or instant >= newest[0]:
            newest = (instant, at)
        found.append(_Commit(name=name, at=at, latest=newest[1]))
    if not found:
        misused(f"{repository}: no commit of {branch} touches {path}")
    return found


def _method(commit: _Commit) -> str:
    return f"import git, commit {commit.name}"


@contextmanager
def _version(repository: Path, commit: _Commit, path: str) -> Iterator[Version | None]:
    """The table as it was at a commit; None where it was not there."""
    with tempfile.TemporaryFile() as file:
        if _git(repository, "cat-file", "blob", f"{commit.name}:{path}", to=file).returncode:
            yield None
            return
        yield Version(
            file=file,
            method=_method(commit),
            by=f"upstream, in commit {commit.name[:12]}",
            published=Published(earliest=commit.at, latest=commit.latest),
            anew=True,
        )
