"""kubernetes_list: a table of objects with the columns that matter for their kind."""

from __future__ import annotations

from pydantic import Field, JsonValue

from interlock.core.clusters.permitted import is_partial
from interlock.core.clusters.reader import Listing
from interlock.core.evidence import QueryLocator
from interlock.tools.kubernetes.columns import columns_and_rows
from interlock.tools.kubernetes.names import missing_namespace
from interlock.tools.kubernetes.objects import locator
from interlock.tools.kubernetes.tables import table, table_text
from interlock.tools.tool import Args, Context, Result, Tool

LOCATED = 50
"""Rows that get a locator of their own; beyond that the query leads back to them."""


class ListArgs(Args):
    """Which objects."""

    kind: str = Field(description="kind, plural or short name: pods, deploy, nodes, deployments.apps")
    namespace: str = Field("", description="empty: all namespaces")
    labels: str = Field("", description="label selector, such as app=api,tier!=cache")
    fields: str = Field("", description="field selector, such as status.phase=Pending")
    names_only: bool = Field(
        False, description="only namespaces, names and ages, which costs the cluster far less"
    )
    limit: int = Field(100, ge=1, le=5000, description="rows at most")
    cluster: str = Field("", description="empty: the default cluster")


class KubernetesList(Tool[ListArgs]):
    """Lists objects."""

    name = "kubernetes_list"
    title = "List Kubernetes objects"
    description = (
        "A table of objects of one kind, one a row, with status, counts, images and age as kubectl shows them. "
        "Says when a limit cut the list."
    )
    systems = ("kubernetes",)
    args = ListArgs

    def run(self, args: ListArgs, context: Context) -> Result:
        """List them."""
        cluster = context.cluster(args.cluster)
        namespace = args.namespace or None
        read = cluster.metadata if args.names_only else cluster.list
        found = read(args.kind, namespace, labels=args.labels, fields=args.fields, limit=args.limit)
        if (
            not found.objects
            and namespace
            and found.type.namespaced
            and (no := missing_namespace(cluster, namespace))
        ):
            raise no
        shown = "" if args.names_only else found.type.full_name
        columns, rows = columns_and_rows(shown, found.objects, context.clock.now())
        about = _about(args, found) + (", of those that can be seen" if is_partial(found.warnings) else "")
        data = table(columns, rows, about) | {"complete": found.complete, "remaining": found.remaining}
        query = QueryLocator(system="kubernetes", query=f"list {about}")
        return Result(
            kind="table",
            subject="",
            data=data,
            locators=(query, *(locator(cluster.name, item) for item in found.objects[:LOCATED])),
            limits=cut(found),
            summary=f"{len(rows)} {found.type.plural}",
        )

    def render(self, data: JsonValue) -> str:
        """A header and one line an object."""
        return table_text(data)


def cut(found: Listing) -> tuple[str, ...]:
    """What to say of a list that a limit cut, or that the server says is not whole."""
    unseen = tuple(f"not looked at: {warning}" for warning in found.warnings)
    if found.complete:
        return unseen
    more = "more were" if found.remaining is None else f"{found.remaining} more were"
    return (
        *unseen,
        f"only the first {len(found.objects)} {found.type.plural} were read, {more} left out by the limit",
    )


def _about(args: ListArgs, found: Listing) -> str:
    where = f" in namespace {args.namespace}" if args.namespace and found.type.namespaced else ""
    labels = f" with labels {args.labels}" if args.labels else ""
    fields = f" with fields {args.fields}" if args.fields else ""
    return f"{found.type.full_name}{where}{labels}{fields}"


TOOL = KubernetesList()
