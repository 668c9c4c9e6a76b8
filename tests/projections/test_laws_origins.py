"""Law 11, "A copy of a source never raises the number of origins", and what model §4 says of origins beside it.

Histories are drawn whole and asked at every position and every public time, so that the law is tried at any point of both axes.
"""

from __future__ import annotations

from itertools import combinations, permutations
from typing import TYPE_CHECKING

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from projections.axes import Axes
from projections.incident_view import incident_view
from projections.source_view import copied_by, origins_by_lineage, sources_at
from projections.stored_rows import incident_rows
from projections.tellers import Tellers
from tests.lineage_lines import (
    BEGUN,
    FACTS,
    PUBLIC,
    WORKS,
    Edge,
    Line,
    acts,
    attests,
    declares,
    drag,
    facts_of,
)
from tests.projections.rows_at import stored_at

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ledger.events import Act, Recorded
    from projections.fact_fold import AttestationView, FactView

RELATIONS = ("copies", "syndicates", "rewrites")


def counted(fact: FactView) -> list[AttestationView]:
    return [one for one in fact.attestations if one.counts and one.attestation.stance == "supports"]


@st.composite
def passages(draw: st.DrawFn) -> Line:
    """What a passage is, its source and its id aside."""
    more: Line = {}
    if draw(st.booleans()):
        more["relays"] = draw(st.sampled_from(WORKS))
    if draw(st.booleans()):
        more["speaker"] = draw(st.sampled_from(("chief", "mayor")))
    if draw(st.integers(0, 5)) == 0:
        more["stance"] = draw(st.sampled_from(("denies", "contradicts", "mentions", "declines")))
    return more


@st.composite
def edges(draw: st.DrawFn, among: tuple[str, ...] = WORKS) -> Edge:
    of, copy = sorted(draw(st.lists(st.sampled_from(among), min_size=2, max_size=2, unique=True)))
    return Edge(copy, of)


@st.composite
def histories(draw: st.DrawFn) -> list[Line]:
    """Acts upon two facts and five works: passages, lineage declared and revoked, notices, withdrawals."""
    lines: list[Line] = []
    standing: list[tuple[str, int]] = []
    attested: list[tuple[str, str]] = []
    for number in range(draw(st.integers(1, 9))):
        sort = draw(
            st.sampled_from(("attest", "attest", "attest", "edge", "edge", "revoke", "notice", "withdraw"))
        )
        if sort == "edge":
            edge = draw(edges())
            lines.append(declares(edge, number, draw(st.sampled_from(RELATIONS))))
            standing.append((edge.copy, number))
        elif sort == "revoke" and standing:
            work, declared = standing.pop(draw(st.integers(0, len(standing) - 1)))
            lines.append({"LineageRevoked": work, "lineage": declared})
        elif sort == "notice":
            kind = draw(st.sampled_from(("retraction", "correction", "clarification")))
            work = draw(st.sampled_from(WORKS))
            lines.append(
                {
                    "SourceNoticeRecorded": work,
                    "type": kind,
                    "published": "2021-05-11 12:00",
                    "notice": number + 1,
                }
            )
        elif sort == "withdraw" and attested:
            fact, ident = attested.pop()
            lines.append(
                {"AttestationWithdrawn": fact, "attestation": ident, "cause": "upstream-unexplained"}
            )
        else:
            fact, source = draw(st.sampled_from(FACTS)), draw(st.sampled_from(WORKS))
            more = draw(passages())
            if more.get("relays") == source:
                del more["relays"]
            lines.append(attests(fact, f"a{number}", source, **more))
            attested.append((fact, f"a{number}"))
    return lines


@st.composite
def added(draw: st.DrawFn, lines: list[Line], more: list[Line]) -> tuple[list[Line], int]:
    """The history with lines put in somewhere, and how many of its own lines stand before them."""
    at = draw(st.integers(0, len(lines)))
    return [*lines[:at], *more, *lines[at:]], at


@given(st.data(), histories(), edges(), st.sampled_from(RELATIONS))
def test_adding_an_edge_raises_the_number_of_origins_of_no_fact_at_any_point(
    data: st.DataObject, lines: list[Line], edge: Edge, relation: str
) -> None:
    relaying = next(work for work in reversed(WORKS) if work not in edge)
    about = [attests("flight", f"of-{work}", work) for work in edge]
    about += [attests("flight", f"via-{work}", relaying, relays=work) for work in edge]
    lines = [*(line for line in about if data.draw(st.booleans())), *lines]
    longer, at = data.draw(added(lines, [declares(edge, 99, relation)]))
    before, after = acts(lines), acts(longer)

    for known in range(BEGUN + at, len(before) + 1):
        for public in PUBLIC:
            lower, upper = facts_of(after, known + 1, public), facts_of(before, known, public)
            assert upper.keys() == lower.keys()
            assert [] == [name for name in upper if lower[name].origins > upper[name].origins]


@given(st.data(), st.just([]) | histories(), edges() | edges(WORKS[1:]), passages(), st.sampled_from(FACTS))
def test_a_copy_of_a_source_never_raises_the_number_of_origins(
    data: st.DataObject, lines: list[Line], edge: Edge, more: Line, fact: str
) -> None:
    """Law 11 (model §5): A copy of a source never raises the number of origins."""
    # Half of the histories are the original and its copy alone, of works that nobody else tells of: there it shows.
    # A passage that relays a third party is that one's telling, whatever else its work copies (model §4: "for that passage").
    more = {name: value for name, value in more.items() if name != "relays"}
    original = {name: value for name, value in data.draw(passages()).items() if value != edge.of}
    lines = [attests(fact, "original", edge.of, **original), *lines]
    longer, at = data.draw(added(lines, [attests(fact, "copy", edge.copy, **more)]))
    before, after = acts([declares(edge, 99), *lines]), acts([declares(edge, 99), *longer])

    for known in range(BEGUN + 1 + at, len(before) + 1):
        for public in PUBLIC:
            without, with_copy = facts_of(before, known, public), facts_of(after, known + 1, public)
            said = {one.attestation.source for one in counted(without[fact])} if fact in without else set()
            if edge.of in said:
                assert without[fact].origins >= with_copy[fact].origins


@given(st.data(), histories())
def test_a_redaction_of_speakers_never_raises_the_number_of_origins(
    data: st.DataObject, lines: list[Line]
) -> None:
    said = [line for line in lines if "FactAttested" in line and "speaker" in line["from"]]
    erased = [line for line in said if data.draw(st.booleans())]
    paths: dict[str, list[str]] = {}
    for line in erased:
        paths.setdefault(line["FactAttested"], []).append(f"attestations/{line['from']['id']}/speaker")
    before = acts(lines)
    after = acts([*lines, {"Redacted": "incident/lr", "erases": paths}] if paths else lines)

    for known in range(BEGUN, len(before) + 1):
        for public in PUBLIC:
            upper, lower = facts_of(before, known, public), facts_of(after, known, public)
            assert [] == [name for name in upper if lower[name].origins > upper[name].origins]
            for fact in lower.values():
                assert fact.origins == count(counted(fact), before, known)


def count(passages: Sequence[AttestationView], events: list[Recorded[Act]], known: int) -> int:
    """How many origins the history of steps counts."""
    sources = sources_at(events, known)
    tellers = Tellers(sources)
    tellers.join_by(origins_by_lineage(sources))
    for passage in passages:
        tellers.add(passage)  # type: ignore[arg-type]  # as much of a passage as tells who tells it
    return tellers.origins()


@given(histories())
def test_the_rows_of_the_lists_have_at_every_position_as_many_origins_as_the_page(lines: list[Line]) -> None:
    events = acts(lines)
    rows = incident_rows(events, "lr")

    for known in range(BEGUN, len(events) + 1):
        listed = {fact: row["origins"] for fact, row in stored_at(rows, known).items()}
        assert {fact: view.origins for fact, view in facts_of(events, known, None).items()} == listed


@given(histories(), edges())
def test_lineage_learned_later_counts_from_that_position_on_and_not_before(
    lines: list[Line], edge: Edge
) -> None:
    before, after = acts(lines), acts([*lines, declares(edge, 99)])
    learned = len(after)

    for public in PUBLIC:
        for known in range(BEGUN, learned):
            axes = Axes(known=known, public=public)
            assert msgspec.json.encode(incident_view(before, "lr", axes)) == msgspec.json.encode(
                incident_view(after, "lr", axes)
            )
        for fact in facts_of(after, learned, public).values():
            of_work = {
                work: {
                    one.origin
                    for one in counted(fact)
                    if one.attestation.source == work and one.attestation.relays is None
                }
                for work in edge
            }
            if all(of_work.values()):
                assert len(of_work[edge.copy] | of_work[edge.of]) == 1


@given(histories(), edges())
def test_a_revoked_edge_leaves_the_origins_as_they_were_without_it(lines: list[Line], edge: Edge) -> None:
    revoked = [*lines, declares(edge, 99), {"LineageRevoked": edge.copy, "lineage": 99}]
    before, after = acts(lines), acts(revoked)

    for public in PUBLIC:
        assert facts_of(before, len(before), public) == facts_of(after, len(after), public)


def share(one: AttestationView, other: AttestationView, lineage: dict[str, str]) -> bool:
    """Whether two passages are of one origin by themselves, as model §4 has it, no third one helping."""
    a, b = one.attestation, other.attestation
    tellers = {lineage[each.relays or each.source] for each in (a, b)}
    speakers = {None if each.speaker is None else each.speaker.id for each in (a, b)}
    return len(tellers) == 1 or (len(speakers) == 1 and None not in speakers)


@given(histories())
def test_origins_are_the_chains_of_shared_ones_save_those_that_hold_nothing_but_copies(
    lines: list[Line],
) -> None:
    events = acts(lines)
    sources = sources_at(events, len(events))
    lineage = origins_by_lineage(sources)
    for public in PUBLIC:
        for fact in facts_of(events, len(events), public).values():
            telling = counted(fact)
            works = {one.attestation.source for one in telling}
            first_hand = {
                one.attestation.id
                for one in telling
                if one.attestation.relays
                or not works.intersection(copied_by(one.attestation.source, sources))
            }
            joined = {one.attestation.id: {one.attestation.id} for one in telling}
            for one, other in combinations(telling, 2):
                if share(one, other, lineage):
                    both = joined[one.attestation.id] | joined[other.attestation.id]
                    joined.update(dict.fromkeys(both, both))
            chains = {frozenset(chain) for chain in joined.values()}
            names = {one.attestation.id: one.origin for one in fact.attestations}
            of_tellers = [{names[one] for one in chain} for chain in chains if chain & first_hand]

            assert all(len({names[one] for one in chain}) == 1 for chain in chains)
            assert fact.origins == len(of_tellers) == len(set().union(*of_tellers))
            assert fact.origins == len({names[one.attestation.id] for one in telling})
            assert (fact.origins == 0) == (not telling)
            assert [one.origin for one in fact.attestations if one not in telling] == [None] * (
                len(fact.attestations) - len(telling)
            )


def test_a_copy_of_a_copy_is_the_first_ones_telling_though_nobody_cites_the_one_between() -> None:
    fact = drag(attests("drag", "a", "w2"), declares(Edge("w2", "w1"), 1), declares(Edge("w1", "w0"), 1))

    assert 1 == fact.origins
    assert ["w0", "w0"] == [one.origin for one in fact.attestations]


def test_two_copies_of_a_work_that_nobody_cites_are_one_origin_by_its_name() -> None:
    lines = attests("flight", "a", "w3"), attests("flight", "b", "w4")
    joined = declares(Edge("w3", "w1"), 1), declares(Edge("w4", "w1"), 1)
    fact = facts_of(acts([*lines, *joined]), BEGUN + 4, None)["flight"]

    assert 2 == fact.origins
    assert ["w0", "w1", "w1"] == [one.origin for one in fact.attestations]


def test_a_copy_that_leaves_out_whom_its_original_relays_is_no_teller_of_its_own() -> None:
    relayed = attests("drag", "relayed", "w1", relays="w0")
    copied = attests("drag", "copied", "w2"), declares(Edge("w2", "w1"), 1)

    assert 1 == drag(relayed).origins
    assert 1 == drag(relayed, *copied).origins
    assert ["w0", "w0", "w0"] == [one.origin for one in drag(relayed, *copied).attestations]


def test_nor_does_it_make_two_tellers_of_its_original_into_one() -> None:
    relayed, own = attests("drag", "relayed", "w1", relays="w0"), attests("drag", "own", "w1")
    copied = attests("drag", "copied", "w2"), declares(Edge("w2", "w1"), 1)

    assert 2 == drag(relayed, own).origins
    assert 2 == drag(relayed, own, *copied).origins


def test_what_a_copy_relays_is_not_its_originals() -> None:
    fact = drag(attests("drag", "a", "w2", relays="w1"), declares(Edge("w2", "w0"), 1))

    assert ["w0", "w1"] == [one.origin for one in fact.attestations]


def test_what_a_work_relays_and_what_it_tells_itself_are_two_origins() -> None:
    fact = drag(attests("drag", "relayed", "w1", relays="w0"), attests("drag", "own", "w1"))

    assert ["w0", "w0", "w1"] == [one.origin for one in fact.attestations]


def test_one_speaker_joins_what_lineage_does_not_and_a_chain_goes_through_both() -> None:
    quoted = attests("drag", "a", "w1", speaker="chief"), attests("drag", "b", "w2", speaker="chief")
    copied = attests("drag", "c", "w3"), declares(Edge("w3", "w2"), 1)

    assert 2 == drag(*quoted).origins
    assert 2 == drag(*quoted, *copied).origins
    assert 3 == drag(*quoted, copied[0]).origins


def test_a_chain_of_speakers_and_works_is_one_origin_in_whatever_order_it_is_recorded() -> None:
    chain = (
        attests("drag", "a", "w1", speaker="mayor"),
        attests("drag", "b", "w1", speaker="chief"),
        attests("drag", "c", "w2", speaker="mayor"),
        attests("drag", "d", "w3", speaker="chief"),
    )

    for lines in permutations(chain):
        assert 2 == drag(*lines).origins


def test_the_works_behind_a_source_are_those_it_copies_and_those_that_they_do() -> None:
    events = acts(
        [declares(Edge("w3", "w2"), 1), declares(Edge("w2", "w0"), 1), declares(Edge("w4", "w3"), 1)]
    )
    sources = sources_at(events, len(events))

    assert ("w2", "w0") == copied_by("w3", sources)
    assert () == copied_by("w0", sources)
    assert () == copied_by("unheard-of", sources)
