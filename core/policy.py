"""The policy seam: may this principal use this tool on that? The default lets signed-in people read, nothing more.

Threat: a caller reaching data or verbs nobody granted. Mechanism: every tool call asks here first, and anything but an
explicit allow is a refusal that names its rule. Leaves to later: Cedar policies, groups, signed bundles.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from interlock.core.errors import Refused
from interlock.core.identity import Principal


@dataclass(frozen=True)
class Ask:
    """What a principal wants to do: use `tool` on `resource` (a cluster, a log index, a knowledge source)."""

    tool: str
    resource: str
    reads_only: bool = True


@dataclass(frozen=True)
class Ruling:
    """The answer and the rule that gave it."""

    allowed: bool
    rule: str


class Policy(Protocol):
    """Decides; never acts."""

    def rule(self, principal: Principal, ask: Ask) -> Ruling:
        """The ruling on `ask` by `principal`."""


class LocalReadPolicy:
    """The default: any named principal may read; nobody may change anything."""

    def rule(self, principal: Principal, ask: Ask) -> Ruling:
        """Allow reads by a principal with an id; refuse all else."""
        if not principal.id:
            return Ruling(allowed=False, rule="no-identity")
        if not ask.reads_only:
            return Ruling(allowed=False, rule="no-approvers-named")
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
        raise Refused(
            f"{principal.id or 'nobody'} may not use {ask.tool} on {ask.resource}", rule=ruling.rule
        )
    return ruling
