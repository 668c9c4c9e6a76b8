"""timeline: facts in order of occurrence, with bars and without, as JSON; and what cannot be, with its passages."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given

from api.terminal.timeline_bars import Scale, bar, scale_lines
from projections.timeline import TimelineEntry, timeline
from tests.api.command_line import record
from tests.api.course_commands import INCIDENT, a_course, ask
from tests.facts_in_time import hour
from tests.strategies_timeline import any_facts

if TYPE_CHECKING:
    from pathlib import Path

    from projections.fact_fold import FactView


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return a_course(tmp_path_factory.mktemp("timeline"))


@pytest.fixture(scope="module")
def circular(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As the other, and the dragging is corrected to have come after the flight, which came after it."""
    path = a_course(tmp_path_factory.mktemp("circular"))
    correction = {
        "op": "correct-fact",
        "incident": INCIDENT,
        "fact": "drag",
        "kind": "drag",
        "statement": "An officer was dragged 15 to 20 feet.",
        "occurred": {"relations": [{"rel": "after", "fact": "flight"}]},
        "class": "wrong-time",
        "cause": "new-information",
        "reason": "The paper says so.",
        "citations": [{"id": "drag-3", "source": "station"}],
    }
    record(path, correction)
    return path


def test_without_a_terminal_it_is_plain(ledger: Path) -> None:
    answer = ask("timeline", INCIDENT, "--ledger", ledger)

    assert (0, "") == (answer.code, answer.err)
    assert [
        "A traffic stop",
        "as known at position 9; times on the clocks of America/Chicago",
        "",
        "8 May 2021                    drag: An officer was dragged 15 to 20 feet.",
        "                                before flight",
        "from 8 May 2021 *             flight: The driver fled.",
        "                                after drag",
        "",
        "* worked out from the order of the facts: nobody dates this one, or not so closely",
    ] == answer.out.splitlines()


def test_with_bars_each_fact_lies_where_it_may_have_happened(ledger: Path) -> None:
    lines = ask("timeline", INCIDENT, "--bars", "--ledger", ledger).out.splitlines()
    drag, flight = (next(line for line in lines if line.startswith(name)) for name in ("drag", "flight"))

    assert drag.index("[") < drag.index("]")
    assert drag.endswith("  8 May 2021")
    assert drag.index("[") == flight.index("("), "a bound that is worked out is drawn as such"
    assert ">" in flight
    assert "8 May 2021" in lines[3]
    assert " ".join(lines).endswith("The scale is drawn from the bounds and is not in proportion.")


@pytest.mark.parametrize("wide", [40, 79, 80, 200])
def test_no_line_is_wider_than_the_terminal_and_when_is_told_of_each(
    ledger: Path, monkeypatch: pytest.MonkeyPatch, wide: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(wide))
    lines = ask("timeline", INCIDENT, "--bars", "--ledger", ledger).out.splitlines()
    beside = [line for line in lines if "[" in line and line.endswith("8 May 2021")]

    assert wide >= max(map(len, lines))
    assert (wide >= 80) == bool(beside), "where there is no room beside the bar, it stands below"
    assert {"    8 May 2021"} - set(lines) == ({"    8 May 2021"} if beside else set())


def test_what_cannot_be_stands_there_with_its_passages(circular: Path) -> None:
    for look in ("--plain", "--bars"):
        out = " ".join(ask("timeline", INCIDENT, look, "--ledger", circular).out.split())

        assert (
            "IMPOSSIBLE: drag after flight is put aside: its relations run in a circle, with flight after drag"
            in out
        )
        assert 'station on the order: "dragged about 15 feet"' in out
        assert "its passages stand with flight" in out


def test_json_is_the_line_with_its_bounds_and_what_is_derived(ledger: Path) -> None:
    told = json.loads(ask("timeline", INCIDENT, "--json", "--ledger", ledger).out)

    assert (INCIDENT, 9, True, ["drag", "flight"]) == (
        told["incident"],
        told["position"],
        told["final"],
        [entry["fact"] for entry in told["entries"]],
    )
    assert ["earliest"] == told["entries"][1]["derived"]


def test_it_is_asked_at_a_point_of_both_axes(ledger: Path) -> None:
    early = ask("timeline", INCIDENT, "--known-at", 4, "--ledger", ledger)
    public = ask("timeline", INCIDENT, "--public-at", "2021-05-01T00:00:00Z", "--bars", "--ledger", ledger)
    unknown = ask("timeline", INCIDENT, "--known-at", 2, "--ledger", ledger)

    assert "No fact was known." == early.out.splitlines()[-1]
    assert "No fact was known." == public.out.splitlines()[-1]
    assert (3, True) == (unknown.code, "was not known yet at position 2" in unknown.err)


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (TimelineEntry(fact="a", earliest=hour(1), latest=hour(2)), "  [=======]         "),
        (
            TimelineEntry(fact="a", earliest=hour(1), latest=hour(2), derived=("latest",)),
            "  [=======)         ",
        ),
        (TimelineEntry(fact="a", latest=hour(2)), "<=========]         "),
        (TimelineEntry(fact="a", earliest=hour(2)), "          [========>"),
        (TimelineEntry(fact="a", earliest=hour(1), latest=hour(1)), "  |                 "),
        (TimelineEntry(fact="a", earliest=hour(1), latest=hour(2), approximate=True), "  [~~~~~~~]         "),
        (TimelineEntry(fact="a", undated=True), "          ?         "),
    ],
)
def test_a_bar_shows_its_bounds(entry: TimelineEntry, expected: str) -> None:
    whole = [TimelineEntry(fact=str(at), earliest=hour(at), latest=hour(at)) for at in (1, 2, 3)]

    assert expected == bar(entry, Scale(whole, 20))


@pytest.mark.parametrize("approximate", [False, True])
def test_a_stretch_too_short_to_draw_is_no_moment(*, approximate: bool) -> None:
    """200 facts of an hour each on 20 columns: none of them happened at a moment, and none is drawn as if."""
    line = [
        TimelineEntry(fact=str(at), earliest=hour(2 * at), latest=hour(2 * at + 1), approximate=approximate)
        for at in range(200)
    ]
    drawn = {bar(entry, Scale(line, 20)).strip() for entry in line}

    assert ("~" if approximate else "=") in drawn
    assert "|" not in drawn


@given(any_facts())
def test_bars_are_as_wide_as_the_scale_and_in_the_order_of_their_bounds(facts: list[FactView]) -> None:
    line = timeline(facts)
    scale = Scale(line, 30)
    columns = [scale.column(instant) for instant in scale.instants]

    assert {30} >= {len(bar(entry, scale)) for entry in line}
    assert sorted(columns) == columns
    assert all(0 < column < 29 for column in columns)
    assert all(len(text) <= 30 for text in scale_lines(scale, lambda instant: f"{instant:%H:%M}"))


def test_the_first_and_the_last_bound_are_named_before_any_between() -> None:
    """Three bounds of which the second lies so near to the last that there is room for one of both names."""
    line = [TimelineEntry(fact=str(at), earliest=hour(at), latest=hour(at)) for at in (1, 4, 5)]
    names, marks = scale_lines(Scale(line, 20), lambda instant: f"{instant:%H:%M}")

    assert ["01:00", "05:00"] == names.split()
    assert 3 == marks.count("'")
    assert names.index("05:00") + len("05:00") <= 20


def test_the_data_say_how_each_fact_stands(ledger: Path) -> None:
    entries = ask("timeline", INCIDENT, "--json", "--ledger", ledger).json["entries"]

    assert {("drag", "An officer was dragged 15 to 20 feet."), ("flight", "The driver fled.")} == {
        (one["fact"], one["statement"]) for one in entries
    }
    assert {"kind", "origins", "status", "version"} <= set(entries[0])
