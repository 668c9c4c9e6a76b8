"""What a ledger came without, as the verifier reads it from the file `withheld` beside it (ledger-format §7)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Withheld", "read_withheld"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Withheld:
    """Whether disclosures or snapshots were left out when the ledger was copied. What is there is checked all the same."""

    disclosures: bool = False
    snapshots: bool = False


def read_withheld(path: Path) -> Withheld:
    """What the file says; nothing where there is none, or where it cannot be read: then what is not there is missing."""
    try:
        said = json.loads(path.read_bytes())
        return Withheld(disclosures=said["disclosures"] is True, snapshots=said["snapshots"] is True)
    except (OSError, ValueError, KeyError, TypeError):
        return Withheld()
