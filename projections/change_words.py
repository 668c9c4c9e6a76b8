"""The words of which sentences on changes are made: days, what a path names, values, reasons and who is cited. Nothing here decides."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

from ledger.errors import InvalidError
from ledger.quantity import Quantity
from ledger.values import Absent, Json
from ledger.when import When
from ledger.zones import find_zone
from projections.plain_sentences import number_in_words, relation_in_words, value_in_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ledger.fact import Content
    from projections.act_account import Account
    from projections.comparison import StatedValue

__all__ = [
    "because",
    "citing",
    "day_in_words",
    "listed",
    "named",
    "of_what",
    "removed",
    "said_at",
    "text_of",
    "value_of",
    "were_removed",
]

_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_LOWERED = re.compile(
    r"(?:a|an|the|we|our|it|its|it['\u2019]s|this|that|these|those|there|in|on|at|after|before|as|both|one|two|three|four|five|his|her"
    r"|their|they|s?he|you|your|no|nobody|nothing|none|another|other|asked|found|not|only|all|any|each|every|some|many|several|too"
    r"|since|while|whether|when|where|what|who|which|if|but|now|then|here|for|from|by|of|with|without|under|until|told|somebody)",
    re.IGNORECASE,
)
"""Words with which no name begins, so that a reason may go on with them in small letters."""
_SAYING = re.compile(
    r"(?:says|said|denies|denied|claims|claimed|contests|disputes|insists|argues|states|maintains)",
    re.IGNORECASE,
)
"""Words with which no clause after `because` begins."""
_SHORT = re.compile(r"\.\w+\.$")
"""The end of a word that is written with full stops of its own, such as `U.S.`."""
_SEVERAL = re.compile(r"(?:[^su]s|people|men|children|feet)$")
"""How a word for several things ends, which `was` does not go with."""
_MOST_SOURCES = 4
_REMOVED = "[removed or not disclosed]"
_CITED = {"selector": "the quoted words", "as_stated": "the stated values"}
_SAID = {
    "not-reported": "not reported",
    "not-stated": "not stated",
    "researched-unknown": "researched and not known",
    "none": "none",
    "withheld": "withheld",
    "undisclosed": _REMOVED,
}


def day_in_words(instant: dt.datetime, zone: str | Absent, *, bound: bool = False) -> str:
    """`12 May 2021`, by the calendar of the place; where no zone can be told, or no day there, that of UTC, and said so.

    As a bound, midnight is `the end of 11 May 2021`: a work of that day was certainly public when the day was over.
    """
    try:
        local = find_zone(zone, field="/zone").shows(instant) if isinstance(zone, str) and zone else None
    except (InvalidError, OverflowError):
        local = None
    shown = instant.astimezone(dt.UTC) if local is None else local
    over = bound and shown.time() == dt.time(0) and shown.date() > dt.date.min
    day = _date(shown - dt.timedelta(days=over))
    return f"{'the end of ' if over else ''}{day}{'' if local is not None else ' (UTC)'}"


def _date(day: dt.datetime) -> str:
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def _time(when: When) -> str:
    """A time that nobody worded, by its bounds on the clocks of the place, and its relations; no words that `from … to …` could mistake."""
    bounds = when.bounds()
    ends = [None if one is None else one.replace(tzinfo=None) for one in (bounds.earliest, bounds.latest)]
    whole = all(one is None or one.time() == dt.time(0) for one in ends) and ends[0] != ends[1]
    if whole and ends[1] is not None and ends[1].date() > dt.date.min:
        ends[1] -= dt.timedelta(days=1)
    apart = len({one.utcoffset() for one in (bounds.earliest, bounds.latest) if one is not None}) > 1
    clocks = [
        "" if one is None or whole else f" {one:%H:%M}" + (f" ({one.isoformat()[-6:]})" if apart else "")
        for one in (bounds.earliest, bounds.latest)
    ]
    earliest, latest = (
        None if one is None else _date(one) + clock for one, clock in zip(ends, clocks, strict=True)
    )
    if earliest is None or latest is None:
        said = f"{latest} or earlier" if latest else f"{earliest} or later" if earliest else ""
    elif earliest == latest:
        said = earliest
    else:
        day = "" if whole or ends[0] is None else f"{_date(ends[0])} "
        said = f"between {earliest} and {latest.removeprefix(day) if day else latest}"
    about = "about " if when.approximate and said else ""
    relations = ", ".join(relation_in_words(one.rel, one.fact) for one in when.relations)
    return f"{about}{said} ({relations})" if said and relations else about + said or relations


def listed(words: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}" if words else ""


def text_of(text: str | Absent | None) -> str:
    """A text, or in words why it is not there."""
    return _SAID[text.absent] if isinstance(text, Absent) else text or ""


def _named(ident: str, sort: str) -> str:
    """`the distance` where an id is a word for one thing; else with what it is, as `the quantity 'shots'`."""
    words = ident.replace("-", " ").replace("_", " ")
    if words.replace(" ", "").isalpha() and not _SEVERAL.search(words):
        return f"the {words}"
    return f"the {sort} '{ident}'"


def of_what(path: str, content: Content) -> str:
    """What a path within a content names."""
    match path.split("/"):
        case ["occurred"]:
            return "the time"
        case [("kind" | "statement") as name]:
            return f"the {name}"
        case ["places", ident]:
            return _named(ident, "place")
        case ["quantities", ident]:
            return _named(ident, "quantity")
        case ["participants", ident, "role"]:
            return f"the role of '{ident}'"
        case ["participants", ident, member]:
            role = next((one.role for one in content.participants if one.id == ident), None)
            who = f"'{ident}'" if role is None else f"'{ident}' ({role})"
            return f"the {'name' if member == 'name' else 'description'} of {who}"
        case ["details", "value"] if content.slug == "attribute":
            return f"the value of '{content.details.get('name', 'value')}'"
        case ["details", *names]:
            return f"the detail '{'/'.join(names)}'"
        case _:
            return path


def removed(path: str) -> str:
    """What a path that a redaction names took away: `the name of 'p1'`, `the reason of the act of version 4`."""
    match path.split("/"):
        case [version, *rest] if version.startswith("version "):
            return f"{removed('/'.join(rest))} of the act of {version}"
        case ["occurred"]:
            return "the time"
        case ["places", ident]:
            return _named(ident, "place")
        case ["quantities", ident]:
            return _named(ident, "quantity")
        case ["participants", ident, member]:
            return f"the {'name' if member == 'name' else 'description'} of '{ident}'"
        case ["attestations" | "citations", ident]:
            return f"the words of the citation '{ident}'"
        case ["attestations" | "citations", ident, member]:
            return f"{_CITED.get(member, 'the ' + member)} of the citation '{ident}'"
        case ["details", *names]:
            return f"the detail '{'/'.join(names)}'" if names else "the details"
        case [name]:
            return f"the {name.replace('_', ' ')}"
        case _:
            return path


def were_removed(phrases: Sequence[str]) -> str:
    """`was` or `were`, as it goes with what was removed."""
    one = len(phrases) == 1 and _SEVERAL.search(phrases[0].partition(" of ")[0]) is None
    return "was" if one else "were"


def said_at(content: Content, path: str) -> StatedValue | None:
    """The value at a path within a content; None where nothing stands there."""
    match path.split("/"):
        case [("kind" | "statement" | "occurred") as name]:
            value: StatedValue | None = getattr(content, name)
            return value
        case [("places" | "quantities") as name, ident]:
            return next((one for one in getattr(content, name) if one.id == ident), None)
        case ["participants", ident, member]:
            return next((getattr(one, member) for one in content.participants if one.id == ident), None)
        case ["details", *names]:
            return content.details.get("/".join(names))
        case _:
            return None


def value_of(value: StatedValue, *, quoted: bool) -> str:
    """A value in words. A wording keeps its marks of quotation only where it is text that was set, as a statement is."""
    if isinstance(value, Absent) or (isinstance(value, dict) and value.keys() == {"absent"}):
        reason: Json = value.absent if isinstance(value, Absent) else value["absent"]
        return _SAID.get(reason, "not there")
    if isinstance(value, When) and value.absent is None and not value.as_stated:
        return _time(value)
    if isinstance(value, Quantity) and value.has_number and not value.as_stated:
        return number_in_words(value, between=True)
    words = value_in_words(value)
    if getattr(value, "absent", None) is not None and not getattr(value, "as_stated", None):
        return _SAID.get(getattr(value, "absent", ""), "not there")
    inner = words[1:-1]
    return inner if not quoted and words[:1] == words[-1:] == '"' and '"' not in inner else words


def because(accounts: Iterable[Account]) -> str:
    """`, because …`: the reasons of the acts, each once; without any, nothing."""
    reasons: list[str] = []
    for account in accounts:
        reason = account.words.get("reason", account.words.get("grounds"))
        if isinstance(reason, dict):
            reasons.append("of a reason that was removed or is not disclosed")
        elif isinstance(reason, str):
            reasons.append(_as_clause(reason))
    return f", because {'; and because '.join(dict.fromkeys(reasons))}" if reasons else ""


def _as_clause(reason: str) -> str:
    """A reason as it stands after `because`: one sentence without its full stop, begun small where no name can begin it; else quoted."""
    flat = " ".join(reason.split())
    bare = flat if _SHORT.search(flat) else flat.rstrip(".")
    if bare[:8].lower() == "because ":
        bare = bare[8:]
    first, _, rest = bare.partition(" ")
    if ". " in bare or "! " in bare or "? " in bare or bare.endswith(("!", "?")) or _SAYING.fullmatch(first):
        return f'"{flat}"'
    return f"{first.lower()} {rest}".rstrip() if _LOWERED.fullmatch(first) else bare


def citing(accounts: Iterable[Account], cited: Mapping[str, str]) -> str:
    """`, citing …`: the sources that the acts cite, and those of the passages they rest on; without any, nothing.

    `cited`: by id, the source of each passage of the fact.
    """
    sources: list[str] = []
    for account in accounts:
        sources += [one.source for one in account.citations]
        rests_on = account.words.get("rests_on")
        sources += [cited[one] for one in rests_on or () if one in cited]
    return f", citing {named(list(dict.fromkeys(sources)))}" if sources else ""


def named(sources: Sequence[str]) -> str:
    """Sources by their ids; where they are many, the first of them and how many more."""
    if len(sources) <= _MOST_SOURCES:
        return listed(sources)
    return f"{', '.join(sources[: _MOST_SOURCES - 1])} and {len(sources) - _MOST_SOURCES + 1} more"
