"""What the worklist says to the desk, a plain English sentence or two for each item. Nothing here decides anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.values import Absent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from projections.anchoring import Anchor
    from projections.fact_fold import DisputeView
    from projections.work_items import Loss, NoticeInShort, Standing

__all__ = [
    "change_sentence",
    "conflict_sentence",
    "dispute_sentence",
    "loss_sentence",
    "notice_sentence",
    "unsupported_sentence",
]

_WIDTH = 160
_REMOVED = "[removed or not disclosed]"
_NOTICES = {
    "correction": "has corrected itself",
    "clarification": "has clarified what it said",
    "retraction": "has retracted what it said",
    "update": "has updated what it said",
    "silent-edit": "was edited without saying so",
    "takedown": "was taken down",
}
_RANK = {"unsupported": 0, "reported": 1, "corroborated": 2}


def _said(text: str | Absent | None) -> str:
    """Words in quotation marks on one line, shortened where they are long."""
    if not isinstance(text, str):
        return _REMOVED
    flat = " ".join(text.split())
    if len(flat) > _WIDTH:
        flat = (
            flat[: _WIDTH - 1].rpartition(" ")[0] + "…" if " " in flat[:_WIDTH] else flat[: _WIDTH - 1] + "…"
        )
    return f'"{flat}"'


def _ended(quoted: str) -> str:
    """A sentence that ends with quoted words: the words' own full stop is enough."""
    return quoted if quoted[-2:-1] in (".", "!", "?", "…") else f"{quoted}."


def _listed(idents: Sequence[str]) -> str:
    *first, last = idents
    return f"{', '.join(first)} and {last}" if first else last


def _passages(idents: Sequence[str]) -> str:
    return f"{'Passage' if len(idents) == 1 else 'Passages'} {_listed(idents)}"


def _place(path: str) -> str:
    """What passages exclude each other on."""
    match path.split("/"):
        case ["occurred"]:
            return "when it occurred"
        case ["places", ident]:
            return f"where the place '{ident}' is"
        case ["quantities", ident]:
            return f"the quantity '{ident}'"
        case _:
            return path


def _origins(standing: Standing) -> str:
    return f"{standing.origins} origin{'' if standing.origins == 1 else 's'}"


def _standing(standing: Standing) -> str:
    return f"{standing.status} ({_origins(standing)})"


def loss_sentence(loss: Loss, count: int) -> str:
    """What a fact has lost or would lose with `count` passages."""
    before, after = loss.before, loss.after
    who = "The fact" if loss.done else f"Without {'it' if count == 1 else 'them'} the fact"
    if before == after:
        return f"{who} {'stays' if loss.done else 'would stay'} {_standing(after)}."
    if before.status == after.status:
        stays = "is still" if loss.done else "would still be"
        return f"{who} {stays} {after.status}, with {_origins(after)} instead of {before.origins}."
    if after.status == "unsupported":
        return (
            f"{who} {'has been' if loss.done else 'would be'} left unsupported; it was {_standing(before)}."
        )
    falls = _RANK.get(after.status, 3) < _RANK.get(before.status, -1)
    verb = (
        ("has fallen" if loss.done else "would fall") if falls else ("has gone" if loss.done else "would go")
    )
    return f"{who} {verb} from {_standing(before)} to {_standing(after)}."


def change_sentence(anchor: Anchor) -> str:
    """What became of a passage in the newest snapshot of its source."""
    words, source, ident = _said(anchor.words), anchor.source, anchor.citation
    found = anchor.found
    if anchor.verdict == "altered" and found is not None:
        kept = "" if found.elsewhere is None else " The old words still stand elsewhere in it."
        return f"{source} now says {_said(found.now)} where passage {ident} has {words}.{kept}"
    if anchor.verdict == "gone":
        kept = (
            "" if found is None or found.elsewhere is None else " Like words stand there, in another place."
        )
        return f"The words {words} of passage {ident} are gone from the newest snapshot of {source}.{kept}"
    if anchor.verdict == "unknown":
        return (
            f"The newest snapshot of {source} has no text to compare:"
            f" look whether {words} of passage {ident} still stands in it."
        )
    return f"The words {words} of passage {ident} now stand elsewhere in {source}, and what stood around them does not."


def notice_sentence(
    notice: NoticeInShort, struck: Sequence[str], scoped: Sequence[str], passed_on: Sequence[str]
) -> str:
    """What a source said of its own work, and which passages it reaches.

    `struck` no longer count; `scoped` lie in the notice's scope and `passed_on` pass on what it speaks of, and both still count.
    """
    done = "has put out a notice" if isinstance(notice.type, Absent) else _NOTICES[notice.type]
    told = [f"{notice.source} {done}: {_ended(_said(notice.summary))}"]
    if struck:
        told.append(f"{_passages(struck)} no longer {'counts' if len(struck) == 1 else 'count'}.")
    if scoped:
        one = len(scoped) == 1
        told.append(
            f"{_passages(scoped)} {'lies' if one else 'lie'} in its scope and still {'counts' if one else 'count'}."
        )
    if passed_on:
        one = len(passed_on) == 1
        told.append(
            f"{_passages(passed_on)} {'passes' if one else 'pass'} it on and still {'counts' if one else 'count'}."
        )
    return " ".join(told)


def conflict_sentence(
    paths: Sequence[str], parties: Sequence[str], against: Sequence[tuple[str, str]]
) -> str:
    """Where passages exclude each other, and which speak against the fact (source and attestation)."""
    told = []
    if paths:
        told.append(f"{_passages(parties)} exclude each other on {_listed([_place(one) for one in paths])}.")
    told += [f"{source} speaks against the fact (passage {ident})." for source, ident in against]
    return " ".join(told)


def dispute_sentence(dispute: DisputeView) -> str:
    """Who contests a fact and on what grounds."""
    by = dispute.by if isinstance(dispute.by, str) else _REMOVED
    left = " It was left open." if dispute.stands == "left-open" else ""
    return f"Disputed by {by}: {_ended(_said(dispute.grounds))}{left}"


def unsupported_sentence(withdrawn: int) -> str:
    """That nothing supports a fact any more."""
    told = "the passage that did" if withdrawn == 1 else f"each of the {withdrawn} passages that did"
    return (
        f"Nothing that counts supports this fact: {told} was withdrawn, settled or taken back by its source."
    )
