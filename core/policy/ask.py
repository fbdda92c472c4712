"""What is asked of the policy and what it answers; and the default: signed-in people read, nobody changes anything.

Threat: a caller reaching data or verbs nobody granted. Mechanism: every tool call, model call and change asks here
first. Guarantee: a policy that fails, or says nothing, refuses.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from interlock.core.errors import Refused
from interlock.core.identity import Principal

Act = Literal["read", "request", "decide", "breakGlass", "send"]
ResourceKind = Literal["Cluster", "Workspace", "LogIndex", "Source", "Provider", "Record"]


@dataclass(frozen=True)
class Ask:
    """What a principal wants to do.

    `act`: read with `tool`; request, decide or break the glass for the change `tool` at `risk`; send data of `cluster`
    or `source` to the model or embedding provider `resource`. `resource` is a name of `kind`, `*` for none in
    particular.
    """

    tool: str
    resource: str
    act: Act = "read"
    kind: ResourceKind = "Cluster"
    namespace: str = ""
    risk: str = ""
    cluster: str = ""
    source: str = ""


@dataclass(frozen=True)
class Ruling:
    """The answer, the rule that gave it, and the version of the policy that holds the rule."""

    allowed: bool
    rule: str
    version: str = "default"


class Policy(Protocol):
    """Decides; never acts."""

    @property
    def by_namespace(self) -> bool:
        """Whether a ruling on a read may depend on the namespace."""

    def rule(self, principal: Principal, ask: Ask) -> Ruling:
        """The ruling on `ask` by `principal`."""


class LocalReadPolicy:
    """The default: people with an id may read and ask the configured model; nobody may change anything."""

    by_namespace = False

    def rule(self, principal: Principal, ask: Ask) -> Ruling:
        """Allow reads by a person; refuse all else."""
        if not principal.id:
            return Ruling(allowed=False, rule="no-identity")
        if ask.act not in {"read", "send"}:
            return Ruling(allowed=False, rule="no-approvers-named")
        if principal.kind != "person":
            return Ruling(allowed=False, rule="services-need-a-rule")
        return Ruling(allowed=True, rule="people-read")


def enforce(policy: Policy, principal: Principal, ask: Ask) -> Ruling:
    """The ruling when it allows.

    Raises:
        Refused: for every other ruling, and when the policy itself fails (fail closed).
    """
    try:
        ruling = policy.rule(principal, ask)
    except Exception as error:
        raise Refused(f"the policy could not decide on {ask.tool}", rule="policy-error") from error
    if not ruling.allowed:
        raise Refused(_denied(principal, ask), rule=ruling.rule)
    return ruling


def _denied(principal: Principal, ask: Ask) -> str:
    who = principal.id or "nobody"
    where = f"{ask.namespace} of {ask.resource}" if ask.namespace else ask.resource
    doing = {"read": f"use {ask.tool} on", "send": f"send {ask.tool} data to"}.get(ask.act)
    words = {"request": "request", "decide": "decide", "breakGlass": "break the glass for"}
    return f"{who} may not {doing or f'{words[ask.act]} {ask.tool} on'} {where}"
