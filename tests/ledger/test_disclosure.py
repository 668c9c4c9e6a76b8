"""Disclosures: their exact bytes and digests, what erasing takes, and which lines an event does not answer for."""

from __future__ import annotations

import base64
import hashlib
import re
import tracemalloc
from typing import TYPE_CHECKING

import orjson
import pytest

from ledger.codec import decode
from ledger.disclosure import (
    PATH_LIMIT,
    SALT_BYTES,
    check_lines,
    digest_of,
    erase,
    make,
    open_line,
    path_covers,
    path_of,
    split_lines,
    written,
)
from ledger.errors import IntegrityError, InvalidError
from tests.fakes import CountingBytes
from tests.golden_files import golden

if TYPE_CHECKING:
    from ledger.values import Json

_SALT = bytes(range(16))
_LINE = b'["AAECAwQFBgcICQoLDA0ODw","quantities/q1",{"unit":"[ft_i]","value":"15"}]'


def _salts(size: int) -> bytes:
    return (_SALT * (size // SALT_BYTES))[:size]


def test_a_disclosure_is_the_exact_text_of_the_format() -> None:
    digests, lines = make([("quantities/q1", {"value": "15", "unit": "[ft_i]"})], _salts)

    assert _LINE == lines
    assert base64.urlsafe_b64encode(_SALT).rstrip(b"=") == _LINE[2:24]
    expected = base64.urlsafe_b64encode(hashlib.sha256(_LINE).digest()).decode().rstrip("=")
    assert {"quantities/q1": expected} == digests
    assert expected == digest_of(_LINE)


def test_an_opened_disclosure_gives_salt_path_and_value() -> None:
    salt, path, value = open_line(_LINE)

    assert ("AAECAwQFBgcICQoLDA0ODw", "quantities/q1", {"unit": "[ft_i]", "value": "15"}) == (
        salt,
        path,
        value,
    )
    assert path == path_of(_LINE)


def test_no_values_take_no_lines() -> None:
    assert ({}, b"") == make([], _salts)
    assert [] == split_lines(b"")


def test_each_salt_has_sixteen_bytes_of_its_own_and_equal_values_have_unequal_digests() -> None:
    asked: list[int] = []
    random = CountingBytes()

    def counted(size: int) -> bytes:
        asked.append(size)
        return random(size)

    digests, lines = make([(f"places/p{number}", "same") for number in range(50)], counted)
    salts = [base64.urlsafe_b64decode(open_line(line)[0] + "==") for line in split_lines(lines)]

    assert [50 * SALT_BYTES] == asked
    assert {16} == {len(salt) for salt in salts}
    assert 50 == len(set(salts)) == len(set(digests.values()))


@pytest.mark.parametrize("values", [1, 2], ids=["one value", "two values"])
def test_what_is_to_be_stored_takes_no_more_memory_than_it_is_long(values: int) -> None:
    given = [(f"quantities/q{number}", "about 15 feet") for number in range(values)]
    tracemalloc.start()
    kept = [(written({"body": "dragged"}), make(given, _salts)[1]) for _ in range(100)]
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    long = sum(len(event) + len(lines) for event, lines in kept)
    # A bytes object has 33 bytes of its own, and what is kept of them here a tuple and a place in a list.
    assert taken < long + 100 * 300


def test_a_text_with_line_breaks_stays_on_one_line() -> None:
    _, lines = make([("statement", "one\ntwo\r\u2028three\x85"), ("reason", "x")], _salts)

    assert 2 == len(split_lines(lines))
    assert "one\ntwo\r\u2028three\x85" == open_line(split_lines(lines)[0])[2]


@pytest.mark.parametrize(
    "path", ["", "/", "a/", "/a", "a//b", "a b", 'a"', "a\\b", "é", "a\nb", "a\x7fb", "p" * (PATH_LIMIT + 1)]
)
def test_a_path_without_the_form_of_one_is_neither_made_nor_read(path: str) -> None:
    with pytest.raises(InvalidError, match="cannot stand in a path"):
        make([("statement", 1), (path, 1)], _salts)
    with pytest.raises(IntegrityError, match="ledger-format §4"):
        path_of(orjson.dumps(["A" * 22, path, 1]))


@pytest.mark.parametrize(
    "path", ["a", "a/b", "details/~x.y_z-0", "!#[]{}|", "p" * PATH_LIMIT, "a/" + "p" * (PATH_LIMIT - 2)]
)
def test_a_path_with_the_form_of_one_is_made_and_read(path: str) -> None:
    _, lines = make([(path, 1)], _salts)

    assert path == path_of(lines)


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"5",
        b"{}",
        b"null",
        b'["AAECAwQFBgcICQoLDA0ODw","a"]',
        b'["AAECAwQFBgcICQoLDA0OD","a",1]',
        b'["AAECAwQFBgcICQoLDA0OD+","a",1]',
        b'["AAECAwQFBgcICQoLDA0ODw", "a",1]',
        b'["AAECAwQFBgcICQoLDA0ODw",1,1]',
        b'["AAECAwQFBgcICQoLDA0ODw","a",1,2]',
        b'["AAECAwQFBgcICQoLDA0ODw","a",1',
        b'["AAECAwQFBgcICQoLDA0ODw","a",\xff]',
    ],
)
def test_a_line_that_is_no_disclosure_is_not_opened(line: bytes) -> None:
    with pytest.raises(IntegrityError):
        open_line(line)


def test_lines_that_the_event_committed_to_are_accepted_in_any_order_and_number() -> None:
    committed, lines = make([("a", 1), ("b", 2), ("c", 3)], CountingBytes())
    one, two, three = split_lines(lines)

    for kept in ([one, two, three], [three, one], [two], []):
        check_lines(b"\n".join(kept), committed, where="position 1")


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        pytest.param(
            lambda one, _: [one.replace(b"1]", b"2]")], "does not match the digest", id="changed value"
        ),
        pytest.param(
            lambda one, _: [one.replace(b'"a"', b'"b"')], "does not match the digest", id="changed path"
        ),
        pytest.param(
            lambda one, _: [b'["' + b"A" * 22 + one[24:]], "does not match the digest", id="changed salt"
        ),
        pytest.param(lambda one, _: [one + b" "], "does not match the digest", id="a blank at the end"),
        pytest.param(lambda one, _: [one, _LINE], "does not match the digest", id="foreign line"),
        pytest.param(lambda one, two: [one, two, one], "stands twice", id="repeated line"),
        pytest.param(lambda one, two: [one, b"", two], "does not have the form", id="empty line"),
    ],
)
def test_a_changed_foreign_or_repeated_line_is_refused(lines: Json, words: str) -> None:
    committed, made = make([("a", 1), ("b", 2)], CountingBytes())
    given = b"\n".join(lines(*split_lines(made)))

    with pytest.raises(IntegrityError, match=words) as caught:
        check_lines(given, committed, where="position 9")
    if words != "does not have the form":
        assert caught.value.where == "position 9"


@pytest.mark.parametrize(
    ("redacted", "path", "covered"),
    [
        ("places/a", "places/a", True),
        ("places/a", "places/ab", False),
        ("places/a", "places/a/as_stated", True),
        ("places", "places/a", True),
        ("participants/p1", "participants/p1/name", True),
        ("participants/p1", "participants/p10/name", False),
        ("participants/p1/name", "participants/p1", False),
        ("attestations/a1/published", "attestations/a1/published/as_stated", True),
        ("statement", "statements", False),
        ("", "places/a", False),
    ],
)
def test_a_path_covers_itself_and_what_is_below_it(redacted: str, path: str, *, covered: bool) -> None:
    assert covered == path_covers(redacted, path)


def test_erasing_leaves_the_event_and_every_other_line_as_they_were() -> None:
    """Model §6: erasing one leaves the event, its leaf, every proof and every other field intact."""
    _, event, disclosures = golden("FactReported@1")
    before = split_lines(disclosures)
    left = erase(disclosures, ["participants/p2", "places/scene"])
    gone = {path_of(line) for line in before} - {path_of(line) for line in split_lines(left)}

    assert {"participants/p2/name", "participants/p2/as_described", "places/scene"} == gone
    assert [line for line in before if path_of(line) not in gone] == split_lines(left)
    whole, rest = (decode(event, lines, position=1) for lines in (disclosures, left))
    assert whole.committed == rest.committed
    check_lines(left, rest.committed, where="")
    for path in gone:
        assert not re.search(re.escape(path).encode(), left)


def test_erasing_everything_leaves_no_byte_and_erasing_nothing_every_byte() -> None:
    disclosures = golden("IncidentOpened@1").disclosures

    assert b"" == erase(disclosures, ["title", "zone"])
    assert disclosures == erase(disclosures, []) == erase(disclosures, ["titles", "title/x"])
    assert b"" == erase(b"", ["title"])
