"""The page of the HTTP API is right: its examples are sent in order, its table is that of the code, and every setting it names exists."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import orjson
import pytest

from api.http.stale import MAX_ACTS
from api.lines import LINE_LIMIT
from api.routes import facts, incidents, kinds, redactions, snapshots, sources
from ledger.settings import SETTINGS
from tests.api.http.client import Client
from tests.project_files import text_of

if TYPE_CHECKING:
    from pathlib import Path

    from ledger.values import Json

PAGE = text_of(PurePosixPath("docs/http.md"))
BLOCKS = re.findall(r"```http\n(.*?)```", PAGE, flags=re.DOTALL)
_DIGEST = re.compile(r"[0-9a-f]{64}")


def _parted(block: str) -> tuple[str, dict[str, str], str]:
    head, _, body = block.partition("\n\n")
    first, *lines = head.strip().splitlines()
    return first, dict(line.split(": ", 1) for line in lines), body.strip("\n")


def test_every_request_has_its_answer() -> None:
    firsts = [_parted(block)[0] for block in BLOCKS]

    assert len(firsts) > 10
    assert all(one.startswith("POST /") for one in firsts[::2])
    assert all(one.isdecimal() for one in firsts[1::2])


def _as_lines(text: str) -> list[Json]:
    return [orjson.loads(line) for line in text.splitlines()]


def test_the_examples_are_answered_as_the_page_says(tmp_path: Path) -> None:
    with Client(tmp_path / "ledger") as client:
        for request, answer in zip(BLOCKS[::2], BLOCKS[1::2], strict=True):
            first, headers, body = _parted(request)
            status, told, content = _parted(answer)
            found = client.request("POST", first.split()[1], content=body.encode(), headers=headers)

            assert int(status) == found.status_code, found.text
            for name, value in told.items():
                assert value == _DIGEST.sub(lambda one: f"{one[0][:8]}…", found.headers[name])
            if content:
                expected, came = _as_lines(content), _as_lines(found.text)
                if "request_id" in expected[0] and expected[0]["request_id"] == "…":
                    came[0]["request_id"] = "…"
                assert _without_titles(expected) == _without_titles(came)


def _without_titles(lines: list[Json]) -> list[Json]:
    """Without the names of statuses: Python calls 422 otherwise from one version to the next."""
    for line in lines:
        for one in (line, line.get("problem", {})):
            one.pop("title", None)
    return lines


def test_the_table_of_paths_is_that_of_the_code() -> None:
    nouns = (sources, snapshots, incidents, facts, redactions, kinds)
    writes = {write.path: write.op for noun in nouns for write in noun.WRITES}

    assert writes == dict(re.findall(r"^\| `(/v1/[^`]+)` \| `([a-z-]+)` \|$", PAGE, flags=re.MULTILINE))


def test_limits_that_are_named_are_settings_or_as_the_code_has_them() -> None:
    names = set(re.findall(r"`([a-z]+(?:_[a-z]+)*_(?:bytes|s|lines|capacity)|uploads)`", PAGE))

    assert names - {"size_bytes"} <= {one.name for one in SETTINGS}
    assert 4 * 1024 * 1024 == LINE_LIMIT
    assert 100 == MAX_ACTS


@pytest.mark.parametrize("name", re.findall(r"`([a-z]+(?:-[a-z]+)+)`", PAGE.split("## Errors")[1]))
def test_codes_that_are_named_are_explained(name: str) -> None:
    if name != "local-admin":
        assert f"`{name}`" in text_of(PurePosixPath("docs/errors.md"))
