"""Swagger UI in a real browser: it shows what the document has, asks nobody else, and may run only what this server tells."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import sync_playwright

from api.openapi.examples import EXAMPLES
from api.openapi.swagger_page import SWAGGER, SWAGGER_POLICY, swagger_files
from tests.api.http.client import Client
from tests.api.http.server_process import ServerProcess
from tests.api.http.test_problems import check_shape

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Page


@pytest.fixture(name="url", scope="module")
def given_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with ServerProcess(tmp_path_factory.mktemp("swagger") / "ledger") as server:
        yield server.url


class Seen:
    """What a page asked for, and what it complained of."""

    def __init__(self, page: Page) -> None:
        self.asked: list[str] = []
        self.complaints: list[str] = []
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("console", lambda said: self._heard(said.type, said.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _heard(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.complaints.append(text)


@pytest.fixture(name="page")
def given_page() -> Iterator[Page]:
    found = shutil.which("chromium")
    assert found is not None, "the tests of the pages need Chromium; .ci/run installs it"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser.new_page()
        browser.close()


def test_the_page_shows_every_operation_and_asks_nobody_else(page: Page, url: str) -> None:
    seen = Seen(page)
    page.goto(url + SWAGGER)
    page.wait_for_selector(".opblock")
    shown = {block.get_attribute("id") or "" for block in page.query_selector_all(".opblock")}
    document = page.request.get(f"{url}/openapi.json").json()
    operations = {
        operation["operationId"] for methods in document["paths"].values() for operation in methods.values()
    }

    assert len(operations) == len(shown)
    assert operations == {name.replace("_", "-").split("-", 2)[2] for name in shown}
    assert [] == [asked for asked in seen.asked if not asked.startswith((f"{url}/", "data:"))]
    assert [] == seen.complaints


def test_an_operation_is_tried_out_from_the_page(page: Page, url: str) -> None:
    seen = Seen(page)
    page.goto(f"{url}{SWAGGER}#/incidents/open-incident")
    operation = page.locator('.opblock[id$="open-incident"]')
    operation.locator(".try-out__btn").click()
    operation.locator(".execute").click()
    status = operation.locator(".live-responses-table tbody .response-col_status").first

    assert "201" == status.inner_text().strip()
    assert 200 == page.request.get(f"{url}/v1/incidents/{EXAMPLES['open-incident'].body['id']}").status
    assert [] == seen.complaints


def test_what_another_host_tells_is_not_run(page: Page, url: str) -> None:
    page.goto(url + SWAGGER)
    page.wait_for_selector(".opblock")
    refused = page.evaluate(
        """() => new Promise((told) => {
            let refused = "";
            document.addEventListener("securitypolicyviolation", (event) => { refused = event.effectiveDirective; });
            const script = document.createElement("script");
            script.src = "https://example.com/x.js";
            script.onload = script.onerror = () => setTimeout(() => told(refused));
            document.head.append(script);
        })"""
    )

    assert "script-src-elem" == refused


@pytest.mark.parametrize("name", sorted(swagger_files()))
def test_a_file_has_its_type_a_tag_and_is_not_sent_twice(tmp_path: Path, name: str) -> None:
    path = f"{SWAGGER}/{name}".rstrip("/")
    with Client(tmp_path / "ledger") as client:
        first = client.get(path)
        again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
        head = client.request("HEAD", path)

    assert (200, 304, 200) == (first.status_code, again.status_code, head.status_code)
    assert swagger_files()[name].media_type == first.headers["Content-Type"]
    assert "nosniff" == first.headers["X-Content-Type-Options"]
    assert (SWAGGER_POLICY == first.headers["Content-Security-Policy"]) == (not name)


@pytest.mark.parametrize("name", ["__init__.py", "..%2Fmain.py", "nothing.js", "swagger-ui.css%00"])
def test_no_other_file_of_the_wheel_is_told(tmp_path: Path, name: str) -> None:
    with Client(tmp_path / "ledger") as client:
        check_shape(client.get(f"{SWAGGER}/{name}"), 404, "not-found")
