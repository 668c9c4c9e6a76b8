"""The words of an HTML page in the order of the document, as a reader without style sheets and scripts finds them.

Elements that are blocks end a line, white space is collapsed as CSS normal flow does, `pre` and its like keep theirs, cells of a row
are parted by a tab. Left out is what the HTML Standard hides (§15.3.1), what only a script or another program shows, and the
element of an attribute `hidden`. Change anything here and VERSION changes: positions count the characters of this text (ADR 11).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from selectolax.lexbor import LexborHTMLParser, SelectolaxError

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

__all__ = ["text_of"]

_HIDDEN: Final = frozenset(
    """area audio base basefont canvas datalist defs desc embed head iframe link meta metadata noembed noframes noscript object
    param rp script source style template title track video""".split()  # noqa: SIM905  names are read as a sentence, not one to a line
)
_BLOCKS: Final = frozenset(
    """address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption figure footer form
    h1 h2 h3 h4 h5 h6 header hgroup hr html legend li listing main menu nav ol optgroup option p plaintext pre search section
    summary table tbody tfoot thead tr ul xmp""".split()  # noqa: SIM905  as above
)
_KEPT: Final = frozenset({"listing", "plaintext", "pre", "textarea", "xmp"})
_CELLS: Final = frozenset({"td", "th"})
_BLANKS: Final = re.compile(r"[ \t\n\f\r]+")


class _Lines:
    """Gathers the text, and remembers what has to stand before the next words."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self._at_start = True
        self._line_ended = False
        self._blank = False

    def _begin(self) -> None:
        if self._line_ended:
            self.parts.append("\n")
        elif self._blank and not self._at_start:
            self.parts.append(" ")
        self._line_ended = self._blank = self._at_start = False

    def words(self, text: str) -> None:
        """Text in which white space is only what parts words."""
        folded = _BLANKS.sub(" ", text)
        core = folded.strip(" ")
        if core:
            self._blank = self._blank or folded[0] == " "
            self._begin()
            self.parts.append(core)
        self._blank = self._blank or folded.endswith(" ")

    def kept(self, text: str) -> None:
        """Text of which every character is kept."""
        if text:
            self._begin()
            self.parts.append(text)
            self._at_start = text.endswith("\n")

    def block(self) -> None:
        """The edge of a block: what comes next begins a line, unless this one is still empty."""
        self._blank = False
        self._line_ended = not self._at_start

    def line_break(self) -> None:
        """A line break that the page asks for, also after another."""
        self._blank = False
        self._begin()
        self.parts.append("\n")
        self._at_start = True

    def cell(self) -> None:
        """The next cell of a row; the first one needs no tab."""
        if not self._at_start and not self._line_ended:
            self.parts.append("\t")
            self._blank = False
            self._at_start = True


def _is_hidden(node: LexborNode, tag: str) -> bool:
    if tag in _HIDDEN:
        return True
    attributes = node.attributes
    # until-found: the page hides it and lets a search find it (HTML Standard §6.1).
    return "hidden" in attributes and (attributes["hidden"] or "").lower() != "until-found"


def text_of(page: str) -> str:
    """The text of a page. The walk is a loop: a page may be nested deeper than any stack.

    Raises MemoryError where the library runs out of memory: there is nothing else in a page that it could not read.
    """
    walk = _Walk()
    try:
        node = LexborHTMLParser(page).root
    except SelectolaxError as error:
        raise MemoryError from error
    while node is not None:
        node = walk.enter(node) or walk.after(node)
    return "".join(walk.lines.parts).replace("\x00", "\ufffd")


class _Walk:
    """What a node adds to the lines, on the way in and on the way out."""

    def __init__(self) -> None:
        self.lines = _Lines()
        self._kept = 0

    def enter(self, node: LexborNode) -> LexborNode | None:
        """Add the node, and give its first child if that is to be walked."""
        if node.is_text_node:
            (self.lines.kept if self._kept else self.lines.words)(node.text_content or "")
            return None
        tag = node.tag or ""
        if not node.is_element_node or _is_hidden(node, tag):
            return None
        if tag == "br":
            self.lines.line_break()
        elif tag in _CELLS:
            self.lines.cell()
        elif tag in _BLOCKS:
            self.lines.block()
        inside = node.first_child
        if inside is None:
            if tag in _BLOCKS:
                self.lines.block()
        else:
            self._kept += tag in _KEPT
        return inside

    def after(self, node: LexborNode) -> LexborNode | None:
        """The node that comes next when one is done, closing every element that ends there."""
        done: LexborNode | None = node
        while done is not None:
            if done.next is not None:
                return done.next
            done = done.parent
            if done is not None and done.is_element_node:
                self._kept -= done.tag in _KEPT
                if done.tag in _BLOCKS:
                    self.lines.block()
        return None
