"""What to put into the configuration of a client so that it finds us. Nothing is written, and no secret is printed."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from pydantic import JsonValue

NAME = "interlock"
VARIABLE = "INTERLOCK_TOKEN"
Entry = dict[str, JsonValue]


@dataclass(frozen=True)
class Start:
    """How a client reaches us: by a command that it starts, or at a URL, there perhaps with a service token."""

    command: str
    arguments: Sequence[str]
    url: str = ""
    token: bool = False


@dataclass(frozen=True)
class Client:
    """A client: where its configuration lies, and how ours is written there."""

    where: str
    token: str
    written: Callable[[Start], Entry]

    def document(self, start: Start) -> str:
        """The configuration as the client reads it."""
        return json.dumps(self.written(start), indent=2)

    def place(self, start: Start) -> str:
        """Where it goes, and where the token is taken from."""
        return f"{self.where}; {self.token}" if start.token else self.where


def _vscode(start: Start) -> Entry:
    if not start.url:
        return {"servers": {NAME: {"type": "stdio", **_command(start)}}}
    secret: Entry = {
        "type": "promptString",
        "id": "interlock-token",
        "description": "Token",
        "password": True,
    }
    asked: Entry = {"inputs": [secret]} if start.token else {}
    return {**asked, "servers": {NAME: {"type": "http", **_url(start, "${input:interlock-token}")}}}


def _cursor(start: Start) -> Entry:
    return {"mcpServers": {NAME: _url(start, f"${{env:{VARIABLE}}}") if start.url else _command(start)}}


def _claude(start: Start) -> Entry:
    entry: Entry = {"type": "http", **_url(start, f"${{{VARIABLE}}}")} if start.url else _command(start)
    return {"mcpServers": {NAME: entry}}


def _zed(start: Start) -> Entry:
    return {"context_servers": {NAME: _url(start, "TOKEN") if start.url else _command(start)}}


def _command(start: Start) -> Entry:
    return {"command": start.command, "args": [*start.arguments]}


def _url(start: Start, token: str) -> Entry:
    headers: Entry = {"headers": {"Authorization": f"Bearer {token}"}} if start.token else {}
    return {"url": start.url, **headers}


_FROM_ENVIRONMENT = f"the token is taken from ${VARIABLE}"
CLIENTS: Mapping[str, Client] = {
    "vscode": Client(".vscode/mcp.json of the workspace", "VS Code asks for the token once", _vscode),
    "cursor": Client(".cursor/mcp.json of the project, or ~/.cursor/mcp.json", _FROM_ENVIRONMENT, _cursor),
    "claude": Client(".mcp.json of the project", _FROM_ENVIRONMENT, _claude),
    "zed": Client("settings.json of Zed", "the token stands in the place of TOKEN", _zed),
}
