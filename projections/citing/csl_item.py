"""A source as a CSL-JSON item: the item that it was registered with, and over it what the ledger says otherwise (docs/citing.md).

Reading an item that was written here describes the same source: what CSL has no variable for stands in its `custom`.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

from ledger.errors import InvalidError
from ledger.values import Absent
from ledger.when import Published, read_published
from projections.citing.csl import MEMBERS, OWN_MEMBERS, TITLES, UNSTATED, plain_title, read_description
from projections.citing.csl_dates import written_issued
from projections.citing.csl_names import with_names
from projections.citing.csl_types import publisher_variable, with_kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ledger.values import Json
    from projections.citing.described import Described

__all__ = ["written_item"]

_NO_TITLE = "[removed or not disclosed]"


def written_item(source: Described) -> dict[str, Json]:
    """The CSL-JSON item of a source.

    Of a masked source the stored item is left out, since it may repeat what was redacted. A variable of the stored item that is no CSL is
    left out as well.
    """
    item = _without_own(dict(source.csl) if source.csl is not None and not source.masked else {})
    ident = item.get("id")
    if not (type(ident) is int or (isinstance(ident, str) and ident.strip())):
        item["id"] = source.id
    item = with_kind(item, "other" if isinstance(source.kind, Absent) else source.kind)
    item = _titled(item, _NO_TITLE if isinstance(source.title, Absent) else source.title)
    # Once more: EDTF cannot name every day that bounds may lie in.
    item = _readable(_laid_over(_readable(item), source))
    own = _beyond_csl(read_description(item), source)
    if own:
        custom = item.get("custom")
        item["custom"] = {**(custom if isinstance(custom, dict) else {}), OWN_MEMBERS: own}
    return item


def _without_own(item: dict[str, Json]) -> dict[str, Json]:
    custom = item.get("custom")
    if not isinstance(custom, dict) or OWN_MEMBERS not in custom:
        return item
    rest = {name: value for name, value in custom.items() if name != OWN_MEMBERS}
    without = {name: value for name, value in item.items() if name != "custom"}
    return {**without, "custom": rest} if rest else without


def _titled(item: dict[str, Json], title: str) -> dict[str, Json]:
    """The item with a title that can be read: its own, or else that of the source."""
    read = {name: value for name, value in item.items() if name not in TITLES or isinstance(value, str)}
    titled = any(plain_title(read[name]) for name in TITLES if name in read)
    return read if titled else {**read, "title": title}


def _readable(item: dict[str, Json]) -> dict[str, Json]:
    """The item without the variables that cannot be read: its id, type and title can."""
    while True:
        try:
            read_description(item)
        except InvalidError as error:
            name = error.field.removeprefix("/").partition("/")[0]
            item = {key: value for key, value in item.items() if key != name}
        else:
            return item


def _laid_over(item: dict[str, Json], source: Described) -> dict[str, Json]:
    """The item with what the ledger says otherwise in the variables that say it."""
    read = read_description(item)
    over: dict[str, Json] = {}
    if isinstance(source.title, str) and source.title != read["title"]:
        over["title"] = source.title
    if isinstance(source.publisher, str) and source.publisher != read.get("publisher"):
        over[publisher_variable(item)] = source.publisher
    if isinstance(source.url, str) and source.url != read.get("url"):
        over["URL"] = source.url
    if isinstance(source.language, str) and source.language != read.get("language"):
        over["language"] = source.language
    if source.authors and isinstance(source.authors, tuple) and list(source.authors) != read.get("authors"):
        over["author"] = with_names(item.get("author"), source.authors)
    kept = {name: value for name, value in item.items() if name not in _taken_away(source, read)}
    if isinstance(source.published, Published) and "issued" not in kept:
        issued = written_issued(source.published)
        over |= {} if issued is None else {"issued": issued}
    return {**kept, **over}


def _taken_away(source: Described, read: Mapping[str, Json]) -> set[str]:
    """The variables that no longer say what the ledger says, and are not merely to be replaced."""
    gone: set[str] = set()
    if source.authors == () and "authors" in source.amended:
        gone.add("author")
    if source.published is not None and _published(read) != source.published:
        gone.add("issued")
    return gone


def _published(read: Mapping[str, Json]) -> Published | None:
    stated = read.get("published")
    with suppress(InvalidError):
        return None if stated is None else read_published(stated, field="")
    return None


def _beyond_csl(read: Mapping[str, Json], source: Described) -> dict[str, Json]:
    """What the item does not say of the source, and in `unstated` what it says and the ledger does not."""
    own: dict[str, Json] = {}
    unstated: list[Json] = []
    for name in MEMBERS:
        value = getattr(source, name)
        if isinstance(value, Absent):
            continue
        if value is None or value == ():
            unstated += [name] if name in read else []
        elif name == "published":
            own |= {} if _published(read) == value else {name: _stated(value)}
        elif (stated := list(value) if name == "authors" else value) != read.get(name):
            own[name] = stated
    return {**own, UNSTATED: unstated} if unstated else own


def _stated(published: Published | str) -> Json:
    if isinstance(published, str):
        return published
    stated = msgspec.to_builtins(published)
    if isinstance(published.as_stated, Absent):
        stated.pop("as_stated")
    return stated
