"""The key that signs checkpoints, in the folder `keys` beside a ledger, and every key that ever did.

The secret is one line of text in a file that only its owner may read. A new key is known before it signs: `checkpoint-keys` holds the
public keys, oldest first, and none is ever taken out, so that an old checkpoint is still told from a forged one.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from ledger.errors import IntegrityError, InvalidError, StoreError
from ledger.folders import make_folder, replace_file
from ledger.signing import SignerKey, VerifierKey, new_key

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ledger.ids import RandomSource

__all__ = ["SigningKeys"]

_SECRET_MODE, _FOLDER_MODE = 0o600, 0o700
_MAX_BYTES = 1 << 20


class SigningKeys:
    """The two files. One process changes them at a time: whoever holds the right to write the ledger."""

    def __init__(self, folder: Path) -> None:
        self._secret = folder / "checkpoint-signer"
        self._known = folder / "checkpoint-keys"

    @contextmanager
    def _on_disk(self, what: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StoreError(
                f"the keys in {self._secret.parent.name} could not be {what}: {error.strerror or error}"
            ) from error

    @property
    def has_one(self) -> bool:
        """Whether there is a key to sign with."""
        return self._secret.exists()

    def signer(self) -> SignerKey:
        """The key that signs now. Raises StoreError where there is none, and IntegrityError where the file is damaged."""
        with self._on_disk("read"):
            try:
                with self._secret.open("rb") as file:
                    data = file.read(_MAX_BYTES)
            except FileNotFoundError:
                raise StoreError(
                    f"the key that signs checkpoints is not at {self._secret}; put it back, or make a new one with:"
                    " incident-ledger checkpoint --rotate-key"
                ) from None
        try:
            return SignerKey.parse(data.decode().removesuffix("\n"))
        except (InvalidError, UnicodeDecodeError) as error:
            # The cause may not show the line; the message says the rule and no part of it.
            raise IntegrityError(
                "the file is damaged: it is no signer key", where=self._secret.name
            ) from error

    def known(self) -> tuple[VerifierKey, ...]:
        """The public keys of all that ever signed, oldest first. Raises IntegrityError where the file is damaged."""
        with self._on_disk("read"):
            try:
                with self._known.open("rb") as file:
                    data = file.read(_MAX_BYTES)
            except FileNotFoundError:
                return ()
        try:
            return tuple(VerifierKey.parse(line) for line in data.decode().splitlines())
        except (InvalidError, UnicodeDecodeError) as error:
            raise IntegrityError(f"the file is damaged: {error}", where=self._known.name) from error

    def make(self, origin: str, random: RandomSource) -> SignerKey:
        """Make the key that is to sign next, and have its public half known, without putting it in use.

        Raises InvalidError for an origin that no note can carry, and StoreError where the disk refuses.
        """
        made = new_key(origin, random)
        self._learn(made.verifier)
        return made

    def _learn(self, key: VerifierKey) -> None:
        known = self.known()
        if key in known:
            return
        lines = "".join(f"{one}\n" for one in (*known, key))
        with self._on_disk("written"):
            make_folder(self._known.parent)
            self._known.parent.chmod(_FOLDER_MODE)
            replace_file(self._known, lines.encode())

    def use(self, key: SignerKey) -> None:
        """Have a key sign from now on; the one before is gone. Raises StoreError where the disk refuses."""
        self._learn(key.verifier)
        with self._on_disk("written"):
            replace_file(self._secret, f"{key.secret_text}\n".encode(), mode=_SECRET_MODE)
