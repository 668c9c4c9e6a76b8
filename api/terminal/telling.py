"""What the command line says and how it ends: text, JSON and errors, each to its stream, and the exit codes.

Errors are sentences on standard error, also with `--json`. Nobody's words can move the cursor or turn the line of a terminal: control
characters and marks of direction are written out. It knows no views and no ledger.
"""

from __future__ import annotations

import os
import re
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

import msgspec

from api.in_words import clipped
from ledger.errors import (
    LedgerError,
    QuotationError,
    RefusedError,
    UnavailableError,
    UnknownSchemaError,
    UnreadableError,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = [
    "FOUND",
    "PIPE_CLOSED",
    "REFUSED",
    "UNAVAILABLE",
    "USAGE",
    "ending_plainly",
    "misused",
    "print_json",
    "print_lines",
    "refusal_in_words",
    "say",
    "write_bytes",
]

FOUND, USAGE, REFUSED, UNAVAILABLE = 1, 2, 3, 4
PIPE_CLOSED = 141
"""As for a program that the closing of a pipe ended: whoever read has read enough."""

_PREDICATES = ("is ", "has ", "contains ", "must ")
_UNSEEN = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


def _plain(line: str) -> str:
    return _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", line)


def print_json(value: object) -> None:
    """Print a value as one line of JSON, the members of every object sorted."""
    sys.stdout.write(msgspec.json.encode(value, order="sorted").decode() + "\n")
    sys.stdout.flush()


def print_lines(*lines: str) -> None:
    """Print lines of text."""
    sys.stdout.write("".join(_plain(line) + "\n" for line in lines))
    sys.stdout.flush()


def write_bytes(pieces: Iterable[bytes]) -> None:
    """Write bytes to standard output as they are: lines of the log, or what was captured."""
    sys.stdout.flush()
    for piece in pieces:
        sys.stdout.buffer.write(piece)
    sys.stdout.buffer.flush()


def say(message: str) -> None:
    """Write a message to standard error; its lines stay lines."""
    sys.stdout.flush()
    sys.stderr.write("".join(_plain(line) + "\n" for line in message.split("\n")))


def misused(message: str) -> NoReturn:
    """End as after a fault of usage."""
    say(message)
    raise SystemExit(USAGE)


def refusal_in_words(error: RefusedError | UnknownSchemaError, whole: str = "") -> str:
    """A refusal as a sentence: the member, the rule and, for a quotation, the nearest passages. `whole` names it where there is none."""
    if isinstance(error, UnknownSchemaError):
        return error.message
    at = f"{error.field}: " if error.field and not error.message.startswith(error.field) else ""
    if whole and not error.field and error.message.startswith(_PREDICATES):
        at = f"{whole} "
    nearest: Iterable[str] = error.nearest if isinstance(error, QuotationError) else ()
    return f"{at}{error.message}" + "".join(
        f'\n    nearest passage: "{clipped(one, 160)}"' for one in nearest
    )


def _end(error: LedgerError) -> NoReturn:
    match error:
        case RefusedError():
            say(refusal_in_words(error))
            raise SystemExit(REFUSED) from error
        case UnavailableError():
            say(f"unavailable: {error.message}")
            raise SystemExit(UNAVAILABLE) from error
        case UnknownSchemaError():
            say(f"a newer program wrote what this rests on: {error}")
            raise SystemExit(FOUND) from error
        case UnreadableError():
            say(f"the ledger cannot be read: {error}; check it with: incident-ledger verify")
            raise SystemExit(FOUND) from error
        case _:
            say(error.message)
            raise SystemExit(FOUND) from error


@contextmanager
def ending_plainly() -> Iterator[None]:
    """Turn what the ledger raises, and a reader who goes away, into a sentence and an exit code."""
    try:
        yield
    except LedgerError as error:
        _end(error)
    except BrokenPipeError as error:
        # Else the interpreter would write what is left in its buffer when it ends, and complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(PIPE_CLOSED) from error
