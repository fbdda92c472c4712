"""Who may see which source of knowledge.

Threat: a page of one team found or read by another through search, code questions or a guessed path. Mechanism: every
tool gets the library as its asker may see it; a source needs one of its readers' groups and the policy's leave.
Guarantee: what may not be seen is neither searched nor read nor named, and how many sources that were is said.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from interlock.core.policy import Ask, Policy

if TYPE_CHECKING:
    from interlock.core.identity import Principal
    from interlock.tools.knowledge.folders import Folder

MayRead = Callable[["Folder"], bool]


def may_read(policy: Policy, principal: Principal) -> MayRead:
    """Whether `principal` may see a source; no, when the policy cannot say."""

    def may(folder: Folder) -> bool:
        if folder.readers and not set(folder.readers) & set(principal.groups):
            return False
        try:
            ask = Ask("knowledge", folder.label, kind="Source", source=folder.label)
            return policy.rule(principal, ask).allowed
        except Exception:
            return False

    return may
