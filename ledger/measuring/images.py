"""The size of an image in pixels, as stored: an orientation that a viewer applies is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.measuring.reading import CutShortError
from ledger.snapshot import Measured

if TYPE_CHECKING:
    from ledger.measuring.reading import Window

__all__ = ["gif", "jpeg", "png", "tiff", "webp"]

_MAX_SEGMENTS = 1000
_STANDALONE = (0x01, *range(0xD0, 0xD8))
_NO_FRAME = (0xC4, 0xC8, 0xCC)


def _size(width: int, height: int) -> Measured | None:
    return Measured(width_px=width, height_px=height) if width > 0 and height > 0 else None


def png(file: Window) -> Measured | None:
    """ISO/IEC 15948 §11.2.2: the first chunk is IHDR."""
    if file.at(8, 8) != b"\x00\x00\x00\x0dIHDR":
        return None
    return _size(file.number(16, 4), file.number(20, 4))


def gif(file: Window) -> Measured | None:
    """GIF89a §18: the logical screen."""
    return _size(file.number(6, 2, little=True), file.number(8, 2, little=True))


def jpeg(file: Window) -> Measured | None:
    """ITU-T T.81 §B.2.2: the frame header, found by going from segment to segment."""
    at = 2
    for _ in range(_MAX_SEGMENTS):
        mark, kind = file.at(at, 2)
        if mark != 0xFF:  # noqa: PLR2004  every marker begins so
            return None
        if kind == 0xFF:  # noqa: PLR2004  fill bytes may stand before a marker
            at += 1
        elif kind in _STANDALONE:
            at += 2
        elif kind in range(0xC0, 0xD0) and kind not in _NO_FRAME:
            return _size(file.number(at + 7, 2), file.number(at + 5, 2))
        else:
            at += 2 + max(file.number(at + 2, 2), 2)
    return None


def webp(file: Window) -> Measured | None:
    """RFC 9649 §2.5-§2.7: the lossy, the lossless and the extended form."""
    kind = file.at(12, 4)
    if kind == b"VP8 " and file.at(23, 3) == b"\x9d\x01\x2a":
        return _size(file.number(26, 2, little=True) & 0x3FFF, file.number(28, 2, little=True) & 0x3FFF)
    if kind == b"VP8L" and file.at(20, 1) == b"\x2f":
        bits = file.number(21, 4, little=True)
        return _size((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    if kind == b"VP8X":
        return _size(file.number(24, 3, little=True) + 1, file.number(27, 3, little=True) + 1)
    return None


def tiff(file: Window) -> Measured | None:
    """TIFF 6.0 §2: ImageWidth and ImageLength in the first directory, each a SHORT or a LONG."""
    little = file.at(0, 2) == b"II"
    directory = file.number(4, 4, little=little)
    found: dict[int, int] = {}
    for index in range(file.number(directory, 2, little=little)):
        entry = directory + 2 + 12 * index
        tag, kind = file.number(entry, 2, little=little), file.number(entry + 2, 2, little=little)
        if tag in (256, 257):
            width = {3: 2, 4: 4}.get(kind)
            if width is None or file.number(entry + 4, 4, little=little) != 1:
                raise CutShortError
            found[tag] = file.number(entry + 8, width, little=little)
    return _size(found.get(256, 0), found.get(257, 0))
