"""The server keeps what its OpenAPI document promises: no fault of ours, no status, header or body that the document does not have."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from schemathesis import GenerationMode

from api.openapi.examples import EXAMPLES
from tests.api.http.contract import Contract

if TYPE_CHECKING:
    from collections.abc import Iterator

FEW = 8
MANY = int(os.environ.get("TRIALS", "100")) // 2
TEXT_ONLY = ("batch", "capture-snapshot")
"""Their bodies are no JSON, so that JSON Schema refuses none of them."""

ENDLESS = "follow-events"
"""Its answer ends only where the question says so, so that no generated question can be asked; tests/api/feed asks it."""

ASKABLE = [op for op in EXAMPLES if op != ENDLESS]

NOTHING_SAID = ("live", "ready", "version", "metrics", "read-document", "read-reference", "read-swagger-ui")
"""Neither path nor query says anything to them, so that nothing can be said wrongly."""

REFUSABLE = [op for op in ASKABLE if op not in (*TEXT_ONLY, *NOTHING_SAID)]


@pytest.fixture(scope="module", name="contract")
def given_contract(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Contract]:
    with Contract(tmp_path_factory.mktemp("contract")) as contract:
        yield contract


@pytest.mark.parametrize("op", ASKABLE)
def test_what_the_document_allows_is_answered_as_it_says(contract: Contract, op: str) -> None:
    contract.hold(op, GenerationMode.POSITIVE, FEW)


@pytest.mark.parametrize("op", REFUSABLE)
def test_what_the_document_does_not_allow_is_refused_as_it_says(contract: Contract, op: str) -> None:
    contract.hold(op, GenerationMode.NEGATIVE, FEW)


@pytest.mark.long
@pytest.mark.parametrize("op", ASKABLE)
def test_many_requests_that_the_document_allows_are_answered_as_it_says(contract: Contract, op: str) -> None:
    contract.hold(op, GenerationMode.POSITIVE, MANY)


@pytest.mark.long
@pytest.mark.parametrize("op", REFUSABLE)
def test_many_requests_that_the_document_does_not_allow_are_refused_as_it_says(
    contract: Contract, op: str
) -> None:
    contract.hold(op, GenerationMode.NEGATIVE, MANY)
