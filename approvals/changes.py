"""A change as everybody may see it: the one shape for people, `--json`, HTTP and MCP."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from pydantic import JsonValue

from interlock.approvals.card import Card
from interlock.approvals.decisions import Decision
from interlock.approvals.proposal import text_of
from interlock.approvals.states import OPEN, State


@dataclass(frozen=True)
class Outcome:
    """What an execution came to. `changed` is None while nobody knows; `inverse` is the request that would undo it."""

    changed: bool | None
    verified: bool
    evidence: str
    inverse: Mapping[str, JsonValue] | None = None

    def as_json(self) -> dict[str, JsonValue]:
        """As it is kept and shown."""
        return asdict(self)


@dataclass(frozen=True)
class Change:
    """One change, from its request to its end."""

    id: str
    state: State
    action: str
    args: Mapping[str, JsonValue]
    cluster: str
    namespace: str
    target: str
    requesters: tuple[str, ...]
    automated: bool
    surface: str
    conversation: str
    reason: str
    break_glass: bool
    requested_at: datetime
    digest: str
    expires_at: datetime
    card: Card | None
    decisions: tuple[Decision, ...]
    note: str
    outcome: Outcome | None

    @property
    def open(self) -> bool:
        """Whether it can still come to an execution."""
        return self.state in OPEN

    def as_json(self) -> dict[str, JsonValue]:
        """The documented shape (docs/json.md)."""
        return {
            "id": self.id,
            "state": self.state,
            "action": self.action,
            "args": dict(self.args),
            "cluster": self.cluster,
            "namespace": self.namespace,
            "target": self.target,
            "requesters": list(self.requesters),
            "automated": self.automated,
            "surface": self.surface,
            "conversation": self.conversation,
            "reason": self.reason,
            "break_glass": self.break_glass,
            "requested_at": text_of(self.requested_at),
            "digest": self.digest,
            "expires_at": text_of(self.expires_at),
            "card": self.card.as_json() if self.card else None,
            "decisions": [
                {
                    "principal": each.principal,
                    "verdict": each.verdict,
                    "reason": each.reason,
                    "at": text_of(each.at),
                    "channel": each.channel,
                }
                for each in self.decisions
            ],
            "note": self.note,
            "outcome": self.outcome.as_json() if self.outcome else None,
        }
