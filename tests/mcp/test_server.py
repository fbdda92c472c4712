"""What an IDE gets: the list, calls, resources, prompts, completion, progress; by both transports, in both eras."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import anyio
import anyio.to_thread
import jsonschema
import pytest
from mcp_types import PromptReference, ResourceTemplateReference

from interlock.core.identity.people import People
from interlock.surfaces.mcp.server import build_server
from interlock.surfaces.mcp.settings import McpSettings
from interlock.tools.registry import all_tools

ERAS = ("legacy", "2026-07-28")
DEFAULT = [
    "ask", "triage", "diagnose", "kubernetes_list", "kubernetes_get", "kubernetes_events", "pod_logs", "runbook_search",
    "more",
]  # fmt: skip
MOST_BYTES, MOST_TOOLS = 8_000, 12
PODS = {"kind": "pods", "namespace": "checkout"}


@pytest.fixture(params=[(way, era) for way in ("http", "stdio") for era in ERAS], ids="-".join)
def spoken(request: Any, serve: Any, speak: Any) -> Any:
    """Speaks to the demo recording by one transport, in one era."""
    way, era = request.param

    def run(told: Any) -> Any:
        if way == "stdio":
            return speak.stdio(told, era=era)
        with serve() as service:
            return speak.http(service.mcp, told, era=era)

    return run


def test_an_ide_lists_calls_reads_prompts_and_completes(spoken: Any) -> None:
    heard: list[str] = []

    async def progress(_: float, __: float | None, message: str | None) -> None:
        heard.append(message or "")

    async def told(client: Any) -> None:
        listed = (await client.list_tools()).tools
        assert [tool.name for tool in listed] == DEFAULT

        pods = await client.call_tool("kubernetes_list", PODS, progress_callback=progress)
        assert "checkout-api" in pods.content[0].text
        assert "checkout-api" in pods.structured_content["text"]
        assert heard == ["reading: List Kubernetes objects", "kubernetes_list: 6 lines"]

        answered = await client.call_tool(
            "ask", {"question": "why does checkout fail?"}, progress_callback=progress
        )
        assert "feature-store" in answered.content[0].text and "diagnose: report" in " ".join(heard)
        assert answered.structured_content["verdict"]["state"] == "active"
        cited = answered.structured_content["evidence"][0]["uri"]
        kept = json.loads((await client.read_resource(cited)).contents[0].text)
        assert f"evidence://{kept['id']}" == cited and kept["text"]

        again = {"question": "since when?", "conversation": answered.structured_content["conversation"]}
        assert not (await client.call_tool("ask", again)).is_error

        templates = (await client.list_resource_templates()).resource_templates
        assert [one.uri_template for one in templates] == [
            "runbook://{+path}",
            "iac://{+path}",
            "evidence://{id}",
        ]
        index = (await client.read_resource("runbook://index")).contents[0].text
        assert "pod-oom-killed.md" in index.split("\n") and "__init__.py" not in index
        page = (await client.read_resource("runbook://pod-oom-killed.md")).contents[0].text
        assert "pod-oom-killed.md:9 # Container is OOMKilled" in page
        code = (await client.read_resource("iac://index")).contents[0].text
        assert "terraform/ml-platform/feature_store.tf" in code.split("\n")

        prompts = {one.name for one in (await client.list_prompts()).prompts}
        assert prompts == {"triage_alert", "explain_workload", "what_changed"}
        asked = await client.get_prompt("explain_workload", {"namespace": "checkout", "name": "checkout-api"})
        assert "deployment checkout-api in namespace checkout" in asked.messages[0].content.text

        path = ResourceTemplateReference(type="ref/resource", uri="runbook://{+path}")
        found = await client.complete(path, {"name": "path", "value": "oom"})
        assert found.completion.values == ["pod-oom-killed.md"]
        where = PromptReference(type="ref/prompt", name="explain_workload")
        found = await client.complete(where, {"name": "namespace", "value": "che"})
        assert found.completion.values == ["checkout"]
        given = {"namespace": "checkout"}
        found = await client.complete(where, {"name": "name", "value": ""}, context_arguments=given)
        assert "checkout-api" in found.completion.values

    spoken(told)


def test_the_default_list_is_small_and_more_comes_by_toolset(serve: Any, wire: Any) -> None:
    with serve(approvals={"enabled": True}) as service, service.client() as client:
        listed = wire.answer(client.post("/mcp", **wire.modern("tools/list")))["result"]
        assert len(listed["tools"]) <= MOST_TOOLS
        assert len(json.dumps(listed, separators=(",", ":")).encode()) <= MOST_BYTES
    names = {
        toolset: [
            tool.name
            for tool in build_server(_never, _settings(toolset), identify=_never)._tool_manager.list_tools()
        ]
        for toolset in ("default", "kubernetes", "logs", "metrics", "changes", "knowledge", "all")
    }
    assert set(names["all"]) - {"ask", "triage", "more"} == set(all_tools())
    assert "kubernetes_query" in names["kubernetes"] and "log_search" in names["logs"]
    assert "recent_changes" in names["changes"] and "iac_search" in names["knowledge"]
    assert "monitors_list" in names["metrics"]
    assert all({"ask", "triage", "more"} <= set(one) for one in names.values())


def test_a_list_is_told_without_a_database_or_a_model_library() -> None:
    told = (
        "import sys\n"
        "from interlock.surfaces.mcp.server import build_server\n"
        "from interlock.surfaces.mcp.settings import McpSettings\n"
        "build_server(None, McpSettings(toolsets=['all']), identify=None)\n"
        "print([n for n in ('sqlalchemy', 'langchain', 'langchain_core', 'numpy', 'kubernetes', 'httpx') "
        "if n in sys.modules])\n"
    )
    ran = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"


def _never(*_: object) -> Any:
    raise AssertionError("a list opens nothing")


def _settings(*toolsets: str) -> McpSettings:
    return McpSettings.model_validate({"toolsets": toolsets})


def test_every_result_holds_to_the_schema_that_was_listed(serve: Any, wire: Any) -> None:
    calls: dict[str, dict[str, Any]] = {
        "ask": {"question": "how many pods are in checkout?"},
        "triage": {"alert": {"labels": {"alertname": "PodCrashLooping", "namespace": "ml-platform"}}},
        "diagnose": {"namespace": "checkout"},
        "kubernetes_list": PODS,
        "kubernetes_get": {"kind": "deployment", "name": "checkout-api"},
        "kubernetes_events": {},
        "runbook_search": {"query": "OOMKilled"},
        "request_change": {"action": "rollout-restart", "reason": "test", "args": {
            "cluster": "replay", "namespace": "checkout", "name": "checkout-api", "kind": "Deployment"}},
    }  # fmt: skip
    with serve(approvals={"enabled": True, "solo": True}) as service, service.client() as client:
        tools = wire.answer(client.post("/mcp", **wire.modern("tools/list")))["result"]["tools"]
        for tool in tools:
            jsonschema.Draft202012Validator.check_schema(tool["inputSchema"])
            jsonschema.Draft202012Validator.check_schema(tool["outputSchema"])
            assert tool["title"] and tool["description"] and set(tool["annotations"]) >= {"readOnlyHint"}
            if tool["name"] in calls:
                jsonschema.validate(calls[tool["name"]], tool["inputSchema"])
                said = wire.call(client, tool["name"], calls[tool["name"]])
                assert not said["isError"], said
                jsonschema.validate(said["structuredContent"], tool["outputSchema"])


@pytest.mark.parametrize(
    ("tool", "args", "words"),
    [
        ("ask", {"questin": "x"}, "did you mean 'question'?"),
        ("ask", {"question": ""}, "at least 1 character"),
        ("ask", {"question": "x", "conversation": "mine"}, "the one that an earlier answer came with"),
        ("triage", {"alert": {"x": 1}}, "neither an Alertmanager webhook nor an alert"),
        ("more", {"handle": "more_x"}, "no evidence"),
        ("pod_logs", {"namespace": "checkout"}, "pod: Field required"),
        ("kubernetes_get", {"kind": "deployment", "name": "checkout-ap"}, "checkout-api"),
        ("kubernetes_list", {"kind": "pods", "cluster": "prod"}, "configured: replay"),
    ],
)
def test_an_error_says_what_to_do_next(told_errors: Any, tool: str, args: dict[str, Any], words: str) -> None:
    said = told_errors(tool, args)
    assert said["isError"] and words in said["content"][0]["text"]


@pytest.fixture(scope="module")
def told_errors(tmp_path_factory: Any, cache: Any) -> Any:
    """The result of a call, over one server in this process."""
    from mcp import Client

    from interlock.agent.runtime import open_runtime
    from interlock.core.identity import Principal
    from interlock.core.settings import Settings
    from interlock.surfaces.mcp.callers import Caller
    from tests.mcp.conftest import DEMO

    person = Principal("local:tester")
    with open_runtime(
        Settings({}),
        principal=person,
        replay=DEMO,
        state_dir=tmp_path_factory.mktemp("s"),
        cache_dir=cache,
        environment={},
    ) as runtime:

        def call(tool: str, args: dict[str, Any]) -> Any:
            async def main() -> Any:
                server = build_server(lambda: runtime, McpSettings(), identify=lambda _: Caller(person))
                async with Client(server) as client:
                    found = await client.call_tool(tool, args)
                    return found.model_dump(by_alias=True, mode="json")

            return anyio.run(main)

        yield call


def test_who_listens_hears_that_a_requested_change_moved_on(serve: Any, speak: Any) -> None:
    change = {"action": "rollout-restart", "reason": "test", "args": {
        "cluster": "replay", "namespace": "checkout", "name": "checkout-api", "kind": "Deployment"}}  # fmt: skip

    async def told(client: Any) -> None:
        made = (await client.call_tool("request_change", change)).structured_content
        async with client.listen(resource_subscriptions=[f"proposal://{made['id']}"]) as heard:
            await anyio.to_thread.run_sync(lambda: revoked(made["id"]))
            with anyio.fail_after(20):
                event = await anext(aiter(heard))
        assert event.uri == f"proposal://{made['id']}"
        now = json.loads((await client.read_resource(event.uri)).contents[0].text)
        assert now["state"] == "REVOKED"

    with serve(approvals={"enabled": True, "solo": True}) as service:

        def revoked(id: str) -> None:
            who = People({}).identified(service.runtime.parts.principal)
            service.runtime.approvals.office.revoke(who, id, "not needed")

        speak.http(service.mcp, told)


def test_without_changes_nobody_is_told_that_they_may_listen(serve: Any, wire: Any) -> None:
    with serve() as service, service.client() as client:
        can = wire.answer(client.post("/mcp", **wire.modern("server/discover")))["result"]["capabilities"]
        assert not can["tools"].get("listChanged") and not can["resources"].get("subscribe")
