"""docs/commands.md is true: its tables are those of the code, and its story can be recorded as it stands."""

from __future__ import annotations

import json
import re
from itertools import chain
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from msgspec.inspect import DictType, LiteralType, StrType, StructType, UnionType, VarTupleType

from api.lines import LINE_LIMIT, LineAnswer, answers, problem
from api.opening import open_for_rehearsal, open_for_writing
from ledger import citation as cited
from ledger.asking import _MAX_KEY, Caller, Receipt
from ledger.bounds import MAX_RELATIONS, Relation, StatedWhen
from ledger.commands import COMMANDS, StatedAttestation, StatedValues
from ledger.decisions import description, redacting, reporting, sourcing
from ledger.decisions.checks import MAX_REASON
from ledger.errors import InvalidError, QuotationError, RefusedError, StaleError
from ledger.fact import MAX_ITEMS, Participant
from ledger.place import Place
from ledger.quantity import MAX_DIGITS, Quantity
from ledger.read_command import read_command
from ledger.strict_json import MAX_DEPTH
from ledger.values import TEXT_LIMIT, Absent
from ledger.when import Published, read_published, read_when, resolve_when
from tests.fakes import SequentialIds
from tests.project_files import text_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ledger.values import Json

PAGE = text_of(PurePosixPath("docs/commands.md"))
SECTIONS: dict[str, str] = {
    title.strip("`"): text
    for title, text in re.findall(r"^#+ (.+)\n((?:(?!#).*(?:\n|\Z))*)", PAGE, flags=re.MULTILINE)
}
STORY = [
    line
    for block in re.findall(r"^```json\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    for line in block.splitlines()
]
"""Every example, in the order of the page."""
SHAPES: dict[str, type[Any]] = {
    "Citation": cited.Citation,
    "Attestation": StatedAttestation,
    "As stated": StatedValues,
    "TextQuoteSelector": cited.TextQuoteSelector,
    "TextPositionSelector": cited.TextPositionSelector,
    "FragmentSelector": cited.FragmentSelector,
    "Speaker": cited.Speaker,
    "occurred": StatedWhen,
    "Relation": Relation,
    "published": Published,
    "Place": Place,
    "Participant": Participant,
    "Quantity": Quantity,
    "Absence": Absent,
}
"""What has a section of its own. Other structs are described, with a dot, in the table of the member that holds them."""
TABLES = COMMANDS | SHAPES
REQUIRED = {"yes", "made", "one"}
NAME_OF_PERSON = "Brandt"
_LINK = re.compile(r"\[[^]]*\]\(#([\w-]+)\)")


class Row(msgspec.Struct, frozen=True):
    """One row of a table of members."""

    name: str
    shape: str
    required: str
    rule: str


def rows(section: str) -> dict[str, Row]:
    """The rows of a section's table of members, by name."""
    found = [
        Row(*cells)
        for cells in re.findall(
            r"^\| `([\w.]+)` \| (.*?) \| (\w+) \| (.*?) ?\|$", SECTIONS[section], flags=re.MULTILINE
        )
    ]
    assert len({row.name for row in found}) == len(found), section
    return {row.name: row for row in found}


def parts(kind: msgspec.inspect.Type) -> Iterator[msgspec.inspect.Type]:
    """The types that a member may hold, alternatives and items opened."""
    if isinstance(kind, UnionType):
        yield from chain.from_iterable(parts(one) for one in kind.types)
    elif isinstance(kind, VarTupleType):
        yield from parts(kind.item_type)
    elif isinstance(kind, DictType):
        yield from parts(kind.value_type)
    else:
        yield kind


def members(struct: type[Any]) -> dict[str, tuple[bool, msgspec.inspect.Type]]:
    """What may be written: each member, whether it is required, and its type. A tag other than `op` is a member."""
    info = msgspec.inspect.type_info(struct)
    assert isinstance(info, StructType)
    found = {one.encode_name: (one.required, one.type) for one in info.fields}
    if info.tag_field not in {None, "op"}:
        found = {str(info.tag_field): (True, LiteralType((str(info.tag),))), **found}
    if struct is StatedAttestation:
        found = {name: one for name, one in found.items() if name not in members(cited.Citation)}
    if struct is Published:
        text = found["earliest"]
        found |= {"as_stated": text, "edtf": text, "zone": text}
    if "data" in found:
        required, _ = found.pop("data")
        found |= {"text": (required, StrType()), "base64": (required, StrType())}
    for name, (_, kind) in list(found.items()):
        for one in parts(kind):
            if isinstance(one, StructType) and one.cls not in SHAPES.values():
                found |= {f"{name}.{inner}": value for inner, value in members(one.cls).items()}
    return found


def examples(op: str) -> list[dict[str, Json]]:
    """The lines of the story that are this command."""
    return [line for line in map(json.loads, STORY) if line["op"] == op]


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[LineAnswer], Path]:
    """The answers to the story, and the folder that it was recorded in."""
    folder = tmp_path_factory.mktemp("story")
    with open_for_writing(folder / "story.ledger") as opened:
        lines = [line.encode() for line in STORY]
        return list(answers(lines, opened.writer, opened.ids, Caller(actor="desk"))), folder


@pytest.mark.parametrize("title", TABLES)
def test_the_table_has_every_member_and_no_other(title: str) -> None:
    assert members(TABLES[title]).keys() == rows(title).keys()


@pytest.mark.parametrize("title", TABLES)
def test_the_table_says_what_is_required(title: str) -> None:
    written = rows(title)
    table = {name: row.required for name, row in written.items()}
    struct = {name: required for name, (required, _) in members(TABLES[title]).items()}
    alternatives = [name for name, said in table.items() if said == "one"]

    assert set(table.values()) <= {*REQUIRED, "no"}
    assert [] == [
        name for name in table if table[name] != "one" and struct[name] != (table[name] in REQUIRED)
    ]
    assert [] == [name for name in table if table[name] == "made" and name.split(".")[-1] != "id"]
    assert len(alternatives) in {0, 2}


@pytest.mark.parametrize("title", TABLES)
def test_a_closed_list_is_given_whole_and_has_no_other_word(title: str) -> None:
    described = members(TABLES[title])
    for name, (_, kind) in described.items():
        words = {word for one in parts(kind) if isinstance(one, LiteralType) for word in one.values}
        if words:
            listed = _listed(title, name)
            assert words - {"undisclosed"} <= listed, name
            assert listed <= words | described.keys(), name


def _listed(title: str, name: str) -> set[str]:
    """The words in a member's row, in the list below its table, and in the row that it links to."""
    row = rows(title)[name]
    below = re.findall(rf"^`{name}`: (.*?)\n\n", SECTIONS[title], flags=re.MULTILINE | re.DOTALL)
    words = set(re.findall(r"`\"?([A-Za-z_-]+)\"?`", _LINK.sub("", " ".join([row.shape, row.rule, *below]))))
    for other in SECTIONS:
        if other != title and f"(#{_anchor(other)})" in row.rule and name in rows(other):
            words |= _listed(other, name)
    return words


@pytest.mark.parametrize("title", TABLES)
def test_it_is_said_where_an_absence_may_stand(title: str) -> None:
    # A passage is shown as absent once it was redacted; nobody writes it so.
    kinds = {name: kind for name, (_, kind) in members(TABLES[title]).items() if name != "selector"}

    assert [name for name, kind in kinds.items() if any(_is_absence(one) for one in parts(kind))] == [
        name for name in kinds if "absence" in rows(title)[name].shape
    ]


def _is_absence(kind: msgspec.inspect.Type) -> bool:
    return isinstance(kind, StructType) and kind.cls is Absent


def test_there_is_a_section_for_every_command_and_for_nothing_else() -> None:
    assert set(COMMANDS) == {title for title in SECTIONS if f"### `{title}`\n" in PAGE}
    assert [] == [op for op in COMMANDS if not examples(op)]
    assert [] == [op for op in COMMANDS if any(f'"op": "{op}"' not in line for line in _fenced(op))]


def _fenced(op: str) -> list[str]:
    return re.findall(r"^\{.*\}$", SECTIONS[op], flags=re.MULTILINE)


@pytest.mark.parametrize("op", COMMANDS)
def test_what_is_required_has_to_be_there_and_what_is_not_may_be_left_out(op: str) -> None:
    table = rows(op)
    for example in examples(op):
        for name in example.keys() & table.keys():
            rest = {key: value for key, value in example.items() if key not in {name, "key"}}
            if table[name].required == "yes" or (table[name].required == "one" and op == "capture-snapshot"):
                with pytest.raises(InvalidError):
                    read_command(rest, SequentialIds())
            else:
                read_command(rest, SequentialIds())


@pytest.mark.parametrize("op", COMMANDS)
def test_every_id_that_is_said_to_be_made_may_be_left_out(op: str) -> None:
    for example in examples(op):
        example.pop("key", None)
        read_command(_without_ids(example), SequentialIds())


def _without_ids(value: Json) -> Json:
    if isinstance(value, list):
        return [_without_ids(one) for one in value]
    if isinstance(value, dict):
        return {key: _without_ids(one) for key, one in value.items() if key != "id"}
    return value


def test_of_alternatives_one_is_given_and_not_two_or_none(tmp_path: Path) -> None:
    lines: list[bytes] = []
    for op in COMMANDS:
        alternatives = {name: "eA==" for name, row in rows(op).items() if row.required == "one"}
        for example in examples(op) if alternatives else []:
            rest = {key: value for key, value in example.items() if key not in alternatives}
            lines += [json.dumps(rest).encode(), json.dumps(rest | alternatives).encode()]
    with open_for_rehearsal(tmp_path / "none.ledger") as opened:
        given = list(answers(lines, opened.writer, opened.ids, Caller(actor="desk")))

    assert len(given) == 8
    assert {"one of the two"} == {re.findall("one of the two$", str(one.refused))[0] for one in given}


def test_the_story_is_recorded_as_it_stands(recorded: tuple[list[LineAnswer], Path]) -> None:
    refused = [(one.line, problem(one.refused)) for one in recorded[0] if one.refused is not None]

    assert [] == refused
    assert len(STORY) == len(recorded[0])
    assert [] == [
        one.line for one in recorded[0] if one.receipt is None or one.receipt.quiet or one.receipt.replayed
    ]


def test_after_the_redaction_of_the_story_the_name_is_nowhere(
    recorded: tuple[list[LineAnswer], Path],
) -> None:
    files = [path for path in recorded[1].rglob("*") if path.is_file()]

    assert any(NAME_OF_PERSON in line for line in STORY)
    assert files
    assert [] == [path.name for path in files if NAME_OF_PERSON.encode() in path.read_bytes()]


def _forms(title: str) -> list[str]:
    lines = re.findall(r"^\| (`[\"{].*?`) \|", SECTIONS[title], flags=re.MULTILINE)
    return [form for line in lines for form in re.findall(r"`([^`]+)`", line)]


@pytest.mark.parametrize("form", _forms("occurred"))
def test_every_form_of_occurred_is_read(form: str) -> None:
    resolve_when(read_when(json.loads(form), field=""), zone="Europe/Dublin", field="")


@pytest.mark.parametrize("form", _forms("published"))
def test_every_form_of_published_is_read(form: str) -> None:
    given = {"op": "register-source", "kind": "post", "title": "A post", "published": json.loads(form)}

    read_command(given, SequentialIds())


def test_what_is_said_of_published_is_all_that_is_read() -> None:
    with pytest.raises(InvalidError, match="known are") as refused:
        read_published({"else": "x"}, field="")

    assert refused.value.rule.partition("known are ")[2].split(", ") == list(rows("published"))


def _answer_rows(title: str) -> list[str]:
    return re.findall(r"^\| `(\w+)` \| [^|]* \|$", SECTIONS[title], flags=re.MULTILINE)


def test_the_answers_have_the_members_that_are_described() -> None:
    stale = StaleError("fact", expected=1, current=2)
    quotation = QuotationError("not there", nearest=("there",), field="/citations/0/selector")

    assert ["line", *Receipt.__struct_fields__] == _answer_rows("Receipt")
    assert list(problem(quotation) | problem(stale)) == _answer_rows("Refusal")


def test_the_codes_of_refusals_are_those_of_the_errors() -> None:
    codes = {error.code for error in RefusedError.__subclasses__()}

    assert codes == set(re.findall(r"^\| `(\w+)` \|", SECTIONS["What is refused"], flags=re.MULTILINE))


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ("A line", f"1 to {_MAX_KEY} characters"),
        ("A line", f"at most {MAX_DEPTH} levels"),
        ("A line", f"at most {LINE_LIMIT // 1024**2} MiB"),
        ("A line", f"1 to {TEXT_LIMIT:,} characters"),
        ("A line", f"at most {MAX_REASON:,}."),
        ("register-source", f"At most {description.MAX_TITLE:,} characters;"),
        ("register-source", f"At most {description.MAX_AUTHORS}."),
        ("register-source", f"password. At most {description.MAX_URL:,} characters."),
        ("register-source", f"at most {description.MAX_CSL_BYTES:,} bytes"),
        (
            "register-source",
            " or ".join(", ".join(f"`{one}:`" for one in description.SCHEMES).rsplit(", ", 1)),
        ),
        ("capture-snapshot", f"at most {description.MAX_URLS}."),
        ("record-notice", f"1 to {sourcing.MAX_PASSAGES}."),
        ("open-incident", f"at most {reporting.MAX_TITLE:,} characters"),
        ("report-fact", f"At most {MAX_ITEMS};"),
        ("report-fact", f"1 to {cited.MAX_CITATIONS},"),
        ("redact", f"at most {redacting.MAX_PATHS}."),
        ("redact", f"at most {redacting.MAX_GROUND} characters"),
        ("Citation", f"at most {cited.MAX_SELECTORS}."),
        ("occurred", f"At most {MAX_RELATIONS}."),
        ("Quantity", f"at most {MAX_DIGITS} of them"),
    ],
)
def test_a_limit_is_the_limit(section: str, said: str) -> None:
    assert said in " ".join(SECTIONS[section].split())


def _anchor(title: str) -> str:
    return title.strip("`").lower().replace(" ", "-")


def test_every_link_within_the_page_leads_to_a_heading() -> None:
    links = set(_LINK.findall(PAGE))

    assert links
    assert set() == links - {_anchor(title) for title in SECTIONS}


def test_no_line_outside_the_examples_is_wider_than_a_screen() -> None:
    assert [] == [line for line in PAGE.splitlines() if len(line) > 140 and not line.startswith("{")]
