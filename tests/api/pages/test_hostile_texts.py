"""One incident whose fields hold two hundred hostile texts at once: every page of it is opened, and nothing may run or be asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
import pytest
from selectolax.lexbor import LexborHTMLParser

from ledger.blobs import digest_of_bytes
from tests.api.http.server_process import ServerProcess
from tests.api.pages.chromium import watched
from tests.api.pages.payloads import INCIDENT, PAYLOADS, SNAPSHOT_TEXT, hostile_acts
from tests.api.pages.reading import LIMIT_BYTES
from tests.api.pages.test_in_a_browser import violations

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

AT = f"/incidents/{INCIDENT}"
MOST_LOOKS = 200
"""How often the page is asked whether the browser has told it of a violation yet; it tells soon, and not at once."""

NOT_ISOLATED = r"""(() => {
  const found = [];
  const walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode;
    if (!/[\u202b\u202e\u2066\u2067]|__hit|alert\(1\)/.test(text.data)) continue;
    if (!text.parentElement.closest("bdi, [dir=auto], option, svg text")) found.push(text.data.slice(0, 80));
  }
  return found;
})()"""
"""Texts of others without an element around them that isolates their direction, as each text of a drawing does by itself."""

PAGES = (
    "/",
    AT,
    f"{AT}?known_at=15&since=12",
    f"{AT}/audit",
    f"{AT}/changes?from=8",
    f"{AT}/changes?axis=public&from=2021-05-08T00:00:00Z",
    *(f"{AT}/facts/f{number}" for number in range(12)),
    "/sources",
    "/sources/evil",
    "/sources/copy",
    "/corrections",
    "/worklist",
    "/search?q=script",
    "/log",
)


@pytest.fixture(scope="module")
def hostile(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    assert browser.is_connected()
    snapshot = digest_of_bytes(SNAPSHOT_TEXT.encode())
    with ServerProcess(tmp_path_factory.mktemp("hostile") / "ledger") as server, server.client() as client:
        acts = hostile_acts()
        for act in acts:
            for citation in act.get("citations", ()):
                if citation["source"] == "evil" and citation.get("selector"):
                    citation["snapshot"] = snapshot
        body = b"".join(orjson.dumps(act) + b"\n" for act in acts)
        answers = client.post("/v1/batch", content=body, headers={"Content-Type": "application/jsonl"})
        found = [orjson.loads(line) for line in answers.content.splitlines()]
        assert len(acts) == len(found)
        assert [] == [one for one in found if "problem" in one]
        yield server


def test_there_are_two_hundred_texts_and_the_incident_holds_them_all(hostile: ServerProcess) -> None:
    assert 200 == len(set(PAYLOADS))
    with hostile.client() as client:
        stored = client.get(f"/v1{AT}/events").text + client.get("/v1/sources/evil").text
        text = client.get("/sources/evil", headers={"Accept": "text/html"}).text
    snapshot = LexborHTMLParser(text).css_first("#snapshot")

    assert "<script>" in stored or "\\u003cscript" in stored
    assert snapshot is not None
    for aside in snapshot.css("[data-aside]"):
        aside.decompose()
    assert SNAPSHOT_TEXT == snapshot.text()


def test_no_page_runs_what_somebody_wrote(browser: Browser, hostile: ServerProcess) -> None:
    with watched(browser, hostile.url) as (page, seen):
        for path in PAGES:
            answer = page.goto(path)
            assert answer is not None
            assert 200 == answer.status, path
            assert LIMIT_BYTES > len(answer.body()), path
            page.evaluate(
                "for (const one of document.querySelectorAll('a, summary, svg, [tabindex], input')) {"
                " one.dispatchEvent(new Event('mouseover', { bubbles: true })); one.focus?.(); }"
            )
            assert [] == page.evaluate(
                "[...document.querySelectorAll('a[href]')].map((one) => one.protocol)"
                ".filter((one) => one !== 'http:' && one !== 'https:')"
            )
            seen.check(page)


def test_what_runs_is_seen(browser: Browser, hostile: ServerProcess) -> None:
    with watched(browser, hostile.url) as (page, seen):
        page.goto("/")
        page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"__hit()\">')")
        for _ in range(MOST_LOOKS):
            if page.evaluate("window.__violations.length"):
                break

        with pytest.raises(AssertionError, match="policy: script-src-attr"):
            seen.check(page)


def test_hostile_texts_are_no_barrier_either(browser: Browser, hostile: ServerProcess) -> None:
    with watched(browser, hostile.url, width=320, theme="dark") as (page, seen):
        for path in (AT, f"{AT}/facts/f3", "/sources/evil", "/sources/copy"):
            page.goto(path)
            assert [] == violations(page)
            assert 320 >= page.evaluate("document.documentElement.scrollWidth"), path
            seen.check(page)


def test_what_somebody_wrote_keeps_its_direction_to_itself(browser: Browser, hostile: ServerProcess) -> None:
    with watched(browser, hostile.url) as (page, _):
        for path in PAGES:
            page.goto(path)
            assert [] == page.evaluate(NOT_ISOLATED), path


def test_a_text_that_is_not_isolated_is_seen(browser: Browser, hostile: ServerProcess) -> None:
    with watched(browser, hostile.url) as (page, _):
        page.goto(AT)
        page.evaluate("document.querySelector('.lede').textContent = '\\u202e __hit()'")

        assert 1 == len(page.evaluate(NOT_ISOLATED))
