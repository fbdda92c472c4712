"""The same objects on the real API server and in a replay, and kubectl run against both.

The tree is written by raw list requests here, not by the recorder, so that the reader is judged on its own.
"""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from string import Template
from typing import Any

import yaml
from cluster.harness import MERGE, KubeCluster

Object = dict[str, Any]
DURATION = re.compile(r"\b(?:\d+[smhdy]){1,2}\b|<invalid>")
SEEN = re.compile(r"AGE \(x\d+ over AGE\)")


@dataclass(frozen=True)
class Said:
    """What kubectl printed and how it ended."""

    out: str
    err: str
    code: int

    def normal(self, *addresses: str) -> list[str]:
        """Its lines, without ages (nor the column widths that follow from them) and the server's address."""
        text = f"{self.out}\n--- stderr, exit {self.code}\n{self.err}"
        for address in addresses:
            text = text.replace(address, "SERVER")
        text = SEEN.sub("AGE", DURATION.sub("AGE", text))
        return [re.sub(r"\s{2,}", "  ", line).rstrip() for line in text.splitlines()]


def kubectl(kubeconfig: Path, *args: str, stdin: str | None = None) -> Said:
    """The real kubectl, with a discovery cache beside its kubeconfig."""
    argv = ["kubectl", f"--kubeconfig={kubeconfig}", f"--cache-dir={kubeconfig}.cache", *args]
    done = subprocess.run(argv, check=False, capture_output=True, text=True, timeout=60, input=stdin)
    return Said(done.stdout, done.stderr, done.returncode)


def kubeconfig_for(url: str, path: Path) -> Path:
    """A kubeconfig that has only a server."""
    cluster = {"name": "replay", "cluster": {"server": url}}
    context = {"name": "replay", "context": {"cluster": "replay", "user": ""}}
    config = {"apiVersion": "v1", "kind": "Config", "clusters": [cluster], "contexts": [context]}
    path.write_text(yaml.safe_dump({**config, "current-context": "replay"}))
    return path


def load_objects(cluster: KubeCluster, values: dict[str, str]) -> list[Object]:
    """Creates the objects, and writes those statuses that the file gives."""
    text = Template(Path(__file__).with_name("objects.yaml").read_text()).substitute(values)
    wanted = [item for item in yaml.safe_load_all(text) if item]
    for item in wanted:
        status = item.pop("status", None)
        cluster.apply(item)
        if status:
            where = (item["apiVersion"], item["kind"], item["metadata"].get("namespace"))
            cluster.patch_status(*where, item["metadata"]["name"], status)
    return wanted


def at_rest(cluster: KubeCluster, namespaces: list[str]) -> None:
    """Waits until the controllers have nothing more to write into these namespaces."""
    kinds = [("v1", "Pod"), ("v1", "Event"), ("apps/v1", "Deployment"), ("apps/v1", "StatefulSet")]
    kinds += [("apps/v1", "DaemonSet"), ("v1", "Endpoints"), ("v1", "ResourceQuota"), ("batch/v1", "Job")]
    kinds += [("autoscaling/v1", "HorizontalPodAutoscaler"), ("v1", "PersistentVolumeClaim")]
    kinds += [("discovery.k8s.io/v1beta1", "EndpointSlice"), ("policy/v1beta1", "PodDisruptionBudget")]
    calm: list[object] = []

    def is_calm() -> bool:
        seen = [
            (o["kind"], o["metadata"]["name"], o["metadata"]["resourceVersion"])
            for kind in kinds
            for ns in namespaces
            for o in ({"kind": kind[1], **i} for i in cluster.list(*kind, ns))
        ]
        calm.append(seen)
        bound = all(
            c["status"].get("phase") == "Bound"
            for c in cluster.list("v1", "PersistentVolumeClaim", namespaces[0])
        )
        scaled = all(
            "conditions" in str(h["metadata"])
            for h in cluster.list("autoscaling/v1", "HorizontalPodAutoscaler", namespaces[0])
        )
        return bound and scaled and len(calm) > 6 and all(c == seen for c in calm[-6:])

    cluster.wait_for(is_calm, "the controllers at rest", seconds=90)


def dump_tree(cluster: KubeCluster, folder: Path) -> Path:
    """Every listable resource in its preferred version, as a replay folder."""
    root = folder / "cluster"
    groups = cluster.must("GET", "/apis")["groups"]
    lists = [cluster.must("GET", "/api/v1")]
    lists += [cluster.must("GET", f"/apis/{v['groupVersion']}") for g in groups for v in _preferred_first(g)]
    resources: dict[tuple[str, str], Object] = {}
    for document in lists:
        for resource in document["resources"]:
            group, _, version = document["groupVersion"].rpartition("/")
            if "list" in resource["verbs"] and (group, resource["name"]) not in resources:
                resources[group, resource["name"]] = _write(cluster, root, group, version, resource)
    account = {
        "formatVersion": 1,
        "version": cluster.must("GET", "/version"),
        "resources": list(resources.values()),
        "namespaces": [n["metadata"]["name"] for n in cluster.list("v1", "Namespace")],
        "notRecorded": [],
        "discovery": {"groups": groups, "resources": lists},
    }
    (root / "recorded.json").write_text(json.dumps(account))
    (folder / "replay.yaml").write_text(f"now: {datetime.now(UTC).isoformat()}\ncluster: cluster\n")
    return folder


def _preferred_first(group: Object) -> list[Object]:
    return sorted(group["versions"], key=lambda v: v != group["preferredVersion"])


def _write(cluster: KubeCluster, root: Path, group: str, version: str, resource: Object) -> Object:
    base = f"/apis/{group}/{version}" if group else f"/api/{version}"
    listed = cluster.must("GET", f"{base}/{resource['name']}")
    by_namespace: dict[str, list[Object]] = {}
    for item in listed["items"] or []:
        by_namespace.setdefault(item["metadata"].get("namespace", ""), []).append(item)
    for namespace, items in by_namespace.items():
        path = root / namespace / f"{resource['name']}{'.' if group else ''}{group}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({**listed, "items": items}))
    entry = {"group": group, "version": version, "kind": resource["kind"], "plural": resource["name"]}
    entry |= {"singular": resource["singularName"], "namespaced": resource["namespaced"], "namespaces": None}
    return entry | {key: resource.get(key) or [] for key in ("shortNames", "verbs", "categories")}


def delete_cluster_scoped(cluster: KubeCluster, objects: list[Object], namespaces: list[str]) -> None:
    """Leaves the shared cluster as it was, as far as other tests could see it."""
    release = {"metadata": {"finalizers": None}}
    cluster.request("PATCH", f"/api/v1/namespaces/{namespaces[1]}/pods/leaving", release, content_type=MERGE)
    for item in objects:
        kind = cluster.kind(item["apiVersion"], item["kind"])
        if not kind.namespaced:
            cluster.request("DELETE", kind.path(None, item["metadata"]["name"]))
    for namespace in namespaces:
        cluster.request("DELETE", f"/api/v1/namespaces/{namespace}")
