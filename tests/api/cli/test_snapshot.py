"""The commands about snapshots: bytes go in and come out exactly; what is damaged or redacted is said, never written."""

from __future__ import annotations

import hashlib
import subprocess
import zlib
from typing import TYPE_CHECKING

import pytest

from tests.api.command_line import SNAPSHOT, TEXT, ask, command_of, desk, environment, record, run

if TYPE_CHECKING:
    from pathlib import Path

OTHER = "Another text, Müller.\r\n\u2028".encode()
DIGEST = "sha256:" + hashlib.sha256(OTHER).hexdigest()
REDACTION = {
    "op": "redact",
    "source": "station",
    "snapshots": [SNAPSHOT],
    "legal_basis": "court order",
    "authority": "a court",
    "reason": "Sealed.",
}


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    path = tmp_path / "desk.ledger"
    record(path, *desk())
    return path


def _blob(ledger: Path, digest: str) -> Path:
    name = digest.removeprefix("sha256:")
    return ledger.with_name(ledger.name + ".d") / "blobs" / name[:2] / name


def _capture(
    ledger: Path, *more: object, data: bytes = OTHER, source: str = "station"
) -> tuple[int, str, str]:
    file = ledger.with_name("page.txt")
    file.write_bytes(data)
    plain = ["--media-type", "text/plain"]
    answer = ask("snapshot", "capture", source, file, *plain, "--ledger", ledger, *more)
    return answer.code, answer.out, answer.err


def test_a_file_is_captured_and_its_digest_printed_alone(ledger: Path) -> None:
    code, out, err = _capture(ledger)

    assert (0, f"{DIGEST}\n", "recorded in source/station version 3, position 6\n") == (code, out, err)
    assert OTHER == _blob(ledger, DIGEST).read_bytes()
    assert 0 == ask("verify", "--ledger", ledger).code


def test_what_is_said_of_a_capture_is_recorded(ledger: Path) -> None:
    told = [
        "--url",
        "https://station.example/1",
        "--captured-at",
        "2021-05-09T00:00:00Z",
        "--method",
        "by hand",
    ]
    archived = ["--archive-url", "https://archive.example/1", "--archive-url", "https://archive.example/2"]
    assert 0 == _capture(ledger, *told, *archived, "--actor", "night-desk")[0]

    act = ask("snapshot", "show", DIGEST, "--ledger", ledger, "--json").json["captures"][0]["act"]
    assert [
        "https://station.example/1",
        "2021-05-09T00:00:00Z",
        "by hand",
        ["https://archive.example/1", "https://archive.example/2"],
    ] == [act[name] for name in ("url", "captured_at", "method", "archive_urls")]
    shown = ask("snapshot", "show", DIGEST, "--ledger", ledger).out
    assert ", method: by hand\n" in shown
    assert "from https://station.example/1\n" in shown
    assert "archived at https://archive.example/1, https://archive.example/2\n" in shown
    assert "night-desk" in ask("events", "--source", "station", "--ledger", ledger).out


def test_of_a_page_the_bytes_and_the_text_taken_from_it_are_shown_and_saved_apart(ledger: Path) -> None:
    page = b"<!doctype html><title>A page</title><p>The officer was dragged.</p>"
    assert 0 == _capture(ledger, "--media-type", "text/html", data=page)[0]
    digest = hashlib.sha256(page).hexdigest()

    act = ask("snapshot", "show", digest, "--ledger", ledger, "--json").json["captures"][0]["act"]
    shown = ask("snapshot", "show", digest, "--ledger", ledger).out
    for name, saved in ((act["snapshot"], "page"), (act["extraction"], "text")):
        assert 0 == ask("snapshot", "save", name, ledger.with_name(saved), "--ledger", ledger).code
    assert act["extraction"] != act["snapshot"]
    assert f"text: {act['extraction']}, by {act['extractor']['name']} " in " ".join(shown.split())
    assert page == ledger.with_name("page").read_bytes()
    assert "The officer was dragged." in ledger.with_name("text").read_text("utf-8")
    assert "<" not in ledger.with_name("text").read_text("utf-8")


def test_of_an_image_the_pixels_are_shown_and_that_it_has_no_text(ledger: Path) -> None:
    header = (
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + (3).to_bytes(4) + (2).to_bytes(4) + b"\x08\x02\x00\x00\x00"
    )
    image = header + zlib.crc32(header[12:]).to_bytes(4)
    code, out, err = _capture(ledger, "--media-type", "image/png", data=image)
    assert 0 == code, err

    shown = ask("snapshot", "show", out.strip(), "--ledger", ledger).out
    assert f"image/png, {len(image)} bytes, 3 x 2 pixels, captured " in shown
    assert "text:" not in shown


def test_bytes_are_captured_from_standard_input_too(ledger: Path) -> None:
    arguments = [
        "snapshot",
        "capture",
        "station",
        "-",
        "--media-type",
        "text/plain",
        "--json",
        "--ledger",
        ledger,
    ]
    answer = ask(*arguments, stdin=OTHER)

    assert (0, DIGEST, 6) == (answer.code, answer.json["id"], answer.json["position"])


def test_the_same_bytes_again_stand_already(ledger: Path) -> None:
    code, out, err = _capture(ledger, data=TEXT.encode())

    assert (0, f"{SNAPSHOT}\n") == (code, out)
    assert "these bytes were captured before in source/station; nothing was recorded\n" == err


def test_a_dry_run_says_what_would_be_and_keeps_nothing(ledger: Path) -> None:
    code, out, err = _capture(ledger, "--dry-run")

    assert (0, f"{DIGEST}\n", "would be recorded in source/station version 3\n") == (code, out, err)
    assert not _blob(ledger, DIGEST).exists()


@pytest.mark.parametrize(
    ("source", "data", "more", "said"),
    [
        (
            "nobody",
            OTHER,
            [],
            "source 'nobody' is not in this ledger; register it first with register-source",
        ),
        ("No Id", OTHER, [], "SOURCE: an id has"),
        ("station", b"", [], "page.txt is empty"),
        ("station", b"\xff\xfe", [], "page.txt is not UTF-8 text"),
        ("station", OTHER, ["--url", "nonsense"], "--url: a URL begins with its scheme"),
        ("station", OTHER, ["--archive-url", "nonsense"], "--archive-url: a URL begins with its scheme"),
        ("station", OTHER, ["--captured-at", "yesterday"], "--captured-at: "),
        ("station", OTHER, ["--captured-at", "2999-01-01T00:00:00Z"], "--captured-at: lies in the future"),
        ("station", OTHER, ["--media-type", "application/x-unheard-of"], "--media-type: "),
    ],
    ids=["no source", "no id", "empty", "no text", "url", "archive url", "time", "future", "type"],
)
def test_what_is_refused_is_said_in_the_words_of_the_command_line(
    ledger: Path, source: str, data: bytes, more: list[str], said: str
) -> None:
    code, out, err = _capture(ledger, *more, data=data, source=source)

    assert (3, "") == (code, out)
    assert said in err
    assert "/text" not in err
    assert [SNAPSHOT[7:]] == [one.name for one in _blob(ledger, SNAPSHOT).parent.parent.glob("??/*")]


def test_a_file_that_cannot_be_read_is_a_fault_of_usage_and_makes_no_ledger(tmp_path: Path) -> None:
    ledger = tmp_path / "none.ledger"
    arguments = ["capture", "station", tmp_path / "missing", "--media-type", "text/plain", "--ledger", ledger]

    answer = ask("snapshot", *arguments)

    assert (2, "") == (answer.code, answer.out)
    assert "missing cannot be read: No such file" in answer.err
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize("given", [SNAPSHOT, SNAPSHOT[7:], SNAPSHOT[:20], SNAPSHOT[7:].upper()[:12]])
def test_a_snapshot_is_saved_to_the_byte_under_any_form_of_its_digest(ledger: Path, given: str) -> None:
    to = ledger.with_name("saved")

    answer = ask("snapshot", "save", given, to, "--ledger", ledger)

    assert (0, f"{SNAPSHOT}: 78 bytes written to {to}\n") == (answer.code, answer.out)
    assert TEXT.encode() == to.read_bytes()


def test_a_snapshot_is_saved_to_standard_output_to_the_byte(ledger: Path) -> None:
    _capture(ledger)

    saved = subprocess.run(
        command_of("snapshot", "save", DIGEST, "-", "--ledger", ledger),
        env=environment(),
        capture_output=True,
        timeout=60,
        check=True,
    )

    assert OTHER == saved.stdout


def test_a_file_that_is_there_is_overwritten_only_by_force(ledger: Path) -> None:
    to = ledger.with_name("saved")
    to.write_bytes(b"something else")

    refused = ask("snapshot", "save", SNAPSHOT, to, "--ledger", ledger)
    assert (2, b"something else") == (refused.code, to.read_bytes())
    assert "exists already; name another file, or overwrite it with --force" in refused.err
    assert 0 == ask("snapshot", "save", SNAPSHOT, to, "--force", "--ledger", ledger).code
    assert TEXT.encode() == to.read_bytes()


@pytest.mark.parametrize("force", [[], ["--force"]], ids=["new", "by force"])
def test_a_place_that_cannot_be_written_is_said_and_nothing_is_left(ledger: Path, force: list[str]) -> None:
    to = ledger.parent / "no-folder" / "saved"

    answer = ask("snapshot", "save", SNAPSHOT, to, *force, "--ledger", ledger)

    assert (4, "") == (answer.code, answer.out)
    assert "could not be written: No such file or directory" in answer.err


@pytest.mark.parametrize("fault", ["changed", "missing"])
def test_damaged_bytes_are_never_written_and_shown_as_damaged(ledger: Path, fault: str) -> None:
    blob, to = _blob(ledger, SNAPSHOT), ledger.with_name("saved")
    if fault == "changed":
        blob.write_bytes(b"T" + blob.read_bytes()[1:] + b".")
    else:
        blob.unlink()

    answer = ask("snapshot", "save", SNAPSHOT, to, "--force", "--ledger", ledger)
    shown = ask("snapshot", "show", SNAPSHOT, "--ledger", ledger)

    assert (1, "") == (answer.code, answer.out)
    assert SNAPSHOT in answer.err
    assert fault in answer.err
    assert not to.exists()
    assert f"the bytes {'have' if fault == 'changed' else 'are'} {fault.upper()}" in shown.out
    assert fault == ask("snapshot", "show", SNAPSHOT, "--ledger", ledger, "--json").json["bytes"]


def test_a_redacted_snapshot_is_a_tombstone_everywhere_and_is_not_saved(ledger: Path) -> None:
    record(ledger, REDACTION)

    saved = ask("snapshot", "save", SNAPSHOT, "-", "--ledger", ledger)
    assert (3, "") == (saved.code, saved.out)
    assert f"{SNAPSHOT} was redacted at position 6; the bytes are gone" in saved.err
    for arguments in (["show", SNAPSHOT], ["list"], ["list", "--known-at", "3"]):
        assert (
            "[redacted at position 6: the bytes are gone]"
            in ask("snapshot", *arguments, "--ledger", ledger).out
        )
    assert "redacted" == ask("snapshot", "show", SNAPSHOT, "--ledger", ledger, "--json").json["bytes"]


def test_the_list_has_every_capture_oldest_first_or_those_of_one_source(ledger: Path) -> None:
    record(ledger, {"op": "register-source", "id": "wire", "kind": "article", "title": "Wire"})
    _capture(ledger, source="wire")

    every = ask("snapshot", "list", "--ledger", ledger, "--json").json
    assert [SNAPSHOT, DIGEST] == [one["act"]["snapshot"] for one in every["items"]]
    assert (7, True) == (every["position"], every["final"])
    of_wire = ask("snapshot", "list", "wire", "--ledger", ledger, "--json").json
    assert ["wire"] == [one["source"] for one in of_wire["items"]]
    first, what, *_ = ask("snapshot", "list", "--ledger", ledger).out.splitlines()
    assert (SNAPSHOT, "    station version 2: text/plain, 78 bytes, captured ") == (first, what[:54])
    assert (
        "Nothing was captured.\n\nas known at position 2\n"
        == ask("snapshot", "list", "--known-at", "2", "--ledger", ledger).out
    )
    assert 3 == ask("snapshot", "list", "nobody", "--ledger", ledger).code


@pytest.mark.parametrize(
    ("given", "code", "said"),
    [
        ("sha256:abc", 2, "the first six or more are enough"),
        ("a letter", 2, "a digest is sha256: and 64 hexadecimal digits"),
        ("0" * 64, 3, f"no snapshot sha256:{'0' * 64} is in this ledger; see: incident-ledger snapshot list"),
        ("000000", 3, "no snapshot sha256:000000… is in this ledger"),
    ],
)
def test_a_digest_that_names_nothing_is_said(ledger: Path, given: str, code: int, said: str) -> None:
    answer = ask("snapshot", "show", given, "--ledger", ledger)

    assert (code, "") == (answer.code, answer.out)
    assert said in answer.err


def test_digits_that_two_snapshots_begin_with_are_refused_with_both(ledger: Path) -> None:
    texts = (f"Text {number}" for number in range(100_000))
    seen: dict[str, bytes] = {}
    for text in texts:
        data = text.encode()
        begins = hashlib.sha256(data).hexdigest()[:6]
        if begins in seen:
            _capture(ledger, data=seen[begins])
            _capture(ledger, data=data)
            answer = ask("snapshot", "show", begins, "--ledger", ledger)
            assert (3, "") == (answer.code, answer.out)
            assert f"sha256:{begins}… may be any of these, so give more digits: sha256:{begins}" in answer.err
            return
        seen[begins] = data
    raise AssertionError("no two texts begin alike")


def test_a_snapshot_is_saved_by_a_process_of_its_own_into_its_folder(ledger: Path) -> None:
    answer = run("snapshot", "save", SNAPSHOT, "out.txt", "--ledger", ledger, "--json", folder=ledger.parent)

    assert {"snapshot": SNAPSHOT, "file": "out.txt", "size_bytes": 78} == answer.json
    assert TEXT.encode() == ledger.with_name("out.txt").read_bytes()
