"""The length of a sound file, where its header states it: WAV and FLAC do, MP3 and Ogg leave it to be counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.measuring.reading import seconds
from ledger.snapshot import Measured

if TYPE_CHECKING:
    from ledger.measuring.reading import Window

__all__ = ["flac", "wav"]

_MAX_CHUNKS = 1000


def wav(file: Window) -> Measured | None:
    """RIFF Specification 1.0, WAVE: bytes of sound by bytes per second. A recorder that was cut off leaves sizes that do not fit."""
    at, rate = 12, 0
    for _ in range(_MAX_CHUNKS):
        kind, size = file.at(at, 4), file.number(at + 4, 4, little=True)
        if kind == b"fmt ":
            rate = file.number(at + 16, 4, little=True)
        elif kind == b"data":
            return Measured(duration_s=seconds(len(file.inside(at + 8, size)), rate))
        at += 8 + size + size % 2
    return None


def flac(file: Window) -> Measured | None:
    """RFC 9639 §8.2: the first block is STREAMINFO, with the sample rate and the number of samples, 0 where unknown."""
    if file.number(4, 1) & 0x7F or file.number(5, 3) < 34:  # noqa: PLR2004  the size of a STREAMINFO
        return None
    bits = file.number(18, 8)
    return Measured(duration_s=seconds(bits & 0xFFFFFFFFF, bits >> 44))
