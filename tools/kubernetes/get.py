"""kubernetes_get: one object, flattened."""

from __future__ import annotations

from pydantic import Field, JsonValue

from interlock.core.errors import BadInput
from interlock.tools.kubernetes.names import find_object
from interlock.tools.kubernetes.objects import locator, object_text, pruned
from interlock.tools.tool import Args, Context, Result, Tool


class GetArgs(Args):
    """Which object."""

    kind: str = Field(description="kind, plural or short name: pod, deploy, deployments.apps")
    name: str = Field(description="its exact name")
    namespace: str = Field("", description="empty: the only namespace that holds this name")
    cluster: str = Field("", description="empty: the default cluster")


class KubernetesGet(Tool[GetArgs]):
    """Reads one object."""

    name = "kubernetes_get"
    title = "Read one Kubernetes object"
    description = (
        "Every field of one object with its status, one `path: value` a line. "
        "Of a Secret only type and key names. A wrong name is answered with the nearest ones."
    )
    systems = ("kubernetes",)
    args = GetArgs

    def run(self, args: GetArgs, context: Context) -> Result:
        """Read it."""
        if not args.name:
            raise BadInput("kubernetes_get: name is empty", hint="use kubernetes_list to see the names")
        cluster = context.cluster(args.cluster)
        item = find_object(cluster, args.kind, args.name, args.namespace)
        return Result(
            kind="object",
            subject=str(item),
            data=pruned(item),
            locators=(locator(cluster.name, item),),
            summary=f"1 {item.kind}",
        )

    def render(self, data: JsonValue) -> str:
        """`Kind ns/name`, then one line a field."""
        return object_text(data)


TOOL = KubernetesGet()
