"""Every write of the table, once: what it answers, where that is found, and that a dry run leaves nothing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec
import pytest

from api.routes import facts, incidents, kinds, redactions, snapshots, sources
from ledger.commands import COMMANDS
from ledger.verify import verify_file
from tests.api.http.client import AT, FACT, INCIDENT, Client, without_op
from tests.api.http.test_problems import check_shape
from tests.desk import AGENCY, cited

if TYPE_CHECKING:
    from pathlib import Path

    from ledger.values import Json

SOURCE = "/v1/sources/release"
FACT_AT = f"{AT}/drag"
ACTS: list[tuple[str, str, dict[str, Json], str, str]] = [
    ("open-incident", "/v1/incidents", INCIDENT, "stop", "/v1/incidents/stop"),
    ("register-source", "/v1/sources", without_op(AGENCY), "release", SOURCE),
    (
        "register-source",
        "/v1/sources",
        {"id": "wire", "kind": "article", "title": "Wire"},
        "wire",
        "/v1/sources/wire",
    ),
    (
        "amend-incident",
        "/v1/incidents/stop/amendments",
        {"title": "Traffic stop, 8 May", "reason": "the day"},
        "stop",
        "/v1/incidents/stop",
    ),
    (
        "amend-source",
        f"{SOURCE}/amendments",
        {"publisher": "The police", "reason": "left out"},
        "release",
        SOURCE,
    ),
    ("report-fact", AT, FACT, "drag", FACT_AT),
    (
        "report-fact",
        AT,
        {**FACT, "id": "drag2", "statement": "He was dragged.", "citations": [cited("b1")]},
        "drag2",
        f"{AT}/drag2",
    ),
    ("attest-fact", f"{FACT_AT}/attestations", {"id": "a2", "source": "wire"}, "a2", FACT_AT),
    (
        "attest-fact",
        f"{FACT_AT}/attestations",
        {"attestation": {"id": "a3", "source": "wire", "speaker": {"id": "chief"}}},
        "a3",
        FACT_AT,
    ),
    (
        "withdraw-attestation",
        f"{FACT_AT}/attestations/a2/withdrawal",
        {"cause": "our-misreading", "reason": "misread"},
        "a2",
        FACT_AT,
    ),
    (
        "correct-fact",
        f"{FACT_AT}/corrections",
        {
            "kind": "drag",
            "statement": "The oficer was dragged about 20 feet.",
            "class": "wrong-number",
            "cause": "our-typo",
            "reason": "the release says 20",
            "citations": [cited("a4", speaker={"id": "chief"})],
        },
        "drag",
        FACT_AT,
    ),
    (
        "amend-fact",
        f"{FACT_AT}/amendments",
        {"set": {"statement": "The officer was dragged about 20 feet."}, "reason": "spelling"},
        "drag",
        FACT_AT,
    ),
    ("dispute-fact", f"{FACT_AT}/disputes", {"by": "agency", "grounds": "it was less"}, "1", FACT_AT),
    (
        "resolve-dispute",
        f"{FACT_AT}/disputes/1/resolution",
        {"outcome": "rejected", "reason": "the video shows it"},
        "1",
        FACT_AT,
    ),
    (
        "retract-fact",
        f"{FACT_AT}/retractions",
        {"cause": "duplicate", "reason": "reported twice", "in_favour_of": "drag2"},
        "drag",
        FACT_AT,
    ),
    (
        "reinstate-fact",
        f"{FACT_AT}/reinstatements",
        {"cause": "our-misreading", "reason": "it was not"},
        "drag",
        FACT_AT,
    ),
    (
        "record-notice",
        f"{SOURCE}/notices",
        {
            "type": "correction",
            "summary": "20 feet, not 15",
            "scope": "all",
            "published": "2021-05-07",
            "citation": cited("n1"),
        },
        "1",
        SOURCE,
    ),
    (
        "declare-lineage",
        "/v1/sources/wire/lineage",
        {"relation": "rewrites", "to": "release"},
        "1",
        "/v1/sources/wire",
    ),
    (
        "revoke-lineage",
        "/v1/sources/wire/lineage/1/revocation",
        {"reason": "it has its own reporter"},
        "1",
        "/v1/sources/wire",
    ),
    (
        "redact",
        "/v1/redactions",
        {
            "incident": "stop",
            "facts": [{"fact": "drag2", "paths": ["statement"]}],
            "legal_basis": "Art. 17 GDPR",
            "authority": "the desk",
            "reason": "a court ordered it",
        },
        "stop",
        "/v1/incidents/stop",
    ),
    (
        "redact",
        "/v1/redactions",
        {
            "source": "wire",
            "events": [{"version": 1, "paths": ["title"]}],
            "legal_basis": "Art. 17 GDPR",
            "authority": "the desk",
            "reason": "a court ordered it",
        },
        "wire",
        "/v1/sources/wire",
    ),
    (
        "register-kind",
        "/v1/kinds",
        {
            "slug": "tram",
            "version": 1,
            "label": "Tram",
            "definition": "A tram ran.",
            "schema": {"type": "object", "additionalProperties": False},
        },
        "tram@1",
        "/v1/kinds",
    ),
]


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, dict[str, Json]]]:
    """Each act tried and then recorded: its op, and what was answered."""
    path = tmp_path_factory.mktemp("writes") / "ledger"
    found: list[tuple[str, dict[str, Json]]] = []
    with Client(path) as client:
        for op, at, body, ident, location in ACTS:
            before = client.head
            tried = client.post(f"{at}?dry_run=true", body)
            assert 200 == tried.status_code, (op, tried.text)
            assert before == client.head
            done = client.post(at, body)
            assert 201 == done.status_code, (op, done.text)
            told = done.json()
            assert (ident, location) == (told["id"], done.headers["location"])
            assert f'"{told["version"]}"' == done.headers["etag"]
            assert {"id", "stream", "version", "position", "recorded_at"} == set(told)
            assert client.head == told["position"]
            expected = {
                "id": told["id"],
                "stream": told["stream"],
                "version": told["version"],
                "dry_run": True,
            }
            assert expected == {**tried.json(), "version": told["version"]}
            found.append((op, told))
    assert "OK" == verify_file(path).verdict
    return found


def test_every_write_is_answered_with_what_it_recorded(recorded: list[tuple[str, dict[str, Json]]]) -> None:
    assert [op for op, *_ in ACTS] == [op for op, _ in recorded]
    assert list(range(2, 2 + len(ACTS))) == [told["position"] for _, told in recorded]


def test_every_command_has_one_path_and_every_act_of_the_table_was_tried() -> None:
    writes = [
        write for noun in (incidents, facts, sources, snapshots, redactions, kinds) for write in noun.WRITES
    ]

    assert sorted(COMMANDS) == sorted(write.op for write in writes)
    assert sorted(COMMANDS) == sorted({op for op, *_ in ACTS} | {"capture-snapshot"})
    assert len(writes) == len({write.path for write in writes})


def test_names_in_paths_are_members_of_their_commands() -> None:
    writes = [
        write for noun in (incidents, facts, sources, snapshots, redactions, kinds) for write in noun.WRITES
    ]
    for write in writes:
        members = {field.name for field in msgspec.structs.fields(COMMANDS[write.op])}
        assert set(write.names) <= members
        assert set(re.findall(r"\{(\w+)\}", write.location)) <= {*write.names, "id", "stream", "sha256"}


def test_an_act_that_stands_already_is_200_and_says_where(tmp_path: Path) -> None:
    with Client(tmp_path / "ledger") as client:
        client.begin()
        again = client.post(
            "/v1/sources/release/amendments", {"title": AGENCY["title"], "reason": "no change"}
        )
        text = b"The officer was dragged."
        plain = {"Content-Type": "text/plain"}
        first = client.post("/v1/sources/release/snapshots", text, headers=plain)
        second = client.post("/v1/sources/release/snapshots", text, headers=plain)

    assert again.status_code in {200, 422}
    assert (201, 200) == (first.status_code, second.status_code)
    assert second.json()["quiet"]
    assert "position" not in second.json()
    assert first.headers["location"] == second.headers["location"]
    assert first.json()["extraction"] == second.json()["extraction"]


@pytest.mark.parametrize("value", ["yes", "TRUE", "", "1&dry_run=0"])
def test_a_dry_run_is_asked_for_plainly_or_not_at_all(tmp_path: Path, value: str) -> None:
    with Client(tmp_path / "ledger") as client:
        found = client.post(f"/v1/incidents?dry_run={value}", INCIDENT)

        check_shape(found, 400, "invalid-parameter")
        assert 0 == client.head


def test_an_id_that_is_left_out_is_made_and_told(tmp_path: Path) -> None:
    with Client(tmp_path / "ledger") as client:
        found = client.post("/v1/incidents", {"title": "Traffic stop", "zone": "UTC"})

    assert f"/v1/incidents/{found.json()['id']}" == found.headers["location"]


def test_the_content_is_the_same_as_by_the_command_line(tmp_path: Path) -> None:
    """One reader for both: what a path and a body say is what a line says."""
    with Client(tmp_path / "a") as client:
        client.begin()
        client.report()
        by_path = client.served.history.stream("incident/stop")[-1].body
    with Client(tmp_path / "b") as client:
        client.begin()
        client.batch({"op": "report-fact", "incident": "stop", **FACT})
        by_line = client.served.history.stream("incident/stop")[-1].body

    assert by_path == by_line
