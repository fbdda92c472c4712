"""Small things a service notes of itself, by name: the last of each, for the next look or the next process."""

from __future__ import annotations

from pydantic import JsonValue
from sqlalchemy import delete, insert, select

from interlock.core.store import Store
from interlock.core.store.tables import noted


def read(store: Store, name: str) -> JsonValue:
    """What was noted last; None when nothing was."""
    with store.read() as connection:
        found: JsonValue = connection.execute(select(noted.c.value).where(noted.c.name == name)).scalar()
    return found


def write(store: Store, name: str, value: JsonValue) -> None:
    """Note it in place of what was."""
    with store.write() as connection:
        connection.execute(delete(noted).where(noted.c.name == name))
        connection.execute(insert(noted).values(name=name, value=value))
