"""How much of it there is: pixels and seconds, where the header of a format plainly states them.

What is read here is what the file claims, and the file may be hostile: every offset is checked against what is there, nothing is
read by a length that the file gives without a bound of ours, and what is cut short or contradicts itself is measured as nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.measuring import boxes, images, matroska, sounds
from ledger.measuring.reading import CutShortError, Window
from ledger.snapshot import Measured

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import BinaryIO

__all__ = ["MAX_PIXELS", "measure"]

MAX_PIXELS = 2**31 - 1
"""Widest and highest image that is believed: no format that is taken has wider ones."""
_READERS: dict[str, Callable[[Window], Measured | None]] = {
    "image/png": images.png,
    "image/gif": images.gif,
    "image/jpeg": images.jpeg,
    "image/webp": images.webp,
    "image/tiff": images.tiff,
    "image/avif": boxes.still,
    "image/heic": boxes.still,
    "audio/wav": sounds.wav,
    "audio/flac": sounds.flac,
    "audio/mp4": boxes.movie,
    "video/mp4": boxes.movie,
    "video/quicktime": boxes.movie,
    "audio/webm": matroska.segment,
    "video/webm": matroska.segment,
    "video/matroska": matroska.segment,
}


def measure(name: str, file: BinaryIO, size_bytes: int) -> Measured | None:
    """What a file of the media type `name` says of its extent; None where it says nothing that can be trusted to be a header.

    The pages of a PDF are counted when its text is read (ledger.extraction).
    """
    reader = _READERS.get(name)
    if reader is None:
        return None
    try:
        found = reader(Window(file, size_bytes))
    except CutShortError:
        return None
    if found is None or found == Measured() or max(found.width_px or 0, found.height_px or 0) > MAX_PIXELS:
        return None
    return found
