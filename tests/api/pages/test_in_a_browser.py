"""The pages in a real browser: no fault, nothing too wide, no violation of WCAG that axe-core knows of, and everything by keys."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # the library declares no types
from playwright.sync_api import expect

from tests.api.pages.chromium import watched
from tests.api.pages.reading import AT, READING_PAGES, WORKING_PAGES

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.api.http.server_process import ServerProcess

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]
CONTROLS = "a[href], button, input:not([type=hidden]), select, textarea, summary"
MOST_CONTROLS = 60
THERE = """(controls) => [...document.querySelectorAll(controls)]
  .map((one, at) => [at, one.checkVisibility()]).filter(([, visible]) => visible).map(([at]) => at)"""
FOCUSED = """(controls) => [
  [...document.querySelectorAll(controls)].indexOf(document.activeElement),
  getComputedStyle(document.activeElement).outlineStyle,
]"""
KNOWN = "#known-slider"
RUN_TOGETHER = """() => [...document.querySelectorAll('.scale')].some((scale) => {
  const names = [...scale.querySelectorAll('text')].filter((one) => one.checkVisibility()).map((one) => one.getBoundingClientRect());
  names.sort((one, other) => one.left - other.left);
  return names.some((one, at) => at && one.left < names[at - 1].right);
})"""


def violations(page: Page) -> list[str]:
    """What axe-core finds, each with the first places where it does."""
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": TAGS}}).response["violations"]
    return [
        f"{one['id']}: {one['help']}: {[node['target'] for node in one['nodes'][:3]]} {one['nodes'][0]['html'][:200]}"
        for one in found
    ]


MAIN = (
    AT,
    f"{AT}/facts/discharge",
    f"{AT}/changes?from=21",
    "/sources/account-a",
    "/search",
    f"{AT}/facts/drag/desk/correct-fact",
)
"""Pages that between them have everything that a theme or a width changes."""


@pytest.mark.parametrize(
    ("width", "theme", "looked_at"),
    [(1280, "light", (*READING_PAGES, *WORKING_PAGES)), (320, "dark", MAIN)],
    ids=["wide and light", "narrow and dark"],
)
def test_no_page_has_a_fault_or_a_barrier(
    browser: Browser,
    server: ServerProcess,
    width: int,
    theme: Literal["light", "dark"],
    looked_at: tuple[str, ...],
) -> None:
    barriers = {}
    with watched(browser, server.url, width=width, theme=theme) as (page, seen):
        for path in (*READING_PAGES, *WORKING_PAGES):
            page.goto(path)
            assert width >= page.evaluate("document.documentElement.scrollWidth"), f"{path} is too wide"
            assert not page.evaluate(RUN_TOGETHER), f"names on the scale of {path} run into each other"
            if path in looked_at and (found := violations(page)):
                barriers[path] = found
            seen.check(page)

    assert {} == barriers


def test_the_page_of_the_document_is_no_wider_than_a_telephone_and_dark_where_that_is_asked_for(
    browser: Browser, server: ServerProcess
) -> None:
    background = "getComputedStyle(document.documentElement).backgroundColor"
    grounds = set()
    themes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    for theme in themes:
        with watched(browser, server.url, width=320, theme=theme) as (page, seen):
            page.goto("/docs/api")

            assert 320 == page.evaluate("document.documentElement.scrollWidth")
            grounds.add(page.evaluate(background))
            seen.check(page)

    assert 2 == len(grounds)


def test_no_term_runs_into_its_explanation(browser: Browser, server: ServerProcess) -> None:
    with watched(browser, server.url) as (page, _):
        page.goto("/docs")
        wide = "[...document.querySelectorAll('.words dt')].map(one => [one.innerText, one.scrollWidth - one.clientWidth])"

        assert [] == [name for name, over in page.evaluate(wide) if over > 0]


def test_a_barrier_is_seen(browser: Browser, server: ServerProcess) -> None:
    with watched(browser, server.url) as (page, _):
        page.goto("/")
        page.evaluate("document.querySelector('main').append(document.createElement('button'))")

        assert any(one.startswith("button-name") for one in violations(page))


def test_every_page_says_the_same_without_scripts(browser: Browser, server: ServerProcess) -> None:
    with watched(browser, server.url, scripts=False) as (page, _):
        page.goto(AT)
        page.select_option("#known-stop", "25")
        page.click("#time button")

        assert f"{server.url}{AT}?known_at=25&since=84" == page.url
        assert "position 25" in page.inner_text("#position")
        assert "went" in page.inner_text("#moved").lower()
        page.fill("#public-day", "2021-05-09")
        page.click("#time button")
        assert "public_at=2021-05-10T05" in page.url
        assert "the end of 9 May 2021" in page.inner_text("#position")


def test_the_slider_moves_by_keys_and_what_changed_is_announced(
    browser: Browser, server: ServerProcess
) -> None:
    with watched(browser, server.url) as (page, seen):
        page.goto(f"{AT}?known_at=25")
        page.focus(KNOWN)
        page.keyboard.press("ArrowRight")
        page.wait_for_url("**known_at=26")
        expect(page.locator("#position")).to_contain_text("position 26")

        assert "polite" == page.get_attribute("#moved", "aria-live")
        assert "changed" in page.inner_text("#moved").lower()
        said = page.get_attribute(KNOWN, "aria-valuetext") or ""
        assert said.startswith("26 · ")
        assert page.evaluate(f"document.activeElement === document.querySelector('{KNOWN}')")

        page.keyboard.press("End")
        expect(page).to_have_url(server.url + AT)
        page.go_back()
        expect(page.locator("#position")).to_contain_text("position 26")
        assert (page.get_attribute(KNOWN, "aria-valuetext") or "").startswith("26 · ")
        seen.check(page)


def test_the_slider_can_be_stepped_without_dragging_or_a_keyboard(
    browser: Browser, server: ServerProcess
) -> None:
    with watched(browser, server.url) as (page, seen):
        page.goto(f"{AT}?known_at=25")
        page.click("#known-earlier")
        expect(page.locator("#position")).to_contain_text("position 24")
        page.click("#public-earlier")
        expect(page).to_have_url(re.compile("public_at="))
        expect(page.locator("#moved h2")).to_be_visible()

        box = page.locator("#public-earlier").bounding_box()
        assert box is not None
        assert box["height"] >= 24, "a target of a pointer is 24 px high (WCAG 2.2, 2.5.8)"
        assert "known_at=24" in page.url
        seen.check(page)


def test_what_the_slider_shows_is_what_its_address_shows(browser: Browser, server: ServerProcess) -> None:
    with watched(browser, server.url) as (page, seen):
        page.goto(AT)
        page.focus(KNOWN)
        page.keyboard.press("Home")
        expect(page.locator("#position")).to_contain_text("position 2,")
        moved = page.inner_html("#reading")
        page.reload()

        assert moved.strip() == page.inner_html("#reading").strip()
        seen.check(page)


@pytest.mark.parametrize(
    "path", [AT, f"{AT}/facts/drag", "/sources/account-a", "/search", "/worklist", "/log"]
)
def test_every_control_is_reached_by_keys_in_order_and_shows_where_it_is(
    browser: Browser, server: ServerProcess, path: str
) -> None:
    with watched(browser, server.url) as (page, seen):
        page.goto(path)
        there = page.evaluate(THERE, CONTROLS)[:MOST_CONTROLS]
        reached: list[int] = []
        page.keyboard.press("Tab")
        assert "Skip to the content" == page.evaluate("document.activeElement.textContent")
        # A field for a date is left with several presses.
        for _ in range(4 * MOST_CONTROLS):
            at, outline = page.evaluate(FOCUSED, CONTROLS)
            if at >= 0 and at not in reached:
                assert "none" != outline, f"{path}: control {at} does not show that it has the focus"
                reached.append(at)
            if len(reached) == len(there):
                break
            page.keyboard.press("Tab")

        assert there == reached
        seen.check(page)


def test_the_skip_link_leads_to_the_content(browser: Browser, server: ServerProcess) -> None:
    with watched(browser, server.url) as (page, _):
        page.goto("/")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")

        assert "main" == page.evaluate("document.activeElement.id")


def test_a_printed_page_carries_its_point_and_leaves_out_its_controls(
    browser: Browser, server: ServerProcess
) -> None:
    with watched(browser, server.url) as (page, _):
        page.goto(f"{AT}?known_at=25")
        page.emulate_media(media="print")

        assert page.is_visible(".colophon .as-of")
        assert "position 25" in page.inner_text(".colophon .as-of")
        assert not page.is_visible("#time")
        assert not page.is_visible(".masthead nav")
