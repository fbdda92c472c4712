"""A Kubernetes API on loopback that holds Deployments and takes merge patches: dry runs, locks, and access reviews.

RFC 7396 merge patches; `dryRun=All` answers and keeps nothing; another resourceVersion than the present one is 409.
"""

from __future__ import annotations

import copy
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

Json = dict[str, Any]
APPS = "/apis/apps/v1"
REVIEWS = "/apis/authorization.k8s.io/v1/subjectaccessreviews"


@dataclass
class ChangingKube:
    """Its Deployments by namespace and name; `writes` is every write it was sent, and whether it was a dry run."""

    objects: dict[tuple[str, str], Json] = field(default_factory=dict)
    writes: list[tuple[str, Json, bool]] = field(default_factory=list)
    reviews: list[Json] = field(default_factory=list)
    refused_users: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)
    url: str = ""
    arrived: threading.Event = field(default_factory=threading.Event)
    """Set when a write that is no dry run is there."""
    answers: threading.Event = field(default_factory=threading.Event)
    """Such a write is not answered before this is set."""
    meeting: threading.Barrier | None = None
    """Dry runs are answered once so many of them are there."""

    def add(self, namespace: str, name: str, **annotations: str) -> None:
        """Hold a Deployment."""
        self.objects[namespace, name] = {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {
                "namespace": namespace,
                "name": name,
                "uid": f"uid-{name}",
                "generation": 1,
                "resourceVersion": "100",
                "annotations": dict(annotations),
            },
            "spec": {"replicas": 2, "selector": {"matchLabels": {"app": name}}, "template": {"spec": {}}},
            "status": {"readyReplicas": 2},
        }

    def annotations(self, namespace: str, name: str) -> Json:
        """Of a Deployment, as they are now."""
        return dict(self.objects[namespace, name]["metadata"]["annotations"])

    @property
    def real_writes(self) -> list[tuple[str, Json]]:
        """Those that were no dry runs."""
        return [(path, body) for path, body, dry in self.writes if not dry]

    def got(self, path: str) -> tuple[int, Json]:
        """The answer to a GET."""
        if path == "/version":
            return 200, {"major": "1", "minor": "30", "gitVersion": "v1.30.0"}
        if path == "/api":
            return 200, {"kind": "APIVersions", "versions": ["v1"]}
        if path == "/api/v1":
            return 200, _kinds("v1", ("namespaces", "Namespace", False), ("services", "Service", True))
        if path == "/apis":
            one = {"groupVersion": "apps/v1", "version": "v1"}
            group = {"name": "apps", "versions": [one], "preferredVersion": one}
            return 200, {"kind": "APIGroupList", "groups": [group]}
        if path == APPS:
            return 200, _kinds("apps/v1", ("deployments", "Deployment", True))
        parts = path.removeprefix(f"{APPS}/namespaces/").split("/")
        found = self.objects.get((parts[0], parts[-1]))
        if path.startswith(APPS) and len(parts) == 3 and found:
            return 200, found
        if path.endswith(("/deployments", "/services")):
            held = [each for each in self.objects.values() if path.endswith("deployments")]
            return 200, {"kind": "List", "metadata": {"resourceVersion": "9"}, "items": held}
        return 404, _status(404, "NotFound", f"{path} not found", name=parts[-1])

    def patched(self, path: str, query: dict[str, str], body: Json) -> tuple[int, Json]:
        """The answer to a PATCH."""
        dry = query.get("dryRun") == "All"
        if dry and self.meeting:
            self.meeting.wait(60)
        if not dry:
            self.arrived.set()
            assert self.answers.wait(60)
        namespace, _, name = path.removeprefix(f"{APPS}/namespaces/").split("/")
        with self.lock:
            self.writes.append((path, body, dry))
            held = self.objects.get((namespace, name))
            if held is None:
                return 404, _status(404, "NotFound", "no such deployment", name=name)
            locked = body.get("metadata", {}).get("resourceVersion")
            if locked not in (None, held["metadata"]["resourceVersion"]):
                return 409, _status(409, "Conflict", "the object has been modified", name=name)
            made = _merged(copy.deepcopy(held), body)
            made["metadata"]["resourceVersion"] = str(int(held["metadata"]["resourceVersion"]) + 1)
            if not dry:
                self.objects[namespace, name] = made
        return 200, made

    def reviewed(self, body: Json) -> tuple[int, Json]:
        """The answer to a SubjectAccessReview."""
        self.reviews.append(body)
        allowed = body["spec"].get("user") not in self.refused_users
        return 201, {**body, "status": {"allowed": allowed}}


def _kinds(version: str, *kinds: tuple[str, str, bool]) -> Json:
    verbs = ["get", "list", "patch"]
    resources = [{"name": n, "kind": k, "namespaced": spaced, "verbs": verbs} for n, k, spaced in kinds]
    return {"kind": "APIResourceList", "groupVersion": version, "resources": resources}


def _status(code: int, reason: str, message: str, *, name: str) -> Json:
    said = {"kind": "Status", "status": "Failure", "code": code, "reason": reason, "message": message}
    return {**said, "details": {"name": name}}


def _merged(target: Any, patch: Any) -> Any:
    if not isinstance(patch, dict):
        return patch
    made = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            made.pop(key, None)
        else:
            made[key] = _merged(made.get(key), value)
    return made


@contextmanager
def changing_kube() -> Iterator[ChangingKube]:
    """A running one, with the Deployment web in shop."""
    api = ChangingKube()
    api.add("shop", "web", note="before")
    api.answers.set()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._end(*api.got(urlsplit(self.path).path))

        def do_PATCH(self) -> None:
            parts = urlsplit(self.path)
            self._end(*api.patched(parts.path, dict(parse_qsl(parts.query)), self._body()))

        def do_POST(self) -> None:
            if urlsplit(self.path).path != REVIEWS:
                self._body()
                self._end(404, _status(404, "NotFound", "nothing is made here", name=""))
                return
            self._end(*api.reviewed(self._body()))

        def _body(self) -> Json:
            read: Json = json.loads(self.rfile.read(int(self.headers["content-length"])))
            return read

        def _end(self, code: int, said: Json) -> None:
            body = json.dumps(said).encode()
            self.send_response(code)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        api.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.02))
        thread.start()
        try:
            yield api
        finally:
            server.shutdown()
            thread.join()
