"""The amendment check: a change of wording that cannot change what is said (model §2).

An amendment is the one act that changes a statement without new evidence, and it is kept off the list of
corrections. So it may only mend what nobody could have meant. What is refused here costs little: a correction
of class `wording` says the same openly. In doubt, this file refuses.

What passes, with the number of words as it was:

* A slip of the pen. The old word is none: neither known, nor made of known parts. The new word is known, with
this very capital, and it is the only known word so near to the old one. Both have at least four letters and
the same first one, and lie within two slips (`spelling.slips_between`). This is what tells "recieved" →
"received" from "shot" → "shut": where both are words, each says something, and where neither is, nothing can
be shown. "shoting" is refused, too: it may have been meant to be "shooting" or "shouting". * A capital at the
very beginning; elsewhere only on a word that is known with its capital and not without it ("cleveland", but
not "march"). * Typography: curly or straight quotation marks and apostrophes, dashes for dashes, the width of
blanks, composed or decomposed letters, the full stop at the very end. Any other punctuation can change what
belongs to what, and so can a hyphen.

What never passes, even as a slip of the pen: a number, a number word, a negation or a negating prefix,
anything within two slips of a participant's name, the end of a possessive.

The list of words is English. In a text of another language no slip can be shown, so all but typography is
refused. This file knows no facts: which texts are wording, and whose names count, is said to it.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, TypeAlias

from ledger.decisions.spelling import is_listed, is_negated, may_be_word, may_mean, slips_between
from ledger.errors import RuleError

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = ["MAX_MENDED", "check_wording"]

_Fault: TypeAlias = tuple[str, str]

MAX_MENDED = 10
"""More words than this are not mended but rewritten."""
_FEWEST_LETTERS = 4
_MOST_SLIPS = 2
_SHOWN = 40

_WORD = re.compile(r"[^\W_]+(?:['-][^\W_]+)*")
_BLANKS = re.compile(r"\s+")
_MARKS = str.maketrans(
    dict.fromkeys("\u2018\u2019\u201a\u201b\u02bc", "'")
    | dict.fromkeys("\u201c\u201d\u201e\u201f", '"')
    | dict.fromkeys("\u2010\u2011", "-")
    | {"\u2026": "..."}
)
_DASHES = str.maketrans(dict.fromkeys("\u2012\u2013\u2014\u2015\u2212", "-"))

_OF_NUMBER = """
zero nought nil one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred hundreds
thousand thousands million millions billion billions trillion trillions dozen dozens score scores couple
pair pairs trio first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth
fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth thirtieth fortieth fiftieth
sixtieth seventieth eightieth ninetieth hundredth thousandth millionth half halves quarter quarters thirds
fourths fifths sixths eighths tenths twenties thirties forties fifties sixties seventies eighties nineties
teens once twice thrice single double triple quadruple twin twins both all any each every few fewer fewest
least less many more most several some
"""
_OF_NEGATION = """
no not never none nor neither nobody nothing nowhere without cannot hardly barely scarcely seldom rarely
unless except deny denies denied denying denial denials refuse refuses refused refusing refusal fail fails
failed failing failure lack lacks lacked lacking decline declines declined declining reject rejects rejected
rejecting dispute disputes disputed disputing contradict contradicts contradicted contradicting aint arent
cant couldnt didnt doesnt dont hadnt hasnt havent isnt mustnt neednt shouldnt wasnt werent wont wouldnt
"""
_NUMBER_WORDS = frozenset(_OF_NUMBER.split())
_NEGATIONS = frozenset(_OF_NEGATION.split())


def check_wording(before: str, after: str, *, names: Collection[str], field: str) -> None:
    """Refuse a change of wording by which the meaning could change; the rules stand at the top of this file.

    `names` are those of the fact's participants, each a whole name. Raises RuleError with `field`:
    "nothing-changes", or "amendment-changes-meaning" with a sentence that says which word, why, and what
    class of correction to record instead.
    """
    if before == after:
        raise RuleError(
            "nothing-changes", "the words already stand so; an amendment changes some", field=field
        )
    old_words, old_gaps = _read(before)
    new_words, new_gaps = _read(after)
    if len(old_words) != len(new_words):
        raise _refusal(
            f"the text has {len(old_words)} words and would have {len(new_words)}", "wording", field
        )
    changed = [
        (old, new, at == 0)
        for at, (old, new) in enumerate(zip(old_words, new_words, strict=True))
        if old != new
    ]
    if len(set(changed)) > MAX_MENDED:
        raise _refusal(f"more than {MAX_MENDED} words change, which is another text", "wording", field)
    parts_of_names = {part.casefold() for name in names for word in _read(name)[0] for part in _parts(word)}
    for old, new, is_first in dict.fromkeys(changed):
        fault = _fault(old, new, parts_of_names, is_first=is_first)
        if fault:
            why, class_ = fault
            raise _refusal(f"{_show(old)} would become {_show(new)}: {why}", class_, field)
    for at, (old, new) in enumerate(zip(old_gaps, new_gaps, strict=True)):
        if old != new:
            place = f"after {_show(old_words[at - 1])}" if at else "at the beginning"
            raise _refusal(
                f"the punctuation {place} changes, and with it what belongs to what", "wording", field
            )


def _read(text: str) -> tuple[list[str], list[str]]:
    """The words of `text`, and what stands around each of them, both without differences of typography."""
    plain = unicodedata.normalize("NFC", text).translate(_MARKS)
    gaps = [_BLANKS.sub(" ", gap.translate(_DASHES)) for gap in _WORD.split(plain)]
    gaps[0] = gaps[0].lstrip()
    gaps[-1] = gaps[-1].rstrip().removesuffix(".")
    return _WORD.findall(plain), gaps


def _parts(word: str) -> list[str]:
    return word.removesuffix("'s").split("-")


def _fault(old: str, new: str, names: set[str], *, is_first: bool) -> _Fault | None:
    """Why `old` must not become `new`, and the class of correction that may; None for a slip of the pen."""
    fault = _forbidden(old, new, names)
    if fault:
        return fault
    if old.casefold() == new.casefold():
        return _fault_of_capitals(old, new, is_first=is_first)
    return _fault_of_spelling(old, new)


def _forbidden(old: str, new: str, names: set[str]) -> _Fault | None:
    parts = {part.casefold() for word in (old, new) for part in _parts(word)}
    if any(char.isnumeric() for char in old + new) or not parts.isdisjoint(_NUMBER_WORDS):
        return "numbers and words of number are never amended", "wrong-number"
    if any(part in _NEGATIONS or part.endswith("n't") for part in parts):
        return "negations are never amended", "wording"
    if is_negated(old.casefold(), new.casefold()) or is_negated(new.casefold(), old.casefold()):
        return "a negating prefix would come or go", "wording"
    if any(slips_between(part, name) <= _MOST_SLIPS for part in parts for name in names):
        return "it is, or is close to, part of a participant's name", "wrong-person"
    return None


def _fault_of_capitals(old: str, new: str, *, is_first: bool) -> _Fault | None:
    if is_first and new == old[:1].upper() + old[1:]:
        return None
    name = new.removesuffix("'s")
    if is_listed(name) and new.lower() == old and not is_listed(name.lower()):
        return None
    return "a capital can make a name of a word, or a word of a name", "wording"


def _fault_of_spelling(old: str, new: str) -> _Fault | None:
    if old.endswith("'s") != new.endswith("'s"):
        return "a possessive would come or go", "wording"
    old_parts, new_parts = _parts(old), _parts(new)
    if len(old_parts) != len(new_parts):
        return "a hyphen would come or go", "wording"
    faults = (_fault_of_slip(*pair) for pair in zip(old_parts, new_parts, strict=True) if pair[0] != pair[1])
    return next((fault for fault in faults if fault), None)


def _fault_of_slip(old: str, new: str) -> _Fault | None:
    if min(sum(map(str.isalpha, word)) for word in (old, new)) < _FEWEST_LETTERS:
        return (
            f"a word of fewer than {_FEWEST_LETTERS} letters is too short to show that it is a slip",
            "wording",
        )
    if old[0].isupper() != new[0].isupper() or not (old[1:].islower() and new[1:].islower()):
        return "its capitals could make it a name or an abbreviation", "wording"
    if may_be_word(old.lower()):
        return f"{_show(old)} is a word, or could be one, and says something itself", "wording"
    if not is_listed(new):
        return (
            f"{_show(new)} is not a word known to the ledger, so it cannot be shown to be what was meant",
            "wording",
        )
    slips = slips_between(old.lower(), new.lower())
    if slips > _MOST_SLIPS:
        return f"it differs by more than {_MOST_SLIPS} slips of the pen, or by its first letter", "wording"
    others = sorted(may_mean(old.lower(), slips) - {new.lower()})
    return (f"{_show(others[0])} may have been meant just as well", "wording") if others else None


def _show(word: str) -> str:
    return f'"{word}"' if len(word) <= _SHOWN else f'"{word[:_SHOWN]}…"'


def _refusal(why: str, class_: str, field: str) -> RuleError:
    return RuleError(
        "amendment-changes-meaning",
        f"an amendment must not change what is said, and this could: {why}; record a correction instead"
        f" (class {class_}, or the one that fits)",
        field=field,
    )
