"""The proof of a fact over HTTP: checked by the stand-alone verifier, with the values that are asked for, at the point asked about."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.api.http.client import AT, Client
from tests.desk import cited
from tests.transparency.fact_proofs import checked

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PROOF = f"{AT}/drag/proof"
STATEMENT = "The officer was dragged about 15 feet."


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    """2: incident, 3: source, 4: fact `drag`, 5: another passage of it."""
    with Client(tmp_path / "proofs.ledger") as made:
        made.begin()
        made.report()
        against = cited("a2", stance="denies", speaker={"id": "chief"})
        assert 201 == made.post(f"{AT}/drag/attestations", against).status_code
        yield made


def _key(client: Client) -> str:
    return str(client.app.state.reading.transparency.keys.known()[-1])


def _types(body: bytes) -> list[str]:
    return [json.loads(act["event"])["type"] for act in json.loads(body)["acts"]]


def test_a_proof_is_good_and_covers_what_was_recorded_just_now(client: Client, tmp_path: Path) -> None:
    answer = client.get(PROOF)

    assert 200 == answer.status_code, answer.text
    assert "private, no-cache" == answer.headers["Cache-Control"]
    assert ["SourceRegistered", "FactReported", "FactAttested"] == _types(answer.content)
    found = checked(answer.content, _key(client), tmp_path)
    assert (0, "") == (found.code, found.err)
    assert f'    statement: "{STATEMENT}"' in found.out.splitlines()


def test_paths_and_version_choose_what_is_shown(client: Client, tmp_path: Path) -> None:
    answer = client.get(f"{PROOF}?paths=title&version=2")

    assert ["SourceRegistered", "FactReported"] == _types(answer.content)
    assert STATEMENT not in answer.text
    assert "Release of the police" in answer.text
    assert 0 == checked(answer.content, _key(client), tmp_path).code


def test_a_proof_is_of_the_acts_at_the_point_asked_about(client: Client) -> None:
    assert ["SourceRegistered", "FactReported"] == _types(client.get(f"{PROOF}?known_at=4").content)
    early = client.get(f"{PROOF}?known_at=3")
    assert (404, "not-yet-known") == (early.status_code, early.json()["code"])
    before = client.get(f"{PROOF}?public_at=2001-01-01T00:00:00Z")
    assert (404, "not-yet-known") == (before.status_code, before.json()["code"])


def test_what_was_redacted_is_in_no_proof_and_the_redaction_is(client: Client, tmp_path: Path) -> None:
    assert STATEMENT in client.get(PROOF).text
    body = {
        "incident": "stop",
        "facts": [{"fact": "drag", "paths": ["statement"]}],
        "legal_basis": "Art. 17 GDPR",
        "authority": "the desk",
        "reason": "a court ordered it",
    }
    assert 201 == client.post("/v1/redactions", body).status_code

    for point in ("", "?known_at=4"):
        answer = client.get(PROOF + point)
        assert STATEMENT not in answer.text
        assert "Redacted" == _types(answer.content)[-1]
        found = checked(answer.content, _key(client), tmp_path)
        assert "statement: erased by the redaction at position 6 (Art. 17 GDPR; the desk)" in found.out


@pytest.mark.parametrize(
    ("asked", "status", "code"),
    [
        (f"{AT}/nothing/proof", 404, "not-found"),
        ("/v1/incidents/nothing/facts/drag/proof", 404, "not-found"),
        (f"{PROOF}?version=9", 400, "invalid"),
        (f"{PROOF}?version=x", 400, "invalid"),
        (f"{PROOF}?paths=nothing", 400, "invalid"),
        (f"{PROOF}?path=statement", 400, "invalid"),
    ],
)
def test_what_cannot_be_proved_is_refused(client: Client, asked: str, status: int, code: str) -> None:
    answer = client.get(asked)

    assert status == answer.status_code, answer.text
    assert code in answer.json()["code"]
