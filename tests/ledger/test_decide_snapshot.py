"""Recording snapshots: what is recorded, when it stays quiet, and every reason to refuse."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from msgspec.structs import replace

from ledger.commands import CaptureSnapshot, RecordSnapshot
from ledger.decisions.description import MAX_URLS
from ledger.errors import InvalidError, RefusedError, RuleError, UnknownError
from ledger.events import Extractor, SnapshotCaptured
from tests.fakes import NOON
from tests.ledger.source_specification import given

DIGEST = "sha256:" + "1" * 64
OTHER = "sha256:" + "2" * 64
REGISTER: dict[str, Any] = {"op": "register-source", "id": "paper", "kind": "article", "title": "Two injured"}
REPRINT: dict[str, Any] = REGISTER | {"id": "reprint"}
RECORD = RecordSnapshot(
    source="paper",
    snapshot=DIGEST,
    size_bytes=1_812,
    media_type="text/plain",
    captured_at="2021-05-08T11:00:00Z",
    method="browser",
    url="https://paper.example/story",
    archive_urls=("https://web.archive.org/web/2021/https://paper.example/story",),
    extraction=DIGEST,
    extractor=Extractor(name="incident-ledger.text-plain", version="1"),
)
CAPTURED = SnapshotCaptured(
    snapshot=DIGEST,
    size_bytes=1_812,
    media_type="text/plain",
    captured_at="2021-05-08T11:00:00Z",
    method="browser",
    url="https://paper.example/story",
    archive_urls=("https://web.archive.org/web/2021/https://paper.example/story",),
    extraction=DIGEST,
    extractor=Extractor(name="incident-ledger.text-plain", version="1"),
)
REDACT: dict[str, Any] = {
    "op": "redact",
    "source": "paper",
    "snapshots": [DIGEST],
    "legal_basis": "court order",
    "authority": "a court",
    "reason": "It names a minor.",
}


def test_a_snapshot_is_recorded_with_all_that_is_known_of_it() -> None:
    given(REGISTER).when(RECORD).then(CAPTURED, ident=DIGEST, stream="source/paper")


def test_a_capture_without_a_time_was_taken_now() -> None:
    bare = RecordSnapshot(source="paper", snapshot=DIGEST, size_bytes=1, media_type="text/plain")
    given(REGISTER).when(bare).then(
        SnapshotCaptured(
            snapshot=DIGEST, size_bytes=1, media_type="text/plain", captured_at="2021-05-08T12:00:02.000000Z"
        ),
        ident=DIGEST,
        stream="source/paper",
    )


def test_the_offset_of_a_capture_time_is_kept() -> None:
    there = "2021-05-08T06:00:00.25-05:00"
    given(REGISTER).when(replace(RECORD, captured_at=there)).then(
        replace(CAPTURED, captured_at=there), ident=DIGEST, stream="source/paper"
    )


@pytest.mark.parametrize(
    "again",
    ["2021-05-08T11:00:00Z", "2021-05-08T11:00:00.000000Z", "2021-05-08T06:00:00-05:00", None],
    ids=["the same text", "with decimals", "with another offset", "without a time"],
)
def test_the_same_bytes_of_the_same_time_are_recorded_once(again: str | None) -> None:
    given(REGISTER, RECORD).when(replace(RECORD, captured_at=again)).stays_quiet(
        ident=DIGEST, stream="source/paper"
    )


def test_the_same_bytes_of_another_time_say_that_nothing_had_changed_by_then() -> None:
    later = "2021-05-08T11:30:00Z"
    given(REGISTER, RECORD).when(replace(RECORD, captured_at=later)).then(
        replace(CAPTURED, captured_at=later), ident=DIGEST, stream="source/paper"
    )


def test_an_older_capture_that_stands_recorded_is_not_recorded_again() -> None:
    later = replace(RECORD, captured_at="2021-05-08T11:30:00Z")
    given(REGISTER, RECORD, later).when(RECORD).stays_quiet(ident=DIGEST, stream="source/paper")


def test_the_same_bytes_may_come_from_another_source() -> None:
    given(REGISTER, REPRINT, RECORD).when(replace(RECORD, source="reprint")).then(
        CAPTURED, ident=DIGEST, stream="source/reprint"
    )


@pytest.mark.parametrize("ahead_s", [0, 5])
def test_a_clock_a_little_ahead_is_no_fault(ahead_s: int) -> None:
    at = (NOON + dt.timedelta(seconds=2 + ahead_s)).isoformat()
    given(REGISTER).when(replace(RECORD, captured_at=at)).then(
        replace(CAPTURED, captured_at=at), ident=DIGEST, stream="source/paper"
    )


@pytest.mark.parametrize(
    ("changes", "error", "field", "saying"),
    [
        ({"source": "post"}, UnknownError, "/source", "register it first"),
        ({"captured_at": "2021-05-08T12:00:07.000001Z"}, InvalidError, "/captured_at", "in the future"),
        ({"captured_at": "2021-05-08T12:00:00"}, InvalidError, "/captured_at", "offset"),
        ({"captured_at": "2021-05-08"}, InvalidError, "/captured_at", ""),
        ({"captured_at": "2021-02-29T12:00:00Z"}, InvalidError, "/captured_at", ""),
        ({"snapshot": "1" * 64}, InvalidError, "/snapshot", "sha256:"),
        ({"snapshot": "sha256:" + "A" * 64}, InvalidError, "/snapshot", "lower-case"),
        ({"snapshot": "md5:" + "1" * 32}, InvalidError, "/snapshot", "sha256:"),
        ({"media_type": ""}, InvalidError, "/media_type", "must not be empty"),
        ({"media_type": "x" * 256}, InvalidError, "/media_type", "at most 255"),
        ({"method": " "}, InvalidError, "/method", "must not be empty"),
        ({"method": "x" * 256}, InvalidError, "/method", "at most 255"),
        ({"url": "javascript:alert(1)"}, InvalidError, "/url", "one of http:"),
        ({"archive_urls": ("https://a.example", "data:,x")}, InvalidError, "/archive_urls/1", "one of http:"),
        (
            {"archive_urls": ("https://a.example", "https://a.example")},
            InvalidError,
            "/archive_urls/1",
            "stands twice",
        ),
        (
            {"archive_urls": tuple(f"https://a.example/{n}" for n in range(MAX_URLS + 1))},
            InvalidError,
            "/archive_urls",
            f"at most {MAX_URLS}",
        ),
    ],
    ids=lambda value: str(value)[:48],
)
def test_a_snapshot_that_cannot_be_recorded_is_refused(
    changes: dict[str, Any], error: type[RefusedError], field: str, saying: str
) -> None:
    given(REGISTER).when(replace(RECORD, **changes)).refuses(error, field=field, saying=saying)


def test_as_many_archives_as_are_allowed_are_taken() -> None:
    urls = tuple(f"https://a.example/{n}" for n in range(MAX_URLS))
    given(REGISTER).when(replace(RECORD, archive_urls=urls)).then(
        replace(CAPTURED, archive_urls=urls), ident=DIGEST, stream="source/paper"
    )


@pytest.mark.parametrize("captured_at", [None, "2021-05-08T11:00:00Z", "2021-05-08T11:30:00Z"])
def test_redacted_bytes_are_not_taken_in_again(captured_at: str | None) -> None:
    refused = (
        given(REGISTER, RECORD, REDACT)
        .when(replace(RECORD, captured_at=captured_at))
        .refuses(RuleError, field="/snapshot", saying="were redacted and are not taken in again")
    )
    assert refused.rule == "snapshot-redacted"


def test_other_bytes_are_taken_in_after_a_redaction() -> None:
    given(REGISTER, RECORD, REDACT).when(replace(RECORD, snapshot=OTHER, extraction=OTHER)).then(
        replace(CAPTURED, snapshot=OTHER, extraction=OTHER), ident=OTHER, stream="source/paper"
    )


def test_bytes_are_stored_before_they_are_decided_about() -> None:
    capture = CaptureSnapshot(source="paper", media_type="text/plain", data=b"x")
    with pytest.raises(TypeError, match="stored first"):
        given(REGISTER).decide(capture)
