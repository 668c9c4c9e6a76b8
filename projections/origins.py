"""Who tells it independently: passages that support a fact, grouped by origin (model §4, Origins; law 11).

Passages are of one origin where they pass on one source, that is the one a passage relays, else its own, works joined by lineage being
one; and where they have one speaker's id. Both join transitively. And a copy is no teller of its own: where its original relays a third
party and the copy leaves that out, the copy's passage has the origin of its original's. A speaker that was removed may be anybody: such
passages are joined with each other and with those of named speakers as far as that may be, so that no removal makes one witness two.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from projections.source_view import copied_by

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from projections.passages import Passage
    from projections.source_view import SourceAt

__all__ = ["is_anybody", "origins_of"]


def _marks(passage: Passage, lineage: Mapping[str, str]) -> set[str]:
    """What a passage shares with every other one of its origin."""
    attestation = passage.attestation
    teller = attestation.relays or attestation.source
    marks = {"source:" + lineage.get(teller, teller)}
    if attestation.speaker is not None and attestation.speaker.id is not None:
        marks.add("speaker:" + attestation.speaker.id)
    return marks


def is_anybody(passage: Passage) -> bool:
    """Whether a speaker is named whom nobody can read any more: removed, or not disclosed."""
    return passage.attestation.speaker is not None and passage.attestation.speaker.absent == "undisclosed"


def _grouped(supports: Sequence[Passage], lineage: Mapping[str, str]) -> list[tuple[str, list[Passage]]]:
    """The passages that share a mark, each with all those that a chain of marks leads to, under a name of their own."""
    groups: list[tuple[set[str], list[Passage]]] = []
    for passage in supports:
        marks, members, apart = _marks(passage, lineage), [passage], []
        for group in groups:
            if group[0] & marks:
                marks |= group[0]
                members = group[1] + members
            else:
                apart.append(group)
        groups = [*apart, (marks, members)]
    named = [
        (min(mark for mark in marks if mark.startswith("source:")), members) for marks, members in groups
    ]
    return [(name.removeprefix("source:"), members) for name, members in named]


def _as_few(
    groups: list[tuple[str, list[Passage]]], originals: Mapping[str, Passage]
) -> list[tuple[str, list[Passage]]]:
    """The groups, with those joined that one speaker may have: as many as the passages of which the speaker was removed can join.

    Each of them can be of one speaker. So they are joined with each other, and then with one group of named speakers, and with one
    more for each passage that is not needed for the former.
    """
    unread = [group for group in groups if any(map(is_anybody, group[1]))]
    if not unread:
        return groups
    apart = [group for group in groups if group not in unread]
    named = [group for group in apart if any(_is_named(one) for one in group[1])]
    named.sort(key=lambda group: (all(one.attestation.id in originals for one in group[1]), group[0]))
    loose = sum(map(is_anybody, (one for _, members in unread for one in members))) - len(unread)
    taken = named[: 1 + loose]
    joined = [*unread, *taken]
    whole = (min(name for name, _ in joined), [one for _, members in joined for one in members])
    return [*(group for group in apart if group not in taken), whole]


def _is_named(passage: Passage) -> bool:
    return passage.attestation.speaker is not None and passage.attestation.speaker.id is not None


def _originals(supports: Sequence[Passage], sources: Mapping[str, SourceAt]) -> dict[str, Passage]:
    """By attestation of a passage that is a copy's and relays nobody, the passage of an original here that is no such one."""
    works = {passage.attestation.source for passage in supports}
    behind = {
        passage.attestation.id: [
            work for work in copied_by(passage.attestation.source, sources) if work in works
        ]
        for passage in supports
        if passage.attestation.relays is None
    }
    own = [passage for passage in supports if not behind.get(passage.attestation.id)]
    return {
        ident: next(one for work in copied for one in own if one.attestation.source == work)
        for ident, copied in behind.items()
        if copied
    }


def origins_of(
    supports: Sequence[Passage], lineage: Mapping[str, str], sources: Mapping[str, SourceAt]
) -> dict[str, str]:
    """By attestation, the name of its origin; two origins never have one name, and their number is that of the names.

    `lineage` names for each source the works joined with it (origins_by_lineage).
    """
    originals = _originals(supports, sources)
    tellers: dict[str, str] = {}
    copies: list[list[Passage]] = []
    for name, members in _as_few(_grouped(supports, lineage), originals):
        if all(one.attestation.id in originals for one in members):
            copies.append(members)
        else:
            tellers.update((one.attestation.id, name) for one in members)
    for members in copies:
        name = tellers[originals[members[0].attestation.id].attestation.id]
        tellers.update((one.attestation.id, name) for one in members)
    return tellers
