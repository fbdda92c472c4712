"""kubernetes_facts: what is asked of one object by name, one statement a line; a name that is not there gets its neighbours.

Unlike an error, the statement that nothing is so called can be cited.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Literal

from pydantic import Field, JsonValue

from interlock.core.clusters.objects import KubeObject, Node
from interlock.core.clusters.reader import ClusterReads
from interlock.core.evidence import QueryLocator
from interlock.tools.kubernetes.attributes import Attributes, attributes, controller_of
from interlock.tools.kubernetes.columns import images
from interlock.tools.kubernetes.features import features_of
from interlock.tools.kubernetes.lookup import WORKLOADS, Wanted, elsewhere, find, neighbours
from interlock.tools.kubernetes.names import missing_namespace
from interlock.tools.kubernetes.objects import locator
from interlock.tools.kubernetes.owned import owned
from interlock.tools.kubernetes.pod_status import pod_status
from interlock.tools.kubernetes.select import SEEN
from interlock.tools.tool import Args, Context, Result, Tool

REVISION = "deployment.kubernetes.io/revision"
EARLIER = "deployment.kubernetes.io/revision-history"
_OWN = ("name", "namespace", "minutes", "missing", "created", "age", "replicas", "ready replicas", "ready")
MOST_NEAR = 6
Part = Literal["pods", "rollouts"]


class FactsArgs(Args):
    """Which object, and how far to look."""

    name: str = Field(description="its exact name", min_length=1)
    kind: str = Field("", description="empty: workloads first, then other kinds")
    namespace: str = Field("", description="empty: every namespace that holds this name")
    saying: tuple[str, ...] = Field(
        (),
        description="without a kind: look only among kinds that have one of these attributes, such as image, node",
    )
    parts: tuple[Part, ...] = Field(
        (), description="also read a workload's pods (status, restarts, nodes) or rollouts"
    )
    cluster: str = Field("", description="empty: the default cluster")


class KubernetesFacts(Tool[FactsArgs]):
    """States what an object's fields say."""

    name = "kubernetes_facts"
    title = "State the facts of one object"
    description = (
        "One statement a line about an object by its name: replicas and how many are ready, images, limits, requests "
        "and probes of each container, age, schedule, last run, use of a quota, backends. With `parts` also the "
        "restarts, states and nodes of a workload's pods, and its last rollout. A name that is not there is answered "
        "with the nearest names and the other namespaces that hold it."
    )
    systems = ("kubernetes",)
    args = FactsArgs

    def run(self, args: FactsArgs, context: Context) -> Result:
        """Find it, and say."""
        cluster = context.cluster(args.cluster)
        wanted = Wanted(args.name, args.kind, args.namespace, args.saying)
        seen = find(cluster, wanted)
        found = seen.items
        said: list[JsonValue]
        if found:
            said = [
                {"about": about, "text": f"{item}: {text}"}
                for item in found
                for about, text in _statements(cluster, item, args.parts, context)
            ]
        else:
            said = [
                {"about": "absence", "text": text} for text in _absence(cluster, wanted, whole=seen.whole)
            ]
        query = QueryLocator(system="kubernetes", query=f"find {args.kind or 'anything'} named {args.name}")
        return Result(
            kind="report",
            subject="",
            data={"found": len(found), "statements": said},
            locators=(query, *(locator(cluster.name, item) for item in found)),
            limits=tuple(seen.limits),
            summary=f"{len(found)} found",
        )

    def render(self, data: JsonValue) -> str:
        """One statement a line."""
        node = Node(data if isinstance(data, dict) else {})
        return "\n".join(statement.text("text") for statement in node.nodes("statements"))


def _absence(cluster: ClusterReads, wanted: Wanted, *, whole: bool) -> Iterator[str]:
    kind = cluster.discovery.resolve(wanted.kind).kind if wanted.kind not in ("", "workloads") else ""
    where = f" in namespace {wanted.namespace}" if wanted.namespace else ""
    yield f"no {kind or 'object of the kinds looked at'} is named {wanted.name}{where}{'' if whole else SEEN}"
    if wanted.namespace and (gone := missing_namespace(cluster, wanted.namespace)):
        yield f"no Namespace is named {wanted.namespace}"
        yield from (f"a name near {wanted.namespace}: Namespace {name}" for name in gone.near)
    other = elsewhere(cluster, wanted)
    yield from (f"{item} has that name" for item in other)
    if not other:
        yield from (f"a name near {wanted.name}: {item}" for item in neighbours(cluster, wanted, MOST_NEAR))


def _statements(
    cluster: ClusterReads, item: KubeObject, parts: Sequence[Part], context: Context
) -> Iterator[tuple[str, str]]:
    of = attributes(item, context.clock.now())
    if "ready replicas" in of:
        yield "replicas", f"{of['ready replicas']} of {of['replicas']} replicas ready"
    if item.created:
        yield "age", f"age {of['age']}, created {of['created']}"
    for key, value in of.items():
        if key not in _OWN:
            yield from ((key, f"{key} {text}") for text in _texts(value))
    yield from _containers(item)
    labels = ", ".join(f"{key}={value}" for key, value in sorted(item.labels.items()))
    yield "labels", f"labels {labels}" if labels else "no labels"
    if item.resource in WORKLOADS and "pods" in parts:
        yield from _pods(cluster, item, of)
    if item.resource == "deployments.apps" and "rollouts" in parts:
        yield from _rollouts(cluster, item)


def _texts(value: JsonValue) -> list[str]:
    if isinstance(value, bool):
        return ["yes" if value else "no"]
    return [str(one) for one in value] if isinstance(value, list) else [str(value)]


def _containers(item: KubeObject) -> Iterator[tuple[str, str]]:
    holder = item if item.resource == "pods" else item.node("spec", "template")
    if item.resource == "cronjobs.batch":
        holder = item.node("spec", "jobTemplate", "spec", "template")
    for container, name, value in features_of(holder):
        yield name, f"{name} of container {container} {'is ' + value if value else 'is not set'}"


def _pods(cluster: ClusterReads, item: KubeObject, of: Attributes) -> Iterator[tuple[str, str]]:
    selector = item.strings("spec", "selector", "matchLabels")
    labels = ",".join(f"{key}={value}" for key, value in selector.items())
    listed = cluster.list("pods", item.namespace, labels=labels).objects
    pods = [pod for pod in listed if controller_of(pod) == item.name]
    statuses = Counter(pod_status(pod).word for pod in pods)
    for word, count in sorted(statuses.items()):
        yield "status", f"{count} pods with status {word}"
    yield "restarts", f"restarts of its pods together: {sum(pod_status(pod).restarts for pod in pods)}"
    nodes = Counter(pod.text("spec", "nodeName") for pod in pods)
    yield from (("node", f"pods on node {name}: {count}") for name, count in sorted(nodes.items()) if name)


def _rollouts(cluster: ClusterReads, item: KubeObject) -> Iterator[tuple[str, str]]:
    sets = owned(cluster, "replicasets.apps", item, lambda s: s.controller == (item.kind, item.name))
    sets.sort(key=lambda s: int(s.annotations.get(REVISION, "0") or 0))
    if not sets:
        return
    number = sets[-1].annotations.get(REVISION)
    if EARLIER in sets[-1].annotations:
        # A ReplicaSet that was rolled back to is older than the rollback; only the Deployment says when that was done.
        yield (
            "rollout",
            f"last rolled out {rolled_out_at(item)} by going back to an earlier revision, as revision {number}",
        )
    else:
        yield (
            "rollout",
            f"last rolled out {sets[-1].text('metadata', 'creationTimestamp')} as revision {number}",
        )
    for before in sets[-2:-1]:
        for image in images(before.node("spec", "template")):
            yield "image before", f"image before the last rollout {image}"


def rolled_out_at(deployment: KubeObject) -> str:
    """When a Deployment's last rollout was done or last moved, by its Progressing condition; else `at an unknown time`."""
    found = [c for c in deployment.nodes("status", "conditions") if c.text("type") == "Progressing"]
    return next((c.text("lastUpdateTime") for c in found if c.text("lastUpdateTime")), "at an unknown time")


TOOL = KubernetesFacts()
