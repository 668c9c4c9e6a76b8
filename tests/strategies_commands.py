"""Strategies for every command, drawn against what the history of a machine holds so far: most are recorded, some are refused.

They look at the machine that runs (`st.runner()`), so that what they name mostly exists. Whether a command is accepted is not known
here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from hypothesis import strategies as st

from ledger.values import Json
from tests.desk import TEXT
from tests.ledger.dragging import CONTENT

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn, SearchStrategy

    from tests.history_machine import Remembered

__all__ = [
    "acts_upon_facts",
    "amendments",
    "attested",
    "captures",
    "contests",
    "corrections",
    "declarations",
    "descriptions",
    "incidents",
    "kinds",
    "notices",
    "redactions",
    "reports",
    "resolutions",
    "retellings",
    "revocations",
    "sources",
    "standings",
    "withdrawals",
]

Command: TypeAlias = dict[str, Json]

PERIODS = (
    "2021-05-07",
    "2021-05-08",
    "2021-05-09",
    {"earliest": "2021-05-08T06:00:00-05:00", "latest": "2021-05-08T06:30:00-05:00"},
    {"earliest": "2021-05-08T07:00:00-05:00", "latest": "unknown"},
)
"""When sources published: before, on and after the day on which the desk works, at an hour, and at no known end."""

QUOTES = ("about 15 feet", "dragged about 15", "Müller, aged 34", "never said")
TEXTS = (TEXT, "The officer was dragged about 50 feet.\n")
BASIS = {"legal_basis": "Art. 17 GDPR", "authority": "the desk", "reason": "A court ordered it."}
STATEMENTS = (
    "The oficer was draged about 15 feet along Chester Street.",
    "The officer was dragged about 50 feet.",
    "The drivver fled on foot.",
)
SPELLINGS = (("officer", "oficer"), ("dragged", "draged"), ("driver", "drivver"), ("15", "50"))
"""Words as they should be and as somebody may have typed them; a number is none of them, and to change it is refused."""

OUR_CAUSES = ("our-misreading", "our-typo")


def _log(draw: DrawFn) -> Remembered:
    """What the running machine remembers of its history."""
    log: Remembered = draw(st.runner()).log
    return log


def _one_of(*values: Json) -> SearchStrategy[Json]:
    return st.sampled_from(values)


def _source(log: Remembered) -> SearchStrategy[str]:
    return st.sampled_from(log.named("source"))


@st.composite
def _citations(draw: DrawFn) -> Command:
    """A citation without id, of any known source and sometimes of its snapshot."""
    log = _log(draw)
    source = draw(_source(log))
    cited: Command = {"source": source}
    if draw(st.booleans()):
        cited["speaker"] = {"id": draw(st.sampled_from(("chief", "mayor", "driver", "medic")))}
    captured = [digest for of, digest in log.snapshots() if of == source]
    if draw(st.booleans()) and captured:
        cited["snapshot"] = draw(st.sampled_from(captured))
    if draw(st.booleans()):
        cited["selector"] = {"type": "TextQuoteSelector", "exact": draw(st.sampled_from(QUOTES))}
    if draw(st.integers(0, 2)) == 0:
        cited["published"] = draw(st.sampled_from(PERIODS))
    if draw(st.integers(0, 5)) == 0:
        cited["relays"] = draw(st.sampled_from([one for one in log.named("source") if one != source]))
    return cited


def _distances() -> SearchStrategy[list[Command]]:
    return st.sampled_from((("15", "[ft_i]"), ("50", "[ft_i]"), ("4.5", "m"))).map(
        lambda drawn: [{"id": "distance", "value": drawn[0], "unit": drawn[1]}]
    )


@st.composite
def attested(draw: DrawFn, *, supports: bool = False) -> Command:
    """An attestation as a caller writes it; where it `supports`, with that stance."""
    cited = draw(_citations())
    if not supports:
        cited["stance"] = draw(
            _one_of("supports", "supports", "contradicts", "mentions", "denies", "declines")
        )
    if draw(st.integers(0, 2)) == 0:
        cited["as_stated"] = {"quantities": draw(_distances())}
    return cited


@st.composite
def _contents(draw: DrawFn, fact: str) -> Command:
    """The whole content of a fact, which may be related to the other one in time."""
    other = "flight" if fact == "drag" else "drag"
    content = {**CONTENT, "quantities": draw(_distances())}
    content["kind"] = draw(_one_of("drag", "drag", "drag", "flight", "curfew"))
    content["statement"] = draw(_one_of(*STATEMENTS))
    if content["kind"] != "drag":
        del content["details"]
    content["occurred"] = draw(
        _one_of(
            "2021-05-08",
            "2021-05-07",
            {"as_stated": "after a while", "relations": [{"rel": "after", "fact": other}]},
            {"relations": [{"rel": "before", "fact": other}]},
        )
    )
    return content


@st.composite
def incidents(draw: DrawFn) -> Command:
    """Open an incident, or amend one."""
    log = _log(draw)
    title = draw(_one_of("Dragging", "Dragging in Little Rock", "A traffic stop"))
    if draw(st.booleans()):
        ident = draw(_one_of("lr", "mpls"))
        return {"op": "open-incident", "id": ident, "title": title, "zone": "America/Chicago"}
    incident = draw(st.sampled_from(log.named("incident")))
    changed = {"zone": "America/Denver"} if draw(st.integers(0, 3)) == 0 else {"title": title}
    return {"op": "amend-incident", "incident": incident, **changed, "reason": "A better label."}


@st.composite
def sources(draw: DrawFn) -> Command:
    """Register a source."""
    ident = draw(st.sampled_from(("release", "article", "wire", "blog")))
    command: Command = {"op": "register-source", "id": ident, "kind": "article", "title": f"The {ident}"}
    if draw(st.booleans()):
        command["published"] = draw(_one_of(*PERIODS, "never"))
    return command


@st.composite
def descriptions(draw: DrawFn) -> Command:
    """Amend a source."""
    command: Command = {
        "op": "amend-source",
        "source": draw(_source(_log(draw))),
        "reason": "We looked it up.",
    }
    return {**command, "published": draw(_one_of(*PERIODS, *PERIODS, "never"))}


@st.composite
def captures(draw: DrawFn) -> Command:
    """Capture one of two texts, at a time that the caller names or not."""
    source, text = draw(_source(_log(draw))), draw(st.sampled_from(TEXTS))
    command = {"op": "capture-snapshot", "source": source, "media_type": "text/plain", "text": text}
    if draw(st.booleans()):
        command["captured_at"] = draw(st.sampled_from(("2021-05-08T05:00:00-05:00", "2021-05-08T11:30:00Z")))
    return command


@st.composite
def reports(draw: DrawFn) -> Command:
    """Report one of two facts."""
    incident = draw(st.sampled_from(_log(draw).named("incident")))
    first, more = draw(attested(supports=True)), draw(st.lists(attested(), max_size=1))
    frame = {"op": "report-fact", "incident": incident, "id": draw(_one_of("drag", "flight"))}
    return {**frame, **draw(_contents(frame["id"])), "citations": [first, *more]}


@st.composite
def _upon(draw: DrawFn, op: str) -> Command:
    """The members that all acts upon a fact have; some say the version that they were decided against."""
    log = _log(draw)
    incident, fact = draw(st.sampled_from(log.facts()))
    command: Command = {"op": op, "incident": incident, "fact": fact}
    if draw(st.booleans()):
        command["expected_version"] = log.version(incident, fact)
    return command


@st.composite
def _picked(draw: DrawFn, command: Command, *, most: int) -> list[str]:
    """Ids of attestations of the fact that a command acts upon."""
    there = _log(draw).attestations(command["incident"], command["fact"])
    picked: list[str] = draw(st.lists(st.sampled_from(there), max_size=most, unique=True))
    return picked


def _grounds() -> SearchStrategy[list[Command]]:
    """The citations of an act that only names its ground."""
    return st.lists(_citations().map(lambda cited: {**cited, "id": "ground"}), max_size=1)


@st.composite
def retellings(draw: DrawFn) -> Command:
    """Attest a fact."""
    return {**draw(_upon("attest-fact")), "attestation": draw(attested())}


@st.composite
def withdrawals(draw: DrawFn) -> Command:
    """Withdraw an attestation."""
    command = draw(_upon("withdraw-attestation"))
    cause = draw(_one_of("our-misreading", "source-withdrew", "upstream-unexplained"))
    there = _log(draw).attestations(command["incident"], command["fact"])
    return {
        **command,
        "attestation": draw(st.sampled_from(there)),
        "cause": cause,
        "reason": "Of another.",
        "citations": draw(_grounds()),
    }


@st.composite
def corrections(draw: DrawFn) -> Command:
    """Correct a fact: with a new citation, or resting on passages that stand."""
    command = draw(_upon("correct-fact"))
    command |= {**draw(_contents(command["fact"])), "class": "other", "reason": "It was wrong."}
    command["cause"] = draw(_one_of("source-error", "new-information", "legal", *OUR_CAUSES))
    command["citations"] = draw(st.lists(attested(supports=True), max_size=1))
    command["rests_on"] = draw(_picked(command, most=2))
    if draw(st.booleans()):
        command["withdraws"] = draw(_picked(command, most=1))
    return command


@st.composite
def amendments(draw: DrawFn) -> Command:
    """Mend the spelling of a statement, or spoil it again; sometimes change a number, which is refused."""
    command = draw(_upon("amend-fact"))
    words = _log(draw).words(command["incident"], command["fact"])
    there = [pair for pair in SPELLINGS if pair[0] in words or pair[1] in words]
    right, wrong = draw(st.sampled_from([pair for pair in there if pair[1] in words] or there))
    mended = words.replace(wrong, right) if wrong in words else words.replace(right, wrong)
    return {**command, "set": {"statement": mended}, "reason": "Spelling.", "citations": draw(_grounds())}


@st.composite
def standings(draw: DrawFn) -> Command:
    """Retract a fact, or take that back."""
    command = draw(_upon("retract-fact"))
    retracted = _log(draw).is_retracted(command["incident"], command["fact"])
    if retracted != (draw(st.integers(0, 5)) == 0):
        command["op"] = "reinstate-fact"
    command["cause"] = draw(_one_of("source-error", "new-information", *OUR_CAUSES))
    return {**command, "reason": "We looked again.", "citations": draw(_grounds())}


@st.composite
def contests(draw: DrawFn) -> Command:
    """Dispute a fact."""
    return {
        **draw(_upon("dispute-fact")),
        "by": "a reader",
        "grounds": "It was not so.",
        "citations": draw(_grounds()),
    }


@st.composite
def resolutions(draw: DrawFn) -> Command:
    """Resolve a dispute, which may settle what a passage said; begin one where there is none."""
    command = draw(_upon("resolve-dispute"))
    number = _log(draw).disputes(command["incident"], command["fact"])
    if number == 0:
        return draw(contests())
    command |= {"dispute": draw(st.integers(1, number)), "reason": "The video shows it."}
    outcome = draw(_one_of("upheld", "rejected", "withdrawn", "left-open"))
    return {**command, "outcome": outcome, "settles": draw(_picked(command, most=2))}


def acts_upon_facts() -> SearchStrategy[Command]:
    """An act upon a fact that looks up no quotation, so that nothing is judged before the version of the fact."""
    return st.one_of(
        withdrawals(),
        corrections().map(lambda command: {**command, "citations": []}),
        amendments(),
        standings(),
        contests(),
        resolutions(),
    ).map(lambda command: {key: value for key, value in command.items() if key != "citations"})


@st.composite
def notices(draw: DrawFn) -> Command:
    """Record what a source said of what it had said."""
    cited = {**draw(_citations()), "id": "notice"}
    passages = [
        {"id": "n1", "selector": {"type": "TextQuoteSelector", "exact": draw(st.sampled_from(QUOTES))}}
    ]
    return {
        "op": "record-notice",
        "source": cited["source"],
        "type": draw(_one_of("correction", "retraction", "takedown", "update")),
        "summary": "It was 50 feet.",
        "scope": draw(_one_of("all", {"passages": passages})),
        "published": draw(st.sampled_from(PERIODS)),
        "citation": cited,
    }


@st.composite
def declarations(draw: DrawFn) -> Command:
    """Declare that one source copies another."""
    log = _log(draw)
    relation = draw(_one_of("copies", "syndicates", "rewrites"))
    source, to = draw(st.permutations(log.named("source")))[:2]
    return {"op": "declare-lineage", "source": source, "relation": relation, "to": to}


@st.composite
def revocations(draw: DrawFn) -> Command:
    """Revoke a lineage; declare one where there is none."""
    lineages = _log(draw).lineages()
    if not lineages:
        return draw(declarations())
    source, number = draw(st.sampled_from(lineages))
    return {
        "op": "revoke-lineage",
        "source": source,
        "lineage": number,
        "reason": "They wrote it themselves.",
    }


@st.composite
def kinds(draw: DrawFn) -> Command:
    """Register a kind of the desk's own, in one of its first versions."""
    schema = {"type": "object", "properties": {}, "additionalProperties": False}
    return {
        "op": "register-kind",
        "slug": "curfew",
        "version": draw(st.integers(1, 3)),
        "label": draw(_one_of("Curfew", "A curfew")),
        "definition": "A source reports that people were ordered off the streets.",
        "schema": schema,
        "roles": ["injured", "driver"],
    }


@st.composite
def redactions(draw: DrawFn) -> Command:
    """Redact a path of a fact, of one event of an incident or source, or a snapshot. Some paths stand in other acts only."""
    log = _log(draw)
    captured = log.snapshots()
    if draw(st.integers(0, 3)) == 0 and captured:
        source, digest = draw(st.sampled_from(captured))
        return {"op": "redact", "source": source, "snapshots": [digest], **BASIS}
    stream, version, path = draw(st.sampled_from(log.committed()))
    if draw(st.integers(0, 5)) == 0:
        path = path.rpartition("/")[0] or "statement"
    where, _, ident = stream.partition("/")
    fact = log.fact_of(stream, version)
    if fact is not None and draw(st.booleans()):
        return {"op": "redact", "incident": ident, "facts": [{"fact": fact, "paths": [path]}], **BASIS}
    return {"op": "redact", where: ident, "events": [{"version": version, "paths": [path]}], **BASIS}
