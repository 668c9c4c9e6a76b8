"""The demonstration's data, checked as data: it hangs together, quotes what it holds, and borrows no words.

What a ledger answers from it is another test's matter; this one knows no ledger.
"""

from __future__ import annotations

import hashlib
import json
import re
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

import pytest

from ledger.kinds import Kinds, check_details, check_roles, load_vocabulary
from ledger.values import Json
from tests.project_files import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Act: TypeAlias = dict[str, Json]

FOLDER = ROOT / "fixtures" / "incidents" / "little-rock"
INCIDENT = "little-rock-2021-05-08"
SEED_KINDS = {
    "call.prior",
    "vehicle.taken",
    "dispatch",
    "contact",
    "document.requested",
    "command.exit",
    "weapon.drawn",
    "flight",
    "entrapment",
    "drag",
    "discharge",
    "weapon.left",
    "vehicle.found",
    "injury",
    "aid.rendered",
    "transport.medical",
    "video.published",
    "identity.published",
    "hospital.release",
    "booking",
    "investigation.opened",
}
OPENING = re.compile(
    r"Paraphrase, for this demonstration, of "
    r".*\b(?:account [A-F]|police video|news article)\b.*published\b.*\."
)
RUN = 8


def _acts() -> list[Act]:
    return [json.loads(line) for line in (FOLDER / "acts.jsonl").read_text("utf-8").splitlines()]


def _texts() -> dict[str, str]:
    return {path.stem: path.read_text("utf-8") for path in sorted((FOLDER / "sources").glob("*.txt"))}


def _expected() -> dict[str, Json]:
    expected: dict[str, Json] = json.loads((FOLDER / "expected.json").read_text("utf-8"))
    return expected


def _objects(value: Json) -> Iterator[dict[str, Json]]:
    """Every object within a JSON value, the value itself included."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from _objects(one)


def _citations(act: Act) -> Iterator[dict[str, Json]]:
    return (one for one in _objects(act) if "selector" in one)


def _fact_of(act: Act) -> str | None:
    ident: str | None = act["id"] if act["op"] == "report-fact" else act.get("fact")
    return ident


def _runs(text: str) -> set[tuple[str, ...]]:
    """Every run of RUN words, without case or punctuation."""
    words = re.findall(r"[a-z0-9]+", text.lower().replace("\u2019", "'").replace("'", ""))
    return {tuple(words[start : start + RUN]) for start in range(len(words) - RUN + 1)}


def _is_one_story(acts: list[Act]) -> Iterator[str]:
    """Whatever an act names was made known by an earlier one."""
    facts: set[str] = set()
    sources: set[str] = set()
    attestations: set[tuple[str | None, str]] = set()
    for number, act in enumerate(acts, start=1):
        fact = _fact_of(act)
        if act["op"] == "register-source":
            sources.add(act["id"])
        if "fact" in act and act["fact"] not in facts:
            yield f"{number}: fact {act['fact']}"
        named = {one[key] for one in _objects(act) for key in ("source", "relays", "to") if key in one}
        yield from (f"{number}: source {ident}" for ident in sorted(named - sources))
        related = {one["fact"] for one in _objects(act) if "rel" in one}
        yield from (f"{number}: related to {ident}" for ident in sorted(related - (facts - {fact})))
        rests_on = {(fact, ident) for ident in act.get("rests_on", [])}
        yield from (f"{number}: rests on {ident}" for _, ident in sorted(rests_on - attestations))
        attestations |= {(fact, one["id"]) for one in _citations(act)}
        if act["op"] == "report-fact":
            facts.add(act["id"])


def test_whatever_an_act_names_was_made_known_before() -> None:
    assert [] == list(_is_one_story(_acts()))


def test_every_member_of_a_story_out_of_order_is_seen() -> None:
    backwards = [act for act in reversed(_acts()) if act["op"] != "open-incident"]

    complaints = " ".join(_is_one_story(backwards))

    assert ["fact", "source", "related", "rests"] == [
        word for word in ("fact", "source", "related", "rests") if f": {word} " in complaints
    ]


def test_every_act_stands_on_its_line_with_a_key_of_its_own() -> None:
    acts = _acts()

    assert [f"little-rock-{number:03d}" for number in range(1, len(acts) + 1)] == [act["key"] for act in acts]
    assert len(acts) == _expected()["acts"]


def test_acts_upon_facts_name_the_incident_that_was_opened_first() -> None:
    first, *others = _acts()

    assert ("open-incident", INCIDENT, "America/Chicago") == (first["op"], first["id"], first["zone"])
    assert {INCIDENT} == {act["incident"] for act in others if _fact_of(act) is not None}


def test_a_source_text_is_captured_once_for_the_source_it_is_named_after() -> None:
    captured = {act["source"]: act["text_file"] for act in _acts() if act["op"] == "capture-snapshot"}

    assert {name: f"{name}.txt" for name in _texts()} == captured


def test_a_snapshot_is_cited_by_the_digest_of_its_file() -> None:
    digests = {name: f"sha256:{hashlib.sha256(text.encode()).hexdigest()}" for name, text in _texts().items()}
    cited = {(one["source"], one["snapshot"]) for act in _acts() for one in _citations(act)}

    assert set(digests.items()) == cited


def test_a_quotation_stands_exactly_once_and_not_in_the_opening_line() -> None:
    texts = {name: text.partition("\n")[2] for name, text in _texts().items()}
    quotations = [
        (one["id"], one["source"], selector["exact"])
        for act in _acts()
        for one in _citations(act)
        for selector in one["selector"]
    ]

    assert quotations
    assert [] == [(ident, exact) for ident, source, exact in quotations if texts[source].count(exact) != 1]


@pytest.mark.parametrize("name", sorted(_texts()))
def test_a_source_text_says_first_which_account_it_paraphrases(name: str) -> None:
    opening, blank, *_ = _texts()[name].split("\n")

    assert OPENING.fullmatch(opening)
    assert blank == ""
    if account := re.fullmatch(r"account-([a-f])", name):
        assert f"account {account[1].upper()}:" in opening


def test_every_kind_of_the_seed_is_reported() -> None:
    assert set() == SEED_KINDS - {act["kind"] for act in _acts() if act["op"] == "report-fact"}


def test_details_and_roles_are_those_of_the_kinds() -> None:
    kinds = Kinds.of(load_vocabulary())
    reported = [act for act in _acts() if "kind" in act and _fact_of(act) is not None]

    assert reported
    for act in reported:
        kind = kinds.newest(act["kind"])
        assert kind is not None
        check_details(kind, act.get("details", {}), field="/details")
        check_roles(kind, (one["role"] for one in act.get("participants", [])), field="/participants")


def test_attestation_ids_are_unique_in_their_fact() -> None:
    given = [(_fact_of(act) or act["source"], one["id"]) for act in _acts() for one in _citations(act)]

    assert len(given) == len(set(given))


def test_the_driver_is_named_by_two_facts_alone_and_not_before_account_e() -> None:
    acts = _acts()
    naming = [
        n for n, act in enumerate(acts) if any(isinstance(one.get("name"), str) for one in _objects(act))
    ]
    account_e = next(n for n, act in enumerate(acts) if act.get("id") == "account-e")

    assert {"identity-published", "booking"} == {_fact_of(acts[n]) for n in naming}
    assert account_e < min(naming)
    assert [] == [n for n, act in enumerate(acts) if n not in naming and "Michael Smith" in json.dumps(act)]


def test_what_is_expected_names_what_the_acts_report() -> None:
    acts, expected = _acts(), _expected()
    kinds = {act["id"]: act["kind"] for act in acts if act["op"] == "report-fact"}
    attesting: dict[str, set[str]] = {ident: set() for ident in kinds}
    for act in acts:
        if act["op"] in {"report-fact", "attest-fact", "correct-fact"}:
            supporting = {one["source"] for one in _citations(act) if one["stance"] == "supports"}
            attesting[_fact_of(act) or ""] |= supporting

    final = expected["final"]["facts"]

    assert kinds == {ident: fact["kind"] for ident, fact in final.items()}
    assert attesting == {
        ident: {one for origin in fact["origins"] for one in origin} for ident, fact in final.items()
    }


def test_what_is_expected_at_earlier_times_only_grows() -> None:
    expected = _expected()
    views = [*expected["public_at"].items(), ("now", expected["final"])]

    for (_, before), (moment, after) in pairwise(views):
        assert set() == set(before["facts"]) - set(after["facts"]), moment
    assert {} == expected["public_at"]["2021-05-10T00:00:00-05:00"]["names"]


def test_expected_moments_name_acts_and_the_order_names_facts() -> None:
    acts, expected = _acts(), _expected()
    order = expected["order"]
    facts = set(expected["final"]["facts"])

    assert set() == set(expected["known_before_act"]) - {act["key"] for act in acts}
    assert (
        set() == {one for pair in order["earlier_then_later"] + order["not_settled"] for one in pair} - facts
    )
    account_e = next(act["key"] for act in acts if act.get("id") == "account-e")
    assert "before account E came in" == expected["known_before_act"][account_e]["why"]


def test_a_borrowed_run_of_words_is_seen_through_case_and_punctuation() -> None:
    one = "The hand, of an officer, got stuck in the door."

    assert _runs(one) & _runs("there THE HAND of an officer “got stuck in” it")
    assert not _runs(one) & _runs("the hand of an officer got caught in the door")


def test_no_run_of_words_is_borrowed_from_the_article(shared: Path) -> None:
    article = shared / "seed" / "article.txt"
    if not article.is_file():
        pytest.skip(f"no {article}")
    theirs = _runs(article.read_text("utf-8"))
    ours = {path.name: _runs(path.read_text("utf-8")) for path in sorted(FOLDER.rglob("*")) if path.is_file()}

    assert theirs
    assert len(ours) >= len(_texts()) + 3
    assert {} == {name: sorted(runs & theirs) for name, runs in ours.items() if runs & theirs}
