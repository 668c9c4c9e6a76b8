"""Citations that no act may carry, whichever act it is: one table for the specifications of every command that cites."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ledger.decisions import Draft
from ledger.errors import InvalidError, UnknownError
from ledger.events import Redacted
from tests.ledger.dragging import EXTRACTION, OTHER_DIGEST, SNAPSHOT, UNKNOWN_ID

if TYPE_CHECKING:
    from ledger.values import Json

__all__ = ["BAD_CITATIONS", "PINNED", "REDACTED_SNAPSHOT"]

PINNED: dict[str, Json] = {"id": "x9", "source": "release", "snapshot": SNAPSHOT, "extraction": EXTRACTION}

REDACTED_SNAPSHOT = Draft(
    stream="source/release",
    act=Redacted(snapshots=(SNAPSHOT,), legal_basis="court order", authority="a court", reason="sealed"),
)

BAD_CITATIONS = [
    pytest.param(
        {"id": "x9", "source": UNKNOWN_ID},
        UnknownError,
        "/source",
        "register it first",
        id="unknown source",
    ),
    pytest.param({**PINNED, "source": "No Id"}, InvalidError, "/source", "an id has", id="malformed source"),
    pytest.param({**PINNED, "id": "No Id"}, InvalidError, "/id", "an id has", id="malformed id"),
    pytest.param(
        {**PINNED, "snapshot": OTHER_DIGEST},
        UnknownError,
        "/snapshot",
        "is not among the captures of its source; capture it from source release first",
        id="unknown snapshot",
    ),
    pytest.param(
        {**PINNED, "source": "article"},
        UnknownError,
        "/snapshot",
        "is not among the captures of its source; capture it from source article first",
        id="snapshot of another source",
    ),
    pytest.param(
        {**PINNED, "snapshot": "sha256:a"},
        InvalidError,
        "/snapshot",
        "64 lower-case",
        id="malformed snapshot",
    ),
    pytest.param(
        {**PINNED, "extraction": OTHER_DIGEST},
        UnknownError,
        "/extraction",
        "extraction",
        id="unknown extraction",
    ),
    pytest.param(
        {"id": "x9", "source": "release", "extraction": EXTRACTION},
        InvalidError,
        "/extraction",
        "needs the snapshot",
        id="extraction without its snapshot",
    ),
    pytest.param(
        {"id": "x9", "source": "article", "relays": UNKNOWN_ID},
        UnknownError,
        "/relays",
        "register the relayed source",
        id="unknown relayed source",
    ),
    pytest.param(
        {"id": "x9", "source": "article", "relays": "article"},
        InvalidError,
        "/relays",
        "does not relay itself",
        id="source that relays itself",
    ),
    pytest.param(
        {"id": "x9", "source": "article", "speaker": {"speech_act": "stated"}},
        InvalidError,
        "/speaker",
        "a speaker has",
        id="speaker of whom nothing is said",
    ),
    pytest.param(
        {"id": "x9", "source": "article", "published": "never"},
        InvalidError,
        "/published",
        "only a source",
        id="passage published never",
    ),
]
"""Each: a citation, the error, the member named below the citation, and part of the sentence."""
