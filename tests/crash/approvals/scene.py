"""What the changes are about: objects of one namespace and one node of a real API server, put back before each change.

The truth of a change is read from the server by the test's own hand, past the product and past the counting proxy.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from acting.stage import MERGE, node_of, rules
from cluster.harness import KubeCluster, ServerSaid
from crash.approvals.spots import PODS
from gate.world import HEADER, PEOPLE, RULES

from interlock.approvals.normal import STAMP

Object = dict[str, Any]
NAME = "prod"
MANY = 100_000
RBAC = "rbac.authorization.k8s.io/v1"


@dataclass(frozen=True)
class Asked:
    """A change to ask for, of so many writes. `made(digest)` is the truth: how many of them are there.

    Without a stamp a person may have to say it.
    """

    action: str
    args: Object
    writes: int
    made: Callable[[str], int]
    stamped: bool = True


@dataclass
class Scene:
    """One namespace and one node, and the number of what was made there."""

    cluster: KubeCluster
    namespace: str
    folder: Path
    node: str = ""
    count: int = 0

    def build(self, url: str) -> None:
        """Make the objects, and the folder that the approvals are configured by, with the API at `url`."""
        self.node = node_of(self)  # type: ignore[arg-type]  # it asks for cluster and namespace alone
        quiet = {
            "metadata": {"labels": {"app": "web"}},
            "spec": {"containers": [{"name": "a", "image": "a:1"}]},
        }
        quiet["spec"]["nodeSelector"] = {"kubernetes.io/hostname": "nowhere"}
        meta = {"namespace": self.namespace}
        spec = {"replicas": 0, "selector": {"matchLabels": {"app": "web"}}, "template": quiet}
        job = {"spec": {"template": {"spec": {**quiet["spec"], "restartPolicy": "Never"}}}}
        self.cluster.apply(
            [
                {
                    "apiVersion": "apps/v1",
                    "kind": "Deployment",
                    "metadata": {**meta, "name": "web"},
                    "spec": spec,
                },
                {
                    "apiVersion": "batch/v1beta1",
                    "kind": "CronJob",
                    "metadata": {**meta, "name": "nightly"},
                    "spec": {"schedule": "0 3 1 1 *", "jobTemplate": job},
                },
                {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {**meta, "name": "fleet"}},
            ]
        )
        self._configure(url)

    def label(self) -> Asked:
        """A label on a Deployment."""
        self.count += 1
        value = f"v{self.count}"
        args = {"kind": "Deployment", "name": "web", "labels": {"team": value}}

        def made(digest: str) -> int:
            meta = self.cluster.get("apps/v1", "Deployment", self.namespace, "web")["metadata"]
            return _both(meta.get("labels", {}).get("team") == value, _stamp(meta) == digest)

        return Asked("label", self._named(**args), 1, made)

    def scale(self) -> Asked:
        """A Deployment of one pod to none."""
        path = f"/apis/apps/v1/namespaces/{self.namespace}/deployments/web"
        self.cluster.must("PATCH", path, {"spec": {"replicas": 1}}, content_type=MERGE)

        def made(digest: str) -> int:
            held = self.cluster.get("apps/v1", "Deployment", self.namespace, "web")
            return _both(held["spec"]["replicas"] == 0, _stamp(held["metadata"]) == digest)

        return Asked("scale", self._named(kind="Deployment", name="web", replicas=0), 1, made)

    def run_cronjob(self) -> Asked:
        """A Job of a CronJob."""

        def made(digest: str) -> int:
            every = self.cluster.list("batch/v1", "Job", self.namespace)
            return sum(_stamp(job["metadata"]) == digest for job in every)

        return Asked("cronjob-run", self._named(name="nightly"), 1, made)

    def delete_pod(self) -> Asked:
        """A pod that nothing but the change ends; it takes no stamp with it."""
        self.count += 1
        name = f"single-{self.count}"
        self._pod(name, self._owner())
        return Asked(
            "delete-pod",
            self._named(name=name),
            1,
            lambda digest: int(not self._there(f"/api/v1/namespaces/{self.namespace}/pods/{name}")),
            stamped=False,
        )

    def drain(self) -> Asked:
        """The node, with pods on it that nothing but the drain ends."""
        path = f"/api/v1/nodes/{self.node}"
        self.cluster.must("PATCH", path, {"spec": {"unschedulable": None}}, content_type=MERGE)
        pods = f"/api/v1/namespaces/{self.namespace}/pods"
        self.cluster.must("DELETE", f"{pods}?labelSelector=app%3Dfleet")
        self.count += 1
        owner = self._owner()
        names = [f"fleet-{self.count}-{number}" for number in range(PODS)]
        for name in names:
            self._pod(name, owner, node=self.node)

        def made(digest: str) -> int:
            held = self.cluster.must("GET", path)
            left = [name for name in names if self._there(f"{pods}/{name}")]
            cordoned = _both(bool(held["spec"].get("unschedulable")), _stamp(held["metadata"]) == digest)
            return cordoned + PODS - len(left)

        return Asked("drain", {"cluster": NAME, "name": self.node}, PODS + 1, made)

    def clear(self) -> None:
        """Take away what takes room on the cluster that all tests share."""
        for path in (
            f"/apis/batch/v1/namespaces/{self.namespace}/jobs",
            f"/apis/apps/v1/namespaces/{self.namespace}/deployments",
            f"/api/v1/namespaces/{self.namespace}/pods",
        ):
            self.cluster.request("DELETE", path, {"propagationPolicy": "Background"})
        self.cluster.request("DELETE", f"/api/v1/nodes/{self.node}")

    def _named(self, **more: Any) -> Object:
        return {"cluster": NAME, "namespace": self.namespace, **more}

    def _there(self, path: str) -> bool:
        status, _ = self.cluster.request("GET", path)
        return status == 200

    def _owner(self) -> Object:
        # Of a kind that no controller looks after, so that nobody else ends or replaces its pods.
        held = self.cluster.get("v1", "ConfigMap", self.namespace, "fleet")
        return {"apiVersion": "v1", "kind": "ConfigMap", "name": "fleet", "uid": held["metadata"]["uid"]}

    def _pod(self, name: str, owner: Object, *, node: str = "") -> None:
        metadata = {"namespace": self.namespace, "name": name, "labels": {"app": "fleet"}}
        spec = {"containers": [{"name": "a", "image": "a:1"}], "terminationGracePeriodSeconds": 0}
        spec |= {"nodeName": node, "tolerations": [{"operator": "Exists"}]} if node else {}
        spec |= {} if node else {"nodeSelector": {"kubernetes.io/hostname": "nowhere"}}
        self.cluster.apply(
            {
                "apiVersion": "v1",
                "kind": "Pod",
                "metadata": {**metadata, "ownerReferences": [{**owner, "controller": True}]},
                "spec": spec,
            }
        )

    def _configure(self, url: str) -> None:
        policy = self.folder / "policy"
        policy.mkdir()
        caps = {"defaults": {"executions_per_hour": MANY, "pods": 100}}
        (policy / "policy.yaml").write_text(yaml.safe_dump({**HEADER, "changes": caps}))
        (policy / "rules.cedar").write_text(RULES)
        credential = {"kubeconfig": str(self._kubeconfig(url))}
        named = {"users": {"oidc:ana": "ana"}, **credential}
        settings = {
            "policy": {"bundle": str(policy)},
            "identity": {"people": {who: list(aliases) for who, aliases in PEOPLE.items()}},
            "clusters": {"named": {NAME: named}},
            "approvals": {"enabled": True, "verify_seconds": 60, "clusters": {NAME: {"write": credential}}},
        }
        (self.folder / "settings.json").write_text(json.dumps(settings))

    def _kubeconfig(self, url: str) -> Path:
        """The product's own credential: what the permits say, reads, and reviews. The person who asks may do all."""
        looking = [
            {"apiGroups": ["*"], "resources": ["*"], "verbs": ["get", "list"]},
            {
                "apiGroups": ["authorization.k8s.io"],
                "resources": ["subjectaccessreviews"],
                "verbs": ["create"],
            },
        ]
        name, account = f"crash-{self.namespace}", {"namespace": self.namespace, "name": "interlock"}
        with suppress(ServerSaid):
            self.cluster.apply({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": account})
        role = {"apiVersion": RBAC, "kind": "ClusterRole", "metadata": {"name": name}}
        self.cluster.apply(
            [
                {**role, "rules": [*rules(), *looking]},
                _binding(name, name, {"kind": "ServiceAccount", **account}),
                _binding(f"{name}-ana", "cluster-admin", {"kind": "User", "name": "ana"}),
            ]
        )
        wanted = {
            "apiVersion": "authentication.k8s.io/v1",
            "kind": "TokenRequest",
            "spec": {"expirationSeconds": 36_000, "audiences": [self.cluster.url]},
        }
        path = f"/api/v1/namespaces/{self.namespace}/serviceaccounts/interlock/token"
        token = self.cluster.must("POST", path, wanted)["status"]["token"]
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "it",
            "clusters": [{"name": "it", "cluster": {"server": url}}],
            "users": [{"name": "it", "user": {"token": token}}],
            "contexts": [{"name": "it", "context": {"cluster": "it", "user": "it"}}],
        }
        target = self.folder / "kubeconfig"
        target.write_text(yaml.safe_dump(config))
        return target


def _binding(name: str, role: str, subject: Object) -> Object:
    group = "rbac.authorization.k8s.io"
    return {
        "apiVersion": RBAC,
        "kind": "ClusterRoleBinding",
        "metadata": {"name": name},
        "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": role},
        "subjects": [{**subject, **({"apiGroup": group} if subject["kind"] == "User" else {})}],
    }


def _stamp(metadata: Object) -> str:
    return str((metadata.get("annotations") or {}).get(STAMP, ""))


def _both(value: bool, stamp: bool) -> int:
    assert value == stamp, "the object carries the change without its stamp, or the stamp without the change"
    return int(value)
