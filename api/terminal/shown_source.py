"""Sources and their captures as text for a terminal."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from api.in_words import bounds_in_words, clipped, faces_as_written, words_of
from api.terminal.shown import passage_in_words, wrapped
from ledger.values import Absent

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ledger.events import SnapshotCaptured
    from ledger.snapshot import Extractor, Measured
    from ledger.when import Published
    from projections.anchoring import Anchor
    from projections.source_account import Capture, CitingAct, CitingFact, Lineage, NoticeTaken, SourceAccount

__all__ = ["capture_lines", "published_in_words", "source_lines", "source_list_lines"]

_RELATIONS = {"copies": "a copy of", "syndicates": "syndicated from", "rewrites": "rewritten from"}
_NO_TEXT = {
    "none-there": "there is none in it",
    "encrypted": "it is locked by a password",
    "unreadable": "it is damaged",
    "stopped": "it took more than the limits to read",
}
_STATEMENT = 90
_DIGEST = 19
"""As much of a digest as tells captures apart: `sha256:` and twelve digits."""


def published_in_words(published: Published | str | None) -> str:
    """When a source was made public, as it follows its name: a clock time with its offset, since a source has no place of its own."""
    if published is None:
        return "publication not known"
    if isinstance(published, str):
        return "never made public"
    ends = [
        None if text in (None, "unknown", "open") else dt.datetime.fromisoformat(text)
        for text in (published.earliest or "unknown", published.latest or "unknown")
    ]
    if ends == [None, None]:
        return (
            f'published "{words_of(published.as_stated)}"' if published.as_stated else "publication not known"
        )
    offsets = {end.isoformat()[-6:] for end in ends if end is not None}
    has_clock = any(end is not None and end.time() != dt.time(0) for end in ends)
    offset = f" ({offsets.pop()})" if has_clock and len(offsets) == 1 else ""
    return f"published {bounds_in_words(*faces_as_written(*ends))}{offset}"


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _byline(account: SourceAccount) -> str:
    described = account.description
    publisher = f" by {words_of(described.publisher)}" if described.publisher else ""
    return f"{words_of(described.kind)}{publisher}, {published_in_words(described.published)}"


def source_list_lines(accounts: Iterable[SourceAccount]) -> Iterator[str]:
    """Each source in three lines: its title, what it is, and what there is of it."""
    none = True
    for account in accounts:
        none = False
        yield from wrapped(f"{account.source}: {words_of(account.description.title)}", 0, 4)
        yield from wrapped(_byline(account), 4, 4)
        held = [_counted(len(account.captures), "capture")]
        if account.notices:
            held.append(_counted(len(account.notices), "notice"))
        held += [_lineage_in_words(one) for one in account.copied_from if not one.revoked]
        yield from wrapped(", ".join(held), 4, 4)
    if none:
        yield "No source was registered."


def _lineage_in_words(one: Lineage) -> str:
    relation = words_of(one.relation) if isinstance(one.relation, Absent) else _RELATIONS[one.relation]
    return f"{relation} {one.to}"


def _made_by(extractor: Extractor | None) -> str:
    if extractor is None or extractor.name is None:
        return ""
    return f", by {extractor.name} {extractor.version or ''}".rstrip()


def _text_in_words(act: SnapshotCaptured) -> str:
    """Where the text of a capture is and what made it, or why there is none; "" where nobody looked for one."""
    if act.extraction is not None:
        same = "the bytes themselves" if act.extraction == act.snapshot else act.extraction
        return f"text: {same}{_made_by(act.extractor)}"
    if act.extractor is not None and act.extractor.no_text is not None:
        return f"no text, since {_NO_TEXT[act.extractor.no_text]}{_made_by(act.extractor)}"
    return ""


def _extent_in_words(measured: Measured | None) -> str:
    if measured is None:
        return ""
    told = []
    if measured.pages is not None:
        told.append(_counted(measured.pages, "page"))
    if measured.width_px is not None and measured.height_px is not None:
        told.append(f"{measured.width_px} x {measured.height_px} pixels")
    if measured.duration_s is not None:
        told.append(f"{measured.duration_s} seconds")
    return "".join(f", {one}" for one in told)


def capture_lines(
    capture: Capture, state: str = "", *, with_source: bool = True, indent: int = 0
) -> Iterator[str]:
    """One capture: its digest, and what is known of it. `state` says how its bytes are kept, where somebody looked."""
    act = capture.act
    yield " " * indent + act.snapshot
    size = words_of(act.size_bytes) if isinstance(act.size_bytes, Absent) else f"{act.size_bytes:,} bytes"
    what = f"{words_of(act.media_type)}, {size}{_extent_in_words(act.measured)}, captured {words_of(act.captured_at)}"
    whose = f"{capture.source} version {capture.version}: " if with_source else ""
    how = f", method: {words_of(act.method)}" if act.method else ""
    yield from wrapped(f"{whose}{what}{how}", indent + 4, 4)
    if act.url:
        yield from wrapped(f"from {words_of(act.url)}", indent + 4, 4)
    if act.archive_urls:
        kept = (
            words_of(act.archive_urls)
            if isinstance(act.archive_urls, Absent)
            else ", ".join(act.archive_urls)
        )
        yield from wrapped(f"archived at {kept}", indent + 4, 4)
    if text := _text_in_words(act):
        yield from wrapped(text, indent + 4, 4)
    if capture.redacted_at is not None:
        yield " " * (indent + 4) + f"[redacted at position {capture.redacted_at}: the bytes are gone]"
    elif state:
        yield " " * (indent + 4) + state


def _described(account: SourceAccount) -> Iterator[str]:
    described = account.description
    authors = described.authors
    written = words_of(authors) if isinstance(authors, Absent) else ", ".join(authors)
    for name, text in (("authors", written), ("url", described.url), ("language", described.language)):
        if text:
            yield from wrapped(f"{name}: {words_of(text)}", 4, 4)


def _notice_lines(notice: NoticeTaken) -> Iterator[str]:
    act = notice.act
    scope = "the whole work" if act.scope == "all" else _counted(len(act.passages), "passage")
    head = f"{act.notice}. {words_of(act.type)} of {scope}, {published_in_words(act.published)}"
    yield from wrapped(f"{head}: {words_of(act.summary)}", 4, 4)


def _fact_lines(fact: CitingFact) -> Iterator[str]:
    stands = "; ".join([*(word.upper() for word in fact.decided), fact.status])
    said = clipped(words_of(fact.statement), _STATEMENT) if fact.statement else f"({fact.kind})"
    yield from wrapped(f"{fact.incident}: {fact.kind} '{fact.fact}', {stands}: {said}", 4, 4)
    for passage in fact.passages:
        yield from wrapped(passage_in_words(passage), 8, 4)


def _anchor_lines(anchor: Anchor) -> Iterator[str]:
    """What became of one citation's words in a newer capture."""
    where = f"{anchor.incident}/{anchor.fact}" if anchor.fact else anchor.incident
    words = "" if anchor.words is None else f' "{clipped(anchor.words, 160)}"'
    now = anchor.found.now if anchor.found is not None else None
    became = anchor.verdict if now is None else f'{anchor.verdict}: "{clipped(now, 160)}"'
    why = {"no-text": " (the newer capture has no text)", "redacted": " (redacted)", None: ""}[anchor.why]
    yield from wrapped(
        f"{anchor.snapshot[:_DIGEST]} (position {anchor.position}), {where} passage {anchor.citation}{words}: {became}{why}",
        4,
        4,
    )


def source_lines(
    account: SourceAccount,
    facts: Sequence[CitingFact],
    acts: Sequence[CitingAct],
    anchored: Sequence[Anchor] = (),
) -> Iterator[str]:
    """One source whole: description, captures, notices, lineage both ways, what was taken from it, and what became of those words."""
    yield from wrapped(f"{account.source}: {words_of(account.description.title)}", 0, 4)
    yield from wrapped(_byline(account), 4, 4)
    yield from _described(account)
    yield ""
    yield f"Captured: {_counted(len(account.captures), 'time')}"
    for capture in account.captures:
        yield from capture_lines(capture, with_source=False, indent=4)
    if account.notices:
        yield ""
        yield "What it said of its own words:"
        for notice in account.notices:
            yield from _notice_lines(notice)
    if account.copied_from or account.copied_by:
        yield ""
        yield "Who copied whom:"
        for one in (*account.copied_from, *account.copied_by):
            revoked = " [revoked]" if one.revoked else ""
            yield from wrapped(
                f"{one.source} is {_lineage_in_words(one)} (lineage {one.lineage}){revoked}", 4, 4
            )
    yield ""
    yield f"Speaks to: {_counted(len(facts), 'fact')}"
    for fact in facts:
        yield from _fact_lines(fact)
    if acts:
        yield ""
        yield "Named as a ground by:"
        for act in acts:
            upon = f" '{act.fact}'" if act.fact else ""
            yield from wrapped(f"position {act.position}: {act.type}{upon} in {act.stream}", 4, 4)
    if anchored:
        yield ""
        yield "What became of the words cited in newer captures:"
        for anchor in anchored:
            yield from _anchor_lines(anchor)
