"""Builds incident folders of the form `replay.yaml`, `cluster/`, `logs/`, `monitors.json`, `alert.json`, as sparse as real ones."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

Json = dict[str, Any]
NOW = datetime(2026, 5, 6, 14, 0, tzinfo=UTC)


def ago(minutes: float) -> str:
    """A timestamp so many minutes before now."""
    return (NOW - timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass
class Dump:
    """An incident in the making. Kinds nobody adds to are not recorded."""

    objects: dict[tuple[str, str], list[Json]] = field(default_factory=dict)
    logs: dict[tuple[str, str], str] = field(default_factory=dict)
    stored: list[Json] = field(default_factory=list)
    watched: list[Json] | None = None
    told: Json | None = None
    serial: int = 0

    def add(self, kind: str, plural: str, name: str, ns: str, body: Json, **meta: Any) -> Json:
        """Record an object."""
        self.serial += 1
        metadata: Json = {"name": name, "uid": f"uid-{self.serial}", "resourceVersion": str(self.serial)}
        metadata |= {"namespace": ns} if ns else {}
        metadata |= meta
        apps = ("Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "ControllerRevision")
        version = {"Job": "batch/v1", "CronJob": "batch/v1", "HorizontalPodAutoscaler": "autoscaling/v2"}
        api = "apps/v1" if kind in apps else version.get(kind, "v1")
        made = {"apiVersion": api, "kind": kind, "metadata": metadata, **body}
        self.objects.setdefault((ns, plural), []).append(made)
        return made

    def recorded(self, ns: str, *plurals: str) -> Dump:
        """Kinds that were recorded and are empty."""
        for plural in plurals:
            self.objects.setdefault((ns, plural), [])
        return self

    def deployment(
        self, name: str, ns: str, wanted: int = 3, ready: int | None = None, image: str = "", **spec: Any
    ) -> Json:
        """A Deployment; `spec` goes into its container."""
        conditions = spec.pop("conditions", None)
        labels = spec.pop("labels", {"app": name})
        ready = wanted if ready is None else ready
        container = {"name": name, "image": image or f"registry.test/{name}:1.0", **spec}
        template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
        status: Json = {"replicas": wanted, "readyReplicas": ready, "availableReplicas": ready}
        status |= {"conditions": conditions} if conditions else {}
        body = {
            "spec": {"replicas": wanted, "selector": {"matchLabels": labels}, "template": template},
            "status": status,
        }
        return self.add("Deployment", "deployments", name, ns, body, labels=labels)

    def replicaset(
        self, owner: str, ns: str, hash_: str, revision: int, wanted: int, age: float, container: Json
    ) -> Json:
        """A ReplicaSet of a Deployment."""
        labels = {"app": owner, "pod-template-hash": hash_}
        spec = {"containers": [{"name": owner, "image": f"registry.test/{owner}:1.0", **container}]}
        body = {"spec": {"replicas": wanted, "template": {"metadata": {"labels": labels}, "spec": spec}},
                "status": {"replicas": wanted}}  # fmt: skip
        return self.add("ReplicaSet", "replicasets", f"{owner}-{hash_}", ns, body, labels=labels, creationTimestamp=ago(age),
                        annotations={"deployment.kubernetes.io/revision": str(revision)},
                        ownerReferences=[{"kind": "Deployment", "name": owner, "controller": True}])  # fmt: skip

    def pod(self, name: str, ns: str, owner: str, hash_: str, **how: Any) -> Json:
        """A pod of a Deployment: Running and Ready for three days unless `how` says otherwise."""
        age = how.pop("age", 4320.0)
        state = how.pop("state", None) or {"running": {"startedAt": ago(how.pop("running", age))}}
        ready = how.pop("ready", "running" in state)
        container = {
            "name": how.pop("container", owner), "ready": ready, "restartCount": how.pop("restarts", 0),
            "state": state, "lastState": how.pop("last", {}),
        }  # fmt: skip
        spec = {"containers": [{"name": container["name"], "image": how.pop("image", f"registry.test/{owner}:1.0"),
                                **how.pop("spec", {})}], **how.pop("pod_spec", {})}  # fmt: skip
        node = how.pop("node", "node-a")
        spec |= {"nodeName": node} if node else {}
        conditions = how.pop("conditions", None) or [
            {"type": "Ready", "status": "True" if ready else "False"}
        ]
        status: Json = {"phase": how.pop("phase", "Running"), "conditions": conditions, "startTime": ago(age)}
        if node:
            status["containerStatuses"] = [container, *how.pop("more", [])]
        status |= how.pop("status", {})
        kind = how.pop("owner_kind", "ReplicaSet")
        owner_name = f"{owner}-{hash_}" if kind == "ReplicaSet" else owner
        meta: Json = {
            "labels": {"app": owner, **({"pod-template-hash": hash_} if hash_ else {}), **how.pop("labels", {})},
            "ownerReferences": [{"apiVersion": "apps/v1", "kind": kind, "name": owner_name, "controller": True}],
            "creationTimestamp": ago(age), **how.pop("meta", {}),
        }  # fmt: skip
        assert not how, how
        return self.add("Pod", "pods", f"{name}", ns, {"spec": spec, "status": status}, **meta)

    def well(self, owner: str, ns: str, hash_: str, *suffixes: str, **how: Any) -> Dump:
        """Ready pods."""
        for suffix in suffixes:
            self.pod(f"{owner}-{hash_}-{suffix}", ns, owner, hash_, **how)
        return self

    def event(
        self, kind: str, name: str, ns: str, reason: str, message: str, last: float = 5, **how: Any
    ) -> Dump:
        """A warning about an object."""
        first = how.get("first", last + 20)
        body = {
            "type": how.get("type", "Warning"), "reason": reason, "message": message, "count": how.get("count", 4),
            "firstTimestamp": ago(first), "lastTimestamp": ago(last), "source": {},
            "involvedObject": {"kind": kind, "name": name, **({"namespace": ns} if ns else {})},
        }  # fmt: skip
        space = ns or "default"
        self.add("Event", "events", f"{name}.{self.serial}", space, body, creationTimestamp=ago(first))
        return self

    def node(
        self, name: str, ready: str = "True", reason: str = "KubeletReady", message: str = "", **how: Any
    ) -> Dump:
        """A node."""
        since = {"lastTransitionTime": ago(how["since"])} if "since" in how else {}
        conditions = [{"type": "Ready", "status": ready, "reason": reason, "message": message, **since}]
        for kind in ("MemoryPressure", "DiskPressure", "PIDPressure"):
            conditions.append({"type": kind, "status": "True" if how.get("pressure") == kind else "False"})
        self.add("Node", "nodes", name, "", {"spec": {}, "status": {"conditions": conditions}})
        return self

    def service(self, name: str, ns: str, selector: Json, port: int = 80, **how: Any) -> Dump:
        """A Service."""
        spec = {"selector": selector, "ports": [{"port": port, "targetPort": how.get("target", port)}],
                "clusterIP": how.get("ip", f"10.96.0.{self.serial + 10}")}  # fmt: skip
        self.add("Service", "services", name, ns, {"spec": spec})
        return self

    def log(self, ns: str, pod: str, *lines: tuple[float, str]) -> Dump:
        """A pod's log."""
        self.logs[(ns, pod)] = "".join(f"{ago(minutes)} {text}\n" for minutes, text in lines)
        return self

    def store(
        self, minutes: float, message: str, service: str, host: str = "", status: str = "error", *tags: str
    ) -> Dump:
        """A line of the log store, tagged as agents tag them."""
        self.stored.append({"timestamp": ago(minutes), "message": message, "status": status, "service": service,
                            "host": host, "tags": ["env:test", f"service:{service}", *tags]})  # fmt: skip
        return self

    def monitor(self, name: str, state: str = "OK") -> Dump:
        """A monitor."""
        self.watched = [*(self.watched or []), {"name": name, "type": "metric alert", "query": "avg(last_5m):x > 1",
                                                "message": "", "overall_state": state, "tags": []}]  # fmt: skip
        return self

    def alert(
        self, name: str, ns: str, workload: str, summary: str, description: str = "", **how: Any
    ) -> Dump:
        """The alert that starts the triage."""
        labels = {"alertname": name, "severity": "warning", "service": workload, "namespace": ns,
                  "workload_type": "deployment", "workload_name": workload}  # fmt: skip
        annotations = {
            "summary": summary,
            "description": description,
            "kube_namespace": ns,
            "kube_deployment": workload,
        }
        annotations |= {"kube_pod": how["pod"]} if "pod" in how else {}
        status = how.get("status", "firing")
        self.told = {
            "version": "4", "status": status, "receiver": "interlock", "groupLabels": {"alertname": name},
            "commonLabels": labels, "commonAnnotations": annotations,
            "alerts": [{"status": status, "labels": labels, "annotations": annotations, "startsAt": ago(how.get("started", 20)),
                        "endsAt": "0001-01-01T00:00:00Z"}],
        }  # fmt: skip
        return self

    def write(self, folder: Path) -> Path:
        """Write the folder."""
        manifest = f"now: {ago(0)}\ncluster: cluster\n"
        for (ns, plural), items in self.objects.items():
            self._put(folder / "cluster" / ns / f"{plural}.json", _list(items))
        for (ns, pod), text in self.logs.items():
            path = folder / "cluster" / ns / pod / "logs.txt"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        (folder / "logs").mkdir(parents=True, exist_ok=True)
        (folder / "logs" / "store.jsonl").write_text("".join(json.dumps(line) + "\n" for line in self.stored))
        manifest += "logs: logs\n"
        if self.watched is not None:
            self._put(folder / "monitors.json", {"monitors": self.watched})
            manifest += "monitors: monitors.json\n"
        if self.told is not None:
            self._put(folder / "alert.json", self.told)
            manifest += "alert: alert.json\n"
        (folder / "replay.yaml").write_text(manifest)
        return folder

    @staticmethod
    def _put(path: Path, document: Json) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(document), encoding="utf-8")


def _list(items: list[Json]) -> Json:
    return {"apiVersion": "v1", "kind": "List", "metadata": {"resourceVersion": "1"}, "items": items}


def waiting(reason: str, message: str = "") -> Json:
    """A waiting state."""
    return {"waiting": {"reason": reason, **({"message": message} if message else {})}}
