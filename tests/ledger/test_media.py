"""Media types: which are taken, whether bytes are what they are said to be, and how they may leave for a browser."""

from __future__ import annotations

import pytest

from ledger.errors import InvalidError, RuleError
from ledger.media import (
    DOCUMENT_LIMIT,
    HEAD_BYTES,
    IMAGE_LIMIT,
    RECORDING_LIMIT,
    TAKEN,
    MediaType,
    check_bytes,
    check_markup,
    download_headers,
    read_media_type,
)
from tests.media_files import FILES, isobmff, png
from tests.pdf_files import words

PAGE = b"<!doctype html>\n<html><body><p>Two were hurt.</p></body></html>"
EVERY: dict[str, tuple[bytes, ...]] = FILES | {
    "text/plain": (
        b"Two were hurt.",
        "GIF89a and RIFF are how files begin. Zoë".encode(),
        b"a < b and c > d",
    ),
    "text/html": (
        PAGE,
        b"\xef\xbb\xbf  <!-- a -->\n<HTML>",
        b"<p>Two were hurt.",
        "Zoë <b>x</b>".encode("utf-16"),
    ),
    "application/pdf": (words("Two were hurt."), b"\r\n\r\n" + words("after a few bytes")),
}
DIGEST = "sha256:" + "ab" * 32


def test_there_are_files_of_every_type_that_is_taken() -> None:
    assert sorted(TAKEN) == sorted(EVERY)


@pytest.mark.parametrize(
    ("name", "data"),
    [(name, one) for name, files in EVERY.items() for one in files],
    ids=[f"{name} {index}" for name, files in EVERY.items() for index in range(len(files))],
)
def test_bytes_that_are_what_they_are_said_to_be_are_taken(name: str, data: bytes) -> None:
    check_bytes(MediaType(name=name), data[:HEAD_BYTES])


_KIN = [{"audio/ogg"}, {"audio/webm", "video/webm"}, {"audio/mp4", "video/mp4"}]


def _may_be(name: str, other: str) -> bool:
    return (
        name == other
        or any({name, other} <= one for one in _KIN)
        or (name, other) == ("audio/ogg", "video/ogg")
    )


@pytest.mark.parametrize(
    ("name", "said"),
    [(name, said) for name in FILES for said in TAKEN if not _may_be(name, said)],
)
def test_a_file_whose_type_lies_is_refused_and_told_what_it_looks_like(name: str, said: str) -> None:
    for data in FILES[name]:
        with pytest.raises(RuleError, match=f"are said to be {said} and look like ") as caught:
            check_bytes(MediaType(name=said), data[:HEAD_BYTES])
        assert ("media-type-mismatch", "/media_type") == (caught.value.rule, caught.value.field)


@pytest.mark.parametrize(
    ("said", "data", "like"),
    [
        ("text/plain", PAGE, "text/html"),
        ("text/plain", words("a"), "application/pdf"),
        ("text/plain", png(), "image/png"),
        ("text/plain", b"{\\rtf1 hello}", "application/rtf"),
        ("text/html", words("a"), "application/pdf"),
        ("text/html", png(), "image/png"),
        ("application/pdf", PAGE, "text/html"),
        ("application/pdf", b"Two were hurt.", "plain text"),
        ("application/pdf", b"\x00" * 2000 + b"%PDF-1.7", "nothing that is taken here"),
        ("image/png", b"PK\x03\x04" + b"\x00" * 30, "application/zip"),
        ("image/png", b"\x89PNG\r\n", "nothing that is taken here"),
        ("image/jpeg", png(), "image/png"),
        ("image/png", ("ü" * HEAD_BYTES).encode()[:HEAD_BYTES], "plain text"),
        ("image/png", ("a" + "ü" * HEAD_BYTES).encode()[:HEAD_BYTES], "plain text"),
        ("video/mp4", b"\x7fELF\x02\x01", "a program"),
        ("video/mp4", isobmff(b"heic"), "image/heic"),
        ("audio/mpeg", b"\xff\xfb\x90\x00" + b"\x00" * 500, "nothing that is taken here"),
        ("image/gif", b"", "plain text"),
    ],
)
def test_the_refusal_names_what_the_bytes_look_like(said: str, data: bytes, like: str) -> None:
    with pytest.raises(RuleError, match=f"^the bytes are said to be {said} and look like {like}; "):
        check_bytes(MediaType(name=said), data[:HEAD_BYTES])


def test_a_page_without_a_tag_is_plain_text() -> None:
    check_markup(MediaType(name="text/html"), "x <br>")
    for text in ("Two were hurt.", "3 < 4 > 2", ""):
        with pytest.raises(RuleError, match="look like plain text"):
            check_markup(MediaType(name="text/html"), text)


def test_comments_that_never_end_are_looked_through_once() -> None:
    check_bytes(MediaType(name="text/plain"), b"<!---->" * 580)


@pytest.mark.parametrize(
    ("text", "name", "charset"),
    [
        ("text/plain", "text/plain", None),
        ("Text/Plain; Charset=UTF-8", "text/plain", "UTF-8"),
        ('text/plain;\tcharset="utf-8"', "text/plain", "utf-8"),
        ("text/html;charset=iso-8859-1", "text/html", "iso-8859-1"),
        ('text/html; charset="a\\"b"', "text/html", 'a"b'),
        (" application/pdf ; ", "application/pdf", None),
        ("image/jpg", "image/jpeg", None),
        ("audio/x-wav", "audio/wav", None),
        ('video/mp4; codecs="avc1.4d002a, mp4a.40.2"', "video/mp4", None),
        ("video/x-matroska", "video/matroska", None),
    ],
)
def test_a_media_type_is_read_as_rfc_9110_has_it(text: str, name: str, charset: str | None) -> None:
    assert MediaType(name=name, charset=charset) == read_media_type(text)


@pytest.mark.parametrize(
    ("text", "saying"),
    [
        ("", "must be a media type such as"),
        ("text", "must be a media type such as"),
        ("text/html; charset", "must be a media type such as"),
        ("text/html; charset=a; charset=b", "must be a media type such as"),
        ("text/html\r\nX-Header: 1", "must be a media type such as"),
        ("text/html;" + " " * 300, "at most 255 characters"),
        ("image/svg+xml", "only text/plain, text/html, application/pdf,"),
        ("text/plainer", "only text/plain, text/html,"),
        ("../../etc/passwd", "must be a media type such as"),
        ("text/plain;charset=latin-1", "only text/plain in UTF-8"),
        ("text/plain;format=flowed", "text/plain is taken with no parameter but charset"),
        ("application/pdf;version=1.7", "application/pdf is taken with no parameter"),
    ],
)
def test_another_media_type_is_refused(text: str, saying: str) -> None:
    with pytest.raises(InvalidError, match=f"^/media_type: .*{saying}"):
        read_media_type(text)


def test_each_type_has_its_limit() -> None:
    limits = {name: MediaType(name=name).limit for name in TAKEN}

    assert {DOCUMENT_LIMIT} == {limits[name] for name in ("text/plain", "text/html", "application/pdf")}
    assert {IMAGE_LIMIT} == {limits[name] for name in TAKEN if name.startswith("image/")}
    assert {RECORDING_LIMIT} == {limits[name] for name in TAKEN if name.startswith(("audio/", "video/"))}


def test_a_browser_saves_a_snapshot_and_never_shows_it() -> None:
    headers = download_headers("text/html; charset=utf-8", DIGEST)

    assert f'attachment; filename="{"ab" * 32}.html"' == headers["Content-Disposition"]
    assert headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert ("nosniff", "text/html") == (headers["X-Content-Type-Options"], headers["Content-Type"])


@pytest.mark.parametrize(
    "media_type", [{"absent": "undisclosed"}, "image/svg+xml", "text/html\r\nSet-Cookie: a=b", ""]
)
def test_a_type_that_is_not_known_or_not_disclosed_leaves_as_plain_bytes(media_type: object) -> None:
    headers = download_headers(media_type, DIGEST)

    assert "application/octet-stream" == headers["Content-Type"]
    assert f'attachment; filename="{"ab" * 32}.bin"' == headers["Content-Disposition"]
