"""Entries of a ledger made from opened acts, through the real codec: what a projection would read after every redaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from ledger.codec import Stamp, decode, encode
from ledger.disclosure import erase
from ledger.events import ACTS, FactAct, Redacted
from tests.fakes import CountingBytes

if TYPE_CHECKING:
    from ledger.events import Act, Recorded

__all__ = ["recorded"]


def recorded(acts: list[dict[str, Any]]) -> list[Recorded[Act]]:
    """The acts as entries, encoded, redacted as the redactions among them say, and decoded."""
    random = CountingBytes()
    typed = [msgspec.convert(act["body"], ACTS[act["type"], 1]) for act in acts]
    encoded = [
        encode(
            body,
            Stamp(
                event_id=f"e{act['position']}",
                request=f"r{act['position']}",
                stream=act["stream"],
                version=act["version"],
                recorded_at=act["recorded_at"],
                actor=act.get("actor", "desk"),
                answers=act.get("answers"),
            ),
            random,
        )
        for act, body in zip(acts, typed, strict=True)
    ]
    lines = [one.disclosures for one in encoded]
    for act, body in zip(acts, typed, strict=True):
        if not isinstance(body, Redacted):
            continue
        for index, (other, target) in enumerate(zip(acts, typed, strict=True)):
            if other["stream"] != act["stream"] or other["position"] > act["position"]:
                continue
            paths = [path for one in body.events if one.version == other["version"] for path in one.paths]
            if isinstance(target, FactAct):
                paths += [path for one in body.facts if one.fact == target.fact for path in one.paths]
            lines[index] = erase(lines[index], paths)
    return [
        decode(one.event, left, position=act["position"])
        for act, one, left in zip(acts, encoded, lines, strict=True)
    ]
