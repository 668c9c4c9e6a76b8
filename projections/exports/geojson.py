"""Where it was reported to have happened: a GeoJSON feature for each place of a fact (RFC 7946).

A position is [longitude, latitude], WGS 84, with the digits that were recorded. A place that is only words is a feature without a
geometry (§3.2), so that nothing is left out silently; how far off a point may be stands in `uncertainty_m`, in metres.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec

from projections.exports.told import cell, name_of, quoted_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ledger.place import Place
    from ledger.values import Json
    from projections.axes import Axes
    from projections.exports.told import Told
    from projections.fact_fold import FactView

__all__ = ["BETWEEN", "END", "begin", "features"]

BETWEEN, END = b",\n", b"\n]}\n"
"""What stands between two features, and what ends the collection."""

_ENCODER = msgspec.json.Encoder()


def begin(axes: Axes) -> bytes:
    """How the collection begins; at which point it stands is a foreign member (§6.1)."""
    public = {} if axes.public is None else {"public_at": axes.public.isoformat()}
    members = _ENCODER.encode({"type": "FeatureCollection", "position": axes.known, **public})
    return members[:-1] + b',"features":[\n'


def features(told: Told) -> Iterator[bytes]:
    """The features of one incident, each as JSON."""
    for fact in told.view.facts:
        for place in fact.content.places:
            yield _ENCODER.encode(
                {
                    "type": "Feature",
                    "id": f"{told.incident}/{fact.fact}/{place.id}",
                    "geometry": _geometry(place),
                    "properties": _properties(told, fact, place),
                }
            )


def _geometry(place: Place) -> Json:
    if place.lon is None or place.lat is None:
        return None
    return {"type": "Point", "coordinates": [_number(place.lon), _number(place.lat)]}


def _number(text: str) -> msgspec.Raw:
    """A decimal string as a number of JSON, digit by digit: no float comes between."""
    return msgspec.Raw(f"{Decimal(text):f}".encode())


def _properties(told: Told, fact: FactView, place: Place) -> dict[str, Json]:
    content = fact.content
    when = content.occurred
    said: dict[str, Json] = {
        "incident": told.incident,
        "incident_title": cell(told.view.title),
        "fact": fact.fact,
        "kind": content.kind,
        "statement": cell(content.statement),
        "place": place.id,
        "place_as_stated": place.as_stated or (None if place.absent is None else f"[{place.absent}]"),
        "place_role": place.role,
        "precision": place.precision,
        "uncertainty_m": place.uncertainty_m,
        "occurred_as_stated": None if when is None else when.as_stated,
        "occurred_earliest": None if when is None else when.earliest,
        "occurred_latest": None if when is None else when.latest,
        "status": fact.status,
        "decided": list(fact.decided),
        "origins": fact.origins,
        "citations": [
            {
                "id": one.attestation.id,
                "source": one.attestation.source,
                "title": name_of(told.sources.get(one.attestation.source)),
                "stance": one.attestation.stance,
                "quote": quoted_words(one.attestation),
            }
            for one in fact.attestations
        ],
    }
    return {name: value for name, value in said.items() if value is not None}
