"""The reads of sources: their accounts, what was taken from them, and the captured bytes, which are never given out changed."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import pytest

from ledger.address import folder_of
from tests.api.http.client import Client, without_op
from tests.api.http.problems import problem
from tests.desk import AGENCY, TEXT, cited

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx2

RELEASE = "/v1/sources/release"
DIGEST = hashlib.sha256(TEXT.encode()).hexdigest()
BYTES = f"{RELEASE}/snapshots/{DIGEST}"
BASIS = {"legal_basis": "Art. 17 GDPR", "authority": "the desk", "reason": "a court ordered it"}
NOTICE = {
    "type": "correction",
    "summary": "It was 20 feet.",
    "scope": "all",
    "published": {"edtf": "2021-05-10"},
    "citation": {"id": "n1", "source": "release"},
}


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    """2: incident, 3: source, 4: its snapshot, 5: fact `drag` with a quotation, 6: source `wire`, 7: copies `release`."""
    with Client(tmp_path / "sources.ledger") as made:
        made.begin()
        capture(made)
        quote = {"type": "TextQuoteSelector", "exact": "about 15 feet"}
        made.report(citations=[cited(snapshot=f"sha256:{DIGEST}", selector=[quote])])
        made.post("/v1/sources", {"id": "wire", "kind": "article", "title": "Wire"})
        lineage = {"relation": "copies", "to": "release"}
        assert 201 == made.post("/v1/sources/wire/lineage", lineage).status_code
        yield made


def capture(client: Client, text: str = TEXT, source: str = "release") -> None:
    headers = {"Content-Type": "text/plain"}
    answer = client.request("POST", f"/v1/sources/{source}/snapshots", content=text.encode(), headers=headers)
    assert 201 == answer.status_code, answer.text


def read(client: Client, path: str, **members: Any) -> httpx2.Response:
    answer = client.get(path, **members)
    assert 200 == answer.status_code, answer.text
    return answer


def redact_snapshot(client: Client, source: str = "release") -> None:
    body = {"source": source, "snapshots": [f"sha256:{DIGEST}"], **BASIS}
    answer = client.post("/v1/redactions", body)
    assert 201 == answer.status_code, answer.text


def test_a_source_with_its_captures_and_who_copied_it(client: Client) -> None:
    told = read(client, RELEASE).json()
    assert ("release", "Release of the police", 7) == (
        told["source"],
        told["description"]["title"],
        told["position"],
    )
    assert [f"sha256:{DIGEST}"] == [one["act"]["snapshot"] for one in told["captures"]]
    assert ["wire"] == [one["source"] for one in told["copied_by"]]
    assert ["release"] == [one["to"] for one in read(client, "/v1/sources/wire").json()["copied_from"]]


def test_a_source_at_a_past_point(client: Client) -> None:
    told = read(client, f"{RELEASE}?known_at=3").json()
    assert ([], [], 3) == (told["captures"], told["copied_by"], told["position"])
    assert "not-yet-known" == problem(client.get("/v1/sources/wire?known_at=5"), 404)["code"]
    assert "not-found" == problem(client.get("/v1/sources/nobody"), 404)["code"]


def test_a_notice_is_told_once_it_was_public(client: Client) -> None:
    assert 201 == client.post(f"{RELEASE}/notices", NOTICE).status_code
    assert 1 == len(read(client, RELEASE).json()["notices"])
    assert [] == read(client, f"{RELEASE}?public_at=2021-05-09T00:00:00Z").json()["notices"]
    assert 1 == len(read(client, f"{RELEASE}?public_at=2021-05-12T00:00:00Z").json()["notices"])


@pytest.mark.parametrize("path", [RELEASE, "/v1/sources", BYTES])
def test_a_source_is_not_sent_twice_and_knows_head(client: Client, path: str) -> None:
    answer = read(client, path)
    head = client.request("HEAD", path)
    assert (200, b"", answer.headers["ETag"]) == (head.status_code, head.content, head.headers["ETag"])
    assert str(len(answer.content)) == head.headers["Content-Length"]
    again = client.get(path, headers={"If-None-Match": answer.headers["ETag"]})
    assert (304, b"") == (again.status_code, again.content)


def test_the_list_of_sources_comes_in_pages_that_stand_still(client: Client) -> None:
    first = read(client, "/v1/sources?limit=1")
    assert ["release"] == [one["source"] for one in first.json()["rows"]]
    link = first.headers["Link"]
    client.post("/v1/sources", {"id": "late", "kind": "article", "title": "Late"})
    second = read(client, link[1 : link.index(">")])
    assert ["wire"] == [one["source"] for one in second.json()["rows"]]
    assert ("7", False) == (second.headers["Ledger-Position"], "next" in second.json())
    names = [one["source"] for one in read(client, "/v1/sources").json()["rows"]]
    assert ["release", "wire", "late"] == names
    cursor = first.json()["next"]
    assert "cursor" == problem(client.get(f"/v1/sources?cursor={cursor}x"), 400)["errors"][0]["parameter"]
    assert ["release"] == [one["source"] for one in read(client, "/v1/sources?known_at=5").json()["rows"]]


def test_what_was_taken_from_a_source(client: Client) -> None:
    rows = read(client, f"{RELEASE}/facts?at_least=7").json()["rows"]
    assert [("stop", "drag", "a1", "reported")] == [
        (one["incident"], one["fact"], one["attestation"], one["status"]) for one in rows
    ]
    assert [] == read(client, f"{RELEASE}/facts?known_at=4").json()["rows"]
    assert "not-found" == problem(client.get("/v1/sources/nobody/facts"), 404)["code"]
    assert "not-yet-known" == problem(client.get("/v1/sources/wire/facts?known_at=5"), 404)["code"]


def test_the_captured_bytes_come_as_they_were_and_harm_nobody(client: Client) -> None:
    for path in (BYTES, f"{RELEASE}/snapshots/sha256:{DIGEST}"):
        answer = read(client, path)
        assert TEXT.encode() == answer.content
        headers = answer.headers
        assert "text/plain" == headers["Content-Type"]
        assert f'attachment; filename="{DIGEST}.txt"' == headers["Content-Disposition"]
        assert headers["Content-Security-Policy"].startswith("sandbox")
        assert f'"{DIGEST[:32]}"' == headers["ETag"]
        assert ("7", str(len(TEXT.encode()))) == (headers["Ledger-Position"], headers["Content-Length"])


def test_a_snapshot_that_is_not_there_or_was_not_yet(client: Client) -> None:
    for path in (
        f"{RELEASE}/snapshots/{'0' * 64}",
        f"{RELEASE}/snapshots/none",
        f"/v1/sources/wire/snapshots/{DIGEST}",
    ):
        assert "not-found" == problem(client.get(path), 404)["code"]
    told = problem(client.get(f"{BYTES}?known_at=3"), 404)
    assert "not-yet-known" == told["code"]
    assert told["detail"].endswith("it was captured at 4")


def test_bytes_that_changed_on_disk_are_not_given_out(client: Client) -> None:
    blob = folder_of(client.served.path) / "blobs" / DIGEST[:2] / DIGEST
    blob.write_bytes(TEXT.replace("15", "51").encode())
    for method in ("GET", "HEAD"):
        answer = client.request(method, BYTES)
        assert 500 == answer.status_code
        assert b"51" not in answer.content
    assert "integrity" == problem(client.get(BYTES), 500)["code"]
    blob.unlink()
    assert "integrity" == problem(client.get(BYTES), 500)["code"]


def test_redacted_bytes_are_gone_at_every_point_and_leave_a_tombstone(client: Client) -> None:
    tag = read(client, BYTES).headers["ETag"]
    redact_snapshot(client)
    for path in (BYTES, f"{BYTES}?known_at=4"):
        told = problem(client.get(path, headers={"If-None-Match": tag}), 410)
        assert "redacted" == told["code"]
        [tombstone] = told["acts"]
        assert ("Redacted", 8, "Art. 17 GDPR", "the desk") == (
            tombstone["type"],
            tombstone["position"],
            tombstone["legal_basis"],
            tombstone["authority"],
        )
    for query in ("", "?known_at=4"):
        [taken] = read(client, f"{RELEASE}{query}").json()["captures"]
        assert 8 == taken["redacted_at"]


def test_the_same_bytes_of_another_source_are_redacted_too(client: Client) -> None:
    client.post("/v1/sources", {**without_op(AGENCY), "id": "copy"})
    capture(client, source="copy")
    path = f"/v1/sources/copy/snapshots/{DIGEST}"
    assert TEXT.encode() == read(client, path).content
    assert 1 == len(read(client, "/v1/sources/copy").json()["captures"])
    redact_snapshot(client)
    assert "redacted" == problem(client.get(path), 410)["code"]
    [taken] = read(client, "/v1/sources/copy").json()["captures"]
    assert 10 == taken["redacted_at"]
