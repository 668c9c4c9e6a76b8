"""The shipped vocabulary: what stands in the file, and that it never changes once shipped."""

from __future__ import annotations

import hashlib
import json
import re
from importlib import resources

import pytest

import ledger.kinds
from ledger.errors import InvalidError, UnknownSchemaError, UnreadableError
from ledger.ids import check_slug
from ledger.kinds import (
    LATEST_VOCABULARY,
    RESERVED,
    Kind,
    Vocabulary,
    check_details,
    check_schema,
    load_vocabulary,
)

# A change of the vocabulary is vocabulary-2.json and a second line here. No line here is ever edited.
DIGESTS = {1: "sha256:5b74bafd098adf12c60561dd1f587c9068c981a052d46073aae90dd04d44d2b9"}

SEED = (
    *("call.prior", "vehicle.taken", "dispatch", "contact", "document.requested", "command.exit"),
    *("weapon.drawn", "flight", "entrapment", "drag", "discharge", "weapon.left", "vehicle.found"),
    *("injury", "aid.rendered", "transport.medical", "video.published", "identity.published"),
    *("hospital.release", "booking", "investigation.opened"),
)
MISSION = (
    *("allegation", "arrest", "charge", "charge.dismissed", "plea", "conviction", "acquittal", "sentence"),
    *("use-of-force", "chemical.agent", "kettling", "crowd.dispersal", "detention", "search", "death"),
    *("hospital.admission", "condition", "statement.official", "complaint.filed", "lawsuit.filed"),
    *("settlement", "discipline", "resignation", "weapon.recovered", "vehicle.pursuit", "collision"),
    *("bail.set", "custody.release", "investigation.closed", "attribute", "record", "summary"),
)
KINDS = load_vocabulary(1).kinds
BY_SLUG = {kind.slug: kind for kind in KINDS}
every_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.slug)


def _bytes(version: int) -> bytes:
    return resources.files("ledger.kinds").joinpath(f"vocabulary-{version}.json").read_bytes()


@pytest.mark.parametrize("version", DIGESTS)
def test_a_shipped_file_never_changes(version: int) -> None:
    assert f"sha256:{hashlib.sha256(_bytes(version)).hexdigest()}" == DIGESTS[version]
    assert load_vocabulary(version).digest == DIGESTS[version]


def test_every_shipped_version_is_pinned_here() -> None:
    assert sorted(DIGESTS) == list(range(1, LATEST_VOCABULARY + 1))


def test_the_newest_vocabulary_is_the_default_and_is_read_once() -> None:
    assert load_vocabulary() is load_vocabulary(LATEST_VOCABULARY)
    assert load_vocabulary().version == LATEST_VOCABULARY


@pytest.mark.parametrize("version", [-1, 0, LATEST_VOCABULARY + 1, 10**9])
def test_a_vocabulary_that_is_not_shipped_is_an_unknown_schema(version: int) -> None:
    with pytest.raises(UnknownSchemaError) as caught:
        load_vocabulary(version)
    assert caught.value.where == f"vocabulary {version}"


@pytest.mark.parametrize("data", [b"", b"[]", b'{"version": 1}', b'{"version": 1, "kinds": [{}]}'])
def test_a_damaged_file_is_unreadable(data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    class Folder:
        def joinpath(self, name: str) -> Folder:
            assert name == "vocabulary-1.json"
            return self

        def read_bytes(self) -> bytes:
            return data

    monkeypatch.setattr(resources, "files", lambda _package: Folder())
    with pytest.raises(UnreadableError) as caught:
        ledger.kinds._load.__wrapped__(1)
    assert caught.value.where == "vocabulary-1.json"
    assert caught.value.__cause__ is not None


def test_the_file_says_nothing_twice() -> None:
    def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
        assert len(dict(pairs)) == len(pairs), [name for name, _ in pairs]
        return dict(pairs)

    json.loads(_bytes(1), object_pairs_hook=once)


def test_the_file_is_plain_text_that_no_check_out_alters() -> None:
    data = _bytes(1)
    assert data.isascii()
    assert b"\r" not in data
    assert data.endswith(b"}\n")


@pytest.mark.parametrize("slug", SEED + MISSION)
def test_a_kind_that_incidents_need_is_shipped(slug: str) -> None:
    assert slug in BY_SLUG


def test_the_vocabulary_holds_these_kinds_and_no_other_in_order() -> None:
    assert [kind.slug for kind in KINDS] == sorted(SEED + MISSION)
    assert len(SEED) == 21


@every_kind
def test_every_schema_is_valid_and_shut(kind: Kind) -> None:
    check_schema(kind.schema, field="/schema")
    assert kind.schema["type"] == "object"
    assert kind.schema["additionalProperties"] is False


@every_kind
def test_every_definition_is_one_sentence_about_a_report(kind: Kind) -> None:
    assert kind.version == 1
    assert re.fullmatch(r"[A-Z][a-z]+[^\n.]*", kind.label)
    assert re.fullmatch(r"[^\n.]+\.", kind.definition)
    assert re.search(r"\b(reports?|states|lists)\b", kind.definition)


@every_kind
def test_every_role_is_a_slug_and_roles_are_sorted_and_different(kind: Kind) -> None:
    assert list(kind.roles) == sorted(set(kind.roles))
    for role in kind.roles:
        check_slug(role, field="/roles")
    assert bool(kind.roles) == (kind.slug not in RESERVED)


@every_kind
def test_every_detail_says_what_it_holds(kind: Kind) -> None:
    for name, member in kind.schema.get("properties", {}).items():
        assert re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name)
        assert re.fullmatch(r"[^\n]+\.", member["description"])


@pytest.mark.parametrize(
    ("slug", "details"),
    [
        ("dispatch", {"call_type": "driving without owner consent", "units": ["2A31", "2A32"]}),
        ("dispatch", {}),
        ("dispatch", {"agency": {"absent": "not-stated"}}),
        ("drag", {"dragged_by": "the car"}),
        ("booking", {"facility": "county jail", "charges": ["fleeing", "fleeing"]}),
        ("condition", {"condition": "critical"}),
        ("condition", {"condition": {"absent": "withheld"}}),
        ("bail.set", {"amount": "25000.50", "currency": "USD"}),
        ("bail.set", {"refused": True}),
        ("charge", {"charges": ["aggravated assault"]}),
        ("investigation.opened", {"by": "internal affairs", "subject": "the officers"}),
        ("settlement", {"amount": "0", "currency": "USD", "terms": "no admission"}),
        ("attribute", {"name": "tags", "value": ["arrest", "journalist"]}),
        ("attribute", {"name": "city", "value": "Portland", "as_stated": ""}),
        ("attribute", {"name": "any", "value": {"deep": [{"er": [1, True, "", {}]}]}}),
        ("attribute", {"name": "date", "value": {"absent": "not-reported"}}),
        ("record", {"dataset": "reports", "id": "ar-littlerock-1"}),
        ("record", {"dataset": "", "id": "Ω \t any text"}),
        ("summary", {}),
    ],
    ids=str,
)
def test_details_that_sources_report_are_taken(slug: str, details: dict[str, object]) -> None:
    check_details(BY_SLUG[slug], details, field="/details")


@pytest.mark.parametrize(
    ("slug", "details", "field"),
    [
        ("dispatch", {"call_type": ""}, "/details/call_type"),
        ("dispatch", {"call_type": "x" * 201}, "/details/call_type"),
        ("dispatch", {"units": []}, "/details/units"),
        ("dispatch", {"units": "2A31"}, "/details/units"),
        ("dispatch", {"units": ["2A31", 7]}, "/details/units/1"),
        ("dispatch", {"officers": 2}, "/details/officers"),
        ("condition", {}, "/details/condition"),
        ("bail.set", {"amount": 25000}, "/details/amount"),
        ("bail.set", {"amount": "25,000"}, "/details/amount"),
        ("bail.set", {"amount": "25."}, "/details/amount"),
        ("bail.set", {"amount": "025"}, "/details/amount"),
        ("bail.set", {"currency": "usd"}, "/details/currency"),
        ("bail.set", {"refused": "yes"}, "/details/refused"),
        ("charge", {}, "/details/charges"),
        ("plea", {"plea": ["guilty"]}, "/details/plea"),
        ("attribute", {"name": "city"}, "/details/value"),
        ("attribute", {"value": "Portland"}, "/details/name"),
        ("attribute", {"name": 7, "value": 7}, "/details/name"),
        ("attribute", {"name": "lat", "value": [{"at": 34.7}]}, "/details/value/0/at"),
        ("attribute", {"name": "lat", "value": None}, "/details/value"),
        ("attribute", {"name": "lat", "value": 1, "as_stated": 1}, "/details/as_stated"),
        ("record", {"dataset": "reports"}, "/details/id"),
        ("record", {"dataset": "reports", "id": 7}, "/details/id"),
        ("summary", {"text": "A man was shot."}, "/details/text"),
    ],
    ids=str,
)
def test_details_that_a_kind_does_not_allow_are_refused(
    slug: str, details: dict[str, object], field: str
) -> None:
    with pytest.raises(InvalidError) as caught:
        check_details(BY_SLUG[slug], details, field="/details")
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("digest", "kinds", "field"),
    [
        ("sha256:" + "0" * 63, (), "/digest"),
        ("0" * 64, (), "/digest"),
        ("sha256:" + "A" * 64, (), "/digest"),
        ("sha256:" + "0" * 64, KINDS[1::-1], "/kinds"),
        ("sha256:" + "0" * 64, (KINDS[0], KINDS[0]), "/kinds"),
    ],
)
def test_a_vocabulary_has_a_digest_and_its_kinds_in_order(
    digest: str, kinds: tuple[Kind, ...], field: str
) -> None:
    with pytest.raises(InvalidError) as caught:
        Vocabulary(version=1, digest=digest, kinds=kinds)
    assert caught.value.field == field
