"""What an act did, in short, as it follows a colon: who supports it, what a source put out, what was withdrawn and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.values import Absent, Json
from projections.change_words import because, citing, listed, named, text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from projections.act_account import Account

__all__ = ["cause_of", "clipped", "done_by", "in_brackets", "outcome_of", "taking_away", "through", "word_of"]

_LONGEST = 200
_MOST_ACTS = 4
_CAUSES = {
    "source-error": "the source's error",
    "our-misreading": "our misreading",
    "our-typo": "our slip",
    "new-information": "new information",
    "upstream-unexplained": "changed upstream without a word",
    "legal": "for legal reasons",
    "duplicate": "a duplicate",
    "wrong-incident": "it belongs to another incident",
    "source-withdrew": "the source withdrew it",
}
_STANCES = {
    "supports": ("supports", "support"),
    "contradicts": ("contradicts", "contradict"),
    "mentions": ("mentions", "mention"),
    "denies": ("denies", "deny"),
    "declines": ("declines to comment on", "decline to comment on"),
}
_NOTICES = {
    "correction": "corrected itself",
    "retraction": "retracted what it said",
    "takedown": "was taken down",
}
"""What a source did, of the notices that move a fact."""
_PASSAGES = "attestations/"
_GONE = {"withdrawn": "withdrawing", "settled": "settling"}


def cause_of(cause: Json) -> str:
    """A cause in words."""
    return _CAUSES.get(str(cause), str(cause))


def word_of(value: Json) -> str:
    """A word of an account: a text, or in words why it is not there."""
    if isinstance(value, dict):
        return text_of(Absent(absent=value["absent"]))
    return "" if value is None else str(value)


def clipped(text: str) -> str:
    """A text on one line, cut between words where it is long."""
    flat = " ".join(text.split())
    return flat if len(flat) <= _LONGEST else flat[: _LONGEST - 1].rsplit(" ", 1)[0] + "…"


def through(accounts: Iterable[Account], cited: Mapping[str, str], stood: Collection[str] = ()) -> str:
    """`: …`: what the acts did, in short; with the members of done_by."""
    done = done_by(accounts, cited, stood)
    return f": {done}" if done else ""


def done_by(accounts: Iterable[Account], cited: Mapping[str, str], stood: Collection[str] = ()) -> str:
    """What the acts did, in short, as a clause; passages that do the same are named together.

    `cited`: by id, the source of each passage of the fact. `stood`: the passages that were there before, so that of the acts which brought
    them only the record is new.
    """
    stances: dict[tuple[str, bool], list[str]] = {}
    done: list[str] = []
    for account in accounts:
        if account.type == "FactAttested":
            for one in account.citations:
                stances.setdefault((one.stance or "", one.id in stood), []).append(one.source)
        elif words := _done(account, cited):
            done.append(words)
    attested = [
        f"{'it was recorded that ' if is_old else ''}{_said(stance, list(dict.fromkeys(sources)))}"
        for (stance, is_old), sources in stances.items()
    ]
    every = list(dict.fromkeys([*attested, *done]))
    more = len(every) - _MOST_ACTS
    shown = every[:_MOST_ACTS] + ([f"{more} more act{'' if more == 1 else 's'}"] if more > 0 else [])
    return "; and ".join(shown) if any(", " in one for one in shown[:-1]) else listed(shown)


def _said(stance: str, sources: list[str]) -> str:
    one, several = _STANCES.get(stance, ("cites", "cite"))
    return f"{named(sources)} {one if len(sources) == 1 else several} it"


def taking_away(account: Account, cited: Mapping[str, str]) -> str:
    """`, settling the passage 'a1' of paper`: the passages that an act takes away beside what it does; without any, nothing."""
    for new, verb in _GONE.items():
        gone = _gone(account, new, cited)
        if gone:
            return f", {verb} {gone}"
    return ""


def _gone(account: Account, new: str, cited: Mapping[str, str]) -> str:
    idents = [
        one.path.removeprefix(_PASSAGES)
        for one in account.changes
        if one.new == new and one.path.startswith(_PASSAGES)
    ]
    if not idents:
        return ""
    passages = [f"'{ident}'" + (f" of {cited[ident]}" if ident in cited else "") for ident in idents]
    return f"the passage{'' if len(passages) == 1 else 's'} {listed(passages)}"


def _done(account: Account, cited: Mapping[str, str]) -> str:
    """What one act did, in short, with its reason."""
    words, source = account.words, account.stream.partition("/")[2]
    why = because([account])
    match account.type:
        case "FactReported" | "FactCorrected" | "FactAmended":
            verb = {"FactReported": "reported", "FactCorrected": "corrected", "FactAmended": "reworded"}
            return f"it was {verb[account.type]}{citing([account], cited)}{taking_away(account, cited)}"
        case "FactRetracted" | "FactReinstated":
            verb = {"FactRetracted": "retracted", "FactReinstated": "reinstated"}
            return f"it was {verb[account.type]}{why}{citing([account], cited)}"
        case "AttestationWithdrawn":
            gone = _gone(account, "withdrawn", cited) or "a passage of it"
            return f"{gone} was withdrawn{in_brackets(cause_of, words.get('cause'))}{why}"
        case "FactDisputed":
            by = word_of(words.get("by"))
            return f"{by} disputed it{why}" if by else "it was disputed"
        case "DisputeResolved":
            outcome = in_brackets(outcome_of, words.get("outcome"))
            return f"a dispute of it was answered{outcome}{taking_away(account, cited)}{why}"
        case "SourceNoticeRecorded":
            did = _NOTICES.get(str(words.get("type")), "put out a notice")
            return f"{source} {did} ({clipped(word_of(words.get('summary'))).rstrip('.')})"
        case "LineageDeclared":
            return f"{source} {word_of(words.get('relation'))} {words.get('to')}"
        case "LineageRevoked":
            return f"that {source} {word_of(words.get('relation'))} {words.get('to')} was revoked{why}"
        case "SourceAmended" | "SourceRegistered":
            return f"the description of {source} was {'changed' if account.type == 'SourceAmended' else 'given'}{why}"
        case "SnapshotCaptured":
            return f"a copy of {source} was captured"
        case _:
            return ""


def in_brackets(said: Callable[[Json], str], word: Json) -> str:
    """` (…)`: a word of an act as `said` tells it; nothing, where the act is told without its words since it was not public."""
    return "" if word is None else f" ({said(word)})"


def outcome_of(outcome: Json) -> str:
    """How a dispute was answered, in words."""
    return str(outcome).replace("-", " ")
