"""Files made of boxes (ISO/IEC 14496-12): MP4, QuickTime, HEIC and AVIF."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.measuring.reading import CutShortError, seconds
from ledger.snapshot import Measured

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ledger.measuring.reading import Window

__all__ = ["movie", "still"]

_MAX_BOXES = 10_000
_UNKNOWN = {0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF}


def _children(inside: Window, at: int = 0) -> Iterator[tuple[bytes, Window]]:
    """The boxes of a box, each by its type and what it holds (§4.2)."""
    for _ in range(_MAX_BOXES):
        if at + 8 > len(inside):
            return
        size, kind, head = inside.number(at, 4), inside.at(at + 4, 4), 8
        if size == 1:
            size, head = inside.number(at + 8, 8), 16
        elif size == 0:
            size = len(inside) - at
        if size < head:
            raise CutShortError
        yield kind, inside.inside(at + head, size - head)
        at += size


def _first(inside: Window, kind: bytes, at: int = 0) -> Window:
    found = next((box for name, box in _children(inside, at) if name == kind), None)
    if found is None:
        raise CutShortError
    return found


def _duration(header: Window) -> str | None:
    """§8.2.2: the movie header, of which version 1 has wider numbers. All ones: not known; 0: told in fragments."""
    wide = header.number(0, 1) == 1
    scale, length = (
        (header.number(20, 4), header.number(24, 8)) if wide else (header.number(12, 4), header.number(16, 4))
    )
    return None if length in _UNKNOWN else seconds(length, scale)


def movie(file: Window) -> Measured | None:
    """The length of the movie, and the size in which its first picture track is shown (§8.3.2, 16.16 fixed point)."""
    inside = _first(file, b"moov")
    duration = None
    width = height = 0
    for kind, box in _children(inside):
        if kind == b"mvhd" and duration is None:
            duration = _duration(box)
        elif kind == b"trak" and not (width and height):
            track = _first(box, b"tkhd")
            at = 88 if track.number(0, 1) == 1 else 76
            width, height = track.number(at, 4) >> 16, track.number(at + 4, 4) >> 16
    shown = width > 0 and height > 0
    return Measured(
        duration_s=duration, width_px=width if shown else None, height_px=height if shown else None
    )


def still(file: Window) -> Measured | None:
    """ISO/IEC 23008-12 §6.5.3: the extent of the image. Where tiles or a thumbnail have extents too, it is not plainly stated."""
    properties = _first(_first(_first(file, b"meta"), b"iprp", at=4), b"ipco")
    sizes = {(box.number(4, 4), box.number(8, 4)) for kind, box in _children(properties) if kind == b"ispe"}
    if len(sizes) != 1:
        return None
    ((width, height),) = sizes
    return Measured(width_px=width, height_px=height) if width and height else None
