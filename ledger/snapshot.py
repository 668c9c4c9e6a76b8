"""What is known of a snapshot beside its bytes: what made its text, and how much there is of it."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from ledger.values import Absence, Value

__all__ = ["Extractor", "Held", "Measured", "NoText"]

NoText: TypeAlias = Literal["none-there", "encrypted", "unreadable", "stopped"]
"""Why an extractor gave no text: there is none (a scan), it is locked by a password, it is damaged, or it took more than the limits."""


class Extractor(Value, frozen=True, kw_only=True):
    """What made a snapshot's text: positions mean something only with its name and version.

    `no_text`: why it gave none. The bytes are evidence all the same, so they were captured.
    """

    name: str | None = None
    version: str | None = None
    no_text: NoText | None = None
    absent: Absence | None = None


class Measured(Value, frozen=True, kw_only=True):
    """What the bytes themselves say of their extent: pages, seconds (a decimal string), pixels.

    It is read from the header of the format, so that it is the file's claim. What is not plainly stated there is left out.
    """

    pages: int | None = None
    duration_s: str | None = None
    width_px: int | None = None
    height_px: int | None = None
    absent: Absence | None = None


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes received into a temporary file of the blobs folder, not yet a snapshot: `name` is the file's name there."""

    name: str
    digest: str
    size_bytes: int
