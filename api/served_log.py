"""A log that another server serves, read line by line for whoever checks it (docs/transparency.md)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote, urljoin

import httpx2

from ledger.errors import StoreError

__all__ = ["ServedLog"]

_TIMEOUT_S = 60.0
_LIMIT = 500
_OK, _NOT_FOUND = 200, 404
_NOT_FOR_US = (401, 403, 404, 410, 451)
"""What a server answers that has no such bytes any more, or gives them to others only."""


class ServedLog:
    """The log of a server, at the address under which its `/v1/` stands. An access key is sent where one is given, and never elsewhere."""

    def __init__(
        self, url: str, *, access_key: str | None = None, transport: httpx2.BaseTransport | None = None
    ) -> None:
        self._base = url.rstrip("/").removesuffix("/v1/log") + "/v1/log/"
        headers = {} if access_key is None else {"Authorization": f"Bearer {access_key}"}
        self._http = httpx2.Client(headers=headers, timeout=_TIMEOUT_S, transport=transport)

    def close(self) -> None:
        """Let the connection go."""
        self._http.close()

    def checkpoint(self) -> bytes | None:
        """The newest checkpoint, to the byte; None where nothing was recorded yet. Raises StoreError where it cannot be had."""
        with self._asked(urljoin(self._base, "checkpoint")) as answer:
            if answer.status_code == _NOT_FOUND:
                return None
            self._require(answer)
            return answer.content

    def lines(self) -> Iterator[bytes]:
        """The lines of the log, with their newlines, a page at a time. Raises StoreError where they cannot be had."""
        url: str | None = urljoin(self._base, f"entries?limit={_LIMIT}")
        while url is not None:
            with self._asked(url) as answer:
                self._require(answer)
                yield from answer.content.splitlines(keepends=True)
                following = answer.links.get("next", {}).get("url")
            # The key is for this server: a link that leads elsewhere is not followed.
            url = None if following is None else urljoin(url, following)
            if url is not None and not url.startswith(self._base):
                raise StoreError("the server's next page is at another place; it is not followed")

    def snapshot(self, source: str, digest: str) -> Iterator[bytes] | None:
        """The bytes of a snapshot; None where the server has them not, or not for this caller. Raises StoreError where it fails."""
        name = digest.removeprefix("sha256:")
        url = urljoin(self._base, f"../sources/{quote(source, safe='')}/snapshots/{name}")
        chunks = self._chunks(url)
        return chunks if next(chunks, None) == b"" else None

    def _chunks(self, url: str) -> Iterator[bytes]:
        """An empty piece where it begins, and then the bytes; nothing at all where they are not to be had."""
        try:
            with self._http.stream("GET", url) as answer:
                if answer.status_code in _NOT_FOR_US:
                    return
                self._require(answer)
                yield b""
                yield from answer.iter_bytes()
        except httpx2.HTTPError as error:
            raise StoreError(f"the server did not answer: {str(error) or type(error).__name__}") from error

    @contextmanager
    def _asked(self, url: str) -> Iterator[httpx2.Response]:
        try:
            yield self._http.get(url)
        except httpx2.HTTPError as error:
            raise StoreError(f"the server did not answer: {str(error) or type(error).__name__}") from error

    @staticmethod
    def _require(answer: httpx2.Response) -> None:
        if answer.status_code != _OK:
            raise StoreError(f"the server answered {answer.status_code} {answer.reason_phrase}")
