"""The bytes by which erased words would be known if a file still held them.

Of a disclosure these are its salt, 16 random bytes that stand nowhere else and without which nobody can check a guess, and the texts in its
value where they are telling. Of a snapshot they are samples of its bytes. SQLite may part a long value over two pages, so that a salt is
also looked for by its halves, and a long text by pieces of it.
"""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING

import msgspec

from ledger.disclosure import open_line
from ledger.strict_json import canonical

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ledger.erasing import Erased
    from ledger.values import Json

__all__ = [
    "PIECES",
    "PIECE_LETTERS",
    "TELLING_LETTERS",
    "Needle",
    "forms_of",
    "is_telling",
    "needles_of",
    "telling_texts",
]

TELLING_LETTERS = 8
"""A shorter text, such as 15 or an age, stands in too many places by chance; its salted line tells instead."""

PIECE_LETTERS = 32
"""A text at least twice as long is looked for by pieces of this length."""

PIECES = 4
"""By how many pieces of a long text it is looked for."""

_TRIPLE = 3
_ESCAPE = re.compile(rb"\\u([0-9a-f]{4})")


class Needle(msgspec.Struct, frozen=True, kw_only=True):
    """What is looked for: a salt, a text or a sample (`sought`), and every form in which a file may hold it.

    A salt in a file is always something left over. A text may stand there rightly, since another act that was not redacted says it too.
    """

    sought: bytes
    is_salt: bool
    forms: tuple[bytes, ...]


def needles_of(erased: Iterable[Erased]) -> tuple[Needle, ...]:
    """What to look for after redactions, each once, salts first."""
    salts: dict[str, None] = {}
    texts: dict[bytes, None] = {}
    for one in erased:
        for line in one.lines:
            salt, _, value = open_line(line)
            half = len(salt) // 2
            salts.update(dict.fromkeys((salt[:half], salt[half:])))
            texts.update((piece.encode(), None) for text in telling_texts(value) for piece in _pieces(text))
        texts.update(dict.fromkeys(one.samples))
    found = [
        Needle(sought=salt.encode(), is_salt=True, forms=tuple(forms_of(salt.encode()))) for salt in salts
    ]
    return (*found, *(Needle(sought=text, is_salt=False, forms=tuple(forms_of(text))) for text in texts))


def telling_texts(value: Json) -> Iterator[str]:
    """The texts in a value that are looked for by themselves: at least eight characters, and more than one word of small letters.

    One such word may be a word of the program, `disputed` or `supports`, which stands in files whatever anybody recorded.
    """
    match value:
        case str():
            if is_telling(value):
                yield value
        case list():
            for one in value:
                yield from telling_texts(one)
        case dict():
            for one in value.values():
                yield from telling_texts(one)
        case _:
            pass


def is_telling(text: str) -> bool:
    """Whether a text that is found in a file tells that it came from what was erased."""
    return len(text) >= TELLING_LETTERS and not (text.isascii() and text.isalpha() and text.islower())


def _pieces(text: str) -> list[str]:
    if len(text) < 2 * PIECE_LETTERS:
        return [text]
    step = (len(text) - PIECE_LETTERS) // (PIECES - 1)
    pieces = (text[at * step : at * step + PIECE_LETTERS] for at in range(PIECES))
    return [piece for piece in pieces if is_telling(piece)]


def forms_of(sought: bytes) -> Iterator[bytes]:
    """UTF-8, UTF-16 of both orders, as JSON writes it with and without ASCII escapes and inside another JSON string, and base64.

    Each once. Bytes that are no text have only themselves and base64.
    """
    forms: dict[bytes, None] = {sought: None}
    try:
        text = sought.decode()
    except UnicodeDecodeError:
        pass
    else:
        inner = canonical(text)[1:-1]
        escaped = json.dumps(text)[1:-1].encode()
        forms.update(
            dict.fromkeys(
                (
                    text.encode("utf-16-le"),
                    text.encode("utf-16-be"),
                    inner,
                    canonical(inner.decode())[1:-1],
                    escaped,
                    _upper(escaped),
                )
            )
        )
    forms.update(dict.fromkeys(_base64_forms(sought)))
    yield from forms


def _upper(escaped: bytes) -> bytes:
    return _ESCAPE.sub(lambda found: b"\\u" + found[1].upper(), escaped)


def _base64_forms(sought: bytes) -> Iterator[bytes]:
    """The characters that stand in base64 wherever the bytes begin among three, without those that neighbours have a share in."""
    for before in range(_TRIPLE):
        skipped = -before % _TRIPLE
        whole = sought[skipped : len(sought) - (len(sought) - skipped) % _TRIPLE]
        if whole:
            yield base64.b64encode(whole)
            yield base64.urlsafe_b64encode(whole)
