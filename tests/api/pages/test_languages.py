"""Words of sources in their language, and what is told of a protected witness beside them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.api.http.client import Client

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ledger.values import Json

QUOTE = "قُتل ١٢ شخصًا"
AT = "/incidents/square/facts/death"


def cited(ident: str, source: str, **members: Json) -> dict[str, Json]:
    return {"id": ident, "source": source, **members}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    path: Path = tmp_path_factory.mktemp("languages") / "test.ledger"
    quoting = {"selector": {"type": "TextQuoteSelector", "exact": QUOTE}}
    with Client(path) as made:
        captured = made.batch(
            {"op": "register-source", "id": "agency", "kind": "article", "title": "شهادة", "language": "ar"}
            | {"published": "2021-03-15"},
            {"op": "register-source", "id": "witness", "kind": "interview", "title": "Witness 7"}
            | {"published": "never"},
            {"op": "capture-snapshot", "source": "agency", "media_type": "text/plain", "text": f"{QUOTE}."},
        )
        snapshot = captured[-1]["receipt"]["id"]
        speaker = {"id": "witness-7", "name": "Daw Khin"}
        answers = made.batch(
            {"op": "open-incident", "id": "square", "title": "At the square", "zone": "Asia/Yangon"},
            {"op": "report-fact", "incident": "square", "id": "death", "kind": "death"}
            | {"statement": "People died."}
            | {
                "citations": [
                    cited("a1", "agency", snapshot=snapshot, **quoting),
                    cited(
                        "a2",
                        "agency",
                        language="fr",
                        selector={"type": "TextQuoteSelector", "exact": "Douze morts"},
                    ),
                    cited("a3", "witness", speaker=speaker),
                ]
            },
            {
                "op": "redact",
                "incident": "square",
                "legal_basis": "Consent withdrawn",
                "authority": "The desk",
            }
            | {"reason": "She asked.", "facts": [{"fact": "death", "paths": ["attestations/a3/speaker"]}]},
        )
        assert all("receipt" in line for line in (*captured, *answers))
        yield made


def page(client: Client, path: str) -> str:
    answer = client.get(path, headers={"Accept": "text/html"})
    assert 200 == answer.status_code
    return answer.text


@pytest.mark.parametrize("path", ["/incidents/square", AT])
def test_quoted_words_are_marked_with_their_language_or_that_of_their_source(
    client: Client, path: str
) -> None:
    found = dict(
        re.findall(r'<blockquote dir="auto" lang="([^"]+)">([^<]+)</blockquote>', page(client, path))
    )

    assert {"ar": QUOTE, "fr": "Douze morts"} == found


def test_the_captured_text_is_marked_with_the_language_of_its_source(client: Client) -> None:
    assert 'id="snapshot" dir="auto" lang="ar"' in page(client, "/sources/agency")


@pytest.mark.parametrize("path", ["/incidents/square", AT])
def test_a_speaker_who_was_removed_leaves_a_tombstone_and_a_passage_that_was_never_published_says_so(
    client: Client, path: str
) -> None:
    told = page(client, path)

    assert "speaker: <bdi>removed by law, or not disclosed</bdi>" in told
    assert "a speaker who is not named" not in told
    assert '<span class="published">never published</span>' in told
