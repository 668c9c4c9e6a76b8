"""Extent read from headers: what a file plainly states, and nothing from a file that contradicts itself."""

from __future__ import annotations

import io
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.measuring import measure
from ledger.measuring.reading import seconds
from ledger.snapshot import Measured
from tests.media_files import FILES, box, isobmff, matroska, movie, png, wav

_IMAGE = Measured(width_px=640, height_px=480)
_MOVIE = Measured(duration_s="258.5", width_px=1920, height_px=1080)
_SAID = {
    "audio/wav": Measured(duration_s="0.5"),
    "audio/flac": Measured(duration_s="100"),
    "audio/webm": _MOVIE,
    "video/mp4": _MOVIE,
    "video/quicktime": _MOVIE,
    "video/webm": _MOVIE,
    "video/matroska": _MOVIE,
}
_ALL = [(name, one) for name, files in FILES.items() for one in files]
_IDS = [f"{name} {index}" for name, files in FILES.items() for index in range(len(files))]


def _measure(name: str, data: bytes) -> Measured | None:
    return measure(name, io.BytesIO(data), len(data))


@pytest.mark.parametrize(("name", "data"), _ALL, ids=_IDS)
def test_what_a_header_plainly_states_is_read(name: str, data: bytes) -> None:
    expected = _IMAGE if name.startswith("image/") else _SAID.get(name)

    assert expected == _measure(name, data)


@pytest.mark.parametrize(("name", "data"), _ALL, ids=_IDS)
def test_a_file_that_is_cut_off_is_measured_as_far_as_its_header_stands_or_not_at_all(
    name: str, data: bytes
) -> None:
    whole = _measure(name, data)

    for end in range(len(data)):
        assert _measure(name, data[:end]) in (None, whole, _part_of(whole))


def _part_of(whole: Measured | None) -> Measured | None:
    """A recording whose picture track was not reached."""
    return None if whole is None or whole.duration_s is None else Measured(duration_s=whole.duration_s)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("image/png", png(0, 480)),
        ("image/png", png(640, 2**31)),
        ("audio/wav", wav(said=4_000_000_000)),
        ("audio/wav", wav(rate=0)),
        ("video/mp4", isobmff(b"isom") + box(b"moov", b"x" * 8, size=4)),
        ("video/mp4", isobmff(b"isom") + box(b"moov", size=2**31)),
        ("video/mp4", isobmff(b"isom") + struct.pack(">I4sQ", 1, b"moov", 2**63)),
        ("video/mp4", isobmff(b"isom") + box(b"free") * 20_000 + movie()),
        ("video/webm", b"\x1a\x45\xdf\xa3\x00" * 10),
        ("video/webm", b"\x00" * 100),
        ("image/jpeg", b"\xff\xd8" + b"\xff\xd0" * 5000),
        ("image/tiff", b"II*\x00\xff\xff\xff\xff" + b"\x00" * 50),
        ("image/webp", b"RIFF\x00\x00\x00\x00WEBPVP9 " + b"\x00" * 50),
    ],
    ids=[
        "no width",
        "a width beyond belief",
        "sound beyond the end",
        "no bytes a second",
        "a box smaller than its head",
        "a box beyond the end",
        "a box of 64 bits beyond the end",
        "boxes without end",
        "an element without an id",
        "no elements",
        "markers without end",
        "a directory beyond the end",
        "a form that is not known",
    ],
)
def test_a_header_that_lies_is_measured_as_nothing(name: str, data: bytes) -> None:
    assert _measure(name, data) is None


@pytest.mark.parametrize(
    "duration",
    [struct.pack(">d", one) for one in (float("nan"), float("inf"), -1.0, 1e300, 0.0)],
    ids=["not a number", "infinite", "negative", "beyond belief", "none"],
)
def test_a_length_that_is_no_number_of_seconds_is_left_out(duration: bytes) -> None:
    assert Measured(width_px=1920, height_px=1080) == _measure(
        "video/webm", matroska(b"webm", duration=duration)
    )


@pytest.mark.parametrize("length", [0, 0xFFFFFFFF])
def test_a_movie_told_in_fragments_or_of_unknown_length_has_only_its_size(length: int) -> None:
    assert Measured(width_px=1920, height_px=1080) == _measure(
        "video/mp4", isobmff(b"isom") + movie(length=length)
    )


def test_an_image_of_tiles_does_not_plainly_state_its_size() -> None:
    def still(*sizes: tuple[int, int]) -> bytes:
        extents = [box(b"ispe", b"\x00" * 4, struct.pack(">II", *size)) for size in sizes]
        return isobmff(b"heic") + box(b"meta", b"\x00" * 4, box(b"iprp", box(b"ipco", *extents)))

    assert _measure("image/heic", still((512, 512), (4032, 3024))) is None


@given(st.sampled_from(sorted(FILES)), st.data())
def test_no_bytes_make_the_reader_fail(name: str, data: st.DataObject) -> None:
    whole = bytearray(data.draw(st.sampled_from(FILES[name])))
    for at in data.draw(st.lists(st.integers(0, len(whole) - 1), max_size=12)):
        whole[at] = data.draw(st.integers(0, 255))

    found = _measure(name, bytes(whole))

    assert found is None or found.absent is None


@pytest.mark.parametrize(
    ("units", "rate", "text"),
    [
        (1, 3, "0.333"),
        (2, 3, "0.667"),
        (90_000, 90_000, "1"),
        (1, 10_000, "0"),
        (3_723_004, 1000, "3723.004"),
        (0, 1, None),
        (5, 0, None),
    ],
)
def test_a_length_is_written_to_the_millisecond(units: int, rate: int, text: str | None) -> None:
    assert text == seconds(units, rate)
