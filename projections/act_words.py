"""What an act did, in short, as it follows a colon: who supports it, what a source put out, what was withdrawn and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.values import Absent, Json
from projections.change_words import because, citing, listed, named, text_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from projections.act_account import Account

__all__ = ["cause_of", "clipped", "through", "word_of"]

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


def through(accounts: Iterable[Account]) -> str:
    """`: …`: what the acts did, in short; passages that do the same are named together."""
    cited: dict[str, list[str]] = {}
    done: list[str] = []
    for account in accounts:
        if account.type == "FactAttested":
            for one in account.citations:
                cited.setdefault(one.stance or "", []).append(one.source)
        elif words := _done(account):
            done.append(words)
    attested = [_said(stance, list(dict.fromkeys(sources))) for stance, sources in cited.items()]
    every = list(dict.fromkeys([*attested, *done]))
    more = len(every) - _MOST_ACTS
    shown = every[:_MOST_ACTS] + ([f"{more} more act{'' if more == 1 else 's'}"] if more > 0 else [])
    return f": {listed(shown)}" if shown else ""


def _said(stance: str, sources: list[str]) -> str:
    one, several = _STANCES.get(stance, ("cites", "cite"))
    return f"{named(sources)} {one if len(sources) == 1 else several} it"


def _done(account: Account) -> str:
    """What one act did, in short, with its reason."""
    words, source = account.words, account.stream.partition("/")[2]
    why = because([account])
    match account.type:
        case "FactReported" | "FactCorrected" | "FactRetracted" | "FactReinstated" | "FactAmended":
            verb = {"FactReported": "reported", "FactCorrected": "corrected", "FactRetracted": "retracted"}
            verb |= {"FactReinstated": "reinstated", "FactAmended": "reworded"}
            return f"it was {verb[account.type]}{citing([account], None)}"
        case "AttestationWithdrawn":
            ident = next(
                (one.path.rpartition("/")[2] for one in account.changes if one.new == "withdrawn"), ""
            )
            cause = cause_of(words.get("cause"))
            return f"the passage '{ident}' was withdrawn ({cause}){why}"
        case "FactDisputed":
            return f"{word_of(words.get('by'))} disputed it{why}"
        case "DisputeResolved":
            return f"a dispute of it was answered ({words.get('outcome')}){why}"
        case "SourceNoticeRecorded":
            sort = str(words.get("type", "notice")).replace("-", " ")
            return f"{source} put out a {sort} ({clipped(word_of(words.get('summary')))})"
        case "LineageDeclared":
            return f"{source} {word_of(words.get('relation'))} {words.get('to')}"
        case "LineageRevoked":
            return f"that {source} copies another work was revoked{why}"
        case "SourceAmended" | "SourceRegistered":
            return f"the description of {source} was {'changed' if account.type == 'SourceAmended' else 'given'}{why}"
        case "SnapshotCaptured":
            return f"a copy of {source} was captured"
        case _:
            return ""
