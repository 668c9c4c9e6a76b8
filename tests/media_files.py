"""The smallest files of each binary type that say what they are and how large: headers by hand, from their specifications."""

from __future__ import annotations

import struct

__all__ = ["FILES", "box", "element", "isobmff", "matroska", "movie", "png", "wav"]


def png(width: int = 640, height: int = 480) -> bytes:
    """A PNG up to its header chunk."""
    return (
        b"\x89PNG\r\n\x1a\n"
        b"\x00\x00\x00\x0dIHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0) + b"crc!"
    )


def _jpeg() -> bytes:
    comment = b"\xff\xfe\x00\x06hey!"
    return (
        b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
        + comment
        + b"\xff\xff\xc2\x00\x11\x08\x01\xe0\x02\x80\x03"
    )


def _tiff(order: str) -> bytes:
    head = b"II*\x00" if order == "<" else b"MM\x00*"
    entries = struct.pack(order + "HHIHH", 256, 3, 1, 640, 0) + struct.pack(order + "HHII", 257, 4, 1, 480)
    return head + struct.pack(order + "IH", 8, 2) + entries + b"\x00" * 4


def _webp(kind: bytes, data: bytes) -> bytes:
    chunk = kind + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", 4 + len(chunk)) + b"WEBP" + chunk


def wav(data: bytes = b"\x00" * 16_000, rate: int = 32_000, said: int | None = None) -> bytes:
    """A WAV file of 16 bit samples at 16 kHz; `said` is the size that the header gives to the sound."""
    form = struct.pack("<HHIIHH", 1, 1, 16_000, rate, 2, 16)
    chunks = b"LIST\x03\x00\x00\x00abc\x00" + b"fmt " + struct.pack("<I", len(form)) + form
    chunks += b"data" + struct.pack("<I", len(data) if said is None else said) + data
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


def _flac(samples: int = 4_410_000) -> bytes:
    info = (
        struct.pack(">HH", 4096, 4096)
        + b"\x00" * 6
        + ((44_100 << 44) | (1 << 41) | (15 << 36) | samples).to_bytes(8, "big")
    )
    return b"fLaC\x80\x00\x00\x22" + info + b"\x00" * 16


def box(kind: bytes, *inside: bytes, size: int | None = None) -> bytes:
    """A box of ISO/IEC 14496-12; `size` is what it says of itself where that is a lie."""
    body = b"".join(inside)
    return struct.pack(">I", len(body) + 8 if size is None else size) + kind + body


def isobmff(*brands: bytes) -> bytes:
    """The first box of a file."""
    return box(b"ftyp", brands[0], b"\x00\x00\x00\x00", *brands[1:])


def movie(*, scale: int = 1000, length: int = 258_500, wide: bool = False) -> bytes:
    """The box that holds the headers of a movie, with a sound track and then a picture of 1920 by 1080."""
    times = struct.pack(">QQIQ", 0, 0, scale, length) if wide else struct.pack(">IIII", 0, 0, scale, length)
    header = box(b"mvhd", bytes([wide, 0, 0, 0]), times, b"\x00" * 80)

    def track(width: int, height: int) -> bytes:
        return box(b"trak", box(b"tkhd", b"\x00" * 76, struct.pack(">II", width << 16, height << 16)))

    return box(b"moov", header, track(0, 0), track(1920, 1080))


def _still(*sizes: tuple[int, int]) -> bytes:
    extents = [box(b"ispe", b"\x00" * 4, struct.pack(">II", *size)) for size in sizes]
    return box(b"meta", b"\x00" * 4, box(b"hdlr", b"\x00" * 24), box(b"iprp", box(b"ipco", *extents)))


def element(ident: bytes, *inside: bytes) -> bytes:
    """An element of EBML with a size of eight bytes."""
    body = b"".join(inside)
    return ident + (0x01 << 56 | len(body)).to_bytes(8, "big") + body


def matroska(doctype: bytes, *, duration: bytes = struct.pack(">d", 258_500.0)) -> bytes:
    """A file with the headers of a recording of 1920 by 1080, and the beginning of a cluster that never ends."""
    ebml = (
        b"\x1a\x45\xdf\xa3"
        + bytes([0x80 | len(doctype) + 3])
        + b"\x42\x82"
        + bytes([0x80 | len(doctype)])
        + doctype
    )
    info = element(
        b"\x15\x49\xa9\x66", element(b"\x2a\xd7\xb1", b"\x0f\x42\x40"), element(b"\x44\x89", duration)
    )
    video = element(b"\xe0", element(b"\xb0", b"\x07\x80"), element(b"\xba", b"\x04\x38"))
    tracks = element(
        b"\x16\x54\xae\x6b", element(b"\xae", element(b"\xd7", b"\x01")), element(b"\xae", video)
    )
    segment = b"\x18\x53\x80\x67" + b"\x01" + b"\xff" * 7
    return ebml + segment + info + tracks + b"\x1f\x43\xb6\x75\x01" + b"\xff" * 7 + b"\x00" * 20


def _mp3() -> bytes:
    frame = b"\xff\xfb\x90\x00" + b"\x00" * 413  # MPEG 1 layer III, 128 kbit/s, 44.1 kHz
    return frame * 3


FILES: dict[str, tuple[bytes, ...]] = {
    "image/png": (png(),),
    "image/jpeg": (_jpeg(),),
    "image/gif": (b"GIF89a\x80\x02\xe0\x01\x00\x00\x00;", b"GIF87a\x80\x02\xe0\x01\x00\x00\x00;"),
    "image/webp": (
        _webp(b"VP8 ", b"\x00\x00\x00\x9d\x01\x2a\x80\x02\xe0\x41"),
        _webp(b"VP8L", b"\x2f" + (639 | 479 << 14).to_bytes(4, "little")),
        _webp(b"VP8X", b"\x00" * 4 + (639).to_bytes(3, "little") + (479).to_bytes(3, "little")),
    ),
    "image/avif": (
        isobmff(b"avif", b"mif1") + _still((640, 480)),
        isobmff(b"mif1", b"avif") + _still((640, 480)),
    ),
    "image/heic": (
        isobmff(b"heic", b"mif1") + _still((640, 480)),
        isobmff(b"mif1", b"heic") + _still((640, 480), (640, 480)),
    ),
    "image/tiff": (_tiff("<"), _tiff(">")),
    "audio/mpeg": (_mp3(), b"ID3\x04\x00\x00\x00\x00\x00\x0a" + b"\x00" * 10 + _mp3()),
    "audio/wav": (wav(),),
    "audio/ogg": (b"OggS\x00\x02" + b"\x00" * 20 + b"\x01\x13OpusHead",),
    "audio/flac": (_flac(),),
    "audio/mp4": (isobmff(b"M4A ", b"isom"),),
    "audio/webm": (matroska(b"webm"),),
    "video/mp4": (
        isobmff(b"isom", b"mp41") + movie(),
        isobmff(b"mp42") + box(b"mdat", b"x" * 9) + movie(wide=True),
    ),
    "video/quicktime": (isobmff(b"qt  ") + movie(), box(b"wide") + box(b"mdat", b"x" * 9) + movie()),
    "video/webm": (matroska(b"webm"),),
    "video/matroska": (matroska(b"matroska"),),
    "video/ogg": (b"OggS\x00\x02" + b"\x00" * 20 + b"\x01\x2a\x80theora",),
}
"""Files of every binary type that is taken but PDF."""
