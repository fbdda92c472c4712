"""Decisions, each bound to one digest and signed by the approvals side's own key; and the seal on what is decided.

Threat: an approval written straight into the database, or carried over to another proposal or person; a proposal that
was never previewed, or a card that shows another one. Mechanism: Ed25519 over the canonical decision, which holds the
digest, over digest and card together, and over the steps of a run; whoever has the database but not the key cannot make
one. Guarantee: a decision whose signature does not hold is none, and what bears no seal is neither decided nor executed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
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
    """What one person decided of one proposal. `alias` is the id they came by: who is whom may be put right later."""

    change: str
    digest: str
    principal: str
    verdict: SaidOf
    reason: str
    at: datetime
    channel: Channel
    login_at: datetime | None
    acr: str
    alias: str = ""
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


SEAL = "seal"
Sealed = Literal["card", "plan"]
_DECISION: TypeAdapter[Decision] = TypeAdapter(Decision)


def read_unchecked(signed: Signed) -> Decision:
    """A decision to be shown where there is no key; nothing may follow from it."""
    return _DECISION.validate_python(json.loads(signed.body))


def _sealing(what: Sealed, change: str, digest: str, body: JsonValue) -> bytes:
    return canonical({"sealed": what, "change": change, "digest": digest, "body": body})


class Signer:
    """Signs decisions and proposals, and opens what is signed."""

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

    def seal(self, what: Sealed, change: str, digest: str, body: JsonValue) -> str:
        """The seal on something that this side made of one proposal."""
        return self._key.sign(_sealing(what, change, digest, body)).hex()

    def check_seal(self, what: Sealed, change: str, digest: str, body: JsonValue, seal: JsonValue) -> None:
        """Let count what was made here.

        Raises:
            Refused: for anything else.
        """
        from cryptography.exceptions import InvalidSignature

        try:
            given = bytes.fromhex(str(seal))
            self._key.public_key().verify(given, _sealing(what, change, digest, body))
        except (InvalidSignature, ValueError):
            raise Refused(f"the {what} of this change was not made here", rule="signature") from None

    def sealed_card(self, change: str, digest: str, card: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
        """The card of a proposal, with a seal on both."""
        return {**card, SEAL: self.seal("card", change, digest, dict(card))}

    def check_card(self, change: str, digest: str, kept: Mapping[str, JsonValue] | None) -> None:
        """Let a proposal count that was made here, with the card that was made of it.

        Raises:
            Refused: for any other.
        """
        card = dict(kept or {})
        self.check_seal("card", change, digest, card, card.pop(SEAL, None))

    def all_opened(self, signed: Sequence[Signed], change: str, digest: str) -> tuple[Decision, ...]:
        """The decisions on one proposal.

        Raises:
            Refused: when one is forged or of another proposal: then somebody was at the database, and nothing runs.
        """
        opened = tuple(self.opened(each) for each in signed)
        if any((each.change, each.digest) != (change, digest) for each in opened):
            raise Refused("a decision belongs to another proposal", rule="signature")
        return opened
