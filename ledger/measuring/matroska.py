"""Matroska and WebM (RFC 9559), as far as a header says how long and how large the recording is."""

from __future__ import annotations

import math
import struct
from fractions import Fraction
from typing import TYPE_CHECKING

from ledger.measuring.reading import CutShortError, seconds
from ledger.snapshot import Measured

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ledger.measuring.reading import Window

__all__ = ["segment"]

_SEGMENT, _INFO, _TRACKS, _CLUSTER = 0x18538067, 0x1549A966, 0x1654AE6B, 0x1F43B675
_SCALE, _DURATION = 0x2AD7B1, 0x4489
_ENTRY, _VIDEO, _WIDTH, _HEIGHT = 0xAE, 0xE0, 0xB0, 0xBA
_MAX_ELEMENTS = 10_000
_DEFAULT_SCALE = 1_000_000
_NANOSECONDS = 1_000_000_000
_FLOATS = {4: ">f", 8: ">d"}


def _variable(file: Window, at: int, *, longest: int) -> tuple[int, int]:
    """A number of variable length with its marker bit (RFC 8794 §4), and how many bytes it takes."""
    first = file.number(at, 1)
    count = 9 - first.bit_length()
    if not 1 <= count <= longest:
        raise CutShortError
    return file.number(at, count), count


def _elements(inside: Window) -> Iterator[tuple[int, Window]]:
    """The elements of an element, each by its id and what it holds; one of unknown size reaches to the end (RFC 8794 §6.2)."""
    at = 0
    for _ in range(_MAX_ELEMENTS):
        if at >= len(inside):
            return
        ident, length = _variable(inside, at, longest=4)
        at += length
        marked, length = _variable(inside, at, longest=8)
        at += length
        size = marked - (1 << 7 * length)
        if size == (1 << 7 * length) - 1:
            size = len(inside) - at
        yield ident, inside.inside(at, size)
        at += size


def _info(info: Window) -> str | None:
    scale, duration = _DEFAULT_SCALE, 0.0
    for ident, value in _elements(info):
        if ident == _SCALE:
            scale = value.number(0, min(len(value), 8))
        elif ident == _DURATION and len(value) in _FLOATS:
            (duration,) = struct.unpack(_FLOATS[len(value)], value.at(0, len(value)))
    if not math.isfinite(duration):
        return None
    exact = Fraction(duration) * scale
    return seconds(exact.numerator, exact.denominator * _NANOSECONDS)


def _picture(tracks: Window) -> tuple[int, int] | None:
    for ident, entry in _elements(tracks):
        for kind, video in _elements(entry) if ident == _ENTRY else ():
            if kind == _VIDEO:
                size = {
                    name: value.number(0, min(len(value), 8))
                    for name, value in _elements(video)
                    if name in (_WIDTH, _HEIGHT)
                }
                if size.get(_WIDTH) and size.get(_HEIGHT):
                    return size[_WIDTH], size[_HEIGHT]
    return None


def segment(file: Window) -> Measured | None:
    """What stands before the first cluster: Info (§5.1.2) and Tracks (§5.1.4)."""
    duration, picture = None, None
    body = next((value for ident, value in _elements(file) if ident == _SEGMENT), None)
    for ident, value in _elements(body) if body is not None else ():
        if ident == _INFO:
            duration = _info(value)
        elif ident == _TRACKS:
            picture = _picture(value)
        elif ident == _CLUSTER:
            break
    width, height = picture or (None, None)
    return Measured(duration_s=duration, width_px=width, height_px=height)
