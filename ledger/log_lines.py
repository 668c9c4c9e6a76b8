"""The log as text: one line of JSON an event, its stored bytes inside as they lie there (ledger-format §8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from ledger.codec import FORMAT
from ledger.errors import IntegrityError
from ledger.strict_json import canonical

if TYPE_CHECKING:
    from ledger.stores.contract import Row
    from ledger.values import Json

__all__ = ["WITHHELD", "log_line"]

WITHHELD = canonical({"disclosures": "withheld", "format": FORMAT}) + b"\n"
"""The first line of a copy without disclosures: values that are not disclosed in it are withheld, and not missing."""


def log_line(row: Row, *, disclosures: bool = True) -> bytes:
    """The line of a stored event, its newline included; without `disclosures` its values are left out.

    Raises IntegrityError where the stored bytes are no text: then no line can hold them.
    """
    try:
        line: dict[str, Json] = {"position": row.position, "event": row.event.decode()}
        if disclosures:
            lines = row.disclosures.decode()
            line["disclosures"] = lines.split("\n") if lines else []
    except UnicodeDecodeError as error:
        raise IntegrityError("the stored bytes are not UTF-8", where=f"position {row.position}") from error
    # Not `canonical`: damaged bytes may hold what is outside the profile, and are shown as they lie there.
    return orjson.dumps(line, option=orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE)
