"""Everywhere a term stands is shown, with how it is redacted there, so that nothing is forgotten."""

from __future__ import annotations

import base64
import unicodedata
from typing import TYPE_CHECKING, Literal

import pytest

from ledger.errors import InvalidError
from ledger.removal import whereabouts
from tests.desk import AGENCY, Desk, cited, fact

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ledger.removal import Standing


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """2: incident, 3: source, 4: snapshot, 5: fact with name and quotation, 6: correction, 7: new title, 8: another source."""
    made = Desk(tmp_path / "test.ledger")
    made.begin()
    digest = made.capture("Asked who was hurt, they said: José  Müller, aged 34.")
    quote = [{"type": "TextQuoteSelector", "exact": "José  Müller, aged 34"}]
    named = {"id": "p1", "role": "injured", "name": "José Müller", "as_described": "aged 34"}
    citing = cited(snapshot=digest, selector=quote, as_stated={"statement": "José Müller was hurt"})
    made.act(fact(statement="Somebody was hurt.", participants=[named], citations=[citing]))
    corrected = {"op": "correct-fact", "incident": "stop", "fact": "drag", "kind": "drag", "class": "other"}
    made.act(
        {
            **corrected,
            "statement": "Somebody was badly hurt.",
            "participants": [named],
            "citations": [cited("a2")],
            "cause": "new-information",
            "reason": "José Müller's family called",
        }
    )
    made.act(
        {
            "op": "amend-source",
            "source": "release",
            "title": "Release on JOSE MULLER",
            "reason": "it has another title",
        }
    )
    made.act(AGENCY | {"id": "jose-muller"})
    yield made
    made.close()


def _found(desk: Desk, term: str) -> list[Standing]:
    return list(whereabouts(term, desk.store, desk.blobs))


def test_a_name_is_found_in_facts_acts_citations_sources_and_snapshots_whatever_its_case_and_accents(
    desk: Desk,
) -> None:
    found = _found(desk, "jose muller")

    assert [
        ("snapshot", 4, None),
        ("fact", 5, "participants/p1/name"),
        ("fact", 5, "attestations/a1/selector"),
        ("fact", 5, "attestations/a1/as_stated"),
        ("event", 6, "reason"),
        ("fact", 6, "participants/p1/name"),
        ("event", 7, "title"),
    ] == [(one.by, one.position, None if one.by == "snapshot" else one.at) for one in found]
    assert {"drag"} == {one.fact for one in found if one.by == "fact"}
    assert all("M" in (one.excerpt or "") for one in found)


def test_what_stands_in_the_clear_is_shown_as_what_cannot_be_redacted(desk: Desk) -> None:
    assert [("nothing", 8, "/stream")] == [
        (one.by, one.position, one.at) for one in _found(desk, "jose-muller")
    ]


def test_a_name_is_found_no_more_where_all_that_was_shown_is_redacted(desk: Desk) -> None:
    from api.redacting.targets import event_targets, fact_targets  # noqa: PLC0415  as the command puts them together

    found = _found(desk, "José Müller")
    for stream in dict.fromkeys(one.stream for one in found):
        sort, _, ident = stream.partition("/")
        here = [one for one in found if one.stream == stream]
        desk.redact(
            **{sort: ident},
            facts=fact_targets(dict.fromkeys(f"{one.fact}:{one.at}" for one in here if one.by == "fact")),
            events=event_targets(f"{one.version}:{one.at}" for one in here if one.by == "event"),
            snapshots=[one.at for one in here if one.by == "snapshot"],
        )

    assert [] == _found(desk, "José Müller")


def test_numbers_and_bytes_without_a_text_are_looked_through_too(desk: Desk) -> None:
    image = b"\x89PNG\r\n\x1a\n" + b"\x00" * 40 + "Zebedee".encode("utf-16-be") + b"\x00" * 9
    desk.act(
        {"op": "capture-snapshot", "source": "release", "media_type": "image/png"}
        | {"base64": base64.b64encode(image).decode()}
    )

    assert ["snapshot"] == [one.by for one in _found(desk, "Zebedee")]
    assert ["size_bytes"] == [one.at for one in _found(desk, str(len(image)))]


@pytest.mark.parametrize(
    ("written", "term"),
    [
        pytest.param("श्री\u200cमान क्ष\u200dत्रि", "श्रीमान क्षत्रि", id="without its joiners"),
        pytest.param("खिन", "खि\u200dन", id="with a joiner that is not there"),
        pytest.param("ခင်\u200bမာ", "ခင်မာ", id="parted by spaces of no width"),
        pytest.param("Za\u00adw M\u2060in", "zaw min", id="with soft hyphens"),
        pytest.param("nim \u202ewaz\u202c", "nim waz", id="turned by marks of direction"),
        pytest.param("هاتف ٠٩١٢٣", "هاتف 09123", id="in the digits of another script"),
        pytest.param("phone 09123", "၀၉၁၂၃", id="sought in the digits of another script"),
    ],
)
def test_a_term_is_found_whatever_is_not_seen_in_it_and_whichever_digits_write_it(
    desk: Desk, written: str, term: str
) -> None:
    desk.capture(f"A witness: {written}.")

    (found,) = _found(desk, term)

    assert ("snapshot", f"A witness: {written}.") == (found.by, found.excerpt)


def test_of_a_long_text_with_many_marks_the_words_around_the_term_are_shown(desk: Desk) -> None:
    desk.capture("شَهِدَ شَاهِدٌ. " * 500 + "اسمها ليلى حسن. " + "شَهِدَ شَاهِدٌ. " * 500)

    (found,) = _found(desk, "ليلى حسن")

    assert "شَاهِدٌ. اسمها ليلى حسن. شَهِدَ" in (found.excerpt or "")


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_bytes_without_a_text_are_looked_through_in_both_forms_of_unicode(
    desk: Desk, form: Literal["NFC", "NFD"]
) -> None:
    name = unicodedata.normalize(form, "Zoë Énard")
    desk.act(
        {"op": "capture-snapshot", "source": "release", "media_type": "image/png"}
        | {"base64": base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"\x00" * 40 + name.encode()).decode()}
    )

    assert ["snapshot"] == [one.by for one in _found(desk, "Zoë Énard")]
    assert ["snapshot"] == [one.by for one in _found(desk, unicodedata.normalize("NFD", "Zoë Énard"))]


@pytest.mark.parametrize("term", ["", " ", "x", " x ", "x\u200b\u200d", "\u202e\u202c", "\u0301\u0302"])
def test_a_term_that_stands_nearly_everywhere_is_refused(desk: Desk, term: str) -> None:
    with pytest.raises(InvalidError, match="at least 2 characters that are seen"):
        _found(desk, term)
