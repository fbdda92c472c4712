"""What `interlock mcp install` prints is what the client reads, with a source that is found from anywhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from interlock.core.errors import BadInput
from interlock.surfaces.cli.commands.mcp import CLIENTS, TOOLSETS, mcp
from interlock.surfaces.mcp.install import CLIENTS as KNOWN
from interlock.surfaces.mcp.settings import McpSettings


def installed(*arguments: str) -> dict[str, Any]:
    shown = CliRunner().invoke(mcp, ["install", *arguments])
    assert shown.exit_code == 0, shown.output
    return dict(json.loads(shown.stdout))


@pytest.mark.parametrize(
    ("client", "place"),
    [("vscode", "servers"), ("cursor", "mcpServers"), ("claude", "mcpServers"), ("zed", "context_servers")],
)
def test_a_client_starts_it_with_the_same_source_from_any_folder(
    client: str, place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "interlock.yaml").write_text("")
    (tmp_path / "pages").mkdir()
    monkeypatch.chdir(tmp_path)
    asked = ["--replay", "demo", "--config", "interlock.yaml", "--knowledge", "pages", "--toolset", "all"]
    entry = installed("--client", client, *asked)[place]["interlock"]
    where = [
        "--config",
        str(tmp_path / "interlock.yaml"),
        "--replay",
        "demo",
        "--knowledge",
        str(tmp_path / "pages"),
    ]
    assert entry["args"] == ["mcp", *where, "--toolset", "all"]


@pytest.mark.parametrize("client", CLIENTS)
def test_a_client_that_goes_to_a_service_gets_its_url_and_no_command(client: str) -> None:
    entry = next(iter(installed("--client", client, "--url", "https://i.example/mcp").values()))["interlock"]
    assert entry["url"] == "https://i.example/mcp" and "command" not in entry and "headers" not in entry


def test_the_command_knows_the_clients_and_toolsets_there_are() -> None:
    assert set(CLIENTS) == set(KNOWN)
    for one in TOOLSETS:
        assert McpSettings.model_validate({"toolsets": [one]}).toolsets == (one,)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("interlock.example/mcp", "is not a URL"),
        ("http://interlock.example/mcp", "is not encrypted"),
        ("https://interlock.example", "ends in /mcp"),
    ],
)
def test_an_address_at_which_no_client_would_find_us_safely_is_refused(url: str, why: str) -> None:
    shown = CliRunner().invoke(mcp, ["install", "--client", "claude", "--url", url])
    assert isinstance(shown.exception, BadInput)
    assert why in f"{shown.exception.message} {shown.exception.hint}"
    assert not shown.stdout
