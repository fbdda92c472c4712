"""What may be configured, and what the tools are then called."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interlock.core.errors import BadInput
from interlock.core.settings import Settings
from interlock.tools.mcp.settings import McpServersSettings, called

TOOL = st.from_regex(r"[A-Za-z0-9_./-]{1,128}", fullmatch=True)
LONG = st.from_regex(r"[A-Za-z0-9_./-]{61,128}", fullmatch=True)
SERVER = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,22}[a-z0-9])?", fullmatch=True)


def read(**server: Any) -> McpServersSettings:
    name = server.pop("name", "rack")
    return Settings({"mcp_servers": {"servers": {name: {"tools": ["look"], **server}}}}).section(
        McpServersSettings
    )


@pytest.mark.parametrize(
    ("server", "says"),
    [
        ({}, "either a url or a command"),
        ({"url": "https://a.test/mcp", "command": ["a"]}, "either a url or a command"),
        ({"url": "http://a.test/mcp"}, "is not https"),
        ({"url": "https://user:pass@a.test/mcp"}, "carries credentials"),
        ({"command": ["a"], "headers": {"a": "b"}}, "headers go with a url"),
        ({"url": "https://a.test/mcp", "environment": {"a": "b"}}, "headers go with a url"),
        ({"url": "https://a.test/mcp", "name": "Rack_1"}, "small letters"),
        ({"url": "https://a.test/mcp", "tools": ["a b"]}, "no name of an MCP tool"),
        ({"url": "https://a.test/mcp", "tools": ["a-b", "a_b"]}, "would both be called mcp_rack_a_b"),
        ({"url": "https://a.test/mcp", "tools": {"a": {"writes": True}}}, "writes"),
        ({"url": "https://a.test/mcp", "timeout_seconds": 0}, "timeout_seconds"),
        ({"command": "a --b"}, "command"),
    ],
)
def test_what_makes_no_sense_is_refused_at_start(server: dict[str, Any], says: str) -> None:
    with pytest.raises(BadInput, match=re.escape(says)) as raised:
        read(**server)
    assert "pass@" not in raised.value.message


def test_tools_may_be_a_plain_list_or_say_more() -> None:
    listed = read(url="https://a.test/mcp", tools={"look": None, "list": {"reads": True}})
    assert {name: one.reads for name, one in listed.servers["rack"].tools.items()} == {
        "look": False,
        "list": True,
    }


def test_credentials_are_not_shown() -> None:
    raw = {
        "a": {"url": "https://a.test/mcp", "headers": {"authorization": "Bearer s3cr3t"}, "tools": ["look"]},
        "b": {"command": ["prog"], "environment": {"TOKEN": "s3cr3t"}, "tools": ["look"]},
    }
    assert "s3cr3t" not in json.dumps(Settings({"mcp_servers": {"servers": raw}}).shown())  # type: ignore[dict-item]


@given(SERVER, TOOL)
@settings(deadline=None)
def test_every_name_is_one_that_models_take(server: str, tool: str) -> None:
    assert re.fullmatch(r"mcp_[a-z0-9_]{1,60}", called(server, tool))


@given(SERVER, st.lists(LONG, min_size=2, max_size=2, unique=True))
@settings(deadline=None)
def test_long_names_that_differ_stay_apart(server: str, tools: list[str]) -> None:
    assert called(server, tools[0]) != called(server, tools[1])
