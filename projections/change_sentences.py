"""Changes in plain sentences: when, what, from what to what, why and on whose words. Nothing here decides anything."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import msgspec

from ledger.values import Absent
from projections.act_account import Account
from projections.act_words import cause_of, clipped, through, word_of
from projections.change_sorts import Sort
from projections.change_words import (
    because,
    citing,
    day_in_words,
    listed,
    named,
    of_what,
    removed,
    said_at,
    text_of,
    value_of,
)
from projections.course import Frame
from projections.fact_fold import FactView

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ledger.values import Json

__all__ = ["Telling", "sentence"]

_MOST_VALUES = 4
_ORDERED = ("places", "participants", "quantities")


class Telling(msgspec.Struct, frozen=True, kw_only=True):
    """What a sentence is made of. `paths` are those changed, under the paths of the difference; `frames` where it is no fact's."""

    sort: Sort
    fact: str = ""
    before: FactView | None = None
    after: FactView | None = None
    frames: tuple[Frame | None, Frame] | None = None
    accounts: tuple[Account, ...]
    paths: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    at: dt.datetime | None
    zone: str | Absent
    axis: str
    backwards: bool


def sentence(told: Telling) -> str:
    """One plain sentence on a change."""
    said = _opening(told) + _clause(told)
    return said if said.endswith((".", '."')) else f"{said}."


def _opening(told: Telling) -> str:
    if told.at is None:
        return "Never certainly public: "
    if told.axis == "known":
        day = day_in_words(told.at, told.zone)
        return f"Not yet recorded before {day}: " if told.backwards else f"On {day} "
    day = day_in_words(told.at, told.zone, bound=True)
    by = "by" if day.startswith("the end") else "from"
    return f"Not yet certainly public before {day}: " if told.backwards else f"Public {by} {day}: "


def _clause(told: Telling) -> str:
    if told.frames is not None:
        return _of_frame(told, *told.frames)
    match told.sort:
        case "added":
            return _added(told)
        case "withdrawn":
            return f"'{told.fact}' is not there any more, since nothing that establishes it was public by then{through(told.accounts)}"
        case "corrected" | "amended":
            return _changed(told)
        case "retracted" | "reinstated":
            return f"'{told.fact}' was {told.sort}{_cause(told)}{_instead(told)}{_grounds(told)}"
        case "strengthened" | "weakened":
            return _counted(told)
        case "disputed":
            return _disputed(told)
        case "settled":
            return _settled(told)
        case "redacted":
            return _redacted(told)
        case "noted":
            return _noted(told)


def _grounds(told: Telling) -> str:
    return because(told.accounts) + citing(told.accounts, told.after)


def _word(told: Telling, name: str) -> Json:
    """A word of the newest act that says it."""
    return next((one.words[name] for one in reversed(told.accounts) if name in one.words), None)


def _cause(told: Telling) -> str:
    cause = _word(told, "cause")
    return f" ({cause_of(cause)})" if cause is not None else ""


def _instead(told: Telling) -> str:
    instead = _word(told, "in_favour_of")
    return "" if instead is None else f" in favour of '{instead}'"


def _of_frame(told: Telling, before: Frame | None, after: Frame) -> str:
    if before is None:
        return f"the incident was opened: {clipped(text_of(after.title))}"
    parts = [
        f"the incident's {name} was changed from {text_of(old)} to {text_of(new)}"
        for name, old, new in zip(
            ("title", "time zone"), (before.title, before.zone), (after.title, after.zone), strict=True
        )
        if old != new
    ]
    return listed(parts) + _grounds(told)


def _added(told: Telling) -> str:
    view = told.after
    if view is None:
        return f"'{told.fact}' was added"
    content = view.content
    said = clipped(text_of(content.statement)).rstrip(".")
    value = said_at(content, "details/value")
    if not said and content.slug == "attribute" and value is not None:
        said = f"{of_what('details/value', content)} is {clipped(value_of(value, quoted=False))}"
    standing = {"disputed": "; it is disputed", "unsupported": "; nothing supports it any more"}
    ends = standing.get(view.status, "") + ("; it is retracted" if "retracted" in view.decided else "")
    sources = list(
        dict.fromkeys(
            one.attestation.source for one in view.attestations if one.attestation.stance == "supports"
        )
    )
    cited = f", citing {named(sources)}" if sources else ""
    return f"'{told.fact}' was added: {said or f'({content.slug})'}{cited}{ends}"


def _changed(told: Telling) -> str:
    """`the distance in 'drag' was corrected from … to …, because …, citing …`."""
    if told.before is None or told.after is None:
        return f"'{told.fact}' was {told.sort}"
    parts = list(_values(told, told.before, told.after))
    more = len(parts) - _MOST_VALUES
    shown = parts[:_MOST_VALUES] + ([f"{more} more values were changed"] if more > 0 else [])
    grounds = _grounds(told) or through(told.accounts)
    return f"in '{told.fact}' {listed(shown)}{_cause(told)}{grounds}"


def _values(told: Telling, before: FactView, after: FactView) -> Iterator[str]:
    """Each value that changed, from what to what; a statement only where nothing else did, for it puts the others in words."""
    prefix = f"/facts/{before.fact}/content/".replace("~", "~0")
    within = [
        path.removeprefix(prefix).replace("~1", "/").replace("~0", "~")
        for path in told.paths
        if path.startswith(prefix)
    ]
    placed = {path.split("/")[0] for path in within if path.endswith("/@after")}
    values = [path for path in within if not path.endswith("/@after")]
    if len(values) > 1:
        values = [path for path in values if path != "statement"]
    people = [{one.id: one for one in view.content.participants} for view in (before, after)]
    for ident in sorted(people[0].keys() ^ people[1].keys()):
        values = [path for path in values if not path.startswith(f"participants/{ident}/")]
        one = people[0].get(ident) or people[1][ident]
        who = f"the participant '{ident}' ({clipped(text_of(one.as_described or one.name or one.role))})"
        yield f"{who} was {'taken out' if ident in people[0] else 'filled in'}"
    for path in values:
        old, new = (said_at(view.content, path) for view in (before, after))
        yield _from_to(told, of_what(path, after.content if new is not None else before.content), old, new)
    for name in _ORDERED:
        ids = [{one.id for one in getattr(view.content, name)} for view in (before, after)]
        if name in placed and ids[0] == ids[1]:
            yield f"the order of the {name} was changed"


def _from_to(told: Telling, what: str, old: Json, new: Json) -> str:
    quoted = (
        isinstance(old, str) and isinstance(new, str) and (told.sort == "amended" or what == "the statement")
    )
    words = [None if one is None else clipped(value_of(one, quoted=quoted)) for one in (old, new)]
    if words[0] is None:
        return f"{what} was filled in as {words[1]}"
    if words[1] is None:
        return f"{what} was taken out, where it said {words[0]}"
    verb = "reworded" if told.sort == "amended" else "corrected"
    if words[0] == words[1]:
        words = [_in_full(one, against) for one, against in ((old, new), (new, old))]
    return f"{what} was {verb} from {words[0]} to {words[1]}"


def _in_full(value: Json, against: Json) -> str:
    """A value by the members in which it differs from another that is worded alike."""
    one, other = (msgspec.to_builtins(side) for side in (value, against))
    if not (isinstance(one, dict) and isinstance(other, dict)):
        return str(one)
    apart = [name for name in sorted(one.keys() | other.keys()) if one.get(name) != other.get(name)]
    return ", ".join(f"{name} {_plain(one[name])}" if name in one else f"no {name}" for name in apart)


def _plain(value: Json) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _counted(told: Telling) -> str:
    old, new = (0 if view is None else view.origins for view in (told.before, told.after))
    now = f"{_origins(new)} instead of {old}" if new else f"no independent origin any more instead of {old}"
    return f"'{told.fact}' now has {now} and {_status(told)}{through(told.accounts)}"


def _origins(number: int) -> str:
    return f"{number} independent origin{'' if number == 1 else 's'}"


def _status(told: Telling) -> str:
    """`is disputed`, or `stays disputed` where it was so before."""
    was, now = ("" if view is None else view.status for view in (told.before, told.after))
    return f"stays {now}" if was == now else f"is {now}"


def _disputed(told: Telling) -> str:
    by = [one for one in told.accounts if one.type == "FactDisputed"]
    if by:
        return f"'{told.fact}' was disputed by {listed([word_of(one.words.get('by')) for one in by])}{because(by)}{citing(by, None)}"
    old, new = (() if view is None else view.disagreements for view in (told.before, told.after))
    apart = [path for path in new if path not in old]
    was = "" if told.before is None else told.before.status
    became = "is disputed on more points" if was == "disputed" else "became disputed"
    if apart and told.after is not None:
        on = listed([of_what(path, told.after.content) for path in apart])
        return f"'{told.fact}' {became}, for passages exclude each other on {on}{through(told.accounts)}"
    return f"'{told.fact}' {became}{through(told.accounts)}"


def _settled(told: Telling) -> str:
    answers = [one for one in told.accounts if one.type == "DisputeResolved"]
    status = "" if told.after is None else told.after.status
    now = "it is still disputed" if status == "disputed" else f"it is {status}"
    if answers:
        outcome = listed([str(one.words.get("outcome")) for one in answers])
        return f"a dispute of '{told.fact}' was answered ({outcome}){because(answers)}; {now}"
    if status == "disputed":
        return f"'{told.fact}' is disputed on fewer points{through(told.accounts)}"
    return f"'{told.fact}' is no longer disputed but {status}{through(told.accounts)}"


def _redacted(told: Telling) -> str:
    basis = f"{word_of(_word(told, 'legal_basis'))}; {word_of(_word(told, 'authority'))}"
    gone = list(map(removed, told.removed))
    what = f"{listed(gone)} in '{told.fact}'" if told.fact else listed(gone)
    if _is_snapshot(told.removed):
        gone, what = gone[:1], f"the captured copy that '{told.fact}' cites"
    verb = "was" if len(gone) == 1 else "were"
    return f"{what} {verb} removed by law ({basis}){because(told.accounts)}"


def _is_snapshot(removed: Sequence[str]) -> bool:
    return all(one.startswith("sha256:") for one in removed)


def _noted(told: Telling) -> str:
    """An act that left what the fact says, and how it stands, as they were."""
    left_open = [one for one in told.accounts if one.words.get("outcome") == "left-open"]
    if left_open:
        return f"a dispute of '{told.fact}' was left open{because(left_open)}"
    if told.after is None:
        return f"'{told.fact}' was acted upon"
    return f"'{told.fact}' stays {told.after.status}, with {_origins(told.after.origins)}{through(told.accounts)}"
