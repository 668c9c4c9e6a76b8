"""Logs that no ledger wrote, or that were damaged on their way: each refused with the line and what is wrong with it."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from ledger.codec import Stamp, encode
from ledger.disclosure import digest_of
from ledger.errors import InvalidError
from ledger.events import FactRetracted, IncidentOpened, LedgerOpened, Redacted, RedactedEvent, VocabularyRef
from ledger.kinds import LATEST_VOCABULARY, load_vocabulary
from ledger.transfer.lines import LINE_LIMIT
from tests.desk import Desk, a_small_ledger, fact
from tests.fakes import CountingBytes
from tests.transferring import as_line, exported, imported, lines_of, rows_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from ledger.events import Act
    from ledger.values import Json

    Spoil = Callable[[list[Json]], object]

# Lines of the log that is spoiled: 1 what it holds, 2 the ledger, 3 incident, 4 source, 5 snapshot, 6 its event, 7 and 8 facts, 9 the end.
OPENED, INCIDENT, BYTES, CAPTURED, DRAG, OTHER, END = 1, 2, 4, 5, 6, 7, 8


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    made = a_small_ledger(tmp_path_factory.mktemp("desk") / "desk.ledger")
    yield made
    made.close()


@pytest.fixture
def other(tmp_path: Path) -> Path:
    return tmp_path / "other.ledger"


def _refused(data: bytes, path: Path) -> str:
    with pytest.raises(InvalidError) as refused:
        imported(data, path)
    return refused.value.message


def _event(line: Json) -> dict[str, Json]:
    event: dict[str, Json] = orjson.loads(line["event"])
    return event


def _changed(at: int, change: Callable[[dict[str, Json]], object]) -> Spoil:
    """Change an event in its canonical form."""

    def spoil(lines: list[Json]) -> None:
        event = _event(lines[at])
        change(event)
        lines[at]["event"] = orjson.dumps(event, option=orjson.OPT_SORT_KEYS).decode()

    return spoil


def _value(at: int, path: str, value: Json, *, blank: bool = False) -> Spoil:
    """Change a value together with its digest, as somebody would who forges a log."""

    def spoil(lines: list[Json]) -> None:
        def commit(event: dict[str, Json]) -> None:
            for number, line in enumerate(lines[at]["disclosures"]):
                salt, disclosed, _ = orjson.loads(line)
                if disclosed == path:
                    forged = orjson.dumps([salt, path, value]).replace(
                        b'","y', b'", "y' if blank else b'","y'
                    )
                    lines[at]["disclosures"][number] = forged.decode()
                    event["committed"][path] = digest_of(forged)

        _changed(at, commit)(lines)

    return spoil


def _merged(number: int, /, **members: Json) -> Spoil:
    return lambda lines: lines[number].update(members)


def _without(at: int, member: str) -> Spoil:
    return lambda lines: lines[at].pop(member)


def _numbered(cases: list[tuple[Spoil, str]]) -> list[str]:
    return [f"{number} {said}" for number, (_, said) in enumerate(cases)]


_OUT_OF_FORM: list[tuple[Spoil, str]] = [
    (_merged(0, format="incident-ledger/9"), "line 1: the log is of another format"),
    (_merged(0, disclosures="some"), "line 1: Invalid enum value 'some'"),
    (_merged(0, more=1), "line 1: has a member that nobody knows: 'more'"),
    (
        _merged(0, disclosures="withheld"),
        "line 2: it has disclosures, and the first line says that they are withheld",
    ),
    (
        _merged(0, snapshots="left-out"),
        "line 5: is a snapshot, and no first line says that they are included",
    ),
    (_merged(0, events=7), "line 9: the log has 6 events by its last line, 7 by its first, and 6 came"),
    (
        lambda lines: lines.insert(3, lines[0]),
        "line 4: says what the file holds, and only the first line may",
    ),
    (lambda lines: lines.pop(INCIDENT), "line 3: position 3 comes after position 1"),
    (lambda lines: lines.insert(3, lines[2]), "line 4: position 2 comes after position 2"),
    (lambda lines: lines.append(lines[OTHER]), "line 10: comes after the last line of the log"),
    (
        lambda lines: lines.pop(END),
        "line 8: the file ends here, after 6 of 6 events, without a last line",
    ),
    (lambda lines: lines.pop(OPENED), "line 2: position 2 comes after position 0"),
    (
        _merged(END, root=base64.b64encode(bytes(32)).decode()),
        "line 9: the root of the events that came is another",
    ),
    (_merged(END, root="AAAA"), "line 9: 'root' must be the base64 of 32 bytes"),
    (_merged(END, root="!"), "line 9: 'root' is not base64"),
    (_merged(DRAG, position="5"), "line 7: 'position' must be a whole number from 0"),
    (_merged(DRAG, event=5), "line 7: 'event' must be text"),
    (_merged(DRAG, disclosures="all"), "line 7: 'disclosures' must be a list of texts"),
    (_merged(DRAG, disclosures=["a\nb"]), "line 7: a disclosure is one line"),
    (_merged(DRAG, note="mine"), "line 7: has a member that nobody knows: 'note'"),
    (_without(DRAG, "position"), "line 7: has no member 'position'"),
    (
        _without(DRAG, "disclosures"),
        "line 7: it has no disclosures, and no first line says that they are withheld",
    ),
    (
        lambda lines: lines.insert(3, {"hello": 1}),
        "line 4: is neither an event, nor a snapshot, nor the first or last",
    ),
    (lambda lines: lines.insert(3, [1]), "line 4: is no JSON object"),
]


@pytest.mark.parametrize(("spoil", "said"), _OUT_OF_FORM, ids=_numbered(_OUT_OF_FORM))
def test_a_line_out_of_form_or_order_is_refused(desk: Desk, other: Path, spoil: Spoil, said: str) -> None:
    lines = lines_of(exported(desk.path))
    spoil(lines)

    assert _refused(b"".join(map(as_line, lines)), other).startswith(said)
    assert [] == rows_of(other)


_NEVER_WRITTEN: list[tuple[Spoil, str]] = [
    (lambda lines: lines[DRAG]["disclosures"].pop(), "is missing, and no redaction names it"),
    (lambda lines: lines[DRAG]["disclosures"].append(lines[DRAG]["disclosures"][0]), "stands twice"),
    (
        lambda lines: lines[DRAG]["disclosures"].append(lines[OTHER]["disclosures"][0]),
        "the disclosure of",
    ),
    (
        lambda lines: lines[DRAG]["disclosures"].append('["AAAAAAAAAAAAAAAAAAAAAA","statements","x"]'),
        "the disclosure of statements does not match the digest in its event",
    ),
    (
        lambda lines: lines[DRAG]["disclosures"].append("statement"),
        "a disclosure line does not have the form",
    ),
    (
        _value(DRAG, "statement", ["x", "y"], blank=True),
        "the disclosure of statement is not canonical JSON",
    ),
    (
        lambda lines: lines[DRAG].update(event=lines[DRAG]["event"].replace(":", ": ", 1)),
        "the bytes of the event are not a canonical JSON object",
    ),
    (lambda lines: lines[DRAG].update(event="{}"), "'committed' is no object of digests"),
    (
        lambda lines: lines[DRAG].update(event="[]"),
        "the bytes of the event are not a canonical JSON object",
    ),
    (lambda lines: lines[DRAG].update(event="x"), "unexpected character"),
    (lambda lines: lines[DRAG].update(event='{"a":1,"a":1}'), "stands twice in this object"),
    (
        _changed(DRAG, lambda event: event["committed"].update(statement="x")),
        "'committed' is no object of digests",
    ),
    (
        _changed(DRAG, lambda event: event.update(version=4)),
        "version 4 of incident/stop comes after version 1",
    ),
    (
        _changed(DRAG, lambda event: event.update(stream="elsewhere/stop")),
        "its stream is none of a ledger",
    ),
    (
        _changed(DRAG, lambda event: event.update(stream="incident/Stop")),
        "its stream is none of a ledger",
    ),
    (
        _changed(DRAG, lambda event: event.update(stream="source/release", version=3)),
        "FactReported does not belong in a source's stream",
    ),
    (
        _changed(DRAG, lambda event: event.update(stream="incident/new", version=1)),
        "the incident was never opened",
    ),
    (
        _changed(DRAG, lambda event: event.update(type="FactInvented")),
        "this program does not know the event type",
    ),
    (_changed(DRAG, lambda event: event.update(schema=2)), "this program does not know the event type"),
    (
        _changed(DRAG, lambda event: event.update(format="incident-ledger/2")),
        "the event is of another format",
    ),
    (_changed(DRAG, lambda event: event.update(actor="Jane Doe")), "'actor' is no id"),
    (_changed(DRAG, lambda event: event.pop("actor")), "missing required field `actor`"),
    (
        _changed(DRAG, lambda event: event.update(recorded_at="2021-05-08T12:00:00Z")),
        "'recorded_at' is not written as a ledger writes it",
    ),
    (
        _changed(DRAG, lambda event: event.update(recorded_at="2021-05-08T11:00:00.000000Z")),
        "it was recorded earlier than the event before it",
    ),
    (
        _changed(DRAG, lambda event: event.update(recorded_at="2121-05-08T11:00:00.000000Z")),
        "it was recorded later than it is now",
    ),
    (
        lambda lines: _changed(OTHER, lambda event: event.update(request=_event(lines[DRAG])["request"]))(
            lines
        ),
        "the events of one request were recorded at different times",
    ),
    (
        _changed(OTHER, lambda event: event["body"].update(fact="drag")),
        "fact 'drag' is reported a second time",
    ),
    (
        _changed(DRAG, lambda event: event["body"]["content"].update(statement="In the clear.")),
        "the value of statement stands in the clear, and has to be committed",
    ),
    (_value(DRAG, "statement", ""), "must not be empty"),
    (
        _value(DRAG, "statement", {"absent": "undisclosed"}),
        "the disclosure of statement says undisclosed, which only a reader does",
    ),
    (_value(INCIDENT, "title", 7), "Expected"),
    (_value(CAPTURED, "size_bytes", "many"), "Expected"),
    (_merged(BYTES, base64="AAAA"), "is not the piece of the snapshot that has to follow here"),
    (_merged(BYTES, base64=""), "the piece of the snapshot is not as long as it may be there"),
    (_merged(BYTES, base64="AAAA", size_bytes=3), "the bytes of the snapshot do not match its digest"),
    (_merged(BYTES, at=1), "the piece of the snapshot is not as long as it may be there"),
    (_merged(BYTES, at=1, size_bytes=100), "is a piece of a snapshot, and the one before it is missing"),
    (_merged(BYTES, size_bytes=100), "is not the piece of the snapshot that has to follow here"),
    (_merged(BYTES, snapshot="sha256:" + 64 * "A"), "'snapshot' must be sha256: and 64"),
    (_merged(BYTES, base64="A"), "'base64' is not base64"),
    (lambda lines: lines.pop(BYTES), "are missing, and no redaction names them"),
    (
        lambda lines: lines.insert(2, lines.pop(BYTES)),
        "the snapshot before it is not one that this event captured",
    ),
    (
        lambda lines: lines.insert(END, lines[BYTES]),
        "the snapshot before it is not one that an event captured",
    ),
]


@pytest.mark.parametrize(("spoil", "said"), _NEVER_WRITTEN, ids=_numbered(_NEVER_WRITTEN))
def test_an_event_or_snapshot_that_no_ledger_wrote_is_refused_with_its_line(
    desk: Desk, other: Path, spoil: Spoil, said: str
) -> None:
    lines = lines_of(exported(desk.path))
    spoil(lines)

    message = _refused(b"".join(map(as_line, lines)), other)

    assert message.startswith("line ")
    assert said in message


def test_bytes_that_are_no_lines_are_refused(desk: Desk, other: Path) -> None:
    whole = exported(desk.path)

    assert "the file is empty" == _refused(b"", other)
    assert "line 9: is cut off: it has no end" == _refused(whole[:-1], other)
    assert "line 1: is longer than any of this format" == _refused(b" " * (LINE_LIMIT + 1), other)
    assert _refused(b"\xff\n", other).startswith("line 1: ")
    assert "the file holds no event" == _refused(
        b'{"disclosures":"withheld","format":"incident-ledger/1"}\n', other
    )
    assert "line 5: the file ends here, in the middle of a snapshot" == _refused(
        b"".join(map(as_line, [*lines_of(whole)[:4], {**lines_of(whole)[4], "size_bytes": 100}])), other
    )


def test_every_cut_of_a_file_is_refused(desk: Desk, tmp_path: Path) -> None:
    whole = exported(desk.path)

    for number, end in enumerate(range(0, len(whole), 97)):
        assert _refused(whole[:end], tmp_path / f"{number}.ledger")


def _encoded(acts: list[tuple[str, int, Act]]) -> bytes:
    """A log that a program of somebody else wrote, without a first line."""
    random = CountingBytes()
    lines = []
    for position, (stream, version, act) in enumerate(acts, start=1):
        stamp = Stamp(
            event_id=f"e{position}",
            request=f"r{position}",
            stream=stream,
            version=version,
            recorded_at=f"2021-05-08T12:00:00.00000{position}Z",
            actor="desk",
        )
        made = encode(act, stamp, random)
        told = made.disclosures.decode().split("\n") if made.disclosures else []
        lines.append(as_line({"position": position, "event": made.event.decode(), "disclosures": told}))
    return b"".join(lines)


def _begun() -> tuple[str, int, Act]:
    vocabulary = load_vocabulary(LATEST_VOCABULARY)
    ref = VocabularyRef(version=LATEST_VOCABULARY, digest=vocabulary.digest)
    return ("registry", 1, LedgerOpened(ledger="theirs", ledger_format="incident-ledger/1", vocabulary=ref))


_STOP: tuple[str, int, Act] = ("incident/stop", 1, IncidentOpened(title="A stop", zone="America/Chicago"))


def _redacted(**named: Any) -> Redacted:
    return Redacted(legal_basis="Art. 17 GDPR", authority="the desk", reason="a court ordered it", **named)


@pytest.mark.parametrize(
    ("acts", "said"),
    [
        ([_STOP], "line 1: a ledger begins with LedgerOpened, and only once"),
        (
            [_begun(), ("registry", 2, _begun()[2])],
            "line 2: a ledger begins with LedgerOpened, and only once",
        ),
        (
            [
                _begun(),
                _STOP,
                ("incident/stop", 2, FactRetracted(fact="drag", cause="duplicate", reason="It is one.")),
            ],
            "line 3: version 2 of the stream: fact 'drag' was never reported",
        ),
        (
            [_begun(), _STOP, ("incident/stop", 2, _STOP[2])],
            "line 3: version 2 of the stream: the incident is opened a",
        ),
    ],
    ids=["no beginning", "two beginnings", "upon nothing", "opened twice"],
)
def test_acts_that_could_not_have_been_recorded_are_refused(
    other: Path, acts: list[tuple[str, int, Act]], said: str
) -> None:
    assert _refused(_encoded(acts), other).startswith(said)


def test_words_that_a_redaction_names_and_that_still_came_are_found_by_the_last_check(other: Path) -> None:
    redacted = _redacted(events=(RedactedEvent(version=1, paths=("title",)),))

    message = _refused(_encoded([_begun(), _STOP, ("incident/stop", 2, redacted)]), other)

    assert (
        "what the file holds does not stand: position 2: title is named by the redaction at position 3"
        in message
    )


def test_a_redaction_of_something_else_explains_nothing(tmp_path: Path) -> None:
    redacted = Desk(tmp_path / "redacted.ledger")
    redacted.begin()
    redacted.act(fact())
    redacted.act(fact("other"))
    redacted.redact(facts=[{"fact": "other", "paths": ["statement"]}])
    lines = lines_of(exported(redacted.path))
    redacted.close()
    report = next(line for line in lines if '"fact":"drag"' in line.get("event", ""))
    report["disclosures"] = [line for line in report["disclosures"] if '"statement"' not in line]

    message = _refused(b"".join(map(as_line, lines)), tmp_path / "other.ledger")

    assert "line 5: the disclosure of statement is missing, and no redaction names it" == message
