"""What the description of a source may say: titles, authors, addresses and CSL-JSON (model §2).

A description is shown and linked by readers whom the desk does not know, so an address that runs, that reads this machine or
that signs somebody in is no address of a work. Nothing here is fetched: whether an address answers is not for the ledger to know.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ledger.citation import check_language
from ledger.errors import InvalidError
from ledger.strict_json import canonical, check_json
from ledger.values import check_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ledger.commands import AmendSource, RegisterSource

__all__ = [
    "MAX_AUTHORS",
    "MAX_CSL_BYTES",
    "MAX_TITLE",
    "MAX_URL",
    "MAX_URLS",
    "SCHEMES",
    "check_description",
    "check_url",
    "check_urls",
]

MAX_TITLE = 2_048
MAX_URL = 2_048
MAX_URLS = 20
MAX_AUTHORS = 200
MAX_CSL_BYTES = 65_536
"""Bytes of the canonical JSON of a CSL-JSON item."""
SCHEMES = ("http", "https", "ftp", "urn", "doi")
"""Where a work is found, or how it is named. Left out on purpose: what a browser would run (javascript, data, vbscript, blob), what
names this machine (file), and what reaches a person instead of a work (mailto, tel)."""
_WITH_HOST = ("http", "https", "ftp")


def check_url(url: str, *, field: str) -> None:
    """Refuse what is no address of a work: other schemes than SCHEMES, no host, a sign-in, blanks. Raises InvalidError."""
    check_text(url, field=field, limit=MAX_URL)
    if not url.isprintable() or " " in url:
        raise InvalidError(
            "a URL has no blanks, line ends or invisible characters; write them %20 and so on", field=field
        )
    scheme, colon, rest = url.partition(":")
    if not colon or not rest or scheme.lower() not in SCHEMES:
        raise InvalidError(
            f"a URL begins with its scheme, one of {', '.join(f'{one}:' for one in SCHEMES)}", field=field
        )
    if scheme.lower() in _WITH_HOST:
        _check_host(url, field=field)


def _check_host(url: str, *, field: str) -> None:
    try:
        parts = urlsplit(url)
        named = parts.hostname is not None and parts.port != 0
    except ValueError as error:
        raise InvalidError("the host or port of the URL cannot be read", field=field) from error
    if not named:
        raise InvalidError("a URL of the web names a host after //, and a port above 0 if any", field=field)
    if "@" in parts.netloc:
        raise InvalidError(
            "a URL carries no user name or password; cite the address without them", field=field
        )


def check_urls(urls: Iterable[str], *, field: str) -> None:
    """Refuse more than MAX_URLS addresses, one that stands twice, or one that `check_url` refuses. Raises InvalidError."""
    seen: set[str] = set()
    for index, url in enumerate(urls):
        at = f"{field}/{index}"
        if index == MAX_URLS:
            raise InvalidError(f"at most {MAX_URLS} addresses", field=field)
        check_url(url, field=at)
        if url in seen:
            raise InvalidError("this address stands twice", field=at)
        seen.add(url)


def check_description(command: RegisterSource | AmendSource) -> None:
    """Refuse a member of a source's description that breaks a rule of form. Raises InvalidError naming it."""
    for name, text in (
        ("title", command.title),
        ("publisher", command.publisher),
        ("language", command.language),
    ):
        if text is not None:
            check_text(text, field=f"/{name}", limit=MAX_TITLE)
    if command.language is not None:
        check_language(command.language, field="/language")
    if command.authors is not None:
        if len(command.authors) > MAX_AUTHORS:
            raise InvalidError(f"at most {MAX_AUTHORS} authors", field="/authors")
        for index, author in enumerate(command.authors):
            check_text(author, field=f"/authors/{index}", limit=MAX_TITLE)
    if command.url is not None:
        check_url(command.url, field="/url")
    if command.csl is not None:
        check_json(command.csl, field="/csl")
        if len(canonical(command.csl)) > MAX_CSL_BYTES:
            raise InvalidError(
                f"a CSL-JSON item has at most {MAX_CSL_BYTES} bytes of canonical JSON", field="/csl"
            )
