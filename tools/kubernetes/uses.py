"""kubernetes_uses: which workloads or pods name a ConfigMap, a Secret, a claim or a service account, and how."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field, JsonValue

from interlock.core.clusters.objects import KubeObject, Node
from interlock.core.clusters.reader import ClusterReads
from interlock.core.errors import Forbidden, NotServed
from interlock.core.evidence import QueryLocator
from interlock.tools.kubernetes.names import missing
from interlock.tools.kubernetes.objects import locator
from interlock.tools.kubernetes.select import SEEN
from interlock.tools.tool import Args, Context, Result, Tool

Used = Literal["configmap", "secret", "persistentvolumeclaim", "serviceaccount"]
HOLDERS = ("deployments.apps", "statefulsets.apps", "daemonsets.apps", "cronjobs.batch", "jobs.batch")
_KINDS = {
    "configmap": "ConfigMap",
    "secret": "Secret",
    "persistentvolumeclaim": "PersistentVolumeClaim",
    "serviceaccount": "ServiceAccount",
}
_BESIDE = {"secret": ("ingresses.networking.k8s.io",)}
"""Kinds without a pod template that can refer to it; no others are read."""
_VOLUME = {"configmap": ("configMap", "name"), "secret": ("secret", "secretName")}
_ENV = {"configmap": ("configMapKeyRef", "configMapRef"), "secret": ("secretKeyRef", "secretRef")}


class UsesArgs(Args):
    """What is used, and who is asked for."""

    kind: Used = Field(description="configmap, secret, persistentvolumeclaim or serviceaccount")
    name: str = Field(description="its exact name")
    namespace: str = Field("", description="empty: every namespace that holds this name")
    by: Literal["workloads", "pods"] = Field("workloads", description="name the workloads, or each pod")
    cluster: str = Field("", description="empty: the default cluster")


class KubernetesUses(Tool[UsesArgs]):
    """Finds what refers to an object."""

    name = "kubernetes_uses"
    title = "What uses a ConfigMap, Secret, claim or service account"
    description = (
        "Every workload (or pod) whose pod template names the object: as volume, in the environment, as image pull "
        "secret, as service account, or in an Ingress's TLS. Exact over complete lists; says when nothing does."
    )
    systems = ("kubernetes",)
    cost = "moderate"
    args = UsesArgs

    def run(self, args: UsesArgs, context: Context) -> Result:
        """Look through the templates."""
        cluster = context.cluster(args.cluster)
        places = _places(cluster, args)
        limits: list[str] = []
        lines: list[JsonValue] = []
        users: list[KubeObject] = []
        for place in places:
            found = list(_users(cluster, args, place, limits))
            users += [item for item, _ in found]
            whole = not any("you may not" in limit for limit in limits)
            lines += [_head(args, place, [item for item, _ in found], whole=whole)]
            lines += [f"{item} uses {_KINDS[args.kind]} {place}/{args.name} {how}" for item, how in found]
        about = f"uses of {args.kind} {args.name}"
        return Result(
            kind="report",
            subject="",
            data={"about": about, "count": len(users), "lines": lines},
            locators=(
                QueryLocator(system="kubernetes", query=about),
                *(locator(cluster.name, item) for item in users[:50]),
            ),
            limits=tuple(dict.fromkeys(limits)),
            summary=f"{len(users)} users",
        )

    def render(self, data: JsonValue) -> str:
        """One statement a line."""
        return "\n".join(Node(data if isinstance(data, dict) else {}).names("lines"))


def _head(args: UsesArgs, place: str, users: list[KubeObject], *, whole: bool) -> str:
    what, seen = f"{_KINDS[args.kind]} {place}/{args.name}", "" if whole else SEEN
    return (
        f"{what} is used by {len(users)} {args.by}{seen}"
        if users
        else f"{what} is not used by any {args.by.rstrip('s')}{seen}"
    )


def _places(cluster: ClusterReads, args: UsesArgs) -> list[str]:
    """The namespaces whose object is meant. An object that is named but not there can still be referred to."""
    type_ = cluster.discovery.resolve(args.kind)
    wanted = f"metadata.name={args.name}"
    held = cluster.metadata(type_.full_name, args.namespace or None, fields=wanted).objects
    if not held:
        raise missing(cluster, type_, args.name, args.namespace)
    return sorted(item.namespace for item in held)


def _users(
    cluster: ClusterReads, args: UsesArgs, place: str, limits: list[str]
) -> Iterator[tuple[KubeObject, str]]:
    """The holders, and pods that no workload stands for. A Job of a CronJob is the CronJob's."""
    kinds = ("pods",) if args.by == "pods" else (*HOLDERS, "pods", *_BESIDE.get(args.kind, ()))
    named: set[tuple[str, str]] = set()
    for kind in kinds:
        for item in _listed(cluster, kind, place, limits):
            how = how_used(item, args)
            if not how:
                continue
            named.add((item.kind, item.name))
            if args.by == "pods" or not stands_for(item, named):
                yield item, how


def stands_for(item: KubeObject, named: set[tuple[str, str]]) -> bool:
    """Whether an owner of the item is among those named by kind and name."""
    owner = item.controller
    if owner is None:
        return False
    kind, name = owner
    return owner in named or (kind == "ReplicaSet" and ("Deployment", name.rpartition("-")[0]) in named)


def _listed(cluster: ClusterReads, kind: str, place: str, limits: list[str]) -> tuple[KubeObject, ...]:
    try:
        return cluster.list(kind, place).objects
    except (NotServed, Forbidden) as error:
        limits.append(f"not looked at: {error.message}")
        return ()


def how_used(item: KubeObject, args: UsesArgs) -> str:
    """How an item's pod template, or an Ingress, names the object that is asked about; '' when it does not."""
    if item.resource.startswith("ingresses"):
        tls = [entry.text("secretName") for entry in item.nodes("spec", "tls")]
        return "for TLS" if args.kind == "secret" and args.name in tls else ""
    path = {"pods": (), "cronjobs.batch": ("spec", "jobTemplate", "spec", "template")}.get(
        item.resource, ("spec", "template")
    )
    spec = (item.node(*path) if path else item).node("spec")
    found = list(dict.fromkeys(_ways(spec, args, item)))
    return " and ".join(found)


def _ways(spec: Node, args: UsesArgs, item: KubeObject) -> Iterator[str]:
    kind, name = args.kind, args.name
    if kind == "serviceaccount":
        if (spec.text("serviceAccountName") or "default") == name:
            yield "to run under"
        return
    for volume in spec.nodes("volumes"):
        if _in_volume(volume, kind, name):
            yield "as a volume"
    if kind == "secret" and any(s.text("name") == name for s in spec.nodes("imagePullSecrets")):
        yield "to pull images"
    for container in (*spec.nodes("initContainers"), *spec.nodes("containers")):
        if any(
            _in_env(entry, kind, name) for entry in (*container.nodes("env"), *container.nodes("envFrom"))
        ):
            yield "in the environment"
    for claim in item.nodes("spec", "volumeClaimTemplates"):
        made = f"{claim.text('metadata', 'name')}-{item.name}-"
        if kind == "persistentvolumeclaim" and name.startswith(made) and name[len(made) :].isdigit():
            yield "as a volume"


def _in_volume(volume: Node, kind: str, name: str) -> bool:
    if kind == "persistentvolumeclaim":
        return volume.text("persistentVolumeClaim", "claimName") == name
    holder, key = _VOLUME[kind]
    projected = [source.text(holder, "name") for source in volume.nodes("projected", "sources")]
    return volume.text(holder, key) == name or name in projected


def _in_env(entry: Node, kind: str, name: str) -> bool:
    if kind not in _ENV:
        return False
    one, whole = _ENV[kind]
    return name in (entry.text("valueFrom", one, "name"), entry.text(whole, "name"))


TOOL = KubernetesUses()
