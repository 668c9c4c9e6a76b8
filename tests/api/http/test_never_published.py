"""What only a source said that was never published stands in no answer that counts what was public, whoever else told the same fact."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.api.http.client import Client

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ledger.values import Json

PUBLIC = "public_at=2021-06-01T00:00:00Z"
SECRET = "PROTECTED"


def quoting(ident: str, words: str, **members: Json) -> dict[str, Json]:
    return {
        "id": ident,
        "source": "interview",
        "selector": {"type": "TextQuoteSelector", "exact": f"{SECRET} {words}"},
        **members,
    }


def upon(op: str, fact: str, **members: Json) -> dict[str, Json]:
    return {"op": op, "incident": "square", "fact": fact, **members}


ACTS: list[dict[str, Json]] = [
    {
        "op": "register-source",
        "id": "paper",
        "kind": "article",
        "title": "A paper",
        "published": "2021-03-15",
    },
    {"op": "register-source", "id": "radio", "kind": "audio", "title": "A radio", "published": "2021-03-16"},
    {
        "op": "register-source",
        "id": "interview",
        "kind": "interview",
        "title": "Interview 7",
        "published": "never",
    },
    {"op": "open-incident", "id": "square", "title": "At the square", "zone": "Asia/Yangon"},
    {
        "op": "report-fact",
        "incident": "square",
        "id": "death",
        "kind": "death",
        "statement": "A man died.",
        "citations": [
            {"id": "paper-1", "source": "paper"},
            quoting(
                "secret-1",
                "I saw him die",
                speaker={"id": "witness-7", "name": f"{SECRET} name"},
                as_stated={"statement": f"{SECRET} brother died."},
            ),
        ],
    },
    upon(
        "correct-fact",
        "death",
        kind="death",
        statement=f"A man called {SECRET} died.",
        **{"class": "wrong-person"},
        cause="new-information",
        reason=f"The {SECRET} witness named him.",
        citations=[quoting("secret-2", "his name")],
    ),
    upon(
        "correct-fact",
        "death",
        kind="death",
        statement="A young man died.",
        **{"class": "other"},
        cause="new-information",
        reason="The radio said so.",
        citations=[{"id": "radio-1", "source": "radio"}, quoting("secret-3", "he was young")],
    ),
    upon(
        "dispute-fact",
        "death",
        by="A reader",
        grounds="It was another.",
        citations=[{"source": "radio"}, quoting("secret-4", "it was he")],
    ),
    {
        "op": "report-fact",
        "incident": "square",
        "id": "secret-order",
        "kind": "allegation",
        "statement": f"{SECRET} gave the order.",
        "citations": [quoting("secret-5", "the order")],
    },
    upon("dispute-fact", "secret-order", by=f"{SECRET} army", grounds=f"{SECRET} denial"),
    {
        "op": "amend-incident",
        "incident": "square",
        "title": "At the old square",
        "reason": "So it is called.",
        "citations": [quoting("secret-6", "the old square")],
    },
]
AT = "/v1/incidents/square"
READS = (
    "/v1/incidents?",
    "/v1/facts?",
    "/v1/facts?source=interview&",
    f"{AT}?",
    *(
        f"{AT}/{what}?"
        for what in ("timeline", "audit", "changes", "conflicts", "first-known", "replay", "events")
    ),
    f"{AT}/changes?axis=public&to=2021-06-01T00:00:00Z#",
    *(f"{AT}/facts/death{what}?" for what in ("", "/lineage", "/proof")),
    "/v1/sources/interview/facts?",
    "/v1/sources/radio/facts?",
    "/v1/corrections?",
)
PAGES = (
    "/?",
    "/incidents/square?",
    "/incidents/square/audit?",
    "/incidents/square/changes?",
    "/incidents/square/facts/death?",
    "/search?source=interview&",
    "/corrections?",
)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("never") / "test.ledger"


@pytest.fixture(scope="module")
def client(path: Path) -> Iterator[Client]:
    with Client(path) as made:
        assert all("receipt" in line for line in made.batch(*ACTS))
        yield made


@pytest.mark.parametrize("read", [*READS, *PAGES])
def test_no_read_and_no_page_tells_it_to_who_asks_what_was_public(client: Client, read: str) -> None:
    headers = {"Accept": "application/json" if read.startswith("/v1/") else "text/html"}
    asked = f"{read}{PUBLIC}&at_least={client.head}"
    if read.endswith("#"):
        asked = read[:-1]
    answer = client.get(asked, headers=headers)

    assert 200 == answer.status_code, answer.text
    assert SECRET not in answer.text
    assert "secret-order" not in answer.text


@pytest.mark.parametrize("read", [f"{AT}/audit", f"{AT}/replay", f"{AT}/events", f"{AT}/facts/death/proof"])
def test_who_asks_for_all_that_is_known_is_told_it(client: Client, read: str) -> None:
    assert SECRET in client.get(read, headers={"Accept": "application/json"}).text
