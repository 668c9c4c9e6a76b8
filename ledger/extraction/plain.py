"""The text of a file of plain text: its characters."""

from __future__ import annotations

from typing import Final

from ledger.errors import InvalidError
from ledger.snapshot import Extractor

__all__ = ["PLAIN", "plain_text"]

PLAIN: Final = Extractor(name="incident-ledger.text-plain", version="1")
"""How text/plain becomes text: decoded as UTF-8, every code point kept, no line ending changed."""


def plain_text(data: bytes, *, field: str = "/text") -> str:
    """The characters of text/plain, as PLAIN gives them. Raises InvalidError for bytes that are not UTF-8, and for U+0000."""
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise InvalidError(f"is not UTF-8 text: byte {error.start} cannot be read", field=field) from None
    if "\x00" in text:
        raise InvalidError("must not contain the character U+0000", field=field)
    return text
