"""The turns of conversations and the outbox of their events. Holds redacted text only.

Threat: somebody goes on with, or writes into, the conversation of another, and reads there what only the other may see.
Mechanism: a conversation belongs to whoever began it; reading and writing check that, the writing in its transaction.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from pydantic import JsonValue
from sqlalchemy import Connection, insert, select

from interlock.core.clock import Clock
from interlock.core.errors import Forbidden
from interlock.core.identity import Principal
from interlock.core.store import Store
from interlock.core.store.tables import outbox, turn


@dataclass(frozen=True)
class Turn:
    """One question and its answer. `origins` is whose data the two may hold; None when nobody wrote it down."""

    conversation: str
    question: str
    answer: dict[str, JsonValue]
    origins: dict[str, JsonValue] | None = None


def new_conversation_id() -> str:
    """A global id."""
    return "cv_" + secrets.token_hex(8)


class Conversations:
    """Conversations in a store."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def add(self, asked: Turn, principal: Principal) -> None:
        """Keep a finished turn and its answer event, in one transaction.

        Raises:
            Forbidden: when the conversation belongs to another principal.
            StoreFailed: when nothing could be kept.
        """
        at = self._clock.now().isoformat()
        event: JsonValue = {"type": "answer", "answer": asked.answer}
        with self._store.write() as connection:
            _check_owner(connection, asked.conversation, principal)
            connection.execute(
                insert(turn).values(
                    conversation=asked.conversation,
                    principal=principal.id,
                    at=at,
                    question=asked.question,
                    answer=asked.answer,
                    origins=asked.origins,
                )
            )
            connection.execute(insert(outbox).values(conversation=asked.conversation, at=at, event=event))

    def get(self, conversation: str, principal: Principal, *, turns: int = 10) -> list[Turn]:
        """The newest turns of a conversation, oldest first; empty when nothing was said in it yet.

        Raises:
            Forbidden: when it belongs to another principal.
        """
        with self._store.read() as connection:
            _check_owner(connection, conversation, principal)
            return _turns(connection, conversation, turns)

    def latest(self, principal: Principal, *, turns: int = 10) -> list[Turn]:
        """The turns of this principal's newest conversation, oldest first; empty when there is none."""
        with self._store.read() as connection:
            newest = connection.execute(
                select(turn.c.conversation)
                .where(turn.c.principal == principal.id)
                .order_by(turn.c.id.desc())
                .limit(1)
            ).scalar()
            return _turns(connection, newest, turns) if newest else []


def _check_owner(connection: Connection, conversation: str, principal: Principal) -> None:
    said_by = turn.c.conversation == conversation, turn.c.principal != principal.id
    if connection.execute(select(turn.c.id).where(*said_by).limit(1)).first():
        raise Forbidden(
            f"conversation {conversation!r} belongs to another principal",
            hint="ask in a conversation of your own",
        )


def _turns(connection: Connection, conversation: str, most: int) -> list[Turn]:
    newest = select(turn).where(turn.c.conversation == conversation).order_by(turn.c.id.desc()).limit(most)
    rows = connection.execute(newest).all()
    return [Turn(row.conversation, row.question, row.answer, row.origins) for row in reversed(rows)]
