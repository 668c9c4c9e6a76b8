"""Reading what is withheld, what a newer program wrote, and what is no event; refusing what may never be stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import orjson
import pytest
from msgspec.structs import replace

from ledger.citation import TextPositionSelector
from ledger.codec import decode, encode, opened, type_name, type_of_topic
from ledger.disclosure import erase, path_of, split_lines
from ledger.errors import InvalidError, UnknownSchemaError, UnreadableError
from ledger.events import (
    ACTS,
    FactAttested,
    FactReported,
    LineageRevoked,
    Recorded,
)
from ledger.values import Absent
from tests.examples_events import EVERY, EXAMPLES, stamp_of
from tests.fakes import CountingBytes
from tests.golden_files import golden

if TYPE_CHECKING:
    from ledger.values import Json

_HIDDEN: Final = "undisclosed"


def _keyed(items: Json, ident: str) -> Json:
    return next(item for item in items if item.id == ident)


def _read_at(act: Json, path: str) -> Json:
    """What a reader finds at a committed path of an act; written out here, so that the codec is not asked about itself."""
    head, *rest = path.split("/")
    if head in ("attestations", "citations"):
        single = head == "attestations" and not hasattr(act, "attestations")
        cited = act.attestation if single else _keyed(getattr(act, head), rest[0])
        return (
            cited.published.as_stated if rest[1:] == ["published", "as_stated"] else getattr(cited, rest[1])
        )
    if hasattr(act, "set") and path in act.set:
        return act.set[path]
    match head, rest:
        case "passages", [ident]:
            return _keyed(act.passages, ident).selector
        case "published", ["as_stated"]:
            return act.published.as_stated
        case (("statement" | "occurred"), []):
            return getattr(act.content, head)
        case "details", [name]:
            return act.content.details[name]
        case (("places" | "quantities"), [ident]):
            return _keyed(getattr(act.content, head), ident)
        case "participants", [ident, member]:
            return getattr(_keyed(act.content.participants, ident), member)
        case _:
            return getattr(act, head)


def _is_hidden(value: Json) -> bool:
    return (value.get("absent") if isinstance(value, dict) else getattr(value, "absent", None)) == _HIDDEN


def _committed(topic: str) -> list[str]:
    return [path_of(line) for line in split_lines(golden(topic).disclosures)]


@pytest.mark.parametrize("topic", EVERY)
def test_without_disclosures_every_committed_value_reads_as_undisclosed(topic: str) -> None:
    entry = decode(golden(topic).event, b"", position=3)

    assert sorted(_committed(topic)) == sorted(entry.committed)
    assert [] == [path for path in entry.committed if not _is_hidden(_read_at(entry.body, path))]
    assert {} == entry.unknown


@pytest.mark.parametrize(
    ("topic", "path"),
    [(topic, path) for topic in EVERY for path in _committed(topic)],
    ids=lambda text: text,
)
def test_an_erased_value_reads_as_undisclosed_and_every_other_one_as_before(topic: str, path: str) -> None:
    _, event, disclosures = golden(topic)
    whole = decode(event, disclosures, position=3).body
    part = decode(event, erase(disclosures, [path]), position=3).body

    assert _is_hidden(_read_at(part, path))
    others = [other for other in _committed(topic) if other != path]
    assert [_read_at(whole, other) for other in others] == [_read_at(part, other) for other in others]


def test_a_hidden_item_keeps_its_id_and_role() -> None:
    act = decode(golden("FactReported@1").event, b"", position=3).body

    assert isinstance(act, FactReported)
    places = [(one.id, one.role, one.absent) for one in act.content.places]
    assert [("scene", "scene", _HIDDEN), ("hospital", "destination", _HIDDEN)] == places
    people = [(one.id, one.role, one.name) for one in act.content.participants]
    hidden = Absent(absent=_HIDDEN)
    assert [("p1", "injured", hidden), ("p2", "driver", hidden)] == people


def test_a_disclosure_of_what_the_event_does_not_commit_to_is_refused() -> None:
    _, event, disclosures = golden("IncidentOpened@1")
    one, two = split_lines(disclosures)
    for lines in ([one, one], [one, two, one], [one.replace(b'"title"', b'"headline"'), two]):
        with pytest.raises(UnreadableError, match=r"^position 4: the stored bytes are not an event"):
            decode(event, b"\n".join(lines), position=4)


def _with(topic: str, pointer: tuple[str | int, ...], **members: Json) -> bytes:
    """The golden event with members added to the object at `pointer`."""
    entry = orjson.loads(golden(topic).event)
    holder = entry
    for part in pointer:
        holder = holder[part]
    holder.update(members)
    return orjson.dumps(entry, option=orjson.OPT_SORT_KEYS)


@pytest.mark.parametrize(
    ("topic", "pointer"),
    [
        ("LineageRevoked@1", ()),
        ("LineageRevoked@1", ("body",)),
        ("LedgerOpened@1", ("body", "vocabulary")),
        ("FactReported@1", ("body", "content")),
        ("FactReported@1", ("body", "content", "places", 1)),
        ("FactReported@1", ("body", "attestations", 0)),
        ("FactReported@1", ("body", "attestations", 0, "published")),
        ("FactAttested@1", ("body", "attestation")),
        ("SourceRegistered@1", ("body", "published")),
        ("SourceNoticeRecorded@1", ("body", "passages", 0)),
        ("Redacted@1", ("body", "facts", 0)),
    ],
)
@pytest.mark.parametrize("disclosed", [True, False], ids=["disclosed", "withheld"])
def test_members_that_a_newer_program_wrote_are_kept(
    topic: str, pointer: tuple[str | int, ...], *, disclosed: bool
) -> None:
    """Law 8 (model §5): unknown fields survive."""
    _, event, disclosures = golden(topic)
    lines = disclosures if disclosed else b""
    entry = decode(_with(topic, pointer, **{"new/er": {"deep": [1]}}), lines, position=3)
    where = "".join(f"/{part}" for part in pointer)

    assert {f"{where}/new~1er": {"deep": [1]}} == entry.unknown
    assert decode(event, lines, position=3).body == entry.body


@pytest.mark.parametrize(
    ("topic", "path", "where"),
    [
        ("IncidentOpened@1", "weather", "/body/weather"),
        ("FactReported@1", "vehicles/v1", "/body/vehicles~1v1"),
        ("FactRetracted@1", "explanation", "/body/explanation"),
        ("FactAmended@1", "explanation", "/body/explanation"),
        ("FactReported@1", "attestations/a1/translation", "/body/attestations/0/translation"),
        ("FactAttested@1", "attestations/a1/translation", "/body/attestation/translation"),
        ("FactReported@1", "participants/p1/alias", "/body/content/participants/0/alias"),
    ],
)
def test_values_that_a_newer_program_committed_are_kept(topic: str, path: str, where: str) -> None:
    entry = orjson.loads(golden(topic).event)
    line = orjson.dumps(["A" * 22, path, {"words": "new"}])
    entry["committed"][path] = "0" * 43
    event, disclosures = orjson.dumps(entry), golden(topic).disclosures

    assert {where: {"words": "new"}} == decode(event, disclosures + b"\n" + line, position=3).unknown
    assert {where: {"absent": _HIDDEN}} == decode(event, disclosures, position=3).unknown


def test_a_member_inside_a_committed_value_that_is_not_known_is_kept() -> None:
    _, event, disclosures = golden("FactReported@1")
    newer = disclosures.replace(b'"lat":"34.74"', b'"lat":"34.74","level":2')
    entry = decode(event, newer, position=3)

    assert {"/body/content/places/0/level": 2} == entry.unknown


@pytest.mark.parametrize("name", ["position", "unknown"])
def test_a_stored_member_cannot_pass_for_one_that_the_reader_adds(name: str) -> None:
    with pytest.raises(UnreadableError, match=r"^position 8: "):
        decode(_with("LedgerOpened@1", (), **{name: {}}), b"", position=8)


@pytest.mark.parametrize(
    "members",
    [
        {"type": "FactUpdated"},
        {"schema": 2},
        {"schema": 0},
        {"schema": "9" * 5_000},
        {"schema": None},
        {"type": None},
        {"type": "FactReported@1", "schema": 1},
        {"type": ["LedgerOpened"]},
    ],
    ids=lambda members: str(members)[:40],
)
def test_an_unknown_type_or_schema_version_is_named_with_its_position(members: dict[str, Json]) -> None:
    with pytest.raises(
        UnknownSchemaError, match=r"^position 12: this program does not know the event type"
    ) as caught:
        decode(_with("LedgerOpened@1", (), **members), b"", position=12)
    assert caught.value.where == "position 12"
    assert len(str(caught.value)) < 200


def test_every_type_of_event_has_a_reader_by_its_explicit_name() -> None:
    readers = [type_of_topic(f"{name}@{schema}") for name, schema in ACTS]

    assert [str(Recorded[kind]) for kind in ACTS.values()] == [str(reader) for reader in readers]  # type: ignore[valid-type]  # built at run time
    assert list(ACTS) == [type_name(act) for _, act in EXAMPLES.values()]


@pytest.mark.parametrize(
    "event",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b"1",
        b'"text"',
        b"{}",
        b'{"body":{}}',
        b'{"body":[],"committed":[]}',
        b"\xff",
        b"[" * 2_000,
    ],
    ids=lambda event: repr(event[:20]),
)
def test_bytes_that_are_no_event_are_refused_by_position(event: bytes) -> None:
    with pytest.raises(UnreadableError, match=r"^position 12: "):
        decode(event, b"", position=12)


def test_a_stored_value_of_another_type_is_refused_by_position() -> None:
    with pytest.raises(UnreadableError, match=r"^position 12: "):
        decode(golden("FactAttested@1").event.replace(b'"id":"a1"', b'"id":1'), b"", position=12)


def test_a_stored_value_that_a_later_rule_refuses_stays_readable() -> None:
    """ledger-format §6: a rule of today is not asked of what stood in a ledger before it."""
    event = golden("FactAttested@1").event
    entry = decode(
        event.replace(b'"id":"a1"', b'"id":"A 1"').replace(b"attestations/a1/", b"attestations/A 1/"),
        b"",
        position=1,
    )

    assert isinstance(entry.body, FactAttested)
    assert "A 1" == entry.body.attestation.id
    with pytest.raises(InvalidError):
        replace(entry.body.attestation, stance="denies")


def test_rules_are_asked_again_as_soon_as_reading_is_over_or_failed() -> None:
    decode(golden("FactReported@1").event, b"", position=1)
    with pytest.raises(InvalidError):
        TextPositionSelector(start=2, end=1)
    with pytest.raises(UnreadableError):
        decode(golden("FactAttested@1").event.replace(b'"id":"a1"', b'"id":1'), b"", position=12)
    with pytest.raises(InvalidError):
        TextPositionSelector(start=2, end=1)


def test_an_opened_event_is_plain_json_with_its_position() -> None:
    _, event, disclosures = golden("IncidentOpened@1")

    plain = opened(event, disclosures, position=3)
    assert {"title": "Traffic stop on Main Street", "zone": "America/Chicago"} == plain["body"]
    assert orjson.loads(event)["committed"] == plain["committed"]
    assert 3 == plain["position"]


def test_the_members_of_a_stamp_that_are_not_given_are_not_stored() -> None:
    stamp = replace(stamp_of("LineageRevoked@1"), key=None, on_behalf_of=None, answers=None)
    encoded = encode(LineageRevoked(lineage=1, reason="r"), stamp, CountingBytes())

    assert not {"key", "on_behalf_of", "answers"} & orjson.loads(encoded.event).keys()
    assert ("LineageRevoked@1", "source/local-paper", stamp.version, stamp.recorded_at) == (
        encoded.topic,
        encoded.stream,
        encoded.version,
        encoded.recorded_at,
    )
