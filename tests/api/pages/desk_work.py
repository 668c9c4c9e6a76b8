"""Somebody at the desk, who opens forms, fills them in and sends them as a browser would."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from selectolax.lexbor import LexborHTMLParser

from tests.api.pages.reading import Reader

if TYPE_CHECKING:
    import httpx2

    from tests.api.http.client import Client

__all__ = ["Editor", "fields_in"]


def fields_in(page: str) -> dict[str, str]:
    """The fields of the form of a page, as a browser would send them."""
    form = LexborHTMLParser(page).css_first("form#work")
    assert form is not None, re.sub(r"\s+", " ", LexborHTMLParser(page).css_first("main").text())[:400]  # type: ignore[union-attr]  # each page has one
    found: dict[str, str] = {}
    for one in form.css("input, textarea, select"):
        name = str(one.attributes.get("name"))
        if one.tag == "textarea":
            found[name] = one.text().removeprefix("\n")
        elif one.tag == "select":
            chosen = one.css_first("option[selected]") or one.css_first("option")
            found[name] = "" if chosen is None else str(chosen.attributes.get("value") or "")
        elif one.attributes.get("type") != "checkbox" or "checked" in one.attributes:
            found[name] = str(one.attributes.get("value") or "")
    return found


class Editor(Reader):
    """Who works on the pages of a server without keys."""

    def __init__(self, client: Client) -> None:
        super().__init__(client)
        self.cookie = ""

    def form(self, path: str) -> dict[str, str]:
        """The fields of a form as it is opened."""
        found = self.open(path, Cookie=self.cookie)
        assert 200 == found.status_code, found.text
        for line in found.headers.get_list("set-cookie"):
            self.cookie = line.partition(";")[0]
        return fields_in(found.text)

    def send(self, path: str, fields: dict[str, str], do: str = "record", **headers: str) -> httpx2.Response:
        """Send a form as it is filled in."""
        said = {
            **self.headers,
            "Content-Type": "application/x-www-form-urlencoded",
            "Sec-Fetch-Site": "same-origin",
            "Cookie": self.cookie,
            **headers,
        }
        body = urlencode({**fields, "do": do}).encode()
        return self.client.request("POST", path, content=body, headers=said)

    def fill(self, path: str, do: str = "record", **fields: str) -> httpx2.Response:
        """Open a form, fill some fields in, and send it. In names `__` stands for a dot."""
        named = {name.replace("__", "."): text for name, text in fields.items()}
        return self.send(path.partition("?")[0] + _kind(path), {**self.form(path), **named}, do)


def _kind(path: str) -> str:
    found = re.search(r"[?&]kind=([a-z.]+)", path)
    return f"?kind={found[1]}" if found else ""
