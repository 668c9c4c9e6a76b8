"""The words of a fact that can be searched, as they stand in a content (ADR 12).

Fields are kept apart by a mark that nobody can ask for, so that no question is answered by the end of one field and the beginning of the
next. What is redacted is no text, and is not there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.errors import InvalidError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ledger.fact import Content
    from ledger.values import Json

__all__ = ["BETWEEN", "MAX_WORDS", "asked_words", "words_of"]

BETWEEN = " \ue000 "
"""Stands between fields: a character for private use, which the index takes for a word of its own."""

MAX_WORDS = 32
_MAX_CHARACTERS = 1_024


def words_of(content: Content) -> tuple[str, str]:
    """The statement, and the words of all other fields."""
    statement = content.statement if isinstance(content.statement, str) else ""
    return statement, BETWEEN.join(_others(content))


def _others(content: Content) -> Iterator[str]:
    if content.occurred is not None and content.occurred.as_stated is not None:
        yield content.occurred.as_stated
    for person in content.participants:
        yield from (words for words in (person.name, person.as_described) if isinstance(words, str))
    stated = (*(one.as_stated for one in content.places), *(one.as_stated for one in content.quantities))
    yield from (words for words in stated if words is not None)
    for name in sorted(content.details):
        yield from _texts(content.details[name])


def _texts(value: Json) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)
    elif isinstance(value, dict) and value.keys() != {"absent"}:
        for name in sorted(value):
            yield from _texts(value[name])


def asked_words(text: str, *, field: str) -> tuple[str, ...]:
    """The words of a question: each has to stand in the fact. Raises InvalidError where there is none, or where there are too many."""
    words = tuple(dict.fromkeys(text.replace(BETWEEN.strip(), " ").replace("\x00", " ").split()))
    words = tuple(word for word in words if any(character.isalnum() for character in word))
    if not words:
        raise InvalidError("must have a word to look for", field=field)
    if len(words) > MAX_WORDS or len(text) > _MAX_CHARACTERS:
        rule = f"may have at most {MAX_WORDS} words and {_MAX_CHARACTERS} characters"
        raise InvalidError(rule, field=field)
    return words
