"""A list on a page that is cut says how much it leaves out, and leads to the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from selectolax.lexbor import LexborHTMLParser

from api.pages import acts_told, glance, map_drawing, moved
from tests.api.http.client import INCIDENT, Client, without_op
from tests.api.pages.reading import Reader
from tests.desk import AGENCY, cited

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

STOP = "/incidents/stop"


@pytest.fixture
def reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Reader]:
    """Three facts, each contested, placed and cited twice, on pages whose lists hold one thing each."""
    for module, name in (
        (glance, "_MOST_NAMED"),
        (moved, "_MOST_TOLD"),
        (map_drawing, "_MOST_POINTS"),
        (acts_told, "MOST_CHANGES"),
        (acts_told, "MOST_CITATIONS"),
    ):
        monkeypatch.setattr(module, name, 1)
    with Client(tmp_path / "ledger") as client:
        assert 201 == client.post("/v1/incidents", INCIDENT).status_code
        assert 201 == client.post("/v1/sources", without_op(AGENCY)).status_code
        for ident in ("one", "two", "three"):
            fact = {
                "id": ident,
                "kind": "drag",
                "statement": f"The officer was dragged, says {ident}.",
                "places": [{"id": "scene", "lon": "-92.3", "lat": "34.7"}],
                "citations": [cited(), {**cited(), "id": "again", "speaker": {"id": "chief"}}],
            }
            answer = client.post(f"/v1{STOP}/facts", fact)
            assert 201 == answer.status_code, answer.text
            dispute = {"by": "the driver", "grounds": "It was not so."}
            assert 201 == client.post(f"/v1{STOP}/facts/{ident}/disputes", dispute).status_code
        yield Reader(client)


@pytest.mark.parametrize(
    ("path", "said", "leads_to"),
    [
        (STOP, "And 2 more contested facts: ", f"/v1{STOP}/conflicts"),
        (STOP, "2 more places not drawn: ", "#facts"),
        (f"{STOP}?since=2", "more changes: ", f"{STOP}/changes?from=2&to=9&axis=known"),
        (f"{STOP}/audit?fact=one", "more values: ", f"/v1{STOP}/audit?fact=one"),
        (f"{STOP}/audit?fact=one", "And 1 more citation: ", f"/v1{STOP}/audit?fact=one"),
    ],
    ids=["contested", "places", "changes", "values", "citations"],
)
def test_what_is_left_out_is_counted_and_leads_to_the_rest(
    reader: Reader, path: str, said: str, leads_to: str
) -> None:
    notes = [
        (one.text(), [link.attributes.get("href") for link in one.css("a")])
        for one in LexborHTMLParser(reader.page(path)).css("p")
    ]

    assert [leads_to] in [links for text, links in notes if said in text]
    if not leads_to.startswith("#"):
        assert 200 == reader.client.get(leads_to).status_code
