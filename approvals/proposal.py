"""A request as it was made, and the proposal that people sign: immutable, named by the SHA-256 of its canonical JSON.

Threat: something else runs than what was approved. Mechanism: action, arguments, target, preconditions, difference,
requesters, source, policy, expiry and a nonce are under the digest; everything that happens later is bound to it.
Guarantee: a proposal whose bytes do not give its digest is not one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime

from pydantic import JsonValue, TypeAdapter

from interlock.approvals.canonical import Digest, canonical, digest
from interlock.approvals.words import Preconditions, Risk, Source, Target
from interlock.core.clock import parse_time
from interlock.core.errors import BadInput, Refused

FORGED = "digest"


@dataclass(frozen=True)
class Request:
    """What somebody asked for. `requesters` are all who fed the conversation, the one who asked first; ids are canonical.

    `aliases` are the ids they came by where those are others: who is whom may be put right later, and then somebody else
    goes by the canonical one. `automated`: no person asked for it. `reason` is the requester's own words, redacted, and data for ever.
    """

    action: str
    args: Mapping[str, JsonValue]
    requesters: tuple[str, ...]
    reason: str
    surface: str
    automated: bool = False
    break_glass: bool = False
    aliases: tuple[str, ...] = ()

    @property
    def requester(self) -> str:
        """The one who asked."""
        return self.requesters[0]

    def as_json(self) -> dict[str, JsonValue]:
        """As it is kept."""
        return json_of(self)


@dataclass(frozen=True)
class Proposal:
    """What is signed."""

    id: str
    action: str
    args: Mapping[str, JsonValue]
    target: Target
    risk: Risk
    source: Source
    preconditions: Preconditions
    diff: Digest
    pods: int
    requesters: tuple[str, ...]
    automated: bool
    break_glass: bool
    owned: bool
    solo: bool
    policy: str
    record: int
    """The number of the newest record when it was made: a claim of it can only stand after."""
    made_at: datetime
    expires_at: datetime
    nonce: str
    v: int = 1

    def canonical(self) -> bytes:
        """The bytes that are kept and hashed."""
        return canonical(json_of(self))

    @property
    def digest(self) -> Digest:
        """Its name."""
        return digest(json_of(self))


_REQUEST: TypeAdapter[Request] = TypeAdapter(Request)
_PROPOSAL: TypeAdapter[Proposal] = TypeAdapter(Proposal)


def read_request(kept: Mapping[str, JsonValue]) -> Request:
    """A request as it was kept.

    Raises:
        BadInput: when it is none: who may add rows may add any.
    """
    try:
        return _REQUEST.validate_python(kept)
    except ValueError:
        raise BadInput("this row holds no request") from None


def read_proposal(kept: bytes, named: str) -> Proposal:
    """A proposal as it was kept under its digest.

    Raises:
        Refused: when the bytes are not what the digest names.
    """
    # Whoever writes the row may write anything: what is nested too deep, out of range, or has no exact form, is none.
    with suppress(ValueError, OverflowError, RecursionError, BadInput):
        made = _PROPOSAL.validate_python(json.loads(kept))
        if made.digest == named and made.canonical() == kept:
            return made
    raise Refused("the proposal is not what its digest names: somebody changed it", rule=FORGED)


def json_of(value: Request | Proposal) -> dict[str, JsonValue]:
    """A dataclass as JSON, times in UTC with microseconds."""
    return {key: _json(each) for key, each in asdict(value).items()}


def text_of(at: datetime) -> str:
    """A time as it is kept and compared: UTC, always the same width."""
    from datetime import UTC

    return at.astimezone(UTC).isoformat(timespec="microseconds")


def time_of(text: str) -> datetime:
    """A time as it was kept."""
    return parse_time(text)


def _json(value: object) -> JsonValue:
    match value:
        case datetime():
            return text_of(value)
        case Mapping():
            return {str(key): _json(each) for key, each in value.items()}
        case list() | tuple():
            return [_json(each) for each in value]
        case str() | int() | float() | bool() | None:
            return value
    raise TypeError(f"{type(value).__name__} has no place in a proposal")
