"""What an act touches: incidents that only copies of its source are cited in, and words that were redacted, wherever they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from ledger.errors import UnknownError
from projections import tables
from projections.catch_up import CatchUp
from projections.catch_up_file import NAME, open_to_read
from projections.catch_up_rebuild import build, swap
from projections.filters import read_filters
from projections.lists import Matters, worklist_page
from projections.pages import facts_page
from projections.paging import Asking, StoredViews
from tests.desk import AGENCY, Desk, fact
from tests.projections.keeping import Keeping, kept, no_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


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


def test_an_act_upon_a_source_reaches_incidents_that_only_its_copies_are_cited_in(
    desk: Desk, catch_up: CatchUp, views: StoredViews
) -> None:
    for source in ("agency", "wire", "paper", "station"):
        desk.act({**AGENCY, "id": source})
    for source, copied in (("paper", "wire"), ("station", "agency")):
        desk.act({"op": "declare-lineage", "source": source, "relation": "copies", "to": copied})
    tellers = [{"id": "a1", "source": "paper"}, {"id": "a2", "source": "station"}]
    desk.act(fact("crash", citations=tellers))
    catch_up.run()
    crash = read_filters({"source": "paper"})
    assert ["corroborated"] == [row.status for row in facts_page(views, crash, Asking()).rows]

    desk.act({"op": "declare-lineage", "source": "wire", "relation": "copies", "to": "agency"})
    catch_up.run()
    assert ["reported"] == [row.status for row in facts_page(views, crash, Asking()).rows]
    assert () == catch_up.rebuild().differing


def test_what_a_source_reaches_is_told_anew_also_where_a_copy_is_redacted_in_the_same_batch(
    desk: Desk, catch_up: CatchUp, views: StoredViews
) -> None:
    for source in ("agency", "wire"):
        desk.act({**AGENCY, "id": source})
    desk.act(fact("crash", citations=[{"id": "a1", "source": "agency"}, {"id": "a2", "source": "wire"}]))
    gone = desk.capture("Nothing of it was ever said.")
    catch_up.run()
    crash = read_filters({"source": "wire"})
    assert ["corroborated"] == [row.status for row in facts_page(views, crash, Asking()).rows]

    desk.act({"op": "declare-lineage", "source": "wire", "relation": "copies", "to": "agency"})
    desk.redact(source="release", snapshots=[gone])
    catch_up.run()
    assert ["reported"] == [row.status for row in facts_page(views, crash, Asking()).rows]
    assert () == catch_up.rebuild().differing


def test_the_worklist_follows_act_by_act(desk: Desk, catch_up: CatchUp, views: StoredViews) -> None:
    desk.act(fact("crash"))
    catch_up.run()
    upon = {"incident": "stop", "fact": "crash"}
    desk.act({"op": "dispute-fact", **upon, "by": "a reader", "grounds": "It was elsewhere."})
    catch_up.run()
    assert ["dispute"] == [item.sort for item in worklist_page(views, Matters(), Asking()).rows]
    resolved = {
        "op": "resolve-dispute",
        **upon,
        "dispute": 1,
        "outcome": "rejected",
        "reason": "It was there.",
    }
    desk.act(resolved)
    catch_up.run()

    assert () == worklist_page(views, Matters(), Asking()).rows


def test_every_table_is_replaced_with_its_incident_or_its_source() -> None:
    replaced = (*tables.OF_INCIDENT, *tables.OF_SOURCE)

    assert {tables.TRACKING, *replaced} == set(tables.METADATA.tables.values())


def test_a_text_that_is_redacted_leaves_every_worklist_that_read_it(
    desk: Desk, folder: Path, views: StoredViews
) -> None:
    def text(digest: str) -> str | None:
        try:
            return desk.blobs.text(digest)
        except UnknownError:
            return None

    catch_up = CatchUp(desk.store, folder, text)
    desk.act({**AGENCY, "id": "mirror"})
    first = desk.capture(source="mirror")
    quoted = [{"type": "TextQuoteSelector", "exact": "about 15 feet"}]
    mirrored = {"id": "a1", "source": "mirror", "snapshot": first, "selector": quoted}
    desk.act({"op": "open-incident", "id": "fire", "title": "Fire", "zone": "America/Chicago"})
    desk.act(fact("crash", incident="fire", citations=[mirrored]))
    desk.clock.advance()
    changed = desk.capture("Nothing of it was ever said.", source="mirror")
    assert changed == desk.capture("Nothing of it was ever said.")
    catch_up.run()
    assert ["source-changed"] == [item.sort for item in worklist_page(views, Matters(), Asking()).rows]

    desk.redact(source="release", snapshots=[changed])
    catch_up.run()
    assert () == catch_up.rebuild().differing
    catch_up.close()


def test_what_is_redacted_is_in_no_file_of_the_views(
    desk: Desk, catch_up: CatchUp, views: StoredViews, folder: Path
) -> None:
    for number in range(40):
        desk.act(fact(f"f{number}", statement=f"Xylophonist Quarrington {number} was seen near the bridge."))
        catch_up.run()
    found = facts_page(views, read_filters({"q": "quarrington"}), Asking())
    assert 40 == len(found.rows)
    desk.redact(facts=[{"fact": f"f{number}", "paths": ["statement"]} for number in range(40)])
    catch_up.run()

    assert () == facts_page(views, read_filters({"q": "quarrington"}), Asking()).rows
    assert 40 == len(facts_page(views, read_filters({"status": "redacted"}), Asking()).rows)
    early = facts_page(views, read_filters({"q": "bridge"}), Asking(known=10))
    assert () == early.rows
    for file in folder.glob("views*"):
        held = file.read_bytes().lower()
        assert b"quarringt" not in held, file.name
        assert b"ylophonist" not in held, file.name


@pytest.mark.parametrize("more", [(), ("second",)], ids=["nothing more comes", "more comes"])
def test_a_reader_in_the_way_delays_the_erasing_and_it_is_done_afterwards(
    desk: Desk, catch_up: CatchUp, folder: Path, more: tuple[str, ...]
) -> None:
    desk.act(fact("named", statement="Xylophonist Quarrington was seen."))
    catch_up.run()
    engine = open_to_read(folder / NAME)
    with engine.connect() as connection:
        connection.execute(tables.FACTS.select()).all()
        desk.redact(facts=[{"fact": "named", "paths": ["statement"]}])
        catch_up.run()
        assert any(b"Quarrington" in file.read_bytes() for file in folder.glob("views*"))
    for name in more:
        desk.act(fact(name))
    catch_up.run()

    assert not any(b"uarringto" in file.read_bytes() for file in folder.glob("views*"))
    with engine.connect() as connection:
        assert [0] == connection.execute(select(tables.TRACKING.c.erasing)).scalars().all()
    engine.dispose()


def test_a_reader_in_the_way_of_tables_that_are_put_in_place_delays_the_erasing_too(
    desk: Desk, catch_up: CatchUp, folder: Path
) -> None:
    desk.act(fact("named", statement="Xylophonist Quarrington was seen."))
    catch_up.run()
    desk.redact(facts=[{"fact": "named", "paths": ["statement"]}])
    made = build(desk.store, folder, no_text, desk.store.head().position)
    engine = open_to_read(folder / NAME)
    with engine.connect() as connection:
        connection.execute(tables.FACTS.select()).all()
        swap(made, folder / NAME)
        assert any(b"Quarrington" in file.read_bytes() for file in folder.glob("views*"))
    engine.dispose()
    catch_up.run()

    assert not any(b"uarringto" in file.read_bytes() for file in folder.glob("views*"))
