"""Azure OpenAI: OpenAI's wire format below a deployment, with `api-key`. `model` names the deployment."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from interlock.index.embedding.hosted import Http, Service, Wire, needed
from interlock.index.embedding.hosted_openai import OpenAiWire

API_VERSION = "2024-10-21"


def open_wire(service: Service, **how: Any) -> Wire:  # noqa: ANN401 - the client's own options
    """`url` is the resource's endpoint."""
    endpoint = needed(service.url, "`url`, the resource's endpoint").rstrip("/")
    key = needed(service.key, "`key_variable`")
    version = quote(service.api_version or API_VERSION)
    deployment = quote(service.model, safe="")
    url = f"{endpoint}/openai/deployments/{deployment}/embeddings?api-version={version}"
    extra: dict[str, object] = {"dimensions": service.dimensions} if service.dimensions else {}
    return OpenAiWire(url, Http({"api-key": key}, **how), extra)
