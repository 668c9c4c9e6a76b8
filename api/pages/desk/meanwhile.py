"""A form that was opened before somebody else acted: what was left alone in it is as it is now, and what both changed is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.pages.stops import ACTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from api.pages.desk.fields import Group
    from ledger.values import Json

__all__ = ["acts_since", "brought_up", "values_of"]

_LONGEST = 200


def values_of(groups: Iterable[Group]) -> dict[str, str]:
    """What the fields of a form say."""
    return {field.name: field.value for group in groups for field in group.fields}


def brought_up(
    said: Mapping[str, str], begun: Mapping[str, str], now: Mapping[str, str]
) -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    """What a form that was sent says, with what stands now in each field that was left as it began; and by field what both changed."""
    made = dict(said)
    both: dict[str, tuple[str, ...]] = {}
    for name in {**begun, **now}:
        before, typed, stands = begun.get(name, ""), said.get(name, ""), now.get(name, "")
        if before == stands:
            continue
        if typed == before:
            made[name] = stands
        elif typed != stands:
            words = stands if len(stands) <= _LONGEST else f"{stands[:_LONGEST]}…"
            said_now = f"it says now “{words}”" if stands else "nothing stands there now"
            both[name] = (f"changed since this form was opened: {said_now}; what you typed is kept here",)
    return made, both


def acts_since(acts: Iterable[Mapping[str, Json]]) -> str:
    """The acts that came between, in a sentence."""
    told = "; ".join(
        f"{ACTS.get(str(act.get('type')), str(act.get('type')))} at position {act.get('position')}"
        for act in acts
    )
    return (
        f"Since this form was opened, {f'the fact was acted upon: {told}' if told else 'another changed the same'}. "
        "What you did not touch shows it as it stands now: look at it again, and send the form anew."
    )
