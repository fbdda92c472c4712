"""Signed checkpoints: how long the chain was, and its head, kept in a second place.

Threat: the tail is cut off, or the whole chain rewritten by somebody who holds the database. Mechanism: an Ed25519
signature over size, head and time (the shape of a transparency log's signed tree head, RFC 6962 section 3.5).
Guarantee: without the key, or with the key and not every place, no shorter and no other chain verifies. The head
covers all records before it, so checkpoints need not name each other.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from pydantic import JsonValue

from interlock.core.audit.chain import Record
from interlock.core.clock import Clock
from interlock.core.errors import InterlockError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey


@dataclass(frozen=True)
class Checkpoint:
    """A seal: `size` records at that time, the last of them hashed `head`."""

    size: int
    head: str
    at: str
    key: str
    signature: str

    def line(self) -> str:
        """As one line of JSON."""
        return json.dumps(self.__dict__, sort_keys=True, separators=(",", ":"))


class Place(Protocol):
    """Where checkpoints are put, apart from the database."""

    name: str

    def put(self, checkpoint: Checkpoint) -> None:
        """Keep it, durably.

        Raises:
            Unreachable, InterlockError: when it could not be kept.
        """

    def read(self) -> list[Checkpoint]:
        """All of them, oldest first.

        Raises:
            Unreachable: when the place does not answer.
            NotServed: when it can only be written.
        """


class Sealer:
    """Makes a checkpoint every so many records, and keeps it in every place."""

    def __init__(
        self, key: Ed25519PrivateKey | None, places: Sequence[Place], clock: Clock, *, every: int = 100
    ) -> None:
        self._key = key
        self._places = tuple(places)
        self._clock = clock
        self._every = every
        self.problems: list[str] = []

    def written(self, record: Record) -> None:
        """Called after each record; a place that fails is noted in `problems`, never raised."""
        if record.seq % self._every == 0:
            self.seal(record.seq, record.hash)

    def seal(self, size: int, head: str) -> Checkpoint | None:
        """Seal a chain of `size` records that ends in `head`; None when no place took it."""
        if self._key is None:
            self.problems.append("there is no key to seal with")
            return None
        made, kept = self._made(self._key, size, head), False
        for place in self._places:
            try:
                place.put(made)
                kept = True
            except InterlockError as error:
                self.problems.append(f"{place.name}: {error.message}")
        return made if kept else None

    def _made(self, key: Ed25519PrivateKey, size: int, head: str) -> Checkpoint:
        from interlock.core.audit.keys import key_id

        unsigned = Checkpoint(size, head, self._clock.now().isoformat(), key_id(key.public_key()), "")
        return replace(unsigned, signature=key.sign(_signed(unsigned)).hex())


def checked(checkpoints: Sequence[Checkpoint], key: Ed25519PublicKey) -> list[Checkpoint]:
    """The checkpoints by size, each signature verified.

    Raises:
        InterlockError: naming the first that does not hold.
    """
    from cryptography.exceptions import InvalidSignature

    for number, seal in enumerate(checkpoints, start=1):
        try:
            key.verify(bytes.fromhex(seal.signature), _signed(seal))
        except (InvalidSignature, ValueError):
            raise InterlockError(
                f"checkpoint {number} ({seal.at}) is not signed by the audit's key",
                hint="if the key was replaced, verify older checkpoints with the older public key",
            ) from None
    return sorted(checkpoints, key=lambda seal: (seal.size, seal.at))


def parsed(line: str, where: str) -> Checkpoint:
    """A checkpoint from its line of JSON.

    Raises:
        InterlockError: when it is none.
    """
    try:
        said: dict[str, JsonValue] = json.loads(line)
        size = said["size"]
        if not isinstance(size, int):
            raise ValueError("size")
        words = {k: str(said[k]) for k in ("head", "at", "key", "signature")}
        return Checkpoint(size=size, **words)
    except (ValueError, KeyError, TypeError):
        raise InterlockError(f"{where} is not a checkpoint") from None


def _signed(seal: Checkpoint) -> bytes:
    import rfc8785

    said = {k: v for k, v in seal.__dict__.items() if k != "signature"}
    return b"interlock-checkpoint-v1\n" + rfc8785.dumps(said)
