"""A Kubernetes API on loopback that answers what a test says: refusals, pages and logs that no recording can give.

It speaks the wire format and nothing else: lists, objects, discovery, Status errors, and a kubelet's log options.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl, urlsplit

Json = dict[str, Any]


@dataclass
class KubeApi:
    """Serves `answers` by path; `asked` is every request it got, with its query."""

    answers: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    logs: dict[str, bytes] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def serves(self, group: str, version: str, *kinds: tuple[str, str, bool]) -> KubeApi:
        """Hold kinds: (plural, Kind, namespaced)."""
        base = f"/apis/{group}/{version}" if group else f"/api/{version}"
        resources = [
            {"name": n, "kind": k, "namespaced": spaced, "verbs": ["get", "list"]} for n, k, spaced in kinds
        ]
        self.json(base, {"kind": "APIResourceList", "groupVersion": version, "resources": resources})
        known = json.loads(self.answers.get("/apis", (200, b'{"groups": []}'))[1])["groups"]
        if group:
            one = {"groupVersion": f"{group}/{version}", "version": version}
            known.append({"name": group, "versions": [one], "preferredVersion": one})
        return self.json("/apis", {"kind": "APIGroupList", "groups": known})

    def json(self, path: str, body: Json, status: int = 200) -> KubeApi:
        """Answer a path with JSON."""
        self.answers[path] = (status, json.dumps(body).encode())
        return self

    def items(self, path: str, *items: Json) -> KubeApi:
        """Answer a path with a list, and each item's own path with the item."""
        for item in items:
            self.json(f"{path}/{item['metadata']['name']}", item)
        return self.json(path, {"kind": "List", "metadata": {"resourceVersion": "9"}, "items": list(items)})

    def refuses(self, path: str, message: str) -> KubeApi:
        """Answer a path with 403."""
        status = {
            "kind": "Status",
            "status": "Failure",
            "reason": "Forbidden",
            "code": 403,
            "message": message,
        }
        return self.json(path, status, 403)

    def answer(self, path: str, query: Mapping[str, str]) -> tuple[int, bytes]:
        """What goes over the wire."""
        self.asked.append((path, dict(query)))
        if path in self.logs:
            return 200, _log(self.logs[path], query)
        if path in self.answers:
            return self.answers[path]
        name = path.rsplit("/", 1)[1]
        known = path.rsplit("/", 1)[0] in self.answers
        details = {"name": name} if known else {}
        message = f'"{name}" not found' if known else "the server could not find the requested resource"
        body = {"kind": "Status", "code": 404, "reason": "NotFound", "message": message, "details": details}
        return 404, json.dumps(body).encode()


def _log(content: bytes, query: Mapping[str, str]) -> bytes:
    """As a kubelet does: the last lines first, then the byte limit from the front of what is left."""
    if "tailLines" in query:
        lines = content.splitlines(keepends=True)
        content = b"".join(lines[max(0, len(lines) - int(query["tailLines"])) :])
    return content[: int(query["limitBytes"])] if "limitBytes" in query else content


class Served:
    """A running API: `with Served(api) as url`."""

    def __init__(self, api: KubeApi) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                url = urlsplit(self.path)
                status, body = api.answer(url.path, dict(parse_qsl(url.query)))
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """Quiet."""

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(
            target=lambda: self._http.serve_forever(poll_interval=0.02), daemon=True
        )

    def __enter__(self) -> str:
        self._thread.start()
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()
