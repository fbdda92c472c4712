"""Recorded from the real API server, served again: kubectl sees the same, and no planted secret is anywhere."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from cluster.harness import KubeCluster

from interlock.core.clusters.http import Endpoint, HttpTransport
from interlock.core.clusters.reader import ClusterReader
from interlock.core.replay.manifest import Replay
from interlock.core.replay.record import Recording
from interlock.core.replay.server import serve

pytestmark = pytest.mark.cluster

PASSWORD = "tr0ub4dor-and-3-horses"
PLANTED = {
    "password": PASSWORD,
    "base64": base64.b64encode(PASSWORD.encode()).decode(),
    "aws": "AKIAZ5XQ7WPLM3KD2VNT",
    "github": "ghp_" + "a8Kq2Lm9Zx4Vb7Nc1Qw5Er3Ty6Ui0OpAsDf",
    "url": "s3cr3t-in-url-77",
    "bearer": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJvcHMifQ.dGhpc2lzbm90YXJlYWxzaWduYXR1cmU",
}
OBJECTS = """
apiVersion: v1
kind: Secret
metadata: {name: db, namespace: NS}
stringData: {password: PASSWORD, .dockerconfigjson: '{"auths":{"r.test":{"password":"PASSWORD"}}}'}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: NS, annotations: {note: "rotate AWS"}}
data: {DATABASE_URL: "postgresql://app:URLPASS@db.test:5432/app", plain: left-in-sight}
---
apiVersion: v1
kind: ReplicationController
metadata: {name: web, namespace: NS}
spec:
  replicas: 1
  selector: {app: web}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - name: web
          image: registry.test/web:1
          env: [{name: DB_PASSWORD, value: PASSWORD}, {name: GITHUB_TOKEN, value: GITHUB}]
"""
COMMANDS = (
    "get pods -o wide",
    "get all",
    "get configmaps,endpoints,serviceaccounts -o name",
    "get events --sort-by=.metadata.name",
    "get rc web -o jsonpath={.status}",
    "get pods -l app=web -o name",
    "logs -l app=web --timestamps --tail=1",
    "api-resources -o name",
)


@pytest.fixture
def planted(kube_cluster: KubeCluster, kube_namespace: str) -> str:
    """A namespace full of secrets, with a pod in trouble."""
    text = OBJECTS.replace("NS", kube_namespace).replace("URLPASS", PLANTED["url"])
    text = text.replace("PASSWORD}", f"{PASSWORD}}}").replace("password: PASSWORD", f"password: {PASSWORD}")
    text = text.replace('"PASSWORD"', f'"{PASSWORD}"').replace("AWS", PLANTED["aws"])
    kube_cluster.apply(text.replace("value: GITHUB", f"value: {PLANTED['github']}"))

    def placed() -> list[str]:
        pods = kube_cluster.list("v1", "Pod", kube_namespace)
        return [p["metadata"]["name"] for p in pods if p["spec"].get("nodeName")]

    pod = kube_cluster.wait_for(placed, "a pod")[0]
    ended = {"exitCode": 1, "reason": "Error"}
    container = {"name": "web", "image": "x", "imageID": "", "ready": False, "restartCount": 3}
    container |= {"state": {"waiting": {"reason": "CrashLoopBackOff"}}, "lastState": {"terminated": ended}}
    kube_cluster.patch_status(
        "v1", "Pod", kube_namespace, pod, {"phase": "Running", "containerStatuses": [container]}
    )
    lines = f"2026-01-02T03:04:05Z Authorization: Bearer {PLANTED['bearer']}\n2026-01-02T03:04:06Z left-in-sight\n"
    kube_cluster.write_log(kube_namespace, pod, "web", lines)
    kube_cluster.write_log(kube_namespace, pod, "web", lines, previous=True)
    return kube_namespace


def test_no_planted_secret_is_in_a_recording(
    cluster_reader: ClusterReader, recorder: Callable[..., Recording], planted: str
) -> None:
    made = recorder(cluster_reader, planted)
    everything = {file: _text(file) for file in made.folder.rglob("*") if file.is_file()}
    assert made.logs == 2
    assert sum("left-in-sight" in text for text in everything.values()) == 3
    for kind, value in PLANTED.items():
        assert [str(file) for file, text in everything.items() if value in text] == [], kind
    secret = next(
        i for i in _items(made.folder / "cluster" / planted / "secrets.json") if i["type"] == "Opaque"
    )
    assert set(secret["data"]) == {"password", ".dockerconfigjson"}


def test_kubectl_sees_the_same_in_the_cluster_and_in_its_recording(
    kube_cluster: KubeCluster,
    cluster_reader: ClusterReader,
    recorder: Callable[..., Recording],
    planted: str,
    tmp_path: Path,
) -> None:
    made = recorder(cluster_reader, planted)
    with serve(Replay.load(made.folder)) as server:
        config = tmp_path / "replay.kubeconfig"
        config.write_text(_kubeconfig(server.url))
        for command in COMMANDS:
            words = [*command.split(), *([] if command.startswith("api-") else ["-n", planted])]
            real = kube_cluster.kubectl(*words)
            again = kube_cluster.kubectl(*words, kubeconfig=config)
            assert real.returncode == 0, real.stderr
            assert _shown(again.stdout) == _shown(real.stdout), command


def test_what_the_reader_may_not_see_is_named_as_not_recorded(
    kube_cluster: KubeCluster, recorder: Callable[..., Recording], planted: str
) -> None:
    config = kube_cluster.service_account_kubeconfig(planted, "looker")
    kube_cluster.apply(_may_list_pods(planted))
    token = yaml.safe_load(config.read_text())["users"][0]["user"]["token"]
    endpoint = Endpoint(kube_cluster.url, ca_file=str(kube_cluster.ca_file), token=token)
    reader = ClusterReader("limited", HttpTransport(endpoint))
    made = recorder(reader, planted)
    reader.close()
    why = {(m.resource, m.namespace): m.why for m in made.not_recorded}
    assert "looker" in why["secrets", planted]
    assert ("pods", planted) not in why
    assert "looker" in why["pods/log", planted]
    assert (made.folder / "cluster" / planted / "pods.json").exists()
    assert not (made.folder / "cluster" / planted / "secrets.json").exists()


def _text(file: Path) -> str:
    content = file.read_bytes()
    return (gzip.decompress(content) if file.suffix == ".gz" else content).decode(errors="replace")


def _items(file: Path) -> list[Any]:
    found: list[Any] = json.loads(file.read_text())["items"]
    return found


def _shown(text: str) -> list[list[str]]:
    """Words of lines; ages differ by a second or two between two commands."""
    return [[word for word in line.split() if not _is_age(word)] for line in text.splitlines()]


def _is_age(word: str) -> bool:
    return word.rstrip("smhd").isdigit() and word[-1] in "smhd"


def _kubeconfig(url: str) -> str:
    cluster = f"clusters: [{{name: r, cluster: {{server: '{url}'}}}}]\n"
    context = "contexts: [{name: r, context: {cluster: r, user: r}}]\ncurrent-context: r\n"
    return "apiVersion: v1\nkind: Config\n" + cluster + "users: [{name: r, user: {}}]\n" + context


def _may_list_pods(namespace: str) -> str:
    return f"""
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {{name: pods, namespace: {namespace}}}
rules: [{{apiGroups: [""], resources: [pods], verbs: [get, list]}}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {{name: pods, namespace: {namespace}}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: Role, name: pods}}
subjects: [{{kind: ServiceAccount, name: looker, namespace: {namespace}}}]
"""
