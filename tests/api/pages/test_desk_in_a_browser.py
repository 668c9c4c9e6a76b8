"""A fact reported in a real browser: words are selected in the captured text, they become the citation, and it is tried and recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.api.http.server_process import ServerProcess
from tests.api.pages.chromium import watched
from tests.api.pages.test_in_a_browser import violations

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

TEXT = "\U0001f600\U0001f1fa\U0001f1f8 First. The officer was dragged 15 feet. \u05e9\u05dc\u05d5\u05dd. The officer was dragged 20 feet.\n"
SELECT = """(words) => {
  const text = document.getElementById("snapshot");
  const walker = document.createTreeWalker(text, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const at = walker.currentNode.data.indexOf(words);
    if (at < 0) continue;
    getSelection().setBaseAndExtent(walker.currentNode, at, walker.currentNode, at + words.length);
    return true;
  }
  return false;
}"""


@pytest.fixture(scope="module")
def desk(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    assert browser.is_connected()
    with ServerProcess(tmp_path_factory.mktemp("desk") / "ledger") as server, server.client() as client:
        client.post("/v1/incidents", json={"id": "stop", "title": "Traffic stop", "zone": "America/Chicago"})
        client.post("/v1/sources", json={"id": "station", "kind": "article", "title": "A station's text"})
        sent = client.post(
            "/v1/sources/station/snapshots", content=TEXT.encode(), headers={"Content-Type": "text/plain"}
        )
        assert 201 == sent.status_code, sent.text
        yield server


def test_selected_words_become_a_citation_that_is_tried_and_recorded(
    browser: Browser, desk: ServerProcess
) -> None:
    with watched(browser, desk.url) as (page, seen):
        page.goto("/sources/station")
        expect(page.locator(".cite-bar")).to_be_hidden()
        assert page.evaluate(SELECT, "dragged 20 feet")
        page.click(".cite-bar a")
        expect(page.locator("blockquote")).to_contain_text("dragged 20 feet")
        page.click("text=Report a new fact from them")
        page.click("text=Dragging")
        expect(page.locator("[name='cite.quote']")).to_have_value("dragged 20 feet")
        page.fill("[name=statement]", "The officer was dragged 20 feet.")
        page.click("summary:has-text('Its name')")
        page.fill("[name=id]", "drag")
        page.click("text=See what would change")
        expect(page.locator(".preview")).to_contain_text("Recording it would do this")
        assert [] == violations(page)
        page.click(".preview >> text=Record it")
        page.wait_for_url("**/incidents/stop/facts/drag")
        expect(page.locator("#citations")).to_contain_text("dragged 20 feet")

        page.goto("/sources/station")
        assert "dragged 20 feet" == page.inner_text("#snapshot mark")
        assert page.evaluate(SELECT, "15 feet")
        link = page.get_attribute(".cite-bar a", "href") or ""
        at = TEXT.index("15 feet")
        assert f"start={at}&end={at + 7}" in link
        # What stands behind the mark is counted without the number that stands beside it.
        assert page.evaluate(SELECT, ".\n")
        link = page.get_attribute(".cite-bar a", "href") or ""
        assert f"start={len(TEXT) - 2}&end={len(TEXT)}" in link
        seen.check(page)


def test_a_refusal_is_told_to_a_screen_reader_and_leads_to_its_field(
    browser: Browser, desk: ServerProcess
) -> None:
    with watched(browser, desk.url) as (page, _):
        page.goto("/incidents/stop/report?kind=drag")
        page.fill("[name='cite.source']", "station")
        page.fill("[name='cite.quote']", "never dragged at all")
        page.fill("[name=statement]", "It was so.")
        page.click("text=See what would change")
        alert = page.locator("[role=alert]")
        expect(alert).to_be_visible()
        page.click("[role=alert] a")

        assert "true" == page.get_attribute("[name='cite.quote']", "aria-invalid")
        described = (page.get_attribute("[name='cite.quote']", "aria-describedby") or "").split()
        assert any(page.locator(f"[id='{one}']").inner_text() for one in described)
        assert "never dragged at all" == page.input_value("[name='cite.quote']")
        assert [] == violations(page)


def test_a_fact_is_reported_without_scripts(browser: Browser, desk: ServerProcess) -> None:
    with watched(browser, desk.url, scripts=False) as (page, _):
        page.goto("/incidents/stop/report?kind=drag")
        page.fill("[name='cite.source']", "station")
        page.fill("[name='cite.quote']", "dragged 15 feet")
        page.fill("[name=statement]", "The officer was dragged 15 feet, says the first.")
        page.click("form >> text=Record it")

        assert "dragged 15 feet" in page.inner_text("#citations")
