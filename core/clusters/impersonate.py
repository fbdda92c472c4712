"""As whom a cluster is asked. With impersonation the cluster's own RBAC decides for the person, and its audit names them.

Threat: a principal mapped to a group that can do everything. Mechanism: `system:` users and groups are never sent,
whatever the mapping says. Guarantee: policy may only narrow what the cluster allows the person.
"""

from __future__ import annotations

from collections.abc import Mapping

from interlock.core.errors import Refused
from interlock.core.identity import Principal

RESERVED = "system:"


def impersonated(principal: Principal, users: Mapping[str, str]) -> tuple[str, tuple[str, ...]]:
    """The user and groups that a cluster is asked as for `principal`; `users` maps canonical ids to cluster users.

    Raises:
        Refused: when the principal is not mapped (fail closed), or mapped to a reserved user or group.
    """
    user = users.get(principal.id)
    if not user:
        raise Refused(
            f"{principal.id} is not mapped to a user of this cluster",
            rule="impersonation",
            hint="add the person under clusters.named.NAME.users",
        )
    reserved = [name for name in (user, *principal.groups) if name.startswith(RESERVED)]
    if reserved:
        raise Refused(f"{reserved[0]!r} is reserved to Kubernetes itself", rule="impersonation")
    return user, principal.groups
