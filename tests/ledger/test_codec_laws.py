"""The laws of the stored bytes, each a property that quotes its sentence of the model."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import orjson
import pytest
import rfc8785
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ledger.codec import Stamp, decode, encode
from ledger.disclosure import check_lines, open_line, split_lines
from ledger.errors import UnreadableError
from ledger.events import ACTS
from ledger.strict_json import check_json
from tests.examples_events import EXAMPLES
from tests.fakes import CountingBytes
from tests.golden_files import golden
from tests.strategies_events import acts, acts_of, acts_with_content, stamps
from tests.strategies_json import json_values

if TYPE_CHECKING:
    from ledger.events import Act
    from ledger.values import Json


@given(acts(), stamps(), st.integers(1, 2**53 - 1))
def test_law_8_decode_of_encode_is_the_event(act: Act, stamp: Stamp, position: int) -> None:
    """Law 8 (model §5): decode(encode(e)) = e."""
    encoded = encode(act, stamp, CountingBytes())
    entry = decode(encoded.event, encoded.disclosures, position=position)

    assert act == entry.body
    assert (position, stamp.recorded_at) == (
        entry.position,
        f"{entry.recorded_at:%Y-%m-%dT%H:%M:%S.%f}Z".rjust(27, "0"),
    )
    names = ("event_id", "request", "stream", "version", "actor", "key", "on_behalf_of", "answers")
    assert [getattr(stamp, name) for name in names] == [getattr(entry, name) for name in names]
    assert {} == entry.unknown


@pytest.mark.parametrize("kind", ACTS.values(), ids=lambda kind: kind.__name__)
def test_law_8_holds_for_acts_of_every_type(kind: type[Act]) -> None:
    """Law 8 (model §5): decode(encode(e)) = e."""

    @settings(max_examples=25)
    @given(acts_of(kind), stamps())
    def law(act: Act, stamp: Stamp) -> None:
        before = copy.deepcopy(act)
        encoded = encode(act, stamp, CountingBytes())
        assert before == act
        assert act == decode(encoded.event, encoded.disclosures, position=1).body
        check_lines(encoded.disclosures, orjson.loads(encoded.event)["committed"], where="")

    law()


@given(acts(), stamps())
def test_stored_bytes_are_those_of_rfc_8785(act: Act, stamp: Stamp) -> None:
    """Model §6: orjson with sorted keys gives these bytes and agrees with RFC 8785 on this profile."""
    encoded = encode(act, stamp, CountingBytes())

    for stored in (encoded.event, *split_lines(encoded.disclosures)):
        assert rfc8785.dumps(orjson.loads(stored)) == stored


@given(acts(), stamps())
def test_stored_bytes_keep_to_the_profile(act: Act, stamp: Stamp) -> None:
    """Model §6: UTF-8, keys ASCII and sorted, no floats, no null, integers within ±(2^53-1)."""
    encoded = encode(act, stamp, CountingBytes())

    for stored in (encoded.event, *split_lines(encoded.disclosures)):
        check_json(orjson.loads(stored), field="", max_depth=64)


@given(acts(), stamps())
def test_each_value_is_committed_under_one_path_with_a_salt_of_its_own(act: Act, stamp: Stamp) -> None:
    """Model §6: 16 random bytes of salt, base64url, independent for each."""
    encoded = encode(act, stamp, CountingBytes())
    opened = [open_line(line) for line in split_lines(encoded.disclosures)]

    assert sorted(path for _, path, _ in opened) == sorted(orjson.loads(encoded.event)["committed"])
    assert len(opened) == len({salt for salt, _, _ in opened})


_UNKNOWN = st.dictionaries(
    st.from_regex(r"new_[a-z~/]{1,5}", fullmatch=True), json_values(), min_size=1, max_size=2
)


@given(acts_with_content(), stamps(), _UNKNOWN, st.data())
def test_law_8_unknown_fields_survive(
    act: Act, stamp: Stamp, new: dict[str, Json], data: st.DataObject
) -> None:
    """Law 8 (model §5): unknown fields survive."""
    encoded = encode(act, stamp, CountingBytes())
    entry = orjson.loads(encoded.event)
    body = entry["body"]
    places = {
        "": entry,
        "/body": body,
        "/body/content": body["content"],
        **{
            f"/body/content/participants/{at}": one
            for at, one in enumerate(body["content"].get("participants", []))
        },
        **{f"/body/attestations/{at}": one for at, one in enumerate(body.get("attestations", []))},
        **{
            f"/body/attestations/{at}/published": one["published"]
            for at, one in enumerate(body.get("attestations", []))
            if "published" in one
        },
    }
    pointer = data.draw(st.sampled_from(sorted(places)))
    places[pointer].update(new)
    read = decode(orjson.dumps(entry), encoded.disclosures, position=1)

    escaped = {
        f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}": value for name, value in new.items()
    }
    assert escaped == read.unknown
    assert act == read.body


@given(acts(), stamps(), st.data())
def test_any_part_of_the_disclosures_is_enough_to_read_an_event(
    act: Act, stamp: Stamp, data: st.DataObject
) -> None:
    """Model §6: erasing one leaves the event, its leaf, every proof and every other field intact."""
    encoded = encode(act, stamp, CountingBytes())
    lines = split_lines(encoded.disclosures)
    kept = [line for line in lines if data.draw(st.booleans())]

    whole = decode(encoded.event, encoded.disclosures, position=1)
    part = decode(encoded.event, b"\n".join(kept), position=1)

    assert whole.committed == part.committed
    assert type(whole.body) is type(part.body)


def _complaint(event: bytes, disclosures: bytes) -> UnreadableError | None:
    """What decode says against bytes; None where it reads them. Any other exception goes through and fails the test."""
    try:
        decode(event, disclosures, position=7)
    except UnreadableError as error:
        return error
    return None


@given(
    st.sampled_from(sorted(EXAMPLES)),
    st.integers(0),
    st.integers(0, 7),
    st.sampled_from(["event", "disclosures"]),
)
def test_a_flipped_bit_is_read_or_refused_and_nothing_else(topic: str, at: int, bit: int, part: str) -> None:
    """Model §6: a changed line fails its digest; until it is asked for, no change brings the reader down."""
    stored = golden(topic)._asdict()
    assume(len(stored[part]) > 0)
    changed = bytearray(stored[part])
    changed[at % len(changed)] ^= 1 << bit
    stored[part] = bytes(changed)

    error = _complaint(stored["event"], stored["disclosures"])
    assert error is None or (error.where, str(error)[:12]) == ("position 7", "position 7: ")


@given(st.sampled_from(sorted(EXAMPLES)), st.data())
def test_bytes_that_were_cut_or_joined_are_refused_by_name(topic: str, data: st.DataObject) -> None:
    _, event, disclosures = golden(topic)
    cut = data.draw(st.integers(0, len(event) - 1))
    for broken in (event[:cut], event + event[cut:], data.draw(st.binary(max_size=40))):
        with pytest.raises(UnreadableError):
            decode(broken, disclosures, position=7)


@given(st.sampled_from(sorted(EXAMPLES)), json_values(), st.data())
def test_an_event_of_any_other_shape_is_read_or_refused(topic: str, value: Json, data: st.DataObject) -> None:
    _, event, disclosures = golden(topic)
    entry = orjson.loads(event)
    holder = data.draw(st.sampled_from([one for one in (entry, entry["body"], entry["committed"]) if one]))
    holder[data.draw(st.sampled_from(sorted(holder)))] = value
    error = _complaint(orjson.dumps(entry), disclosures)

    assert error is None or error.where == "position 7"
