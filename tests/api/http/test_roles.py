"""Every route says which role it needs, and is held to it: walked through the OpenAPI document, role by role."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from fastapi import APIRouter

from api.http.roles import ROLE_OF, ROLES, GuardedRoute, Role, check_guarded, needs
from api.keys_at import keys_of
from api.routes import ROUTERS
from ledger.commands import COMMANDS
from ledger.settings import Settings
from tests.api.http.client import FACT, INCIDENT, Client, without_op
from tests.api.http.test_problems import check_shape
from tests.desk import AGENCY
from tests.fakes import CountingBytes, FrozenClock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ledger.values import Json

NAMES = {"sha256": "0" * 64, "lineage": "1", "dispute": "1", "code": "stale", "attestation": "a1"}
REPORTERS = {
    "open-incident",
    "register-source",
    "capture-snapshot",
    "report-fact",
    "attest-fact",
    "record-notice",
    "dispute-fact",
}
EDITORS = {
    "amend-source",
    "declare-lineage",
    "revoke-lineage",
    "amend-incident",
    "withdraw-attestation",
    "correct-fact",
    "amend-fact",
    "retract-fact",
    "reinstate-fact",
    "resolve-dispute",
}
ADMINS = {"redact", "register-kind"}


class Desk:
    """A server with a key of each role."""

    def __init__(self, path: Path, **settings: Any) -> None:
        random = CountingBytes("keys")
        self.path = path
        self.keys = {
            role: keys_of(path).add(role, role, actor=f"the-{role}", clock=FrozenClock(), random=random)  # type: ignore[arg-type]  # each is a role
            for role in ROLES
        }
        self.client = Client(path, **settings)

    def headers(self, role: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.keys[role][1]}"} if role in self.keys else {}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    made = Desk(tmp_path_factory.mktemp("roles") / "ledger")
    with made.client:
        admin = made.headers("admin")
        assert 201 == made.client.post("/v1/incidents", INCIDENT, headers=admin).status_code
        assert 201 == made.client.post("/v1/sources", without_op(AGENCY), headers=admin).status_code
        yield made


def _operations(client: Client) -> list[tuple[str, str, dict[str, Json]]]:
    document = client.app.openapi()
    return [
        (method.upper(), path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


def _path(template: str) -> str:
    filled = re.sub(r"\{(\w+)(?::path)?\}", lambda found: NAMES.get(found[1], "nothing"), template)
    # The feed does not end by itself.
    return f"{filled}?until=0" if filled == "/v1/events" else filled


def test_each_command_needs_the_role_that_the_design_gives_it() -> None:
    by_role = {
        role: {op for op, needed in ROLE_OF.items() if needed is role}
        for role in (Role.REPORTER, Role.EDITOR, Role.ADMIN)
    }

    assert {Role.REPORTER: REPORTERS, Role.EDITOR: EDITORS, Role.ADMIN: ADMINS} == by_role
    assert set(COMMANDS) == set(ROLE_OF)


def test_every_operation_of_the_document_says_its_role_and_how_a_key_is_shown(desk: Desk) -> None:
    operations = _operations(desk.client)

    assert len(operations) > len(ROLE_OF)
    for method, path, operation in operations:
        role = operation.get("x-role")
        assert role in {one.word for one in Role}, f"{method} {path} says no role"
        assert ([] if role == "anyone" else [{"accessKey": []}]) == operation["security"]
        if method == "POST" and operation["operationId"] in ROLE_OF:
            assert ROLE_OF[operation["operationId"]].word == role
        if method == "GET" and path.startswith("/v1/"):
            assert "reader" == role, path
    assert "http" == desk.client.app.openapi()["components"]["securitySchemes"]["accessKey"]["type"]


def test_every_route_is_guarded_whether_the_document_has_it_or_not() -> None:
    check_guarded(ROUTERS)
    unguarded = APIRouter()
    unguarded.add_api_route("/x", lambda: None)

    with pytest.raises(TypeError, match="/x is no GuardedRoute"):
        check_guarded([unguarded])


def test_a_route_that_says_no_role_needs_the_highest() -> None:
    silent = GuardedRoute("/x", lambda: None)

    assert (Role.ADMIN, False) == (silent.role, silent.is_public)


@pytest.mark.parametrize("who", ["nobody", *ROLES])
def test_the_matrix_of_roles_and_routes(desk: Desk, who: str) -> None:
    has = Role.ANYONE if who == "nobody" else Role[who.upper()]
    for method, template, operation in _operations(desk.client):
        needed = Role[operation["x-role"].upper()]
        found = desk.client.request(method, _path(template), headers=desk.headers(who))
        said = f"{who}: {method} {template} answered {found.status_code}"
        if has >= needed:
            # Not more is asked than whether it came past the guard; with an empty body a write is then 415.
            assert found.status_code not in (401, 403), said
        elif who == "nobody":
            check_shape(found, 401, "key-needed")
            assert "Bearer" in found.headers["www-authenticate"]
        else:
            told = check_shape(found, 403, "role-needed")
            assert needed.word in str(told["detail"]), said


def test_head_needs_what_get_needs(desk: Desk) -> None:
    for method, template, operation in _operations(desk.client):
        if method == "GET" and operation["x-role"] == "reader":
            assert 401 == desk.client.request("HEAD", _path(template)).status_code, template


def test_an_act_carries_the_actor_and_the_key_and_nothing_of_the_name(desk: Desk) -> None:
    body = {**FACT, "id": "by-reporter"}
    answer = desk.client.post("/v1/incidents/stop/facts", body, headers=desk.headers("reporter"))

    assert 201 == answer.status_code
    event = desk.client.served.history.stream("incident/stop")[-1]
    key = desk.keys["reporter"][0]
    assert ("the-reporter", key.id) == (event.actor, event.key)


@pytest.mark.parametrize("query", ["", "?atomic=true", "?dry_run=true"])
def test_a_line_of_a_batch_needs_the_role_of_its_command(desk: Desk, query: str) -> None:
    lines: tuple[Json, ...] = (
        {"op": "open-incident", "id": f"i{len(query)}", "title": "t", "zone": "UTC"},
        {
            "op": "amend-incident",
            "incident": "stop",
            "title": "Traffic stop on Main",
            "reason": "so it is called",
        },
        {
            "op": "redact",
            "incident": "stop",
            "facts": [{"fact": "drag", "paths": ["statement"]}],
            "legal_basis": "law",
            "authority": "court",
            "reason": "so it is",
        },
    )
    before = desk.client.head
    found = desk.client.batch(*lines, query=query, headers=desk.headers("reporter"))

    codes = [one.get("problem", {}).get("code") for one in found]
    assert ["role-needed", "role-needed"] == codes[1:]
    assert ("rule" if query == "?atomic=true" else None) == codes[0]
    assert (1 if query == "" else 0) == desk.client.head - before


def test_public_read_opens_reads_and_nothing_else(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "ledger", public_read=True)
    with desk.client as client:
        for method, template, operation in _operations(client):
            found = client.request(method, _path(template))
            is_open = operation["x-role"] == "anyone" or bool(operation.get("x-public-read"))
            assert is_open == (found.status_code not in (401, 403)), template
        assert 401 == client.get("/metrics").status_code
        assert 404 == client.get("/v1/incidents/stop").status_code


def test_a_method_that_is_not_known_is_405_to_everybody(desk: Desk) -> None:
    check_shape(desk.client.request("PATCH", "/v1/incidents"), 405, "method-not-allowed")


def test_origins_that_are_set_may_ask_with_a_key_and_read_every_answer(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "ledger", cors_origins=("https://desk.example",))
    origin = {"Origin": "https://desk.example"}
    asking = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    with desk.client as client:
        before = client.request("OPTIONS", "/v1/incidents", headers=origin | asking)
        made = client.post("/v1/incidents", INCIDENT, headers=origin | desk.headers("reporter"))
        refused = client.post("/v1/incidents", INCIDENT, headers=origin)
        foreign = client.request("OPTIONS", "/v1/incidents", headers={"Origin": "https://x.example"} | asking)

    assert 200 == before.status_code
    assert "authorization" in before.headers["access-control-allow-headers"].lower()
    for answer, status in ((made, 201), (refused, 401)):
        assert status == answer.status_code
        assert "https://desk.example" == answer.headers["access-control-allow-origin"]
        assert "ETag" in answer.headers["access-control-expose-headers"]
    assert (403, "forbidden") == (foreign.status_code, orjson.loads(foreign.content)["code"])
    assert "access-control-allow-origin" not in foreign.headers


def test_needs_says_what_the_document_shows() -> None:
    assert {"x-role": "anyone", "security": []} == needs(Role.ANYONE)
    assert needs(Role.READER)["x-public-read"]
    assert not needs(Role.READER, public=False)["x-public-read"]
    assert "x-public-read" not in needs(Role.ADMIN)
    assert Settings().public_read is False
