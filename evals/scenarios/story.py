"""An incident to tell: its time and place, its acts, and how it becomes a replay."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydantic import JsonValue

from interlock.core.clock import FixedClock, SystemClock
from interlock.core.clusters.objects import KubeObject, Node
from interlock.core.clusters.reader import ClusterReader
from interlock.core.redaction import Redactor
from interlock.core.replay.record import Recording, record
from interlock.core.replay.record_folder import one_object_a_line
from interlock.evals.scenarios.cluster import Object, ScenarioCluster
from interlock.evals.scenarios.kubelet import Kubelets
from interlock.evals.scenarios.stage import Stage
from interlock.evals.scenarios.timeline import Timeline

# Nothing of a story is in them, and every cluster has its own.
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


@dataclass(frozen=True)
class Story:
    """What is told. The folder called `name` beside this file holds its code, alert, monitors and right answer."""

    name: str
    now: datetime
    nodes: Mapping[str, str]
    namespaces: tuple[str, ...]
    act: Callable[[Stage], None]

    @property
    def source(self) -> Path:
        """What is written by hand."""
        return Path(__file__).with_name(self.name)

    def build(
        self,
        cluster: ScenarioCluster,
        reader: ClusterReader,
        out: Path,
        *,
        redactor: Redactor,
        progress: Callable[[str], None],
    ) -> Recording:
        """Act the incident out on an empty `cluster`, record it through `reader`, and leave the replay in `out`."""
        timeline = Timeline(SystemClock(), time.sleep)
        kubelets = Kubelets(cluster, dict(self.nodes))
        stage = Stage(cluster, kubelets, timeline, self.source, self.now, self.namespaces)
        self.act(stage)
        recording = record(
            reader,
            out,
            namespaces=self.namespaces,
            leave_out=LEFT_OUT,
            logs="all",
            redactor=redactor,
            clock=FixedClock(self.now),
            progress=progress,
        )
        for path in sorted((out / "cluster").rglob("*.json")):
            told = timeline.told(self._retouched(json.loads(path.read_text(encoding="utf-8"))))
            path.write_text(one_object_a_line(told), encoding="utf-8")
        self._add_the_rest(out, stage.stored)
        return recording

    def _retouched(self, document: Object) -> Object:
        """What the stage gives away: every node on the loopback, and a server built without its version."""
        if document.get("kind") == "NodeList":
            items = [KubeObject(item.raw) for item in Node(document).nodes("items")]
            return {**document, "items": [self._with_address(node) for node in items]}
        if "formatVersion" in document:
            version = Node(document).node("version").raw
            told = {**version, "major": "1", "minor": "20", "gitVersion": "v1.20.2"}
            return {**document, "version": told}
        return document

    def _with_address(self, node: KubeObject) -> Object:
        addresses: list[JsonValue] = [
            {"type": "InternalIP", "address": self.nodes[node.name]},
            {"type": "Hostname", "address": node.name},
        ]
        endpoint: Object = {"kubeletEndpoint": {"Port": 10250}}
        status = {**node.node("status").raw, "addresses": addresses, "daemonEndpoints": endpoint}
        return {**node.raw, "status": status}

    def _add_the_rest(self, out: Path, stored: list[dict[str, JsonValue]]) -> None:
        """What is not in the cluster: the infrastructure code, the log store, the monitors, the alert."""
        shutil.copytree(self.source / "iac", out / "iac")
        for name in ("alert.json", "monitors.json", "expected.yml"):
            shutil.copy(self.source / name, out / name)
        (out / "logs").mkdir()
        lines = sorted(stored, key=lambda line: str(line["timestamp"]))
        text = "".join(json.dumps(line) + "\n" for line in lines)
        (out / "logs" / "store.jsonl").write_text(text, encoding="utf-8")
        parts = "logs: logs\nmonitors: monitors.json\nalert: alert.json\niac: iac\n"
        with (out / "replay.yaml").open("a", encoding="utf-8") as manifest:
            manifest.write(parts)
