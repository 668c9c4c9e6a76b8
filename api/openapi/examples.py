"""An example of every operation: one small story, told in the order in which it can be sent to a ledger that is new.

The OpenAPI document shows them, and a test sends them.
"""

from __future__ import annotations

import hashlib

import msgspec

from ledger.values import Json

__all__ = ["EXAMPLES", "Example"]

_TEXT = "A tram struck a delivery van at Quay Cross at about 8 a.m. The van was pushed about 20 metres, police said.\n"
SNAPSHOT = hashlib.sha256(_TEXT.encode()).hexdigest()

_FACT = {"incident": "quay-cross", "fact": "pushed"}


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """What is sent to one operation: names of the path, the query, and the body with its type."""

    path: dict[str, Json] = {}
    query: dict[str, Json] = {}
    body: Json = None
    media_type: str = "application/json"


def _citation(ident: str) -> dict[str, Json]:
    return {
        "id": ident,
        "source": "courier",
        "snapshot": f"sha256:{SNAPSHOT}",
        "selector": {"type": "TextQuoteSelector", "exact": "pushed about 20 metres"},
        "speaker": {"id": "police", "capacity": "police"},
    }


EXAMPLES: dict[str, Example] = {
    "register-source": Example(
        body={
            "id": "courier",
            "kind": "article",
            "title": "Tram hits van at Quay Cross",
            "publisher": "The Courier",
            "url": "https://courier.example/tram",
            "published": "2021-05-07T11:00:00+01:00",
        }
    ),
    "capture-snapshot": Example(
        path={"source": "courier"},
        query={"url": "https://courier.example/tram", "captured_at": "2021-05-08T10:12:00Z"},
        body=_TEXT,
        media_type="text/plain",
    ),
    "open-incident": Example(
        body={"id": "quay-cross", "title": "Collision at Quay Cross", "zone": "Europe/London"}
    ),
    "report-fact": Example(
        path={"incident": "quay-cross"},
        body={
            "id": "pushed",
            "kind": "drag",
            "statement": "A tram puhsed a van about 20 metres at Quay Cross.",
            "occurred": "2021-05-07",
            "places": [{"id": "crossing", "as_stated": "Quay Cross"}],
            "participants": [{"id": "driver", "role": "driver", "as_described": "the driver of the van"}],
            "quantities": [
                {
                    "id": "distance",
                    "as_stated": "about 20 metres",
                    "value": "20",
                    "unit": "m",
                    "approximate": True,
                }
            ],
            "citations": [_citation("a1")],
        },
    ),
    "attest-fact": Example(
        path=_FACT, body={"id": "a2", "source": "courier", "speaker": {"id": "witness"}, "stance": "mentions"}
    ),
    "amend-fact": Example(
        path=_FACT,
        body={
            "set": {"statement": "A tram pushed a van about 20 metres at Quay Cross."},
            "reason": "A slip of the pen.",
        },
    ),
    "correct-fact": Example(
        path=_FACT,
        body={
            "kind": "drag",
            "statement": "A tram pushed a van about 25 metres at Quay Cross.",
            "occurred": "2021-05-07",
            "class": "wrong-number",
            "cause": "source-error",
            "reason": "The police gave another figure.",
            "notice": "An earlier version said 20 metres.",
            "citations": [{"id": "a3", "source": "courier", "speaker": {"id": "police"}}],
        },
    ),
    "withdraw-attestation": Example(
        path={**_FACT, "attestation": "a2"},
        body={"cause": "our-misreading", "reason": "The witness spoke of another van."},
    ),
    "dispute-fact": Example(
        path=_FACT, body={"by": "agency", "grounds": "The tramways say that it was less."}
    ),
    "resolve-dispute": Example(
        path={**_FACT, "dispute": 1},
        body={"outcome": "rejected", "reason": "The recording shows the distance."},
    ),
    "retract-fact": Example(
        path=_FACT, body={"cause": "source-error", "reason": "The courier withdrew its report."}
    ),
    "reinstate-fact": Example(
        path=_FACT, body={"cause": "our-misreading", "reason": "It withdrew another report."}
    ),
    "amend-incident": Example(
        path={"incident": "quay-cross"},
        body={"title": "Tram and van collide at Quay Cross", "reason": "Plainer."},
    ),
    "amend-source": Example(
        path={"source": "courier"}, body={"language": "en", "reason": "It was left out."}
    ),
    "record-notice": Example(
        path={"source": "courier"},
        body={
            "type": "clarification",
            "summary": "The van was empty.",
            "scope": "all",
            "published": "2021-05-08",
            "citation": {"id": "n1", "source": "courier"},
        },
    ),
    "batch": Example(
        query={"atomic": False},
        body='{"op": "register-source", "id": "wire", "kind": "article", "title": "Tram hits van", "key": "desk-0001"}\n',
        media_type="application/jsonl",
    ),
    "declare-lineage": Example(path={"source": "wire"}, body={"relation": "rewrites", "to": "courier"}),
    "revoke-lineage": Example(
        path={"source": "wire", "lineage": 1}, body={"reason": "It has a reporter of its own."}
    ),
    "register-kind": Example(
        body={
            "slug": "tram-delay",
            "version": 1,
            "label": "Delay of trams",
            "definition": "Trams ran late or not at all.",
            "schema": {
                "type": "object",
                "properties": {"line": {"type": "string"}},
                "additionalProperties": False,
            },
            "roles": ["operator"],
        }
    ),
    "redact": Example(
        body={
            "incident": "quay-cross",
            "facts": [{"fact": "pushed", "paths": ["notice"]}],
            "legal_basis": "Art. 17 GDPR",
            "authority": "the desk",
            "reason": "A court ordered it.",
        }
    ),
    "list-incidents": Example(query={"kind": "drag", "limit": 10}),
    "list-facts": Example(
        query={"source": "courier", "occurred_from": "2021-05-01T00:00:00Z", "overlap": "possible"}
    ),
    "list-corrections": Example(query={"format": "json"}),
    "read-worklist": Example(query={"incident": "quay-cross"}),
    "read-incident": Example(path={"incident": "quay-cross"}, query={"known_at": 4}),
    "read-timeline": Example(path={"incident": "quay-cross"}),
    "read-conflicts": Example(path={"incident": "quay-cross"}),
    "read-first-known": Example(path={"incident": "quay-cross"}),
    "read-audit": Example(path={"incident": "quay-cross"}, query={"fact": "pushed", "limit": 10}),
    "read-changes": Example(path={"incident": "quay-cross"}, query={"from": 5, "axis": "known"}),
    "replay-incident": Example(path={"incident": "quay-cross"}),
    "read-events": Example(path={"incident": "quay-cross"}),
    "read-fact": Example(path=_FACT, query={"public_at": "2021-05-07T12:00:00Z"}),
    "read-lineage": Example(path=_FACT),
    "prove-fact": Example(path=_FACT, query={"paths": "statement,attestations"}),
    "list-sources": Example(query={"limit": 10}),
    "read-source": Example(path={"source": "courier"}),
    "read-source-facts": Example(path={"source": "courier"}),
    "read-snapshot": Example(path={"source": "courier", "sha256": SNAPSHOT}),
    "list-kinds": Example(),
    "read-checkpoint": Example(),
    "follow-events": Example(query={"after": 0, "until": 5, "incident": "quay-cross"}),
    "list-entries": Example(query={"limit": 10}),
    "prove-inclusion": Example(query={"position": 4}),
    "prove-consistency": Example(query={"first": 3, "second": 7}),
    "read-tile": Example(path={"level": "entries", "index": "000.p/4"}),
    "live": Example(),
    "ready": Example(),
    "version": Example(),
    "metrics": Example(),
    "read-document": Example(),
    "read-reference": Example(),
    "read-swagger-ui": Example(),
}
"""By operation id, in the order in which they are sent."""
