"""The commands import table and import git: a data set that is kept as a table (docs/importing.md)."""

# ruff: noqa: FBT002 - Typer makes a flag of a boolean parameter

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from api.importing.changes_command import Report, tell
from api.importing.collecting import collecting_seldom
from api.importing.git_versions import commits_of, is_shallow, method_of, version_at
from api.importing.index import Index
from api.importing.lines import Input, open_input
from api.importing.reporting import report_of
from api.importing.summary import Counted
from api.importing.table import TableFaultyError, TableImport, Version
from api.importing.to_come import TO_COME
from api.opening import Opened, open_for_rehearsal, open_for_writing
from api.terminal.options import DEFAULT_LEDGER, Actor, AsJson, DryRun, LedgerFile, caller_of
from api.terminal.progress import telling_progress
from api.terminal.telling import ending_plainly, misused, refusal_in_words, say
from ledger.address import Address
from ledger.clock import SystemClock
from ledger.datasets.mapping import Mapping, check_kinds, read_mapping
from ledger.errors import InvalidError, RefusedError, RuleError
from ledger.history import is_to_come
from ledger.media import DOCUMENT_LIMIT
from ledger.when import Published, earliest_instant, parse_datetime, read_published

__all__ = ["import_git", "import_table"]

MAPPING_BYTES = 1024 * 1024

MappingFile = Annotated[Path, typer.Option("--mapping", help="What the columns mean: a TOML file.")]


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
        _check_kinds(mapping, given_mapping, ledger)
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
    commits = commits_of(repository, branch, path, SystemClock().now())
    if is_shallow(repository):
        say(
            f"{repository} is a shallow clone: what came before its first commit is not in it, and is refused later as older;"
            " git fetch --unshallow brings it"
        )
    opening = open_for_rehearsal if dry_run else open_for_writing
    with ending_plainly():
        _check_kinds(mapping, given_mapping, ledger)
        with opening(ledger) as opened, closing(Index()) as index:
            running = TableImport(opened, index, caller, given_mapping)
            counted = Counted(dataset=given_mapping.dataset, source=running.source, dry_run=dry_run)
            # The newest capture names the commit that was under way; what comes after it is yet to be recorded.
            under_way = None if running.newest is None else running.newest.method
            done = [at for at, one in enumerate(commits) if method_of(one) == under_way]
            for commit in commits[done[-1] if done else 0 :]:
                if commit.late:
                    counted.late += 1
                    say(
                        f"{commit.short}: its time lies before that of a commit above it; it counts as published with that"
                    )
                if commit.to_come:
                    counted.refuse(
                        0,
                        InvalidError(
                            f"its time, {commit.at}, {TO_COME}; the next commit says what it changed"
                        ),
                        where=commit.short,
                    )
                    continue
                try:
                    with version_at(repository, commit, path) as version:
                        if version is None:
                            say(f"{commit.short}: the table is not there; what stands is left as it is")
                        else:
                            _run(running, version, counted, where=commit.short)
                except InvalidError as error:
                    counted.refuse(0, error, where=commit.short)
                except RuleError as error:
                    raise RuleError(error.rule, f"{commit.short}: {error}") from error
            _end(running, counted, opened, report=report)
        tell(counted, as_json=as_json)


def _run(running: TableImport, version: Version, counted: Counted, *, where: str | None = None) -> None:
    try:
        with collecting_seldom(), telling_progress("rows", None) as told:
            for row, done in enumerate(running.run(version), 1):
                if done.line:
                    counted.lines += 1
                if done.refused is not None:
                    counted.refuse(done.line, done.refused, where=where)
                else:
                    counted.acts += done.acts
                    counted.changes += done.acts > 0
                    counted.recorded += done.acts > 0
                    counted.repeated += done.acts == 0
                told(row, row)
    except TableFaultyError as error:
        for line, fault in error.faults:
            counted.refuse(line, fault, where=where)


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


def _check_kinds(file: Path, mapping: Mapping, ledger: Address) -> None:
    """Before the ledger is opened to write, which would make one where there is none."""
    if not mapping.facts:
        return
    try:
        with open_for_rehearsal(ledger) as opened:
            check_kinds(mapping, opened.history.kinds())
    except RefusedError as error:
        misused(f"--mapping: {file}: {refusal_in_words(error)}")


def _published(text: str | None) -> Published | None:
    """When it was put out, if that is said."""
    if text is None:
        return None
    try:
        published = read_published(text, field="")
    except InvalidError:
        published = _instant(text)
    earliest = earliest_instant(published)
    if earliest is not None and is_to_come(earliest, SystemClock().now()):
        misused(f"--published: {TO_COME}")
    return published


def _instant(text: str) -> Published:
    try:
        parse_datetime(text, field="")
    except InvalidError as error:
        misused(f"--published: {error.rule}")
    return Published(earliest=text, latest=text)


@contextmanager
def _spooled(given: Input) -> Iterator[BinaryIO]:
    """The bytes in a file that can be read twice, and is gone afterwards."""
    with tempfile.TemporaryFile() as file:
        for piece in given.pieces():
            file.write(piece)
            if file.tell() > DOCUMENT_LIMIT:
                break  # It is refused for that, however much follows.
        yield file
