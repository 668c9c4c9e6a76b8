"""The log for whoever checks it: the signed checkpoint, the entries, proofs, and the tiles of C2SP tlog-tiles (docs/transparency.md).

`/v1/log` is a prefix in the words of that specification: `checkpoint`, `tile/…` and `tile/entries/…` are where its clients look.
"""

from __future__ import annotations

import asyncio
import base64
import re
from collections.abc import Iterator
from itertools import islice

import msgspec
from fastapi import APIRouter
from starlette.responses import Response

from api.http.conditional import Told, answer_told, digest_of
from api.http.pages_asked import CURSOR, LIMIT, asked_page
from api.http.problems import ProblemError
from api.http.query import refused_parameter
from api.http.reads import NDJSON, OCTETS, Asked, Read, add_read, answer_lines, json_of, not_yet_known
from api.http.time_travel import Point
from api.http.writing import not_found
from ledger.errors import InvalidError, UnknownError
from ledger.log_lines import log_line
from ledger.merkle import leaf_index
from ledger.transparency import SignedHead, Tile

__all__ = ["READS", "router"]

router = APIRouter(tags=["log"])

_TEXT = "text/plain"
_WHOLE = re.compile(r"[0-9]{1,15}", re.ASCII)


class InclusionProof(msgspec.Struct, frozen=True, kw_only=True):
    """That the event at `position` is in the tree of `size` events: the hashes from its leaf to the root (RFC 6962 §2.1.1), in base64.

    Whoever checks it takes the leaf from the bytes of the event and the root from a checkpoint that is signed; neither is told here.
    """

    position: int
    leaf_index: int
    size: int
    path: tuple[str, ...]


class ConsistencyProof(msgspec.Struct, frozen=True, kw_only=True):
    """That the tree of `first` events is the beginning of that of `second` (RFC 6962 §2.1.2): hashes in base64."""

    first: int
    second: int
    path: tuple[str, ...]


_CHECKPOINT = Read(
    op="read-checkpoint",
    path="/v1/log/checkpoint",
    summary="The newest signed head of the log",
    media_types=(_TEXT,),
    may_be_missing=True,
)
_ENTRIES = Read(
    op="list-entries",
    path="/v1/log/entries",
    summary="The events as lines of the log, in order of position",
    parameters=("after", CURSOR, LIMIT),
    media_types=(NDJSON,),
)
_INCLUSION = Read(
    op="prove-inclusion",
    path="/v1/log/proof/inclusion",
    summary="The way from an event to the root of the tree",
    answers=InclusionProof,
    parameters=("position", "size"),
    may_be_missing=True,
)
_CONSISTENCY = Read(
    op="prove-consistency",
    path="/v1/log/proof/consistency",
    summary="That a smaller tree is the beginning of a larger one",
    answers=ConsistencyProof,
    parameters=("first", "second"),
    may_be_missing=True,
)
_TILE = Read(
    op="read-tile",
    path="/v1/log/tile/{level}/{index:path}",
    summary="A tile of hashes, or a bundle of entries",
    media_types=(OCTETS,),
)
READS = (_CHECKPOINT, _ENTRIES, _INCLUSION, _CONSISTENCY, _TILE)


def _head(asked: Asked) -> SignedHead:
    """The newest signed head, at a point asked about that of then; the first is signed when it is asked for. To be called in a thread."""
    transparency = asked.reading.transparency
    newest = transparency.newest() or asked.reading.checkpoints.sign()
    if newest is not None and asked.point.asked and newest.checkpoint.size > asked.point.known:
        newest = transparency.newest_up_to(asked.point.known)
        if newest is None:
            raise not_yet_known("no head of the log had been signed by then", asked.point)
    if newest is None:
        raise ProblemError.of(
            404, "not-found", "nothing was recorded yet, so there is nothing to sign; ask again later"
        )
    return newest


def _at(asked: Asked, size: int, *, pinned: bool) -> Point:
    """The point of an answer that rests on the first `size` events. `pinned`: another time the same would be answered."""
    point = asked.reading.points.at_position(size)
    return msgspec.structs.replace(point, asked=pinned)


async def _checkpoint(asked: Asked) -> Response:
    def make() -> tuple[Told, Point]:
        head = _head(asked)
        told = Told.of(head.note, media_type=f"{_TEXT}; charset=utf-8")
        return told, _at(asked, head.checkpoint.size, pinned=False)

    told, point = await asyncio.to_thread(make)
    return answer_told(asked.request, told, point.headers)


async def _entries(asked: Asked) -> Response:
    after = _whole(asked, "after", least=0) or 0
    page = await asked_page(asked, "entries", [after], (int,))
    first = (int(page.after[0]) if page.after else after) + 1
    last = min(first + page.limit - 1, page.point.known)
    following = page.cursor((last,)) if last < page.point.known else None
    reading = asked.reading
    redactions = await reading.ask(reading.folded.redactions)

    def lines() -> Iterator[bytes]:
        for row in islice(reading.history.stored_from(first, last), page.limit):
            yield log_line(row)

    # A redaction takes lines away, so it makes another answer of it.
    made_of = f"entries {first} {last} {following} {redactions}"
    moved = msgspec.structs.replace(asked, point=page.point)
    return answer_lines(moved, f'"{digest_of(made_of.encode())}"', lines, following=following)


def _whole(asked: Asked, name: str, *, least: int = 1) -> int | None:
    text = asked.said(name)
    if text is None:
        return None
    if _WHOLE.fullmatch(text) is None or int(text) < least:
        raise refused_parameter(name, f"must be a whole number, {least} or more")
    return int(text)


def _needed(asked: Asked, name: str) -> int:
    found = _whole(asked, name)
    if found is None:
        raise refused_parameter(name, "must be there")
    return found


def _size(asked: Asked, name: str) -> tuple[int, bool]:
    """How many events the tree is to have, and whether that was said. The tree is caught up where it has to be."""
    said = _whole(asked, name)
    if said is None:
        return _head(asked).checkpoint.size, asked.point.asked
    if said > asked.point.known:
        raise refused_parameter(name, f"must be at most {asked.point.known}, how far the log goes")
    asked.reading.transparency.reach(said)
    return said, True


def _encoded(path: list[bytes]) -> tuple[str, ...]:
    return tuple(base64.b64encode(one).decode() for one in path)


async def _inclusion(asked: Asked) -> Response:
    position = _needed(asked, "position")

    def make() -> tuple[Told, Point]:
        size, said = _size(asked, "size")
        if position > size:
            raise refused_parameter("position", f"must be at most {size}, the size of the tree")
        path = asked.reading.transparency.tree.inclusion(position, size)
        point = _at(asked, size, pinned=said)
        proof = InclusionProof(
            position=position, leaf_index=leaf_index(position), size=size, path=_encoded(path)
        )
        return Told.of(json_of(proof, point)), point

    told, point = await asyncio.to_thread(make)
    return answer_told(asked.request, told, point.headers)


async def _consistency(asked: Asked) -> Response:
    first = _needed(asked, "first")

    def make() -> tuple[Told, Point]:
        second, said = _size(asked, "second")
        if first > second:
            raise refused_parameter("first", f"must be at most {second}, the size of the larger tree")
        path = asked.reading.transparency.tree.consistency(first, second)
        point = _at(asked, second, pinned=said)
        return Told.of(
            json_of(ConsistencyProof(first=first, second=second, path=_encoded(path)), point)
        ), point

    told, point = await asyncio.to_thread(make)
    return answer_told(asked.request, told, point.headers)


async def _tile(asked: Asked) -> Response:
    try:
        tile = Tile.parse(f"{asked.name('level')}/{asked.name('index')}")
    except InvalidError:
        raise not_found("tile") from None

    def make() -> tuple[Told, Point]:
        if tile.leaves > asked.point.known:
            raise not_found("tile")
        transparency = asked.reading.transparency
        transparency.reach(tile.leaves)
        try:
            data = transparency.tree.tile(tile)
        except UnknownError:
            raise not_found("tile") from None
        return Told.of(data, media_type=OCTETS), _at(asked, tile.leaves, pinned=True)

    told, point = await asyncio.to_thread(make)
    return answer_told(asked.request, told, point.headers)


add_read(router, _CHECKPOINT, _checkpoint)
add_read(router, _ENTRIES, _entries)
add_read(router, _INCLUSION, _inclusion)
add_read(router, _CONSISTENCY, _consistency)
add_read(router, _TILE, _tile)
