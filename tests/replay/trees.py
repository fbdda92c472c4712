"""Small recorded trees for the tests, and requests to them without HTTP."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from interlock.core.replay.api import ReplayState, respond
from interlock.core.replay.manifest import Replay
from interlock.core.replay.statuses import Response

Object = dict[str, Any]
NOW = "2026-01-02T00:00:00Z"
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"


def write_tree(folder: Path, files: Mapping[str, object], now: str = NOW) -> Path:
    """A replay folder; a list value becomes a Kubernetes List, a str is written as it is."""
    for name, value in {"replay.yaml": f"now: {now}\ncluster: cluster\n", **_under(files)}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(value if isinstance(value, str) else json.dumps(_document(value)))
    (folder / "cluster").mkdir(exist_ok=True)
    return folder


def _under(files: Mapping[str, object]) -> dict[str, object]:
    return {f"cluster/{name}": value for name, value in files.items()}


def _document(value: object) -> object:
    if not isinstance(value, list):
        return value
    return {"apiVersion": "v1", "kind": "List", "metadata": {"resourceVersion": "7"}, "items": value}


def thing(kind: str, name: str, namespace: str | None = None, api_version: str = "v1", **rest: Any) -> Object:
    """A minimal object, created one hour before now."""
    metadata = {"name": name, "creationTimestamp": "2026-01-01T23:00:00Z", **rest.pop("metadata", {})}
    metadata |= {"namespace": namespace} if namespace else {}
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **rest}


def pod(name: str, namespace: str = "shop", **rest: Any) -> Object:
    """A minimal running pod with one container, `app`, on node n1."""
    spec = {"nodeName": "n1", "containers": [{"name": "app", "image": "app:1"}], **rest.pop("spec", {})}
    return thing("Pod", name, namespace, spec=spec, **{"status": {"phase": "Running"}, **rest})


@dataclass(frozen=True)
class Api:
    """A recording and its answers."""

    state: ReplayState

    @classmethod
    def over(cls, folder: Path, files: Mapping[str, object]) -> Api:
        return cls(ReplayState.open(Replay.load(write_tree(folder, files))))

    def ask(self, url: str, accept: str = "", method: str = "GET", body: bytes = b"") -> Response:
        parts = urlsplit(url)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        return respond(self.state, method, parts.path, query, accept, body)

    def json(self, url: str, accept: str = "") -> Any:
        return json.loads(self.ask(url, accept).body)

    def names(self, url: str) -> list[str]:
        return [item["metadata"]["name"] for item in self.json(url)["items"]]

    def text(self, url: str) -> str:
        """A streamed answer as text."""
        answer = self.ask(url)
        return (answer.body + b"".join(answer.stream or ())).decode()

    def rows(self, url: str) -> list[list[object]]:
        return [row["cells"] for row in self.json(url, TABLE)["rows"]]


def refusal(answer: Response) -> tuple[int, str]:
    """The code and message of a Status."""
    status = json.loads(answer.body)
    assert status["kind"] == "Status"
    assert status["code"] == answer.code
    return answer.code, status["message"]
