"""Which policy rules: the configured bundle once it is in force, or the default.

Fail closed: a bundle that cannot be read, was not signed for, or cannot be compared with the last one in force opens
nothing; the error says where and what to do.
"""

from __future__ import annotations

from interlock.core.audit import AuditLog
from interlock.core.clock import Clock
from interlock.core.policy import LocalReadPolicy, Policy
from interlock.core.policy.settings import PolicySettings
from interlock.core.settings import Settings
from interlock.core.store import Store


def open_policy(settings: Settings, store: Store, log: AuditLog, clock: Clock) -> Policy:
    """The policy in force.

    Raises:
        BadInput: when the bundle is broken, with file and line.
        Refused: when it widens rights without a second signature.
        StoreFailed: when what is in force cannot be looked up.
    """
    section = settings.section(PolicySettings)
    if section.bundle is None:
        return LocalReadPolicy()
    from interlock.core.policy.accepted import accept
    from interlock.core.policy.cedar import CedarPolicy

    return CedarPolicy(accept(section.bundle, section.signers, store=store, log=log, clock=clock))
