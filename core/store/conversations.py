"""The turns of conversations and the outbox of their events. Holds redacted text only."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from pydantic import JsonValue
from sqlalchemy import insert, select

from interlock.core.clock import Clock
from interlock.core.identity import Principal
from interlock.core.store import Store
from interlock.core.store.tables import outbox, turn


@dataclass(frozen=True)
class Turn:
    """One question and its answer."""

    conversation: str
    question: str
    answer: dict[str, JsonValue]


def new_conversation_id() -> str:
    """A global id."""
    return "cv_" + secrets.token_hex(8)


class Conversations:
    """Conversations in a store."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def add(self, asked: Turn, principal: Principal) -> None:
        """Keep a finished turn and its answer event, in one transaction."""
        at = self._clock.now().isoformat()
        event: JsonValue = {"type": "answer", "answer": asked.answer}
        with self._store.write() as connection:
            connection.execute(
                insert(turn).values(
                    conversation=asked.conversation,
                    principal=principal.id,
                    at=at,
                    question=asked.question,
                    answer=asked.answer,
                )
            )
            connection.execute(insert(outbox).values(conversation=asked.conversation, at=at, event=event))

    def latest(self, principal: Principal, *, turns: int = 10) -> list[Turn]:
        """The turns of this principal's newest conversation, oldest first; empty when there is none."""
        with self._store.read() as connection:
            newest = connection.execute(
                select(turn.c.conversation)
                .where(turn.c.principal == principal.id)
                .order_by(turn.c.id.desc())
                .limit(1)
            ).scalar()
            rows = connection.execute(
                select(turn).where(turn.c.conversation == newest).order_by(turn.c.id.desc()).limit(turns)
            ).all()
        return [Turn(row.conversation, row.question, row.answer) for row in reversed(rows)]
