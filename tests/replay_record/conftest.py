"""Records from a served replay (no cluster needed) and from the real API server."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import ClassVar

import pytest
from cluster.harness import KubeCluster

from interlock.core.clock import SystemClock
from interlock.core.clusters.connect import from_url
from interlock.core.clusters.http import Endpoint, HttpTransport
from interlock.core.clusters.reader import ClusterReader
from interlock.core.redaction import Redactor
from interlock.core.replay.manifest import Replay
from interlock.core.replay.record import Recording, record
from interlock.core.replay.server import serve

Recorder = Callable[..., Recording]


@pytest.fixture(scope="session")
def demo_folder(repo_root: Path) -> Path:
    return repo_root / "evals" / "replays" / "demo"


@pytest.fixture
def demo_reader(demo_folder: Path) -> Iterator[ClusterReader]:
    with serve(Replay.load(demo_folder)) as server:
        reader = from_url("demo", server.url)
        yield reader
        reader.close()


@pytest.fixture(scope="session")
def cluster_reader(kube_cluster: KubeCluster) -> Iterator[ClusterReader]:
    pki = kube_cluster.root / "pki"
    login = (str(pki / "admin.crt"), str(pki / "admin.key"))
    endpoint = Endpoint(kube_cluster.url, ca_file=str(kube_cluster.ca_file), client_cert=login)
    reader = ClusterReader("test", HttpTransport(endpoint))
    yield reader
    reader.close()


@pytest.fixture
def recorder(tmp_path: Path) -> Recorder:
    def run(reader: ClusterReader, *namespaces: str, **more: object) -> Recording:
        return record(
            reader,
            tmp_path / "made",
            namespaces=namespaces,
            redactor=Redactor(),
            clock=SystemClock(),
            **{"progress": lambda line: None, **more},
        )

    return run


class Flaky(BaseHTTPRequestHandler):
    """A tiny API server: two kinds; listing the first fails, and after that everything does when `dies` is set."""

    dies = False
    failed = False
    documents: ClassVar[dict[str, object]] = {
        "/version": {"gitVersion": "v1.20.2"},
        "/apis": {"kind": "APIGroupList", "groups": []},
        "/api/v1": {
            "kind": "APIResourceList",
            "groupVersion": "v1",
            "resources": [
                {"name": "configmaps", "kind": "ConfigMap", "namespaced": True, "verbs": ["list"]},
                {"name": "pods", "kind": "Pod", "namespaced": True, "verbs": ["list"]},
                {"name": "pods/log", "kind": "Pod", "namespaced": True, "verbs": ["get"]},
            ],
        },
        "/api/v1/namespaces/shop": {"kind": "Namespace", "metadata": {"name": "shop"}},
        "/api/v1/namespaces/shop/pods": {"kind": "PodList", "apiVersion": "v1", "items": []},
    }

    def do_GET(self) -> None:
        known = self.documents.get(self.path.partition("?")[0])
        dead = type(self).dies and type(self).failed
        type(self).failed = type(self).failed or known is None
        self.send_response(200 if known and not dead else 503)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(known if not dead else {}).encode())

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture(params=[False, True], ids=["one kind fails", "the server dies"])
def flaky_reader(request: pytest.FixtureRequest) -> Iterator[tuple[ClusterReader, bool]]:
    """A reader of such a server, and whether the server dies at the first failure."""
    handler = type("Handler", (Flaky,), {"dies": request.param, "failed": False})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    reader = from_url("flaky", f"http://127.0.0.1:{server.server_port}")
    yield reader, request.param
    reader.close()
    server.shutdown()
    thread.join()
    server.server_close()
