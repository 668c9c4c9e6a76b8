"""What holds for every page: its form, its size, its headers, and that nothing in it runs or comes from elsewhere."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest
from selectolax.lexbor import LexborHTMLParser

from api.pages.rendering import POLICY, static_files
from tests.api.http.test_problems import check_shape
from tests.api.pages.reading import AT, LIMIT_BYTES, READING_PAGES, WORKING_PAGES, Reader, text_in
from tests.project_files import ROOT

if TYPE_CHECKING:
    from pathlib import Path

ELSEWHERE = re.compile(r"^(?:[a-z]+:)?//", re.IGNORECASE)


@pytest.mark.parametrize("path", [*READING_PAGES, *WORKING_PAGES])
def test_a_page_is_whole_small_and_runs_nothing_that_stands_in_it(demo: Reader, path: str) -> None:
    found = demo.open(path)
    tree = LexborHTMLParser(found.text)

    assert 200 == found.status_code
    assert LIMIT_BYTES > len(found.content)
    assert found.text.startswith("<!DOCTYPE html>")
    assert POLICY == found.headers["Content-Security-Policy"]
    assert {"Accept", "Cookie"} <= {one.strip() for one in found.headers["Vary"].split(",")}
    assert 1 == len(tree.css("h1"))
    assert [] == [one.html for one in tree.css("[style], style, script:not([src]), iframe, object, base")]
    assert [] == [name for one in tree.css("*") for name in one.attributes if name.startswith("on")]
    loaded = [
        one.attributes.get(name)
        for name in ("src", "href")
        for one in tree.css(f"script[{name}], link[{name}], img[{name}], use[{name}]")
    ]
    assert loaded
    assert [] == [one for one in loaded if one is None or ELSEWHERE.match(one)]


@pytest.mark.parametrize("path", [*READING_PAGES, *WORKING_PAGES])
def test_every_link_within_the_server_leads_somewhere(demo: Reader, path: str) -> None:
    for href in sorted({one for one in demo.links(path) if not ELSEWHERE.match(one)}):
        address, _, anchor = href.partition("#")
        found = demo.open(address or path)
        assert 200 == found.status_code, f"{path} leads to {href}: {found.status_code}"
        if anchor and "text/html" in found.headers["Content-Type"]:
            ids = {one.attributes.get("id") for one in LexborHTMLParser(found.text).css("[id]")}
            assert anchor in ids, f"{path} leads to {href}, and there is no such place"


def test_an_id_stands_once_in_a_page(demo: Reader) -> None:
    for path in (*READING_PAGES, *WORKING_PAGES):
        ids = [str(one.attributes["id"]) for one in LexborHTMLParser(demo.page(path)).css("[id]")]
        assert sorted(set(ids)) == sorted(ids), path


def test_what_a_page_loads_is_there_and_is_kept_for_ever(demo: Reader) -> None:
    tree = LexborHTMLParser(demo.page(AT))
    for one in tree.css("link[href], script[src]"):
        found = demo.open(str(one.attributes.get("href") or one.attributes.get("src")))
        assert 200 == found.status_code
        assert "immutable" in found.headers["Cache-Control"]
    assert 404 == demo.open("/static/0000000000000000/style.css").status_code
    assert 404 == demo.open("/static/../api/app.py").status_code


def test_the_files_ask_for_nothing_of_another_host() -> None:
    for name, (body, _) in static_files().items():
        text = body.decode().replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"(?:https?:)?//[a-z0-9.-]+\.[a-z]{2,}", text), name
        assert "@import" not in text
        assert "@font-face" not in text


def test_a_page_that_is_had_already_is_not_sent_again(demo: Reader) -> None:
    first = demo.open(AT)
    again = demo.open(AT, **{"If-None-Match": first.headers["ETag"]})

    assert (304, b"") == (again.status_code, again.content)


def test_head_says_what_get_says(demo: Reader) -> None:
    found = demo.client.request("HEAD", AT, headers=demo.headers)

    assert (200, b"") == (found.status_code, found.content)
    assert demo.open(AT).headers["ETag"] == found.headers["ETag"]


def test_a_problem_is_a_page_for_who_asks_for_pages_and_json_for_others(demo: Reader) -> None:
    page = demo.open("/incidents/nowhere")

    assert (404, "text/html; charset=utf-8") == (page.status_code, page.headers["Content-Type"])
    assert "There is nothing here" in text_in(page.text, "h1")
    assert "not-found" in text_in(page.text)
    assert POLICY == page.headers["Content-Security-Policy"]
    assert "no-store" == page.headers["Cache-Control"]
    check_shape(demo.client.get("/incidents/nowhere"), 404, "not-found")
    check_shape(demo.open("/v1/incidents/nowhere"), 404, "not-found")


def test_what_was_not_known_yet_is_explained_and_leads_to_now(demo: Reader) -> None:
    page = demo.open(f"{AT}/facts/booking?known_at=25")

    assert 404 == page.status_code
    assert "was not known yet at position 25; it was reported at" in text_in(page.text)
    assert f'href="{AT}/facts/booking"' in page.text


@pytest.mark.parametrize(
    ("path", "name"),
    [
        (f"{AT}?known_at=soon", "known_at"),
        (f"{AT}?colour=blue", "colour"),
        (f"{AT}?page=x", "page"),
        (f"{AT}/audit?from_day=2021-02-30", "from_day"),
        (f"{AT}/audit?act=Nothing", "act"),
        ("/sources/article?snapshot=abc", "snapshot"),
        ("/search?status=nice", "status"),
        ("/log?before=0", "before"),
        (f"{AT}/at?known_day=2021-13-01", "known_day"),
    ],
)
def test_a_parameter_that_breaks_its_rule_is_named_and_its_value_is_not_repeated(
    demo: Reader, path: str, name: str
) -> None:
    page = demo.open(path)

    assert 400 == page.status_code
    if name != "colour":
        assert name in text_in(page.text)
    assert "soon" not in text_in(page.text)


def test_a_problem_is_said_once_and_by_the_name_of_its_parameter(demo: Reader) -> None:
    for path, sentence in (
        (f"{AT}?known_at=soon", "known_at must be a position, or a date-time such as"),
        ("/search?occurred_from=2021-13-01", "occurred_from must be a day, such as 2021-05-10."),
        ("/search?occurred_to=yesterday", "occurred_to must be a day, such as 2021-05-10."),
    ):
        text = text_in(demo.open(path).text)
        assert 1 == text.count(sentence), (path, text)


def test_the_templates_and_files_are_part_of_what_is_installed(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=120)
    [wheel] = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())

    assert {
        "api/pages/templates/incident.html",
        "api/pages/static/style.css",
        "api/pages/static/time.js",
    } <= names
