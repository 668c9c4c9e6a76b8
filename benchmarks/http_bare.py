"""What HTTP costs alone: a FastAPI application that checks the same body and echoes it, and tells the bytes of an answer."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Literal

from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from api.http.server import listening, run_server
from ledger.settings import Settings

__all__: list[str] = []


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class _Absent(_Strict):
    absent: Literal["not-reported", "not-stated", "researched-unknown", "none", "withheld"]


class _Participant(_Strict):
    id: str
    role: str
    name: str | _Absent | None = None
    as_described: str | None = None


class _Quantity(_Strict):
    id: str
    as_stated: str | None = None
    unit: str | None = None
    value: str | None = None
    approximate: bool = False


class _Quote(_Strict):
    type: Literal["TextQuoteSelector"]
    exact: str


class _Citation(_Strict):
    id: str
    source: str
    snapshot: str | None = None
    selector: list[_Quote] = []


class _When(_Strict):
    edtf: str


class _Fact(_Strict):
    id: str
    kind: str
    statement: str | None = None
    occurred: _When | None = None
    participants: list[_Participant] = []
    quantities: list[_Quantity] = []
    citations: list[_Citation]


def _bare(told: bytes) -> FastAPI:
    app = FastAPI(openapi_url=None)

    @app.post("/v1/incidents/{incident}/facts", status_code=201)
    async def echo(incident: str, fact: _Fact) -> _Fact:  # noqa: ARG001  the path is read as ours is
        return fact

    @app.get("/v1/incidents/{incident}")
    async def tell(incident: str) -> Response:  # noqa: ARG001  the path is read as ours is
        return Response(told, media_type="application/json")

    return app


def main(folder: Path) -> None:
    """Serve in the set-up of `serve`, and print one line when it answers. `folder` holds the bytes of the answer."""
    told = (folder / "told.json").read_bytes()
    with listening("127.0.0.1", 0) as bound:
        settings = Settings(path=folder / "bare")
        run_server(_bare(told), settings, bound, lambda url, _: print(f"ready {url}", flush=True))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
