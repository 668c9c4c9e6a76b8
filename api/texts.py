"""The texts that were taken from snapshots, as views ask for them."""

from __future__ import annotations

from ledger.blobs import Blobs
from ledger.errors import InvalidError, UnknownError
from ledger.extracts import Extracts
from projections.anchoring import Texts

__all__ = ["texts_of"]


def texts_of(blobs: Blobs) -> Texts:
    """The texts of extractions, by digest; None of what was redacted, is not kept here, or is no text.

    What it gives raises IntegrityError where the bytes have changed on disk: no list can be made of those.
    """
    extracts = Extracts(blobs)

    def text(digest: str) -> str | None:
        try:
            return extracts.text(digest)
        except (UnknownError, InvalidError):
            return None

    return text
