"""Which other MCP servers are asked, and which of their tools."""

from __future__ import annotations

import hashlib
import re
from collections import Counter

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from interlock.core.errors import BadInput
from interlock.core.outbound import checked_url

PREFIX = "mcp_"
_SERVER = re.compile(r"[a-z0-9]([a-z0-9-]{0,22}[a-z0-9])?")
_TOOL = re.compile(r"[A-Za-z0-9_./-]{1,128}")
_LONGEST = 64
"""The longest name of a tool that hosted models take."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ToolSettings(_Part):
    """A tool that may be called. `reads`: the operator vouches that it only reads, where its server does not say so."""

    reads: bool = False


class ServerSettings(_Part):
    """One server: a `url` (Streamable HTTP) with `headers`, or a `command` with `environment` (standard input and output).

    Only `tools` are ever called. Headers and environment are the server's credential of ours; a person's is never sent.
    """

    url: str = ""
    headers: dict[str, SecretStr] = Field(default_factory=dict)
    command: tuple[str, ...] = ()
    environment: dict[str, SecretStr] = Field(default_factory=dict)
    tools: dict[str, ToolSettings]
    timeout_seconds: float = Field(20.0, gt=0, le=300)

    @field_validator("tools", mode="before")
    @classmethod
    def _plain_list(cls, given: object) -> object:
        """`tools: [a, b]` and `tools: {a: }` list tools without more to say of them."""
        if isinstance(given, list | tuple):
            return {str(name): {} for name in given}
        return (
            {name: {} if said is None else said for name, said in given.items()}
            if isinstance(given, dict)
            else given
        )

    @model_validator(mode="after")
    def _one_way(self) -> ServerSettings:
        if bool(self.url) == bool(self.command):
            raise ValueError("a server has either a url or a command, not both")
        if (self.url and self.environment) or (self.command and self.headers):
            raise ValueError("headers go with a url, environment with a command")
        if self.url:
            try:
                checked_url(self.url)
            except BadInput as error:
                raise ValueError(error.message) from None
        for tool in self.tools:
            if not _TOOL.fullmatch(tool):
                raise ValueError(f"{tool!r} is no name of an MCP tool")
        return self


class McpServersSettings(_Part):
    """`servers` by the name they are given here: small letters, digits and hyphens."""

    servers: dict[str, ServerSettings] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _names(self) -> McpServersSettings:
        for server in self.servers:
            if not _SERVER.fullmatch(server):
                raise ValueError(
                    f"{server!r}: a server's name has at most 24 small letters, digits and hyphens"
                )
        names = Counter(called(server, tool) for server, one in self.servers.items() for tool in one.tools)
        if twice := sorted(name for name, count in names.items() if count > 1):
            raise ValueError(f"two listed tools would both be called {twice[0]}")
        return self


def called(server: str, tool: str) -> str:
    """The name of a server's tool among ours: `mcp_SERVER_TOOL`, other characters as `_`, a long one cut with a digest."""
    plain = PREFIX + re.sub(r"[^a-z0-9_]", "_", f"{server}_{tool}".lower())
    if len(plain) <= _LONGEST:
        return plain
    return f"{plain[: _LONGEST - 9]}_{hashlib.sha256(f'{server}/{tool}'.encode()).hexdigest()[:8]}"


def label(server: str) -> str:
    """What policies call the server: a provider when words go to it, a source where its data is."""
    return f"mcp:{server}"


def secrets_of(section: McpServersSettings) -> list[str]:
    """The credentials in the settings, for the redactor: a server may print what it was given."""
    values = [
        v for one in section.servers.values() for v in (*one.headers.values(), *one.environment.values())
    ]
    plain = [value.get_secret_value() for value in values]
    return [part for value in plain for part in {value, value.removeprefix("Bearer ")} if len(part) > 7]
