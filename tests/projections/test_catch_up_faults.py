"""What goes wrong stays where it is: an event that cannot be read, a fold that fails, tables of another form, a second process."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from typing import TYPE_CHECKING

import msgspec
import pytest

from ledger.codec import Stamp, encode
from ledger.errors import InvalidError, LockedError, StoreError, UnavailableError
from ledger.stores.contract import Batch, NewEvent
from ledger.stores.mapper import entry_of
from projections import gathering, tables
from projections.catch_up import CatchUp, ViewsTracking, wait_for
from projections.catch_up_file import APPLICATION, NAME, ReadFile, only_one, open_to_write
from projections.catch_up_rebuild import BESIDE, digests_of
from projections.catch_up_tail import Tail
from projections.filters import read_filters
from projections.pages import facts_page, incidents_page
from projections.paging import Asking, StoredViews
from projections.stored_rows import incident_rows
from tests.desk import AGENCY, Desk, fact
from tests.fakes import CountingBytes
from tests.newer_events import record_newer, redact_statement
from tests.projections.keeping import Keeping, kept, no_text
from tests.tampering import changed, tamper

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from projections.page_rows import FactRow, Page

NOTHING = read_filters({})


@pytest.fixture
def keeping(tmp_path: Path) -> Iterator[Keeping]:
    """A ledger whose views are kept."""
    with kept(tmp_path / "incident.ledger") as made:
        yield made


@pytest.fixture
def desk(keeping: Keeping) -> Desk:
    """The desk."""
    return keeping.desk


@pytest.fixture
def folder(keeping: Keeping) -> Path:
    """The folder beside the ledger."""
    return keeping.folder


@pytest.fixture
def catch_up(keeping: Keeping) -> CatchUp:
    """What keeps the views."""
    return keeping.catch_up


@pytest.fixture
def views(keeping: Keeping) -> StoredViews:
    """What reads them."""
    return keeping.views


def put(
    desk: Desk, stream: str, topic: str = "FactForetold@1", event: bytes = b"{}", lines: bytes = b""
) -> None:
    """An event that no program here can have written."""
    head = desk.store.head()
    version = sum(1 for _ in desk.store.stream(stream)) + 1
    new = NewEvent(stream=stream, version=version, topic=topic, event=event, disclosures=lines)
    desk.store.append(Batch(after=head.position, recorded_us=head.recorded_us + 1, events=[new]))


def put_fact_of_march(desk: Desk) -> None:
    """Another fact of incident `march`, after what the writer itself would not go on from."""
    report = entry_of(list(desk.store.stream("incident/march"))[-1])
    stamp = Stamp(
        event_id="e",
        request="r",
        stream="incident/march",
        version=report.version + 1,
        recorded_at="2021-05-08T12:00:01.000000Z",
        actor="desk",
    )
    body = msgspec.structs.replace(report.body, fact="clash")
    made = encode(body, stamp, CountingBytes())
    put(desk, "incident/march", made.topic, made.event, made.disclosures)


def facts_of(page: Page[FactRow]) -> list[tuple[str, str]]:
    return [(row.incident, row.fact) for row in page.rows]


def test_an_event_that_cannot_be_read_flags_its_incident_and_stops_nothing_else(
    desk: Desk, catch_up: CatchUp, views: StoredViews
) -> None:
    catch_up.run()
    put(desk, "incident/stop")
    at = desk.store.head().position
    put_fact_of_march(desk)

    assert desk.store.head().position == catch_up.run()
    page = facts_page(views, NOTHING, Asking())
    assert [("stop", "drag"), ("march", "arrest"), ("march", "clash")] == facts_of(page)
    [flag] = page.incomplete
    assert ("stop", "log", at, "unreadable") == (flag.incident, flag.part, flag.since, flag.code)
    assert 1 == incidents_page(views, NOTHING, Asking(limit=1)).incomplete_count
    assert () == facts_page(views, NOTHING, Asking(known=at - 1)).incomplete
    assert () == catch_up.rebuild().differing


def test_what_was_redacted_after_an_event_of_a_newer_program_is_so_in_the_lists_of_before(
    desk: Desk, catch_up: CatchUp, views: StoredViews
) -> None:
    catch_up.run()
    at = record_newer(desk.store, "incident/stop")
    redact_statement(desk.store, "drag")
    catch_up.run()
    page = facts_page(views, NOTHING, Asking(known=at - 1))
    [row] = [one for one in page.rows if one.fact == "drag"]

    assert ("redacted",) == row.decided
    assert () == page.incomplete
    assert [("stop", at, "unknown-schema")] == [
        (one.incident, one.since, one.code) for one in facts_page(views, NOTHING, Asking()).incomplete
    ]
    assert () == catch_up.rebuild().differing


def test_words_that_were_changed_in_the_file_are_not_listed_and_flag_their_incident(
    desk: Desk, catch_up: CatchUp, views: StoredViews
) -> None:
    at = next(row.position for row in desk.store.stream("incident/stop") if row.version == 2)
    tamper(desk.path, changed("disclosures", "lines", at, "dragged", "shoved!"))
    catch_up.run()

    page = facts_page(views, NOTHING, Asking())
    assert [("stop", "integrity")] == [(one.incident, one.code) for one in page.incomplete]
    assert "shoved!" not in repr(page)
    assert {"march"} == {incident for incident, _ in facts_of(page)}


@pytest.mark.parametrize("topic", ["FactForetold@1", "SourceAmended@1"])
def test_an_event_of_a_source_that_cannot_be_read_flags_every_incident_that_cites_it(
    desk: Desk, catch_up: CatchUp, views: StoredViews, topic: str
) -> None:
    desk.act({**AGENCY, "id": "paper"})
    desk.act({"op": "open-incident", "id": "fire", "title": "Fire", "zone": "America/Chicago"})
    desk.act(fact("blaze", incident="fire", citations=[{"id": "a1", "source": "paper"}]))
    catch_up.run()
    put(desk, "source/release", topic)
    catch_up.run()

    page = facts_page(views, NOTHING, Asking())
    assert ["stop", "march"] == [one.incident for one in page.incomplete]
    assert {"source/release"} == {one.stream for one in page.incomplete}
    assert 3 == len(page.rows)
    assert () == catch_up.rebuild().differing


def test_an_incident_that_cannot_be_folded_is_named_and_the_others_go_on(
    desk: Desk, catch_up: CatchUp, views: StoredViews, monkeypatch: pytest.MonkeyPatch
) -> None:
    catch_up.run()
    made = incident_rows

    def failing(events: object, incident: str) -> object:
        if incident == "stop":
            raise KeyError("a bug")
        return made(events, incident)  # type: ignore[arg-type]  # passed on

    monkeypatch.setattr(gathering, "incident_rows", failing)
    desk.act(fact("second"))
    desk.act(fact("clash", incident="march"))

    assert desk.store.head().position == catch_up.run()
    page = facts_page(views, NOTHING, Asking())
    assert [("march", "arrest"), ("march", "clash")] == facts_of(page)
    assert [("stop", "facts", "not-foldable")] == [(x.incident, x.part, x.code) for x in page.incomplete]
    assert ["stop", "march"] == [row.incident for row in incidents_page(views, NOTHING, Asking()).rows]

    monkeypatch.setattr(gathering, "incident_rows", made)
    assert "facts" in (catch_up.rebuild().differing or ())
    assert () == facts_page(views, NOTHING, Asking()).incomplete


def test_a_worklist_that_fails_leaves_the_facts(
    desk: Desk, catch_up: CatchUp, views: StoredViews, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object) -> object:
        raise KeyError("a bug")

    monkeypatch.setattr(gathering, "worklist", failing)
    desk.act({"op": "dispute-fact", "incident": "stop", "fact": "drag", "by": "A reader", "grounds": "No."})
    catch_up.run()

    page = facts_page(views, NOTHING, Asking())
    assert [("stop", "worklist")] == [(one.incident, one.part) for one in page.incomplete]
    assert ["disputed", "reported"] == [row.status for row in page.rows]


def test_tables_of_another_form_are_built_anew_by_themselves(
    catch_up: CatchUp, views: StoredViews, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    catch_up.run()
    before = digests_of(folder / NAME)
    monkeypatch.setattr(tables, "VERSION", tables.VERSION + 1)

    with pytest.raises(UnavailableError, match="made by another version"):
        views.position()
    assert 0 == catch_up.position()
    assert 6 == catch_up.run()
    assert (6, before) == (views.position(), digests_of(folder / NAME))


def test_views_of_another_log_are_not_believed(catch_up: CatchUp, folder: Path, desk: Desk) -> None:
    catch_up.run()
    catch_up.close()
    with closing(sqlite3.connect(folder / NAME)) as connection, connection:
        connection.execute("UPDATE tracking SET leaf = x'00'")
        connection.execute("DELETE FROM facts")

    assert 0 == catch_up.position()
    assert desk.store.head().position == catch_up.run()
    assert () == catch_up.rebuild().differing


@pytest.mark.parametrize("bytes_there", [b"", b"no database at all, however long one looks at it" * 100])
def test_a_file_that_is_no_database_is_replaced(catch_up: CatchUp, folder: Path, bytes_there: bytes) -> None:
    (folder / NAME).write_bytes(bytes_there)

    assert 6 == catch_up.run()
    assert () == catch_up.rebuild().differing


def test_deleted_views_come_back_also_for_those_who_had_them_open(
    desk: Desk, catch_up: CatchUp, views: StoredViews, folder: Path
) -> None:
    catch_up.run()
    assert 2 == len(facts_page(views, NOTHING, Asking()).rows)
    catch_up.close()
    for file in folder.glob(NAME + "*"):
        file.unlink()
    with pytest.raises(UnavailableError, match="no stored views yet"):
        views.position()

    desk.act(fact("flight"))
    assert 7 == catch_up.run()
    assert 3 == len(facts_page(views, NOTHING, Asking()).rows)


def test_whoever_reads_goes_on_while_the_tables_are_replaced(catch_up: CatchUp, folder: Path) -> None:
    catch_up.run()
    catch_up.close()
    with closing(sqlite3.connect(folder / NAME)) as raw, raw:
        raw.execute("DELETE FROM facts")
    file = ReadFile(folder / NAME)
    with file.reading() as connection:
        query = tables.FACTS.select()
        assert [] == connection.execute(query).all()
        assert ("facts",) == catch_up.rebuild().differing
        assert [] == connection.execute(query).all()
    with file.reading() as connection:
        assert 2 == len(connection.execute(query).all())
    file.close()


def test_one_process_keeps_the_views_and_another_takes_over(folder: Path) -> None:
    with (
        only_one(folder),
        pytest.raises(LockedError, match="another process keeps the stored views"),
        only_one(folder),
    ):
        pass
    with only_one(folder):
        pass


def test_the_tail_is_woken_and_takes_over_what_another_left(
    desk: Desk, folder: Path, views: StoredViews
) -> None:
    looks = threading.Semaphore(0)
    with only_one(folder):
        tail = Tail(desk.store, folder, no_text, poll_s=30, looked=looks.release)
        tail.__enter__()
        assert looks.acquire(timeout=30)
        assert not tail.keeps
    tail.wake()
    assert looks.acquire(timeout=30)
    assert (True, 6) == (tail.keeps, views.position())
    desk.act(fact("second"))
    tail.wake()
    assert looks.acquire(timeout=30)
    assert 7 == views.position()
    wait_for(folder / NAME, 7, timeout_s=1)
    tail.__exit__(None, None, None)
    assert tail.failure is None


def test_what_fails_in_the_tail_is_shown_and_tried_again(desk: Desk, folder: Path) -> None:
    looks = threading.Semaphore(0)
    (folder / NAME).mkdir()
    tail = Tail(desk.store, folder, no_text, poll_s=30, looked=looks.release)
    with tail:
        assert looks.acquire(timeout=30)
        failures = [tail.failure]
        (folder / NAME).rmdir()
        tail.wake()
        assert looks.acquire(timeout=30)
        failures.append(tail.failure)
    assert [True, False] == [one is not None for one in failures]


def test_waiting_for_a_position_ends(catch_up: CatchUp, folder: Path) -> None:
    with pytest.raises(UnavailableError, match="no stored views yet"):
        wait_for(folder / NAME, 1, timeout_s=0)
    catch_up.run()
    wait_for(folder / NAME, 6, timeout_s=0)

    with pytest.raises(UnavailableError, match="not read up to position 7"):
        wait_for(folder / NAME, 7, timeout_s=0)


def test_the_tracking_recorder_keeps_what_the_library_promises(catch_up: CatchUp, folder: Path) -> None:
    from eventsourcing.persistence import IntegrityError, Tracking  # noqa: PLC0415  only this test speaks to it

    catch_up.run()
    catch_up.close()
    engine = open_to_write(folder / NAME)
    recorder = ViewsTracking(engine)

    assert 6 == recorder.max_tracking_id(APPLICATION)
    assert recorder.max_tracking_id("another") is None
    assert (True, False) == (
        recorder.has_tracking_id(APPLICATION, 6),
        recorder.has_tracking_id(APPLICATION, 7),
    )
    with pytest.raises(IntegrityError):
        recorder.insert_tracking(Tracking(APPLICATION, 6))
    recorder.insert_tracking(Tracking("another", 3))
    assert 3 == recorder.max_tracking_id("another")
    engine.dispose()


def test_a_batch_that_fails_leaves_rows_and_position_as_they_were(
    desk: Desk, catch_up: CatchUp, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    catch_up.run()
    before = digests_of(folder / NAME)
    desk.act(fact("second"))
    made = CatchUp._apply

    def failing(self: CatchUp, connection: object, touched: object) -> None:
        made(self, connection, touched)  # type: ignore[arg-type]  # passed on
        raise StoreError("the disk is full")

    monkeypatch.setattr(CatchUp, "_apply", failing)
    with pytest.raises(StoreError):
        catch_up.run()
    assert (6, before) == (catch_up.position(), digests_of(folder / NAME))
    monkeypatch.undo()

    assert 7 == catch_up.run()
    assert () == catch_up.rebuild().differing


def test_an_interrupted_build_is_thrown_away(catch_up: CatchUp, folder: Path) -> None:
    (folder / BESIDE).write_bytes(b"half of it")

    assert 6 == catch_up.run()
    assert not (folder / BESIDE).exists()


def test_views_that_are_behind_say_so(desk: Desk, catch_up: CatchUp, views: StoredViews) -> None:
    catch_up.run()
    desk.act(fact("second"))

    with pytest.raises(UnavailableError, match="have read up to position 6, and 7 is asked for"):
        facts_page(views, NOTHING, Asking(known=7))
    with pytest.raises(InvalidError, match="known_at"):
        facts_page(views, NOTHING, Asking(known=-1))
