"""The commands about snapshots: what was captured, its bytes out of the ledger, and new ones into it."""

from __future__ import annotations

import os
import re
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Annotated, BinaryIO, NoReturn

import typer

from api.cli.source import accounts_of
from api.opening import OpenedForReading, open_for_reading, open_for_rehearsal, open_for_writing
from api.terminal.left_out import Streams
from api.terminal.options import (
    DEFAULT_LEDGER,
    Actor,
    AsJson,
    DryRun,
    KnownAtOption,
    LedgerFile,
    caller_of,
    known_point,
    print_items,
    print_standing,
    refuse,
    require_source,
)
from api.terminal.shown_source import capture_lines
from api.terminal.telling import ending_plainly, misused, print_json, print_lines, say, write_bytes
from ledger.append import Receipt
from ledger.commands import CaptureSnapshot
from ledger.errors import IntegrityError, InvalidError, RefusedError, StoreError, UnknownError
from ledger.media import read_media_type
from projections.source_account import Capture

__all__ = ["capture", "list_snapshots", "save", "show"]

Digest = Annotated[str, typer.Argument(help="Its digest, or the first six or more digits of it.")]
_DIGITS = re.compile(r"[0-9a-f]{6,64}", re.ASCII)
_ALL_DIGITS = 64
_CHUNK_BYTES = 1024 * 1024
_OPTIONS = {"source": "SOURCE", "archive_urls": "--archive-url"}
_OF_THE_BYTES = ("", "/text", "/base64", "/data")


def _captures(streams: Streams, known: int) -> list[Capture]:
    captures = [one for account in accounts_of(streams, known).values() for one in account.captures]
    return sorted(captures, key=lambda one: one.position)


def _digests_of(capture: Capture) -> set[str]:
    """The digest of the bytes, and of the text that was taken from them."""
    return {capture.act.snapshot, capture.act.extraction or capture.act.snapshot}


def _found(ledger: OpenedForReading, given: str, known: int) -> tuple[str, list[Capture]]:
    """The one digest that is meant, and the captures that have it, oldest first."""
    digits = given.lower().removeprefix("sha256:")
    if _DIGITS.fullmatch(digits) is None:
        misused("a digest is sha256: and 64 hexadecimal digits; the first six or more are enough")
    captures = _captures(Streams(ledger, known), known)
    digests = {digest for one in captures for digest in _digests_of(one)}
    meant = sorted(digest for digest in digests if digest.startswith(f"sha256:{digits}"))
    if not meant:
        more = "" if len(digits) == _ALL_DIGITS else "…"
        refuse(f"no snapshot sha256:{digits}{more} is in this ledger; see: incident-ledger snapshot list")
    if len(meant) > 1:
        refuse(f"sha256:{digits}… may be any of these, so give more digits: {', '.join(meant)}")
    return meant[0], [one for one in captures if meant[0] in _digests_of(one)]


def _opened(ledger: OpenedForReading, digest: str, captures: list[Capture]) -> BinaryIO:
    """The bytes of a digest that was captured, hashed before any is read. Refused where a redaction took them away."""
    if all(one.redacted_at is not None for one in captures):
        refuse(
            f"{digest} was redacted at position {captures[-1].redacted_at}; the bytes are gone, that they were captured stays"
        )
    try:
        return ledger.blobs.open(digest)
    except UnknownError as error:
        raise IntegrityError("the snapshot is missing, and no redaction names it", where=digest) from error


def _kept(ledger: OpenedForReading, digest: str) -> str:
    """How the bytes of a digest lie on the disk: kept, changed or missing."""
    try:
        ledger.blobs.open(digest).close()
    except UnknownError:
        return "missing"
    except IntegrityError:
        return "changed"
    return "kept"


_STATES = {
    "kept": "[kept here, and the bytes are those that were captured]",
    "changed": "[the bytes have CHANGED on disk; see: incident-ledger verify]",
    "missing": "[the bytes are MISSING, and no redaction names them; see: incident-ledger verify]",
}


def list_snapshots(
    source: Annotated[str | None, typer.Argument(help="Only those of this source.")] = None,
    ledger: LedgerFile = DEFAULT_LEDGER,
    known_at: KnownAtOption = None,
    as_json: AsJson = False,
) -> None:
    """List the captures, oldest first: digest, source, type, size and time; what was redacted is shown as that."""
    with ending_plainly(), open_for_reading(ledger) as opened:
        known = known_point(opened, known_at)
        if source is not None:
            require_source(opened, source, known)
        streams = Streams(opened, known.position)
        captures = [one for one in _captures(streams, known.position) if source in (None, one.source)]
        if as_json:
            print_items(captures, known, streams.member())
            return
        nothing = "Nothing was captured." if source is None else f"Nothing of '{source}' was captured."
        print_lines(*([line for one in captures for line in capture_lines(one)] or [nothing]))
        print_standing(known)


def show(
    digest: Digest,
    ledger: LedgerFile = DEFAULT_LEDGER,
    known_at: KnownAtOption = None,
    as_json: AsJson = False,
) -> None:
    """Show a snapshot: each capture of those bytes, and whether they are kept here as they were captured."""
    with ending_plainly(), open_for_reading(ledger) as opened:
        meant, captures = _found(opened, digest, known_point(opened, known_at).position)
        gone = all(one.redacted_at is not None for one in captures)
        kept = "redacted" if gone else _kept(opened, meant)
        if as_json:
            print_json({"snapshot": meant, "bytes": kept, "captures": captures})
        else:
            print_lines(*(line for one in captures for line in capture_lines(one, _STATES.get(kept, ""))))


def save(
    digest: Digest,
    file: Annotated[str, typer.Argument(help="Where to; - for standard output.")],
    ledger: LedgerFile = DEFAULT_LEDGER,
    force: Annotated[bool, typer.Option("--force", help="Overwrite a file that is there.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write the bytes of a snapshot, or of the text taken from one, to a file: exactly those, checked against their digest."""
    with ending_plainly(), open_for_reading(ledger) as opened:
        meant, captures = _found(opened, digest, opened.history.head().position)
        with _opened(opened, meant, captures) as data:
            if file == "-":
                write_bytes(_pieces(data))
                return
            size_bytes = _write(Path(file), data, force=force)
        if as_json:
            print_json({"snapshot": meant, "file": file, "size_bytes": size_bytes})
        else:
            print_lines(f"{meant}: {size_bytes:,} bytes written to {file}")


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    return iter(partial(file.read, _CHUNK_BYTES), b"")


def _write(path: Path, data: BinaryIO, *, force: bool) -> int:
    """Write a file whole or not at all, and say how many bytes it has."""
    temporary = path.with_name(f".{path.name}.{os.urandom(8).hex()}") if force else path
    try:
        with temporary.open("xb") as file:
            try:
                size_bytes = sum(map(file.write, _pieces(data)))
                file.flush()
                os.fsync(file.fileno())
            except BaseException:
                temporary.unlink(missing_ok=True)
                raise
        if force:
            temporary.replace(path)
    except FileExistsError:
        misused(f"{path} exists already; name another file, or overwrite it with --force")
    except (OSError, ValueError) as error:
        if force:
            temporary.unlink(missing_ok=True)
        why = getattr(error, "strerror", None) or error
        raise StoreError(f"{path} could not be written: {why}") from error
    return size_bytes


@contextmanager
def _input(file: str) -> Iterator[BinaryIO]:
    """What is to be captured. A file that cannot be read is a fault of usage, found before a ledger is made."""
    with ExitStack() as stack:
        if file == "-":
            yield sys.stdin.buffer
            return
        try:
            opened = stack.enter_context(Path(file).open("rb"))
        except (OSError, ValueError) as error:
            misused(f"{file} cannot be read: {getattr(error, 'strerror', None) or error}")
        yield opened


@contextmanager
def _whole(data: BinaryIO, limit: int) -> Iterator[BinaryIO]:
    """What is to be captured, read to its end or to one byte past the limit; a file on a disk is as it lies there."""
    try:
        lies_there = stat.S_ISREG(os.fstat(data.fileno()).st_mode)
    except OSError:
        lies_there = False
    if lies_there:
        yield data
        return
    with tempfile.TemporaryFile() as kept:
        left = limit + 1
        while left and (piece := data.read(min(left, _CHUNK_BYTES))):
            kept.write(piece)
            left -= len(piece)
        kept.seek(0)
        yield kept


def _called(file: str) -> str:
    return "standard input" if file == "-" else file


def _refuse_in_options(error: RefusedError, file: str) -> NoReturn:
    """Refuse in the words of the command line: a member of the command is one of its options, or the file."""
    if not isinstance(error, InvalidError):
        refuse(error.message)
    if error.field in _OF_THE_BYTES:
        refuse(f"{_called(file)} {error.rule}")
    name = error.field.strip("/").partition("/")[0]
    refuse(f"{_OPTIONS.get(name, '--' + name.replace('_', '-'))}: {error.rule}")


def capture(  # noqa: PLR0913, PLR0917  Typer makes options of them; nobody calls it by position
    source: Annotated[str, typer.Argument(help="The id of the source, which must be registered.")],
    file: Annotated[str, typer.Argument(help="The file to capture; - for standard input.")],
    media_type: Annotated[str, typer.Option("--media-type", help="What the bytes are, such as text/plain.")],
    ledger: LedgerFile = DEFAULT_LEDGER,
    url: Annotated[str | None, typer.Option("--url", help="Where they were found.")] = None,
    captured_at: Annotated[
        str | None, typer.Option("--captured-at", help="When the copy was taken, where not now: a date-time.")
    ] = None,
    method: Annotated[str | None, typer.Option("--method", help="How the copy was taken.")] = None,
    archive_url: Annotated[
        list[str] | None, typer.Option("--archive-url", help="Where an archive keeps it; may be repeated.")
    ] = None,
    actor: Actor = "local",
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Capture the bytes of a file as a snapshot of a source, and print the digest that citations name."""
    caller = caller_of(actor)
    with ending_plainly(), _input(file) as data, ExitStack() as stack:
        described = partial(
            CaptureSnapshot,
            source=source,
            media_type=media_type,
            captured_at=captured_at,
            method=method,
            url=url,
            archive_urls=tuple(archive_url or ()),
        )
        try:
            media = read_media_type(media_type)
            # Whoever sends it slowly must not keep others from writing: it is read before the ledger is opened.
            given = stack.enter_context(_whole(data, media.limit))
            if dry_run:
                with open_for_rehearsal(ledger) as opened:
                    # One byte more than is kept, so that it is seen to be too much.
                    command = described(data=given.read(media.limit + 1))
                    receipt = opened.writer.record(command, caller, dry_run=True)
            else:
                with open_for_writing(ledger) as opened:
                    held = opened.blobs.receive(_pieces(given), media.limit)
                    try:
                        receipt = opened.writer.record(described(data=held), caller)
                    finally:
                        opened.blobs.discard(held)
        except RefusedError as error:
            _refuse_in_options(error, file)
        if as_json:
            print_json(receipt)
        else:
            print_lines(receipt.id)
            say(_captured_in_words(receipt))


def _captured_in_words(receipt: Receipt) -> str:
    if receipt.quiet:
        return f"these bytes were captured before in {receipt.stream}; nothing was recorded"
    if receipt.dry_run:
        return f"would be recorded in {receipt.stream} version {receipt.version}"
    return f"recorded in {receipt.stream} version {receipt.version}, position {receipt.position}"
