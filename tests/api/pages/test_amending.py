"""The forms that rename an incident, describe a source better, and say or take back who copied whom."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec
import pytest

from api.http.writing import record
from api.keys_at import keys_of
from ledger.commands import AmendIncident
from ledger.events import IncidentAmended, LineageDeclared, LineageRevoked, SourceAmended
from tests.api.pages.desk_work import Editor, fields_in
from tests.api.pages.reading import AT, text_in, with_demo
from tests.api.pages.test_desk import INCIDENT, WORDS, refusals
from tests.fakes import CountingBytes, FrozenClock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from api.http.serving import Served
    from api.http.writing import Asked
    from ledger.append import Receipt
    from ledger.commands import Command
    from ledger.events import Act


@pytest.fixture
def editor(tmp_path: Path) -> Iterator[Editor]:
    with with_demo(tmp_path / "ledger") as client:
        yield Editor(client)


def newest(editor: Editor, stream: str) -> Act:
    return editor.client.served.history.stream(stream)[-1].body


def test_an_incident_is_renamed_and_what_is_left_as_it_was_stays(editor: Editor) -> None:
    before = editor.form(f"{AT}/amend")
    head = editor.client.head
    tried = editor.fill(f"{AT}/amend", "preview", title="Dragged by a car", reason="A name that says it.")

    assert 200 == tried.status_code
    assert "Dragged by a car" == fields_in(tried.text)["title"]
    assert head == editor.client.head
    recorded = editor.fill(f"{AT}/amend", title="Dragged by a car", reason="A name that says it.")
    act = newest(editor, f"incident/{INCIDENT}")

    assert (303, AT) == (recorded.status_code, recorded.headers["Location"])
    assert isinstance(act, IncidentAmended)
    assert ("Dragged by a car", None, "A name that says it.") == (act.title, act.zone, act.reason)
    assert before["zone"] == editor.form(f"{AT}/amend")["zone"]
    assert "Dragged by a car" == text_in(editor.page(AT), "h1")
    assert any(one.endswith("/amend") for one in editor.links(AT))


def test_a_source_is_described_better_by_what_changes_alone(editor: Editor) -> None:
    path = "/sources/account-a/amend"
    before = editor.form(path)
    said = {
        "publisher": "The Gazette",
        "authors": "A. Reporter\r\n B. Reporter",
        "reason": "It was left out.",
    }
    recorded = editor.fill(path, **said)
    act = newest(editor, "source/account-a")

    assert (303, "/sources/account-a") == (recorded.status_code, recorded.headers["Location"])
    assert isinstance(act, SourceAmended)
    assert ("The Gazette", ("A. Reporter", "B. Reporter")) == (act.publisher, act.authors)
    assert (None, None, None, None) == (act.kind, act.title, act.url, act.published)
    after = editor.form(path)
    assert {**before, "publisher": "The Gazette", "authors": "A. Reporter\nB. Reporter"} == {
        **after,
        **{name: before[name] for name in ("token", "form_key", "version")},
    }


@pytest.mark.parametrize(
    ("path", "said", "field", "rule"),
    [
        ("/sources/account-a/amend", {"title": ""}, "title", "cannot be taken away"),
        ("/sources/account-a/amend", {"reason": ""}, "reason", ""),
        ("/sources/account-a/amend", {"published": "last week"}, "published", ""),
        (f"{AT}/amend", {"title": ""}, "title", "cannot be taken away"),
        (f"{AT}/amend", {"zone": "Mars/Olympus"}, "zone", ""),
        ("/sources/account-a/lineage", {"to": "nobody"}, "to", "not in this ledger"),
        ("/sources/account-a/lineage", {"to": "account-a"}, "to", "itself"),
        ("/sources/account-a/lineage", {"to": ""}, "to", ""),
        (
            "/sources/account-a/lineage",
            {"to": "article", "cite__source": "account-a", "cite__quote": "Never said."},
            "cite.quote",
            "stand",
        ),
    ],
)
def test_what_is_refused_stands_beside_its_field(
    editor: Editor, path: str, said: dict[str, str], field: str, rule: str
) -> None:
    head = editor.client.head
    found = editor.fill(path, **{"reason": "It was typed wrongly.", **said})

    assert 422 == found.status_code
    assert field in refusals(found.text), text_in(found.text, ".refusals")
    assert rule in refusals(found.text)[field]
    assert head == editor.client.head


def test_an_amendment_of_nothing_is_refused(editor: Editor) -> None:
    for path in (f"{AT}/amend", "/sources/account-a/amend"):
        found = editor.fill(path, reason="No reason at all.")

        assert 422 == found.status_code
        assert "already stand" in text_in(found.text, ".refusals")


def test_what_is_not_touched_is_not_changed_whatever_stands_there(editor: Editor) -> None:
    odd = {"title": " Two\nlines ", "publisher": "A\nB", "authors": ["One\nTwo", "Three"], "kind": "post"}
    editor.client.post("/v1/sources", {"id": "odd", **odd})
    found = editor.fill("/sources/odd/amend", reason="Nothing.")

    assert 422 == found.status_code
    assert "already stand" in text_in(found.text, ".refusals")
    recorded = editor.fill("/sources/odd/amend", language="en", reason="It is in English.")
    act = newest(editor, "source/odd")
    assert 303 == recorded.status_code
    assert isinstance(act, SourceAmended)
    assert (None, None, None, None, "en") == (act.title, act.publisher, act.authors, act.kind, act.language)


def test_what_was_redacted_is_shown_as_nothing_and_not_changed(editor: Editor) -> None:
    editor.client.post("/v1/sources", {"id": "odd", "title": "A post", "kind": "post"})
    ground = {"legal_basis": "court order", "authority": "a court", "reason": "Ordered."}
    redacted = {"op": "redact", "source": "odd", "events": [{"version": 1, "paths": ["kind"]}], **ground}
    assert [] == [one for one in editor.client.batch(redacted) if "problem" in one]

    assert "" == editor.form("/sources/odd/amend")["kind"]
    assert 303 == editor.fill("/sources/odd/amend", title="The post", reason="Its name.").status_code
    act = newest(editor, "source/odd")
    assert isinstance(act, SourceAmended)
    assert (None, "The post") == (act.kind, act.title)


def test_lineage_is_declared_with_the_words_that_say_so_and_taken_back(editor: Editor) -> None:
    registered = editor.fill("/desk/register-source", kind="article", title="A reprint", id="reprint")
    declared = editor.fill(
        "/sources/reprint/lineage",
        to="account-a",
        relation="syndicates",
        cite__source="account-a",
        cite__quote=WORDS,
    )
    act = newest(editor, "source/reprint")

    assert [303, 303] == [registered.status_code, declared.status_code]
    assert isinstance(act, LineageDeclared)
    assert ("account-a", "syndicates") == (act.to, act.relation)
    assert ["account-a"] == [one.source for one in act.citations]
    told = editor.text("/sources/reprint", "#copied-words")
    assert "reprint syndicates account-a" in told
    [revoke] = [one for one in editor.links("/sources/account-a") if "/reprint/lineage/1/revoke" in one]

    taken_back = editor.fill(revoke, reason="It had a reporter there.")
    assert (303, "/sources/reprint") == (taken_back.status_code, taken_back.headers["Location"])
    assert isinstance(newest(editor, "source/reprint"), LineageRevoked)
    assert "reprint syndicates account-a (taken back)" in editor.text("/sources/reprint", "#copied-words")
    assert not any("/reprint/lineage/1" in one for one in editor.links("/sources/account-a"))
    assert 409 == editor.open(revoke).status_code
    assert 404 == editor.open("/sources/reprint/lineage/2/revoke").status_code


def test_a_reporter_is_not_offered_to_amend_and_may_not(tmp_path: Path) -> None:
    keys = {
        role: keys_of(tmp_path / "ledger").add(
            role, role, actor=f"the-{role}", clock=FrozenClock(), random=CountingBytes(role)
        )[1]
        for role in ("admin", "reporter")
    }
    made = with_demo(tmp_path / "ledger")
    made.headers = {"Authorization": f"Bearer {keys['admin']}"}
    with made as client:
        client.headers = {"Authorization": f"Bearer {keys['reporter']}"}
        reporter = Editor(client)
        for page in (AT, "/sources/article"):
            assert not re.search(r"/amend|/lineage", reporter.page(page))
        for path in (f"{AT}/amend", "/sources/article/amend", "/sources/article/lineage"):
            assert 403 == reporter.open(path).status_code


def test_two_who_change_different_things_undo_nothing_of_each_other(editor: Editor) -> None:
    source, incident = "/sources/account-a/amend", f"{AT}/amend"
    mine = [
        {**editor.form(path), "title": "A better title", "reason": "Clearer."} for path in (source, incident)
    ]
    assert 303 == editor.fill(source, publisher="The Gazette", reason="It was left out.").status_code
    assert 303 == editor.fill(incident, zone="America/Denver", reason="It lies there.").status_code

    for path, form in zip((source, incident), mine, strict=True):
        assert 303 == editor.send(path, form).status_code
    first, second = newest(editor, "source/account-a"), newest(editor, f"incident/{INCIDENT}")
    assert isinstance(first, SourceAmended)
    assert isinstance(second, IncidentAmended)
    assert ("A better title", None) == (first.title, first.publisher)
    assert ("A better title", None) == (second.title, second.zone)


def test_two_who_change_the_same_are_told_and_the_second_decides(editor: Editor) -> None:
    path = f"{AT}/amend"
    mine = {**editor.form(path), "title": "My title", "reason": "Clearer."}
    assert 303 == editor.fill(path, title="Their title", zone="America/Denver", reason="x").status_code
    head = editor.client.head
    told = editor.send(path, mine)
    again = fields_in(told.text)

    assert (409, head) == (told.status_code, editor.client.head)
    assert "another changed the same" in text_in(told.text, ".refusals")
    assert "it says now “Their title”" in refusals(told.text)["title"]
    assert ("My title", "America/Denver") == (again["title"], again["zone"])
    assert 303 == editor.send(path, again).status_code
    act = newest(editor, f"incident/{INCIDENT}")
    assert isinstance(act, IncidentAmended)
    assert ("My title", None) == (act.title, act.zone)


@pytest.mark.parametrize(
    ("theirs", "status", "mine"),
    [
        (AmendIncident(incident=INCIDENT, title="Their title", reason="x"), 409, "Their title"),
        (AmendIncident(incident=INCIDENT, zone="America/Denver", reason="x"), 303, "My title"),
    ],
    ids=["the same", "another member"],
)
def test_what_another_records_while_a_form_is_taken_in_is_looked_at_too(
    editor: Editor, monkeypatch: pytest.MonkeyPatch, theirs: AmendIncident, status: int, mine: str
) -> None:
    path = f"{AT}/amend"
    form = {**editor.form(path), "title": "My title", "reason": "Clearer."}
    others = [theirs]

    async def another_first(served: Served, command: Command, asked: Asked, content: bytes) -> Receipt:
        if others:
            unasked = msgspec.structs.replace(asked, key=None, if_match=None)
            await record(served, others.pop(), unasked, b"")
        return await record(served, command, asked, content)

    monkeypatch.setattr("api.pages.desk.working.record", another_first)
    answer = editor.send(path, form)
    act = newest(editor, f"incident/{INCIDENT}")

    assert isinstance(act, IncidentAmended)
    assert (status, mine) == (answer.status_code, act.title)
    assert [] == others
