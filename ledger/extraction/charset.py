"""How the bytes of an HTML page become characters: the WHATWG order of evidence, and no guessing after it.

A byte order mark comes first, then what the caller says, then what the page says in its first 1,024 bytes, then UTF-8 where the
bytes are that, then windows-1252 (HTML Standard §13.2.3). Bytes that are not of the encoding found are refused, never replaced:
a replacement character in a quotation would be ours, not the source's.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from ledger.errors import InvalidError

__all__ = ["ENCODINGS", "Decoded", "decode_html"]

_LABELS: Final = {
    "utf-8": "utf-8 utf8 unicode-1-1-utf-8",
    "utf-16-le": "utf-16le utf-16 unicode",
    "utf-16-be": "utf-16be",
    "windows-1250": "windows-1250 cp1250 x-cp1250",
    "windows-1251": "windows-1251 cp1251 x-cp1251",
    # The Encoding Standard §4.2 has these three for one: that is what pages labelled so are written in.
    "windows-1252": "windows-1252 cp1252 x-cp1252 iso-8859-1 iso8859-1 iso_8859-1 latin1 l1 us-ascii ascii",
    "windows-1253": "windows-1253 cp1253",
    "windows-1254": "windows-1254 cp1254 iso-8859-9 latin5",
    "windows-1255": "windows-1255 cp1255",
    "windows-1256": "windows-1256 cp1256",
    "windows-1257": "windows-1257 cp1257",
    "windows-1258": "windows-1258 cp1258",
    "windows-874": "windows-874 tis-620 iso-8859-11",
    "iso-8859-2": "iso-8859-2 iso8859-2 latin2",
    "iso-8859-3": "iso-8859-3 latin3",
    "iso-8859-4": "iso-8859-4 latin4",
    "iso-8859-5": "iso-8859-5 cyrillic",
    "iso-8859-6": "iso-8859-6 arabic",
    "iso-8859-7": "iso-8859-7 greek",
    "iso-8859-8": "iso-8859-8 hebrew iso-8859-8-i",
    "iso-8859-10": "iso-8859-10 latin6",
    "iso-8859-13": "iso-8859-13",
    "iso-8859-14": "iso-8859-14",
    "iso-8859-15": "iso-8859-15 latin9",
    "iso-8859-16": "iso-8859-16",
    "koi8-r": "koi8-r koi8",
    "koi8-u": "koi8-u",
    "ibm866": "ibm866 cp866 866",
    "macintosh": "macintosh mac x-mac-roman",
    "gbk": "gbk gb2312 gb_2312-80 x-gbk",
    "gb18030": "gb18030",
    "big5": "big5 big5-hkscs x-x-big5",
    "euc-jp": "euc-jp x-euc-jp",
    "iso-2022-jp": "iso-2022-jp",
    "shift_jis": "shift_jis shift-jis sjis x-sjis windows-31j ms_kanji",
    "euc-kr": "euc-kr ks_c_5601-1987 windows-949 korean",
}
_CODECS: Final = {
    "windows-874": "cp874",
    "macintosh": "mac_roman",
    "big5": "big5hkscs",
    "shift_jis": "cp932",
    "euc-kr": "cp949",
    "ibm866": "cp866",
}
"""Python's name, where it is another, or where its codec of the same name knows fewer characters than the Encoding Standard."""
ENCODINGS: Final = {label: name for name, labels in _LABELS.items() for label in labels.split()}
"""The encoding of each label that is known, a part of the Encoding Standard §4.2."""

_MARKS: Final = ((b"\xef\xbb\xbf", "utf-8"), (b"\xfe\xff", "utf-16-be"), (b"\xff\xfe", "utf-16-le"))
_PRESCANNED: Final = 1024
_SKIPPED: Final = re.compile(
    rb"""<!--.*?-->|</?[a-z](?>[^>"']++|"[^"]*+"|'[^']*+')*+>|<[!/?][^>]*>""", re.IGNORECASE | re.DOTALL
)
_META: Final = re.compile(rb"<meta[\t\n\f\r /]", re.IGNORECASE)
_ATTRIBUTE: Final = re.compile(
    rb"""[\t\n\f\r /]*+([^\t\n\f\r />=]++)(?:[\t\n\f\r ]*+=[\t\n\f\r ]*+(?:"([^"]*+)"|'([^']*+)'|([^\t\n\f\r >"']++)))?"""
)
_IN_CONTENT: Final = re.compile(r"""charset\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s;"']+))""", re.IGNORECASE)
_HOLES: Final = frozenset({0x81, 0x8D, 0x8F, 0x90, 0x9D})


class Decoded(NamedTuple):
    """A page as characters, and the encoding that it was found to be in, by the name of the Encoding Standard."""

    text: str
    encoding: str


def _said_in(tag: bytes) -> str | None:
    """The label that a meta element gives, if it gives one (HTML Standard §13.2.3.2)."""
    found: dict[str, str] = {}
    at = len(b"<meta")
    while match := _ATTRIBUTE.match(tag, at):
        name = match[1].decode("latin-1").lower()
        found.setdefault(name, (match[2] or match[3] or match[4] or b"").decode("latin-1"))
        at = match.end()
    if "charset" in found:
        return found["charset"]
    if found.get("http-equiv", "").lower() == "content-type":
        content = _IN_CONTENT.search(found.get("content", ""))
        return next((one for one in content.groups() if one is not None), None) if content else None
    return None


def _said_by_page(data: bytes) -> str | None:
    """The first encoding that the page itself names and we know. One that says it is UTF-16 while we can read it is UTF-8."""
    for tag in _SKIPPED.finditer(data[:_PRESCANNED]):
        label = _said_in(tag[0][:-1]) if _META.match(tag[0]) else None
        encoding = ENCODINGS.get(label.strip().lower()) if label else None
        if encoding is not None:
            return "utf-8" if encoding.startswith("utf-16") else encoding
    return None


def _characters(data: bytes, encoding: str, field: str) -> str:
    try:
        return data.decode(_CODECS.get(encoding, encoding))
    except UnicodeDecodeError as error:
        if encoding == "windows-1252" and _HOLES.issuperset(data[error.start : error.end]):
            # The Encoding Standard gives the five bytes that windows-1252 leaves open to the controls of those numbers.
            parts = re.split(rb"([\x81\x8d\x8f\x90\x9d]+)", data)
            return "".join(part.decode("latin-1" if odd % 2 else "cp1252") for odd, part in enumerate(parts))
        raise InvalidError(
            f"is not {encoding} text: byte {error.start} cannot be read; name the page's encoding as charset in media_type",
            field=field,
        ) from None


def decode_html(data: bytes, charset: str | None, *, field: str) -> Decoded:
    """The characters of a page. `charset` is what the caller says. A byte order mark is taken off.

    Raises InvalidError for a charset that is not known, and for bytes that are not of the encoding.
    """
    said = None
    if charset is not None:
        said = ENCODINGS.get(charset.strip().lower())
        if said is None:
            raise InvalidError(
                "names a charset that is not known here; use its name in the WHATWG Encoding Standard",
                field="/media_type",
            )
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return Decoded(_characters(data[len(mark) :], encoding, field), encoding)
    encoding = said or _said_by_page(data) or ""
    if not encoding:
        try:
            return Decoded(data.decode(), "utf-8")
        except UnicodeDecodeError:
            encoding = "windows-1252"
    return Decoded(_characters(data, encoding, field), encoding)
