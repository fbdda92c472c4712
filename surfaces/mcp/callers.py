"""Who calls, for the length of one message: bound where a message comes in, read where something is looked at.

Threat: a call that runs as nobody, or as who called before. Mechanism: the transport says who calls for each message
anew; nothing is kept. Guarantee: without a bound caller nothing is looked at.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Literal

from interlock.core.errors import InterlockError, Refused
from interlock.core.identity import Principal

Scope = Literal["read", "request"]
EVERYTHING: frozenset[Scope] = frozenset({"read", "request"})


@dataclass(frozen=True)
class Caller:
    """A principal, what their token is good for, and the id they came by where that is another."""

    principal: Principal
    scopes: frozenset[Scope] = EVERYTHING
    alias: str = ""

    def check(self, scope: Scope) -> None:
        """Let the call pass.

        Raises:
            Refused: when the token is not good for it.
        """
        if scope not in self.scopes:
            raise Refused(
                f"this token is not good for {'asking for changes' if scope == 'request' else 'reading'}",
                rule="token-scope",
                hint=f"use a token with the scope {scope!r}",
            )


Identify = Callable[[object], Caller]
"""Who sent a message, by the transport's own request object (None on stdio)."""

_CALLER: ContextVar[Caller | None] = ContextVar("caller", default=None)


def bind(caller: Caller) -> None:
    """Say who sent the message that is being answered; the task that answers it forgets it at its end."""
    _CALLER.set(caller)


def current(scope: Scope = "read") -> Caller:
    """Who sent the message, when their token is good for `scope`.

    Raises:
        Refused: when it is not.
        InterlockError: when nobody was bound.
    """
    caller = _CALLER.get()
    if caller is None:
        raise InterlockError("nobody is known to have asked this")
    caller.check(scope)
    return caller
