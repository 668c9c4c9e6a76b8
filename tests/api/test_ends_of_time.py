"""The first and the last moments that can be recorded, which data sets write for "always": a place's clock may have no year for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ledger.zones import parse_datetime
from projections.change_words import day_in_words
from tests.api.command_line import as_lines, ask, record
from tests.api.http.client import Client
from tests.api.pages.reading import Reader

if TYPE_CHECKING:
    from pathlib import Path

    from ledger.values import Json

FIRST, LAST = "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"
ZONES = {"east": "Asia/Tokyo", "west": "America/Chicago"}


def lines() -> list[Json]:
    """Two incidents, one where no clock shows the last moment and one where none shows the first; each has a fact of either."""
    found: list[Json] = [
        {"op": "register-source", "id": ident, "kind": "dataset", "title": ident, "published": at}
        for ident, at in (("early", FIRST), ("late", LAST))
    ]
    for incident, zone in ZONES.items():
        found.append({"op": "open-incident", "id": incident, "title": "At the ends", "zone": zone})
        found += [
            {
                "op": "report-fact",
                "incident": incident,
                "id": f"at-{source}",
                "kind": "injury",
                "statement": "Somebody was hurt.",
                "occurred": at,
                "citations": [{"source": source}],
            }
            for source, at in (("early", FIRST), ("late", LAST))
        ]
    return found


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ends") / "desk.ledger"
    record(path, *lines())
    return path


@pytest.mark.parametrize("incident", ZONES)
@pytest.mark.parametrize(
    "command", ["show", "timeline", "audit", "changes", "conflicts", "first-known", "replay"]
)
def test_every_view_tells_what_happened_at_the_ends_of_time(
    ledger: Path, command: str, incident: str
) -> None:
    for more in ((), ("--json",), ("--bars",) if command == "timeline" else ()):
        answer = ask(command, incident, *more, "--ledger", ledger)

        assert (0, "") == (answer.code, answer.err), (command, more)


def test_a_moment_that_no_clock_of_the_place_shows_is_told_by_those_of_utc(ledger: Path) -> None:
    east, west = (ask("show", incident, "--ledger", ledger).out for incident in ZONES)
    first = ask("first-known", "west", "--ledger", ledger).out
    public = ask("changes", "east", "--axis", "public", "--ledger", ledger).out

    assert "31 Dec 9999 23:59 (+00:00)" in east
    assert "1 Jan 1 09:18 " in east, "by the sun in Tokyo, whose clocks had a year for it"
    assert "1 Jan 1 00:00 (+00:00)" in west
    assert "first public  1 Jan 1 00:00 (+00:00): early" in first
    assert "Public from 31 December 9999 (UTC): 'at-late' was added" in public


def test_the_first_midnight_is_the_end_of_no_day() -> None:
    assert "1 January 1 (UTC)" == day_in_words(parse_datetime(FIRST, field=""), "", bound=True)


@pytest.mark.parametrize("incident", ZONES)
def test_so_do_its_pages(tmp_path: Path, incident: str) -> None:
    at = f"/incidents/{incident}"
    more = (f"?public_at={LAST}", "/facts/at-early", "/facts/at-late", f"/changes?axis=public&from={FIRST}")
    with Client(tmp_path / "ledger") as client:
        client.batch(as_lines(*lines()))
        reader = Reader(client)
        for path in ("/", at, *(f"{at}{one}" for one in more)):
            assert "ends" in reader.text(path), path
