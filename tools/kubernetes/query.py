"""kubernetes_query: how many objects meet conditions, which they are, in what groups or order. Exact over the whole list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from pydantic import Field, JsonValue

from interlock.core.clusters.objects import Node
from interlock.core.clusters.reader import ClusterReads
from interlock.core.errors import BadInput
from interlock.core.evidence import QueryLocator
from interlock.tools.kubernetes.attributes import Attributes
from interlock.tools.kubernetes.names import missing_namespace
from interlock.tools.kubernetes.objects import locator
from interlock.tools.kubernetes.select import SEEN, Condition, Found, Selected, Wish, said, select
from interlock.tools.tool import Args, Context, Result, Tool

LOCATED = 50
MOST_SHARING = 20
"""Objects that share the last place and are named beyond the limit."""
TOLD = ("ready", "endpoints")
"""Attributes that some objects of a kind cannot have: a completed pod is neither ready nor not ready."""
_SHOWN = (
    *(
        "containers ready",
        "status",
        "restarts",
        "node",
        "image",
        "replicas",
        "ready replicas",
        "last run",
        "schedule",
    ),
    *("suspended", "version", "endpoints", "maximum", "size", "backend", "type", "age"),
)
"""What a row says, in this order, as far as the kind has it."""


class QueryArgs(Args):
    """Which objects, and what to say of them."""

    kind: str = Field(
        description="kind, plural or short name; `workloads` for Deployments, StatefulSets and DaemonSets"
    )
    namespace: str = Field("", description="empty: all namespaces")
    labels: str = Field("", description="label selector, such as app=api,tier!=cache")
    where: tuple[Condition, ...] = Field((), description="conditions on attributes; all have to hold")
    group_by: str = Field("", description="attribute to count by: status, namespace, node, owner, image, ...")
    order_by: str = Field(
        "", description="attribute to order by: restarts, minutes (age), replicas, ...; with group_by: count"
    )
    descending: bool = Field(True, description="the largest first")
    only_count: bool = Field(
        False, description="only the number is wanted: the least is read that gives it, few objects are named"
    )
    limit: int = Field(
        200, ge=1, le=2000, description="objects or groups named at most; the number counts them all"
    )
    cluster: str = Field("", description="empty: the default cluster")


class KubernetesQuery(Tool[QueryArgs]):
    """Counts, filters, groups and orders objects."""

    name = "kubernetes_query"
    title = "Count and filter Kubernetes objects"
    description = (
        "How many objects of a kind meet conditions on their attributes (status, ready, restarts, node, owner, image, "
        "tag, missing, suspended, at maximum, endpoints, minutes since creation, ...), which they are, grouped or "
        "ordered. Exact over the complete list; `missing` names limits, requests and probes a container lacks."
    )
    systems = ("kubernetes",)
    args = QueryArgs

    def run(self, args: QueryArgs, context: Context) -> Result:
        """Count, group, order."""
        cluster = context.cluster(args.cluster)
        found = select(cluster, _wish(args), context.clock.now())
        if not found.seen:
            _check_names(cluster, args)
        about = said(found.plural, args.namespace, args.labels, args.where)
        about += "" if found.whole else SEEN
        lines, rest = (_grouped if args.group_by else _listed)(args, about, found)
        unnamed = rest - found.more
        limits = [*found.limits, *([f"{unnamed} more are counted and not named"] if unnamed > 0 else [])]
        limits += [
            f"{count} {found.plural} have no `{name}` and are not counted"
            for name, count in found.without.items()
            if count and name in TOLD
        ]
        statements: list[JsonValue] = list(lines)
        data: JsonValue = {"about": about, "count": found.count, "lines": statements}
        query = QueryLocator(system="kubernetes", query=f"list {about}")
        located = (locator(cluster.name, one.item) for one in found.found[:LOCATED] if not one.bare)
        return Result(
            kind="report",
            subject="",
            data=data,
            locators=(query, *located),
            limits=tuple(limits),
            summary=f"{found.count} {found.plural}",
        )

    def render(self, data: JsonValue) -> str:
        """One statement a line, the number first."""
        return "\n".join(Node(data if isinstance(data, dict) else {}).names("lines"))


def _wish(args: QueryArgs) -> Wish:
    saying = {name for name in (args.group_by, args.order_by) if name not in ("", "count")}
    counted = args.only_count and not (args.group_by or args.order_by)
    return Wish(args.kind, args.namespace, args.labels, args.where, frozenset(saying), counted)


def _check_names(cluster: ClusterReads, args: QueryArgs) -> None:
    if args.namespace and (unknown := missing_namespace(cluster, args.namespace)):
        raise unknown
    for condition in args.where:
        if condition.attribute == "node" and condition.operator == "is":
            cluster.get("nodes", str(condition.value))


def _listed(args: QueryArgs, about: str, found: Selected) -> tuple[list[str], int]:
    head = f"{about}: {found.count}"
    if args.order_by and found.found:
        kept = _ordered(found.found, args)
        named = kept[: args.limit + MOST_SHARING]
        return [_ranking(args, about, named), head, *map(_row, named)], len(kept) - len(named)
    kept = sorted((one for one in found.found if not one.bare), key=lambda one: one.name)[: args.limit]
    return [head, *map(_row, kept)], found.count - len(kept)


def _ordered(found: Sequence[Found], args: QueryArgs) -> list[Found]:
    """The first `limit` in order, and whoever shares the last place; ties by name."""
    sizes = {one.name: size for one in found if (size := _size(one.of, args.order_by)) is not None}
    if not sizes:
        raise BadInput(f"no {args.kind} can be ordered by {args.order_by}")
    sign = -1 if args.descending else 1
    held = sorted(
        (one for one in found if one.name in sizes), key=lambda one: (sign * sizes[one.name], one.name)
    )
    edge = sizes[held[: args.limit][-1].name]
    return [one for n, one in enumerate(held) if n < args.limit or sizes[one.name] == edge]


def _ranking(args: QueryArgs, about: str, named: Sequence[Found]) -> str:
    word = _ORDER.get((args.order_by, args.descending)) or (
        f"by {args.order_by}, {'most' if args.descending else 'fewest'} first"
    )
    shown = "created" if args.order_by == "minutes" else args.order_by
    return f"{about}, {word}: " + ", ".join(f"{one.name} ({shown} {one.of.get(shown)})" for one in named)


_ORDER = {("minutes", True): "oldest first", ("minutes", False): "newest first"}


def _size(of: Attributes, attribute: str) -> float | None:
    value = of.get(attribute)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _row(one: Found) -> str:
    cells = [f"{key} {_cell(value)}" for key in _SHOWN if (value := one.of.get(key)) not in (None, [], "")]
    used = one.of.get("used")
    cells += [f"used {item}" for item in used] if isinstance(used, list) else []
    return f"{one.item.kind} {one.name}{': ' if cells else ''}{', '.join(cells)}"


def _cell(value: JsonValue) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def _grouped(args: QueryArgs, about: str, found: Selected) -> tuple[list[str], int]:
    counts: Counter[str] = Counter()
    for one in found.found:
        value = one.of.get(args.group_by)
        for key in value if isinstance(value, list) else [value]:
            counts["none" if key is None else str(key)] += 1
    sign = -1 if args.descending else 1
    ranked = sorted(counts.items(), key=lambda pair: (sign * pair[1], pair[0]))
    head = f"{about}: {len(found.found)}"
    if args.order_by == "count" and ranked:
        edge = ranked[: args.limit][-1][1]
        kept = [pair for n, pair in enumerate(ranked) if n < args.limit or pair[1] == edge]
        word = "most" if args.descending else "fewest"
        best = f"{about} by {args.group_by}, {word} first: " + ", ".join(f"{key} ({n})" for key, n in kept)
        return [best, head], 0
    lines = [f"{about} with {args.group_by} {key}: {n}" for key, n in ranked[: args.limit]]
    return [head, *lines], len(ranked) - args.limit


TOOL = KubernetesQuery()
