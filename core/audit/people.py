"""Names kept apart from the record, so that a person can be forgotten while the chain still verifies.

The record holds a random pseudonym for each principal; which name it stands for is one row of another table. When
that row goes, no key and no guess brings the name back, because the pseudonym was never computed from it.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from pydantic import JsonValue
from sqlalchemy import Connection, delete, insert, select

from interlock.core.store.tables import person

FIELDS = frozenset({"principal", "principals", "requesters", "approver", "by", "on_behalf_of"})
"""Fields of a record's body that hold a principal's id, or a list of them."""
_PREFIX = "person_"


class People:
    """Pseudonyms, found or made in the transaction of the record that needs them."""

    def masked(self, body: Mapping[str, JsonValue], connection: Connection) -> dict[str, JsonValue]:
        """`body` with every principal replaced by its pseudonym."""
        return {
            key: self._value(value, connection) if key in FIELDS else self._inner(value, connection)
            for key, value in body.items()
        }

    def forget(self, principal: str, connection: Connection) -> str | None:
        """Cut the tie between a name and its pseudonym; returns the pseudonym, None when there was none."""
        found = connection.execute(select(person.c.pseudonym).where(person.c.principal == principal)).scalar()
        connection.execute(delete(person).where(person.c.principal == principal))
        return found

    def names(self, connection: Connection) -> dict[str, str]:
        """Pseudonym to name, of everybody who was not forgotten."""
        return {row.pseudonym: row.principal for row in connection.execute(select(person))}

    def _inner(self, value: JsonValue, connection: Connection) -> JsonValue:
        if isinstance(value, dict):
            return self.masked(value, connection)
        if isinstance(value, list):
            return [self._inner(item, connection) for item in value]
        return value

    def _value(self, value: JsonValue, connection: Connection) -> JsonValue:
        if isinstance(value, str):
            return self._pseudonym(value, connection)
        if isinstance(value, list):
            return [self._value(item, connection) for item in value]
        return self._inner(value, connection)

    def _pseudonym(self, principal: str, connection: Connection) -> str:
        if not principal or principal.startswith(_PREFIX):
            return principal
        # Asked each time and not remembered: another process may have forgotten this person since.
        known = connection.execute(select(person.c.pseudonym).where(person.c.principal == principal)).scalar()
        if known is None:
            known = _PREFIX + secrets.token_hex(8)
            connection.execute(insert(person).values(pseudonym=known, principal=principal))
        return str(known)


def shown(body: Mapping[str, JsonValue], names: Mapping[str, str]) -> dict[str, JsonValue]:
    """A record's body with the names that are still known in place of pseudonyms."""
    return {key: _named(value, names) for key, value in body.items()}


def _named(value: JsonValue, names: Mapping[str, str]) -> JsonValue:
    if isinstance(value, str):
        return names.get(value, value) if value.startswith(_PREFIX) else value
    if isinstance(value, list):
        return [_named(item, names) for item in value]
    return shown(value, names) if isinstance(value, dict) else value
