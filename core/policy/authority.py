"""Which policy rules and what may be spent: the configured bundle once it is in force, or the default.

Fail closed: a bundle that cannot be read, was not signed for, or cannot be compared with the last one in force opens
nothing; the error says where and what to do. Groups come from the SCIM directory where one is configured, else from the
bundle's own group file.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from interlock.core.audit import AuditLog
from interlock.core.clock import Clock
from interlock.core.identity import Principal
from interlock.core.identity.settings import IdentitySettings
from interlock.core.policy import LocalReadPolicy, Policy
from interlock.core.policy.budgets import Budgets, DailyBudgets, NoBudgets
from interlock.core.policy.egress import Origins, may_send
from interlock.core.policy.settings import PolicySettings
from interlock.core.settings import Settings
from interlock.core.store import Store

if TYPE_CHECKING:
    from interlock.core.identity.directory import ScimDirectory


@dataclass(frozen=True)
class Authority:
    """The policy in force, and its budgets."""

    policy: Policy
    budgets: Budgets

    def may_embed(self, principal: Principal) -> Callable[[str, str], bool]:
        """Whether an embedding provider may be given the text of a source, when `principal` has it indexed."""

        def may(provider: str, source: str) -> bool:
            of = Origins(sources=frozenset({source}))
            return may_send(self.policy, principal, provider, "embedding", of)

        return may


def open_authority(
    settings: Settings,
    store: Store,
    log: AuditLog,
    clock: Clock,
    actions: Callable[[], Collection[str]] = frozenset,
) -> Authority:
    """The policy in force. `actions` tells the names of all actions, where rules of changes name some.

    Raises:
        BadInput: when the bundle is broken, with file and line, or names an action that does not exist.
        Refused: when it widens rights without a second signature.
        StoreFailed: when what is in force cannot be looked up.
    """
    section = settings.section(PolicySettings)
    if section.bundle is None:
        return Authority(LocalReadPolicy(), NoBudgets())
    from interlock.core.policy.accepted import accept
    from interlock.core.policy.cedar import CedarPolicy

    bundle = accept(section.bundle, section.signers, store=store, log=log, clock=clock, actions=actions)
    policy = CedarPolicy(bundle, directory(settings, clock))
    return Authority(policy, DailyBudgets(bundle.header.budgets, policy.groups, store, clock))


def directory(settings: Settings, clock: Clock) -> ScimDirectory | None:
    """The configured directory; None without one. Nothing is asked yet."""
    section = settings.section(IdentitySettings).directory
    if section is None:
        return None
    from interlock.core.identity.directory import ScimDirectory
    from interlock.core.outbound import Outbound

    token = {"authorization": f"Bearer {section.token.get_secret_value()}"}
    return ScimDirectory(section, Outbound(headers=token), clock)
