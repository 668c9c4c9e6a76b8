"""Facts made for the timeline: what a view would hold, of which only times, relations and passages matter."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from ledger.citation import Attestation
from ledger.fact import AsStated, Content
from ledger.when import Relation, When
from projections.fact_fold import AttestationView, FactView

if TYPE_CHECKING:
    from typing import Literal

__all__ = ["Ends", "day", "fact", "hour", "passage", "related"]


class Ends(TypedDict, total=False):
    """The bounds of a fact's own."""

    earliest: str
    latest: str


def hour(at: int) -> str:
    """An hour of 8 May 2021 and, beyond 23, of the days after, as stored in Little Rock."""
    return f"2021-05-{8 + at // 24:02}T{at % 24:02}:00:00-05:00"


def related(*relations: str) -> tuple[Relation, ...]:
    """Relations from words such as `after dispatch`."""
    pairs = [words.split() for words in relations]
    return tuple(Relation(rel=rel, fact=other) for rel, other in pairs)  # type: ignore[arg-type]  # the tests write one of the four


def when(*relations: str, earliest: str | None = None, latest: str | None = None) -> When | None:
    """A time from bounds and relations; None where there are none of either."""
    if earliest is None and latest is None and not relations:
        return None
    if earliest is None and latest is None:
        return When(relations=related(*relations))
    return When(earliest=earliest or "unknown", latest=latest or "unknown", relations=related(*relations))


def day() -> Ends:
    """The bounds of 8 May 2021."""
    return Ends(earliest=hour(0), latest=hour(24))


def passage(
    ident: str, *relations: str, counts: bool = True, stance: Literal["supports", "mentions"] = "supports"
) -> AttestationView:
    """A passage that says how the fact lies to others."""
    attestation = Attestation(
        id=ident, source="station", stance=stance, as_stated=AsStated(occurred=when(*relations))
    )
    why: Literal["counted", "withdrawn"] = "counted" if counts else "withdrawn"
    return AttestationView(attestation=attestation, counts=counts, why=why, pinned=False, version=1)


def fact(
    ident: str,
    *relations: str,
    earliest: str | None = None,
    latest: str | None = None,
    passages: tuple[AttestationView, ...] = (),
    retracted: bool = False,
    approximate: bool = False,
) -> FactView:
    """A fact with its own bounds, its relations as the record has them, and what passages say of it."""
    occurred = when(*relations, earliest=earliest, latest=latest)
    if approximate and occurred is not None:
        occurred = When(earliest=occurred.earliest, latest=occurred.latest, approximate=True)
    return FactView(
        fact=ident,
        version=1,
        content=Content(kind="flight@1", statement="As reported.", occurred=occurred),
        status="reported",
        decided=("retracted",) if retracted else (),
        origins=1,
        attestations=passages,
        first_version=1,
    )
