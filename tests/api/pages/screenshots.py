"""Pictures of the main pages, made from the demonstration (`make screenshots`): what README and docs show is what there is."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.api.http.server_process import ServerProcess
from tests.api.pages.chromium import chromium, watched
from tests.api.pages.reading import AT
from tests.project_files import ROOT

if TYPE_CHECKING:
    from tests.api.pages.chromium import Theme

__all__ = ["FOLDER", "MOST_BYTES", "SHOTS", "take"]

FOLDER = ROOT / "docs" / "screenshots"
MOST_BYTES = 300_000

SHOTS: tuple[tuple[str, str, int, int, Theme, str], ...] = (
    ("incident", f"{AT}?known_at=25&since=21", 1200, 1000, "light", ""),
    ("timeline", AT, 1200, 900, "light", "#timeline-head"),
    ("facts", AT, 1200, 1150, "light", "[id='fact.discharge']"),
    ("incident-narrow-dark", AT, 390, 844, "dark", "[id='fact.drag']"),
    ("then-and-now", f"{AT}/changes?from=21", 1200, 900, "dark", ""),
    ("source", "/sources/account-a", 1200, 1100, "light", ""),
    ("fact-narrow", f"{AT}/facts/drag", 390, 844, "light", "#first-head"),
    ("correct", f"{AT}/facts/drag/desk/correct-fact", 1200, 900, "dark", ""),
)
"""Each by its name: the page, its width and height in pixels, the theme, and what stands at the top of it."""


def take(folder: Path) -> list[Path]:
    """Take every picture into a folder; their paths. Raises AssertionError where a page has a fault, or a picture is too large."""
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    with (
        tempfile.TemporaryDirectory() as kept,
        ServerProcess(Path(kept) / "demo.ledger", "--demo") as server,
        chromium() as browser,
    ):
        for name, path, width, height, theme, top in SHOTS:
            with watched(browser, server.url, width=width, theme=theme) as (page, seen):
                page.set_viewport_size({"width": width, "height": height})
                page.goto(path)
                if top:
                    page.eval_on_selector(top, "(one) => one.scrollIntoView()")
                seen.check(page)
                picture = folder / f"{name}.png"
                page.screenshot(path=picture)
                assert picture.stat().st_size <= MOST_BYTES, f"{picture} is too large"
                made.append(picture)
    return made


if __name__ == "__main__":
    for one in take(FOLDER):
        sys.stdout.write(f"{one.relative_to(ROOT)}\n")
