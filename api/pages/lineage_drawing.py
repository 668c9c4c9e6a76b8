"""Who copied whom, as a small graph: works in columns, those copied to the left of those that copy them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

import msgspec

from api.in_words import clipped
from api.pages.passages_told import title_of
from ledger.values import Absent

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from api.pages.links import Links
    from projections.source_account import Lineage, SourceAccount

__all__ = ["Graph", "graphed"]

_WIDE, _HIGH, _ACROSS, _DOWN, _MARGIN = 200, 44, 290, 62, 12
_LONGEST = 27
MOST_WORKS = 24


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """One work: where its box stands, and where it leads."""

    ident: str
    title: str
    href: str
    x: int
    y: int
    is_here: bool


class Edge(msgspec.Struct, frozen=True, kw_only=True):
    """`revoked`: the desk took it back. `revoke_href` leads to where that is done."""

    path: str
    relation: str
    x: int
    y: int
    revoked: bool
    sentence: str
    revoke_href: str = ""


class Graph(msgspec.Struct, frozen=True, kw_only=True):
    """The drawing, `width` by `height`."""

    width: int
    height: int
    box_width: int
    box_height: int
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    left_out: int


def _columns(names: list[str], edges: Iterable[Lineage]) -> dict[str, int]:
    """The column of each work: one more than that of any work it copies. Lineage has no circles, and if it had, this would end."""
    known = set(names)
    column = dict.fromkeys(names, 0)
    for _ in names:
        moved = False
        for one in edges:
            if one.source in known and one.to in known and column[one.source] <= column[one.to] < len(names):
                column[one.source] = column[one.to] + 1
                moved = True
        if not moved:
            break
    return column


def _relation(one: Lineage) -> str:
    return one.relation if isinstance(one.relation, str) else "copies"


def graphed(source: str, accounts: Mapping[str, SourceAccount], links: Links) -> Graph | None:
    """The works that are joined to a source by lineage, as known; None where nothing is."""
    edges = [one for account in accounts.values() for one in account.copied_from]
    near, ahead = {source}, [source]
    while ahead:
        work = ahead.pop()
        for one in edges:
            if work in (one.source, one.to):
                found = {one.source, one.to} - near
                near |= found
                ahead += sorted(found)
    if len(near) == 1:
        return None
    names = [source, *(name for name in accounts if name in near and name != source)]
    shown = names[:MOST_WORKS]
    drawn = [one for one in edges if one.source in shown and one.to in shown]
    column = _columns(shown, drawn)
    rows: dict[int, int] = {}
    place: dict[str, tuple[int, int]] = {}
    for name in shown:
        row = rows.get(column[name], 0)
        rows[column[name]] = row + 1
        place[name] = (_MARGIN + column[name] * _ACROSS, _MARGIN + row * _DOWN)
    return Graph(
        width=2 * _MARGIN + max(column.values()) * _ACROSS + _WIDE,
        height=2 * _MARGIN + (max(rows.values()) - 1) * _DOWN + _HIGH,
        box_width=_WIDE,
        box_height=_HIGH,
        nodes=tuple(
            Node(
                ident=name,
                title=_short(title_of(name, accounts)),
                href=links.source(name),
                x=place[name][0],
                y=place[name][1],
                is_here=name == source,
            )
            for name in shown
        ),
        edges=tuple(_edge(one, place) for one in drawn),
        left_out=len(names) - len(shown),
    )


def _short(title: str | Absent) -> str:
    return clipped(title, _LONGEST) if isinstance(title, str) else "removed or not disclosed"


def _edge(one: Lineage, place: Mapping[str, tuple[int, int]]) -> Edge:
    start = place[one.to][0] + _WIDE, place[one.to][1] + _HIGH // 2
    end = place[one.source][0], place[one.source][1] + _HIGH // 2
    middle = (start[0] + end[0]) // 2
    relation = _relation(one)
    return Edge(
        path=f"M{start[0]} {start[1]} C{middle} {start[1]} {middle} {end[1]} {end[0] - 7} {end[1]}",
        relation=relation,
        x=middle,
        y=(start[1] + end[1]) // 2 - 6,
        revoked=one.revoked,
        sentence=f"{one.source} {relation} {one.to}" + (" (taken back)" if one.revoked else ""),
        revoke_href="" if one.revoked else f"/sources/{quote(one.source)}/lineage/{one.lineage}/revoke",
    )
