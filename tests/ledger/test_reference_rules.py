"""Single rules of the reference ledger, where a whole situation would only hide the point."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.reference import amended, out
from tests.reference_counting import count_origins, disjoint
from tests.reference_publication import publication
from tests.reference_redaction import UNDISCLOSED

if TYPE_CHECKING:
    from tests.situation_shorthand import Act

NOON = "2021-05-08T12:00:00Z"
LATER = "2021-05-10T12:00:00Z"


def act(position: int, stream: str, name: str, /, **body: object) -> Act:
    """An act recorded at ten o'clock on the day of May that its position names."""
    return {
        "position": position,
        "version": position,
        "recorded_at": f"2021-05-{position:02}T10:00:00Z",
        "stream": stream,
        "type": name,
        "body": body,
    }


def source(position: int, name: str, **body: object) -> Act:
    """The registration of a source."""
    return act(position, f"source/{name}", "SourceRegistered", kind="article", title=name, **body)


def report(position: int, *attestations: Act, **body: object) -> Act:
    """A report of the fact `f` with these attestations."""
    content = {"kind": "drag@1", "statement": "As reported."}
    return act(
        position,
        "incident/i",
        "FactReported",
        fact="f",
        content=content,
        attestations=list(attestations),
        **body,
    )


def passage(name: str, **members: object) -> Act:
    """A supporting attestation of the source of that name."""
    return {"id": name, "source": name, "stance": "supports", **members}


@pytest.mark.parametrize(
    ("passages", "edges", "origins"),
    [
        pytest.param([], [], 0, id="nobody"),
        pytest.param([passage("a"), passage("b")], [], 2, id="two works"),
        pytest.param([passage("a"), passage("b")], [("a", "b")], 1, id="a copy"),
        pytest.param(
            [passage("a"), passage("b")], [("a", "c"), ("b", "c")], 1, id="one wire that nobody cited"
        ),
        pytest.param([passage("a"), passage("b", relays="a")], [], 1, id="relayed"),
        pytest.param(
            [passage("a", relays="c"), passage("b", relays="d")], [("c", "d")], 1, id="relayed copies"
        ),
        pytest.param(
            [passage("a", relays="c"), passage("b")],
            [("a", "b")],
            2,
            id="what is relayed is not the relayer's",
        ),
        pytest.param(
            [passage("a", speaker={"id": "s"}), passage("b", speaker={"id": "s"})], [], 1, id="one speaker"
        ),
        pytest.param(
            [
                passage("a", speaker={"id": "s"}),
                passage("b", speaker={"id": "s"}),
                passage("c"),
                passage("d"),
            ],
            [("c", "b")],
            2,
            id="a chain of speaker and copy, and another",
        ),
        pytest.param(
            [passage("s"), passage("b", speaker={"id": "s"})], [], 2, id="a speaker and a source of one name"
        ),
        pytest.param(
            [
                passage("a", speaker={"absent": "undisclosed"}),
                passage("b", speaker={"absent": "undisclosed"}),
            ],
            [],
            1,
            id="speakers not disclosed, who may be one",
        ),
    ],
)
def test_passages_that_share_a_work_or_a_speaker_are_one_origin(
    passages: list[Act], edges: list[tuple[str, str]], origins: int
) -> None:
    log = [
        act(number, f"source/{one}", "LineageDeclared", lineage=number, relation="copies", to=other)
        for number, (one, other) in enumerate(edges, 1)
    ]

    assert count_origins(passages, log) == origins
    assert count_origins(passages[::-1], log[::-1]) == origins


@pytest.mark.parametrize(
    ("citation", "registered", "expected"),
    [
        pytest.param({"published": {"latest": NOON}}, {"published": {"latest": LATER}}, NOON, id="its own"),
        pytest.param(
            {"published": {"latest": "unknown"}},
            {"published": {"latest": LATER}},
            LATER,
            id="its own unknown",
        ),
        pytest.param(
            {"published": {"earliest": NOON}},
            {"published": {"latest": LATER}},
            LATER,
            id="its own without a latest",
        ),
        pytest.param({}, {"published": {"latest": NOON}}, NOON, id="the source's"),
        pytest.param(
            {"snapshot": "x"}, {"published": {"latest": "open"}}, "2021-05-03T06:00:00Z", id="captured"
        ),
        pytest.param({"snapshot": "y"}, {}, "2021-05-09T10:00:00Z", id="recorded, for it was another copy"),
        pytest.param({}, {}, "2021-05-09T10:00:00Z", id="recorded"),
        pytest.param(
            {"snapshot": "x", "published": {"latest": NOON}}, {"published": "never"}, None, id="never"
        ),
    ],
)
def test_publication_falls_back_in_the_order_of_the_model(
    citation: Act, registered: Act, expected: str | None
) -> None:
    captured = act(2, "source/a", "SnapshotCaptured", snapshot="x", captured_at="2021-05-03T06:00:00Z")
    carrier = report(9, passage("a", **citation))
    log = [source(1, "a", **registered), captured, carrier]

    found = publication(carrier["body"]["attestations"][0], carrier, log)

    assert found.isoformat() == (expected or "9999-12-31T23:59:59.999999Z").replace("Z", "+00:00")


def test_a_source_unsealed_is_no_longer_never_public() -> None:
    amended = act(2, "source/a", "SourceAmended", published={"latest": NOON}, reason="Unsealed.")
    renamed = act(3, "source/a", "SourceAmended", title="Another title", reason="Misspelt.")
    carrier = report(4, passage("a"))

    found = publication(
        carrier["body"]["attestations"][0],
        carrier,
        [source(1, "a", published="never"), amended, renamed, carrier],
    )

    assert found.isoformat() == NOON.replace("Z", "+00:00")


def test_an_act_whose_citations_all_fell_is_never_out_and_one_without_any_is_out_when_recorded() -> None:
    cited, fallen = (
        report(1, passage("a")),
        act(
            2,
            "incident/i",
            "AttestationWithdrawn",
            fact="f",
            attestation="a",
            cause="our-misreading",
            reason="Misread.",
        ),
    )
    lineage = [cited, fallen]

    assert out(cited, lineage, lineage).year == 9999
    assert out(fallen, lineage, lineage).isoformat() == "2021-05-02T10:00:00+00:00"
    assert out(cited, [cited], [cited]).isoformat() == "2021-05-01T10:00:00+00:00"


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        pytest.param(
            {"details": {"value": ["x", 1]}}, {"details": {"value": ["x", 1]}}, False, id="equal lists"
        ),
        pytest.param(
            {"details": {"value": {"x": 1, "y": 2}}},
            {"details": {"value": {"y": 2, "x": 1}}},
            False,
            id="keys in any order",
        ),
        pytest.param({"details": {"value": "1"}}, {"details": {"value": 1}}, True, id="text is no number"),
        pytest.param({"details": {"value": True}}, {"details": {"value": 1}}, True, id="true is not one"),
        pytest.param(
            {"details": {"value": "1"}},
            {"details": {"value": {"absent": "not-stated"}}},
            True,
            id="not stated is a value",
        ),
        pytest.param(
            {"details": {"value": "1"}},
            {"details": {"value": {"absent": "undisclosed"}}},
            False,
            id="undisclosed",
        ),
        pytest.param({"details": {"value": "1"}}, {"statement": "Nothing of it."}, False, id="nothing said"),
        pytest.param(
            {"details": {"value": "1"}},
            {"kind": "booking@1", "details": {"value": "2"}},
            False,
            id="another kind",
        ),
    ],
)
def test_values_of_a_data_set_are_compared_as_canonical_json(a: Act, b: Act, *, expected: bool) -> None:
    one, other = ({"kind": "attribute@1", **values} for values in (a, b))

    assert disjoint(one, other) is expected
    assert disjoint(other, one) is expected


@pytest.mark.parametrize(
    ("content", "wording"),
    [
        pytest.param(
            {"places": [{"id": "p", **UNDISCLOSED}]},
            {"places/p/as_stated": "Main St"},
            id="the place is gone",
        ),
        pytest.param({"places": []}, {"places/p/as_stated": "Main St"}, id="there is no such place"),
    ],
)
def test_what_was_redacted_is_not_amended(content: Act, wording: Act) -> None:
    assert amended(content, wording) == content


@pytest.mark.parametrize(
    ("content", "path", "left"),
    [
        pytest.param({"statement": "As it was."}, "statement", {"statement": UNDISCLOSED}, id="statement"),
        pytest.param(
            {"places": [{"id": "p", "role": "scene", "as_stated": "Main St"}]},
            "places/p/as_stated",
            {"places": [{"id": "p", "role": "scene", **UNDISCLOSED}]},
            id="all that a place says",
        ),
        pytest.param(
            {"places": [{"id": "p", "as_stated": "Main St", "lon": "-92.32", "lat": "34.74"}]},
            "places/p/as_stated",
            {"places": [{"id": "p", "lon": "-92.32", "lat": "34.74"}]},
            id="a part of what a place says",
        ),
    ],
)
def test_redacted_words_of_an_amendment_do_not_bring_older_ones_back(
    content: Act, path: str, left: Act
) -> None:
    assert amended(content, {path: UNDISCLOSED}) == left
