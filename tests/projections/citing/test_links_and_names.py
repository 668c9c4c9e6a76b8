"""Links to the words on the live page, and `ni:` names of snapshots."""

from __future__ import annotations

import hashlib
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.citation import TextQuoteSelector
from ledger.errors import InvalidError
from ledger.values import Absent
from projections.citing.named_information import Named, ni_name, read_ni_name
from projections.citing.text_fragment import MAX_WHOLE, text_fragment_link

PAGE = "https://courier.example/tram"
HELLO = "sha256:7f83b1657ff1fc53b92dc18148a1d65dfc2d4b1fa3d677284addd200126d9069"
RFC_NAME = "ni:///sha-256;f4OxZX_x_FO5LcGBSKHWXfwtSx-j1ncoSt3SABJtkGk"
"""The example of RFC 6920 §8.1."""


def _quote(exact: str, prefix: str | None = None, suffix: str | None = None) -> TextQuoteSelector:
    return TextQuoteSelector(exact=exact, prefix=prefix, suffix=suffix)


@pytest.mark.parametrize(
    ("url", "quote", "expected"),
    [
        (PAGE, _quote("struck a van"), f"{PAGE}#:~:text=struck%20a%20van"),
        (PAGE, _quote("a-b, c & d"), f"{PAGE}#:~:text=a%2Db%2C%20c%20%26%20d"),
        (PAGE, _quote("“Über”"), f"{PAGE}#:~:text=%E2%80%9C%C3%9Cber%E2%80%9D"),
        (f"{PAGE}#top", _quote("van"), f"{PAGE}#top:~:text=van"),
        (f"{PAGE}#top:~:text=tram", _quote("van"), f"{PAGE}#top:~:text=van"),
        (
            PAGE,
            _quote("van", prefix="very delivery ", suffix=" at Quay"),
            f"{PAGE}#:~:text=delivery-,van,-at",
        ),
        (PAGE, _quote("van", prefix="The ", suffix="."), f"{PAGE}#:~:text=The-,van,-."),
        (PAGE, _quote("one two\n\nthree  four"), f"{PAGE}#:~:text=one%20two,three%20four"),
        (PAGE, _quote("a  b"), f"{PAGE}#:~:text=a%20b"),
    ],
)
def test_a_link_leads_to_the_words(url: str, quote: TextQuoteSelector, expected: str) -> None:
    assert expected == text_fragment_link(url, quote)


def test_of_a_long_quotation_the_first_and_the_last_words_are_given() -> None:
    words = " ".join(f"word{number}" for number in range(80))
    expected = (
        f"{PAGE}#:~:text=word0%20word1%20word2%20word3%20word4%20word5,"
        "word74%20word75%20word76%20word77%20word78%20word79"
    )

    assert len(words) > MAX_WHOLE
    assert expected == text_fragment_link(PAGE, _quote(words))


@pytest.mark.parametrize(
    "url",
    [None, "doi:10.1000/182", "ftp://a.example/b", "urn:isbn:1", "https://", Absent(absent="undisclosed")],
)
def test_there_is_no_link_without_a_web_address(url: str | Absent | None) -> None:
    assert text_fragment_link(url, _quote("van")) is None


def test_there_is_no_link_without_words() -> None:
    assert text_fragment_link(PAGE, None) is None


@given(
    st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=400).filter(
        lambda text: bool(text.strip())
    )
)
def test_what_the_link_looks_for_stands_in_the_quotation(exact: str) -> None:
    link = text_fragment_link(PAGE, _quote(exact))
    if link is None:
        return
    parts = link.partition("text=")[2].split(",")
    flat = " ".join(exact.split())

    assert link.isascii()
    assert len(parts) <= 2
    assert flat.startswith(unquote(parts[0]))
    assert flat.endswith(unquote(parts[-1]))


def test_a_snapshot_is_named_as_the_rfc_has_it() -> None:
    assert hashlib.sha256(b"Hello World!").hexdigest() == HELLO.removeprefix("sha256:")
    assert ni_name(HELLO) == RFC_NAME
    assert ni_name(HELLO, media_type="text/plain; a=b") == f"{RFC_NAME}?ct=text/plain%3B%20a%3Db"


@given(
    st.binary(min_size=32, max_size=32), st.sampled_from([None, "text/plain", "image/svg+xml", "a/b; c=é"])
)
def test_a_name_that_was_made_is_read_back(digest: bytes, media_type: str | None) -> None:
    snapshot = "sha256:" + digest.hex()

    assert Named(snapshot=snapshot, media_type=media_type) == read_ni_name(
        ni_name(snapshot, media_type=media_type)
    )


@pytest.mark.parametrize(
    "name",
    [RFC_NAME, RFC_NAME.replace("ni:///", "NI://example.org/"), f"{RFC_NAME}?x=1", f"{RFC_NAME}?x=1&ct="],
)
def test_an_authority_and_other_parameters_do_not_change_what_is_named(name: str) -> None:
    assert read_ni_name(name).snapshot == HELLO


@pytest.mark.parametrize(
    "name",
    [
        "",
        RFC_NAME[:-1],
        RFC_NAME + "A",
        RFC_NAME + "=",
        RFC_NAME[:-1] + "l",
        RFC_NAME.replace("sha-256", "sha-256-32"),
        RFC_NAME.replace("sha-256", "sha-512"),
        RFC_NAME.replace("ni:", "nih:"),
        "ni:///sha-256;" + "A" * 2_000,
        HELLO,
    ],
)
def test_another_name_is_refused(name: str) -> None:
    with pytest.raises(InvalidError) as refused:
        read_ni_name(name, field="/cached")

    assert refused.value.field == "/cached"


def test_what_is_no_digest_has_no_name() -> None:
    with pytest.raises(InvalidError, match="/snapshot"):
        ni_name("sha256:abc")
