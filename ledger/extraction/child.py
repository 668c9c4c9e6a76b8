"""The process in which HTML and PDF are read: it limits itself first, reads its input, writes one answer, and ends.

Run by confined.py as `python -m ledger.extraction.child KIND CPU_SECONDS MEMORY_BYTES OUTPUT_BYTES`, the bytes on standard input, the
answer on standard output: a line of JSON, then the text in UTF-8. Little is imported, because each capture pays for it.
"""

from __future__ import annotations

import json
import os
import resource
import sys

__all__ = ["BEYOND_LIMITS", "main"]

BEYOND_LIMITS = 3
"""The exit status of a child that ran out of memory or of room for its answer."""
_OPEN_FILES = 64


def _limit(cpu_s: int, memory_bytes: int, output_bytes: int) -> None:
    # A core file would hold the evidence. One second more than the soft limit: its signal is told from a stranger's SIGKILL.
    for what, soft, hard in (
        (resource.RLIMIT_CORE, 0, 0),
        (resource.RLIMIT_CPU, cpu_s, cpu_s + 1),
        (resource.RLIMIT_AS, memory_bytes, memory_bytes),
        (resource.RLIMIT_FSIZE, output_bytes, output_bytes),
        (resource.RLIMIT_NOFILE, _OPEN_FILES, _OPEN_FILES),
    ):
        _, most = resource.getrlimit(what)
        allowed = [one if most == resource.RLIM_INFINITY else min(one, most) for one in (soft, hard)]
        resource.setrlimit(what, (allowed[0], allowed[1]))


def _answer(kind: str, data: bytes) -> tuple[dict[str, object], str]:
    if kind == "html":
        from ledger.extraction.html import text_of  # noqa: PLC0415  each kind imports its own library only

        text = text_of(data.decode())
        return ({}, text) if text else ({"no_text": "none-there"}, "")
    from ledger.extraction.pdf import read_pages  # noqa: PLC0415  as above

    read = read_pages(data)
    said = {"pages": read.pages, "no_text": read.no_text}
    return {name: one for name, one in said.items() if one is not None}, read.text


def main(arguments: list[str]) -> int:
    """Do the one job. Gives the exit status."""
    kind, *limits = arguments
    _limit(*map(int, limits))
    try:
        told, text = _answer(kind, sys.stdin.buffer.read())
        with os.fdopen(1, "wb", closefd=False) as out:
            out.write(json.dumps(told).encode() + b"\n")
            out.write(text.encode())
    except (MemoryError, OSError):
        return BEYOND_LIMITS
    return 0


if __name__ == "__main__":
    # Without taking the libraries down in order: the answer is written, and a crash on the way out would be one for nothing.
    os._exit(main(sys.argv[1:]))
