"""kubernetes_kinds: which kinds a cluster holds, so that "there is none" and "there is no such kind" stay apart."""

from __future__ import annotations

from pydantic import Field, JsonValue

from interlock.core.evidence import QueryLocator
from interlock.tools.kubernetes.tables import table, table_text
from interlock.tools.tool import Args, Context, Result, Tool

COLUMNS = ("resource", "kind", "version", "namespaced", "short names")


class KindsArgs(Args):
    """Which cluster."""

    cluster: str = Field("", description="empty: the default cluster")


class KubernetesKinds(Tool[KindsArgs]):
    """Lists the kinds of a cluster."""

    name = "kubernetes_kinds"
    title = "List the kinds a cluster holds"
    description = "Every resource type the cluster serves, custom ones included, with its short names."
    systems = ("kubernetes",)
    args = KindsArgs

    def run(self, args: KindsArgs, context: Context) -> Result:
        """Ask for them."""
        cluster = context.cluster(args.cluster)
        kinds = [k for k in cluster.discovery.all() if not k.verbs or "list" in k.verbs]
        rows: list[dict[str, JsonValue]] = [
            {
                "resource": kind.full_name,
                "kind": kind.kind,
                "version": kind.version,
                "namespaced": kind.namespaced,
                "short names": list(kind.short_names),
            }
            for kind in kinds
        ]
        return Result(
            kind="table",
            subject="",
            data=table(COLUMNS, rows, "resource types"),
            locators=(QueryLocator(system="kubernetes", query="discovery"),),
            limits=tuple(f"not looked at: kinds of {problem}" for problem in cluster.discovery.problems),
            summary=f"{len(rows)} kinds",
        )

    def render(self, data: JsonValue) -> str:
        """A header and one line a kind."""
        return table_text(data)


TOOL = KubernetesKinds()
