"""The commands that bring sources in and out as CSL-JSON, the form of Zotero and others (docs/citing.md)."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from api.lines import problem
from api.opening import Opened, OpenedForReading, open_for_reading, open_for_rehearsal, open_for_writing
from api.terminal.left_out import Streams
from api.terminal.options import DEFAULT_LEDGER, AsJson, KnownAtOption, LedgerFile, known_point, refuse
from api.terminal.telling import (
    REFUSED,
    ending_plainly,
    misused,
    print_json,
    print_lines,
    refusal_in_words,
    say,
)
from ledger.append import Caller, Receipt
from ledger.decisions.decision import source_stream
from ledger.errors import InvalidError, RefusedError
from ledger.events import Act, Recorded
from ledger.read_command import read_command
from ledger.strict_json import read_json
from ledger.values import Json
from projections.citing.csl import field_in_item, register_body
from projections.citing.csl_file import split_items
from projections.citing.csl_item import written_item
from projections.citing.described import descriptions_at
from projections.citing.registered import Registered

__all__ = ["export_csl", "import_csl", "of_sources", "print_document"]

MAX_FILE_BYTES = 64 * 1024 * 1024
"""Most bytes of a file of CSL-JSON."""


def import_csl(  # noqa: PLR0917  Typer makes options of them; nobody calls it by position
    file: Annotated[str, typer.Argument(help="CSL-JSON, an array or one item; - for standard input.")],
    ledger: LedgerFile = DEFAULT_LEDGER,
    actor: Annotated[
        str, typer.Option(envvar="LEDGER_ACTOR", help="The opaque id of who submits.")
    ] = "local",
    own_ids: Annotated[
        bool, typer.Option("--own-ids", help="Let the ledger make every id, where the keys hold names.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would happen and record nothing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Register the sources of a CSL-JSON file, as Zotero exports it; each item is answered, and one that is known changes nothing."""
    try:
        caller = Caller(actor=actor)
    except InvalidError as error:
        misused(f"--actor: {error.rule}")
    opening = open_for_rehearsal if dry_run else open_for_writing
    refused = False
    with ending_plainly():
        items = _items(file)
        with opening(ledger) as opened:
            head = opened.history.head().position
            known = Registered(descriptions_at(of_sources(opened, head), head).values())
            for index, (at, data) in enumerate(items):
                try:
                    receipt = _imported(data, opened, known, caller, own_id=own_ids)
                except RefusedError as error:
                    refused = True
                    _tell_refusal(index, _at(error, at + error.field), as_json=as_json)
                else:
                    _tell_receipt(index, at, receipt, dry_run=dry_run, as_json=as_json)
    if refused:
        raise SystemExit(REFUSED)


def _items(file: str) -> list[tuple[str, bytes]]:
    """The items of a file. One that is no CSL-JSON as a whole is refused before a ledger is made."""
    data = _content(file)
    try:
        return split_items(data)
    except InvalidError as error:
        refuse(refusal_in_words(error, "standard input" if file == "-" else file))


def _content(file: str) -> bytes:
    try:
        if file == "-":
            data = sys.stdin.buffer.read(MAX_FILE_BYTES + 1)
        else:
            with Path(file).open("rb") as opened:
                data = opened.read(MAX_FILE_BYTES + 1)
    except (OSError, ValueError) as error:
        misused(f"{file} cannot be read: {getattr(error, 'strerror', None) or error}")
    if len(data) > MAX_FILE_BYTES:
        misused(f"{file} has more than {MAX_FILE_BYTES} bytes; import it in parts")
    return data


def _imported(data: bytes, opened: Opened, known: Registered, caller: Caller, *, own_id: bool) -> Receipt:
    """The receipt for one item; quiet where the source stands already. Raises RefusedError, its field that of the item."""
    item = read_json(data, max_bytes=len(data))
    body = register_body(item, own_id=own_id)
    stands = known.find(item)
    if stands is not None:
        stream = source_stream(stands)
        version = opened.history.stream(stream)[-1].version
        return Receipt(id=stands, stream=stream, version=version, quiet=True)
    try:
        receipt = opened.writer.record(read_command(body, opened.ids), caller)
    except RefusedError as error:
        raise _at(error, field_in_item(error.field, item)) from error
    known.add(receipt.id, item)
    return receipt


def _at(error: RefusedError, field: str) -> RefusedError:
    """The same refusal of another member."""
    if isinstance(error, InvalidError):
        return InvalidError(error.rule, field=field)
    error.field = field
    return error


def _tell_refusal(index: int, error: RefusedError, *, as_json: bool) -> None:
    if as_json:
        print_json({"item": index, "refused": problem(error)})
    else:
        say(f"refused: {refusal_in_words(error, 'the item')}")


def _tell_receipt(index: int, at: str, receipt: Receipt, *, dry_run: bool, as_json: bool) -> None:
    if dry_run and not receipt.quiet:
        receipt = msgspec.structs.replace(receipt, position=None, recorded_at=None, dry_run=True)
    if as_json:
        print_json({"item": index, **msgspec.to_builtins(receipt)})
    elif receipt.quiet:
        print_lines(f"{at or '/'}: {receipt.id} is registered already; nothing was recorded")
    else:
        print_lines(f"{at or '/'}: {'would be registered' if dry_run else 'registered'} as {receipt.id}")


def export_csl(
    sources: Annotated[
        list[str] | None, typer.Argument(metavar="[ID]...", help="Sources; without any, all.")
    ] = None,
    ledger: LedgerFile = DEFAULT_LEDGER,
    known_at: KnownAtOption = None,
    as_json: AsJson = False,
) -> None:
    """Write sources as a CSL-JSON array, for Zotero and others: indented, or with --json on one line."""
    with ending_plainly(), open_for_reading(ledger) as opened:
        known = known_point(opened, known_at)
        streams = Streams(opened, known.position)
        named = [source_stream(source) for source in sources or opened.history.sources()]
        found = descriptions_at(streams.together(named), known.position)
        for ident in sources or ():
            if ident not in found:
                refuse(f"source '{ident}' is not in this ledger at position {known.position}")
        print_document([written_item(found[one]) for one in dict.fromkeys(sources or found)], as_json=as_json)


def of_sources(opened: OpenedForReading, known: int) -> list[Recorded[Act]]:
    """The events of every source, by source in the order of registration, for a fold up to a position.

    Raises UnknownSchemaError for one up to there that only a newer program can read.
    """
    history = opened.history
    return [event for source in history.sources() for event in history.stream(source_stream(source), known)]


def print_document(value: Json, *, as_json: bool) -> None:
    """Print a JSON document for other programs: indented, or with `--json` on one line."""
    if as_json:
        print_json(value)
    else:
        text = msgspec.json.format(msgspec.json.encode(value, order="sorted"), indent=2).decode()
        print_lines(*text.split("\n"))
