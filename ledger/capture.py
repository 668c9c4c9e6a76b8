"""From a capture to what is recorded of it: its type checked against its bytes, its extent, and its text (ADR 11).

All of this is done before the writer's lock is taken: the bytes do not change by waiting. Nothing is stored here. Bytes are evidence,
so what cannot be turned into text is captured all the same; what is not of the type it is said to be is refused.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import msgspec

from ledger.blobs import digest_of_bytes
from ledger.commands import RecordSnapshot
from ledger.errors import InvalidError
from ledger.extraction.confined import LIMITS
from ledger.extraction.text import extract
from ledger.measuring import measure
from ledger.media import HEAD_BYTES, check_bytes, read_media_type
from ledger.snapshot import Held, Measured

if TYPE_CHECKING:
    from typing import BinaryIO

    from ledger.blobs import Blobs
    from ledger.commands import CaptureSnapshot
    from ledger.extraction.confined import Limits

__all__ = ["Captured", "describe", "keep"]


class Captured(msgspec.Struct, frozen=True, kw_only=True):
    """A capture that may be recorded: the command, the bytes to keep, and the extracted text to keep beside them.

    `text` is None where there is none, and where it is the bytes themselves.
    """

    record: RecordSnapshot
    data: bytes | Held
    text: bytes | None = None


def _open(data: bytes | Held, blobs: Blobs) -> tuple[BinaryIO, int, str]:
    if isinstance(data, Held):
        return blobs.open_held(data), data.size_bytes, data.digest
    return io.BytesIO(data), len(data), digest_of_bytes(data)


def describe(capture: CaptureSnapshot, blobs: Blobs, limits: Limits = LIMITS) -> Captured:
    """What is recorded of a capture, and what is then to be kept. Nothing is stored.

    Raises InvalidError for an empty or too large capture, a type that is not taken, or text that cannot be decoded; RuleError
    (`media-type-mismatch`) for bytes of another type; UnavailableError where the machine is in the way.
    """
    media = read_media_type(capture.media_type)
    file, size, digest = _open(capture.data, blobs)
    with file:
        if size == 0:
            raise InvalidError("is empty", field=media.field)
        if size > media.limit:
            raise InvalidError(
                f"has {size} bytes; of {media.name} at most {media.limit} are kept", field=media.field
            )
        check_bytes(media, file.read(HEAD_BYTES))
        measured = measure(media.name, file, size)
        extraction = extract(media, file, limits)
    text = None
    if extraction is not None:
        text = None if extraction.text is None else extraction.text.encode()
        measured = measured if extraction.pages is None else Measured(pages=extraction.pages)
    name = None if text is None else digest_of_bytes(text)
    # One text of the digest is kept, not two: a source may have very many captures, and its state holds them all.
    name = digest if name == digest else name
    record = RecordSnapshot(
        source=capture.source,
        snapshot=digest,
        size_bytes=size,
        media_type=capture.media_type,
        captured_at=capture.captured_at,
        method=capture.method,
        url=capture.url,
        archive_urls=capture.archive_urls,
        extraction=name,
        extractor=None if extraction is None else extraction.extractor,
        measured=measured,
    )
    return Captured(record=record, data=capture.data, text=None if name == digest else text)


def keep(captured: Captured, blobs: Blobs) -> None:
    """Store the bytes and their text durably: before the event that names them. Raises StoreError where the disk refuses."""
    if isinstance(captured.data, Held):
        blobs.take(captured.data)
    else:
        blobs.keep(captured.data)
    if captured.text is not None:
        blobs.keep(captured.text)
