"""A cluster with something of everything in it: what tools are asked about, live and from its recording.

The objects are those that kubectl is compared on (tests/replay/objects.yaml); here they also get a history (three
revisions of a Deployment), logs of now and an hour ago, and what uses them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from cluster.harness import MERGE, STRATEGIC, KubeCluster
from live.secrets import plant
from replay.same import at_rest, load_objects

Object = dict[str, Any]


@dataclass(frozen=True)
class Stage:
    """The cluster and the names that arguments need: `$A`, `$B` (namespaces), `$N` (node), `$T` (tag), `$WEB` (a pod)."""

    cluster: KubeCluster
    values: dict[str, str]
    custom: bool

    def filled(self, given: Any) -> Any:
        """`given` with the names in place of their marks."""
        if isinstance(given, str):
            for mark, value in self.values.items():
                given = given.replace(f"${mark}", value)
            return given
        if isinstance(given, dict):
            return {key: self.filled(value) for key, value in given.items()}
        return [self.filled(each) for each in given] if isinstance(given, list) else given


def staged(cluster: KubeCluster, *, custom: bool) -> Stage:
    """The cluster at rest, everything in it; `custom`: whether its server can hold custom resources."""
    a, b = cluster.add_namespace("shop"), cluster.add_namespace("ledger")
    tag = a.rpartition("-")[2]
    values = {"A": a, "B": b, "N": f"node-{tag}", "T": f"t{tag}", "PORT": str(cluster.ports["kubelet"])}
    load_objects(cluster, values)
    cluster.must("DELETE", f"/api/v1/namespaces/{b}/pods/leaving")
    _rollouts(cluster, a)
    _logs(cluster, a)
    plant(cluster, a, custom=custom)
    at_rest(cluster, [a, b])
    _refusals(cluster, [a, b])
    web = next(
        p["metadata"]["name"]
        for p in cluster.list("v1", "Pod", a, labelSelector="app=web")
        if not p["metadata"].get("deletionTimestamp")
    )
    return Stage(cluster, {**values, "WEB": web}, custom)


def _rollouts(cluster: KubeCluster, namespace: str) -> None:
    """Two more revisions of `web`: another image, then less memory; and an edit of the ConfigMap it reads."""
    path = f"/apis/apps/v1/namespaces/{namespace}/deployments/web"
    for container in (
        {"name": "web", "image": "registry.test/web:1.3"},
        {
            "name": "web",
            "resources": {"limits": {"memory": "96Mi"}},
            "env": [{"name": "MODE", "value": "slow"}],
        },
    ):
        before = _revision(cluster, path)
        change = {"spec": {"template": {"spec": {"containers": [container]}}}}
        cluster.must("PATCH", f"{path}?fieldManager=ci", change, content_type=STRATEGIC)
        cluster.wait_for(lambda before=before: _revision(cluster, path) != before, "the next revision")
    settings = f"/api/v1/namespaces/{namespace}/configmaps/settings?fieldManager=ci"
    cluster.must("PATCH", settings, {"data": {"mode": "slow"}}, content_type=MERGE)


def _revision(cluster: KubeCluster, path: str) -> str:
    annotations = cluster.must("GET", path)["metadata"].get("annotations") or {}
    return str(annotations.get("deployment.kubernetes.io/revision", ""))


def _logs(cluster: KubeCluster, namespace: str) -> None:
    now = datetime.now(UTC)
    early = [f"{_stamp(now - timedelta(hours=3, seconds=-n))} INFO step {n} of the start" for n in range(40)]
    late = [
        f"{_stamp(now - timedelta(minutes=5, seconds=-n))} ERROR cannot reach db.{namespace}: timeout after {n} ms"
        for n in range(30)
    ]
    odd = [
        f'{_stamp(now - timedelta(minutes=2))} caf\u00e9 \u2014 {{"level": "error", "msg": "no\\\\tsuch"}}'
    ]
    for pod, container, previous, lines in (
        ("running", "app", False, early + late + odd),
        ("running", "app", True, early),
        ("running", "proxy", False, late),
        ("crashing", "app", False, late),
        ("crashing", "app", True, [*early, f"{_stamp(now - timedelta(minutes=9))} panic: out of memory"]),
        ("starting", "two", False, late[:3]),
        ("done", "app", False, early),
    ):
        cluster.write_log(namespace, pod, container, "\n".join(lines) + "\n", previous=previous)


def _refusals(cluster: KubeCluster, namespaces: list[str]) -> None:
    """What a kubelet says of containers that have not started."""
    for pod in (pod for namespace in namespaces for pod in cluster.list("v1", "Pod", namespace)):
        name, status = pod["metadata"]["name"], pod.get("status") or {}
        known = [*(status.get("initContainerStatuses") or []), *(status.get("containerStatuses") or [])]
        states = {each["name"]: each for each in known}
        for container in (*(pod["spec"].get("initContainers") or []), *pod["spec"]["containers"]):
            state = states.get(container["name"])
            waits = ((state or {}).get("state") or {}).get("waiting")
            why = f"waiting to start: {waits['reason']}" if waits else "not available"
            if not state or (waits and not state["restartCount"]):
                about = f'container "{container["name"]}" in pod "{name}" is {why}'
                cluster.refuse_log(pod["metadata"]["namespace"], name, container["name"], about)


def _stamp(at: datetime) -> str:
    return at.isoformat(timespec="microseconds").replace("+00:00", "Z")
