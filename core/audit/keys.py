"""The Ed25519 key that seals checkpoints: made once, readable by its owner only, never in the database.

Whoever can write the database but not read this file cannot make a checkpoint that verifies.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from interlock.core.errors import BadInput

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey


def open_key(path: Path) -> Ed25519PrivateKey:
    """The key at `path`, made when there is none.

    Raises:
        BadInput: when what is there is no Ed25519 key, or others may read it.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    if not path.exists():
        _make(path)
    if path.stat().st_mode & 0o077:
        raise BadInput(f"the key {path} can be read by others", hint=f"chmod 600 {path}")
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (ValueError, TypeError) as error:
        raise BadInput(f"{path} holds no private key: {error}") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise BadInput(f"{path} holds a key of another kind; an Ed25519 key is needed")
    return key


def public_of(pem: bytes) -> Ed25519PublicKey:
    """A public key from its PEM text.

    Raises:
        BadInput: when it is none.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(pem)
    except ValueError as error:
        raise BadInput(f"not a public key: {error}") from None
    if not isinstance(key, Ed25519PublicKey):
        raise BadInput("a key of another kind; an Ed25519 public key is needed")
    return key


def public_pem(key: Ed25519PublicKey) -> str:
    """The PEM text of a public key."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def key_id(key: Ed25519PublicKey) -> str:
    """The first 16 hex digits of the SHA-256 of the raw public key."""
    import hashlib

    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return hashlib.sha256(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).hexdigest()[:16]


def _make(path: Path) -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_suffix(f".{os.getpid()}.new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(fresh, path)  # the first of two processes wins; the other uses its key
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
