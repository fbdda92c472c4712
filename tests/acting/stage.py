"""What the tests of actions stand on: objects to act on, a kubelet by hand, and one way to carry an action through."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from cluster.harness import MERGE, KubeCluster, Object

from interlock.approvals.canonical import Digest
from interlock.approvals.catalogue import find_action
from interlock.approvals.mutator import HttpMutator
from interlock.approvals.permits import PERMITS
from interlock.approvals.previewer import ClusterPreviewer
from interlock.approvals.sight import Sight, SilenceReads
from interlock.approvals.steps import Step
from interlock.approvals.verbs import Mutator
from interlock.approvals.verification import verified
from interlock.approvals.words import Applied, Intent, Preconditions, Preview, Verdict
from interlock.core.clock import SystemClock
from interlock.core.clusters.http import Endpoint, HttpTransport
from interlock.core.clusters.objects import KubeObject
from interlock.core.clusters.reader import ClusterReader
from interlock.core.redaction import Redactor
from interlock.core.surroundings import Dependant, Owner

NAME = "test"
VERBS = {"patch": "patch", "create": "create", "delete": "delete", "evict": "create"}
DIGESTS = iter(f"{number:064x}" for number in range(1, 10**6))


NONE = Preconditions("", None, Digest(""))


@dataclass
class Around:
    """Surroundings that a test says."""

    owned: dict[str, Owner] = field(default_factory=dict)
    felt: dict[str, Sequence[Dependant]] = field(default_factory=dict)

    def owner(self, cluster: str, subject: KubeObject) -> Owner | None:
        return self.owned.get(str(subject))

    def dependants(self, cluster: str, subject: KubeObject) -> Sequence[Dependant]:
        return self.felt.get(str(subject), ())


@dataclass
class Paper:
    """A journal in memory."""

    planned: Sequence[Step] | None = None
    intent: Intent | None = None
    states: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def plan(self) -> Sequence[Step] | None:
        return self.planned

    def begin(self, intent: Intent, steps: Sequence[Step]) -> None:
        assert self.planned is None
        self.intent, self.planned = intent, steps

    def state(self, key: str) -> Any:
        return self.states.get(key)

    def mark(self, key: str, state: str, note: str) -> None:
        self.states[key] = state
        self.notes += [note] if note else []


@dataclass
class Stage:
    """One namespace of the real server."""

    cluster: KubeCluster
    namespace: str
    endpoint: Endpoint
    reads: ClusterReader
    mutator: HttpMutator
    previewer: ClusterPreviewer
    around: Around = field(default_factory=Around)
    silences: SilenceReads | None = None
    intents: list[Intent] = field(default_factory=list)
    first: Preconditions = NONE
    """What the last change was applied under."""

    @property
    def sight(self) -> Sight:
        return Sight(SystemClock(), self.around, self.reads, self.silences)

    def named(self, **more: Any) -> dict[str, Any]:
        """Arguments about an object of the namespace."""
        return {"cluster": NAME, "namespace": self.namespace, **more}

    def object(self, resource: str, name: str) -> dict[str, Any]:
        """An object as the server holds it."""
        return dict(self.reads.get(resource, name, self.namespace).raw)

    def preview(self, name: str, given: Mapping[str, Any], **more: Any) -> Preview:
        action = find_action(name)
        args = action.fixed(action.parse(given), SystemClock().now())
        return action.preview(args, self.sight, self.previewer, **more)

    def apply(
        self,
        name: str,
        given: Mapping[str, Any],
        preview: Preview | None = None,
        mutator: Mutator | None = None,
    ) -> Applied:
        """Apply it as previewed (or as it is now), under a digest of its own."""
        action = find_action(name)
        args = action.fixed(action.parse(given), SystemClock().now())
        held = preview.preconditions if preview else action.preconditions(action.look(args, self.sight))
        self.first = held
        digest = Digest(next(DIGESTS))
        return action.apply(mutator or self.mutator, args, self.sight, held, digest, self.intents.append)

    def verdict(
        self, name: str, given: Mapping[str, Any], applied: Applied, *, seconds: float = 25
    ) -> Verdict:
        """What reading back finds, with a kubelet that works while it is waited for."""
        action = find_action(name)
        args = action.fixed(action.parse(given), SystemClock().now())
        within = timedelta(seconds=seconds)
        return verified(action, args, self.sight, applied.intent, within=within, wait=self.tick)

    def said(self, verdict: Verdict) -> str:
        return str(Redactor().clean(verdict.evidence).text)

    def tick(self, seconds: float) -> bool:
        """One round of a kubelet: what is to end ends, what runs is Ready. Its time passes in the reads it makes."""
        for pod in self.cluster.list("v1", "Pod", self.namespace):
            self._kubelet(pod)
        return False

    def settle(self, what: str, probe: Any) -> Any:
        """Wait for a controller, with the kubelet at work."""
        return self.cluster.wait_for(lambda: self.tick(0) or probe(), what)

    def clear(self) -> None:
        """Take away what runs: the cluster's one node holds 110 pods, and every test shares it."""
        for group, kinds in (
            ("apps/v1", "deployments replicasets statefulsets daemonsets"),
            ("batch/v1", "jobs"),
        ):
            for kind in kinds.split():
                path = f"/apis/{group}/namespaces/{self.namespace}/{kind}"
                self.cluster.request("DELETE", path, {"propagationPolicy": "Background"})
        pods = f"/api/v1/namespaces/{self.namespace}/pods"

        def gone() -> bool:
            self.cluster.request("DELETE", pods, {"gracePeriodSeconds": 0})
            return not self.cluster.list("v1", "Pod", self.namespace)

        self.cluster.wait_for(gone, "the stage cleared")

    def _kubelet(self, pod: Object) -> None:
        path = f"/api/v1/namespaces/{self.namespace}/pods/{pod['metadata']['name']}"
        if pod["metadata"].get("deletionTimestamp"):
            options = {"gracePeriodSeconds": 0, "preconditions": {"uid": pod["metadata"]["uid"]}}
            self.cluster.request("DELETE", path, options)
        elif pod["spec"].get("nodeName") and pod["status"].get("phase") == "Pending":
            broken = any("broken" in c["image"] for c in pod["spec"]["containers"])
            self.cluster.request(
                "PATCH", path + "/status", {"status": running(pod, ready=not broken)}, content_type=MERGE
            )


def running(pod: Object, *, ready: bool) -> Object:
    """The status of a pod that runs."""
    condition = {"type": "Ready", "status": str(ready)}
    containers = [
        {"name": c["name"], "ready": ready, "restartCount": 0, "image": c["image"], "imageID": ""}
        for c in pod["spec"]["containers"]
    ]
    return {
        "phase": "Running",
        "startTime": "2026-01-01T00:00:00Z",
        "conditions": [condition],
        "containerStatuses": containers,
    }


def reader(cluster: KubeCluster) -> ClusterReader:
    """The product's reader, as administrator."""
    pki = cluster.root / "pki"
    login = (str(pki / "admin.crt"), str(pki / "admin.key"))
    return ClusterReader(
        NAME, HttpTransport(Endpoint(cluster.url, ca_file=str(cluster.ca_file), client_cert=login))
    )


def rules() -> list[Object]:
    """The permits as RBAC: what a credential for changes needs, and nothing else."""
    made = []
    for each in PERMITS:
        plural, _, group = each.kind.partition(".")
        resource = f"{plural}/eviction" if each.verb == "evict" else plural
        made.append({"apiGroups": [group], "resources": [resource], "verbs": [VERBS[each.verb]]})
    # A Job with an owner that it names as controller needs this where OwnerReferencesPermissionEnforcement is on.
    return made


def credential(cluster: KubeCluster, namespace: str) -> Endpoint:
    """A ServiceAccount that may do what the permits say, as an endpoint."""
    role, account = f"interlock-{namespace}", {"namespace": namespace, "name": "interlock"}
    rbac = "rbac.authorization.k8s.io/v1"
    subject = {"kind": "ServiceAccount", **account}
    cluster.apply(
        [
            {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": account},
            {"apiVersion": rbac, "kind": "ClusterRole", "metadata": {"name": role}, "rules": rules()},
            {
                "apiVersion": rbac,
                "kind": "ClusterRoleBinding",
                "metadata": {"name": role},
                "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role},
                "subjects": [subject],
            },
        ]
    )
    wanted = {
        "apiVersion": "authentication.k8s.io/v1",
        "kind": "TokenRequest",
        "spec": {"expirationSeconds": 3600, "audiences": [cluster.url]},
    }
    made = cluster.must("POST", f"/api/v1/namespaces/{namespace}/serviceaccounts/interlock/token", wanted)
    return Endpoint(cluster.url, ca_file=str(cluster.ca_file), token=made["status"]["token"])


def node_of(stage: Stage) -> str:
    """A Ready node that tolerates the pods of this namespace only."""
    name = f"node-{stage.namespace}"
    taint = {"key": "test", "value": stage.namespace, "effect": "NoSchedule"}
    labels = {"kubernetes.io/hostname": name}
    stage.cluster.apply(
        {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {"name": name, "labels": labels},
            "spec": {"taints": [taint]},
        }
    )
    # Admission taints every new node as not ready; the controller that takes it off again is not there.
    stage.cluster.must("PATCH", f"/api/v1/nodes/{name}", {"spec": {"taints": [taint]}}, content_type=MERGE)
    size = {"cpu": "8", "memory": "32Gi", "pods": "110"}
    ready = {"type": "Ready", "status": "True", "reason": "KubeletReady", "message": "ready"}
    status = {"capacity": size, "allocatable": size, "conditions": [ready]}
    stage.cluster.patch_status("v1", "Node", None, name, status)
    return name


def template(image: str = "app:1", *, node: str = "", labels: Mapping[str, str] | None = None) -> Object:
    """A pod template."""
    spec: Object = {"containers": [{"name": "app", "image": image}, {"name": "side", "image": "side:1"}]}
    if node:
        spec |= {
            "nodeSelector": {"kubernetes.io/hostname": node},
            "tolerations": [{"key": "test", "operator": "Exists"}],
        }
    return {"metadata": {"labels": {"app": "web", **(labels or {})}}, "spec": spec}


def workload(
    stage: Stage, kind: str = "Deployment", *, replicas: int = 2, node: str = "", **spec: Any
) -> str:
    """A workload named web whose pods are all Ready."""
    body: Object = {"selector": {"matchLabels": {"app": "web"}}, "template": template(node=node), **spec}
    if kind != "DaemonSet":
        body["replicas"] = replicas
    if kind == "StatefulSet":
        body["serviceName"] = "web"
    metadata = {"namespace": stage.namespace, "name": "web"}
    stage.cluster.apply({"apiVersion": "apps/v1", "kind": kind, "metadata": metadata, "spec": body})
    stage.settle(f"{kind} web ready", lambda: _through(stage, kind))
    return "web"


def _through(stage: Stage, kind: str) -> bool:
    from interlock.approvals.workloads import RESOURCES, rolled_out

    found = stage.reads.get(RESOURCES[kind], "web", stage.namespace)
    counted = found.number("status", "numberAvailable" if kind == "DaemonSet" else "readyReplicas")
    return rolled_out(found).state == "verified" and bool(counted or found.number("spec", "replicas") == 0)


def roll(stage: Stage, image: str, kind: str = "Deployment") -> None:
    """Roll out another image of app, as a team's pipeline would."""
    from interlock.approvals.workloads import RESOURCES

    plural = RESOURCES[kind].partition(".")[0]
    path = f"/apis/apps/v1/namespaces/{stage.namespace}/{plural}/web"
    body = {"spec": {"template": {"spec": {"containers": [{"name": "app", "image": image}]}}}}
    stage.cluster.must("PATCH", path, body, content_type="application/strategic-merge-patch+json")
    if "broken" not in image:
        stage.settle(f"{image} rolled out", lambda: _through(stage, kind))
