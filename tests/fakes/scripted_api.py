"""A server on loopback that answers each GET by a function of path, query and headers, and keeps what it was asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

Json = dict[str, Any]
AGGREGATED = "APIGroupDiscoveryList"


@dataclass(frozen=True)
class Request:
    """One GET."""

    path: str
    query: Mapping[str, str]
    accept: str


@dataclass(frozen=True)
class Answer:
    """What goes back."""

    body: Json
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@contextmanager
def scripted(answer: Callable[[Request], Answer]) -> Iterator[tuple[str, list[Request]]]:
    """Its URL, and every request so far."""
    asked: list[Request] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            url = urlsplit(self.path)
            asked.append(Request(url.path, dict(parse_qsl(url.query)), self.headers.get("accept", "")))
            said = answer(asked[-1])
            body = json.dumps(said.body).encode()
            self.send_response(said.status)
            for name, value in said.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.02), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def discovered(documents: Mapping[str, Json], *, aggregated: bool) -> Callable[[Request], Answer]:
    """A server of these discovery documents, by path; with `aggregated` it knows the form of 1.26 and later."""

    def answer(request: Request) -> Answer:
        if aggregated and AGGREGATED in request.accept and request.path in ("/api", "/apis"):
            return Answer(_aggregated(documents, core=request.path == "/api"))
        if request.path in documents:
            return Answer(documents[request.path])
        return Answer({"kind": "Status", "code": 404, "message": "not found", "details": {}}, 404)

    return answer


def _aggregated(documents: Mapping[str, Json], *, core: bool) -> Json:
    groups = [{"name": "", "versions": [{"version": "v1"}]}] if core else documents["/apis"]["groups"]
    return {
        "kind": AGGREGATED,
        "apiVersion": "apidiscovery.k8s.io/v2",
        "items": [_group(documents, g) for g in groups],
    }


def _group(documents: Mapping[str, Json], group: Json) -> Json:
    versions = []
    for version in (v["version"] for v in group["versions"]):
        path = f"/apis/{group['name']}/{version}" if group["name"] else f"/api/{version}"
        listed = documents.get(path, {"resources": []})["resources"]
        resources = [_resource(r, listed) for r in listed if "/" not in r["name"]]
        versions.append({"version": version, "freshness": "Current", "resources": resources})
    return {"metadata": {"name": group["name"]} if group["name"] else {}, "versions": versions}


def _resource(entry: Json, listed: list[Json]) -> Json:
    subs = [
        {"subresource": r["name"].partition("/")[2]}
        for r in listed
        if r["name"].startswith(f"{entry['name']}/")
    ]
    scope = "Namespaced" if entry["namespaced"] else "Cluster"
    told = {
        "resource": entry["name"],
        "responseKind": {"kind": entry["kind"]},
        "scope": scope,
        "verbs": entry["verbs"],
    }
    return {**told, "shortNames": entry.get("shortNames", []), "subresources": subs}
