"""The key of the log: without it nobody can write an entry that holds, or tell what a link should be."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from stepdown.errors import InputError

FORMAT = "stepdown-log-1"
"""Begins everything that is authenticated; another layout of entries gets another name."""
BYTES = 32
VARIABLE = "STEPDOWN_LOG_KEY"


class Key:
    """A secret that authenticates by HMAC-SHA256; `id` names it and betrays nothing of it."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self.id = self.mac("key")[:16]

    def mac(self, purpose: str, *parts: str) -> str:
        """The HMAC of some texts for one purpose, in hexadecimal."""
        return authenticated(self._secret, purpose, *parts)


def authenticated(secret: bytes, purpose: str, *parts: str) -> str:
    """HMAC-SHA256 over texts, each told with its length, so that no two lists of texts read alike."""
    message = bytearray()
    for part in (FORMAT, purpose, *parts):
        content = part.encode("utf-8", "surrogateescape")
        message += b"%d:%b," % (len(content), content)
    return hmac.new(secret, message, hashlib.sha256).hexdigest()


def make_key(path: Path) -> Key:
    """A new key in a new file that only its owner can read.

    Raises:
        InputError: the file is there already or cannot be written.
    """
    secret = secrets.token_bytes(BYTES)
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secret.hex() + "\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise InputError(f"cannot be written ({error.strerror})", str(path), "name another file for the key") from None
    return Key(secret)


def read_key(path: Path) -> Key:
    """The key in a file.

    Raises:
        InputError: no such file, one that others can read, or not a key.
    """
    try:
        mode, content = path.stat().st_mode, path.read_bytes()[: 16 * BYTES]
    except OSError as error:
        raise InputError(
            f"the key cannot be read ({error.strerror})", str(path), "name its file with --key, or in " + VARIABLE
        ) from None
    if os.name == "posix" and mode & 0o077:
        raise InputError("others can read this key", str(path), f"run 'chmod 600 {path}'")
    try:
        secret = bytes.fromhex(content.decode("ascii"))
    except ValueError:
        secret = b""
    if len(secret) < BYTES:
        raise InputError("is not a key of a log", str(path), "'stepdown log init' makes one")
    return Key(secret)
