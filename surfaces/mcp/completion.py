"""Completion of the arguments of resources and prompts: paths, ids, namespaces and names that the caller may see."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcp.server.mcpserver.exceptions import ResourceError
from mcp_types import (
    Completion,
    CompletionArgument,
    CompletionContext,
    PromptReference,
    ResourceTemplateReference,
)
from pydantic import JsonValue

from interlock.core.clusters.objects import Node
from interlock.surfaces.mcp.callers import Caller
from interlock.surfaces.mcp.changes import opened_desk

if TYPE_CHECKING:
    from interlock.surfaces.mcp.resources import Shelf
    from interlock.surfaces.mcp.server import Server

MOST = 100
"""What the protocol lets one completion hold."""
KINDS = ("cronjob", "daemonset", "deployment", "job", "pod", "statefulset")
Reference = PromptReference | ResourceTemplateReference


def add_completion(server: Server, shelf: Shelf) -> None:
    """Register it."""

    async def complete(
        ref: Reference, argument: CompletionArgument, context: CompletionContext | None
    ) -> Completion:
        given = (context.arguments if context else None) or {}

        def look(caller: Caller) -> list[str]:
            return _found(shelf, caller, ref, argument, given)

        try:
            found = await shelf.read(look)
        except ResourceError:
            found = []  # a list to choose from is a courtesy
        return Completion(values=found[:MOST], total=len(found), has_more=len(found) > MOST)

    server.completion()(complete)  # type: ignore[no-untyped-call]


def _found(
    shelf: Shelf, caller: Caller, ref: Reference, argument: CompletionArgument, given: dict[str, str]
) -> list[str]:
    if isinstance(ref, ResourceTemplateReference):
        return _resources(shelf, caller, ref.uri, argument.value)
    if argument.name == "kind":
        return [kind for kind in KINDS if kind.startswith(argument.value)]
    if argument.name == "namespace":
        return _names(shelf, caller, "namespaces", "", argument.value)
    if argument.name == "name" and given.get("namespace"):
        return _names(shelf, caller, given.get("kind") or "deployment", given["namespace"], argument.value)
    return []


def _resources(shelf: Shelf, caller: Caller, uri: str, start: str) -> list[str]:
    scheme = uri.partition(":")[0]
    if scheme == "evidence":
        from interlock.core.store.evidence import EvidenceStore

        latest = EvidenceStore(shelf.opened().parts.store).latest(caller.principal)
        return [found for found, _ in latest if found.startswith(start)]
    if scheme == "proposal" and shelf.desk:
        changes = opened_desk(shelf.desk).list(caller.principal)
        return [change.id for change in changes if change.id.startswith(start)]
    if scheme in ("runbook", "iac"):
        return shelf.paths(caller, "runbook" if scheme == "runbook" else "iac", start, MOST + 1)
    return []


def _names(shelf: Shelf, caller: Caller, kind: str, namespace: str, start: str) -> list[str]:
    calls = shelf.opened().calls(caller.principal, "")
    args: dict[str, JsonValue] = {"kind": kind, "namespace": namespace, "names_only": True, "limit": 1000}
    data = calls.call("kubernetes_list", args).data
    rows = Node(data if isinstance(data, dict) else {}).nodes("rows")
    return [name for name in (row.text("name") for row in rows) if name.startswith(start)]
