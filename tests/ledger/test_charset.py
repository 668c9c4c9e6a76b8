"""Bytes of a page to characters: the order of evidence, and no replacement characters of ours."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import InvalidError
from ledger.extraction.charset import ENCODINGS, Decoded, decode_html


def _decoded(data: bytes, charset: str | None = None) -> Decoded:
    return decode_html(data, charset, field="/text")


@pytest.mark.parametrize(
    ("data", "charset", "text", "encoding"),
    [
        ("Zoë".encode(), None, "Zoë", "utf-8"),
        (b"Zo\xeb", None, "Zoë", "windows-1252"),
        (b"Zo\xeb \x93so\x94", "ISO-8859-1", "Zoë “so”", "windows-1252"),
        (b"a\x81b\x93", "latin1", "a\x81b“", "windows-1252"),
        ("Zoë".encode("utf-8-sig"), "iso-8859-1", "Zoë", "utf-8"),
        ("Zoë".encode("utf-16"), None, "Zoë", "utf-16-le"),
        (b"\xfe\xff" + "Zoë".encode("utf-16-be"), None, "Zoë", "utf-16-be"),
        (b'<meta charset="windows-1251">\xc4\xe0', None, '<meta charset="windows-1251">Да', "windows-1251"),
        (b"<META\nCHARSET=koi8-r>\xe4", None, "<META\nCHARSET=koi8-r>Д", "koi8-r"),
        (b"<meta charset=koi8-r>\xc4\xe0", "windows-1251", "<meta charset=koi8-r>Да", "windows-1251"),
        (b"<meta charset=utf-16>x", None, "<meta charset=utf-16>x", "utf-8"),
        (
            b"<meta charset=no-such><meta charset=koi8-r>",
            None,
            "<meta charset=no-such><meta charset=koi8-r>",
            "koi8-r",
        ),
        (b"<!-- <meta charset=koi8-r> -->\xc3\xab", None, "<!-- <meta charset=koi8-r> -->ë", "utf-8"),
        (
            b"""<a title='>' rel="<meta charset=koi8-r>">""",
            None,
            """<a title='>' rel="<meta charset=koi8-r>">""",
            "utf-8",
        ),
        (b"x" * 1024 + b"<meta charset=koi8-r>", None, "x" * 1024 + "<meta charset=koi8-r>", "utf-8"),
        ("日本".encode("cp932"), "Shift_JIS", "日本", "shift_jis"),
        ("중".encode("cp949"), "euc-kr", "중", "euc-kr"),
    ],
    ids=[
        "nothing said, and it is UTF-8",
        "nothing said, and it is not UTF-8",
        "Latin-1 is windows-1252 on the web",
        "the five holes are controls",
        "a mark overrules the caller",
        "a mark of UTF-16",
        "a mark of UTF-16, big end first",
        "said by the page",
        "said by the page in capitals",
        "the caller overrules the page",
        "a page that can be read is not UTF-16",
        "a label that is not known is passed over",
        "a comment says nothing",
        "an attribute of another element says nothing",
        "said too late",
        "Shift_JIS",
        "Korean",
    ],
)
def test_the_encoding_is_found_in_the_order_of_the_html_standard(
    data: bytes, charset: str | None, text: str, encoding: str
) -> None:
    assert Decoded(text, encoding) == _decoded(data, charset)


def test_the_older_form_of_the_meta_element_is_read() -> None:
    head = b'<meta http-equiv="Content-Type" content="text/html; charset=windows-1250">\xb9'

    assert ("ą", "windows-1250") == (_decoded(head).text[-1], _decoded(head).encoding)
    assert "utf-8" == _decoded(b'<meta name=x content="text/html; charset=windows-1250">').encoding


@pytest.mark.parametrize(
    ("data", "charset", "saying"),
    [
        (b"Zo\xeb", "utf-8", "^/text: is not utf-8 text: byte 2 cannot be read; name the page's encoding"),
        (b"<meta charset=utf-8>Zo\xeb", None, "byte 22 cannot be read"),
        (b"\xff\xfea", None, "is not utf-16-le text"),
        (b"x", "no-such", "^/media_type: names a charset that is not known here"),
        (b"x", "rot13", "is not known here"),
        (b"x", "idna", "is not known here"),
        (b"x", "utf-7", "is not known here"),
    ],
)
def test_what_cannot_be_decoded_is_refused(data: bytes, charset: str | None, saying: str) -> None:
    with pytest.raises(InvalidError, match=saying) as caught:
        _decoded(data, charset)
    assert caught.value.__cause__ is None, "the cause would carry the page into a log"


@pytest.mark.parametrize("label", sorted(ENCODINGS))
def test_every_label_decodes_letters(label: str) -> None:
    mark = "utf-16" in ENCODINGS[label]
    data = "<p>x".encode(ENCODINGS[label]) if mark else b"<p>x"

    assert Decoded("<p>x", ENCODINGS[label]) == _decoded(data, label)


@given(st.binary(max_size=80), st.sampled_from([None, *sorted(set(ENCODINGS.values()))]))
def test_any_bytes_are_decoded_the_same_again_or_refused(data: bytes, charset: str | None) -> None:
    try:
        first = _decoded(data, charset)
    except InvalidError:
        return

    assert first == _decoded(data, charset)
    assert (
        "\ufffd" not in first.text
        or "\ufffd".encode() in data
        or first.encoding not in ("utf-8", "windows-1252")
    )
