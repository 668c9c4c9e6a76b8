"""The OpenAPI document says what the server does: its operations, its examples as they are sent, and its page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import jsonschema_rs
import orjson
import pytest
import schemathesis
from fastapi.routing import APIRoute

from api.app import create_app
from api.http.problems import STATUS
from api.http.roles import Role
from api.openapi.examples import EXAMPLES
from api.routes import ROUTERS
from ledger.commands import COMMANDS
from ledger.settings import Settings
from tests.api.http.client import Client
from tests.api.http.story import operations, story

if TYPE_CHECKING:
    from pathlib import Path

    from ledger.values import Json

OPERATIONS = {
    "open-incident": "POST /v1/incidents",
    "amend-incident": "POST /v1/incidents/{incident}/amendments",
    "report-fact": "POST /v1/incidents/{incident}/facts",
    "attest-fact": "POST /v1/incidents/{incident}/facts/{fact}/attestations",
    "withdraw-attestation": "POST /v1/incidents/{incident}/facts/{fact}/attestations/{attestation}/withdrawal",
    "correct-fact": "POST /v1/incidents/{incident}/facts/{fact}/corrections",
    "amend-fact": "POST /v1/incidents/{incident}/facts/{fact}/amendments",
    "retract-fact": "POST /v1/incidents/{incident}/facts/{fact}/retractions",
    "reinstate-fact": "POST /v1/incidents/{incident}/facts/{fact}/reinstatements",
    "dispute-fact": "POST /v1/incidents/{incident}/facts/{fact}/disputes",
    "resolve-dispute": "POST /v1/incidents/{incident}/facts/{fact}/disputes/{dispute}/resolution",
    "register-source": "POST /v1/sources",
    "amend-source": "POST /v1/sources/{source}/amendments",
    "capture-snapshot": "POST /v1/sources/{source}/snapshots",
    "record-notice": "POST /v1/sources/{source}/notices",
    "declare-lineage": "POST /v1/sources/{source}/lineage",
    "revoke-lineage": "POST /v1/sources/{source}/lineage/{lineage}/revocation",
    "redact": "POST /v1/redactions",
    "register-kind": "POST /v1/kinds",
    "batch": "POST /v1/batch",
    "list-incidents": "GET /v1/incidents",
    "list-facts": "GET /v1/facts",
    "list-corrections": "GET /v1/corrections",
    "read-worklist": "GET /v1/worklist",
    "read-incident": "GET /v1/incidents/{incident}",
    "read-timeline": "GET /v1/incidents/{incident}/timeline",
    "read-conflicts": "GET /v1/incidents/{incident}/conflicts",
    "read-first-known": "GET /v1/incidents/{incident}/first-known",
    "read-audit": "GET /v1/incidents/{incident}/audit",
    "read-changes": "GET /v1/incidents/{incident}/changes",
    "replay-incident": "GET /v1/incidents/{incident}/replay",
    "read-events": "GET /v1/incidents/{incident}/events",
    "read-fact": "GET /v1/incidents/{incident}/facts/{fact}",
    "read-lineage": "GET /v1/incidents/{incident}/facts/{fact}/lineage",
    "prove-fact": "GET /v1/incidents/{incident}/facts/{fact}/proof",
    "list-sources": "GET /v1/sources",
    "read-source": "GET /v1/sources/{source}",
    "read-source-facts": "GET /v1/sources/{source}/facts",
    "read-snapshot": "GET /v1/sources/{source}/snapshots/{sha256}",
    "list-kinds": "GET /v1/kinds",
    "follow-events": "GET /v1/events",
    "read-checkpoint": "GET /v1/log/checkpoint",
    "list-entries": "GET /v1/log/entries",
    "prove-inclusion": "GET /v1/log/proof/inclusion",
    "prove-consistency": "GET /v1/log/proof/consistency",
    "read-tile": "GET /v1/log/tile/{level}/{index}",
    "live": "GET /livez",
    "ready": "GET /readyz",
    "version": "GET /version",
    "metrics": "GET /metrics",
    "read-document": "GET /openapi.json",
    "read-reference": "GET /docs/api",
    "read-swagger-ui": "GET /docs/swagger",
}
"""What clients are generated from. An operation id that others rely on is kept."""


@pytest.fixture(scope="module", name="document")
def given_document(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Json]:
    return create_app(Settings(path=tmp_path_factory.mktemp("document") / "ledger")).openapi()


def test_the_operation_ids_stay_as_they_are(document: dict[str, Json]) -> None:
    found = {op: f"{method} {path}" for op, (method, path, _) in operations(document).items()}

    assert OPERATIONS == found


def test_the_document_is_openapi_3_1(document: dict[str, Json]) -> None:
    assert "3.1.0" == document["openapi"]
    schemathesis.openapi.from_dict(document).validate()


def test_every_schema_is_a_json_schema(document: dict[str, Json]) -> None:
    for schema in document["components"]["schemas"].values():
        jsonschema_rs.meta.validate(schema)


def test_every_reference_leads_somewhere(document: dict[str, Json]) -> None:
    text = orjson.dumps(document).decode()

    for reference in set(re.findall(r'"\$ref":"#/([^"]+)"', text)):
        at: Json = document
        for part in reference.split("/"):
            assert part in at, reference
            at = at[part]


def test_every_component_is_referred_to(document: dict[str, Json]) -> None:
    text = orjson.dumps(document).decode()
    unused = [
        f"{kind}/{name}"
        for kind in ("schemas", "responses", "headers")
        for name in document["components"][kind]
        if f'"#/components/{kind}/{name}"' not in text
    ]

    assert [] == unused


def test_every_route_is_in_the_document_or_left_out_on_purpose(document: dict[str, Json]) -> None:
    routed = {
        (method, route.path.replace(":path}", "}"))
        for router in ROUTERS
        for route in router.routes
        if isinstance(route, APIRoute) and route.include_in_schema
        for method in route.methods or ()
    }

    assert {(method, path) for method, path, _ in operations(document).values()} == routed


def test_every_operation_says_who_may_what_it_is_for_and_what_can_go_wrong(document: dict[str, Json]) -> None:
    words = {role.word for role in Role}
    for op, (method, path, operation) in operations(document).items():
        assert operation["x-role"] in words, op
        assert operation["summary"]
        assert operation["tags"]
        assert {"400", "401", "403", "429", "500", "503"} <= set(operation["responses"]), op
        assert ("{" not in path) or ("404" in operation["responses"])
        assert (method == "POST") == ("requestBody" in operation), op


def test_every_status_that_an_error_of_the_ledger_has_is_one_that_writes_have(
    document: dict[str, Json],
) -> None:
    for op in COMMANDS:
        assert {str(status) for status in STATUS.values()} <= set(operations(document)[op][2]["responses"])


def test_every_problem_has_the_shape_of_problem_details(document: dict[str, Json]) -> None:
    for _, _, operation in operations(document).values():
        for status, answer in operation["responses"].items():
            if int(status) >= 400:
                named = document["components"]["responses"][answer["$ref"].rpartition("/")[2]]
                content = named["content"]["application/problem+json"]
                assert {"$ref": "#/components/schemas/Problem"} == content["schema"]


def test_the_examples_are_sent_one_after_another_and_each_succeeds(tmp_path: Path) -> None:
    with Client(tmp_path / "ledger") as client:
        document = client.get("/openapi.json").json()
        sent = story(document, iter(EXAMPLES))
        told = [client.request(one.method, one.url, content=one.content, headers=one.headers) for one in sent]

    assert set(OPERATIONS) == {one.op for one in sent}
    for one, answer in zip(sent, told, strict=True):
        expected = 201 if one.method == "POST" and one.op != "batch" else 200
        assert expected == answer.status_code, (one.op, answer.text)
        if one.op == "batch":
            assert all("receipt" in orjson.loads(line) for line in answer.content.splitlines())


def test_the_document_has_a_tag_and_is_not_sent_twice(tmp_path: Path) -> None:
    with Client(tmp_path / "ledger") as client:
        for path in ("/openapi.json", "/docs/api"):
            first = client.get(path)
            again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
            head = client.request("HEAD", path)

            assert (200, 304, 200) == (first.status_code, again.status_code, head.status_code)
            assert b"" == again.content == head.content


def test_the_page_needs_no_other_host_and_no_script(tmp_path: Path) -> None:
    with Client(tmp_path / "ledger") as client:
        answer = client.get("/docs/api")
    page = answer.text

    assert "text/html; charset=utf-8" == answer.headers["Content-Type"]
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    for element in ("<script", "<link", "<img", "<iframe", "style="):
        assert element not in page
    assert {"/openapi.json", "/docs/swagger"} == {
        link for link in re.findall(r'href="([^"]*)"', page) if not link.startswith("#")
    }
    links, anchors = set(re.findall(r'href="#([^"]+)"', page)), set(re.findall(r' id="([^"]+)"', page))
    assert links <= anchors
    assert set(OPERATIONS) <= anchors
