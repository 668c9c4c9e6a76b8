"""The golden bytes: how an act of every event type was stored when its schema version was new.

Each file holds one line of the log as ledger-format §8 has it. A file is added when a schema version or a member is added,
and never edited: what it holds may stand in somebody's ledger. `python -m tests.golden_files` writes those that are missing and
leaves all others as they are.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from ledger.codec import encode
from ledger.strict_json import canonical
from tests.examples_events import EVERY, stamp_of
from tests.fakes import CountingBytes
from tests.project_files import ROOT

if TYPE_CHECKING:
    from ledger.codec import Encoded

__all__ = ["FOLDER", "Golden", "encoded_example", "golden", "line_of", "topics", "write_missing"]

FOLDER = ROOT / "fixtures" / "golden"


class Golden(NamedTuple):
    """The stored form of one example."""

    position: int
    event: bytes
    disclosures: bytes


def topics() -> list[str]:
    """The `type@schema`, and the member that was added, of every golden file."""
    return sorted(path.stem for path in FOLDER.glob("*.ndjson"))


def golden(topic: str) -> Golden:
    """What a golden file holds. Raises FileNotFoundError where there is none."""
    line = json.loads((FOLDER / f"{topic}.ndjson").read_bytes())
    return Golden(line["position"], line["event"].encode(), "\n".join(line["disclosures"]).encode())


def encoded_example(topic: str) -> Encoded:
    """The example as it is encoded today, with salts that are the same in every run."""
    _, act = EVERY[topic]
    return encode(act, stamp_of(topic), CountingBytes(topic))


def line_of(position: int, encoded: Encoded) -> bytes:
    """The log line of an encoded event (ledger-format §8), its newline included."""
    disclosures = encoded.disclosures.decode().split("\n") if encoded.disclosures else []
    return (
        canonical({"position": position, "event": encoded.event.decode(), "disclosures": disclosures}) + b"\n"
    )


def write_missing() -> list[str]:
    """Write the golden files that are missing, and give their topics. A file that is there is left alone."""
    added = []
    for position, topic in enumerate(EVERY, start=1):
        path = FOLDER / f"{topic}.ndjson"
        if not path.exists():
            path.write_bytes(line_of(position, encoded_example(topic)))
            added.append(topic)
    return added


if __name__ == "__main__":
    write_missing()
