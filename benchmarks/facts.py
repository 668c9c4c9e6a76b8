"""A realistic fact with its citation, about 900 bytes of JSON, with six committed values: what every measurement uses."""

from __future__ import annotations

import msgspec

from ledger.codec import Stamp
from ledger.events import FactReported

__all__ = ["FACT", "STAMP"]

_BODY = {
    "fact": "drag",
    "content": {
        "kind": "drag@1",
        "statement": "An officer was dragged by the car for about 15 feet before he could free himself from the door.",
        "occurred": {
            "edtf": "2021-05-08",
            "earliest": "2021-05-08T00:00:00-05:00",
            "latest": "2021-05-09T00:00:00-05:00",
            "zone": "America/Chicago",
        },
        "participants": [
            {
                "id": "officer",
                "role": "officer",
                "name": {"absent": "not-stated"},
                "as_described": "the officer on the passenger side",
            }
        ],
        "quantities": [
            {
                "id": "distance",
                "as_stated": "about 15 feet",
                "unit": "[ft_i]",
                "value": "15",
                "approximate": True,
            }
        ],
    },
    "attestations": [
        {
            "id": "station-1",
            "source": "station",
            "stance": "supports",
            "snapshot": "sha256:" + "5b" * 32,
            "extraction": "sha256:" + "5b" * 32,
            "selector": [
                {
                    "type": "TextQuoteSelector",
                    "exact": "the officer was dragged for about 15 feet before he freed himself",
                    "prefix": "Police said that ",
                },
                {"type": "TextPositionSelector", "start": 1812, "end": 1877},
            ],
        }
    ],
}

FACT: FactReported = msgspec.convert(_BODY, FactReported)
STAMP = Stamp(
    event_id="0179a1b2-0000-7000-8000-000000000001",
    request="0179a1b2-0000-7000-8000-000000000002",
    stream="incident/little-rock-2021-05-08",
    version=12,
    recorded_at="2021-05-08T18:00:00.000000Z",
    actor="desk",
)
