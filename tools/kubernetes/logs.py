"""pod_logs: the newest lines of one container, with their numbers."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field, JsonValue

from interlock.core.clusters.objects import KubeObject, Node
from interlock.core.clusters.reader import ClusterReads
from interlock.core.errors import BadInput, Forbidden, NotFound, NotServed
from interlock.core.evidence import QueryLocator
from interlock.tools.kubernetes.names import find_object
from interlock.tools.kubernetes.podlogs import Read, Wanted, pick_container, read_log
from interlock.tools.tool import Args, Context, Result, Tool


class LogsArgs(Args):
    """Which log."""

    namespace: str = Field(description="the pod's namespace")
    pod: str = Field(description="the pod's exact name")
    container: str = Field("", description="empty: the failing container, or the only one")
    previous: bool = Field(False, description="the run before the present one, for a container that crashed")
    tail: int = Field(200, ge=1, le=10_000, description="the newest lines, at most so many")
    since_minutes: float | None = Field(None, gt=0, description="only lines of the last so many minutes")
    contains: str = Field("", description="only lines that contain this text, in any case")
    cluster: str = Field("", description="empty: the default cluster")


class PodLogs(Tool[LogsArgs]):
    """Reads a container's log."""

    name = "pod_logs"
    title = "Read a container's log"
    description = (
        "The newest log lines of one container of a pod, each as `pod/container:LINE text`. "
        "previous=true reads the run that crashed; contains filters by a literal text."
    )
    systems = ("kubernetes",)
    cost = "moderate"
    args = LogsArgs

    def run(self, args: LogsArgs, context: Context) -> Result:
        """Read it."""
        if not args.pod or not args.namespace:
            raise BadInput("pod_logs: name both the pod and its namespace")
        cluster = context.cluster(args.cluster)
        wanted = _wanted(args, _container(cluster, args))
        try:
            found = read_log(cluster, wanted, context.clock.now())
        except NotFound as error:
            if not error.hint:
                find_object(cluster, "pods", args.pod, args.namespace)
            raise
        return _result(wanted, args, found, context)

    def render(self, data: JsonValue) -> str:
        """`pod/container:LINE text`, one line a line."""
        node = Node(data if isinstance(data, dict) else {})
        where = f"{node.text('pod')}/{node.text('container')}"
        heads = node.nodes("lines")
        texts = node.text("text").split("\n") if heads else []
        lines = [_rendered(where, head, text) for head, text in zip(heads, texts, strict=False)]
        return "\n".join(lines) or f"0 log lines found: {node.text('about')}"


def _rendered(where: str, head: Node, text: str) -> str:
    stamp = head.text("time")
    return f"{where}:{head.text('line')} {f'{stamp} ' if stamp else ''}{text}"


def _container(cluster: ClusterReads, args: LogsArgs) -> str:
    try:
        pod: KubeObject = find_object(cluster, "pods", args.pod, args.namespace)
    except (Forbidden, NotServed):
        # Logs may be allowed or recorded where pods are not.
        return args.container
    return pick_container(pod, args.container)


def _wanted(args: LogsArgs, container: str) -> Wanted:
    since = timedelta(minutes=args.since_minutes) if args.since_minutes else None
    return Wanted(args.namespace, args.pod, container, args.previous, args.tail, since, args.contains)


def _result(wanted: Wanted, args: LogsArgs, found: Read, context: Context) -> Result:
    now = context.clock.now()
    which = f"{wanted.namespace}/{wanted.pod}/{wanted.container}"
    query = f"logs {which} previous={str(wanted.previous).lower()} tail={wanted.tail}"
    query += f" contains={wanted.contains}" if wanted.contains else ""
    lines: list[JsonValue] = [{"line": line.number, "time": line.stamp} for line in found.lines]
    data: dict[str, JsonValue] = {
        "about": query,
        "namespace": wanted.namespace,
        "pod": wanted.pod,
        "container": wanted.container or "-",
        "previous": wanted.previous,
        "lines": lines,
        "text": "\n".join(line.text for line in found.lines),
    }
    start = now - wanted.since if wanted.since else None
    return Result(
        kind="log",
        subject=f"Pod {wanted.namespace}/{wanted.pod}",
        data=data,
        locators=(QueryLocator(system="kubernetes", query=query, start=start, end=now),),
        limits=found.limits,
        summary=f"{len(lines)} log lines",
    )


TOOL = PodLogs()
