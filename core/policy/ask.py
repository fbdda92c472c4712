"""What is asked of the policy and what it answers; and the default: signed-in people read, nobody changes anything.

Threat: a caller reaching data or verbs nobody granted. Mechanism: every tool call, model call and change asks here
first. Guarantee: a policy that fails, or says nothing, refuses.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from pydantic import JsonValue

from interlock.core.errors import Refused
from interlock.core.identity import Principal

Act = Literal["read", "request", "decide", "breakGlass", "send"]
FAILED = "policy-error"
ResourceKind = Literal["Cluster", "Workspace", "LogIndex", "Source", "Provider", "Record"]


@dataclass(frozen=True)
class Ask:
    """What a principal wants to do.

    `act`: read with `tool`; request, decide or break the glass for the change `tool` at `risk`; send data of `cluster`
    or `source` to the model or embedding provider, or the MCP server, `resource`. `resource` is a name of `kind`, `*`
    for none in particular.
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


def ruled(policy: Policy, principal: Principal, ask: Ask) -> Ruling:
    """The ruling; a policy that fails refuses (fail closed)."""
    try:
        return policy.rule(principal, ask)
    except Exception:
        return Ruling(allowed=False, rule=FAILED)


_HINTS = {
    "no-approvers-named": "policy.bundle names the rules that say who may: see docs/changes.md",
    "services-need-a-rule": "policy.bundle names the rules that say which service may",
}


def check(ruling: Ruling, principal: Principal, ask: Ask) -> None:
    """Nothing, when the ruling allows.

    Raises:
        Refused: naming the rule.
    """
    if ruling.rule == FAILED:
        raise Refused(f"the policy could not decide on {ask.tool}", rule=FAILED)
    if not ruling.allowed:
        raise Refused(_denied(principal, ask), rule=ruling.rule, hint=_HINTS.get(ruling.rule))


def enforce(policy: Policy, principal: Principal, ask: Ask) -> Ruling:
    """The ruling when it allows.

    Raises:
        Refused: for every other ruling, and when the policy itself fails (fail closed).
    """
    ruling = ruled(policy, principal, ask)
    check(ruling, principal, ask)
    return ruling


def refusal(principal: Principal, ask: Ask, ruling: Ruling) -> dict[str, JsonValue]:
    """A refusal as it is put on record: who asked for what, which rule of which policy said no."""
    asked = {name: value for name, value in vars(ask).items() if value}
    return {"principal": principal.id, **asked, "rule": ruling.rule, "policy": ruling.version}


def _denied(principal: Principal, ask: Ask) -> str:
    who = principal.id or "nobody"
    if ask.act == "send":
        return f"{who} may not send {_data(ask)} to {ask.resource}"
    where = f"{ask.namespace} of {ask.resource}" if ask.namespace else ask.resource
    words = {"read": "use", "request": "request", "decide": "decide", "breakGlass": "break the glass for"}
    return f"{who} may not {words[ask.act]} {ask.tool} on {where}"


def _data(ask: Ask) -> str:
    of = " and ".join(
        f"{kind} {name}" for kind, name in (("cluster", ask.cluster), ("source", ask.source)) if name
    )
    return f"data of {of}" if of else "a question"
