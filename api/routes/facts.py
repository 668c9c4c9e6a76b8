"""Facts: reported, and every act upon one."""

from fastapi import APIRouter

from api.http.writing import Write, add_writes

__all__ = ["WRITES", "router"]

router = APIRouter(tags=["facts"])

_FACTS = "/v1/incidents/{incident}/facts"
_FACT = f"{_FACTS}/{{fact}}"


def _upon(op: str, what: str, *, numbers: tuple[str, ...] = ()) -> Write:
    return Write(op=op, path=f"{_FACT}/{what}", location=_FACT, numbers=numbers)


WRITES = (
    Write(op="report-fact", path=_FACTS, location=f"{_FACTS}/{{id}}"),
    _upon("attest-fact", "attestations"),
    _upon("withdraw-attestation", "attestations/{attestation}/withdrawal"),
    _upon("correct-fact", "corrections"),
    _upon("amend-fact", "amendments"),
    _upon("retract-fact", "retractions"),
    _upon("reinstate-fact", "reinstatements"),
    _upon("dispute-fact", "disputes"),
    _upon("resolve-dispute", "disputes/{dispute}/resolution", numbers=("dispute",)),
)
add_writes(router, *WRITES)
