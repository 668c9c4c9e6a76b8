"""The reference ledger: model §5 as a reader would do it by hand, and the judge of every projection.

Each function quotes the sentence that it is. Nothing is cached and nothing is fast: an answer is worked out
from the whole list of acts each time. Acts are opened acts as plain dicts. It knows no state, codec or view
of the program, so that a mistake there cannot be repeated here.
"""

from __future__ import annotations

import copy
from itertools import combinations
from typing import TYPE_CHECKING, Any, TypeAlias

from tests.reference_counting import count_origins, disjoint, supersedes
from tests.reference_publication import NEVER, by, moment, publication
from tests.reference_redaction import UNDISCLOSED, citations_within, masked

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["amended", "out", "position_at", "state"]

Json: TypeAlias = dict[str, Any]
OURS = {"our-misreading", "our-typo"}


def state(
    acts: list[Json], incident: str, *, known: int | None = None, public: str | None = None
) -> Json | None:
    """The fold, in ledger order, of the acts with position ≤ known that are *out* by `public`.

    "Acts of the frame (incident opened and amended, source, lineage, registry) obey `known` only."
    """
    stream = f"incident/{incident}"
    log = [act for act in masked(acts) if known is None or act["position"] <= known]
    frame: Json = {}
    for act in log:
        if act["stream"] == stream and act["type"] in {"IncidentOpened", "IncidentAmended"}:
            frame |= {key: act["body"][key] for key in ("title", "zone") if key in act["body"]}
    if not frame:
        return None
    facts = {}
    for fact in dict.fromkeys(
        act["body"]["fact"] for act in log if act["stream"] == stream and "fact" in act["body"]
    ):
        folded = fold(log, stream, fact, None if public is None else moment(public))
        if folded is not None:
            facts[fact] = decided(acts, stream, fact, folded)
    return {"incident": incident, **frame, "facts": facts}


def position_at(acts: list[Json], recorded: str) -> int:
    """`known_at=T` is the prefix at the last position with `recorded_at ≤ T`.

    "A transaction is never cut by time."
    """
    return max((act["position"] for act in acts if moment(act["recorded_at"]) <= moment(recorded)), default=0)


def out(act: Json, lineage: list[Json], log: list[Json]) -> datetime:
    """From the earliest publication among its standing citations, `mentions` aside.

    "Those it `rests_on` included; one without citations from its recorded_at. An act that mends our own work
    (cause our-misreading or our-typo, or an amendment without a citation) is out also as soon as the act it
    answers is."
    """
    body, stored = act["body"], attestations(lineage)
    cited = [(one, act) for under in ("attestations", "citations") for one in citations_within(body, under)]
    cited += [stored[ident] for ident in body.get("rests_on", ())]
    cited = [(one, carrier) for one, carrier in cited if one.get("stance") != "mentions"]
    if cited:
        fallen = misread(lineage)
        standing = [
            (one, carrier) for one, carrier in cited if "stance" not in one or one["id"] not in fallen
        ]
        when = min((publication(one, carrier, log) for one, carrier in standing), default=NEVER)
    else:
        when = moment(act["recorded_at"])
    if body.get("cause") in OURS or (act["type"] == "FactAmended" and not body.get("citations")):
        mended = mends(act, lineage)
        answered = [earlier for earlier in lineage if earlier["version"] == mended]
        when = min([when, *(out(earlier, lineage, log) for earlier in answered)])
    return when


def mends(act: Json, lineage: list[Json]) -> int | None:
    """The act it answers (ADR 8): the one that brought the withdrawn passage, or the content that stood."""
    withdrawn = act["body"].get("attestation")
    if isinstance(withdrawn, str):
        return int(attestations(lineage)[withdrawn][1]["version"])
    return recorded_content(lineage, act["answers"])[1]


def misread(lineage: list[Json]) -> set[str]:
    """A citation withdrawn as our misreading by `known` does not stand."""
    ours = [act["body"] for act in lineage if act["body"].get("cause") == "our-misreading"]
    return {ident for body in ours for ident in withdrawn_by(body)}


def withdrawn_by(body: Json) -> list[str]:
    """The attestations that a withdrawal, or a correction, takes away."""
    single = [body["attestation"]] if isinstance(body.get("attestation"), str) else []
    return single + list(body.get("withdraws", ()))


def fold(log: list[Json], stream: str, fact: str, public: datetime | None) -> Json | None:
    """An act upon a fact not established changes nothing. A correction never lifts a retraction.

    An amendment changes only the content it was decided against.
    """
    lineage = upon(log, stream, fact)
    content: Json | None = None
    base: int | None = None
    version, retracted, disputes = 0, False, {}
    for act in lineage:
        if not by(out(act, lineage, log), public):
            continue
        body = act["body"]
        if content is None:
            first = established(act, lineage, log, public)
            if first is None:
                continue
            content, base = first
        elif "content" in body:
            content, base = body["content"], act["version"]
        elif act["type"] == "FactAmended" and recorded_content(lineage, act["answers"])[1] == base:
            content = amended(content, body["set"])
        elif act["type"] in {"FactRetracted", "FactReinstated"}:
            retracted = act["type"] == "FactRetracted"
        elif act["type"] == "FactDisputed":
            disputes[str(body["dispute"])] = "open"
        elif act["type"] == "DisputeResolved" and disputes.get(str(body["dispute"])) in {"open", "left-open"}:
            disputes[str(body["dispute"])] = body["outcome"]
        version = act["version"]
    if content is None:
        return None
    listed = {
        ident: {"stance": one["stance"], "source": one["source"], **counted(one, lineage, log, public)}
        for ident, (one, carrier) in attestations(lineage).items()
        if by(publication(one, carrier, log), public)
    }
    return {
        "version": version,
        "content": content,
        **status(listed, disputes, lineage, log),
        "decided": ["retracted"] if retracted else [],
        "attestations": listed,
        "disputes": disputes,
    }


def established(
    act: Json, lineage: list[Json], log: list[Json], public: datetime | None
) -> tuple[Json, int | None] | None:
    """The first act with a standing `supports` citation that is itself out establishes the fact.

    "Report or correction with its content, attestation with its `as_stated`." The content, and the version it
    comes from: none for a source's own words. A passage that an act rests on established the fact before.
    """
    fallen = misread(lineage)
    for one in citations_within(act["body"], "attestations"):
        published = publication(one, act, log)
        if one["stance"] == "supports" and one["id"] not in fallen and by(published, public):
            if "content" in act["body"]:
                return act["body"]["content"], act["version"]
            base = None if "as_stated" in one else recorded_content(lineage, act["answers"])[1]
            return stated(one, act, lineage), base
    return None


def recorded_content(lineage: list[Json], version: int) -> tuple[Json, int]:
    """A fact's content at a version, amendments included, and the version of the act it comes from."""
    content: Json = {}
    base = 0
    for act in lineage:
        if act["version"] <= version and "content" in act["body"]:
            content, base = act["body"]["content"], act["version"]
        elif act["version"] <= version and act["type"] == "FactAmended":
            content = amended(content, act["body"]["set"])
    return content, base


def amended(content: Json, wording: Json) -> Json:
    """The content in other words at some paths; what was redacted is not changed.

    Words of the amendment that were redacted themselves are a tombstone, never the words before them.
    """
    content = copy.deepcopy(content)
    for path, words in wording.items():
        *parents, last = path.split("/")
        holder: Any = content
        for part in parents:
            keyed = {one["id"]: one for one in holder} if isinstance(holder, list) else holder
            holder = keyed.get(part, UNDISCLOSED)
        if "absent" in holder:
            continue
        holder[last] = words
        if words == UNDISCLOSED and last == "as_stated" and parents != ["details"]:
            del holder[last]
            holder.update({} if holder.keys() - {"id", "role"} else UNDISCLOSED)
    return content


def stated(attestation: Json, carrier: Json, lineage: list[Json]) -> Json:
    """What a passage states: without `as_stated` the content of the version it was recorded with, for ever.

    With it, it states what it lists and nothing else; words that were redacted state nothing.
    """
    content = carrier["body"].get("content") or recorded_content(lineage, carrier["answers"])[0]
    if "as_stated" not in attestation:
        return dict(content)
    said = attestation["as_stated"]
    return {
        "kind": content["kind"],
        **({"statement": {"absent": said["absent"]}} if "absent" in said else said),
    }


def counted(one: Json, lineage: list[Json], log: list[Json], public: datetime | None) -> Json:
    """Superseding, `settles` and other withdrawals change status, origins and conflicts alone."""
    effective = [act["body"] for act in lineage if by(out(act, lineage, log), public)]
    if one["id"] in misread(lineage) or any(one["id"] in withdrawn_by(body) for body in effective):
        why = "withdrawn"
    elif any(supersedes(act, one, public) for act in log if act["stream"] == f"source/{one['source']}"):
        why = "superseded"
    elif any(one["id"] in body.get("settles", ()) for body in effective):
        why = "settled"
    else:
        why = {"mentions": "mentions", "declines": "declines"}.get(one["stance"], "counted")
    return {"counts": why == "counted", "why": why}


def status(listed: Json, disputes: Json, lineage: list[Json], log: list[Json]) -> Json:
    """`disputed`, else `unsupported`, else `corroborated`, else `reported`.

    "Disputed: an open dispute, a standing contradiction, or disjoint values, none of them settled;
    unsupported: no standing support; corroborated: two or more compatible origins."
    """
    counting = [attestations(lineage)[ident] for ident, one in listed.items() if one["counts"]]
    support = [(one, carrier) for one, carrier in counting if one["stance"] == "supports"]
    values = [stated(one, carrier, lineage) for one, carrier in support]
    origins = count_origins([one for one, _ in support], log)
    contested = (
        any(outcome in {"open", "left-open"} for outcome in disputes.values())
        or len(support) < len(counting)
        or any(disjoint(a, b) for a, b in combinations(values, 2))
    )
    if contested:
        return {"status": "disputed", "origins": origins}
    return {"status": ("unsupported", "reported", "corroborated")[min(origins, 2)], "origins": origins}


def decided(acts: list[Json], stream: str, fact: str, folded: Json) -> Json:
    """Decided: `retracted`, `redacted`. Both are shown, and a redaction at once everywhere."""
    named = [
        one["fact"]
        for act in acts
        if act["type"] == "Redacted" and act["stream"] == stream
        for one in act["body"].get("facts", ())
    ]
    return folded | {"decided": sorted(folded["decided"] + (["redacted"] if fact in named else []))}


def upon(log: list[Json], stream: str, fact: str) -> list[Json]:
    """The acts upon one fact, in ledger order."""
    return [act for act in log if act["stream"] == stream and act["body"].get("fact") == fact]


def attestations(lineage: list[Json]) -> dict[str, tuple[Json, Json]]:
    """Every attestation of a fact, with the act that carries it."""
    return {one["id"]: (one, act) for act in lineage for one in citations_within(act["body"], "attestations")}
