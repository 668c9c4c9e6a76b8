"""What the first bytes of a file say that it is: a small table of signatures, each from its format's specification.

A signature proves nothing about the rest of the file. It tells a lying label from an honest one, and that is all it is for.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["formats_of"]

_SIGNATURES: Final[tuple[tuple[bytes, int, str], ...]] = (
    (b"\x89PNG\r\n\x1a\n", 0, "image/png"),  # ISO/IEC 15948 §5.2
    (b"\xff\xd8\xff", 0, "image/jpeg"),  # ITU-T T.81 §B.1.1.3: SOI, and the marker after it
    (b"GIF87a", 0, "image/gif"),  # GIF89a specification §17
    (b"GIF89a", 0, "image/gif"),
    (b"II*\x00", 0, "image/tiff"),  # TIFF 6.0 §2
    (b"MM\x00*", 0, "image/tiff"),
    (b"fLaC", 0, "audio/flac"),  # RFC 9639 §6
    (b"%PDF-", 0, "application/pdf"),  # ISO 32000-1 §7.5.2
    # Not taken, and named in a refusal because people send them.
    (b"PK\x03\x04", 0, "application/zip"),
    (b"\x1f\x8b\x08", 0, "application/gzip"),
    (b"7z\xbc\xaf\x27\x1c", 0, "application/x-7z-compressed"),
    (b"Rar!\x1a\x07", 0, "application/vnd.rar"),
    (b"{\\rtf", 0, "application/rtf"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0, "an old Office document"),
    (b"\x7fELF", 0, "a program"),
)
_RIFF: Final = {b"WEBP": "image/webp", b"WAVE": "audio/wav"}  # RFC 9649 §2.4; RIFF Specification 1.0 §2
_MATROSKA: Final = {  # RFC 8794 §11.2.6 (DocType), RFC 9559
    b"webm": ("video/webm", "audio/webm"),
    b"matroska": ("video/matroska",),
}
_STILLS: Final = {  # ISO/IEC 23008-12 §10, AV1 Image File Format §6
    b"avif": "image/avif",
    b"avis": "image/avif",
    b"heic": "image/heic",
    b"heix": "image/heic",
    b"heim": "image/heic",
    b"heis": "image/heic",
    b"hevc": "image/heic",
    b"mif1": "image/heic",
    b"msf1": "image/heic",
}
_SOUNDS: Final = frozenset({b"M4A ", b"M4B ", b"M4P "})
_QUICKTIME: Final = frozenset(
    {b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"}
)  # files older than `ftyp`
_HTML: Final = re.compile(
    # WHATWG MIME Sniffing §7.1, as far as the tags can begin nothing but a page. Possessive: it is run on hostile bytes.
    rb"(?:\xef\xbb\xbf)?[\t\n\x0c\r ]*+(?>(?><!--.*?-->)[\t\n\x0c\r ]*+)*+<(?:!doctype\s+html|html|head|body)[\t\n\x0c\r >]",
    re.IGNORECASE | re.DOTALL,
)
_LAYER_III, _NO_VERSION, _MPEG_1, _NO_RATE = 0xE2, 1, 3, 3
_MP3_RATES: Final = (44_100, 48_000, 32_000)
_ID3: Final = re.compile(rb"ID3[^\xff][^\xff].[\x00-\x7f]{4}", re.DOTALL)  # ID3v2.4 §3.1
_MP3_KBITS: Final = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_MP3_KBITS_LOW: Final = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)


def _brands(head: bytes) -> tuple[str, ...]:
    """ISO/IEC 14496-12 §4.3: the first box, with the brands that readers of the file have to know."""
    if head[4:8] in _QUICKTIME and int.from_bytes(head[:4]) in range(8, 1 << 31):
        return ("video/quicktime",)
    if head[4:8] != b"ftyp":
        return ()
    size = min(int.from_bytes(head[:4]), len(head))
    major = head[8:12]
    brands = [major, *(head[at : at + 4] for at in range(16, size - 3, 4))]
    if major in _STILLS:
        # mif1 says only that it is a still image of the HEIF family; the others say how it is coded.
        first = next((one for one in brands if one in _STILLS and one not in (b"mif1", b"msf1")), major)
        return (_STILLS[first],)
    if major in _SOUNDS:
        return ("audio/mp4", "video/mp4")
    if major == b"qt  ":
        return ("video/quicktime", *(("video/mp4", "audio/mp4") if {b"isom", b"mp42"} & {*brands} else ()))
    return ("video/mp4", "audio/mp4", *(("video/quicktime",) if b"qt  " in brands else ()))


def _mp3_frame(head: bytes, at: int) -> int:
    """The length of the MPEG audio frame of layer III that begins at `at` (ISO/IEC 11172-3 §2.4.1.3); 0: there is none."""
    if len(head) < at + 4 or head[at : at + 1] != b"\xff" or head[at + 1] & 0xE6 != _LAYER_III:
        return 0
    version, kbits, rate = head[at + 1] >> 3 & 3, head[at + 2] >> 4, head[at + 2] >> 2 & 3
    if version == _NO_VERSION or kbits in (0, 15) or rate == _NO_RATE:
        return 0
    first = version == _MPEG_1
    hertz = _MP3_RATES[rate] >> (0 if first else 1 if version else 2)
    bits = 1000 * (_MP3_KBITS if first else _MP3_KBITS_LOW)[kbits]
    return (144 if first else 72) * bits // hertz + (head[at + 2] >> 1 & 1)


def _is_mp3(head: bytes) -> bool:
    if _ID3.match(head):
        return True
    length = _mp3_frame(head, 0)
    # One header may be chance; two, the second where the first says, are not.
    return length > 0 and (len(head) < length + 4 or _mp3_frame(head, length) > 0)


def formats_of(head: bytes) -> tuple[str, ...]:
    """The types that a file beginning with `head` may be, the likeliest first; none where no signature is known."""
    for signature, at, name in _SIGNATURES:
        if head.startswith(signature, at):
            return (name,)
    if head[:4] == b"RIFF" and head[8:12] in _RIFF:
        return (_RIFF[head[8:12]],)
    if head[:5] == b"OggS\x00":  # RFC 3533 §6; RFC 5334 has both names for it
        return ("audio/ogg", "video/ogg") if b"\x80theora" not in head else ("video/ogg",)
    if head[:4] == b"\x1a\x45\xdf\xa3":
        doctype = re.search(rb"\x42\x82[\x81-\x90]([a-z]+)", head[:64])
        return _MATROSKA.get(doctype[1] if doctype else b"", ())
    if brands := _brands(head):
        return brands
    if _is_mp3(head):
        return ("audio/mpeg",)
    return ("text/html",) if _HTML.match(head) else ()
