"""OpenAI's embeddings API, and every server that speaks it (vLLM, LiteLLM, LocalAI, TEI)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from interlock.core.errors import Unreachable
from interlock.index.embedding.hosted import Http, Service, Wire, numbers

URL = "https://api.openai.com/v1"


class OpenAiWire:
    """`POST URL/embeddings`."""

    def __init__(self, url: str, http: Http, extra: dict[str, object]) -> None:
        self._url, self._http, self._extra = url, http, extra

    def ask(self, texts: Sequence[str]) -> list[list[float]]:
        """One vector a text; the answer is put in order by its own index."""
        answer = self._http.ask(self._url, {**self._extra, "input": list(texts), "encoding_format": "float"})
        try:
            data = sorted(answer["data"], key=lambda row: int(row["index"]))
            return numbers([row["embedding"] for row in data])
        except (KeyError, TypeError, ValueError):
            raise Unreachable("the embedding model's answer has no `data` with vectors") from None


def open_wire(service: Service, **how: Any) -> Wire:  # noqa: ANN401 - the client's own options
    """With a bearer key when there is one."""
    headers = {"authorization": f"Bearer {service.key}"} if service.key else {}
    extra: dict[str, object] = {"model": service.model}
    if service.dimensions:
        extra["dimensions"] = service.dimensions
    return OpenAiWire(f"{(service.url or URL).rstrip('/')}/embeddings", Http(headers, **how), extra)
