"""Bringing kinds of the users' own into force: versions, forms, hostile schemas, and what holds from then on."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.errors import ConflictError, InvalidError, RuleError, UnknownError
from ledger.events import KindRegistered
from ledger.kinds import RESERVED, load_vocabulary
from tests.ledger.source_specification import given

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"part": {"type": "string"}, "count": {"type": "integer", "minimum": 1}},
    "additionalProperties": False,
}
TEXT = (
    '{"additionalProperties":false,"properties":{"count":{"minimum":1,"type":"integer"},'
    '"part":{"type":"string"}},"type":"object"}'
)
KIND: dict[str, Any] = {
    "op": "register-kind",
    "slug": "canine.bite",
    "version": 1,
    "label": "Bite",
    "definition": "A source reports that a police dog bit somebody.",
    "schema": SCHEMA,
    "roles": ["injured", "officer"],
}


def registered(slug: str = "canine.bite", version: int = 1, schema: str = TEXT) -> KindRegistered:
    """The act that KIND records."""
    return KindRegistered(
        slug=slug,
        version=version,
        label="Bite",
        definition="A source reports that a police dog bit somebody.",
        schema=schema,
        roles=("injured", "officer"),
    )


def test_a_kind_is_recorded_with_its_schema_as_canonical_text() -> None:
    given().when(KIND).then(registered(), ident="canine.bite@1", stream="registry")


@pytest.mark.parametrize("slug", ["canine.bite", "dispatch"])
def test_the_next_version_of_any_kind_is_taken(slug: str) -> None:
    before = () if slug == "dispatch" else (KIND,)
    given(*before).when(KIND | {"slug": slug, "version": 2}).then(
        registered(slug, 2), ident=f"{slug}@2", stream="registry"
    )


def test_the_newest_version_registered_again_stays_quiet() -> None:
    given(KIND).when(KIND).stays_quiet(ident="canine.bite@1", stream="registry")


def test_the_order_of_keys_makes_no_new_version() -> None:
    turned = dict(reversed(SCHEMA.items()))
    given(KIND).when(KIND | {"schema": turned}).stays_quiet(ident="canine.bite@1", stream="registry")


def test_a_shipped_kind_registered_as_it_is_stays_quiet() -> None:
    dispatch = next(kind for kind in load_vocabulary().kinds if kind.slug == "dispatch")
    same = {name: getattr(dispatch, name) for name in dispatch.__struct_fields__}
    given().when({"op": "register-kind", **same, "roles": list(dispatch.roles)}).stays_quiet(
        ident="dispatch@1", stream="registry"
    )


@pytest.mark.parametrize(
    "change",
    [
        {"label": "A bite"},
        {"definition": "A source reports a bite."},
        {"roles": ["officer", "injured"]},
        {"schema": SCHEMA | {"title": "Bite"}},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_version_in_use_is_not_changed(change: dict[str, Any]) -> None:
    given(KIND).when(KIND | change).refuses(
        ConflictError, field="/version", saying="canine.bite@1 is in use; the next version is 2"
    )


def test_true_for_one_is_another_schema() -> None:
    def const(value: int) -> dict[str, Any]:
        return KIND | {"schema": {"properties": {"part": {"const": value}}, "additionalProperties": False}}

    given(const(1)).when(const(True)).refuses(ConflictError, field="/version", saying="is in use")


def test_a_version_before_the_newest_is_in_use() -> None:
    given(KIND, KIND | {"version": 2}).when(KIND).refuses(
        ConflictError, field="/version", saying="the next version is 3"
    )


@pytest.mark.parametrize(("slug", "version", "following"), [("canine.bite", 2, 1), ("dispatch", 3, 2)])
def test_a_version_that_leaves_a_gap_is_refused(slug: str, version: int, following: int) -> None:
    refused = (
        given()
        .when(KIND | {"slug": slug, "version": version})
        .refuses(RuleError, field="/version", saying=f"the next version of {slug} is {following}")
    )
    assert refused.rule == "kind-version-not-next"


@pytest.mark.parametrize("slug", sorted(RESERVED))
def test_a_kind_of_the_ledgers_own_is_not_redefined(slug: str) -> None:
    refused = (
        given()
        .when(KIND | {"slug": slug, "version": 2})
        .refuses(RuleError, field="/slug", saying=f"the ledger itself defines {slug}")
    )
    assert refused.rule == "kind-reserved"


@pytest.mark.parametrize(
    ("changes", "field", "saying"),
    [
        ({"slug": "Canine"}, "/slug", "a slug has"),
        ({"slug": "canine@1"}, "/slug", "a slug has"),
        ({"version": 0}, "/version", "between 1 and"),
        ({"version": -1}, "/version", "between 1 and"),
        ({"version": 10_000}, "/version", "between 1 and"),
        ({"label": " "}, "/label", "must not be empty"),
        ({"label": "Bite\n"}, "/label", "one line"),
        ({"definition": ""}, "/definition", "must not be empty"),
        ({"definition": "x" * 501}, "/definition", "at most 500"),
        ({"roles": ["Officer"]}, "/roles/0", "a slug has"),
        ({"roles": ["officer", ""]}, "/roles/1", "a slug has"),
        ({"roles": ["officer", "officer"]}, "/roles/1", "stands twice"),
        ({"schema": {"properties": {}}}, "/schema/additionalProperties", "must be there and be false"),
        ({"schema": SCHEMA | {"type": "array"}}, "/schema/type", "details are an object"),
        ({"schema": SCHEMA | {"$ref": "https://evil.example/"}}, "/schema/$ref", "at its top"),
        (
            {"schema": SCHEMA | {"properties": {"a": {"$ref": "https://evil.example/"}}}},
            "/schema/properties/a/$ref",
            "of this very schema",
        ),
        (
            {"schema": SCHEMA | {"$defs": {"a": {"$ref": "#/$defs/a"}}}},
            "/schema/$defs/a/$ref",
            "back to itself",
        ),
        (
            {"schema": SCHEMA | {"properties": {"a": {"pattern": r"(a)\1"}}}},
            "/schema/properties/a/pattern",
            "back-references",
        ),
        (
            {"schema": SCHEMA | {"properties": {"a": {"typ": "string"}}}},
            "/schema/properties/a/typ",
            "not among",
        ),
        ({"schema": SCHEMA | {"properties": {"Ä": {}}}}, "/schema/properties", "not ASCII"),
        (
            {"schema": SCHEMA | {"properties": {"a": {"minimum": 0.5}}}},
            "/schema/properties/a/minimum",
            "integer",
        ),
    ],
    ids=lambda value: str(value)[:60],
)
def test_a_malformed_or_hostile_kind_is_refused(changes: dict[str, Any], field: str, saying: str) -> None:
    given().when(KIND | changes).refuses(InvalidError, field=field, saying=saying)


SOURCE = {"op": "register-source", "id": "paper", "kind": "article", "title": "Two injured"}
OPEN = {"op": "open-incident", "id": "lr", "title": "Little Rock", "zone": "America/Chicago"}
REPORT: dict[str, Any] = {
    "op": "report-fact",
    "incident": "lr",
    "id": "bite",
    "kind": "canine.bite",
    "statement": "A police dog bit the driver.",
    "participants": [{"id": "p1", "role": "injured", "as_described": "the driver"}],
    "details": {"part": "arm"},
    "citations": [{"source": "paper"}],
}


def test_a_kind_is_in_force_from_its_registration_on() -> None:
    given(SOURCE, OPEN).when(REPORT).refuses(UnknownError, field="/kind", saying="canine.bite")
    ledger = given(SOURCE, OPEN, KIND, REPORT)
    assert ledger.context().incident("lr").facts["bite"].content.kind == "canine.bite@1"


def test_a_kind_in_force_judges_what_is_reported() -> None:
    ledger = given(SOURCE, OPEN, KIND)
    ledger.when(REPORT | {"details": {"count": 0}}).refuses(InvalidError, field="/details/count", saying="")
    ledger.when(REPORT | {"details": {"breed": "x"}}).refuses(
        InvalidError, field="/details/breed", saying="has no such detail"
    )


def test_a_report_uses_the_newest_version() -> None:
    ledger = given(SOURCE, OPEN, KIND, KIND | {"version": 2})
    ledger.when(REPORT | {"kind": "canine.bite@1"}).refuses(
        InvalidError, field="/kind", saying="canine.bite@2"
    )
    ledger.record(REPORT)
    assert ledger.context().incident("lr").facts["bite"].content.kind == "canine.bite@2"
