"""The words that other processes have for a conversation: written in the transaction of what they tell of, read in order.

Each is kept until its conversation's retention ends; readers remember how far they read.
"""

from __future__ import annotations

from pydantic import TypeAdapter
from sqlalchemy import delete, insert, select

from interlock.core.events import Event
from interlock.core.store import Store
from interlock.core.store.tables import cursor, outbox

_EVENT: TypeAdapter[Event] = TypeAdapter(Event)


class Outbox:
    """The outbox of a store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def since(self, conversation: str, after: int = 0, *, most: int = 100) -> list[tuple[int, Event]]:
        """The events of one conversation after number `after`, oldest first."""
        query = select(outbox).where(outbox.c.conversation == conversation, outbox.c.id > after)
        with self._store.read() as connection:
            rows = connection.execute(query.order_by(outbox.c.id).limit(most)).all()
        return [(row.id, _EVENT.validate_python(row.event)) for row in rows]

    def waiting(self, reader: str, *, most: int = 100) -> list[tuple[int, str, Event]]:
        """What a reader of everything has not read yet: number, conversation, event."""
        read = select(cursor.c.seq).where(cursor.c.name == _name(reader))
        with self._store.read() as connection:
            after = connection.execute(read).scalar() or 0
            rows = connection.execute(
                select(outbox).where(outbox.c.id > after).order_by(outbox.c.id).limit(most)
            ).all()
        return [(row.id, row.conversation, _EVENT.validate_python(row.event)) for row in rows]

    def read(self, reader: str, upto: int, at: str) -> None:
        """Remember that a reader has read up to a number."""
        with self._store.write() as connection:
            connection.execute(delete(cursor).where(cursor.c.name == _name(reader)))
            connection.execute(insert(cursor).values(name=_name(reader), seq=upto, at=at))


def _name(reader: str) -> str:
    return f"outbox:{reader}"
