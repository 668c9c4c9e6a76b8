"""What each problem's code means, read from docs/errors.md: the page that people read is the one that the server shows.

Only the tables of that page are read: a row that begins with a code has what it means, and what to do.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import msgspec

from ledger.errors import StoreError

__all__ = ["Explained", "explained"]

_ROW = re.compile(r"^\| `(?P<code>[a-z][a-z0-9-]*)` \| (?P<meaning>.+?) \| (?P<remedy>.+?) \|$", re.MULTILINE)
_SECTION = re.compile(r"^#+ (?P<title>.+)$", re.MULTILINE)
_LAWS = "The laws"


class Explained(msgspec.Struct, frozen=True, kw_only=True):
    """A code, or a law that the code `rule` names: what it means and what to do, in Markdown of one line."""

    code: str
    meaning: str
    remedy: str
    is_law: bool


def _errors_page() -> Path:
    """The page: beside the packages, or inside an installed one. Raises StoreError where it is missing."""
    here = Path(__file__).parents[1]
    for path in (here.parent / "docs" / "errors.md", here / "documents" / "errors.md"):
        if path.is_file():
            return path
    raise StoreError("the pages of the errors are not installed; install the project anew")


@cache
def explained() -> tuple[Explained, ...]:
    """Every code and law, in the order of the page."""
    text = _errors_page().read_text("utf-8")
    parts = _SECTION.split(text)
    return tuple(
        Explained(
            code=row["code"],
            meaning=row["meaning"],
            remedy=row["remedy"],
            is_law=title.startswith(_LAWS),
        )
        for title, part in zip(["", *parts[1::2]], parts[::2], strict=True)
        for row in _ROW.finditer(part)
    )
