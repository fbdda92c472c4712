"""Ollama's `/api/embed`. Plain HTTP is for this machine only; a server elsewhere needs https."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from interlock.core.errors import Unreachable
from interlock.index.embedding.hosted import Http, Service, Wire, numbers

URL = "http://127.0.0.1:11434"


class OllamaWire:
    """`POST URL/api/embed`."""

    def __init__(self, url: str, http: Http, extra: dict[str, object]) -> None:
        self._url, self._http, self._extra = url, http, extra

    def ask(self, texts: Sequence[str]) -> list[list[float]]:
        """One vector a text."""
        answer = self._http.ask(self._url, {**self._extra, "input": list(texts), "truncate": True})
        if not isinstance(answer, dict):
            raise Unreachable("the embedding model's answer has no `embeddings`")
        return numbers(answer.get("embeddings"))


def open_wire(service: Service, **how: Any) -> Wire:  # noqa: ANN401 - the client's own options
    """With a bearer key when there is one, for a server behind a proxy."""
    headers = {"authorization": f"Bearer {service.key}"} if service.key else {}
    extra: dict[str, object] = {"model": service.model}
    if service.dimensions:
        extra["dimensions"] = service.dimensions
    return OllamaWire(f"{(service.url or URL).rstrip('/')}/api/embed", Http(headers, **how), extra)
