"""The words that were looked for, marked where a text has them; the index folds more than this does, and never less is found by it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Stretch", "marked"]


class Stretch(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of a text, and whether it is a word that was looked for."""

    text: str
    is_found: bool


def marked(text: str, words: Sequence[str]) -> tuple[Stretch, ...]:
    """A text in stretches."""
    if not words:
        return (Stretch(text=text, is_found=False),)
    found = re.compile(
        "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)), re.IGNORECASE
    )
    made: list[Stretch] = []
    at = 0
    for match in found.finditer(text):
        if match.start() > at:
            made.append(Stretch(text=text[at : match.start()], is_found=False))
        made.append(Stretch(text=match[0], is_found=True))
        at = match.end()
    if at < len(text) or not made:
        made.append(Stretch(text=text[at:], is_found=False))
    return tuple(made)
