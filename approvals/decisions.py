"""Decisions, each bound to one digest and signed by the approvals side's own key.

Threat: an approval written straight into the database, or carried over to another proposal or person. Mechanism:
Ed25519 over the canonical decision, which holds the digest; whoever has the database but not the key cannot make one.
Guarantee: a decision whose signature does not hold is none.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from pydantic import JsonValue, TypeAdapter

from interlock.approvals.canonical import canonical
from interlock.approvals.proposal import text_of
from interlock.core.errors import Refused
from interlock.core.identity.people import Identified
from interlock.core.policy.changes import Channel

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

SaidOf = Literal["approve", "deny"]


@dataclass(frozen=True)
class Decider:
    """Somebody who wants to decide, by what login and over which channel. `login_at`: when they last proved who they are."""

    who: Identified
    login_at: datetime | None
    acr: str
    channel: Channel


@dataclass(frozen=True)
class Decision:
    """What one person decided of one proposal."""

    change: str
    digest: str
    principal: str
    verdict: SaidOf
    reason: str
    at: datetime
    channel: Channel
    login_at: datetime | None
    acr: str
    v: int = 1

    def canonical(self) -> bytes:
        """The bytes that are signed."""
        return canonical(self.as_json())

    def as_json(self) -> dict[str, JsonValue]:
        """As it is kept."""
        said = asdict(self)
        return said | {
            "at": text_of(self.at),
            "login_at": text_of(self.login_at) if self.login_at else None,
        }


@dataclass(frozen=True)
class Signed:
    """A decision as it was kept: nothing of it counts before `Signer.opened`."""

    body: bytes
    signature: str


_DECISION: TypeAdapter[Decision] = TypeAdapter(Decision)


def read_unchecked(signed: Signed) -> Decision:
    """A decision to be shown where there is no key; nothing may follow from it."""
    return _DECISION.validate_python(json.loads(signed.body))


class Signer:
    """Signs decisions, and opens signed ones."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key

    def signed(self, decision: Decision) -> Signed:
        """The decision with its signature."""
        body = decision.canonical()
        return Signed(body, self._key.sign(body).hex())

    def opened(self, signed: Signed) -> Decision:
        """The decision.

        Raises:
            Refused: when the signature does not hold.
        """
        from cryptography.exceptions import InvalidSignature

        try:
            self._key.public_key().verify(bytes.fromhex(signed.signature), signed.body)
            return _DECISION.validate_python(json.loads(signed.body))
        except (InvalidSignature, ValueError):
            raise Refused("a decision on this change was not made here", rule="signature") from None

    def all_opened(self, signed: Sequence[Signed], change: str, digest: str) -> tuple[Decision, ...]:
        """The decisions on one proposal.

        Raises:
            Refused: when one is forged or of another proposal: then somebody was at the database, and nothing runs.
        """
        opened = tuple(self.opened(each) for each in signed)
        if any((each.change, each.digest) != (change, digest) for each in opened):
            raise Refused("a decision belongs to another proposal", rule="signature")
        return opened
