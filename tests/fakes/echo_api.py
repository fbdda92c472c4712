"""A Kubernetes API on loopback that answers with whom it was asked as: every object and log carries the asking user.

It speaks the wire format: discovery, lists, objects, logs. What it never does is answer two users alike, so that any
answer that reaches the wrong person shows.
"""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

Json = dict[str, Any]
NAMESPACE = "shared"
KINDS = (("pods", "Pod", True), ("namespaces", "Namespace", False), ("services", "Service", True))
NOBODY = "nobody"


def reply(path: str, user: str, groups: tuple[str, ...], pods: int) -> tuple[int, Json | str]:
    """What goes over the wire for one path, to one user."""
    if path == "/version":
        return 200, {"gitVersion": "v1.30.0"}
    if path == "/api":
        return 200, {"kind": "APIVersions", "versions": ["v1"]}
    if path == "/apis":
        return 200, {"kind": "APIGroupList", "groups": []}
    if path == "/api/v1":
        resources = [{"name": n, "kind": k, "namespaced": s, "verbs": ["get", "list"]} for n, k, s in KINDS]
        return 200, {"kind": "APIResourceList", "groupVersion": "v1", "resources": resources}
    if path.endswith("/log"):
        return 200, f"2026-03-01T10:00:00Z told to {user}\n"
    if path.endswith("/namespaces"):
        return 200, {"metadata": {}, "items": [{"metadata": {"name": NAMESPACE}}]}
    items = [_pod(f"{user}-{number}", user, groups) for number in range(pods)]
    if path.endswith("/pods"):
        return 200, {"kind": "PodList", "metadata": {"resourceVersion": "1"}, "items": items}
    named = next((item for item in items if path.endswith(f"/pods/{item['metadata']['name']}")), None)
    if named:
        return 200, named
    name = path.rpartition("/")[2]
    if "/pods/" not in path:
        return 404, {"kind": "Status", "code": 404, "message": "the server could not find it", "details": {}}
    return 404, {
        "kind": "Status",
        "code": 404,
        "message": f'pods "{name}" not found',
        "details": {"name": name},
    }


def _pod(name: str, user: str, groups: tuple[str, ...]) -> Json:
    # Not well, so that summaries and diagnoses name it.
    waiting = {"waiting": {"reason": "CrashLoopBackOff", "message": f"told to {user}"}}
    state = {"name": "c", "ready": False, "restartCount": 3, "state": waiting}
    return {
        "metadata": {"name": name, "namespace": NAMESPACE, "uid": name, "labels": {"seen-by": user}},
        "spec": {"nodeName": f"node-of-{user}", "containers": [{"name": "c", "image": f"image-of-{user}:1"}]},
        "status": {"phase": "Running", "containerStatuses": [state], "message": " ".join(groups)},
    }


class EchoApi:
    """A running server: `with EchoApi() as api`, then `api.url`. `asked` counts requests by user."""

    def __init__(self, pods: int = 2) -> None:
        self.asked: Counter[str] = Counter()
        self.headers: list[list[tuple[str, str]]] = []
        lock = threading.Lock()
        echo = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                user = self.headers.get("impersonate-user", NOBODY)
                groups = tuple(self.headers.get_all("impersonate-group") or ())
                with lock:
                    echo.asked[user] += 1
                    echo.headers.append([(key.lower(), value) for key, value in self.headers.items()])
                status, said = reply(urlsplit(self.path).path, user, groups, pods)
                body = said.encode() if isinstance(said, str) else json.dumps(said).encode()
                self.send_response(status)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """Quiet."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

        self._http = Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(
            target=lambda: self._http.serve_forever(poll_interval=0.02), daemon=True
        )

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._http.server_port}"

    def settings(self, users: Mapping[str, str], **more: Any) -> Json:
        """The settings of a cluster that asks it as these users: canonical id -> user."""
        return {"url": self.url, "impersonate": True, "users": dict(users), **more}

    def __enter__(self) -> EchoApi:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()
