"""Registering and amending sources: what is recorded, and every reason to refuse."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.commands import RegisterSource
from ledger.decisions.checks import MAX_REASON
from ledger.decisions.description import MAX_AUTHORS, MAX_CSL_BYTES, MAX_TITLE, MAX_URL, SCHEMES
from ledger.errors import ConflictError, InvalidError, RefusedError, RuleError, UnknownError
from ledger.events import SourceAmended, SourceRegistered
from ledger.when import Published
from tests.ledger.source_specification import given

REGISTER: dict[str, Any] = {"op": "register-source", "id": "paper", "kind": "article", "title": "Two injured"}
AMEND: dict[str, Any] = {"op": "amend-source", "source": "paper", "reason": "As the paper has it."}
FULL: dict[str, Any] = REGISTER | {
    "publisher": "The Paper",
    "authors": ["A. Reporter", "B. Reporter"],
    "url": "https://paper.example/2021/05/08?id=7#top",
    "published": "2021-05-08T12:00:00-05:00",
    "language": "en",
    "csl": {"type": "article-newspaper", "issued": {"date-parts": [[2021, 5, 8]]}},
}


def test_a_source_is_registered_with_everything_that_was_said_of_it() -> None:
    noon = "2021-05-08T12:00:00-05:00"
    act = SourceRegistered(
        kind="article",
        title="Two injured",
        publisher="The Paper",
        authors=("A. Reporter", "B. Reporter"),
        url="https://paper.example/2021/05/08?id=7#top",
        published=Published(earliest=noon, latest=noon),
        language="en",
        csl={"type": "article-newspaper", "issued": {"date-parts": [[2021, 5, 8]]}},
    )
    given().when(FULL).then(act, ident="paper", stream="source/paper")


def test_a_source_needs_no_more_than_a_kind_and_a_title() -> None:
    act = SourceRegistered(kind="article", title="Two injured")
    given().when(REGISTER).then(act, ident="paper", stream="source/paper")


def test_a_source_that_is_given_no_id_gets_one() -> None:
    nameless = {key: value for key, value in REGISTER.items() if key != "id"}
    act = SourceRegistered(kind="article", title="Two injured")
    given().when(nameless).then(act, ident="id-3", stream="source/id-3")


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("never", "never"),
        (
            "2021-05-08T12:00:00Z",
            Published(earliest="2021-05-08T12:00:00Z", latest="2021-05-08T12:00:00Z"),
        ),
        (
            {"edtf": "2021-05-08", "zone": "America/Chicago"},
            Published(earliest="2021-05-08T00:00:00-05:00", latest="2021-05-09T00:00:00-05:00"),
        ),
        (
            "2021-05-08",
            Published(earliest="2021-05-08T00:00:00+14:00", latest="2021-05-09T00:00:00-12:00"),
        ),
        (
            {"earliest": "2021-05-08T12:00:00Z", "latest": "unknown", "as_stated": "Saturday"},
            Published(earliest="2021-05-08T12:00:00Z", latest="unknown", as_stated="Saturday"),
        ),
        ({"latest": "2021-05-08T12:00:00Z"}, Published(latest="2021-05-08T12:00:00Z")),
        ({"as_stated": "last spring"}, Published(as_stated="last spring")),
    ],
    ids=["never", "instant", "day in a zone", "day anywhere", "end unknown", "by a time", "words only"],
)
def test_publication_is_taken_in_every_form(written: object, stored: Published | str) -> None:
    act = SourceRegistered(kind="article", title="Two injured", published=stored)  # type: ignore[arg-type]  # "never" is a str here
    given().when(REGISTER | {"published": written}).then(act, ident="paper", stream="source/paper")


@pytest.mark.parametrize(
    ("url"),
    [
        "https://paper.example",
        "HTTPS://paper.example/a%20b",
        "http://[2001:db8::1]:8080/x",
        "ftp://archive.example/pub/film.mpg",
        "urn:isbn:9780306406157",
        "doi:10.1000/182",
        "https://web.archive.org/web/2021/https://paper.example/",
        "https://paper.example/straße",
        "https://paper.example/" + "a" * (MAX_URL - 22),
    ],
)
def test_an_address_of_a_work_is_kept_to_the_letter(url: str) -> None:
    act = SourceRegistered(kind="article", title="Two injured", url=url)
    given().when(REGISTER | {"url": url}).then(act, ident="paper", stream="source/paper")


SCHEME_RULE = f"one of {', '.join(one + ':' for one in SCHEMES)}"


@pytest.mark.parametrize(
    ("url", "saying"),
    [
        ("javascript:alert(1)", SCHEME_RULE),
        ("JavaScript:alert(1)", SCHEME_RULE),
        ("data:text/html,<script>", SCHEME_RULE),
        ("vbscript:x", SCHEME_RULE),
        ("file:///etc/passwd", SCHEME_RULE),
        ("mailto:desk@paper.example", SCHEME_RULE),
        ("tel:+15015550100", SCHEME_RULE),
        ("paper.example/story", SCHEME_RULE),
        ("//paper.example/story", SCHEME_RULE),
        ("https:", SCHEME_RULE),
        (":", SCHEME_RULE),
        ("java\tscript:alert(1)", "no blanks, line ends or invisible characters"),
        ("\x01https://paper.example", "no blanks, line ends or invisible characters"),
        ("https://paper.example/a b", "no blanks, line ends or invisible characters"),
        ("https://paper.example/\n", "no blanks, line ends or invisible characters"),
        ("https://paper.example/\u202egpj", "no blanks, line ends or invisible characters"),
        ("https:paper.example", "names a host after //"),
        ("https://", "names a host after //"),
        ("https://:80/", "names a host after //"),
        ("https://paper.example:0/", "a port above 0"),
        ("https://paper.example:99999/", "cannot be read"),
        ("https://[::1/", "cannot be read"),
        ("https://desk:secret@paper.example/", "no user name or password"),
        ("https://paper.example@elsewhere.example/", "no user name or password"),
        ("https://paper.example/" + "a" * (MAX_URL - 21), f"at most {MAX_URL}"),
        ("", "must not be empty"),
    ],
)
def test_what_is_no_address_of_a_work_is_refused(url: str, saying: str) -> None:
    refused = given().when(REGISTER | {"url": url}).refuses(InvalidError, field="/url", saying=saying)
    assert "alert" not in str(refused)


def _deep(levels: int) -> object:
    return "x" if levels == 0 else [_deep(levels - 1)]


@pytest.mark.parametrize(
    ("changes", "field", "saying"),
    [
        ({"id": "Paper"}, "/id", "an id has 1 to 128 characters"),
        ({"id": "../paper"}, "/id", "an id has 1 to 128 characters"),
        ({"id": "a" * 129}, "/id", "an id has 1 to 128 characters"),
        ({"title": ""}, "/title", "must not be empty"),
        ({"title": " \n"}, "/title", "must not be empty"),
        ({"title": "a\x00b"}, "/title", "U+0000"),
        ({"title": "\ud800"}, "/title", "lone surrogate"),
        ({"title": "x" * (MAX_TITLE + 1)}, "/title", f"at most {MAX_TITLE}"),
        ({"publisher": " "}, "/publisher", "must not be empty"),
        ({"language": ""}, "/language", "must not be empty"),
        ({"language": "English"}, "/language", "a language is a BCP 47 tag such as en or es-MX"),
        ({"language": "en_US"}, "/language", "a language is a BCP 47 tag such as en or es-MX"),
        ({"authors": ["A. Reporter", ""]}, "/authors/1", "must not be empty"),
        ({"authors": ["A"] * (MAX_AUTHORS + 1)}, "/authors", f"at most {MAX_AUTHORS}"),
        ({"published": "yesterday"}, "/published", ""),
        ({"published": "2021-02-29"}, "/published", ""),
        ({"published": {}}, "/published", "leave the whole member out"),
        ({"published": {"earliest": "2021-05-08T12:00:00"}}, "/published/earliest", "offset"),
        ({"csl": {"volume": 1.5}}, "/csl/volume", "a number must be an integer"),
        ({"csl": {"volume": None}}, "/csl/volume", "null is never stored"),
        ({"csl": {"volume": 2**53}}, "/csl/volume", "a number must be an integer"),
        ({"csl": {"título": "x"}}, "/csl", "not ASCII"),
        ({"csl": {"a": _deep(32)}}, "/csl/a" + "/0" * 31, "nested too deeply"),
        ({"csl": {"abstract": "x" * MAX_CSL_BYTES}}, "/csl", f"at most {MAX_CSL_BYTES} bytes"),
    ],
    ids=lambda value: str(value)[:48],
)
def test_a_description_that_breaks_a_rule_of_form_is_refused(
    changes: dict[str, Any], field: str, saying: str
) -> None:
    given().when(REGISTER | changes).refuses(InvalidError, field=field, saying=saying)


def test_a_description_at_every_limit_is_taken() -> None:
    full: dict[str, Any] = {
        "title": "x" * MAX_TITLE,
        "authors": ["A"] * MAX_AUTHORS,
        "csl": {"abstract": "x" * (MAX_CSL_BYTES - len('{"abstract":""}'))},
    }
    act = SourceRegistered(
        kind="article",
        title=full["title"],
        authors=tuple(full["authors"]),
        csl=full["csl"],
    )
    given().when(REGISTER | full).then(act, ident="paper", stream="source/paper")


def test_an_id_in_use_is_refused_even_for_the_same_source() -> None:
    given(REGISTER).when(REGISTER).refuses(ConflictError, field="/id", saying="was registered already")


@pytest.mark.parametrize(
    ("change", "act"),
    [
        ({"kind": "report"}, {"kind": "report"}),
        ({"title": "Two hurt"}, {"title": "Two hurt"}),
        ({"publisher": "The Evening Paper"}, {"publisher": "The Evening Paper"}),
        ({"authors": ["A. Reporter"]}, {"authors": ("A. Reporter",)}),
        ({"authors": []}, {"authors": ()}),
        ({"url": "https://paper.example/"}, {"url": "https://paper.example/"}),
        ({"published": "never"}, {"published": "never"}),
        ({"published": {"latest": "unknown"}}, {"published": Published(latest="unknown")}),
        ({"language": "es-MX"}, {"language": "es-MX"}),
        ({"csl": {"type": "article"}}, {"csl": {"type": "article"}}),
        ({"csl": {}}, {"csl": {}}),
    ],
    ids=lambda value: str(value)[:40],
)
def test_an_amendment_changes_one_member_and_leaves_the_others(
    change: dict[str, Any], act: dict[str, Any]
) -> None:
    ledger = given(FULL)
    before = ledger.context().source("paper").registered
    changed = SourceAmended(reason="As the paper has it.", **act)
    ledger.when(AMEND | change).then(changed, ident="paper", stream="source/paper")
    after = ledger.context().source("paper").registered
    assert before is not None
    assert after is not None
    for name in SourceRegistered.__struct_fields__:
        assert act.get(name, getattr(before, name)) == getattr(after, name)


def test_an_amendment_carries_only_what_changes() -> None:
    given(FULL).when(AMEND | {"title": "Two injured", "publisher": "The Paper, Inc."}).then(
        SourceAmended(publisher="The Paper, Inc.", reason="As the paper has it."),
        ident="paper",
        stream="source/paper",
    )


def test_a_source_that_was_never_public_may_turn_out_to_have_been() -> None:
    noon = "2021-05-08T12:00:00Z"
    given(REGISTER | {"published": "never"}).when(AMEND | {"published": noon}).then(
        SourceAmended(published=Published(earliest=noon, latest=noon), reason="As the paper has it."),
        ident="paper",
        stream="source/paper",
    )


def test_true_for_one_is_a_change_of_the_bibliography() -> None:
    given(REGISTER | {"csl": {"volume": 1}}).when(AMEND | {"csl": {"volume": True}}).then(
        SourceAmended(csl={"volume": True}, reason="As the paper has it."),
        ident="paper",
        stream="source/paper",
    )


@pytest.mark.parametrize(
    "change",
    [{}, {"title": "Two injured"}, {key: FULL[key] for key in FULL if key not in ("op", "id")}],
    ids=["nothing named", "the same title", "the same all over"],
)
def test_an_amendment_that_changes_nothing_is_refused(change: dict[str, Any]) -> None:
    refused = given(FULL).when(AMEND | change).refuses(RuleError, field="", saying="already stands so")
    assert refused.rule == "nothing-changes"


@pytest.mark.parametrize(
    ("changes", "error", "field", "saying"),
    [
        ({"source": "post"}, UnknownError, "/source", "register it first"),
        ({"source": "No Such\nThing"}, InvalidError, "/source", "an id has 1 to 128 characters"),
        ({"title": ""}, InvalidError, "/title", "must not be empty"),
        ({"url": "javascript:alert(1)"}, InvalidError, "/url", "one of http:"),
        ({"authors": ["x"] * (MAX_AUTHORS + 1)}, InvalidError, "/authors", "at most"),
        ({"csl": {"a": 0.5}}, InvalidError, "/csl/a", "integer"),
        ({"reason": " "}, InvalidError, "/reason", "must not be empty"),
        ({"reason": "x" * (MAX_REASON + 1)}, InvalidError, "/reason", f"at most {MAX_REASON}"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_an_amendment_that_cannot_be_recorded_is_refused(
    changes: dict[str, Any], error: type[RefusedError], field: str, saying: str
) -> None:
    given(REGISTER).when(AMEND | {"title": "Two hurt"} | changes).refuses(error, field=field, saying=saying)


def test_a_command_made_in_python_obeys_the_same_rules() -> None:
    command = RegisterSource(id="paper", kind="article", title="Two injured", csl={"a": (1, 2)})
    given().when(command).refuses(InvalidError, field="/csl/a", saying="is no value of JSON")
