"""kubernetes_summary: a namespace or a whole cluster in exact numbers."""

from __future__ import annotations

from pydantic import Field, JsonValue

from interlock.core.clusters.objects import Node
from interlock.core.evidence import QueryLocator
from interlock.tools.kubernetes.names import missing_namespace
from interlock.tools.kubernetes.overview import overview
from interlock.tools.tool import Args, Context, Result, Tool


class SummaryArgs(Args):
    """Of what."""

    namespace: str = Field("", description="empty: the whole cluster, with its nodes")
    cluster: str = Field("", description="empty: the default cluster")


class KubernetesSummary(Tool[SummaryArgs]):
    """Counts what is there and what is not well."""

    name = "kubernetes_summary"
    title = "Summarise a namespace or cluster"
    description = (
        "Exact counts: objects by kind, pods by status, workloads and nodes that are not ready, Warning events by "
        "reason. One statement a line. A good first look."
    )
    systems = ("kubernetes",)
    cost = "moderate"
    args = SummaryArgs

    def run(self, args: SummaryArgs, context: Context) -> Result:
        """Count."""
        cluster = context.cluster(args.cluster)
        if args.namespace and (no := missing_namespace(cluster, args.namespace)):
            raise no
        found = overview(cluster, args.namespace)
        lines: list[JsonValue] = list(found.lines)
        where = f"namespace {args.namespace}" if args.namespace else "all namespaces"
        return Result(
            kind="report",
            subject=f"Namespace {args.namespace}" if args.namespace else "",
            data={"about": where, "lines": lines},
            locators=(QueryLocator(system="kubernetes", query=f"summary of {where}"),),
            limits=found.limits,
            summary=f"{len(lines)} statements",
        )

    def render(self, data: JsonValue) -> str:
        """One statement a line."""
        node = Node(data if isinstance(data, dict) else {})
        return "\n".join(node.names("lines")) or f"nothing could be read of {node.text('about')}"


TOOL = KubernetesSummary()
