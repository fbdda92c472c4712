"""A halt stops every change and cuts what leaves for a model: whoever halts does not know yet what is wrong.

A halt is a row that everybody may add and only the approvals side may lift. Fail closed: while the store cannot say
whether everything is halted, nothing is sent and nothing is changed.
"""

from __future__ import annotations

from sqlalchemy import Connection, func, insert, select, update

from interlock.core.identity import Principal
from interlock.core.policy.ask import Ask, Policy, Ruling
from interlock.core.store import Store
from interlock.core.store.tables import halt

UNSAID = "no reason is given"
HALT = "halt"
"""The rule that a halt refuses by."""


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
        if ask.act != "read" and halted(self._store):
            return Ruling(allowed=False, rule=HALT)
        return self._policy.rule(principal, ask)


def halted(store: Store) -> str:
    """Why everything is halted; '' when it is not."""
    with store.read() as connection:
        return halted_in(connection)


def halted_in(connection: Connection) -> str:
    """The same, as a transaction of the caller's sees it."""
    newest = select(halt.c.reason).where(halt.c.lifted_at.is_(None)).order_by(halt.c.id.desc()).limit(1)
    row = connection.execute(newest).first()
    return (row.reason or UNSAID) if row else ""


def newest_halt(connection: Connection) -> int:
    """The number of the last halt there was; 0 before the first."""
    return connection.execute(select(func.max(halt.c.id))).scalar() or 0


def halt_in(connection: Connection, reason: str, *, by: str, at: str) -> None:
    """Halt everything."""
    connection.execute(insert(halt).values(at=at, reason=reason, principal=by))


def lift_in(connection: Connection, *, by: str, at: str, last: int) -> None:
    """Lift every halt up to number `last`: who lifts has not seen those after it."""
    open_ = halt.c.lifted_at.is_(None) & (halt.c.id <= last)
    connection.execute(update(halt).where(open_).values(lifted_at=at, lifted_by=by))
