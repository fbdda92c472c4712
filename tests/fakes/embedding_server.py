"""Embedding services on loopback as their APIs speak: OpenAI, Azure OpenAI, Ollama, Vertex AI, Bedrock.

Strict about paths, keys and bodies; `refuse` makes the next requests fail with a status and headers.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from .embedders import Words

Json = dict[str, Any]
KEY = "key-of-the-test"
_VERTEX = re.compile(r"/v1/projects/p1/locations/eu1/publishers/google/models/m1:predict")
_BEDROCK = re.compile(r"/model/(m1|cohere\.m1)/invoke")


@dataclass
class FakeEmbeddings:
    """The running server: where it is, what it was asked, what it shall refuse."""

    url: str
    texts: list[str] = field(default_factory=list)
    batches: list[int] = field(default_factory=list)
    refuse: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    answer: Json | None = None
    dimensions: int = 8

    def vectors(self, texts: list[str]) -> list[list[float]]:
        """Not of unit length: scaling is the client's work."""
        self.texts += texts
        self.batches.append(len(texts))
        rows = Words(dimensions=self.dimensions).embed(texts)
        return [[float(value) * 3 for value in row] for row in rows]

    def answered(self, path: str, headers: dict[str, str], body: Json) -> tuple[int, Json]:
        """Status and document."""
        bearer = headers.get("authorization") == f"Bearer {KEY}"
        if path == "/v1/embeddings":
            return self._openai(body, ok=bearer and body.get("model") == "m1")
        if path == "/openai/deployments/m1/embeddings?api-version=2024-10-21":
            return self._openai(body, ok=headers.get("api-key") == KEY and "model" not in body)
        if path == "/api/embed":
            ok = body.get("model") == "m1" and isinstance(body.get("input"), list)
            return (200, {"model": "m1", "embeddings": self.vectors(body["input"])}) if ok else _bad()
        if _VERTEX.fullmatch(path):
            texts = [row["content"] for row in body["instances"]]
            rows = [{"embeddings": {"values": v, "statistics": {}}} for v in self.vectors(texts)]
            return (200, {"predictions": rows}) if bearer else _bad(401)
        if found := _BEDROCK.fullmatch(path):
            if not bearer:
                return _bad(403)
            if found[1] == "m1":
                return 200, {"embedding": self.vectors([body["inputText"]])[0], "inputTextTokenCount": 1}
            assert body["input_type"] == "search_document"
            return 200, {"embeddings": self.vectors(body["texts"]), "response_type": "embeddings_floats"}
        return _bad(404)

    def _openai(self, body: Json, *, ok: bool) -> tuple[int, Json]:
        if not ok or body.get("encoding_format") != "float" or any(not text for text in body["input"]):
            return _bad()
        self.dimensions = body.get("dimensions", self.dimensions)
        rows = [
            {"object": "embedding", "index": n, "embedding": v}
            for n, v in enumerate(self.vectors(body["input"]))
        ]
        # The API promises an index, not an order.
        return 200, {"object": "list", "data": rows[::-1], "model": "m1", "usage": {"prompt_tokens": 1}}


@contextmanager
def serving_embeddings() -> Iterator[FakeEmbeddings]:
    """Serve until the block ends."""
    fake = FakeEmbeddings("")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            extra: dict[str, str] = {}
            if fake.refuse:
                status, extra = fake.refuse.pop(0)
                document: Json = {"error": {"message": "the test says so"}}
            elif fake.answer is not None:
                status, document = 200, fake.answer
            else:
                status, document = fake.answered(self.path, headers, body)
            raw = json.dumps(document).encode()
            self.send_response(status)
            for name, value in extra.items():
                self.send_header(name, value)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    fake.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _bad(status: int = 400) -> tuple[int, Json]:
    return status, {"error": {"message": "not as the API wants it"}}
