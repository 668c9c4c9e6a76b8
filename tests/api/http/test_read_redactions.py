"""A redaction reaches every answer at once, also those that were kept and those of past points (model §5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.api.http.client import Client
from tests.desk import cited

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

STOP = "/v1/incidents/stop"
NAME = "Jane Q. Roe"
PATHS = (
    STOP,
    f"{STOP}/timeline",
    f"{STOP}/audit",
    f"{STOP}/changes",
    f"{STOP}/first-known",
    f"{STOP}/conflicts",
    f"{STOP}/facts/drag",
    f"{STOP}/facts/drag/lineage",
    f"{STOP}/replay",
    f"{STOP}/events",
)


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    """2: incident, 3: source, 4: fact `drag`, which names somebody, 5: another that says otherwise."""
    with Client(tmp_path / "redactions.ledger") as made:
        made.begin()
        made.report(statement=f"{NAME} was dragged.")
        against = cited("a2", stance="denies", speaker={"id": "chief"})
        assert 201 == made.post(f"{STOP}/facts/drag/attestations", against).status_code
        yield made


@pytest.mark.parametrize("path", PATHS)
def test_what_was_redacted_is_in_no_answer(client: Client, path: str) -> None:
    points = (
        ["", "to=5"] if path.endswith("changes") else ["", "known_at=5", "public_at=2021-05-09T00:00:00Z"]
    )
    tags = {}
    for point in points:
        answer = client.get(f"{path}?{point}")
        assert NAME in answer.text, answer.text
        tags[point] = answer.headers["ETag"]
    body = {
        "incident": "stop",
        "facts": [{"fact": "drag", "paths": ["statement"]}],
        "legal_basis": "Art. 17 GDPR",
        "authority": "the desk",
        "reason": "a court ordered it",
    }
    assert 201 == client.post("/v1/redactions", body).status_code
    for point, tag in tags.items():
        answer = client.get(f"{path}?{point}", headers={"If-None-Match": tag})
        assert 200 == answer.status_code
        assert NAME not in answer.text
        assert tag != answer.headers["ETag"]
