"""A halt cuts what leaves for a model, besides every change: whoever halts does not know yet what is wrong.

Fail closed: while the store cannot say whether everything is halted, nothing is sent.
"""

from __future__ import annotations

from interlock.core.identity import Principal
from interlock.core.policy.ask import Ask, Policy, Ruling
from interlock.core.store import Store
from interlock.core.store.noted import read

HALT = "halt"
"""Where the reason of a halt is noted; nothing while there is none."""


class HaltedPolicy:
    """A policy that refuses all but reads while everything is halted."""

    def __init__(self, policy: Policy, store: Store) -> None:
        self._policy = policy
        self._store = store

    @property
    def by_namespace(self) -> bool:
        """As the policy under it."""
        return self._policy.by_namespace

    def rule(self, principal: Principal, ask: Ask) -> Ruling:
        """The policy's own ruling, unless it is halted."""
        if ask.act != "read" and read(self._store, HALT):
            return Ruling(allowed=False, rule=HALT)
        return self._policy.rule(principal, ask)
