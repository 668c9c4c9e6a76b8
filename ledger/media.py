"""The media types that are taken as snapshots, and whether bytes are what they are said to be.

The table is closed: evidence that nobody can open later is none. A type is judged by the signature that the format's own
specification gives to its first bytes; nothing here reads further than those, and no length in a file is believed. It knows
no folder and no act.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import msgspec

from ledger.errors import InvalidError, RuleError
from ledger.signatures import formats_of

if TYPE_CHECKING:
    from ledger.values import Json

__all__ = [
    "DOCUMENT_LIMIT",
    "HEAD_BYTES",
    "IMAGE_LIMIT",
    "RECORDING_LIMIT",
    "TAKEN",
    "MediaType",
    "check_bytes",
    "check_markup",
    "download_headers",
    "read_media_type",
]

DOCUMENT_LIMIT: Final = 64 * 1024 * 1024
"""Most bytes of a text, an HTML page or a PDF."""
IMAGE_LIMIT: Final = 64 * 1024 * 1024
"""Most bytes of an image."""
RECORDING_LIMIT: Final = 2 * 1024 * 1024 * 1024
"""Most bytes of a sound or video recording."""
HEAD_BYTES: Final = 4096
"""How much of the beginning is looked at to tell what a file is."""

_EXTENSIONS: Final = {
    "text/plain": "txt",
    "text/html": "html",
    "application/pdf": "pdf",
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/gif": "gif",
    "image/webp": "webp",
    "image/avif": "avif",
    "image/heic": "heic",
    "image/tiff": "tiff",
    "audio/mpeg": "mp3",
    "audio/wav": "wav",
    "audio/ogg": "ogg",
    "audio/flac": "flac",
    "audio/mp4": "m4a",
    "audio/webm": "weba",
    "video/mp4": "mp4",
    "video/quicktime": "mov",
    "video/webm": "webm",
    "video/matroska": "mkv",
    "video/ogg": "ogv",
}
TAKEN: Final = tuple(_EXTENSIONS)
"""Every type that can be captured, by its registered name."""
_ALSO_CALLED: Final = {
    "image/jpg": "image/jpeg",
    "image/heif": "image/heic",
    "audio/mp3": "audio/mpeg",
    "audio/wave": "audio/wav",
    "audio/x-wav": "audio/wav",
    "audio/vnd.wave": "audio/wav",
    "audio/x-flac": "audio/flac",
    "audio/x-m4a": "audio/mp4",
    "video/x-matroska": "video/matroska",
}
_NAME: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_TYPE: Final = re.compile(rf"[ \t]*({_NAME}/{_NAME})")
_PARAMETER: Final = re.compile(
    rf'[ \t]*;[ \t]*(?:({_NAME})[ \t]*=[ \t]*({_NAME}|"(?:[^"\\\x00-\x08\x0a-\x1f\x7f]|\\[\t -~])*"))?'
)
_PARAMETERS: Final = {"text/plain": "charset", "text/html": "charset", "audio": "codecs", "video": "codecs"}
_MARKUP: Final = re.compile(r"<(?:!doctype|!--|/?[a-z])", re.IGNORECASE)
_NO_WORDS: Final = ("application/pdf", "application/rtf", "text/html")
_MAX_LENGTH: Final = 255


class MediaType(msgspec.Struct, frozen=True, kw_only=True):
    """A media type that is taken: its registered name in lower case, and the charset that the caller named, if any."""

    name: str
    charset: str | None = None

    @property
    def limit(self) -> int:
        """Most bytes of a snapshot of this type."""
        major = self.name.partition("/")[0]
        if major in ("audio", "video"):
            return RECORDING_LIMIT
        return IMAGE_LIMIT if major == "image" else DOCUMENT_LIMIT

    @property
    def field(self) -> str:
        """The member of a command in which bytes of this type are written."""
        return "/text" if self.name.startswith("text/") else "/base64"


def _parameters(text: str, at: int) -> dict[str, str] | None:
    """The parameters from `at` on (RFC 9110 §5.6.6); None where they have not that form, or one stands twice."""
    found: dict[str, str] = {}
    while at < len(text):
        match = _PARAMETER.match(text, at)
        if match is None:
            return found if not text[at:].strip(" \t") else None
        at = match.end()
        if match[1] is not None:
            name, value = match[1].lower(), match[2]
            if name in found:
                return None
            found[name] = re.sub(r"\\(.)", r"\1", value[1:-1]) if value.startswith('"') else value
    return found


def read_media_type(text: str, *, field: str = "/media_type") -> MediaType:
    """Read a media type as a caller writes it (RFC 9110 §8.3.1). Raises InvalidError where it is not one that is taken."""
    match = _TYPE.match(text) if len(text) <= _MAX_LENGTH else None
    parameters = None if match is None else _parameters(text, match.end())
    if match is None or parameters is None:
        raise InvalidError(
            f"must be a media type such as text/html; charset=utf-8, of at most {_MAX_LENGTH} characters",
            field=field,
        )
    said = match[1].lower()
    name = _ALSO_CALLED.get(said, said)
    if name not in _EXTENSIONS:
        raise InvalidError(f"only {', '.join(TAKEN)} can be captured", field=field)
    known = _PARAMETERS.get(name) or _PARAMETERS.get(name.partition("/")[0])
    if parameters.keys() - {known}:
        raise InvalidError(
            f"{name} is taken with {f'no parameter but {known}' if known else 'no parameter'}", field=field
        )
    charset = parameters.get("charset")
    if name == "text/plain" and charset is not None and charset.lower() != "utf-8":
        raise InvalidError(
            "only text/plain in UTF-8 can be captured; convert it, or capture the page", field=field
        )
    return MediaType(name=name, charset=charset)


def _mismatch(media: MediaType, like: str) -> RuleError:
    return RuleError(
        "media-type-mismatch",
        f"the bytes are said to be {media.name} and look like {like}; name the type that they are",
        field="/media_type",
    )


def check_bytes(media: MediaType, head: bytes) -> None:
    """Refuse bytes that are not of their type, by the first HEAD_BYTES of them.

    Raises RuleError (`media-type-mismatch`), naming what they look like.
    """
    looks = formats_of(head)
    match media.name:
        case "text/plain":
            # Words may begin as a binary format does; nothing that is meant to be read begins as these do.
            fits = not looks or (looks[0] not in _NO_WORDS and _is_text(head))
        case "text/html":
            fits = looks in ((), ("text/html",))
        case "application/pdf":
            # ISO 32000-1, Annex H, note 13: readers take a header that stands within the first 1,024 bytes.
            fits = looks == ("application/pdf",) or (not looks and b"%PDF-" in head[:1024])
        case _:
            fits = media.name in looks
    if not fits:
        raise _mismatch(
            media, looks[0] if looks else "plain text" if _is_text(head) else "nothing that is taken here"
        )


def check_markup(media: MediaType, text: str) -> None:
    """Refuse an HTML page without a single tag: its positions would be those of other words. Raises as check_bytes."""
    if _MARKUP.search(text) is None:
        raise _mismatch(media, "plain text")


def _is_text(head: bytes) -> bool:
    try:
        text = head.decode()
    except UnicodeDecodeError as error:
        # A character may be cut in two by the end of the beginning.
        return (
            len(head) == HEAD_BYTES
            and error.start > HEAD_BYTES - 4
            and error.reason == "unexpected end of data"
        )
    return "\x00" not in text


def download_headers(media_type: Json, digest: str) -> dict[str, str]:
    """The headers with which a snapshot may be handed to a browser: saved to disk, never shown within our pages' origin.

    `media_type` is what was recorded, and may be undisclosed; what is not a type of the table goes out as plain bytes.
    """
    try:
        name = read_media_type(media_type).name if isinstance(media_type, str) else None
    except InvalidError:
        name = None
    file = f"{digest.removeprefix('sha256:')}.{_EXTENSIONS.get(name or '', 'bin')}"
    return {
        "Content-Type": name or "application/octet-stream",
        "Content-Disposition": f'attachment; filename="{file}"',
        "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Referrer-Policy": "no-referrer",
    }
