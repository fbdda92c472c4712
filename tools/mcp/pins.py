"""Which definitions the operator accepted. Kept in our own database, and each acceptance on record with it."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import JsonValue
from sqlalchemy import delete, insert

from interlock.core.audit import AuditLog
from interlock.core.store import Store
from interlock.core.store.noted import read
from interlock.core.store.tables import noted
from interlock.tools.mcp.definition import Definition, restored


def accepted(store: Store, server: str) -> dict[str, Definition]:
    """The definitions in force of a server's tools, by tool.

    Raises:
        StoreFailed: when they cannot be read; then none is.
    """
    kept = read(store, _name(server))
    found = [restored(one) for one in kept] if isinstance(kept, list) else []
    return {one.tool: one for one in found if one is not None}


def accept(
    store: Store, log: AuditLog, server: str, definitions: Iterable[Definition], *, principal: str
) -> None:
    """Take these definitions into force, in place of all before; one transaction with the record of it."""
    held = sorted(definitions, key=lambda one: one.tool)
    rows: list[JsonValue] = [one.as_json() for one in held]
    digests: dict[str, JsonValue] = {one.tool: one.digest for one in held}
    with store.write() as connection:
        connection.execute(delete(noted).where(noted.c.name == _name(server)))
        connection.execute(insert(noted).values(name=_name(server), value=rows))
        said: dict[str, JsonValue] = {"principal": principal, "server": server, "tools": digests}
        log.append_in(connection, "mcp.accepted", said)


def _name(server: str) -> str:
    return f"mcp-accepted:{server}"
