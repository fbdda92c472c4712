"""The demo incident, acted out on a real API server and recorded.

03:12 in the morning. `checkout-api` answers 503: its alert fires, its pods are all Running and Ready. The cause is
in another namespace: `feature-store` is OOMKilled again and again since a Terraform change lowered its memory limit
from 512Mi to 128Mi at 02:49:30, so its Service has no ready endpoint. Two distractors: `ledger-api` was released
eight minutes before that and is well, and the nightly `settlement-export` failed for a reason of its own.

ReplicaSets, pods, names, endpoints, conditions and most events are the real controllers'; `kubelet` plays the
kubelets, `timeline` stretches the minute it takes to the weeks it tells.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from pydantic import JsonValue

from interlock.core.clock import FixedClock, SystemClock
from interlock.core.clusters.objects import KubeObject, Node
from interlock.core.clusters.reader import ClusterReader
from interlock.core.redaction import Redactor
from interlock.core.replay.record import Recording, record
from interlock.core.replay.record_folder import one_object_a_line
from interlock.evals.scenarios.cluster import Object, ScenarioCluster
from interlock.evals.scenarios.demo_play import NAMESPACES, NODES, NOW, SOURCE, DemoPlay
from interlock.evals.scenarios.kubelet import Kubelets
from interlock.evals.scenarios.timeline import Timeline

# Nothing of the story is in them, and every cluster has its own.
LEFT_OUT = (
    "apiservices.apiregistration.k8s.io",
    "certificatesigningrequests.certificates.k8s.io",
    "clusterrolebindings.rbac.authorization.k8s.io",
    "clusterroles.rbac.authorization.k8s.io",
    "componentstatuses",
    "csinodes.storage.k8s.io",
    "events.events.k8s.io",
    "ingresses.extensions",
    "leases.coordination.k8s.io",
    "flowschemas.flowcontrol.apiserver.k8s.io",
    "prioritylevelconfigurations.flowcontrol.apiserver.k8s.io",
)


def build(
    cluster: ScenarioCluster,
    reader: ClusterReader,
    out: Path,
    *,
    redactor: Redactor,
    progress: Callable[[str], None],
) -> Recording:
    """Act the incident out on an empty `cluster`, record it through `reader`, and leave the replay in `out`."""
    play = DemoPlay(cluster, Kubelets(cluster, NODES), Timeline(SystemClock(), time.sleep))
    play.act()
    recording = record(
        reader,
        out,
        namespaces=NAMESPACES,
        leave_out=LEFT_OUT,
        logs="all",
        redactor=redactor,
        clock=FixedClock(NOW),
        progress=progress,
    )
    for path in sorted((out / "cluster").rglob("*.json")):
        told = play.timeline.told(_retouched(json.loads(path.read_text(encoding="utf-8"))))
        path.write_text(one_object_a_line(told), encoding="utf-8")
    _add_the_rest(out, play.stored)
    return recording


def _retouched(document: Object) -> Object:
    """What the stage gives away: every node on the loopback, and a server built without its version."""
    if document.get("kind") == "NodeList":
        items = [KubeObject(item.raw) for item in Node(document).nodes("items")]
        return {**document, "items": [_with_address(node) for node in items]}
    if "formatVersion" in document:
        version = Node(document).node("version").raw
        return {**document, "version": {**version, "major": "1", "minor": "20", "gitVersion": "v1.20.2"}}
    return document


def _with_address(node: KubeObject) -> Object:
    addresses: list[JsonValue] = [
        {"type": "InternalIP", "address": NODES[node.name]},
        {"type": "Hostname", "address": node.name},
    ]
    endpoint: Object = {"kubeletEndpoint": {"Port": 10250}}
    status = {**node.node("status").raw, "addresses": addresses, "daemonEndpoints": endpoint}
    return {**node.raw, "status": status}


def _add_the_rest(out: Path, stored: list[dict[str, JsonValue]]) -> None:
    """What is not in the cluster: the infrastructure code, the log store, the monitors, the alert."""
    shutil.copytree(SOURCE / "iac", out / "iac")
    for name in ("alert.json", "monitors.json", "expected.yml"):
        shutil.copy(SOURCE / name, out / name)
    (out / "logs").mkdir()
    lines = sorted(stored, key=lambda line: str(line["timestamp"]))
    text = "".join(json.dumps(line) + "\n" for line in lines)
    (out / "logs" / "store.jsonl").write_text(text, encoding="utf-8")
    parts = "logs: logs\nmonitors: monitors.json\nalert: alert.json\niac: iac\n"
    with (out / "replay.yaml").open("a", encoding="utf-8") as manifest:
        manifest.write(parts)
