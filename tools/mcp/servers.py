"""The configured servers, as one principal may ask them with what a question holds so far.

Threat: words of a cluster or page, or a secret, that leave in an argument for somebody else's server; a tool nobody listed
or vouched for. Mechanism: the policy is asked whether the principal may read from the server, and then, as before a model
call, for each cluster and source whose data the question may hold, whether it may be sent there; an argument that the
redactor would change in substance is not sent; only listed, accepted, reading tools are called.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from copy import copy
from functools import cached_property

from pydantic import JsonValue

from interlock.core.errors import BadInput, InterlockError, Refused, StoreFailed
from interlock.core.evidence import QueryLocator
from interlock.core.identity import Principal
from interlock.core.policy import Ask, Policy, enforce
from interlock.core.policy.egress import Origins, asks
from interlock.core.redaction import Redactor
from interlock.core.store import Store
from interlock.tools.mcp.answer import told
from interlock.tools.mcp.definition import Definition
from interlock.tools.mcp.pins import accepted
from interlock.tools.mcp.settings import McpServersSettings, called, label
from interlock.tools.mcp.wire import PINNED, Server
from interlock.tools.tool import Result

READS = "mcp-reads-only"
SECRET = "mcp-argument-secret"  # noqa: S105 - the rule's name
_TOLD = 300


class McpServers:
    """Every configured server. `seen_by` and `asked_with` give it as one question may use it."""

    def __init__(self, section: McpServersSettings, store: Store, redactor: Redactor) -> None:
        """Nothing is asked yet; what was accepted is read when first used."""
        self._section = section
        self._store = store
        self._redactor = redactor
        self._policy: Policy | None = None
        self._principal: Principal | None = None
        self._origins: Callable[[], Origins] = Origins

    def seen_by(self, policy: Policy, principal: Principal) -> McpServers:
        """The servers as a principal may ask them."""
        view = copy(self)
        view._policy, view._principal = policy, principal
        return view

    def asked_with(self, origins: Callable[[], Origins]) -> McpServers:
        """The servers, asked with words of these origins."""
        view = copy(self)
        view._origins = origins
        return view

    @property
    def names(self) -> tuple[str, ...]:
        """The configured servers."""
        return tuple(sorted(self._section.servers))

    @cached_property
    def pinned(self) -> dict[str, tuple[str, Definition]]:
        """Server and definition of every listed, accepted, reading tool by its name here; none without our database."""
        try:
            held = [(name, one) for name in self.names for one in accepted(self._store, name).values()]
        except StoreFailed:
            return {}
        return {called(name, one.tool): (name, one) for name, one in held if self.problem(name, one) is None}

    def shown(self, text: str) -> str:
        """A server's words as they may be shown."""
        return self._redactor.clean_text(text)

    def server(self, name: str) -> Server:
        """How to ask a configured server."""
        return Server(name, self._section.servers[name], self._redactor)

    def problem(self, server: str, definition: Definition) -> Refused | None:
        """Why a tool may not be called whatever was accepted; None when it may."""
        listed = self._section.servers[server].tools.get(definition.tool)
        if listed is None:
            return Refused(
                f"tool {definition.tool} of MCP server {server} is not listed",
                rule=PINNED,
                hint=f"list it under mcp_servers.servers.{server}.tools",
            )
        if not definition.reads and not listed.reads:
            return Refused(
                f"tool {definition.tool} of MCP server {server} does not say that it only reads",
                rule=READS,
                hint=f"if you know it does: mcp_servers.servers.{server}.tools.{definition.tool}.reads: true",
            )
        return None

    def call(self, server: str, definition: Definition, arguments: Mapping[str, JsonValue]) -> Result:
        """Ask a server, once everything allows it.

        Raises:
            Refused: the policy, the listing, the acceptance or an argument says no.
            InterlockError: as the server answered; its words are still untrusted.
        """
        if problem := self.problem(server, definition):
            raise problem
        self._permit(server, called(server, definition.tool))
        answer = self.server(server).call(definition, self._clean(definition.tool, arguments))
        read = told(answer)
        if answer.is_error:
            said = " ".join(str(read.data.get("text") or read.data.get("structured") or "").split())
            raise InterlockError(f"MCP server {server} could not do {definition.tool}: {said[:_TOLD]}")
        asked = json.dumps(arguments, sort_keys=True, ensure_ascii=False)
        place = QueryLocator(system=label(server), query=f"{definition.tool} {asked}")
        return Result(
            kind="document",
            subject="",
            data=dict(read.data),
            locators=(place,),
            limits=read.limits,
            summary="answered",
        )

    def _permit(self, server: str, tool: str) -> None:
        if self._policy is None or self._principal is None:
            raise Refused(f"nobody in particular may ask MCP server {server}", rule="no-identity")
        name = label(server)
        enforce(self._policy, self._principal, Ask(tool, name, kind="Source", source=name))
        held = self._origins()
        others = Origins(held.clusters, held.sources - {name})
        for ask in asks(name, "tool", others):
            enforce(self._policy, self._principal, ask)

    def _clean(self, tool: str, arguments: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
        """The arguments as they may leave. Hidden characters are dropped; anything to hide stops the call."""
        cleaned, found = self._redactor.clean_value(dict(arguments))
        if hidden := sorted(set(found) - {"control"}):
            raise Refused(
                f"an argument for {tool} holds what must not leave ({', '.join(hidden)})",
                rule=SECRET,
                hint="ask without it",
            )
        if not isinstance(cleaned, dict):
            raise BadInput(f"the arguments for {tool} must be an object")
        return cleaned
