"""Small PDF files written by hand, object by object, so that a test shows every byte that matters (ISO 32000-1 §7.5)."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["bomb", "encrypted", "pdf", "scan", "stream", "words"]

_FONT = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"


def stream(data: bytes, entries: bytes = b"") -> bytes:
    """A stream object."""
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(data), entries, data)


def pdf(
    contents: Sequence[bytes], *, font: bytes = _FONT, more: Sequence[bytes] = (), trailer: bytes = b""
) -> bytes:
    """A file with one page for each content stream. The font is object 3, pages and contents follow, then `more`."""
    pages = [4 + 2 * index for index in range(len(contents))]
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Count %d /Kids [%s] >>"
        % (len(pages), b" ".join(b"%d 0 R" % one for one in pages)),
        font,
    ]
    for number, content in zip(pages, contents, strict=True):
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents %d 0 R "
            b"/Resources << /Font << /F1 3 0 R >> >> >>" % (number + 1)
        )
        objects.append(content)
    objects += more
    body = b"%PDF-1.7\n"
    places = []
    for number, one in enumerate(objects, start=1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return (
        body
        + b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table)
        + b"trailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n"
        % (len(objects) + 1, trailer, len(body))
    )


def words(*pages: str) -> bytes:
    """A file with the lines of each page in Helvetica."""
    contents = []
    for page in pages:
        lines = b" T* ".join(b"(%s) Tj" % line.encode("latin-1") for line in page.split("\n"))
        contents.append(stream(b"BT /F1 12 Tf 14 TL 72 720 Td %s ET" % lines))
    return pdf(contents)


def scan(pages: int = 1) -> bytes:
    """A file with drawings and no text."""
    return pdf([stream(b"0 0 100 100 re f")] * pages)


def encrypted() -> bytes:
    """A file that says it is locked by a password that nobody has (ISO 32000-1 §7.6)."""
    lock = b"<< /Filter /Standard /V 1 /R 2 /P -4 /O <%s> /U <%s> >>" % (b"41" * 32, b"42" * 32)
    return pdf(
        [stream(b"BT /F1 12 Tf 72 720 Td (secret) Tj ET")],
        more=[lock],
        trailer=b"/Encrypt 6 0 R /ID [<%s> <%s>]" % (b"43" * 16, b"43" * 16),
    )


def bomb(unpacked_bytes: int) -> bytes:
    """A small file whose one page unpacks into that many bytes of words."""
    packer = zlib.compressobj(9)
    packed = packer.compress(b"BT /F1 12 Tf 72 720 Td ")
    block = b"(The words of a bomb.) Tj " * 40_000
    for _ in range(unpacked_bytes // len(block)):
        packed += packer.compress(block)
    return pdf([stream(packed + packer.compress(b"ET") + packer.flush(), b"/Filter /FlateDecode")])
