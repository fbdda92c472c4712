"""Points 1 to 4 of the checklist: who may reach the server, what it takes, and what comes out of it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from interlock.core.errors import BadInput
from interlock.core.identity.settings import IdentitySettings
from interlock.surfaces.http.front import check_exposure
from interlock.surfaces.http.settings import ServeSettings


def test_point_01_a_host_that_is_not_ours_reaches_nothing(serve: Any, wire: Any) -> None:
    with serve() as service, service.client() as client:
        for asked in (wire.initialize(host="evil.com"), wire.modern("tools/list", host="evil.com")):
            refused = client.post("/mcp", **asked)
            assert refused.status_code == 421
            assert "interlock" not in refused.text.lower()


def test_point_01_a_page_of_another_origin_is_refused_on_initialize_too(serve: Any, wire: Any) -> None:
    evil = {"origin": "http://evil.com"}
    with serve() as service, service.client() as client:
        assert client.post("/mcp", **wire.initialize(**evil)).status_code == 403
        assert client.post("/mcp", **wire.modern("tools/list", **evil)).status_code == 403
        assert client.get("/mcp", headers={**evil, "accept": "text/event-stream"}).status_code == 403
        assert client.post("/mcp", **wire.initialize(origin=service.url)).status_code == 200
        assert client.post("/mcp", **wire.modern("tools/list", origin=service.url)).status_code == 200


def test_point_01_behind_a_proxy_that_takes_tls_off_our_own_pages_are_https(serve: Any, wire: Any) -> None:
    with serve({"public_url": "https://localhost"}) as service, service.client() as client:
        secure = service.url.replace("http://", "https://")
        assert client.post("/mcp", **wire.modern("tools/list", origin=secure)).status_code == 200
        assert client.post("/mcp", **wire.modern("tools/list", origin=service.url)).status_code == 403


def test_point_02_it_listens_on_this_machine_unless_it_can_tell_people_apart() -> None:
    assert ServeSettings().host == "127.0.0.1"
    nobody = IdentitySettings()
    with pytest.raises(BadInput, match="nobody could be told apart"):
        check_exposure(ServeSettings(host="0.0.0.0"), nobody)
    known = IdentitySettings.model_validate(
        {"oidc": {"issuer": "https://id.example", "audience": "interlock"}}
    )
    with pytest.raises(BadInput, match="without TLS"):
        check_exposure(ServeSettings(host="0.0.0.0"), known)


def test_point_03_a_body_that_is_too_large_is_413(serve: Any, wire: Any) -> None:
    with serve({"max_body_bytes": 5_000}) as service, service.client() as client:
        asked = wire.modern("tools/call", {"name": "ask", "arguments": {"question": "x" * 6_000}})
        assert client.post("/mcp", **asked).status_code == 413

        def pieces() -> Any:
            yield from (asked["content"].encode()[at : at + 1_000] for at in range(0, 6_000, 1_000))

        assert client.post("/mcp", content=pieces(), headers=asked["headers"]).status_code == 413


def test_point_03_what_is_not_said_rightly_is_refused_by_its_code(serve: Any, wire: Any) -> None:
    with serve() as service, service.client() as client:
        assert client.post("/mcp", **wire.modern("tools/list", accept="text/html")).status_code == 406
        assert client.post("/mcp", **wire.initialize(**{"content-type": "text/plain"})).status_code == 400
        other = client.post("/mcp", **wire.modern("tools/list", **{"mcp-method": "tools/call"}))
        assert (other.status_code, other.json()["error"]["code"]) == (400, -32020)
        later = client.post("/mcp", **wire.modern("tools/list", **{"mcp-protocol-version": "2027-01-01"}))
        assert later.status_code == 400 and later.json()["error"]["code"] in (-32020, -32022)
        body = json.loads(wire.modern("tools/list")["content"])
        body["params"]["_meta"]["io.modelcontextprotocol/protocolVersion"] = "2027-01-01"
        asked = wire.modern("tools/list", **{"mcp-protocol-version": "2027-01-01"})
        unknown = client.post("/mcp", content=json.dumps(body), headers=asked["headers"])
        assert (unknown.status_code, unknown.json()["error"]["code"]) == (400, -32022)


def test_point_04_standard_output_holds_json_rpc_and_nothing_else(speak: Any, wire: Any) -> None:
    started = speak.child()
    lines = [
        json.loads(wire.initialize()["content"]),
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        _call(2, "kubernetes_list", {"kind": "pods"}),
        _call(3, "ask", {"question": "what is wrong in checkout?"}),
        _call(4, "no_such_tool", {}),
    ]
    ran = subprocess.Popen(
        [started.command, *started.args],
        env=started.env,
        cwd=started.cwd,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    with ran:
        assert ran.stdin and ran.stdout
        answered: set[Any] = set()
        for line in lines:
            ran.stdin.write(json.dumps(line).encode() + b"\n")
            ran.stdin.flush()
            while "id" in line and line["id"] not in answered:
                said = json.loads(ran.stdout.readline())
                assert said["jsonrpc"] == "2.0"
                answered.add(said.get("id"))
        ran.stdin.close()
        assert ran.stdout.read() == b""
    assert ran.returncode == 0


def test_point_04_what_code_prints_by_mistake_does_not_reach_the_client(tmp_path: Path) -> None:
    program = (
        "import os, sys\n"
        "from interlock.core.identity import Principal\n"
        "from interlock.surfaces.mcp import stdio\n"
        "from interlock.surfaces.mcp.settings import McpSettings\n"
        "def noisy():\n"
        "    print('printed'); os.write(1, b'written'); raise RuntimeError('closed')\n"
        "stdio.serve(noisy, McpSettings(), changes=False)\n"
    )
    asked = [
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
            "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        _call(2, "kubernetes_list", {"kind": "pods"}),
    ]  # fmt: skip
    ran = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        cwd=tmp_path,
    )  # fmt: skip
    with ran:
        assert ran.stdin and ran.stdout and ran.stderr
        ran.stdin.write(b"".join(json.dumps(line).encode() + b"\n" for line in asked))
        ran.stdin.flush()
        said = [json.loads(ran.stdout.readline()) for _ in range(2)]
        ran.stdin.close()
        assert ran.stdout.read() == b""
        noise = ran.stderr.read()
    assert (
        said[1]["result"]["isError"] and "something failed inside" in said[1]["result"]["content"][0]["text"]
    )
    assert b"printed" in noise and b"written" in noise


def test_ctrl_c_ends_it_although_no_line_comes(speak: Any, wire: Any) -> None:
    started = speak.child()
    ran = subprocess.Popen(
        [started.command, *started.args],
        env=started.env,
        cwd=started.cwd,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    with ran:
        assert ran.stdin and ran.stdout
        ran.stdin.write(wire.initialize()["content"].encode() + b"\n")
        ran.stdin.flush()
        assert ran.stdout.readline()
        ran.send_signal(signal.SIGINT)
        assert ran.wait(20) == 130


@pytest.mark.parametrize("client", ["vscode", "cursor", "claude", "zed"])
def test_point_04_no_secret_is_put_on_a_command_line(client: str) -> None:
    from click.testing import CliRunner

    from interlock.surfaces.cli.commands.mcp import mcp

    environment = {"INTERLOCK_TOKEN": "ilk_secret"}
    asked = ["install", "--client", client, "--url", "https://interlock.example/mcp", "--token"]
    shown = CliRunner().invoke(mcp, asked, env=environment)
    assert shown.exit_code == 0 and "ilk_secret" not in shown.output
    refused = CliRunner().invoke(mcp, ["install", "--client", client, "--token"])
    assert refused.exit_code == 2


def _call(number: int, tool: str, args: dict[str, Any]) -> dict[str, Any]:
    return {
        "jsonrpc": "2.0",
        "id": number,
        "method": "tools/call",
        "params": {"name": tool, "arguments": args},
    }
