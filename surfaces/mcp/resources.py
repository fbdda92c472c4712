"""Runbooks, code, evidence and proposals as resources, read by the same ways as the tools read them.

Guarantee: a path or id leads to what the caller may see under that very name, or to nothing.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from mcp.server.mcpserver.exceptions import ResourceError, ResourceNotFoundError
from pydantic import JsonValue

from interlock.core.errors import Forbidden, InterlockError, NotFound, UnknownName
from interlock.surfaces.mcp.callers import Caller, current
from interlock.surfaces.mcp.changes import DeskOf, opened_desk
from interlock.surfaces.mcp.paging import page
from interlock.surfaces.mcp.work import Workers

if TYPE_CHECKING:
    from interlock.index.chunks import Kind
    from interlock.surfaces.mcp.reads import Opened
    from interlock.surfaces.mcp.server import Server

T = TypeVar("T")
log = logging.getLogger(__name__)
MOST_PATHS = 1000
MOST_LINES = 2000
MOST_CHARACTERS = 200_000
JSON = "application/json"


@dataclass(frozen=True)
class Shelf:
    """Reads resources for whoever asks."""

    opened: Opened
    workers: Workers
    desk: DeskOf | None

    async def read(self, look: Callable[[Caller], T]) -> T:
        """Look in a thread, as the caller.

        Raises:
            ResourceNotFoundError: when there is no such thing, or it is somebody else's.
            ResourceError: in our own words, for everything else.
        """
        try:
            caller = current()
            return await self.workers.run(lambda _: look(caller), _unreported)
        except (NotFound, Forbidden, UnknownName) as error:
            raise ResourceNotFoundError(_told(error)) from None
        except InterlockError as error:
            raise ResourceError(_told(error)) from None
        except Exception as error:
            log.error("a resource failed inside: %s", type(error).__name__)
            raise ResourceError("something failed inside; see the server's log") from None

    def document(self, caller: Caller, path: str) -> str:
        """A page of knowledge, whole as far as it fits."""
        runtime = self.opened()
        item = runtime.calls(caller.principal, "").call(
            "runbook_read", {"path": path, "end_line": MOST_LINES}
        )
        text, further = (item.text, None) if item.handle is None else ("", 0)
        while item.handle and further is not None and len(text) < MOST_CHARACTERS:
            part, further = page(runtime, caller.principal, item.handle, further)
            text += part
        return text if further is None else f"{text}\n[... more: read evidence://{item.id} ...]"

    def index(self, caller: Caller, kind: Kind) -> str:
        """The paths of a kind, one a line."""
        return "\n".join(self.paths(caller, kind, "", MOST_PATHS))

    def paths(self, caller: Caller, kind: Kind, start: str, most: int) -> list[str]:
        """The first paths that hold some words."""
        from interlock.tools.knowledge.library import Library

        runtime = self.opened()
        library = runtime.calls(caller.principal, "").backend(Library)
        found: Iterator[str] = library.paths(kind) if library else iter(())
        wanted = (runtime.parts.redactor.clean_text(path) for path in found if start in path)
        runtime.audit.note("knowledge.listed", {"principal": caller.principal.id, "kind": kind})
        return [*islice(wanted, most)]

    def evidence(self, caller: Caller, evidence_id: str) -> str:
        """Evidence of the caller's own, with the first part of its whole text."""
        from interlock.core.store.evidence import EvidenceStore

        runtime = self.opened()
        said: dict[str, JsonValue] = {"principal": caller.principal.id, "evidence": evidence_id}
        try:
            item = EvidenceStore(runtime.parts.store).get(evidence_id, caller.principal)
        except Forbidden:
            runtime.audit.note("evidence.refused", said)
            raise
        runtime.audit.note("evidence.read", said)
        text, further = page(runtime, caller.principal, item.handle, 0) if item.handle else (item.text, None)
        shown: dict[str, JsonValue] = {
            "id": item.id,
            "tool": item.tool,
            "args": item.args,
            "subject": item.subject,
            "taken_at": item.taken_at.isoformat(),
            "sources": [str(one) for one in item.locators],
            "limits": [*item.limits],
            "text": text,
            "handle": item.handle,
            "next_offset": further,
        }
        return json.dumps(shown)

    def proposal(self, caller: Caller, change_id: str) -> str:
        """A change as the caller may see it, with its card and where people decide."""
        desk = opened_desk(self.desk or (lambda: None))
        change = desk.get(caller.principal, change_id)
        return json.dumps({**change.as_json(), "url": desk.link(change)})


def add_resources(server: Server, shelf: Shelf) -> None:
    """Register them."""

    @server.resource("runbook://index", title="Runbooks", description="The paths of all runbooks.")
    async def runbooks() -> str:
        return await shelf.read(lambda caller: shelf.index(caller, "runbook"))

    @server.resource("iac://index", title="Infrastructure code", description="The paths of all code.")
    async def code() -> str:
        return await shelf.read(lambda caller: shelf.index(caller, "iac"))

    @server.resource(
        "runbook://{+path}", title="A runbook", description="A runbook by the path a search showed."
    )
    async def runbook(path: str) -> str:
        return await shelf.read(lambda caller: shelf.document(caller, path))

    @server.resource("iac://{+path}", title="A file of code", description="Code by the path a search showed.")
    async def iac(path: str) -> str:
        return await shelf.read(lambda caller: shelf.document(caller, path))

    @server.resource(
        "evidence://{id}", title="Evidence", description="A tool's result, by its id.", mime_type=JSON
    )
    async def evidence(id: str) -> str:
        return await shelf.read(lambda caller: shelf.evidence(caller, id))

    if shelf.desk is None:
        return

    @server.resource(
        "proposal://{id}", title="A requested change", description="Its card and state.", mime_type=JSON
    )
    async def proposal(id: str) -> str:
        return await shelf.read(lambda caller: shelf.proposal(caller, id))


def _told(error: InterlockError) -> str:
    return f"{error.message} ({error.hint})" if error.hint else error.message


async def _unreported(_: float, __: str) -> None:
    """A resource that is read reports no progress."""
