"""`make bench` and `make bench-full`: print every ratio with its target. Targets are aims, not tests: nothing fails here."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

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


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(
        description="Ratios of our operations to the bare ones, taken in one run."
    )
    parser.add_argument("--full", action="store_true", help="many more rounds")
    full = parser.parse_args().full
    rounds = 60 if full else 15
    for one in codec_ratios(rounds):
        _say(one)
    with tempfile.TemporaryDirectory() as root:
        folders = [
            Path(root) / name
            for name in (
                "single",
                "bulk",
                "long",
                "views",
                "http",
                "overload",
                "soak",
                "growth",
                "export",
                "proof",
                "feed",
                "importing",
            )
        ]
        for folder in folders:
            folder.mkdir()
        _say(append_ratio(folders[0], commands=5_000 if full else 600))
        for one in bulk_ratios(folders[1], full=full):
            _say(one)
        _say(long_stream_ratio(folders[2], rounds=60 if full else 15))
        for one in view_ratios(folders[3], full=full):
            _say(one)
        many = 1_000_000 if full else 100_000
        for one in state_ratios(folders[3] / "state", few=10_000, many=many, rounds=1_000 if full else 400):
            _say(one)
        for one in http_ratios(folders[4], full=full):
            _say(one)
        overload_waits(folders[5], requests=20_000 if full else 4_000)
        for one in postgres_ratios(Path(root) / "postgres", full=full):
            _say(one)
        _say(export_ratio(Path(root) / "export", facts=100_000 if full else 10_000, rounds=20 if full else 5))
        for one in importing_ratios(Path(root) / "importing", full=full):
            _say(one)
        for one in proof_ratios(Path(root) / "proof", facts=50_000 if full else 10_000):
            _say(one)
        _say(inclusion_ratio(Path(root) / "proof", few=10_000, many=many))
        feed_delay(Path(root) / "feed", acts=200 if full else 40)
        if full:
            _say(soak_ratio(folders[6], requests=300_000))
            _say(growth_ratio(folders[7], facts=1_000_000))


if __name__ == "__main__":
    main()
