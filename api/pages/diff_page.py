"""What changed between two snapshots of a source, word by word; white space alone is no change."""

from __future__ import annotations

import asyncio
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

import msgspec
from fastapi import APIRouter

from api.http.conditional import answer_told
from api.http.query import refused_parameter
from api.http.reads import Asked
from api.pages.framing import Clock, Frame, seen_at, viewer_of
from api.pages.links import Links
from api.pages.reads import add_page, page_of
from api.pages.source_page import captured_text
from api.routes.read_sources import source_of
from ledger.values import Absent
from projections.told_sources import told_source
from projections.word_diff import blocks, words_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from starlette.responses import Response

    from api.http.conditional import Told
    from api.http.folded_views import Gathered
    from projections.source_account import Capture
    from projections.told_sources import ToldSource

__all__ = ["Run", "compared", "router"]

router = APIRouter()

MOST_CHARACTERS = 60_000
_AROUND = 240
"""How much of what is the same is shown on either side of a change, in characters."""


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of text: the `same` in both, `gone` from the older, or `new` in the newer. `cut`: some of it is left out."""

    sort: str
    text: str
    cut: bool = False


def _lines(text: str) -> list[str]:
    return [line for line in text.splitlines(keepends=True) if line.strip()]


def _words(old: str, new: str) -> Iterator[Run]:
    before, after = words_in(old), words_in(new)
    for block in blocks([one.text for one in before], [one.text for one in after]):
        gone = before[block.old_start : block.old_end]
        there = after[block.new_start : block.new_end]
        if block.same:
            yield Run(sort="same", text=new[there[0].start : there[-1].end] + " ")
            continue
        if gone:
            yield Run(sort="gone", text=old[gone[0].start : gone[-1].end])
        if there:
            yield Run(sort="new", text=new[there[0].start : there[-1].end])
        yield Run(sort="same", text=" ")


def _joined(lines: Sequence[str]) -> str:
    return "".join(lines)


def compared(old: str, new: str) -> tuple[Run, ...]:
    """Both texts against each other: line by line, and word by word where lines differ."""
    before, after = _lines(old), _lines(new)
    keys = [" ".join(line.split()) for line in before], [" ".join(line.split()) for line in after]
    runs: list[Run] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, *keys, autojunk=False).get_opcodes():
        if tag == "equal":
            runs.append(Run(sort="same", text=_joined(after[j1:j2])))
        elif tag == "delete":
            runs.append(Run(sort="gone", text=_joined(before[i1:i2])))
        elif tag == "insert":
            runs.append(Run(sort="new", text=_joined(after[j1:j2])))
        else:
            runs += _words(_joined(before[i1:i2]), _joined(after[j1:j2]))
            runs.append(Run(sort="same", text="\n"))
    return tuple(_shortened(runs))


def _shortened(runs: Sequence[Run]) -> Iterator[Run]:
    for number, run in enumerate(runs):
        if run.sort != "same" or len(run.text) <= 2 * _AROUND:
            yield run
            continue
        if number > 0:
            yield Run(sort="same", text=run.text[:_AROUND])
        yield Run(sort="same", text="", cut=True)
        if number + 1 < len(runs):
            yield Run(sort="same", text=run.text[-_AROUND:])


def _capture(asked: Asked, account: ToldSource, name: str) -> Capture:
    text = asked.said(name) or ""
    digest = text if text.startswith("sha256:") else f"sha256:{text}"
    found = next((one for one in account.captures if one.act.snapshot == digest), None)
    if found is None:
        raise refused_parameter(
            name, "must be the SHA-256 of a snapshot of this source that was captured by then"
        )
    return found


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """What the page shows."""

    source: str
    title: str | Absent
    href: str
    older: str
    newer: str
    runs: tuple[Run, ...]
    why_not: str
    is_clipped: bool


def _made(asked: Asked, gathered: Gathered) -> Told:
    source = asked.name("source")
    account = told_source(gathered.events, source, asked.point.axes, asked.reading.folded.erasures)
    if account is None:
        raise TypeError("a source that was gathered is known")
    older, newer = (_capture(asked, account, name) for name in ("from", "to"))
    texts = [captured_text(asked, one) for one in (older, newer)]
    known = [text[:MOST_CHARACTERS] for text, _ in texts if text is not None]
    links, clock = Links.at(asked.point), Clock("")

    def said(one: Capture) -> str:
        captured = one.act.captured_at
        when = f", captured {clock.moment(captured)} UTC" if isinstance(captured, str) else ""
        return f"{one.act.snapshot.removeprefix('sha256:')[:12]}{when}"

    both = len(known) == len(texts)
    told = Difference(
        source=source,
        title=account.description.title,
        href=links.source(source),
        older=said(older),
        newer=said(newer),
        runs=compared(*known) if both else (),
        why_not="" if both else next(why for text, why in texts if text is None),
        is_clipped=any(text is not None and len(text) > MOST_CHARACTERS for text, _ in texts),
    )
    frame = Frame(
        title="What changed in the source",
        here="sources",
        viewer=viewer_of(asked.request),
        links=links,
        seen_at=seen_at(asked.point, clock),
    )
    return page_of("diff.html", frame=frame, diff=told)


async def _diff(asked: Asked) -> Response:
    gathered = await source_of(asked)
    told = await asyncio.to_thread(_made, asked, gathered)
    return answer_told(asked.request, told, asked.point.headers)


add_page(router, "/sources/{source}/diff", _diff, parameters=("from", "to"))
