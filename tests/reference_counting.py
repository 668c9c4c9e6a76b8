"""What counts and what conflicts, for the reference ledger: notices, origins, values that exclude each other.

Only the comparison of two values is taken from the ledger (model §3 and §4).
"""

from __future__ import annotations

import json
from itertools import product
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from ledger.bounds import compare_when
from ledger.place import Place, compare_places
from ledger.quantity import Quantity, compare
from ledger.when import When
from tests.reference_publication import bound, by, moment
from tests.reference_redaction import UNDISCLOSED

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["count_origins", "disjoint", "supersedes"]

Json: TypeAlias = dict[str, Any]
WITHDRAWING_NOTICES = {"correction", "retraction", "takedown"}
RELATION_GROUP = {"before": "before", "after": "after", "during": "while", "same-time": "while"}


def supersedes(act: Json, attestation: Json, public: datetime | None) -> bool:
    """One in the scope of a source's correction, retraction or takedown notice is *superseded*.

    "From that notice's recording and publication on." What was put out with or after the notice is not.
    """
    body = act["body"]
    if act["type"] != "SourceNoticeRecorded" or str(body["type"]) not in WITHDRAWING_NOTICES:
        return False
    when = bound(body["published"], "latest") or moment(act["recorded_at"])
    written = bound(attestation.get("published"), "earliest")
    if not by(when, public) or (written is not None and written >= when):
        return False
    return body["scope"] == "all" or any(meet(one, attestation) for one in body.get("passages", ()))


def meet(passage: Json, attestation: Json) -> bool:
    """Whether one's quoted words contain the other's, or the two positions overlap."""
    (words, place), (other_words, other_place) = (selected(one) for one in (passage, attestation))
    words, other_words = plain(words), plain(other_words)
    if words and other_words and (words in other_words or other_words in words):
        return True
    return max(place[0], other_place[0]) < min(place[1], other_place[1])


def plain(words: str) -> str:
    """Words as they are found in a text: with one blank for all white space, and straight quotation marks."""
    for curly in "‘’‚‛ʼ":
        words = words.replace(curly, "'")
    for curly in "“”„‟":
        words = words.replace(curly, '"')
    return " ".join(words.split())


def selected(passage: Json) -> tuple[str, tuple[int, int]]:
    """The words that a passage quotes, and where they stand; a redacted selector selects nothing."""
    selectors = passage.get("selector", [])
    given = {one["type"]: one for one in (selectors if isinstance(selectors, list) else [])}
    place = given.get("TextPositionSelector", {"start": 0, "end": 0})
    return given.get("TextQuoteSelector", {"exact": ""})["exact"], (place["start"], place["end"])


def disjoint(a: Json, b: Json) -> bool:
    """Two values that cannot both be right: of one quantity, time, order, place, or field of a data set."""
    for before, after in pairs(a, b, "quantities"):
        if compare(msgspec.convert(before, Quantity), msgspec.convert(after, Quantity)) == "disjoint":
            return True
    for before, after in pairs(a, b, "places"):
        if compare_places(msgspec.convert(before, Place), msgspec.convert(after, Place)) == "disjoint":
            return True
    times = [one.get("occurred", UNDISCLOSED) for one in (a, b)]
    if all("absent" not in one for one in times):
        if compare_when(*(msgspec.convert(one, When) for one in times)) == "disjoint":
            return True
        orders = [
            {one["fact"]: RELATION_GROUP[one["rel"]] for one in time.get("relations", ())} for time in times
        ]
        if any(orders[0][fact] != orders[1][fact] for fact in orders[0].keys() & orders[1].keys()):
            return True
    if all(one["kind"].startswith("attribute@") for one in (a, b)):
        fields = [one.get("details", {}).get("value", UNDISCLOSED) for one in (a, b)]
        return UNDISCLOSED not in fields and len({json.dumps(one, sort_keys=True) for one in fields}) > 1
    return False


def pairs(a: Json, b: Json, name: str) -> list[tuple[Json, Json]]:
    """Items of the same id in both, as far as they are disclosed."""
    others = {one["id"]: one for one in b.get(name, ()) if "absent" not in one}
    return [
        (one, others[one["id"]]) for one in a.get(name, ()) if "absent" not in one and one["id"] in others
    ]


def count_origins(passages: list[Json], log: list[Json]) -> int:
    """Works joined by `copies`, `syndicates`, `rewrites` are one origin.

    "A passage that `relays` another source, or has the same `speaker.id` as another passage, shares its
    origin for that passage." "A copy never raises the count": it is no teller of its own beside what it copies.
    Nor does a redaction: of a passage without its speaker, the speaker counts by whom the origins are fewest.
    """
    revoked = {(act["stream"], act["body"]["lineage"]) for act in log if act["type"] == "LineageRevoked"}
    edges = [
        (act["stream"].removeprefix("source/"), act["body"]["to"])
        for act in log
        if act["type"] == "LineageDeclared" and (act["stream"], act["body"]["lineage"]) not in revoked
    ]
    names = {passage["speaker"]["id"] for passage in passages if "id" in passage.get("speaker", {})}
    speakers = [sorted(names | {"?"}) if is_removed(one) else [name_of(one)] for one in passages]
    return min(tellers_among(passages, edges, spoken) for spoken in product(*speakers))


def is_removed(passage: Json) -> bool:
    """Whether a redaction took the speaker, who may then have been anybody."""
    return bool(passage.get("speaker") == UNDISCLOSED)


def name_of(passage: Json) -> str:
    """The id of the speaker; "" where there is none."""
    return str(passage.get("speaker", {}).get("id", ""))


def tellers_among(passages: list[Json], edges: list[tuple[str, str]], spoken: tuple[str, ...]) -> int:
    """How many origins there are, if these are the speakers of the passages."""
    tellers = [
        {f"source {passage.get('relays', passage['source'])}"} | ({f"speaker {name}"} if name else set())
        for passage, name in zip(passages, spoken, strict=True)
    ]
    groups = [{f"source {one}" for one in edge} for edge in edges] + tellers
    merged: list[set[str]] = []
    for group in groups:
        touching = [one for one in merged if one & group]
        merged = [one for one in merged if not one & group] + [group.union(*touching)]
    cited = {one["source"] for one in passages}
    first_hand = [
        teller
        for passage, teller in zip(passages, tellers, strict=True)
        if "relays" in passage or not behind(passage["source"], edges) & cited
    ]
    return sum(any(teller <= one for teller in first_hand) for one in merged)


def behind(source: str, edges: list[tuple[str, str]]) -> set[str]:
    """The works that a source copies, and those that they do."""
    near = {of for copy, of in edges if copy == source}
    return near.union(*(behind(one, edges) for one in near))
