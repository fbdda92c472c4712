"""A tool as this server offers it: who calls, may they, run in a thread, errors as advice, surprises masked."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mcp.server.mcpserver.tools import Tool as SdkTool
from mcp.server.mcpserver.utilities.func_metadata import ArgModelBase, FuncMetadata
from mcp_types import CallToolResult, ToolAnnotations

from interlock.core.errors import InterlockError
from interlock.core.stopping import Stopped
from interlock.surfaces.mcp.callers import Caller, Scope, current
from interlock.surfaces.mcp.results import failed, failure
from interlock.surfaces.mcp.work import Tell, Workers

if TYPE_CHECKING:
    from mcp.server.mcpserver import Context
    from pydantic import JsonValue

log = logging.getLogger(__name__)
READS = ToolAnnotations(read_only_hint=True, open_world_hint=False)
Args = Mapping[str, "JsonValue"]


@dataclass(frozen=True)
class Described:
    """What a client is told of a tool. All of it is static."""

    name: str
    title: str
    description: str
    inputs: dict[str, Any]
    outputs: dict[str, Any]
    hints: ToolAnnotations = field(default_factory=lambda: READS)


class Offer(ABC):
    """Something a client may call."""

    described: Described
    scope: Scope = "read"

    @abstractmethod
    def call(self, caller: Caller, args: Args, tell: Tell) -> CallToolResult:
        """Do it, in a thread. Raises errors of `core.errors`."""


class OfferedTool(SdkTool):
    """An `Offer` where the SDK keeps its tools."""

    offer: Any
    workers: Any

    async def run(
        self, arguments: dict[str, Any], context: Context[Any, Any], convert_result: bool = False
    ) -> CallToolResult:
        """Answer one call. Never raises anything but cancellation."""
        offer: Offer = self.offer
        workers: Workers = self.workers
        try:
            caller = current(offer.scope)
            return await workers.run(lambda tell: offer.call(caller, arguments, tell), _reporter(context))
        except InterlockError as error:
            return failure(error)
        except Stopped:
            return failed("this was ended before it was done")
        except Exception as error:
            log.error("%s failed inside: %s", self.name, type(error).__name__)
            return failed("something failed inside", "see the server's log")


def offered(offer: Offer, workers: Workers) -> OfferedTool:
    """The SDK's record of an offer."""
    said = offer.described
    return OfferedTool(
        fn=offer.call,
        name=said.name,
        title=said.title,
        description=said.description,
        parameters=said.inputs,
        fn_metadata=FuncMetadata(arg_model=ArgModelBase, output_schema=said.outputs),
        is_async=True,
        context_kwarg=None,
        annotations=said.hints,
        offer=offer,
        workers=workers,
    )


def _reporter(context: Context[Any, Any]) -> Any:  # noqa: ANN401 - work.Report
    async def report(done: float, said: str) -> None:
        await context.report_progress(done, None, said)

    return report
