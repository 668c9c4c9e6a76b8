"""A small ledger with everything that an export has to tell: corrections, a retraction, places, a redaction, formulas, two publications."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.desk import Desk, cited, fact

if TYPE_CHECKING:
    from pathlib import Path

    from ledger.values import Json

__all__ = ["EARLY", "SEALED", "desk_to_export"]

SEALED = "Jane Sealed"
"""The name that a redaction took."""

EARLY = "2021-05-08T12:00:00Z"
"""When the release was public, and the article was not."""


def _published(day: str) -> dict[str, Json]:
    return {"edtf": day, "zone": "America/Chicago"}


def desk_to_export(path: Path) -> Desk:
    """Two incidents. In `stop`: `drag` corrected by a later source, `gone` retracted, `person` redacted. In `second`: `hit`."""
    made = Desk(path)
    made.act({"op": "open-incident", "id": "stop", "title": "=HYPERLINK(1)", "zone": "America/Chicago"})
    for source, day in (("release", "2021-05-07"), ("article", "2021-05-20")):
        made.act(
            {
                "op": "register-source",
                "id": source,
                "kind": "release" if source == "release" else "article",
                "title": f"A {source}, with a comma",
                "publisher": "-Police",
                "url": f"https://news.example/{source}",
                "published": _published(day),
            }
        )
    quote = {"type": "TextQuoteSelector", "exact": "about 15 feet"}
    scene = {
        "id": "scene",
        "as_stated": "the 1400 block",
        "lon": "-92.320",
        "lat": "34.7400",
        "uncertainty_m": 150,
    }
    made.act(
        fact(
            occurred="2021-05-08",
            places=[{**scene, "role": "scene"}, {"id": "end", "as_stated": "down the road"}],
            quantities=[{"id": "distance", "as_stated": "about 15 feet", "value": "15", "unit": "[ft_i]"}],
            citations=[cited(snapshot=made.capture(), selector=[quote], speaker={"capacity": "@spokesman"})],
        )
    )
    made.act(fact("gone"))
    person = {"id": "p1", "role": "injured", "name": SEALED}
    made.act(fact("person", kind="injury", statement=f"{SEALED} was hurt.", participants=[person]))
    made.clock.advance()
    made.act(
        {
            "op": "correct-fact",
            "incident": "stop",
            "fact": "drag",
            "class": "wrong-number",
            "cause": "new-information",
            "reason": "The article measured it.",
            "notice": "An earlier version said 15 feet.",
            "kind": "drag",
            "statement": "The officer was dragged 20 feet.",
            "occurred": "2021-05-08",
            "places": [{**scene, "role": "scene"}],
            "citations": [{"id": "b1", "source": "article"}],
        }
    )
    made.act(
        {
            "op": "retract-fact",
            "incident": "stop",
            "fact": "gone",
            "cause": "source-error",
            "reason": "It was not so.",
        }
    )
    made.redact(facts=[{"fact": "person", "paths": ["statement", "participants/p1/name"]}])
    made.act({"op": "open-incident", "id": "second", "title": "Another", "zone": "America/Chicago"})
    made.act({**fact("hit"), "incident": "second", "citations": [{"id": "c1", "source": "article"}]})
    return made
