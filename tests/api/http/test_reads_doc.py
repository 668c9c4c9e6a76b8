"""The page about reading over HTTP is right: its examples are sent, and its table names every read that there is."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import orjson
import pytest

from api.http.folded_views import KEPT_BYTES
from api.http.reads import POINT
from api.http.views_keeper import WAIT_S
from api.routes.reading import READS
from ledger.history import FUTURE_S
from projections.paging import DEFAULT_LIMIT, MAX_LIMIT
from tests.api.http.client import Client
from tests.project_files import text_of

if TYPE_CHECKING:
    from pathlib import Path

    from ledger.values import Json

PAGE = text_of(PurePosixPath("docs/http-reads.md"))
BLOCKS = re.findall(r"```http\n(.*?)```", PAGE, flags=re.DOTALL)
CORRECTION = {
    "kind": "drag",
    "statement": "The officer was dragged about 20 feet.",
    "class": "wrong-number",
    "cause": "source-error",
    "reason": "the agency corrected itself",
    "citations": [{"id": "c1", "source": "release", "speaker": {"id": "chief"}}],
}


def _parted(block: str) -> tuple[str, dict[str, str], str]:
    head, _, body = block.partition("\n\n")
    first, *lines = head.strip().splitlines()
    return first, dict(line.split(": ", 1) for line in lines), body.strip("\n")


def _is_told(expected: Json, found: Json) -> bool:
    """Whether what the page says is in the answer: members that it leaves out may be there, and … is any text."""
    match expected:
        case dict():
            return isinstance(found, dict) and all(
                name in found and _is_told(one, found[name]) for name, one in expected.items()
            )
        case list():
            return (
                isinstance(found, list)
                and len(expected) == len(found)
                and all(map(_is_told, expected, found))
            )
        case str():
            return isinstance(found, str) and _fits(expected, found)
        case _:
            return bool(expected == found)


def _fits(expected: str, found: str) -> bool:
    return re.fullmatch(".+".join(map(re.escape, expected.split("…"))), found) is not None


@pytest.mark.parametrize("number", range(len(BLOCKS) // 2))
def test_the_examples_are_answered_as_the_page_says(tmp_path: Path, number: int) -> None:
    first, headers, _ = _parted(BLOCKS[2 * number])
    status, told, content = _parted(BLOCKS[2 * number + 1])
    method, path = first.split()
    with Client(tmp_path / "ledger") as client:
        client.begin()
        client.report()
        client.report(id="other")
        client.clock.advance()
        assert 201 == client.post("/v1/incidents/stop/facts/drag/corrections", CORRECTION).status_code
        found = client.request(method, path, headers=headers)
        assert int(status) == found.status_code, found.text
        for name, value in told.items():
            assert _fits(value, found.headers[name]), (name, found.headers[name])
        assert _is_told(orjson.loads(content), found.json()), found.text


def test_the_examples_are_pairs() -> None:
    firsts = [_parted(block)[0] for block in BLOCKS]
    assert len(firsts) >= 10
    assert all(one.startswith("GET /v1/") for one in firsts[::2])
    assert all(one.isdecimal() for one in firsts[1::2])


def test_every_read_stands_in_the_table() -> None:
    named = re.findall(r"^\| `GET ([^`]+)` \|", PAGE, flags=re.MULTILINE)
    paths = [read.path.replace(":path}", "}") for read in READS]
    # The feed is no read at a point: it goes on.
    assert sorted([*paths, "/v1/events"]) == sorted(named)


@pytest.mark.parametrize("name", sorted({name for read in READS for name in (*POINT, *read.parameters)}))
def test_every_parameter_is_named(name: str) -> None:
    assert re.search(rf"`{name}[`=]", PAGE)


def test_the_limits_are_those_of_the_code() -> None:
    assert f"{DEFAULT_LIMIT} unless said otherwise and {MAX_LIMIT} at most" in PAGE
    assert f"up to {WAIT_S:g} seconds, then 503" in PAGE
    assert f"more than {FUTURE_S} seconds ahead" in PAGE
    assert f"up to {KEPT_BYTES // 1024**2} MiB" in PAGE
