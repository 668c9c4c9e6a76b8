"""What `redact --find` shows is redacted over HTTP, and then no read and no page says it any more, at no point, in no form."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest
from fastapi.routing import APIRoute

from api.pages.routers import PAGES
from api.redacting.targets import event_targets, fact_targets
from api.routes import ROUTERS
from ledger.removal import search_for, whereabouts
from tests.api.http.client import AT, INCIDENT, Client
from tests.desk import cited

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ledger.values import Json

NAME = "Zebedee Quirk"
TEXT = f"Police said that {NAME} was dragged about 15 feet. Nobody else was there.\n"
_QUIET = ("/docs", "/static", "/livez", "/readyz", "/version", "/metrics", "/openapi.json", "/account")
"""What says nothing of what was recorded."""

_QUERIES = {
    "/search": ("q=Zebedee",),
    "/v1/events": ("after=0&until=6",),  # the feed has no end of its own
    "/v1/facts": ("", "q=Zebedee", "source=release"),
    "/v1/incidents": ("", "q=Zebedee"),
    "/v1/corrections": ("", "wording=true", "format=atom"),
    "/v1/log/proof/inclusion": ("position=4",),
    "/v1/log/proof/consistency": ("first=3&second=4",),
}
_NO_POINT = ("/v1/log/", "/incidents/{incident}/at")


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    """A name in every place where somebody may write one: 12 acts, a correction, a dispute, a notice and two captures among them."""
    with Client(tmp_path / "redactions.ledger") as made:
        assert 201 == made.post("/v1/incidents", {**INCIDENT, "title": f"The stop of {NAME}"}).status_code
        source = {"id": "release", "kind": "release", "title": f"Release on {NAME}", "authors": [NAME]}
        assert 201 == made.post("/v1/sources", source).status_code
        digest = _captured(made, TEXT)
        _captured(made, TEXT.replace("about 15", "about 20"))
        quote = [{"type": "TextQuoteSelector", "exact": f"{NAME} was dragged about 15 feet"}]
        speaker = {"id": "chief", "name": NAME}
        citing = cited(
            snapshot=digest, selector=quote, speaker=speaker, as_stated={"statement": f"{NAME} was dragged"}
        )
        named = {"id": "p1", "role": "injured", "name": NAME, "as_described": f"the man called {NAME}"}
        made.report(statement=f"{NAME} was dragged.", participants=[named], citations=[citing])
        fact: dict[str, Json] = {
            "kind": "drag",
            "statement": f"{NAME} was dragged far.",
            "participants": [named],
        }
        grounds = {
            "class": "other",
            "cause": "new-information",
            "reason": f"{NAME} called",
            "notice": f"{NAME} says so",
        }
        assert (
            201
            == made.post(
                f"{AT}/drag/corrections", {**fact, **grounds, "citations": [cited("a2")]}
            ).status_code
        )
        dispute = {"by": NAME, "grounds": f"{NAME} was not dragged"}
        assert 201 == made.post(f"{AT}/drag/disputes", dispute).status_code
        notice: dict[str, Json] = {"type": "correction", "summary": f"{NAME} is spelled so", "scope": "all"}
        notice |= {"published": "2021-05-09T10:00:00Z", "citation": cited("n1")}
        assert 201 == made.post("/v1/sources/release/notices", notice).status_code
        retraction = {"cause": "source-error", "reason": f"{NAME} asked", "notice": f"{NAME} asked for it"}
        assert 201 == made.post(f"{AT}/drag/retractions", retraction).status_code
        yield made


def _captured(client: Client, text: str) -> str:
    answer = client.post(
        "/v1/sources/release/snapshots", text.encode(), headers={"Content-Type": "text/plain"}
    )
    assert 201 == answer.status_code, answer.text
    return str(answer.json()["id"])


def _asked(digests: list[str]) -> Iterator[str]:
    """Every read and page, each at the present and at points of both axes before the redaction."""
    filled = {
        "incident": "stop",
        "fact": "drag",
        "source": "release",
        "sha256": digests[0].removeprefix("sha256:"),
    }
    filled |= {"level": "entries", "index:path": "000.p/4", "lineage": "1"}
    for route in (route for router in (*ROUTERS, *PAGES) for route in router.routes):
        assert isinstance(route, APIRoute)
        if "GET" not in (route.methods or ()) or route.path.startswith(_QUIET):
            continue
        path = re.sub(r"\{([^}]+)\}", lambda found: filled[found[1]], route.path)
        queries = _QUERIES.get(route.path, ("",))
        if route.path.endswith("/diff"):
            queries = (f"from={digests[0]}&to={digests[1]}",)
        if route.path.endswith("/at"):
            queries = ("position=6",)
        points = (
            ("",)
            if route.path.startswith(_NO_POINT)
            else ("", "known_at=6", "public_at=2999-01-01T00:00:00Z")
        )
        for query in queries:
            for point in points:
                yield f"{path}?{'&'.join(part for part in (query, point) if part)}"


def _said(client: Client, path: str) -> str:
    """What an answer says, in any spelling that a browser or a program would undo, its headers included."""
    answer = client.get(path)
    assert answer.status_code < 500, (path, answer.text)
    text = answer.text + "".join(answer.headers.values())
    return re.sub(r"<[^>]*>", "", html.unescape(unquote(text)))


def test_no_read_and_no_page_says_what_was_redacted(client: Client) -> None:
    store, blobs = client.app.state.reading.store, client.served.blobs
    digests = [one.at for one in whereabouts(NAME, store, blobs) if one.by == "snapshot"]
    client.get(f"/v1/incidents?at_least={client.head}")
    asked = list(_asked(digests))
    saying = [path for path in asked if NAME in _said(client, path)]
    assert len(saying) > len(asked) // 2, "the name was nearly everywhere before"

    _redact_all(client)

    client.get(f"/v1/incidents?at_least={client.head}")
    assert [] == [path for path in asked if "Zebedee" in _said(client, path).replace("q=Zebedee", "")]
    assert [] == list(whereabouts(NAME, store, blobs))
    unsearched = client.served.unsearched
    assert () == search_for(unsearched, client.served.path, store).leftovers


def _redact_all(client: Client) -> None:
    found = list(whereabouts(NAME, client.app.state.reading.store, client.served.blobs))
    basis = {"legal_basis": "Art. 17 GDPR", "authority": "the desk", "reason": "a court ordered it"}
    for stream in dict.fromkeys(one.stream for one in found):
        sort, _, ident = stream.partition("/")
        here = [one for one in found if one.stream == stream]
        body: dict[str, Json] = {
            sort: ident,
            "facts": fact_targets(dict.fromkeys(f"{one.fact}:{one.at}" for one in here if one.by == "fact")),
            "events": event_targets(f"{one.version}:{one.at}" for one in here if one.by == "event"),
            "snapshots": [one.at for one in here if one.by == "snapshot"],
        }
        answer = client.post("/v1/redactions", {**body, **basis})
        assert 201 == answer.status_code, answer.text
