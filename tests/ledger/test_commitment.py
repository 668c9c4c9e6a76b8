"""What stands in the clear and what is committed: no free text and no value gets into an event that never changes."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import msgspec
import orjson
import pytest
from hypothesis import given
from msgspec.structs import fields

from ledger.citation import Attestation
from ledger.codec import encode
from ledger.commitment import COMMITMENTS
from ledger.errors import InvalidError
from ledger.events import ACTS, FactAttested, FactCorrected, FactReported, IncidentOpened, SnapshotCaptured
from ledger.fact import Content
from tests.examples_events import EVERY, stamp_of
from tests.fakes import CountingBytes
from tests.golden_files import golden
from tests.project_files import text_of
from tests.strategies_events import acts, acts_with_content

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ledger.events import Act
    from ledger.values import Json

MARKER = "zq-marker-zq"

_CITED = ("extraction", "id", "published/earliest", "published/latest", "relays", "snapshot", "source")
_CITATIONS = tuple(f"citations/*/{member}" for member in _CITED)
_STANDS = (*_CITED, "stance")
_ATTESTATIONS = tuple(f"attestations/*/{member}" for member in _STANDS)
_CONTENT = (
    "content/kind",
    "content/participants/*/id",
    "content/participants/*/role",
    "content/places/*/id",
    "content/places/*/role",
    "content/quantities/*/id",
)
PLAIN: dict[str, tuple[str, ...]] = {
    "LedgerOpened": ("ledger", "ledger_format", "vocabulary/digest", "vocabulary/version"),
    "KindRegistered": ("roles/*", "slug", "version"),
    "IncidentOpened": (),
    "IncidentAmended": _CITATIONS,
    "FactReported": ("fact", *_CONTENT, *_ATTESTATIONS),
    "FactAttested": ("fact", *(f"attestation/{member}" for member in _STANDS)),
    "AttestationWithdrawn": ("fact", "attestation", "cause", *_CITATIONS),
    "FactCorrected": ("fact", "class", "cause", "rests_on/*", "withdraws/*", *_CONTENT, *_ATTESTATIONS),
    "FactAmended": ("fact", *_CITATIONS),
    "FactRetracted": ("fact", "cause", "in_favour_of", *_CITATIONS),
    "FactReinstated": ("fact", "cause", *_CITATIONS),
    "FactDisputed": ("fact", "dispute", *_CITATIONS),
    "DisputeResolved": ("fact", "dispute", "outcome", "settles/*"),
    "SourceRegistered": ("published/earliest", "published/latest"),
    "SourceAmended": ("published/earliest", "published/latest"),
    "SnapshotCaptured": ("snapshot", "extraction"),
    "SourceNoticeRecorded": (
        "notice",
        "scope",
        "passages/*/id",
        "published/earliest",
        "published/latest",
        *_CITATIONS,
    ),
    "LineageDeclared": ("lineage", "to", *_CITATIONS),
    "LineageRevoked": ("lineage",),
    "Redacted": (
        "facts/*/fact",
        "facts/*/paths/*",
        "events/*/version",
        "events/*/paths/*",
        "snapshots/*",
        "legal_basis",
        "authority",
    ),
}
"""The plain members of every body, as model §6 lists them. What is not here is committed: add nothing lightly."""

ENVELOPE = {
    *("actor", "answers", "body", "committed", "event_id", "format", "key", "on_behalf_of"),
    *("recorded_at", "request", "schema", "stream", "type", "version"),
}

_ID = r"[a-z0-9][a-z0-9._~-]{0,127}"
_CITED_PATH = rf"{_ID}/(?:selector|as_stated|speaker|language|published/as_stated)"
_CONTENT_PATH = rf"statement|occurred|places/{_ID}|participants/{_ID}/(?:name|as_described)|quantities/{_ID}|details/[a-z][a-z0-9_]*"
_WORDING_PATH = rf"statement|occurred/as_stated|details/as_stated|(?:places|quantities)/{_ID}/as_stated|participants/{_ID}/as_described"


def _leaves(value: Json, path: str = "") -> Iterator[tuple[str, Json]]:
    """Every scalar of a JSON value, by its path; an index of a list is written *."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(item, f"{path}/{key}" if path else key)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _leaves(item, f"{path}/*")
    else:
        yield path, value


def _marked(value: Json, whole: Json, kind: type[Act], plain: set[str], path: str = "") -> list[Json]:
    """Put MARKER in place of every text that is not plain and may be any text. Gives the values that had to stay."""
    stayed: list[Json] = []
    for key, item in list(value.items() if isinstance(value, dict) else enumerate(value)):
        here = (f"{path}/{key}" if path else key) if isinstance(value, dict) else f"{path}/*"
        if isinstance(item, dict | list):
            stayed += _marked(item, whole, kind, plain, here)
        elif here not in plain:
            value[key] = MARKER
            try:
                msgspec.convert(whole, kind)
            except msgspec.ValidationError:
                value[key] = item
                stayed.append(item)
    return stayed


@pytest.mark.parametrize("topic", EVERY)
def test_no_free_text_and_no_value_stands_in_a_stored_event(topic: str) -> None:
    """Model §6: everything else, every free text and every value, is committed, not embedded."""
    _, act = EVERY[topic]
    plain = set(PLAIN[type(act).__name__])
    body = orjson.loads(orjson.dumps(msgspec.to_builtins(act)))
    stayed = _marked(body, body, type(act), plain)
    encoded = encode(msgspec.convert(body, type(act)), stamp_of(topic), CountingBytes())
    in_the_clear = [value for _, value in _leaves(orjson.loads(encoded.event)["body"])]

    assert MARKER not in encoded.event.decode()
    assert [] == [value for value in stayed if value in in_the_clear]
    if {path for path, _ in _leaves(msgspec.to_builtins(act))} > plain:
        assert MARKER in encoded.disclosures.decode()


@pytest.mark.parametrize("name", [name for name, _ in ACTS])
def test_the_plain_members_of_a_body_are_those_of_the_list(name: str) -> None:
    event = orjson.loads(golden(f"{name}@1").event)

    assert sorted(PLAIN[name]) == sorted({path for path, _ in _leaves(event["body"])})
    assert ENVELOPE == event.keys()


def _structs(value: object) -> Iterator[msgspec.Struct]:
    if isinstance(value, msgspec.Struct):
        yield value
        for field in fields(value):
            yield from _structs(getattr(value, field.name))
    elif isinstance(value, tuple):
        for item in value:
            yield from _structs(item)


def test_the_examples_set_every_member_of_every_type() -> None:
    """Without this the two tests above would not look at a member that was added yesterday."""
    never_set: dict[str, set[str]] = {}
    for _, act in EVERY.values():
        for struct in _structs(act):
            name = type(struct).__name__
            empty = {
                field.name for field in fields(struct) if getattr(struct, field.name) in (None, (), {}, False)
            }
            never_set[name] = never_set.get(name, empty) & empty
    said_by_the_reader_only = {
        "AsStated": {"absent"},
        "Extractor": {"absent"},
        "Measured": {"absent"},
        "Speaker": {"absent"},
        "When": {"absent"},
    }

    assert said_by_the_reader_only == {name: unset for name, unset in never_set.items() if unset}


def test_every_event_type_has_its_commitments() -> None:
    assert {name for name, _ in ACTS} == COMMITMENTS.keys() == PLAIN.keys()


def _paths(act: Act) -> set[str]:
    encoded = encode(act, stamp_of("FactReported@1"), CountingBytes())
    return set(orjson.loads(encoded.event)["committed"])


@given(acts())
def test_every_committed_path_follows_the_grammar(act: Act) -> None:
    """ledger-format §3: the paths, as the document writes them."""
    name = type(act).__name__
    what = COMMITMENTS[name]
    content = _CONTENT_PATH if what.content else _WORDING_PATH if what.wording else "(?!)"
    members = "|".join(what.keys) or "(?!)"
    cited = "|".join(
        f"{'attestations' if under == 'attestation' else under}/{_CITED_PATH}" for under in what.citations
    )
    grammar = re.compile(rf"{members}|{content}|{cited or '(?!)'}|passages/{_ID}|published/as_stated")

    assert [] == [path for path in _paths(act) if grammar.fullmatch(path) is None]


@given(acts_with_content())
def test_a_path_means_the_same_in_every_act(act: Act) -> None:
    """Model §2: a path such as participants/p1/name means the same thing in every act."""
    assert isinstance(act, FactReported | FactCorrected)
    reported = _paths(FactReported(fact=act.fact, content=act.content, attestations=act.attestations))
    corrected = _paths(
        FactCorrected(
            fact=act.fact,
            content=act.content,
            class_="other",
            cause="legal",
            reason="r",
            attestations=act.attestations,
        )
    )
    attested = [_paths(FactAttested(fact=act.fact, attestation=one)) for one in act.attestations]

    assert reported == corrected - {"reason"}
    assert {path for path in reported if path.startswith("attestations/")} == set().union(*attested)


@pytest.mark.parametrize(
    ("details", "words"),
    [({"a/b": 1}, "has no /"), ({"": 1}, "cannot stand in a path"), ({"a b": 1}, "cannot stand in a path")],
)
def test_a_detail_whose_name_cannot_stand_in_a_path_is_refused(details: dict[str, Json], words: str) -> None:
    act = FactReported(fact="f", content=Content(kind="drag@1", details=details), attestations=())

    with pytest.raises(InvalidError, match=words):
        _paths(act)


def test_two_values_with_one_path_are_refused() -> None:
    one = Attestation(id="a", source="s", stance="supports", language="en")
    act = FactReported(fact="f", content=Content(kind="drag@1"), attestations=(one, one))

    with pytest.raises(InvalidError, match="have one path"):
        _paths(act)


def test_a_name_that_the_grammar_has_no_room_for_is_refused() -> None:
    with pytest.raises(InvalidError, match="cannot stand in a path"):
        _paths(
            FactReported(fact="f", content=Content(kind="drag@1", details={"n" * 512: 1}), attestations=())
        )


def test_members_left_out_are_not_committed() -> None:
    assert {"title", "zone"} == _paths(IncidentOpened(title="t", zone="UTC"))
    bare = SnapshotCaptured(snapshot="sha256:" + "0" * 64, size_bytes=1, media_type="m", captured_at="c")
    assert {"size_bytes", "media_type", "captured_at"} == _paths(bare)


@pytest.mark.parametrize("name", [name for name, _ in ACTS])
def test_the_document_gives_each_event_its_plain_members_and_its_paths(name: str) -> None:
    page = text_of(PurePosixPath("docs/ledger-format.md"))
    row = next(line for line in page.splitlines() if line.startswith(f"| `{name}` |"))
    _, _, plain, committed, _ = row.split("|")

    members = {path.split("/")[0] for path in PLAIN[name]}
    assert members == set(re.findall(r"`(\w+)`", re.sub(r"\([^)]*\)", "", plain)))
    assert list(COMMITMENTS[name].keys) == re.findall(r"`(\w+)`", re.sub(r"\([^)]*\)", "", committed))
