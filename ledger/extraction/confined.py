"""Reading HTML and PDF in a process that has nothing to lose: no secrets, little memory, little time (ADR 11).

A file that crashes the library, or that unpacks into more than the limits, harms a child process and nobody else.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import tempfile
from typing import TYPE_CHECKING, Final, Literal

import msgspec

from ledger.errors import UnavailableError
from ledger.extraction.child import BEYOND_LIMITS
from ledger.own_modules import BARE_ENVIRONMENT
from ledger.snapshot import NoText  # noqa: TC001  msgspec reads it when it decodes an answer

if TYPE_CHECKING:
    from typing import BinaryIO

__all__ = ["LIMITS", "Answer", "Limits", "read_confined"]


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How much one extraction may take: seconds of the processor, seconds on the wall, memory, and bytes of the text."""

    cpu_s: int = 20
    wall_s: float = 120
    memory_bytes: int = 1024 * 1024 * 1024
    output_bytes: int = 64 * 1024 * 1024


LIMITS: Final = Limits()
_NOT_OURS: Final = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Answer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the child found: the text, or why there is none; of a PDF also how many pages."""

    pages: int | None = None
    no_text: NoText | None = None
    text: str = ""


def _run(kind: str, source: BinaryIO, out: BinaryIO, limits: Limits) -> int:
    limited = [str(one) for one in (limits.cpu_s, limits.memory_bytes, limits.output_bytes)]
    process = subprocess.Popen(  # noqa: S603  our own module, with numbers for arguments
        [sys.executable, "-P", "-s", "-m", "ledger.extraction.child", kind, *limited],
        stdin=source,
        stdout=out,
        stderr=subprocess.DEVNULL,
        cwd="/",
        env=BARE_ENVIRONMENT,
        start_new_session=True,
    )
    try:
        return process.wait(limits.wall_s)
    except subprocess.TimeoutExpired:
        raise UnavailableError(
            f"the text of the snapshot was not read within {limits.wall_s} seconds: the machine is busy; try again later"
        ) from None
    finally:
        process.kill()
        process.wait()


def _read(answer: bytes) -> Answer:
    """The answer of a process that hostile bytes may have taken over: believed only in its form."""
    head, _, body = answer.partition(b"\n")
    try:
        told = msgspec.json.decode(head, type=Answer)
        text = body.decode()
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Answer(no_text="stopped")
    if "\x00" in text or bool(text) == (told.no_text is not None):
        return Answer(no_text="stopped")
    return Answer(pages=told.pages, no_text=told.no_text, text=text)


def read_confined(kind: Literal["html", "pdf"], source: BinaryIO, limits: Limits = LIMITS) -> Answer:
    """The text of `source`, from where it stands to its end. HTML is given in UTF-8.

    A file that breaks the library or the limits is answered with `stopped`: that is its own doing. Raises UnavailableError where it
    is the machine's: the process could not be started, was ended by somebody else, or got no time.
    """
    try:
        with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out:
            # A copy without a name: the child never holds the file that is the evidence.
            shutil.copyfileobj(source, given)
            given.seek(0)
            status = _run(kind, given, out, limits)
            if status == 0:
                out.seek(0)
                return _read(out.read(limits.output_bytes))
    except OSError as error:
        raise UnavailableError(
            f"the text of the snapshot could not be read: {error.strerror or error}; try again later"
        ) from error
    if status == BEYOND_LIMITS or (status < 0 and -status not in _NOT_OURS):
        return Answer(no_text="stopped")
    raise UnavailableError(
        f"the process that reads the text of a snapshot ended with status {status}; try again later"
    )
