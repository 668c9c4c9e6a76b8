"""Stored rows read at a position, and the same told by the fold: what the tests of stored views compare."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from projections.axes import Axes
from projections.extents import DERIVED, span_of
from projections.incident_view import incident_view
from projections.tables import FACTS, METADATA
from projections.tight_bounds import dated, tight_bounds
from projections.words import words_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ledger.events import Act, Recorded
    from projections.runs import Rows

__all__ = ["folded_at", "stored_at"]


def _standing(rows: Rows, table: str, known: int) -> list[dict[str, Any]]:
    names = [column.name for column in METADATA.tables[table].columns]
    if table == "texts":
        names.remove("id")
    named = [dict(zip(names, row, strict=True)) for row in rows[table]]
    return [row for row in named if row["known_from"] <= known < row["known_to"]]


def stored_at(rows: Rows, known: int) -> dict[str, dict[str, Any]]:
    """By fact, everything that the rows say of it at a position."""
    found: dict[str, dict[str, Any]] = {}
    aside = {"fact", "known_from", "known_to", "said", "incident"}
    by_number: dict[int, dict[str, Any]] = {}
    for row in _standing(rows, FACTS.name, known):
        said = {name: value for name, value in row.items() if name not in aside}
        by_number[row["fact"]] = found[row["id"]] = said
        assert row["incident"] == rows["incidents"][0][0]
        said.update(roles=set(), places={}, citations={}, words=None)
    for row in _standing(rows, "roles", known):
        by_number[row["fact"]]["roles"].add(row["role"])
    for row in _standing(rows, "places", known):
        by_number[row["fact"]]["places"][row["place"]] = (row["lon"], row["lat"], row["uncertainty_m"])
    for row in _standing(rows, "citations", known):
        cited = (row["source"], row["version"], row["stance"], row["why"], row["relays"])
        by_number[row["fact"]]["citations"][row["attestation"]] = cited
    for row in _standing(rows, "texts", known):
        if row["fact"] == row["incident"]:
            assert (rows["incidents"][0][0], "") == (row["fact"], row["others"])
            continue
        assert by_number[row["fact"]]["words"] is None
        by_number[row["fact"]]["words"] = (row["statement"], row["others"])
    return found


def folded_at(events: Sequence[Recorded[Act]], incident: str, known: int) -> dict[str, dict[str, Any]]:
    """By fact, what the fold says of it at a position, in the shape of stored_at."""
    view = incident_view(events, incident, Axes(known=known))
    found: dict[str, dict[str, Any]] = {}
    times = tight_bounds(dated(fact) for fact in (() if view is None else view.facts))
    for fact in () if view is None else view.facts:
        content = fact.content
        slug, _, version = content.kind.partition("@")
        earliest, latest, span = span_of(times[fact.fact].interval)
        found[fact.fact] = {
            "id": fact.fact,
            "version": fact.version,
            "kind": slug,
            "kind_version": int(version),
            "status": fact.status,
            "retracted": int("retracted" in fact.decided),
            "redacted": int("redacted" in fact.decided),
            "origins": fact.origins,
            "earliest_us": earliest,
            "latest_us": latest,
            "span": span,
            "derived": sum(DERIVED[name] for name in times[fact.fact].derived),
            "roles": {one.role for one in content.participants},
            "places": {
                one.id: (one.lon, one.lat, one.uncertainty_m) for one in content.places if one.lon is not None
            },
            "citations": {
                one.attestation.id: (
                    one.attestation.source,
                    one.version,
                    one.attestation.stance,
                    one.why,
                    one.attestation.relays,
                )
                for one in fact.attestations
            },
            "words": words_of(content),
        }
    return found
