"""A handle on a running test cluster: requests, kubectl, objects, statuses, logs, identities.

Knows only the cluster's folder, so any process that can read the folder can hold one.
"""

from __future__ import annotations

import json
import subprocess
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from http.client import HTTPResponse, HTTPSConnection
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlencode

import yaml
from cluster.control_plane import client_context, write_kubeconfig
from cluster.kubelet import log_file

T = TypeVar("T")
Object = dict[str, Any]
STRATEGIC = "application/strategic-merge-patch+json"
MERGE = "application/merge-patch+json"


class ServerSaid(Exception):
    """The API server refused a request the test needs."""

    def __init__(self, status: int, method: str, path: str, body: object) -> None:
        super().__init__(f"{method} {path}: {status} {json.dumps(body)[:800]}")
        self.status = status
        self.body = body


@dataclass(frozen=True)
class Kind:
    """How a kind is addressed."""

    group_version: str
    plural: str
    namespaced: bool

    def path(self, namespace: str | None, name: str = "", subresource: str = "") -> str:
        """The URL path of a list, an object or a subresource."""
        root = (
            f"/api/{self.group_version}" if "/" not in self.group_version else f"/apis/{self.group_version}"
        )
        middle = f"/namespaces/{namespace}" if self.namespaced and namespace else ""
        tail = "".join(f"/{part}" for part in (self.plural, name, subresource) if part)
        return root + middle + tail


@dataclass(frozen=True)
class KubeCluster:
    """A running cluster, known by its folder."""

    root: Path

    @cached_property
    def ports(self) -> dict[str, int]:
        """The ports of its listeners."""
        found: dict[str, int] = json.loads((self.root / "cluster.json").read_text())
        return found

    @property
    def url(self) -> str:
        """The API server."""
        return f"https://127.0.0.1:{self.ports['api']}"

    @property
    def kubeconfig(self) -> Path:
        """The cluster administrator's kubeconfig."""
        return self.root / "admin.kubeconfig"

    @property
    def ca_file(self) -> Path:
        """The authority that signed the server's certificate."""
        return self.root / "pki" / "ca.crt"

    def request(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        content_type: str = "application/json",
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, Any]:
        """One request as administrator: the status, and the JSON (or the text) of the answer."""
        sent = None if body is None else json.dumps(body)
        given = {"Content-Type": content_type, **(headers or {})}
        try:
            answer, text = self._sent(method, path, sent, given)
        except ConnectionError:  # an idle connection that the server closed meanwhile
            answer, text = self._sent(method, path, sent, given)
        is_json = "json" in (answer.getheader("Content-Type") or "")
        return answer.status, json.loads(text) if is_json else text

    def _sent(
        self, method: str, path: str, body: str | None, headers: Mapping[str, str]
    ) -> tuple[HTTPResponse, str]:
        connection = self._connection()
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer, answer.read().decode()
        except BaseException:
            connection.close()
            raise

    def _connection(self) -> HTTPSConnection:
        """This thread's own, kept open: a handshake costs more than a request."""
        thread = threading.get_ident()
        if thread not in self._connections:
            context = client_context(self.root / "pki")
            self._connections[thread] = HTTPSConnection(
                "127.0.0.1", self.ports["api"], timeout=30, context=context
            )
        return self._connections[thread]

    def close(self) -> None:
        """Close this process's connections to it; it runs on."""
        for connection in self._connections.values():
            connection.close()

    @cached_property
    def _connections(self) -> dict[int, HTTPSConnection]:
        return {}

    @cached_property
    def _kinds(self) -> dict[tuple[str, str], Kind]:
        return {}

    def must(
        self, method: str, path: str, body: object = None, *, content_type: str = "application/json"
    ) -> Any:
        """`request` for what has to succeed: the answer, or `ServerSaid`."""
        status, answer = self.request(method, path, body, content_type=content_type)
        if status >= 300:
            raise ServerSaid(status, method, path, answer)
        return answer

    def kubectl(
        self, *args: str, kubeconfig: Path | None = None, check: bool = False, stdin: str | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run the real kubectl against this cluster, with a cache folder of its own."""
        argv = [
            "kubectl",
            f"--kubeconfig={kubeconfig or self.kubeconfig}",
            f"--cache-dir={self.root / 'kubectl'}",
        ]
        return subprocess.run(
            [*argv, *args], capture_output=True, text=True, timeout=120, check=check, input=stdin
        )

    def kind(self, api_version: str, kind: str) -> Kind:
        """How objects of this kind are addressed, by discovery; asked once."""
        if (api_version, kind) not in self._kinds:
            self._kinds[api_version, kind] = self._discovered(api_version, kind)
        return self._kinds[api_version, kind]

    def _discovered(self, api_version: str, kind: str) -> Kind:
        core = "/" not in api_version
        found = self.must("GET", f"/api/{api_version}" if core else f"/apis/{api_version}")["resources"]
        plural, namespaced = next(
            (r["name"], r["namespaced"]) for r in found if r["kind"] == kind and "/" not in r["name"]
        )
        return Kind(api_version, plural, namespaced)

    def apply(self, objects: str | Object | Iterable[Object], *, manager: str = "kubectl") -> list[Object]:
        """Create, or merge into what is there: YAML text, one object or several; the objects as stored."""
        return [self._apply_one(item, manager) for item in _objects(objects)]

    def _apply_one(self, item: Object, manager: str) -> Object:
        kind = self.kind(item["apiVersion"], item["kind"])
        namespace, name = item["metadata"].get("namespace", "default"), item["metadata"]["name"]
        query = f"?fieldManager={manager}"
        status, answer = self.request("POST", kind.path(namespace) + query, item)
        if status == 409:
            # Custom resources know no strategic merge.
            builtin = "." not in kind.group_version or ".k8s.io/" in kind.group_version
            content_type = STRATEGIC if builtin else MERGE
            answer = self.must("PATCH", kind.path(namespace, name) + query, item, content_type=content_type)
        elif status >= 300:
            raise ServerSaid(status, "POST", kind.path(namespace), answer)
        stored: Object = answer
        return stored

    def get(self, api_version: str, kind: str, namespace: str | None, name: str) -> Object:
        """One object."""
        found: Object = self.must("GET", self.kind(api_version, kind).path(namespace, name))
        return found

    def list(self, api_version: str, kind: str, namespace: str | None = None, **query: str) -> list[Object]:
        """Every object of a kind, of one namespace or of all."""
        tail = f"?{urlencode(query)}" if query else ""
        answer = self.must("GET", self.kind(api_version, kind).path(namespace) + tail)
        found: list[Object] = answer["items"]
        return found

    def patch_status(
        self, api_version: str, kind: str, namespace: str | None, name: str, status: Object
    ) -> Object:
        """Merge `status` into an object's status, as a kubelet or controller would."""
        path = self.kind(api_version, kind).path(namespace, name, "status") + "?fieldManager=kubelet"
        stored: Object = self.must("PATCH", path, {"status": status}, content_type=MERGE)
        return stored

    def add_node(
        self,
        name: str = "worker-1",
        *,
        cpu: str = "8",
        memory: str = "32Gi",
        labels: Mapping[str, str] | None = None,
    ) -> Object:
        """A Ready node whose logs the kubelet stand-in serves; adding it again changes nothing."""
        all_labels = {"kubernetes.io/hostname": name, "kubernetes.io/os": "linux", **(labels or {})}
        self.apply({"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": all_labels}})
        taints: Object = {"spec": {"taints": None}}
        self.must("PATCH", f"/api/v1/nodes/{name}", taints, content_type=MERGE)
        return self.patch_status("v1", "Node", None, name, self._node_status(cpu, memory))

    def _node_status(self, cpu: str, memory: str) -> Object:
        size = {"cpu": cpu, "memory": memory, "pods": "110", "ephemeral-storage": "100Gi"}
        return {
            "addresses": [{"type": "InternalIP", "address": "127.0.0.1"}],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": self.ports["kubelet"]}},
            "capacity": size,
            "allocatable": size,
            "conditions": [
                node_condition("Ready", "True", "KubeletReady", "kubelet is posting ready status")
            ],
        }

    def add_namespace(self, prefix: str = "test") -> str:
        """A new namespace with a name of its own, so that tests do not meet."""
        name = f"{prefix}-{uuid.uuid4().hex[:8]}"
        self.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
        self.wait_for(lambda: self._has_account(name, "default"), f"service account of {name}")
        return name

    def _has_account(self, namespace: str, name: str) -> bool:
        """Whether pods can be made under it: this version wants its token to be there, too."""
        status, said = self.request("GET", f"/api/v1/namespaces/{namespace}/serviceaccounts/{name}")
        return status == 200 and isinstance(said, dict) and bool(said.get("secrets"))

    def write_log(
        self, namespace: str, pod: str, container: str, text: str, *, previous: bool = False
    ) -> None:
        """What `kubectl logs` shall show: lines '<RFC 3339> <text>'; a line without a stamp gets the present."""
        path = log_file(self.root / "podlogs", namespace, pod, container, previous=previous)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(_stamped(line) + "\n" for line in text.splitlines()))

    def refuse_log(self, namespace: str, pod: str, container: str, why: str) -> None:
        """Let the kubelet answer 400 to every request for this log."""
        path = log_file(self.root / "podlogs", namespace, pod, container, previous=False)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_suffix(".refused").write_text(why)

    def service_account_kubeconfig(self, namespace: str, name: str) -> Path:
        """A kubeconfig with a token of this service account, which is made when it is not there."""
        if not self._has_account(namespace, name):
            self.apply(
                {
                    "apiVersion": "v1",
                    "kind": "ServiceAccount",
                    "metadata": {"namespace": namespace, "name": name},
                }
            )
        path = f"/api/v1/namespaces/{namespace}/serviceaccounts/{name}/token"
        wanted = {
            "apiVersion": "authentication.k8s.io/v1",
            "kind": "TokenRequest",
            "spec": {"expirationSeconds": 3600},
        }
        token = self.must("POST", path, {**wanted, "spec": {**wanted["spec"], "audiences": [self.url]}})[
            "status"
        ]["token"]
        target = self.root / f"{namespace}-{name}.kubeconfig"
        return write_kubeconfig(target, self.ports["api"], self.root / "pki", name, token=token)

    def wait_for(self, probe: Callable[[], T], what: str, *, seconds: float = 30) -> T:
        """The first true value of `probe`, asked again until then."""
        end = time.monotonic() + seconds
        while not (found := probe()):
            if time.monotonic() > end:
                raise TimeoutError(f"{what}: not after {seconds:.0f} s")
            time.sleep(0.05)
        return found


def node_condition(kind: str, status: str, reason: str, message: str, at: str | None = None) -> Object:
    """A node condition as a kubelet writes it."""
    stamp = at or now()
    return {
        "type": kind,
        "status": status,
        "reason": reason,
        "message": message,
        "lastHeartbeatTime": stamp,
        "lastTransitionTime": stamp,
    }


def now() -> str:
    """The present as Kubernetes writes it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _objects(given: str | Object | Iterable[Object]) -> list[Object]:
    if isinstance(given, str):
        return [item for item in yaml.safe_load_all(given) if item]
    return [given] if isinstance(given, dict) else list(given)


def _stamped(line: str) -> str:
    first = line.partition(" ")[0]
    return line if first[:4].isdigit() and "T" in first else f"{datetime.now(UTC).isoformat()[:26]}Z {line}"
