"""The address in an item of a list of links: a URL by itself, or a Markdown link with one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from ledger.decisions.description import MAX_TITLE, check_url
from ledger.errors import InvalidError

if TYPE_CHECKING:
    from ledger.values import Json

__all__ = ["Link", "link_in"]

_MARKDOWN = re.compile(
    r"!?\[(?P<label>.*)\]\(\s*<?(?P<url>[^\s<>]+?)>?(?:\s+(?:\"[^\"]*\"|'[^']*'))?\s*\)", re.DOTALL
)


class Link(NamedTuple):
    """An address of a work, and what the data set calls it: the address again where it gives no label."""

    url: str
    label: str


def link_in(item: Json) -> Link | None:
    """The link that an item is; None where it is none, or none that can be an address of a work."""
    if not isinstance(item, str):
        return None
    text = item.strip()
    marked = _MARKDOWN.fullmatch(text)
    url = text if marked is None else marked["url"]
    if not url.lower().startswith(("http://", "https://")):
        return None
    try:
        check_url(url, field="")
    except InvalidError:
        return None
    label = "" if marked is None else " ".join(marked["label"].split())
    return Link(url=url, label=label[:MAX_TITLE] if label.strip() else url)
