"""A real Chromium, with a fresh profile for each test, and every fault of its pages seen."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

import pytest
from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext, Page

__all__ = ["ARGUMENTS", "Seen", "chromium", "watched"]

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

Theme = Literal["light", "dark"]

_LISTEN = """
window.__violations = [];
addEventListener("securitypolicyviolation", (event) => window.__violations.push(
  `${event.effectiveDirective} ${event.blockedURI} ${event.sample}`), true);
"""


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser. Without one the tests are skipped, and say so; in CI that is a failure."""
    path = shutil.which("chromium")
    if path is None:
        if os.environ.get("CI"):
            pytest.fail(
                "there is no chromium, and in CI the pages have to be looked at: install the package chromium"
            )
        pytest.skip(
            "THE PAGES WERE NOT LOOKED AT: there is no chromium on this machine (apt-get install chromium)"
        )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


class Seen:
    """What went wrong on the pages of a context: dialogs, faults of scripts, violations of the policy, requests to other hosts."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.faults: list[str] = []
        self._url = url
        context.on("dialog", self._dialog)
        context.on("weberror", lambda error: self.faults.append(f"error: {error.error}"))
        context.on("console", lambda said: self._console(said.type, said.text))
        context.on("request", lambda request: self._asked(request.url))
        context.expose_function("__hit", lambda what="": self.faults.append(f"ran: {what}"))
        context.add_init_script(_LISTEN)

    def _dialog(self, dialog: object) -> None:
        self.faults.append(f"dialog: {getattr(dialog, 'message', '')}")
        getattr(dialog, "dismiss", lambda: None)()

    def _console(self, sort: str, text: str) -> None:
        if sort == "error" or "Content Security Policy" in text:
            self.faults.append(f"console: {text}")

    def _asked(self, url: str) -> None:
        if not url.startswith((self._url, "data:,", "about:blank")):
            self.faults.append(f"asked: {url[:200]}")

    def check(self, page: Page) -> None:
        """Fail on whatever went wrong so far."""
        self.faults += [f"policy: {one}" for one in page.evaluate("window.__violations")]
        assert not self.faults, "\n".join([page.url, *self.faults])


@contextmanager
def watched(
    browser: Browser,
    url: str,
    *,
    width: int = 1280,
    theme: Theme = "light",
    scripts: bool = True,
) -> Iterator[tuple[Page, Seen]]:
    """A page of a fresh profile, and what is seen on it."""
    context = browser.new_context(
        base_url=url,
        viewport={"width": width, "height": 900},
        color_scheme=theme,
        java_script_enabled=scripts,
        reduced_motion="reduce",
    )
    context.set_default_timeout(20_000)
    try:
        seen = Seen(context, url)
        yield context.new_page(), seen
    finally:
        context.close()
