"""What a form leaves alone stays: values that its fields cannot say, rows that it does not show, and what others did meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from ledger.events import FactCorrected, FactReported
from tests.api.http.client import INCIDENT, Client, without_op
from tests.api.pages.desk_work import Editor, fields_in
from tests.api.pages.reading import text_in
from tests.desk import AGENCY, cited

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx2

    from ledger.events import Act
    from ledger.values import Json

AT = "/incidents/stop/facts/drag/desk"
WHY = {"class": "wrong-number", "cause": "our-typo", "reason": "Misread.", "rests_on__a1": "on"}


@pytest.fixture
def editor(tmp_path: Path) -> Iterator[Editor]:
    with Client(tmp_path / "ledger") as client:
        client.post("/v1/incidents", INCIDENT)
        client.post("/v1/sources", without_op(AGENCY))
        yield Editor(client)


def report(editor: Editor, **members: Json) -> None:
    body = {
        "id": "drag",
        "kind": "drag",
        "statement": "The officer was dragged.",
        "citations": [cited()],
        **members,
    }
    answer = editor.client.post("/v1/incidents/stop/facts", body)
    assert 201 == answer.status_code, answer.text


def newest(editor: Editor) -> Act:
    return editor.client.served.history.stream("incident/stop")[-1].body


def corrected(editor: Editor, **said: str) -> tuple[dict[str, Json], dict[str, Json]]:
    """The content before and after a correction by its form, which changes the statement and what is said."""
    before = newest(editor)
    answer = editor.fill(f"{AT}/correct-fact", statement="The officer was dragged along.", **WHY, **said)
    after = newest(editor)

    assert 303 == answer.status_code, text_in(answer.text, ".refusals")
    assert isinstance(before, FactReported)
    assert isinstance(after, FactCorrected)
    contents = [msgspec.json.decode(msgspec.json.encode(one.content)) for one in (before, after)]
    assert ["The officer was dragged.", "The officer was dragged along."] == [
        one.pop("statement") for one in contents
    ]
    return contents[0], contents[1]


@pytest.mark.parametrize(
    "members",
    [
        {"occurred": {"edtf": "2021-05-08", "zone": "Pacific/Auckland"}},
        {
            "occurred": {
                "earliest": "2021-05-08T04:00:00-05:00",
                "latest": "2021-05-08T05:00:00-05:00",
                "approximate": True,
            }
        },
        {"occurred": {"absent": "not-stated", "as_stated": "some time"}},
        {"quantities": [{"id": "distance", "as_stated": "a way", "absent": "not-stated"}]},
        {"places": [{"id": "scene", "as_stated": "a street", "absent": "withheld"}]},
        {"places": [{"id": "scene", "as_stated": "an undisclosed street", "absent": "withheld"}]},
        {"kind": "attribute", "details": {"name": "feet", "value": "15", "as_stated": "15 ft"}},
        {"kind": "attribute", "details": {"name": "feet", "value": ["15", True], "as_stated": "15 ft"}},
    ],
    ids=[
        "a zone of its own",
        "approximate bounds",
        "words for no time",
        "words for no number",
        "words for no place",
        "words that are those of what was redacted",
        "digits that are a text",
        "a list of several sorts",
    ],
)
def test_a_correction_leaves_what_its_fields_cannot_say(editor: Editor, members: dict[str, Json]) -> None:
    report(editor, **members)
    before, after = corrected(editor)

    assert before == after


def test_a_correction_of_the_words_of_a_time_leaves_its_bounds(editor: Editor) -> None:
    report(editor, occurred={"edtf": "2021-05-08", "zone": "Pacific/Auckland", "as_stated": "Saturday"})
    before, after = corrected(editor, when__as_stated="on Saturday")

    assert before["occurred"] | {"as_stated": "on Saturday"} == after["occurred"]


def test_a_correction_leaves_the_rows_that_its_form_does_not_show(editor: Editor) -> None:
    shots: list[Json] = [{"id": f"q{at}", "value": str(at), "unit": "{shots}"} for at in range(30)]
    report(editor, quantities=shots)
    page = editor.open(f"{AT}/correct-fact").text
    before, after = corrected(editor, quantities__0__value="7")

    assert "quantities.23.id" in fields_in(page)
    assert "quantities.24.id" not in fields_in(page)
    assert "6 more stay as they are" in page
    assert [{**shots[0], "value": "7"}, *before["quantities"][1:]] == after["quantities"]


def test_digits_that_are_a_text_are_shown_and_changed_as_one(editor: Editor) -> None:
    report(editor, kind="attribute", details={"name": "feet", "value": "15"})
    shown = editor.form(f"{AT}/correct-fact")["details.value"]
    _, after = corrected(editor, details__value='"16"')

    assert '"15"' == shown
    assert "16" == after["details"]["value"]


def test_a_box_that_is_not_ticked_any_more_stays_so_when_something_is_refused(editor: Editor) -> None:
    report(editor, quantities=[{"id": "d", "value": "15", "unit": "m", "approximate": True}])
    form = editor.form(f"{AT}/correct-fact")
    assert "on" == form.pop("quantities.0.approximate")
    refused = editor.send(f"{AT}/correct-fact", form)

    assert 422 == refused.status_code
    assert "quantities.0.approximate" not in fields_in(refused.text)


def test_who_mends_a_refused_form_is_told_all_the_same_that_the_fact_moved(editor: Editor) -> None:
    report(editor)
    form = {**editor.form(f"{AT}/retract-fact"), "cause": "duplicate"}
    assert 303 == editor.fill(f"{AT}/dispute-fact", by="a reader", grounds="No.").status_code
    refused = editor.send(f"{AT}/retract-fact", form)
    mended = editor.send(f"{AT}/retract-fact", {**fields_in(refused.text), "reason": "Told twice."})

    assert 422 == refused.status_code
    assert 409 == mended.status_code
    assert "disputed at position 5" in text_in(mended.text, ".refusals")


@pytest.mark.parametrize("do", ["preview", "record"])
def test_what_was_left_alone_shows_what_another_made_of_it_and_what_both_changed_is_told(
    editor: Editor, do: str
) -> None:
    report(editor, occurred="2021-05-08", quantities=[{"id": "d", "value": "15", "unit": "[ft_i]"}])
    named = {name.replace("__", "."): text for name, text in WHY.items()}
    mine = {
        **editor.form(f"{AT}/correct-fact"),
        **named,
        "quantities.0.value": "20",
        "when.edtf": "2021-05-07",
    }
    theirs = editor.fill(f"{AT}/correct-fact", when__edtf="2021-05-09", statement="He was dragged.", **WHY)
    told = editor.send(f"{AT}/correct-fact", mine, do)
    again = fields_in(told.text)

    assert (303, 409) == (theirs.status_code, told.status_code)
    assert "corrected at position 5" in text_in(told.text, ".refusals")
    assert ("He was dragged.", "20", "2021-05-07") == (
        again["statement"],
        again["quantities.0.value"],
        again["when.edtf"],
    )
    assert "it says now “2021-05-09”" in text_in(told.text, "[id='field-when.edtf-refusal']")
    assert "refusal" not in (told.text.partition('id="field-statement"')[2].partition(">")[0])
    assert 303 == editor.send(f"{AT}/correct-fact", again).status_code
    after = newest(editor)
    assert isinstance(after, FactCorrected)
    assert "He was dragged." == after.content.statement


def test_a_form_that_was_recorded_and_is_changed_is_recorded_once_more_when_it_is_meant(
    editor: Editor,
) -> None:
    report(editor)
    form = {**editor.form(f"{AT}/dispute-fact"), "by": "a reader", "grounds": "No."}
    assert 303 == editor.send(f"{AT}/dispute-fact", form).status_code
    form |= {"grounds": "It was a bus.", "version": "3"}
    told = editor.send(f"{AT}/dispute-fact", form)
    head = editor.client.head

    assert 422 == told.status_code
    assert "This form was recorded already" in text_in(told.text, ".refusals")
    assert 303 == editor.send(f"{AT}/dispute-fact", fields_in(told.text)).status_code
    assert head + 1 == editor.client.head


def test_a_correction_of_a_fact_whose_statement_was_redacted_asks_for_another(editor: Editor) -> None:
    report(editor, occurred="2021-05-08")
    redact: Json = {
        "incident": "stop",
        "facts": [{"fact": "drag", "paths": ["statement"]}],
        "legal_basis": "Art. 17 GDPR",
        "authority": "District Court",
        "reason": "It was ordered.",
    }
    assert 201 == editor.client.post("/v1/redactions", redact).status_code
    refused = editor.fill(f"{AT}/correct-fact", when__edtf="2021-05-09", **WHY)

    assert "" == editor.form(f"{AT}/correct-fact")["statement"]
    assert "Statement" in _refusals(refused)


def test_a_correction_of_a_fact_of_which_a_place_and_a_number_were_redacted_is_taken(editor: Editor) -> None:
    report(
        editor,
        places=[{"id": "scene", "as_stated": "a street"}],
        quantities=[{"id": "distance", "value": "15", "unit": "m"}],
    )
    redact: Json = {
        "incident": "stop",
        "facts": [{"fact": "drag", "paths": ["places/scene", "quantities/distance"]}],
        "legal_basis": "Art. 17 GDPR",
        "authority": "District Court",
        "reason": "It was ordered.",
    }
    assert 201 == editor.client.post("/v1/redactions", redact).status_code
    answer = editor.fill(f"{AT}/correct-fact", statement="The officer was dragged along.", **WHY)

    after = newest(editor)
    assert 303 == answer.status_code, text_in(answer.text, ".refusals")
    assert isinstance(after, FactCorrected)
    assert ["withheld"] == [one.absent for one in after.content.places]
    assert ["withheld"] == [one.absent for one in after.content.quantities]


def test_a_citation_and_a_dispute_are_chosen_by_their_words(editor: Editor) -> None:
    selector: Json = {"type": "TextQuoteSelector", "exact": "was dragged about 15 feet"}
    report(editor, citations=[cited(selector=selector)])
    assert 303 == editor.fill(f"{AT}/dispute-fact", by="a reader", grounds="It was a bus.").status_code
    named = "“was dragged about 15 feet” of release (a1)"

    assert named in editor.text(f"{AT}/withdraw-attestation", "select[name=attestation]")
    assert named in editor.text(f"{AT}/correct-fact")
    assert named in editor.text(f"{AT}/resolve-dispute")
    assert "1, by a reader: It was a bus." in editor.text(f"{AT}/resolve-dispute", "select[name=dispute]")


def _refusals(answer: httpx2.Response) -> str:
    assert 422 == answer.status_code
    return text_in(answer.text, ".refusals")


def test_what_is_missing_is_said_by_the_name_that_the_form_gives_it(editor: Editor) -> None:
    path = "/incidents/stop/report?kind=drag"
    said = {"statement": "x", "cite__source": "release"}

    assert "Source : is missing" in _refusals(editor.fill(path, statement="x"))
    assert "Source : is missing" in _refusals(editor.fill(path, statement="x", cite__quote="dragged"))
    assert "When : there is no such date" in _refusals(editor.fill(path, **said, when__edtf="2021-02-30"))
    assert "Quantities, row 1: Unit (UCUM)" in _refusals(
        editor.fill(path, **said, quantities__0__id="d", quantities__0__value="1")
    )
    assert "as it stands : is missing" in _refusals(editor.fill("/sources/release/capture"))
