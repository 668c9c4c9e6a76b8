"""The problem that a read is answered with, its shape checked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.api.http.test_problems import check_shape

if TYPE_CHECKING:
    import httpx2

    from ledger.values import Json

__all__ = ["problem"]


def problem(answer: httpx2.Response, status: int) -> dict[str, Json]:
    """The body of a problem of a status, whatever its code: the test says that."""
    return check_shape(answer, status, answer.json()["code"])
