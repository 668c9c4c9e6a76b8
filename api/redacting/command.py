"""The command `redact`: find where a term stands, show what would go, ask, erase, and search the files for it (docs/redaction.md)."""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from api.opening import open_for_reading, open_for_rehearsal, open_for_writing
from api.redacting.settling import settle, tell_leftovers
from api.redacting.targets import counting_again, event_targets, fact_targets, shown, suggested
from api.terminal.options import DEFAULT_LEDGER, Actor, AsJson, DryRun, Journal, LedgerFile, caller_of
from api.terminal.telling import FOUND, ending_plainly, misused, print_json, print_lines, say
from ledger.address import Address
from ledger.read_command import read_command
from ledger.removal import Searched, Standing, files_with, search_for_earlier, whereabouts
from ledger.stores.opening import open_store

if TYPE_CHECKING:
    from ledger.append import Receipt
    from ledger.commands import Command
    from ledger.values import Json

__all__ = ["redact"]

UNSEEN = (
    "not seen from here: backups, exports and copies elsewhere; logs of proxies and traces; pages that readers kept;",
    "    words spoken or shown in recordings, images and scans; the same words spelled otherwise",
)


def redact(  # noqa: PLR0913  one option for each member of the command
    ledger: LedgerFile = DEFAULT_LEDGER,
    *,
    find: Annotated[
        str | None, typer.Option("--find", help="Show everywhere a term stands, and change nothing.")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Search the files for all that was ever redacted; change nothing.")
    ] = False,
    incident: Annotated[str | None, typer.Option(help="The incident whose facts or events they are.")] = None,
    source: Annotated[str | None, typer.Option(help="The source whose events or snapshots they are.")] = None,
    fact: Annotated[list[str] | None, typer.Option(help="FACT:PATH, in every act that carries it.")] = None,
    event: Annotated[list[str] | None, typer.Option(help="VERSION:PATH, in that event only.")] = None,
    snapshot: Annotated[
        list[str] | None, typer.Option(help="The digest of a snapshot; its bytes go.")
    ] = None,
    legal_basis: Annotated[str | None, typer.Option(help="One line; stands in the clear for ever.")] = None,
    authority: Annotated[str | None, typer.Option(help="Who ordered it; in the clear for ever.")] = None,
    reason: Annotated[str | None, typer.Option(help="Why.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    journal: Journal = None,
    dry_run: DryRun = False,
    actor: Actor = "local",
    as_json: AsJson = False,
) -> None:
    """Remove content lawfully and for ever, and search the files for it; or find where a term stands.

    Ends with 1 where a file still holds what was redacted.
    """
    with ending_plainly():
        if find is not None:
            if any((incident, source, fact, event, snapshot)):
                misused("--find changes nothing; take it alone, and then name what it shows")
            _find(ledger, find, as_json=as_json)
            return
        if check:
            if any((incident, source, fact, event, snapshot)):
                misused("--check changes nothing; take it alone")
            _check(ledger, as_json=as_json)
            return
        if legal_basis is None or authority is None or reason is None:
            misused("a redaction needs --legal-basis, --authority and --reason")
        facts, events = fact_targets(fact or ()), event_targets(event or ())
        given: dict[str, Json] = {"op": "redact", "facts": facts, "events": events}
        given |= {"snapshots": list(snapshot or ()), "reason": reason}
        given |= {"legal_basis": legal_basis, "authority": authority}
        given |= {"incident": incident} if incident is not None else {}
        given |= {"source": source} if source is not None else {}
        _redact(ledger, given, actor, _Manner(dry_run=dry_run, yes=yes, as_json=as_json, journal=journal))


class _Manner(msgspec.Struct, frozen=True, kw_only=True):
    dry_run: bool
    yes: bool
    as_json: bool
    journal: Path | None


def _find(ledger: Address, term: str, *, as_json: bool) -> None:
    with open_for_reading(ledger) as opened, closing(open_store(ledger, read_only=True)) as store:
        standings = list(whereabouts(term, store, opened.blobs))
        files = files_with(term.strip(), ledger)
    if as_json:
        print_json({"standings": standings, "files": files, "commands": suggested(standings)})
        return
    can = [one for one in standings if one.by != "nothing"]
    cannot = [one for one in standings if one.by == "nothing"]
    print_lines(f"{len(can)} places that can be redacted", *map(_standing_line, can))
    if cannot:
        print_lines(
            f"{len(cannot)} places that stand in the clear and cannot be redacted",
            *map(_standing_line, cannot),
        )
    print_lines(
        "files of the ledger in which it stands letter for letter: " + (", ".join(files) or "none"),
        *UNSEEN,
    )
    for command in suggested(standings):
        print_lines(f"to redact: {command} --legal-basis … --authority … --reason …")


def _check(ledger: Address, *, as_json: bool) -> None:
    with open_for_reading(ledger) as opened:
        searched = search_for_earlier(ledger, opened.store)
    if as_json:
        print_json({"searched": searched})
    else:
        print_lines(
            f"searched: {searched.files} files, {searched.size_bytes:,} bytes, for {searched.needles} disclosures and snapshots: "
            + ("none is left" if not searched.leftovers else "SOMETHING IS LEFT OVER")
        )
    tell_leftovers(searched)
    if searched.leftovers:
        raise SystemExit(FOUND)


def _standing_line(one: Standing) -> str:
    fact = f", fact {one.fact}" if one.fact else ""
    said = f": {one.excerpt}" if one.excerpt else ""
    return f"  position {one.position}, {one.stream} version {one.version}, {one.type}{fact}, {one.at}{said}"


def _redact(ledger: Address, given: dict[str, Json], actor: str, manner: _Manner) -> None:
    command = _shown(ledger, given, actor, manner)
    if manner.dry_run:
        return
    if not manner.yes and not _agreed():
        say("nothing was recorded")
        raise SystemExit(FOUND)
    with open_for_writing(ledger) as opened:
        receipt = opened.writer.record(command, caller_of(actor))
        searched = settle(opened, ledger, manner.journal)
    _tell(receipt, searched, as_json=manner.as_json)
    if searched.leftovers:
        raise SystemExit(FOUND)


def _shown(ledger: Address, given: dict[str, Json], actor: str, manner: _Manner) -> Command:
    """Try the command without recording anything, and show what would go. Raises RefusedError where it is refused."""
    with open_for_rehearsal(ledger) as opened:
        command = read_command(given, opened.ids)
        receipt = opened.writer.record(command, caller_of(actor), dry_run=True)
        facts, events, snapshots = (given[name] for name in ("facts", "events", "snapshots"))
        if not (isinstance(facts, list) and isinstance(events, list) and isinstance(snapshots, list)):
            raise TypeError("these are lists")
        lines = [*shown(opened.history, receipt.stream, facts, events)]
        lines += [f"  snapshot {one}, and the texts made of it" for one in snapshots]
        sort, _, ident = receipt.stream.partition("/")
        again = [*counting_again(opened.history, ident, facts, events)] if sort == "incident" else []
    if manner.as_json and manner.dry_run:
        told = {"dry_run": True, "stream": receipt.stream, "version": receipt.version, "goes": lines}
        print_json(told | ({"counts_again": again} if again else {}))
    elif not manner.as_json:
        print_lines(f"from {receipt.stream} would go, for ever:", *lines)
        if again:
            print_lines("and with it what a source took back would not be told from what stands:", *again)
    return command


def _agreed() -> bool:
    if not sys.stdin.isatty():
        misused("a redaction cannot be undone: look at it with --dry-run, and then say --yes")
    sys.stderr.write("This cannot be undone. Erase it? Type yes: ")
    sys.stderr.flush()
    return sys.stdin.readline().strip() == "yes"


def _tell(receipt: Receipt, searched: Searched, *, as_json: bool) -> None:
    if as_json:
        print_json({"redaction": receipt, "searched": searched})
    else:
        print_lines(
            f"redacted: {receipt.stream} version {receipt.version}, position {receipt.position}",
            f"searched: {searched.files} files, {searched.size_bytes:,} bytes: "
            + ("they hold it no more" if not searched.leftovers else "SOMETHING IS LEFT OVER"),
        )
        if searched.shared:
            print_lines(
                f"{searched.shared} of its texts stand in what was not redacted too; see where with: incident-ledger redact --find"
            )
        print_lines(*UNSEEN)
    tell_leftovers(searched)
