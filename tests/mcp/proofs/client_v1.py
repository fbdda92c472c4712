"""What a client of the first SDK generation does with a server; runs in an environment that holds only that SDK.

`python client_v1.py stdio COMMAND...` or `http URL`. Prints one JSON line a step: what was done, whether it went well.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamablehttp_client
from mcp.shared.exceptions import McpError
from mcp.types import PromptReference, ResourceTemplateReference
from pydantic import AnyUrl

POD = {"kind": "pods", "namespace": "ml-platform"}


@asynccontextmanager
async def connected(transport: str, where: list[str]) -> AsyncIterator[ClientSession]:
    """A session past its handshake."""
    if transport == "stdio":
        opened: Any = stdio_client(StdioServerParameters(command=where[0], args=where[1:]))
    else:
        opened = streamablehttp_client(where[0])
    async with opened as streams, ClientSession(streams[0], streams[1]) as session:
        yield session


class Steps:
    """Runs steps and says how each went."""

    def __init__(self, session: ClientSession) -> None:
        self._session = session

    async def run(self) -> None:
        """All of them."""
        for name in [name for name in dir(self) if name.startswith("step_")]:
            step: Callable[[], Awaitable[str]] = getattr(self, name)
            try:
                said, ok = await step(), True
            except Exception as error:
                said, ok = f"{type(error).__name__}: {error}"[:300], False
            print(json.dumps({"step": name[8:].replace("_", " "), "ok": ok, "said": said}), flush=True)  # noqa: T201

    async def step_01_initialize(self) -> str:
        told = await self._session.initialize()
        assert told.serverInfo.name == "interlock" and told.instructions
        return str(told.protocolVersion)

    async def step_02_tools_are_listed_with_hints_and_schemas(self) -> str:
        tools = (await self._session.list_tools()).tools
        assert all(t.annotations and t.outputSchema and t.inputSchema["type"] == "object" for t in tools)
        return f"{len(tools)} tools"

    async def step_03_a_call_returns_text_and_structure(self) -> str:
        # The session checks structured content against the output schema, and raises.
        answer = await self._session.call_tool("kubernetes_list", POD)
        assert not answer.isError and answer.structuredContent and "feature-store" in answer.content[0].text
        return f"{len(answer.content[0].text)} characters of text"

    async def step_04_a_wrong_argument_is_an_error_with_a_hint(self) -> str:
        answer = await self._session.call_tool("kubernetes_list", {"kin": "pods"})
        assert answer.isError and "did you mean 'kind'" in answer.content[0].text
        return str(answer.content[0].text).replace("\n", "; ")

    async def step_05_progress_is_told_while_a_diagnosis_runs(self) -> str:
        heard: list[float] = []

        async def hear(done: float, total: float | None, message: str | None) -> None:
            heard.append(done)

        answer = await self._session.call_tool(
            "diagnose", {"namespace": "ml-platform"}, progress_callback=hear
        )
        assert not answer.isError and heard == sorted(heard) and heard
        return f"{len(heard)} notifications"

    async def step_06_a_cut_result_is_read_on_by_its_handle(self) -> str:
        answer = await self._session.call_tool("log_search", {"limit": 500})
        on = (answer.structuredContent or {})["next"]
        more = await self._session.call_tool("more", {"handle": on["handle"], "offset": on["offset"]})
        assert not more.isError and more.structuredContent["text"]
        return f"{len(more.structuredContent['text'])} characters from {on['offset']}"

    async def step_07_resources_and_templates_are_listed_and_read(self) -> str:
        listed = (await self._session.list_resources()).resources
        templates = (await self._session.list_resource_templates()).resourceTemplates
        index = await self._session.read_resource(AnyUrl("runbook://index"))
        page = index.contents[0].text.splitlines()[0]
        read = await self._session.read_resource(AnyUrl(f"runbook://{page}"))
        assert read.contents[0].text.strip()
        return f"{len(listed)} resources, {len(templates)} templates, read {page}"

    async def step_08_a_path_out_of_the_library_is_not_found(self) -> str:
        try:
            await self._session.read_resource(AnyUrl("runbook://..%2f..%2fetc/passwd"))
        except McpError as error:
            return str(error.error.code)
        raise AssertionError("it was read")

    async def step_09_prompts_are_listed_and_filled_in(self) -> str:
        prompts = (await self._session.list_prompts()).prompts
        asked = {"namespace": "ml-platform", "name": "feature-store"}
        filled = await self._session.get_prompt("explain_workload", asked)
        assert "feature-store" in filled.messages[0].content.text
        return ", ".join(prompt.name for prompt in prompts)

    async def step_10_arguments_are_completed(self) -> str:
        runbooks = ResourceTemplateReference(type="ref/resource", uri="runbook://{+path}")
        found = await self._session.complete(runbooks, {"name": "path", "value": "pod-"})
        assert found.completion.values and all(v.startswith("pod-") for v in found.completion.values)
        unknown = PromptReference(type="ref/prompt", name="no-such-prompt")
        await self._session.complete(unknown, {"name": "x", "value": ""})
        return f"{len(found.completion.values)} runbooks"

    async def step_11_twenty_calls_at_once_are_answered(self) -> str:
        answers = await asyncio.gather(*(self._session.call_tool("kubernetes_list", POD) for _ in range(20)))
        assert not any(answer.isError for answer in answers)
        return "20 of 20"

    async def step_12_ping(self) -> str:
        await self._session.send_ping()
        return "pong"


async def main() -> None:
    """Connect and go through the steps."""
    async with connected(sys.argv[1], sys.argv[2:]) as session:
        await Steps(session).run()


if __name__ == "__main__":
    asyncio.run(main())
