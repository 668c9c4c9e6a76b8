"""The wording fields of a fact: what an amendment may set, how it is read, and how it is put in place (model §2).

A path names the same field in every act. Nothing here judges whether a change of words changes the meaning.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from msgspec.structs import replace

from ledger.errors import InvalidError
from ledger.place import Place
from ledger.quantity import Quantity
from ledger.when import When

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ledger.fact import Content
    from ledger.values import Absent

__all__ = ["NOT_WORDING", "is_wording_path", "with_wording", "wording_at"]

NOT_WORDING = (
    "an amendment sets wording only: statement, occurred/as_stated, places/<id>/as_stated, participants/<id>/as_described, "
    "quantities/<id>/as_stated, and details/as_stated of an attribute; everything else is a correction"
)
_Worded = TypeVar("_Worded", When, Place, Quantity)


def is_wording_path(content: Content, path: str) -> bool:
    """Whether `path` names a wording field of this content, set or not."""
    match path.split("/"):
        case ["statement"]:
            return content.statement is not None
        case ["occurred", "as_stated"]:
            return content.occurred is not None
        case ["details", "as_stated"]:
            return content.slug == "attribute"
        case ["places", ident, "as_stated"]:
            return any(place.id == ident for place in content.places)
        case ["quantities", ident, "as_stated"]:
            return any(quantity.id == ident for quantity in content.quantities)
        case ["participants", ident, "as_described"]:
            return any(participant.id == ident for participant in content.participants)
        case _:
            return False


def wording_at(content: Content, path: str) -> str | Absent | None:
    """The words that stand at a wording path; None where none are given."""
    match path.split("/"):
        case ["statement"]:
            return content.statement
        case ["occurred", "as_stated"]:
            return None if content.occurred is None else content.occurred.as_stated
        case ["details", "as_stated"]:
            words = content.details.get("as_stated")
            return words if isinstance(words, str) else None
        case ["places", ident, "as_stated"]:
            return next((place.as_stated for place in content.places if place.id == ident), None)
        case ["quantities", ident, "as_stated"]:
            return next((quantity.as_stated for quantity in content.quantities if quantity.id == ident), None)
        case ["participants", ident, "as_described"]:
            return next((one.as_described for one in content.participants if one.id == ident), None)
        case _:
            return None


def _reworded(item: _Worded, text: str | None) -> _Worded:
    """The item with its words replaced; where the new words are not disclosed and nothing else is left, that is what it says.

    Raises InvalidError for words that it cannot hold.
    """
    if text is not None:
        return replace(item, as_stated=text)
    try:
        return replace(item, as_stated=None)
    except InvalidError:
        return replace(item, as_stated=None, absent="undisclosed")


def _set(content: Content, path: str, words: str | Absent) -> Content:
    text = words if isinstance(words, str) else None
    match path.split("/"):
        case ["statement"]:
            return replace(content, statement=words)
        case ["occurred", "as_stated"] if content.occurred is not None:
            return replace(content, occurred=_reworded(content.occurred, text))
        case ["details", "as_stated"]:
            hidden = {"absent": "undisclosed"}
            return replace(
                content, details={**content.details, "as_stated": hidden if text is None else text}
            )
        case ["places", ident, "as_stated"]:
            places = tuple(_reworded(one, text) if one.id == ident else one for one in content.places)
            return replace(content, places=places)
        case ["quantities", ident, "as_stated"]:
            quantities = tuple(_reworded(one, text) if one.id == ident else one for one in content.quantities)
            return replace(content, quantities=quantities)
        case ["participants", ident, "as_described"]:
            people = tuple(
                replace(one, as_described=words) if one.id == ident else one for one in content.participants
            )
            return replace(content, participants=people)
        case _:
            return content


def with_wording(content: Content, changes: Mapping[str, str | Absent]) -> Content:
    """The content with each wording path set. A path that it does not have changes nothing.

    Raises InvalidError for words that their member cannot hold.
    """
    for path in sorted(changes):
        content = _set(content, path, changes[path])
    return content
