"""Hosted embedding models: what all of them share. Each provider is a small file that speaks its wire format.

Threat: a secret in a page or a question sent to somebody else. Mechanism: every text passes the redactor here, at the
door, whatever was done before. Guarantee: one unit vector a text in the order asked, or `Unreachable`.
A question and a page are embedded alike; the models' separate query modes are not used.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from interlock.core.errors import BadInput, Unreachable
from interlock.core.outbound import Outbound

if TYPE_CHECKING:
    from interlock.index.embedding import Vectors

PROVIDERS = ("openai", "azure", "ollama", "bedrock", "vertex")
_SECONDS = 60.0
_EMPTY = "(empty)"  # providers refuse an empty text


@dataclass(frozen=True)
class Service:
    """A model somewhere. `key` never shows in its repr; `dimensions` 0 is what the model gives by itself."""

    provider: str
    model: str
    url: str = ""
    key: str = ""
    dimensions: int = 0
    region: str = ""
    project: str = ""
    api_version: str = ""
    batch: int = 64

    def __repr__(self) -> str:
        return f"Service({self.provider}, {self.model}, {self.url})"


class Wire(Protocol):
    """One provider's way to ask for vectors."""

    def ask(self, texts: Sequence[str]) -> list[list[float]]:
        """One vector a text, in order, of any length."""


class HostedEmbedder:
    """An embedder over a provider."""

    def __init__(self, service: Service, wire: Wire, clean: Callable[[str], str]) -> None:
        self._service = service
        self._wire = wire
        self._clean = clean

    @property
    def id(self) -> str:
        """Names provider, place, model and length."""
        service = self._service
        place = urlsplit(service.url).netloc or service.region
        return f"{service.provider}:{place}:{service.model}:{service.dimensions or 'own'}"

    @property
    def dimensions(self) -> int:
        """Length of each vector; asks the model once when it is not configured."""
        return self._service.dimensions or self._found

    @cached_property
    def _found(self) -> int:
        return len(self._wire.ask(["how long is a vector?"])[0])

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One row a text, each of unit length.

        Raises:
            Unreachable: when the model cannot be asked, or answers something else.
        """
        import numpy as np

        step = self._service.batch
        rows = [
            row for start in range(0, len(texts), step) for row in self._batch(texts[start : start + step])
        ]
        found = np.array(rows, np.float32).reshape(len(texts), -1) if rows else np.zeros((0, 1), np.float32)
        lengths = np.linalg.norm(found, axis=1, keepdims=True)
        if not np.isfinite(found).all() or (lengths == 0).any():
            raise Unreachable(f"{self.id} answered vectors without a direction")
        return np.asarray(found / lengths, np.float32)

    def _batch(self, texts: Sequence[str]) -> list[list[float]]:
        rows = self._wire.ask([self._clean(text).strip() or _EMPTY for text in texts])
        wanted = self._service.dimensions or len(rows[0] if rows else ())
        if len(rows) != len(texts) or any(len(row) != wanted for row in rows):
            raise Unreachable(
                f"{self.id} answered {len(rows)} vectors for {len(texts)} texts, or not of {wanted} numbers",
                hint="check `knowledge.embedder` model and dimensions",
            )
        return rows


def open_hosted(service: Service, clean: Callable[[str], str], **how: Any) -> HostedEmbedder:  # noqa: ANN401 - the client's own options
    """The embedder of a configured service; nothing is asked yet.

    Args:
        service: Which one.
        clean: The redactor.
        how: Options of the HTTP client.

    Raises:
        BadInput: when something that the provider needs is not configured.
    """
    if service.provider not in PROVIDERS:
        raise BadInput(
            f"unknown embedding provider {service.provider!r}", hint=f"one of {', '.join(PROVIDERS)}"
        )
    if not service.model:
        raise BadInput(f"knowledge.embedder: {service.provider} needs a model")
    wire = import_module(f"interlock.index.embedding.hosted_{service.provider}").open_wire
    return HostedEmbedder(service, wire(service, **how), clean)


class Http:
    """JSON over POST, with the retries and limits of `Outbound`."""

    def __init__(self, headers: Mapping[str, str], **how: Any) -> None:  # noqa: ANN401 - the client's own options
        self._client = Outbound(headers=headers, **{"seconds": _SECONDS, **how})

    def ask(self, url: str, body: Mapping[str, object]) -> Any:  # noqa: ANN401 - JSON, checked by the provider's file
        """The answer.

        Raises:
            Unreachable: when there is none, or it is no JSON.
        """
        raw = self._client.post(url, json.dumps(body).encode())
        try:
            return json.loads(raw)
        except ValueError:
            raise Unreachable(f"{urlsplit(url).netloc} did not answer JSON") from None


def numbers(rows: object) -> list[list[float]]:
    """A list of vectors, checked.

    Raises:
        Unreachable: when it is something else.
    """
    if isinstance(rows, list) and all(isinstance(row, list) and row for row in rows):
        try:
            return [[float(value) for value in row] for row in rows]
        except (TypeError, ValueError):
            pass
    raise Unreachable("the embedding model answered something that is no list of vectors")


def needed(value: str, what: str) -> str:
    """A setting that must be there."""
    if not value:
        raise BadInput(
            f"the embedding provider needs {what}", hint="see `knowledge.embedder` in the settings"
        )
    return value
