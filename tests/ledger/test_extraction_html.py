"""HTML to text: what a reader of the page finds, in order, and the same for ever."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.citation import TextPositionSelector
from ledger.extraction.html import text_of
from ledger.quotation import find_quotation


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("<p>Two <b>wo</b>men were\n  <i> hurt</i>.</p>", "Two women were hurt."),
        ("<div>a<div>b</div>c</div>", "a\nb\nc"),
        ("<p>a<p>b<h1>c</h1>d", "a\nb\nc\nd"),
        ("<p>a</p>\n\n  <p> b </p>", "a\nb"),
        ("a<br>b<br><br>c<br>", "a\nb\n\nc\n"),
        ("<p>a<br></p><p>b", "a\nb"),
        ("<ul><li>a</li><li><p>b</p></li></ul>", "a\nb"),
        ("<pre>\n  a\n\tb  </pre>c", "  a\n\tb  \nc"),
        ("<p>x</p><pre>a\n</pre><p>b", "x\na\nb"),
        ("<p>say <textarea>\n a  b</textarea> so", "say  a  b so"),
        ("<table><tr><td>a</td> <td> b</td></tr><tr><td></td><td>c<td>d", "a\tb\nc\td"),
        ("a&amp;b &lt;c&gt; &#233;&eacute; &nbsp; d", "a&b <c> éé \xa0 d"),
        ("soft&shy;hyphen &#64257;re", "soft\u00adhyphen \ufb01re"),
        ("a &#0; b &#xD800;", "a \ufffd b \ufffd"),
        ("<title>t</title><style>s</style><script>x()</script><p>a", "a"),
        ("<p>a<template><p>t</template><noscript>n</noscript><iframe>i</iframe>b", "ab"),
        ("<p>a<video>v</video><object>o</object><canvas>c</canvas>b", "ab"),
        ("<p>a<img alt='not on the page' src=x>b", "ab"),
        ("<p>a<span hidden>h<b>i</b></span>b<p hidden='until-found'>c", "ab\nc"),
        ("<p>a<!-- c -->b<?pi x?>c<![CDATA[d]]>", "abc"),
        ("<svg><title>no</title><text>label</text></svg>", "label"),
        ("<p>1<sup>st</sup> May<wbr>be", "1st Maybe"),
        ("<p>a <b> b </b> c", "a b c"),
        ("a<hr>b", "a\nb"),
        ("&lt;script&gt;x&lt;/script&gt;", "<script>x</script>"),
        ("<html><body>", ""),
        ("", ""),
        ("<b>x</b", "x"),
        ("<plaintext>a <b>b</plaintext>", "a <b>b</plaintext>"),
        ("<dl><dt>a<dd>b</dl><details><summary>s</summary>d</details>", "a\nb\ns\nd"),
    ],
    ids=range(30),
)
def test_a_page_is_read_as_a_reader_without_scripts_reads_it(page: str, text: str) -> None:
    assert text == text_of(page)


def test_a_quotation_that_spans_tags_is_found_where_it_stands() -> None:
    text = text_of("<p>He was <em>drag</em>ged\n about <a href=x>15 feet</a>, she said.</p>")
    match = find_quotation(text, exact="dragged about 15 feet", field="/selector")

    assert "dragged about 15 feet" == text[match.start : match.end]


@pytest.mark.parametrize("tag", ["span", "section><a", "font", "b", "table><td"])
def test_deep_nesting_is_walked_without_a_stack(tag: str) -> None:
    assert text_of(f"<{tag}>" * 3_000 + "x").endswith("x")


def test_a_hundred_thousand_elements_inside_each_other_are_walked() -> None:
    assert "x" == text_of("<span>" * 100_000 + "x")


_PARTS = st.sampled_from(
    [
        "<p>",
        "</p>",
        "<b>",
        "</b>",
        "<pre>",
        "</pre>",
        "<br>",
        "<td>",
        "<table>",
        "</div>",
        "<li>",
        "<svg>",
        "<!--",
        "-->",
        "<script>",
        "</script>",
        "<",
        "&",
        "a",
        "Zoë",
        "😀",
        "&amp;",
        "&#0;",
        "<div hidden>",
        "\u0301",
        "\x00",
        "\u2028",
        " ",
        "\n",
        "\t",
    ]
)


@given(st.lists(_PARTS, max_size=40).map("".join))
def test_every_page_gives_the_same_text_again_and_every_position_of_it_resolves(page: str) -> None:
    text = text_of(page)

    assert text == text_of(page)
    assert text == text.encode().decode()
    assert "\x00" not in text
    for start, character in enumerate(text):
        end = TextPositionSelector(start=start, end=start + 1).end
        assert character == text[start:end]
