"""One record of a data set as it stood at a point of both axes: what the data set itself says, by its own passages (model §3, §5).

An incident may have facts of the desk's and of other data sets beside them; a fact belongs to a data set by a passage of its source. Where
the desk corrected such a fact, the data set still says what it said, so that its own newest passage that was not withdrawn is what counts.
What was retracted, by whom ever, is not there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ledger.datasets.cell import name_as_written
from ledger.events import FactAct
from projections.axes import citations_of
from projections.fact_fold import FactFold

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ledger.events import Act, Recorded
    from ledger.fact import AsStated, Content
    from ledger.values import Json
    from projections.axes import Axes
    from projections.source_view import SourceAt

__all__ = ["RecordAt", "acts_by_fact", "record_at", "sources_telling"]


class RecordAt(msgspec.Struct, frozen=True, kw_only=True):
    """A record: its id in the data set, and the values of each field, as written where that is kept beside the value that counts.

    `unnamed`: fields whose name was redacted.
    """

    id: str
    fields: dict[str, list[Json]]
    unnamed: int = 0


def acts_by_fact(events: Iterable[Recorded[Act]], known: int) -> dict[str, list[Recorded[FactAct]]]:
    """The acts upon each fact of one incident's stream up to a position, in order."""
    acts: dict[str, list[Recorded[FactAct]]] = {}
    for event in events:
        if event.position <= known and isinstance(event.body, FactAct):
            acts.setdefault(event.body.fact, []).append(event)  # type: ignore[arg-type]  # narrowed by its body
    return acts


def sources_telling(acts: Iterable[Sequence[Recorded[FactAct]]]) -> set[str]:
    """The sources whose publication decides what is out: those cited otherwise than with the stance `mentions`."""
    found: set[str] = set()
    for of_fact in acts:
        for event in of_fact:
            new, plain = citations_of(event.body)
            found.update(one.source for one in new if one.stance != "mentions")
            found.update(one.source for one in plain)
    return found


def record_at(
    acts: Mapping[str, Sequence[Recorded[FactAct]]],
    sources: Mapping[str, SourceAt],
    axes: Axes,
    *,
    dataset: str,
    source: str,
) -> RecordAt | None:
    """The record that an incident was; None where the data set did not list it, or not yet, or no longer."""
    ident: str | None = None
    fields: dict[str, list[Json]] = {}
    unnamed = 0
    for of_fact in acts.values():
        kind = _slug(of_fact)
        if kind not in ("record", "attribute"):
            continue
        said = _said(FactFold(of_fact, sources, axes), source)
        if said is None:
            continue
        if kind == "record":
            if said.details.get("dataset") == dataset and isinstance(found := said.details.get("id"), str):
                ident = found
        elif isinstance(name := said.details.get("name"), str):
            words = said.details.get("as_stated")
            field = fields.setdefault(name_as_written(name), [])
            field.append(words if isinstance(words, str) else said.details.get("value"))
        else:
            unnamed += 1
    return None if ident is None else RecordAt(id=ident, fields=fields, unnamed=unnamed)


def _slug(acts: Sequence[Recorded[FactAct]]) -> str:
    """The kind that a fact was reported with."""
    content: Content | None = getattr(acts[0].body, "content", None)
    return "" if content is None else content.slug


def _said(fold: FactFold, source: str) -> Content | AsStated | None:
    """What the data set states of a fact that stands; None where it states nothing of it."""
    if fold.content is None or fold.retracted:
        return None
    newest = None
    for passage, why in fold.listed():
        attestation = passage.attestation
        if attestation.source == source and attestation.stance == "supports" and why != "withdrawn":
            newest = passage
    if newest is None:
        return None
    # An amendment rewords the content that the passage brought, and the passage goes with it.
    return fold.content if newest.base is not None and newest.base == fold.base else newest.stated
