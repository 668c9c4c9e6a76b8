"""Kinds: their own form, the registry, and what they demand of details and roles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from ledger.errors import ConflictError, InvalidError, RuleError, UnknownError
from ledger.kinds import (
    RESERVED,
    Kind,
    Kinds,
    check_roles,
    load_vocabulary,
)

if TYPE_CHECKING:
    from ledger.values import Json

SHIPPED = Kinds.of(load_vocabulary(1))


def kind(slug: str = "canine.bite", version: int = 1, **changes: Json) -> Kind:
    """A user's kind; `changes` replace its members."""
    members: dict[str, Json] = {
        "slug": slug,
        "version": version,
        "label": "Bite",
        "definition": "A source reports that a police dog bit somebody.",
        "schema": {"additionalProperties": False, "properties": {"part": {"type": "string"}}},
        "roles": ("injured", "officer"),
    }
    return Kind(**members | changes)


def test_a_kind_is_named_by_slug_and_version() -> None:
    assert kind("canine.bite", 3).ref == "canine.bite@3"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"slug": "Canine"}, "/slug"),
        ({"slug": "canine@1"}, "/slug"),
        ({"slug": ""}, "/slug"),
        ({"slug": "a" * 65}, "/slug"),
        ({"version": 0}, "/version"),
        ({"version": 10_000}, "/version"),
        ({"label": ""}, "/label"),
        ({"label": "x" * 81}, "/label"),
        ({"label": "Bite\nof a dog"}, "/label"),
        ({"label": "Bite\n"}, "/label"),
        ({"definition": " "}, "/definition"),
        ({"definition": "A bite.\u2028And more."}, "/definition"),
        ({"definition": "x" * 501}, "/definition"),
        ({"schema": {}}, "/schema/additionalProperties"),
        ({"schema": "{}"}, "/schema"),
        ({"roles": ("injured", "Officer")}, "/roles/1"),
        ({"roles": ("injured", "officer", "injured")}, "/roles/2"),
        ({"roles": tuple(f"role{n}" for n in range(65))}, "/roles"),
    ],
    ids=str,
)
def test_a_malformed_kind_is_refused(changes: dict[str, Json], field: str) -> None:
    with pytest.raises(InvalidError) as caught:
        kind(**changes)
    assert caught.value.field == field


def test_a_kind_at_every_limit_is_taken() -> None:
    roles = tuple(f"role{n}" for n in range(64))
    full = kind("a" * 64, 9_999, label="x" * 80, definition="x" * 500, roles=roles)
    assert full.ref == f"{'a' * 64}@9999"


def test_a_kind_reads_back_as_it_was_written() -> None:
    assert msgspec.json.decode(msgspec.json.encode(kind()), type=Kind) == kind()


def test_the_registry_holds_the_vocabulary_in_order() -> None:
    assert tuple(SHIPPED) == load_vocabulary(1).kinds
    assert len(SHIPPED) == len(load_vocabulary(1).kinds)


def test_registering_leaves_the_registry_before_as_it_was() -> None:
    after = SHIPPED.registered(kind())
    assert (SHIPPED.get("canine.bite@1"), after.get("canine.bite@1")) == (None, kind())
    assert (len(SHIPPED) + 1, SHIPPED) == (len(after), Kinds.of(load_vocabulary(1)))
    assert after != SHIPPED
    assert after != "kinds"
    assert repr(after) == f"<Kinds: {len(after)}>"


def test_versions_are_kept_side_by_side_and_iterate_as_numbers() -> None:
    kinds = SHIPPED
    for version in range(1, 12):
        assert kinds.next_version("canine.bite") == version
        kinds = kinds.registered(kind(version=version))
    ours = [one.version for one in kinds if one.slug == "canine.bite"]
    assert ours == list(range(1, 12))
    assert kinds.newest("canine.bite") == kind(version=11)
    assert kinds.get("canine.bite@2") == kind(version=2)


def test_a_shipped_kind_can_have_a_next_version_of_the_users() -> None:
    assert SHIPPED.registered(kind("dispatch", 2)).resolve("dispatch", field="").ref == "dispatch@2"


def test_a_version_in_use_is_in_the_way() -> None:
    with pytest.raises(ConflictError, match="the next version is 2") as caught:
        SHIPPED.registered(kind()).registered(kind())
    assert caught.value.field == "/version"


@pytest.mark.parametrize(("slug", "version"), [("canine.bite", 2), ("dispatch", 3)])
def test_a_version_that_leaves_a_gap_is_refused(slug: str, version: int) -> None:
    with pytest.raises(RuleError, match=f"the next version of {slug} is {version - 1}") as caught:
        SHIPPED.registered(kind(slug, version))
    assert (caught.value.rule, caught.value.field) == ("kind-version-not-next", "/version")


def test_a_version_that_cannot_be_read_stays_in_use() -> None:
    before = SHIPPED.registered(kind())
    kinds = before.withheld("canine.bite", 2)
    assert (kinds.get("canine.bite@2"), kinds.newest("canine.bite")) == (None, kind())
    assert (kinds.next_version("canine.bite"), before.next_version("canine.bite")) == (3, 2)
    assert kinds != before
    assert kinds.registered(kind(version=3)).resolve("canine.bite", field="") == kind(version=3)
    for version, error in ((2, ConflictError), (4, RuleError)):
        with pytest.raises(error):
            kinds.registered(kind(version=version))
        with pytest.raises(error):
            kinds.withheld("canine.bite", version)
    with pytest.raises(UnknownError, match="the newest that can be read"):
        kinds.resolve("canine.bite@2", field="/kind")


def test_a_kind_of_which_no_version_can_be_read_is_unknown_but_not_free() -> None:
    kinds = SHIPPED.withheld("canine.bite", 1)
    assert (kinds.newest("canine.bite"), kinds.next_version("canine.bite")) == (None, 2)
    with pytest.raises(UnknownError):
        kinds.resolve("canine.bite", field="/kind")


@pytest.mark.parametrize("slug", sorted(RESERVED))
def test_a_kind_that_the_ledger_defines_is_nobody_elses(slug: str) -> None:
    with pytest.raises(RuleError) as caught:
        SHIPPED.registered(kind(slug, 2))
    assert (caught.value.rule, caught.value.field) == ("kind-reserved", "/slug")


def test_a_slug_resolves_to_its_newest_version_and_a_reference_to_its_own() -> None:
    kinds = SHIPPED.registered(kind(version=1)).registered(kind(version=2))
    assert kinds.resolve("canine.bite", field="/kind").version == 2
    assert kinds.resolve("canine.bite@1", field="/kind").version == 1


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("dispach", "did you mean dispatch"),
        ("Dispatch", "did you mean dispatch"),
        ("DISPATCH", "did you mean dispatch"),
        ("dispach@1", "did you mean dispatch"),
        ("hospital.relase", "did you mean hospital.release"),
        ("dispatch@2", "the newest that can be read is dispatch@1"),
        ("dispatch@01", "the newest that can be read is dispatch@1"),
        ("dispatch@", "the newest that can be read is dispatch@1"),
        ("zzzz", "register it"),
        ("", "register it"),
    ],
)
def test_an_unknown_kind_is_answered_with_what_may_have_been_meant(text: str, hint: str) -> None:
    with pytest.raises(UnknownError, match=hint) as caught:
        SHIPPED.resolve(text, field="/kind")
    assert (caught.value.field, caught.value.what, caught.value.ident) == ("/kind", "kind", text)


def test_text_too_long_for_a_kind_is_not_searched_for() -> None:
    with pytest.raises(InvalidError) as caught:
        SHIPPED.resolve("x" * 81, field="/kind")
    assert (caught.value.field, "xx" in str(caught.value)) == ("/kind", False)


def test_roles_are_those_of_the_kind() -> None:
    check_roles(kind(), ["officer", "injured", "officer"], field="/participants")
    check_roles(kind(roles=()), [], field="/participants")
    with pytest.raises(InvalidError, match="its roles are injured, officer") as caught:
        check_roles(kind(), iter(["officer", "dog"]), field="/participants")
    assert (caught.value.field, "dog " in str(caught.value)) == ("/participants/1/role", False)
    with pytest.raises(InvalidError, match="takes no participants"):
        check_roles(kind(roles=()), ["officer"], field="/participants")
