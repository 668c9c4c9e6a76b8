"""The amendment check as a table: which change passes, and why each of the others is a correction."""

from __future__ import annotations

import pytest

from ledger.decisions.wording import MAX_MENDED, check_wording
from ledger.errors import RuleError

NAMES = ["Jane Whitfield-Moore", "Ali Rezaeian", "Muñoz"]

SLIPS = [
    ("The driver recieved a wound.", "The driver received a wound.", "two letters swapped"),
    ("An ambulence came.", "An ambulance came.", "a vowel for a vowel"),
    ("In Clevland he stopped.", "In Cleveland he stopped.", "a place, its letter dropped (scenario 9)"),
    ("He was arested.", "He was arrested.", "a double letter written once"),
    ("It occured at night.", "It occurred at night.", "a double letter before an ending"),
    ("The wittness left.", "The witness left.", "a single letter written twice"),
    ("The vehical stood there.", "The vehicle stood there.", "two slips"),
    ("It was unarmd resistance.", "It was unarmed resistance.", "the negating prefix stood before and stays"),
    ("The sherrif's car", "The sheriff's car", "before a possessive"),
    ("an eye-wittness report", "an eye-witness report", "a part of a compound"),
    ("Polcie arrived.", "Police arrived.", "a word known with a capital"),
    ("Assualt, then a burnning car", "Assualt, then a burning car", "one word of two that are misspelt"),
    ("the hosptial and the hosptial staff", "the hospital and the hospital staff", "one slip made twice"),
    ("the officer stopped", "The officer stopped", "a capital at the very beginning"),
    ("near cleveland", "near Cleveland", "the capital of a name that is no other word"),
    ("'Stop,' he said", "‘Stop,’ he said", "single quotation marks"),
    ('He said "stop" - twice', "He said “stop” – twice", "quotation marks and dashes"),
    ("the driver's side", "the driver’s side", "an apostrophe"),
    ("He ran.  Then he fell", "He ran. Then he fell", "the width of blanks"),
    ("He ran...", "He ran…", "an ellipsis"),
    ("He ran", "He ran.", "the full stop at the very end"),
    (" He ran.\n", "He ran.", "blanks around the whole"),
    ("“He ran” \n", "“He ran”", "blanks at the very end"),
    ("a re\u2010entry", "a re-entry", "one hyphen for another"),
    ("at the cafe\u0301", "at the caf\u00e9", "one letter composed in two ways"),
]

CORRECTIONS = [
    # Both are words, and each says something.
    ("He was shot.", "He was shut.", '"shot" is a word'),
    ("He was killed.", "He was filled.", '"killed" is a word'),
    ("He was armed.", "He was aimed.", '"armed" is a word'),
    ("She was charged.", "She was changed.", '"charged" is a word'),
    ("She was released.", "She was relieved.", '"released" is a word'),
    ("The officer was dragged.", "The officer was drugged.", '"dragged" is a word'),
    ("a casual remark", "a causal remark", '"casual" is a word'),
    ("The officer fell.", "The officers fell.", '"officer" is a word'),
    ("He walks away.", "He walked away.", '"walks" is a word'),
    ("They were protestors.", "They were protesters.", '"protestors" is a word'),
    ("a police boot", "a police boat", '"boot" is a word'),
    ("He overspoke there.", "He overspike there.", '"overspoke" is a word'),
    ("a truckstation", "a truck-station", "a hyphen would come or go"),
    # The old word is none, yet what was meant cannot be shown.
    ("The shoting began.", "The shooting began.", '"shouting" may have been meant'),
    ("He walkd away.", "He walked away.", '"walk" may have been meant'),
    ("An officr came.", "The officers came.", "fewer than 4 letters"),
    ("The officr came.", "The officers came.", '"offer" may have been meant'),
    ("The kar left.", "The car left.", "fewer than 4 letters"),
    ("Teh car left.", "The car left.", "fewer than 4 letters"),
    ("He was hit.", "He was hid.", "fewer than 4 letters"),
    ("The wehicle left.", "The vehicle left.", "by its first letter"),
    ("The vehxxcle left.", "The vehicle left.", "more than 2 slips"),
    ("El oficial disparo.", "El oficial disparó.", '"disparó" is not a word known'),
    ("Ein Polizst kam.", "Ein Polizist kam.", '"Polizist" is not a word known'),
    ("a xyzzed thing", "a xyzzled thing", '"xyzzled" is not a word known'),
    # Numbers.
    ("about 15 feet", "about 16 feet", "numbers and words of number"),
    ("two officers", "ten officers", "numbers and words of number"),
    ("fiften feet", "fifteen feet", "numbers and words of number"),
    ("the frist shot", "the first shot", "numbers and words of number"),
    ("twenty-five shots", "twenty-nine shots", "numbers and words of number"),
    ("a douzen shots", "a dozen shots", "numbers and words of number"),
    ("the M4 rifle", "the M5 rifle", "numbers and words of number"),
    ("½ mile", "¼ mile", "numbers and words of number"),
    ("1,500 people", "1.500 people", "the punctuation after"),
    ("sevral people", "several people", "numbers and words of number"),
    # Negations.
    ("He did not fire.", "He did now fire.", "negations are never amended"),
    ("He was nevr armed.", "He was never armed.", "negations are never amended"),
    ("They denyed it.", "They denied it.", "negations are never amended"),
    ("He dont know.", "He don't know.", "negations are never amended"),
    ("He couldn't see.", "He could see.", "negations are never amended"),
    ("withot a warrant", "without a warrant", "negations are never amended"),
    ("He was armed.", "He was unarmed.", "a negating prefix would come or go"),
    ("He was uarmed.", "He was unarmed.", "a negating prefix would come or go"),
    ("a inlawful order", "a lawful order", "a negating prefix would come or go"),
    # Names.
    ("Ms Whitfeld fell.", "Ms Whitfield fell.", "a participant's name"),
    ("Whitfield fell.", "whitfield fell.", "a participant's name"),
    ("Ms Moor's car", "Ms Moore's car", "a participant's name"),
    ("Mr Rezaian fell.", "Mr Rezaeian fell.", "a participant's name"),
    ("Mr Munoz fell.", "Mr Muñoz fell.", "a participant's name"),
    ("Mr Jonson fell.", "Mr Johnson fell.", '"Jonson" is a word'),
    ("Mr Smiht fell.", "Mr Smith fell.", '"Smith" is not a word known'),
    ("Mr Bakar fell.", "Mr Baker fell.", '"Baker" is not a word known'),
    # Places.
    ("at Cleveland St", "at Cleveland Ave", "fewer than 4 letters"),
    ("at Cleveland Street", "at Cleveland Avenue", '"Street" is a word'),
    ("in Charlestown", "in Charleston", '"Charlestown" is a word'),
    ("in Austria", "in Australia", '"Austria" is a word'),
    ("in Texs", "in Texas", '"texts" may have been meant'),
    # Capitals, punctuation, number of words.
    ("they march on", "they March on", "a capital can make a name"),
    ("The Polish flag", "The polish flag", "a capital can make a name"),
    ("near CLEVELAND", "near Cleveland", "a capital can make a name"),
    ("It told us so.", "It told US so.", "a capital can make a name"),
    ("the Wittness", "the witness", "its capitals could make it a name"),
    ("the SHERRIF", "the SHERIFF", "its capitals could make it a name"),
    ("the officers car", "the officer's car", "a possessive would come or go"),
    ("the reentry of it", "the re-entry of it", "a hyphen would come or go"),
    ("He shot, the officer said.", "He shot the officer, said.", 'the punctuation after "shot"'),
    ("He ran.", "He ran?", 'the punctuation after "ran"'),
    ("$500 and more", "€500 and more", "the punctuation at the beginning"),
    ("He fell", "\u202eHe fell", "the punctuation at the beginning"),
    ("the of\u00adficer", "the officer", "the text has 3 words and would have 2"),
    ("The man hit the officer.", "The man was hit by the officer.", "the text has 5 words and would have 7"),
    ("man bites dog", "dog bites man", "fewer than 4 letters"),
]


def refusal(before: str, after: str, *, names: list[str]) -> RuleError:
    with pytest.raises(RuleError) as caught:
        check_wording(before, after, names=names, field="/set/statement")
    assert "/set/statement" == caught.value.field
    return caught.value


@pytest.mark.parametrize(("before", "after"), [pytest.param(*row[:2], id=row[2]) for row in SLIPS])
def test_what_nobody_can_have_meant_is_mended(before: str, after: str) -> None:
    check_wording(before, after, names=NAMES, field="/set/statement")


@pytest.mark.parametrize(
    ("before", "after", "why"), CORRECTIONS, ids=[f"{row[0]} → {row[1]}" for row in CORRECTIONS]
)
def test_what_could_change_the_meaning_is_a_correction(before: str, after: str, why: str) -> None:
    error = refusal(before, after, names=NAMES)
    assert "amendment-changes-meaning" == error.rule
    assert error.message.startswith("an amendment must not change what is said, and this could: ")
    assert why in error.message


@pytest.mark.parametrize(
    ("before", "after", "class_"),
    [
        ("two officers", "ten officers", "wrong-number"),
        ("Ms Moor", "Ms Moore", "wrong-person"),
        ("He was shot.", "He was shut.", "wording"),
    ],
)
def test_a_refusal_names_the_class_of_correction(before: str, after: str, class_: str) -> None:
    assert f"(class {class_}, or the one that fits)" in refusal(before, after, names=NAMES).message


def test_the_same_words_are_no_amendment() -> None:
    assert "nothing-changes" == refusal("The same.", "The same.", names=[]).rule


def test_a_slip_near_a_name_of_a_participant_is_left_alone() -> None:
    check_wording("a bulding there", "a building there", names=["Jane Moore"], field="")
    for name in ("Jane Bulding", "Building", "O. Boulding-Smith", "BULDING"):
        assert "a participant's name" in refusal("a bulding there", "a building there", names=[name]).message


def test_ten_words_are_mended_and_an_eleventh_is_another_text() -> None:
    old = [
        "recieved",
        "occured",
        "wittness",
        "arested",
        "vehical",
        "ambulence",
        "hosptial",
        "seperate",
        "goverment",
        "accross",
        "nerby",
    ]
    new = [
        "received",
        "occurred",
        "witness",
        "arrested",
        "vehicle",
        "ambulance",
        "hospital",
        "separate",
        "government",
        "across",
        "nearby",
    ]
    assert 11 == len(old) == MAX_MENDED + 1
    check_wording(" ".join(old), " ".join([*new[:10], old[10]]), names=[], field="")
    assert "more than 10 words change" in refusal(" ".join(old), " ".join(new), names=[]).message
    check_wording("recieved " * 50, "received " * 50, names=[], field="")


def test_a_word_of_sixty_thousand_letters_is_refused_at_once_and_shown_short() -> None:
    error = refusal("a" * 60_000, "a" * 60_001, names=["a" * 59_999])
    assert len(error.message) < 400


def test_texts_without_a_word_are_compared_by_their_marks() -> None:
    check_wording("“…”", '"..."', names=[], field="")
    assert "the punctuation at the beginning" in refusal("!", "?", names=[]).message
