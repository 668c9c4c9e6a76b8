"""Changes in plain sentences: when, what, from what to what, why and on whose words. Nothing here decides anything."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import msgspec

from ledger.values import Absent
from projections.act_account import Account
from projections.act_words import (
    cause_of,
    clipped,
    done_by,
    in_brackets,
    outcome_of,
    taking_away,
    through,
    word_of,
)
from projections.change_sorts import OPEN, Sort
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
    were_removed,
)
from projections.course import Frame
from projections.fact_fold import FactView

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ledger.values import Json

__all__ = ["Telling", "sentence"]

_MOST_VALUES = 4
_ORDERED = ("places", "participants", "quantities")
_MENDING = ("FactCorrected", "FactAmended")
_DECIDING = {"retracted": "FactRetracted", "reinstated": "FactReinstated"}
_TELLING = ("FactReported", "FactAttested", "FactCorrected")


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
    return said if said.endswith((".", '."', '?"', '!"')) else f"{said}."


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
            return f"'{told.fact}' is not there any more, since nothing that establishes it was public by then{_through(told)}"
        case "corrected" | "amended":
            return _changed(told)
        case "retracted" | "reinstated":
            return _decided(told)
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
    return because(told.accounts) + citing(told.accounts, _cited(told))


def _through(told: Telling) -> str:
    stood = () if told.before is None else {one.attestation.id for one in told.before.attestations}
    return through(told.accounts, _cited(told), stood)


def _cited(told: Telling) -> dict[str, str]:
    """By id, the source of each passage that speaks to the fact before or after."""
    views = [view for view in (told.before, told.after) if view is not None]
    return {one.attestation.id: one.attestation.source for view in views for one in view.attestations}


def _is_done_by(told: Telling, types: Sequence[str]) -> bool:
    return any(one.type in types for one in told.accounts)


def _decided(told: Telling) -> str:
    """A retraction or its end: decided, or because what was decided counts or does not count any more."""
    if _is_done_by(told, (_DECIDING[told.sort],)):
        return f"'{told.fact}' was {told.sort}{_cause(told)}{_instead(told)}{_grounds(told)}"
    counts = "counts" if told.sort == "retracted" else "no longer counts"
    return f"'{told.fact}' {counts} as retracted{_through(told)}"


def _word(told: Telling, name: str) -> Json:
    """A word of the newest act that says it."""
    return next((one.words[name] for one in reversed(told.accounts) if name in one.words), None)


def _cause(told: Telling) -> str:
    return in_brackets(cause_of, _word(told, "cause"))


def _instead(told: Telling) -> str:
    instead = _word(told, "in_favour_of")
    return "" if instead is None else f" in favour of '{instead}'"


def _of_frame(told: Telling, before: Frame | None, after: Frame) -> str:
    if before is None:
        return f"the incident was opened: {clipped(text_of(after.title))}"
    parts = [
        f"the incident's {name} was changed from {_label(old)} to {_label(new)}"
        for name, old, new in zip(
            ("title", "time zone"), (before.title, before.zone), (after.title, after.zone), strict=True
        )
        if old != new
    ]
    return listed(parts) + _grounds(told)


def _label(text: str | Absent) -> str:
    return f'"{clipped(text)}"' if isinstance(text, str) else text_of(text)


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
            one.attestation.source
            for one in view.attestations
            if one.attestation.stance == "supports" and one.why != "withdrawn"
        )
    )
    cited = f", citing {named(sources)}" if sources else ""
    since = "" if _is_done_by(told, _TELLING) else done_by(told.accounts, _cited(told))
    added = f"'{told.fact}' was added: {said or f'({content.slug})'}{cited}{ends}"
    return f"{added}; {since}" if since else added


def _changed(told: Telling) -> str:
    """`in 'drag' the distance was corrected from … to …, because …, citing …`; or changed, where no act mended it, and how that came."""
    if told.before is None or told.after is None:
        return f"'{told.fact}' was {told.sort}"
    parts = list(_values(told, told.before, told.after))
    more = len(parts) - _MOST_VALUES
    shown = parts[:_MOST_VALUES] + ([f"{more} more values were changed"] if more > 0 else [])
    grounds = f"{_cause(told)}{_grounds(told)}" if _is_done_by(told, _MENDING) else _through(told)
    return f"in '{told.fact}' {listed(shown)}{grounds}"


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
        called = next((words for words in (one.as_described, one.name) if isinstance(words, str)), one.role)
        who = f"the participant '{ident}' ({clipped(called or '')})"
        yield f"{who} was {'taken out' if ident in people[0] else 'added'}"
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
    if what == "the kind":
        words = _kinds(str(old), str(new))
    if words[0] is None:
        return f"{what} was filled in as {words[1]}"
    if words[1] is None:
        return f"{what} was taken out, where it said {words[0]}"
    mended = "reworded" if told.sort == "amended" else "corrected"
    verb = mended if _is_done_by(told, _MENDING) else "changed"
    if words[0] == words[1]:
        words = [_in_full(one, against) for one, against in ((old, new), (new, old))]
    return f"{what} was {verb} from {words[0]} to {words[1]}"


def _kinds(old: str, new: str) -> list[str | None]:
    """Two kinds by their names; with their versions, where only these differ."""
    names = [one.partition("@")[0] for one in (old, new)]
    return [old, new] if names[0] == names[1] else [*names]


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
    return f"'{told.fact}' now has {now} and {_status(told)}{_through(told)}"


def _origins(number: int) -> str:
    return f"{number or 'no'} independent origin{'s' if number > 1 else ''}"


def _status(told: Telling) -> str:
    """`is disputed`, or `stays disputed` where it was so before."""
    was, now = ("" if view is None else view.status for view in (told.before, told.after))
    return f"stays {now}" if was == now else f"is {now}"


def _disputed(told: Telling) -> str:
    standing = {f"disputes/{number}" for number in _contesting(told.after) - _contesting(told.before)}
    by = [
        one
        for one in told.accounts
        if one.type == "FactDisputed" and any(change.path in standing for change in one.changes)
    ]
    if by:
        return f"'{told.fact}' was disputed by {listed([word_of(one.words.get('by')) for one in by])}{because(by)}{citing(by, {})}"
    old, new = (() if view is None else view.disagreements for view in (told.before, told.after))
    apart = [path for path in new if path not in old]
    was = "" if told.before is None else told.before.status
    became = "is disputed on more points" if was == "disputed" else "became disputed"
    if apart and told.after is not None:
        on = listed([of_what(path, told.after.content) for path in apart])
        return f"'{told.fact}' {became}, for passages exclude each other on {on}{_through(told)}"
    return f"'{told.fact}' {became}{_through(told)}"


def _contesting(view: FactView | None) -> set[int]:
    """The disputes that are open, or were left open."""
    return {one.dispute for one in (() if view is None else view.disputes) if one.stands in OPEN}


def _settled(told: Telling) -> str:
    answers = [one for one in told.accounts if one.type == "DisputeResolved"]
    status = "" if told.after is None else told.after.status
    now = "it is still disputed" if status == "disputed" else f"it is {status}"
    if answers:
        outcomes = [outcome_of(one.words["outcome"]) for one in answers if "outcome" in one.words]
        outcome = f" ({listed(outcomes)})" if outcomes else ""
        which = "a dispute" if len(answers) == 1 else f"{len(answers)} disputes"
        settling = "".join(taking_away(one, _cited(told)) for one in answers)
        was = "was" if len(answers) == 1 else "were"
        return f"{which} of '{told.fact}' {was} answered{outcome}{settling}{because(answers)}; {now}"
    if status == "disputed":
        return f"'{told.fact}' is disputed on fewer points{_through(told)}"
    return f"'{told.fact}' is no longer disputed but {status}{_through(told)}"


def _redacted(told: Telling) -> str:
    basis = f"{word_of(_word(told, 'legal_basis'))}; {word_of(_word(told, 'authority'))}"
    gone = list(map(removed, told.removed))
    what = f"{listed(gone)} in '{told.fact}'" if told.fact else listed(gone)
    if _is_snapshot(told.removed):
        gone, what = gone[:1], f"the captured copy that '{told.fact}' cites"
    return f"{what} {were_removed(gone)} removed by law ({basis}){because(told.accounts)}"


def _is_snapshot(removed: Sequence[str]) -> bool:
    return all(one.startswith("sha256:") for one in removed)


def _noted(told: Telling) -> str:
    """An act that left what the fact says, and how it stands, as they were."""
    left_open = [one for one in told.accounts if one.words.get("outcome") == "left-open"]
    if left_open:
        return f"a dispute of '{told.fact}' was left open{because(left_open)}"
    if told.after is None:
        return f"'{told.fact}' was acted upon"
    taken_back = _is_done_by(told, ("FactRetracted",)) and not _is_done_by(told, ("FactReinstated",))
    stands = "; it was reinstated already" if taken_back and "retracted" not in told.after.decided else ""
    return f"'{told.fact}' {_status(told)}, with {_origins(told.after.origins)}{_through(told)}{stands}"
