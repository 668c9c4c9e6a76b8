"""CSL-JSON 1.0.2, as Zotero writes it, to the command that registers the source it describes (docs/citing.md).

The whole item is kept in the source's `csl`, and the ledger's own members are read from it. What CSL has no variable for is read from
`custom` under OWN_MEMBERS, where csl_item.py puts it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ledger.errors import InvalidError
from ledger.ids import is_id
from ledger.strict_json import pointer
from projections.citing.csl_dates import read_issued
from projections.citing.csl_names import read_names
from projections.citing.csl_types import CSL_TYPES, kind_of, publisher_variable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ledger.values import Json

__all__ = [
    "MEMBERS",
    "OWN_MEMBERS",
    "TITLES",
    "UNSTATED",
    "field_in_item",
    "plain_title",
    "read_description",
    "register_body",
]

OWN_MEMBERS: Final = "incident-ledger"
"""The member of `custom` that holds what CSL cannot say of a source."""

MEMBERS: Final = ("kind", "title", "publisher", "authors", "url", "published", "language")
UNSTATED: Final = "unstated"
_MARKUP = re.compile(
    r"</?(?:i|b|sup|sub|sc)>|<span (?:class=\"nocase\"|style=\"font-variant: ?small-caps;\")>|</span>"
)
TITLES: Final = ("title", "title-short", "shortTitle")
_DOI = re.compile(r"10\.\d{4,9}/\S+", re.ASCII)


def register_body(item: Json, *, own_id: bool = False) -> dict[str, Json]:
    """The `register-source` command that an item asks for, the item whole in `csl`.

    Its `id` is the item's `id`, or else its `citation-key`, where that is an id of the ledger's form; otherwise, and with `own_id`, it is
    left out and the ledger makes one. Raises InvalidError naming the member of the item.
    """
    described = read_description(item)
    body: dict[str, Json] = {"op": "register-source"}
    keys = [] if own_id else [str(item["id"]), item.get("citation-key")]
    ident = next((key for key in keys if isinstance(key, str) and is_id(key)), None)
    if ident is not None:
        body["id"] = ident
    return {**body, **described, "csl": item}


def read_description(item: Json) -> dict[str, Json]:
    """The ledger's members of a source that an item describes, in the form of a command; those that it does not state are left out.

    Raises InvalidError naming the member of the item.
    """
    if not isinstance(item, dict):
        raise InvalidError("a CSL-JSON item is an object")
    if item.get("type") not in CSL_TYPES:
        raise InvalidError(f"must be a type of CSL 1.0.2, one of {', '.join(CSL_TYPES)}", field="/type")
    ident = item.get("id")
    if type(ident) is not int and not (isinstance(ident, str) and ident.strip()):
        raise InvalidError("is missing or empty; an item has an id, a text or an integer", field="/id")
    title = next((text for name in TITLES if (text := plain_title(_string(item, name)))), None)
    if title is None:
        raise InvalidError("is missing or empty; a source has a title", field="/title")
    described: dict[str, Json] = {"kind": kind_of(item), "title": title}
    if publisher := _string(item, publisher_variable(item)).strip():
        described["publisher"] = publisher
    if names := read_names(item.get("author", []), field="/author"):
        described["authors"] = list(names)
    if url := _url(item):
        described["url"] = url
    if (issued := item.get("issued")) is not None and (published := read_issued(issued, field="/issued")):
        described["published"] = published
    if language := _string(item, "language").strip():
        described["language"] = language
    return _with_own(described, item)


def plain_title(text: str) -> str:
    """A title without the markup that CSL allows in it, such as <i>."""
    return _MARKUP.sub("", text).strip()


def _string(item: Mapping[str, Json], name: str) -> str:
    value = item.get(name, "")
    if not isinstance(value, str):
        raise InvalidError("must be a string", field=pointer(name))
    return value


def _url(item: Mapping[str, Json]) -> str:
    doi = _string(item, "DOI").strip()
    return _string(item, "URL").strip() or (f"doi:{doi}" if _DOI.fullmatch(doi) else "")


def _with_own(described: dict[str, Json], item: Mapping[str, Json]) -> dict[str, Json]:
    custom = item.get("custom")
    own = custom.get(OWN_MEMBERS) if isinstance(custom, dict) else None
    if not isinstance(own, dict):
        return described
    unstated = own.get(UNSTATED)
    left = {
        name: value
        for name, value in described.items()
        if not isinstance(unstated, list) or name not in unstated or name in ("kind", "title")
    }
    return {**left, **{name: own[name] for name in MEMBERS if name in own}}


def field_in_item(field: str, item: Mapping[str, Json]) -> str:
    """Where in the item stands what a refusal of its command names by `field`, both as JSON pointers."""
    member, _, rest = field.removeprefix("/").partition("/")
    below = f"/{rest}" if rest else ""
    custom = item.get("custom")
    own = custom.get(OWN_MEMBERS) if isinstance(custom, dict) else None
    if isinstance(own, dict) and member in own:
        return pointer("custom", OWN_MEMBERS, member) + below
    match member:
        case "csl":
            return below
        case "kind":
            return "/type"
        case "title":
            return pointer(next((name for name in TITLES if item.get(name)), "title"))
        case "publisher":
            return pointer(publisher_variable(item))
        case "authors":
            return "/author" + below
        case "url":
            return "/URL" if item.get("URL") else "/DOI"
        case "published":
            return "/issued"
        case _:
            return field
