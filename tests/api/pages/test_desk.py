"""The working pages: what the desk does on them is tried before it is recorded, refused beside its field, and never lost."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec
import pytest
from selectolax.lexbor import LexborHTMLParser

from api.keys_at import keys_of
from api.pages.desk.content_body import content_body
from api.pages.desk.content_form import content_said
from api.pages.desk.fields import Body
from ledger.citation import position_of, quote_of
from ledger.events import FactCorrected, FactReported
from projections.axes import Axes
from projections.incident_view import incident_view
from tests.api.pages.desk_work import Editor, fields_in
from tests.api.pages.reading import AT, Reader, text_in, with_demo
from tests.fakes import CountingBytes, FrozenClock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ledger.events import Act, Recorded

INCIDENT = AT.rpartition("/")[2]
WORDS = "The car was found several blocks away."


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editor]:
    with with_demo(tmp_path_factory.mktemp("desk") / "ledger") as client:
        yield Editor(client)


@pytest.fixture
def editor(served: Editor) -> Editor:
    served.cookie = ""
    return served


def newest(editor: Reader) -> Recorded[Act]:
    return editor.client.served.history.stream(f"incident/{INCIDENT}")[-1]


def refusals(page: str) -> dict[str, str]:
    """What stands beside which field."""
    return {
        str(one.attributes["id"]).removeprefix("field-").removesuffix("-refusal"): text_in(
            one.html or "", "span"
        )
        for one in LexborHTMLParser(page).css(".refusal")
    }


def test_a_fact_is_reported_from_pasted_words_which_are_pinned_to_the_newest_copy(editor: Editor) -> None:
    path = f"{AT}/report?kind=vehicle.found"
    said = {
        "statement": "The car was found.",
        "cite__source": "account-a",
        "cite__quote": WORDS,
        "when__edtf": "2021-05-08",
        "details__vehicle": "the car",
        "id": "found-again",
    }
    tried = editor.fill(path, "preview", **said)
    head = editor.client.head
    recorded = editor.fill(path, **said)
    event = newest(editor)

    assert 200 == tried.status_code
    assert "Tried, and not recorded yet" in text_in(tried.text)
    assert "appeared" in text_in(tried.text, ".preview")
    assert fields_in(tried.text)["statement"] == said["statement"]
    assert (303, f"{AT}/facts/found-again") == (recorded.status_code, recorded.headers["Location"])
    assert head + 1 == editor.client.head
    assert isinstance(event.body, FactReported)
    [attestation] = event.body.attestations
    quoted = quote_of(attestation)
    assert quoted is not None
    assert (WORDS, "supports") == (quoted.exact, attestation.stance)
    assert attestation.extraction is not None
    assert "local-admin" == event.actor


def test_selected_words_are_cited_by_their_place(editor: Editor) -> None:
    text = LexborHTMLParser(editor.page("/sources/account-a")).css_first("#snapshot")
    assert text is not None
    for aside in text.css("[data-aside]"):
        aside.decompose()
    at = text.text().index("several blocks")
    snapshot = text.attributes["data-snapshot"]
    path = f"{AT}/report?kind=vehicle.found&source=account-a&snapshot={snapshot}&start={at}&end={at + 14}"

    assert "several blocks" == editor.form(path)["cite.quote"]
    recorded = editor.fill(path, statement="It was found several blocks away.", id="by-place")
    event = newest(editor)

    assert 303 == recorded.status_code, text_in(recorded.text)
    assert isinstance(event.body, FactReported)
    position = position_of(event.body.attestations[0])
    assert position is not None
    assert (at, at + 14) == (position.start, position.end)


@pytest.mark.parametrize(
    ("said", "field", "rule"),
    [
        ({"cite__source": ""}, "cite.source", ""),
        ({"cite__source": "nobody"}, "cite.source", "not in this ledger"),
        ({"statement": ""}, "statement", ""),
        ({"cite__quote": "The car was never found."}, "cite.quote", "stand"),
        ({"when__edtf": "2021-02-30"}, "when.edtf", ""),
        ({"when__relations": "behind flight"}, "when.relations", ""),
        (
            {"quantities__0__id": "d", "quantities__0__value": "15", "quantities__0__unit": "foot"},
            "quantities.0.unit",
            "",
        ),
        (
            {"quantities__1__id": "d", "quantities__1__value": "1,5", "quantities__1__unit": "m"},
            "quantities.1.value",
            "decimal",
        ),
        ({"places__0__id": "x", "places__0__lon": "200", "places__0__lat": "0"}, "places.0.lon", ""),
        ({"id": "Not An Id"}, "id", ""),
    ],
)
def test_a_refusal_stands_beside_its_field_and_nothing_typed_is_lost(
    editor: Editor, said: dict[str, str], field: str, rule: str
) -> None:
    whole = {
        "statement": "Words that took long to write.",
        "cite__source": "account-a",
        "cite__quote": WORDS,
        "participants__0__role": "driver",
        "participants__0__name": "[withheld]",
        **said,
    }
    head = editor.client.head
    for do in ("preview", "record"):
        found = editor.fill(f"{AT}/report?kind=vehicle.found", do, **whole)
        kept = fields_in(found.text)

        assert 422 == found.status_code, text_in(found.text)
        assert field in refusals(found.text), (refusals(found.text), text_in(found.text, ".refusals"))
        assert rule in refusals(found.text)[field]
        assert {name.replace("__", "."): text for name, text in whole.items()}.items() <= kept.items()
    assert head == editor.client.head


def test_a_quotation_that_is_not_there_is_answered_with_the_nearest_passages(editor: Editor) -> None:
    found = editor.fill(
        f"{AT}/report?kind=vehicle.found",
        statement="x y",
        cite__source="account-a",
        cite__quote="The car was found several blocks off.",
    )

    assert WORDS in text_in(found.text, ".refusals")


def test_every_fact_is_the_same_after_it_went_through_its_form(editor: Editor) -> None:
    events = editor.client.served.history.of_incident(INCIDENT)
    view = incident_view(events, INCIDENT, Axes(known=84))
    kinds = editor.client.served.history.kinds()
    assert view is not None
    assert 24 == len(view.facts)

    for fact in view.facts:
        body = Body()
        kind = kinds.resolve(fact.content.kind, field="")
        content_body(body, content_said(fact.content, kind), kind)
        stored = msgspec.json.decode(msgspec.json.encode(fact.content))
        if "occurred" in stored and "edtf" in stored["occurred"]:
            for name in ("earliest", "latest", "zone"):
                stored["occurred"].pop(name, None)
        assert stored == body.value, fact.fact


def test_a_correction_changes_what_was_changed_and_nothing_else(editor: Editor) -> None:
    path = f"{AT}/facts/drag/desk/correct-fact"
    events = editor.client.served.history.of_incident(INCIDENT)
    view = incident_view(events, INCIDENT, Axes(known=editor.client.head))
    assert view is not None
    before = next(fact.content for fact in view.facts if fact.fact == "drag")
    said = {
        "statement": "An officer was dragged by the car for about 15 feet.",
        "quantities__0__as_stated": "about 15 feet",
        "quantities__0__value": "15",
        "quantities__0__min": "",
        "quantities__0__max": "",
        "class": "wrong-number",
        "cause": "new-information",
        "reason": "The article is taken to be right.",
        "notice": "An earlier version said 15 to 20 feet.",
        "rests_on__drag-article": "on",
    }
    tried = editor.fill(path, "preview", **said)
    recorded = editor.fill(path, **said)
    event = newest(editor)

    assert "the distance was corrected from about 15-20 feet to about 15 feet" in text_in(
        tried.text, ".preview"
    )
    assert 303 == recorded.status_code, text_in(recorded.text)
    assert isinstance(event.body, FactCorrected)
    after = event.body.content
    assert ("drag-article",) == event.body.rests_on
    assert (before.kind, before.occurred, before.participants, before.details) == (
        after.kind,
        after.occurred,
        after.participants,
        after.details,
    )
    assert "15" == after.quantities[0].value
    assert "An earlier version said 15 to 20 feet." in editor.text(f"{AT}/facts/drag", ".mended")


def test_a_correction_that_says_no_class_is_refused_there(editor: Editor) -> None:
    found = editor.fill(
        f"{AT}/facts/flight/desk/correct-fact", statement="The driver fled.", reason="So it was."
    )

    assert 422 == found.status_code
    assert refusals(found.text) or "class" in text_in(found.text, ".refusals")


def test_rewording_is_checked_and_recorded(editor: Editor) -> None:
    slip = {"statement": "The car was strukk.", "cite__source": "account-a", "id": "slip"}
    assert 303 == editor.fill(f"{AT}/report?kind=vehicle.found", **slip).status_code
    path = f"{AT}/facts/slip/desk/amend-fact"
    changed = editor.fill(path, set__statement="The bus was strukk.", reason="Spelling.")
    form = {**editor.form(path), "set.statement": "The car was struck.", "reason": "A slip."}
    mended = editor.send(path, form)

    assert 422 == changed.status_code
    assert "set.statement" in refusals(changed.text), text_in(changed.text, ".refusals")
    assert 303 == mended.status_code, text_in(mended.text)
    assert "FactAmended" == newest(editor).type


def test_a_fact_is_disputed_answered_retracted_and_reinstated(editor: Editor) -> None:
    at = f"{AT}/facts/contact/desk"
    for act, said in (
        ("dispute-fact", {"by": "a reader", "grounds": "It was one door."}),
        ("resolve-dispute", {"dispute": "1", "outcome": "rejected", "reason": "The video shows two."}),
        (
            "retract-fact",
            {"cause": "new-information", "reason": "The source is doubted.", "notice": "Withdrawn."},
        ),
        ("reinstate-fact", {"cause": "new-information", "reason": "The doubt was wrong."}),
        ("attest-fact", {"cite__source": "account-b", "cite__quote": "as he fled from the officers"}),
    ):
        done = editor.fill(f"{at}/{act}", **said)
        assert (303, f"{AT}/facts/contact#lineage") == (done.status_code, done.headers.get("Location")), (
            act,
            text_in(done.text),
        )
    added = newest(editor)
    attestation = msgspec.to_builtins(added.body)["attestation"]["id"]
    withdrawn = editor.fill(
        f"{at}/withdraw-attestation",
        attestation=attestation,
        cause="our-misreading",
        reason="Of another moment.",
    )

    assert 303 == withdrawn.status_code, text_in(withdrawn.text)
    types = [one.type for one in editor.client.served.history.stream(f"incident/{INCIDENT}")[-6:]]
    assert [
        "FactDisputed",
        "DisputeResolved",
        "FactRetracted",
        "FactReinstated",
        "FactAttested",
        "AttestationWithdrawn",
    ] == types


def test_what_cannot_be_done_to_a_fact_is_not_offered(editor: Editor) -> None:
    offered = editor.links(f"{AT}/facts/drag-by-car/desk")

    assert any(one.endswith("/reinstate-fact") for one in offered)
    assert not any(one.endswith("/correct-fact") for one in offered)
    assert 409 == editor.open(f"{AT}/facts/drag-by-car/desk/correct-fact").status_code


def test_a_form_sent_twice_is_one_act(editor: Editor) -> None:
    path = f"{AT}/facts/dispatch/desk/dispute-fact"
    form = {**editor.form(path), "by": "a reader", "grounds": "It was three officers."}
    head = editor.client.head
    first, again = editor.send(path, form), editor.send(path, form)

    assert [303, 303] == [first.status_code, again.status_code]
    assert head + 1 == editor.client.head


def test_a_fact_that_moved_since_the_form_was_opened_is_not_acted_upon_blindly(editor: Editor) -> None:
    path = f"{AT}/facts/booking/desk/dispute-fact"
    form = {**editor.form(path), "by": "the county", "grounds": "It was five charges."}
    other = editor.fill(path, by="a reader", grounds="It was another day.")
    head = editor.client.head
    found = editor.send(path, form)

    assert 303 == other.status_code
    assert 409 == found.status_code
    assert "disputed at position" in text_in(found.text, ".refusals")
    assert "It was five charges." == fields_in(found.text)["grounds"]
    assert head == editor.client.head
    assert 303 == editor.send(path, fields_in(found.text)).status_code


@pytest.mark.parametrize(
    ("fields", "headers"),
    [
        ({"token": "0" * 64}, {}),
        ({"token": ""}, {}),
        ({}, {"Cookie": ""}),
        ({}, {"Sec-Fetch-Site": "cross-site"}),
    ],
    ids=["another token", "no token", "no cookie", "another site"],
)
def test_a_form_that_another_site_sends_does_nothing(
    editor: Editor, fields: dict[str, str], headers: dict[str, str]
) -> None:
    path = f"{AT}/facts/flight/desk/dispute-fact"
    form = {**editor.form(path), "by": "x", "grounds": "y", **fields}
    head = editor.client.head

    assert 403 == editor.send(path, form, **headers).status_code
    assert head == editor.client.head


def test_an_incident_is_opened_a_source_registered_captured_and_noticed(editor: Editor) -> None:
    opened = editor.fill("/desk/open-incident", title="A march", zone="Europe/Berlin", id="march")
    source = editor.fill(
        "/desk/register-source",
        kind="post",
        title="A post",
        published="2021-05-08",
        authors="A\nB",
        id="post",
    )
    captured = editor.fill("/sources/post/capture", text="They marched.\r\nThen they left.")
    noticed = editor.fill(
        "/sources/post/notice", type="correction", summary="It was Sunday.", published="2021-05-09"
    )

    assert ["/incidents/march", "/sources/post"] == [one.headers.get("Location") for one in (opened, source)]
    assert captured.headers["Location"].startswith("/sources/post?snapshot=sha256")
    assert 303 == noticed.status_code, text_in(noticed.text)
    assert "They marched." in editor.text("/sources/post", "#snapshot")
    assert "It was Sunday." in editor.text("/sources/post")
    assert 422 == editor.fill("/desk/open-incident", title="x", zone="Mars/Olympus").status_code


def test_who_may_only_report_is_offered_no_more(tmp_path: Path) -> None:
    _, key = keys_of(tmp_path / "ledger").add(
        "r", "reporter", actor="the-reporter", clock=FrozenClock(), random=CountingBytes("k")
    )
    made = with_demo(tmp_path / "ledger")
    made.headers = {"Authorization": f"Bearer {key}"}
    with pytest.raises(AssertionError, match="role-needed"), made:
        pass


def test_a_reporter_reports_and_does_not_correct(tmp_path: Path) -> None:
    keys = {
        role: keys_of(tmp_path / "ledger").add(
            role,
            role,
            actor=f"the-{role}",
            clock=FrozenClock(),
            random=CountingBytes(role),
        )[1]
        for role in ("admin", "reporter", "reader")
    }
    made = with_demo(tmp_path / "ledger")
    made.headers = {"Authorization": f"Bearer {keys['admin']}"}
    with made as client:
        client.headers = {"Authorization": f"Bearer {keys['reporter']}"}
        reporter = Editor(client)
        offered = reporter.links(f"{AT}/facts/drag/desk")
        assert any(one.endswith("/attest-fact") for one in offered)
        assert not any(one.endswith("/correct-fact") for one in offered)
        assert 403 == reporter.open(f"{AT}/facts/drag/desk/correct-fact").status_code
        client.headers = {"Authorization": f"Bearer {keys['reader']}"}
        assert 403 == reporter.open(f"{AT}/report").status_code
        assert not re.search(r"/report|/desk", reporter.page(AT))
