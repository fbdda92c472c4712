"""Vertex AI's `:predict`. The token is `key` when there is one, else google-auth's default credentials."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any
from urllib.parse import quote

from interlock.core.errors import BadInput, Unreachable
from interlock.index.embedding.hosted import Http, Service, Wire, needed, numbers

_SCOPE = "https://www.googleapis.com/auth/cloud-platform"


class VertexWire:
    """`POST .../models/MODEL:predict`; a token lives an hour, so each request asks for the one that is valid."""

    def __init__(self, service: Service, url: str, how: dict[str, Any]) -> None:
        self._service, self._url, self._how = service, url, how

    def ask(self, texts: Sequence[str]) -> list[list[float]]:
        """One vector a text."""
        body: dict[str, object] = {
            "instances": [{"content": text, "task_type": "RETRIEVAL_DOCUMENT"} for text in texts],
            "parameters": {"autoTruncate": True},
        }
        if self._service.dimensions:
            body["parameters"] = {"autoTruncate": True, "outputDimensionality": self._service.dimensions}
        token = self._service.key or _default_token()
        answer = Http({"authorization": f"Bearer {token}"}, **self._how).ask(self._url, body)
        try:
            return numbers([row["embeddings"]["values"] for row in answer["predictions"]])
        except (KeyError, TypeError):
            raise Unreachable("the embedding model's answer has no `predictions` with vectors") from None


def open_wire(service: Service, **how: Any) -> Wire:  # noqa: ANN401 - the client's own options
    """`url` replaces the region's endpoint."""
    region, project = needed(service.region, "`region`"), needed(service.project, "`project`")
    base = (service.url or f"https://{region}-aiplatform.googleapis.com").rstrip("/")
    model = quote(service.model, safe="")
    path = f"v1/projects/{quote(project)}/locations/{quote(region)}/publishers/google/models/{model}:predict"
    return VertexWire(service, f"{base}/{path}", dict(how))


def _default_token() -> str:
    try:
        default = import_module("google.auth").default
        request = import_module("google.auth.transport.requests").Request
    except ImportError:
        raise BadInput(
            "Vertex AI needs a token: google-auth is not installed",
            hint="pip install google-auth requests, or name a token's variable as key_variable",
        ) from None
    credentials, _ = default(scopes=[_SCOPE])
    credentials.refresh(request())
    return str(credentials.token)
