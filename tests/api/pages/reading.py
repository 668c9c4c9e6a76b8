"""A server in this process with the incident of the demonstration, and its pages as a reader has them."""

from __future__ import annotations

import datetime as dt
import html
import re
from typing import TYPE_CHECKING, Self

from selectolax.lexbor import LexborHTMLParser

from api.demo import INCIDENT, demo_acts, demo_folder
from tests.api.http.client import Client

if TYPE_CHECKING:
    from pathlib import Path

    import httpx2

__all__ = ["AT", "LIMIT_BYTES", "READING_PAGES", "WORKING_PAGES", "Reader", "text_in", "with_demo"]

AT = f"/incidents/{INCIDENT}"
LIMIT_BYTES = 150_000
AFTERWARDS = dt.datetime(2021, 6, 1, 12, tzinfo=dt.UTC)

READING_PAGES = (
    "/",
    AT,
    f"{AT}?known_at=25&since=21",
    f"{AT}?public_at=2021-05-10T00:00:00-05:00&since_public=",
    f"{AT}/facts/drag",
    f"{AT}/facts/discharge",
    f"{AT}/facts/drag-by-car",
    f"{AT}/audit",
    f"{AT}/audit?act=FactCorrected",
    f"{AT}/changes?from=21",
    f"{AT}/changes?axis=public&from=2021-05-10T00:00:00Z",
    "/sources",
    "/sources/account-a",
    "/sources/article",
    "/sources/police-release",
    "/corrections",
    "/worklist",
    "/search",
    "/search?q=officer+dragged&status=corroborated",
    "/log",
    "/account",
    "/docs",
)
"""Every sort of page that is read, on the demonstration."""

WORKING_PAGES = (
    f"{AT}/report",
    f"{AT}/report?kind=drag",
    f"{AT}/facts/drag/desk",
    f"{AT}/facts/drag/desk/attest-fact",
    f"{AT}/facts/drag/desk/correct-fact",
    f"{AT}/facts/drag/desk/amend-fact",
    f"{AT}/facts/drag/desk/retract-fact",
    f"{AT}/facts/drag/desk/withdraw-attestation",
    f"{AT}/facts/drag/desk/dispute-fact",
    f"{AT}/facts/discharge/desk/resolve-dispute",
    f"{AT}/facts/drag-by-car/desk/reinstate-fact",
    "/desk/open-incident",
    "/desk/register-source",
    "/desk/cite?source=account-a",
    "/sources/account-a/capture",
    "/sources/account-a/notice",
    f"{AT}/amend",
    "/sources/account-a/amend",
    "/sources/account-a/lineage",
    "/sources/account-a/lineage/1/revoke",
)
"""Every sort of page on which the desk works."""

_SPACE = re.compile(r"\s+")


def text_in(page: str, selector: str = "main") -> str:
    """The words of a part of a page, with single blanks."""
    found = LexborHTMLParser(page).css(selector)
    return _SPACE.sub(" ", html.unescape(" ".join(one.text(separator=" ") for one in found))).strip()


class Reader:
    """Who opens pages of a server with a browser."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.headers = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}

    def open(self, path: str, **headers: str) -> httpx2.Response:
        """Ask for a page."""
        return self.client.get(path, headers={**self.headers, **headers})

    def page(self, path: str) -> str:
        """A page that is there."""
        found = self.open(path)
        assert 200 == found.status_code, f"{path}: {found.status_code} {text_in(found.text)[:400]}"
        assert "text/html; charset=utf-8" == found.headers["Content-Type"]
        return found.text

    def text(self, path: str, selector: str = "main") -> str:
        """The words of a part of a page that is there."""
        return text_in(self.page(path), selector)

    def links(self, path: str) -> list[str]:
        """Where a page leads."""
        found = LexborHTMLParser(self.page(path)).css("a[href]")
        return [str(one.attributes["href"]) for one in found]


def with_demo(path: Path) -> Client:
    """A client of a server that is given the demonstration when it is entered."""
    return _Demo(path)


class _Demo(Client):
    def __enter__(self) -> Self:
        """Start it, and record the incident, some weeks after it."""
        self.clock.set(AFTERWARDS)
        made = super().__enter__()
        answers = self.batch(*(line + b"\n" for line in demo_acts(demo_folder())))
        assert all("problem" not in one for one in answers), answers
        return made
