"""What a server's listed tools are now, beside what was accepted; and taking it into force after a person's look."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import JsonValue

from interlock.core.audit import AuditLog
from interlock.core.store import Store
from interlock.tools.mcp.definition import Definition
from interlock.tools.mcp.pins import accept, accepted
from interlock.tools.mcp.servers import McpServers

State = Literal["accepted", "new", "changed", "gone", "refused"]
HIDDEN = "(the change is in what is hidden, cut or not shown)"


@dataclass(frozen=True)
class Listed:
    """A listed tool: `now` as its server describes it, `before` as it was accepted."""

    tool: str
    state: State
    now: Definition | None
    before: Definition | None

    def as_json(self) -> dict[str, JsonValue]:
        """For scripts."""
        return {
            "tool": self.tool,
            "state": self.state,
            "digest": self.now.digest if self.now else None,
            "accepted": self.before.digest if self.before else None,
        }

    def difference(self) -> Iterator[str]:
        """What a person looks at: all of a new definition, what changed of another. Redacted words of the server."""
        before, now = _lines(self.before), _lines(self.now)
        if self.before is None or self.now is None:
            yield from now
            return
        told = list(difflib.unified_diff(before, now, lineterm="", n=1))[2:]
        yield from told or [HIDDEN]


def compared(servers: McpServers, store: Store, server: str) -> list[Listed]:
    """Every listed tool of a configured server.

    Raises:
        Unreachable, InterlockError: as the server answers.
        StoreFailed: when what was accepted cannot be read.
    """
    one = servers.server(server)
    now, before = one.definitions(), accepted(store, server)
    return [
        _listed(servers, server, tool, now.get(tool), before.get(tool)) for tool in sorted(one.settings.tools)
    ]


def take(
    servers: McpServers, store: Store, log: AuditLog, server: str, wanted: Sequence[Listed], *, principal: str
) -> None:
    """Take what was shown into force, beside what is in force of the other listed tools; on record.

    Raises:
        Refused: for a tool that neither says that it only reads nor is vouched for.
        StoreFailed: when it cannot be written; nothing is then accepted.
    """
    fresh = {one.tool: one.now for one in wanted if one.now is not None}
    for definition in fresh.values():
        if problem := servers.problem(server, definition):
            raise problem
    listed = servers.server(server).settings.tools
    held = {tool: one for tool, one in accepted(store, server).items() if tool in listed}
    accept(store, log, server, [*{**held, **fresh}.values()], principal=principal)


def _listed(
    servers: McpServers, server: str, tool: str, now: Definition | None, before: Definition | None
) -> Listed:
    state: State
    if now is None:
        state = "gone"
    elif servers.problem(server, now):
        state = "refused"
    elif before is None:
        state = "new"
    else:
        state = "accepted" if before.digest == now.digest else "changed"
    return Listed(tool, state, now, before)


def _lines(one: Definition | None) -> list[str]:
    if one is None:
        return []
    schema = json.dumps(one.schema, indent=1, sort_keys=True, ensure_ascii=False)
    reads = "says that it only reads" if one.reads else "does not say that it only reads"
    return [
        f"title: {one.title}",
        *f"description: {one.description}".splitlines(),
        reads,
        *schema.splitlines(),
    ]
