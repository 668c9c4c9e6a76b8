"""`make bench` and `make bench-full`: print every ratio with its target. Targets are aims, not tests: nothing fails here."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import msgspec
import orjson

from benchmarks.exporting import export_ratio
from benchmarks.facts import FACT, STAMP
from benchmarks.feed import feed_delay
from benchmarks.http import http_ratios, overload_waits, soak_ratio
from benchmarks.importing import importing_ratios
from benchmarks.log import bulk_ratios, growth_ratio, long_stream_ratio
from benchmarks.measure import Ratio, ratio_of
from benchmarks.postgres import postgres_ratios
from benchmarks.proof import inclusion_ratio, proof_ratios
from benchmarks.store import append_ratio
from benchmarks.views import state_ratios, view_ratios
from ledger.codec import decode, encode
from ledger.disclosure import split_lines
from ledger.random_blocks import RandomBlocks

if TYPE_CHECKING:
    from collections.abc import Iterator


def codec_ratios(rounds: int) -> list[Ratio]:
    """Encoding with commitments and typed decoding, against bare orjson on the same fact and the same bytes."""
    plain = msgspec.to_builtins(FACT)
    random = RandomBlocks(os.urandom)
    stored = encode(FACT, STAMP, random)
    texts = [stored.event, *split_lines(stored.disclosures)]
    say = sys.stdout.write
    say(
        f"one fact: {len(orjson.dumps(plain))} bytes as plain JSON; stored as {len(stored.event)} bytes of event "
    )
    say(f"and {len(stored.disclosures)} of {len(texts) - 1} disclosures\n")
    return [
        ratio_of(
            "encode with salted commitments / orjson.dumps of the same fact",
            lambda: encode(FACT, STAMP, random),
            lambda: orjson.dumps(plain),
            rounds=rounds,
            target=0.03,
        ),
        ratio_of(
            "typed decode of event and disclosures / orjson.loads of the same bytes",
            lambda: decode(stored.event, stored.disclosures, position=1),
            lambda: [orjson.loads(text) for text in texts],
            rounds=rounds,
            target=0.4,
        ),
    ]


def _say(one: Ratio) -> None:
    aim = (
        ""
        if one.target is None
        else f"  must be {one.target:.3g}: {'met' if one.ratio >= one.target else 'NOT MET'}"
    )
    sys.stdout.write(
        f"{one.what}\n    {one.ratio:.3f} (rounds {one.low:.3f} to {one.high:.3f}; "
        f"{one.ours:,.0f} / {one.bare:,.0f} a second){aim}\n"
    )
    sys.stdout.flush()


def _of_codec(_folder: Path, *, full: bool) -> Iterator[Ratio]:
    yield from codec_ratios(60 if full else 15)


def _of_log(folder: Path, *, full: bool) -> Iterator[Ratio]:
    folders = [folder / name for name in ("single", "bulk", "long", "growth")]
    for one in folders:
        one.mkdir()
    yield append_ratio(folders[0], commands=5_000 if full else 600)
    yield from bulk_ratios(folders[1], full=full)
    yield long_stream_ratio(folders[2], rounds=60 if full else 15)
    if full:
        yield growth_ratio(folders[3], facts=1_000_000)


def _of_views(folder: Path, *, full: bool) -> Iterator[Ratio]:
    yield from view_ratios(folder, full=full)
    many = 1_000_000 if full else 100_000
    yield from state_ratios(folder / "state", few=10_000, many=many, rounds=1_000 if full else 400)


def _of_http(folder: Path, *, full: bool) -> Iterator[Ratio]:
    folders = [folder / name for name in ("http", "overload", "soak")]
    for one in folders:
        one.mkdir()
    yield from http_ratios(folders[0], full=full)
    overload_waits(folders[1], requests=20_000 if full else 4_000)
    if full:
        yield soak_ratio(folders[2], requests=300_000)


def _of_database(folder: Path, *, full: bool) -> Iterator[Ratio]:
    yield from postgres_ratios(folder, full=full)


def _of_data_sets(folder: Path, *, full: bool) -> Iterator[Ratio]:
    for name in ("export", "importing"):
        (folder / name).mkdir()
    yield export_ratio(folder / "export", facts=100_000 if full else 10_000, rounds=20 if full else 5)
    yield from importing_ratios(folder / "importing", full=full)


def _of_proof(folder: Path, *, full: bool) -> Iterator[Ratio]:
    yield from proof_ratios(folder, facts=50_000 if full else 10_000)
    yield inclusion_ratio(folder, few=10_000, many=1_000_000 if full else 100_000)


def _of_feed(folder: Path, *, full: bool) -> Iterator[Ratio]:
    feed_delay(folder, acts=200 if full else 40)
    yield from ()


class _Part(Protocol):
    def __call__(self, folder: Path, /, *, full: bool) -> Iterator[Ratio]: ...


_PARTS: dict[str, _Part] = {
    "codec": _of_codec,
    "log": _of_log,
    "views": _of_views,
    "http": _of_http,
    "database": _of_database,
    "data-sets": _of_data_sets,
    "proof": _of_proof,
    "feed": _of_feed,
}


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(
        description="Ratios of our operations to the bare ones, taken in one run."
    )
    parser.add_argument("--full", action="store_true", help="many more rounds, and ledgers of full size")
    parser.add_argument("--only", choices=_PARTS, action="append", help="a part of it; may be said again")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as root:
        for name in asked.only or _PARTS:
            folder = Path(root) / name
            folder.mkdir()
            for one in _PARTS[name](folder, full=asked.full):
                _say(one)


if __name__ == "__main__":
    main()
