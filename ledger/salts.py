"""Salts as they are written, and base64url of many pieces at once (ledger-format §4)."""

from __future__ import annotations

import binascii
import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ledger.ids import RandomSource

__all__ = ["SALT_BYTES", "base64url", "salts_from", "salts_of"]

SALT_BYTES = 16
_URL_SAFE = bytes.maketrans(b"+/", b"-_")


def base64url(pieces: Sequence[bytes], size: int) -> list[str]:
    """Each piece, all of `size` bytes, in base64url without padding (RFC 4648 §5), all of them in one go.

    Base64 takes three bytes at a time, so each piece is filled up to a multiple of three.
    """
    filling = bytes(-size % 3)
    text = binascii.b2a_base64(filling.join(pieces) + filling, newline=False).translate(_URL_SAFE).decode()
    step = (size + len(filling)) // 3 * 4
    kept = (size * 4 + 2) // 3
    return [text[at : at + kept] for at in range(0, len(text), step)]


def salts_of(random: bytes) -> list[str]:
    """The salts that random bytes are, each as it is written."""
    count = len(random) // SALT_BYTES
    return base64url(struct.unpack(f"{SALT_BYTES}s" * count, random), SALT_BYTES)


def salts_from(random: RandomSource, count: int) -> list[str]:
    """So many salts, at least one. The source is asked once for all of them, or has them written out ahead (random_blocks.py)."""
    ahead = getattr(random, "salts", None)
    return salts_of(random(SALT_BYTES * count)) if ahead is None else ahead(count)
