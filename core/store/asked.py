"""What a principal asked, and what each answer said it did not have. Reads only; the questions are redacted already."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from interlock.core.identity import Principal
from interlock.core.store import Store
from interlock.core.store.tables import turn


@dataclass(frozen=True)
class AskedBefore:
    """A question and the limits of its answer."""

    question: str
    limits: tuple[str, ...]


def asked_by(store: Store, principal: Principal, *, most: int) -> list[AskedBefore]:
    """The newest questions of this principal, oldest first.

    Raises:
        StoreFailed: when they cannot be read.
    """
    newest = select(turn.c.question, turn.c.answer).where(turn.c.principal == principal.id)
    with store.read() as connection:
        rows = connection.execute(newest.order_by(turn.c.id.desc()).limit(most)).all()
    return [AskedBefore(row.question, _limits(row.answer)) for row in reversed(rows)]


def _limits(answer: object) -> tuple[str, ...]:
    held = answer.get("limits") if isinstance(answer, dict) else None
    return tuple(str(limit) for limit in held) if isinstance(held, list) else ()
