"""Signatures of a bundle: who vouches for exactly this policy in place of exactly that one.

Threat: one person widens rights, or an older, wider bundle that was once signed is put back. Mechanism: Ed25519 over
the digest of the bundle and of the one it replaces, by keys that the settings trust, not the bundle. Guarantee: a
signature says nothing of any other change.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from interlock.core.errors import BadInput
from interlock.core.policy.bundle import SIGNATURES

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

NOTHING = "none"
"""Stands for the bundle before the first."""


@dataclass(frozen=True)
class Signature:
    """One line of `signatures.json`."""

    by: str
    digest: str
    replaces: str
    signature: str


def sign(key: Ed25519PrivateKey, by: str, digest: str, replaces: str) -> Signature:
    """Vouch for `digest` in place of `replaces`."""
    return Signature(by, digest, replaces, key.sign(_message(digest, replaces)).hex())


def add(folder: Path, signature: Signature) -> None:
    """Put a signature into the bundle, in place of an older one of the same person."""
    others = [known for known in read(folder) if known.by != signature.by]
    file = folder / SIGNATURES
    fresh = file.with_suffix(".new")
    fresh.write_text(json.dumps([asdict(each) for each in (*others, signature)], indent=2) + "\n")
    fresh.replace(file)


def read(folder: Path) -> list[Signature]:
    """The bundle's signatures, unchecked.

    Raises:
        BadInput: when the file is not what it should be.
    """
    file = folder / SIGNATURES
    if not file.exists():
        return []
    try:
        said = json.loads(file.read_text(encoding="utf-8"))
        return [Signature(**{k: str(v) for k, v in one.items()}) for one in said]
    except (OSError, ValueError, TypeError, AttributeError):
        raise BadInput(
            f"{file} is not a list of signatures", hint="remove it and sign again: interlock policy sign"
        ) from None


def signers(folder: Path, digest: str, replaces: str, trusted: Mapping[str, str]) -> frozenset[str]:
    """The trusted people whose signature of this very change holds.

    Args:
        folder: the bundle.
        digest: of the bundle.
        replaces: the digest in force, or `NOTHING`.
        trusted: person to public key, as PEM text or the path of a file.
    """
    keys: dict[bytes, str] = {}
    for each in read(folder):
        if each.digest == digest and each.replaces == replaces and each.by in trusted:
            raw = _verified(each, trusted[each.by])
            if raw is not None:
                keys[raw] = each.by  # two names with one key are one person
    return frozenset(keys.values())


def _verified(signature: Signature, trusted: str) -> bytes | None:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    from interlock.core.audit.keys import public_of

    try:
        pem = trusted.encode() if trusted.lstrip().startswith("-----BEGIN") else Path(trusted).read_bytes()
    except OSError as error:
        raise BadInput(f"cannot read the key of {signature.by}: {error.strerror}") from None
    key = public_of(pem)
    try:
        key.verify(bytes.fromhex(signature.signature), _message(signature.digest, signature.replaces))
    except (InvalidSignature, ValueError):
        return None
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def _message(digest: str, replaces: str) -> bytes:
    return f"interlock-policy-v1\n{replaces}\n{digest}".encode()
