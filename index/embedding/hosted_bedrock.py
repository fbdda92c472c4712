"""Amazon Bedrock: Titan (one text a request) and Cohere. With a Bedrock API key over HTTPS, else signed by boto3."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any
from urllib.parse import quote

from interlock.core.errors import BadInput, Unreachable
from interlock.index.embedding.hosted import Http, Service, Wire, needed, numbers

Invoke = Callable[[Mapping[str, object]], Any]


class BedrockWire:
    """`invoke` sends one body to the model."""

    def __init__(self, service: Service, invoke: Invoke) -> None:
        self._service, self._invoke = service, invoke

    def ask(self, texts: Sequence[str]) -> list[list[float]]:
        """One vector a text."""
        try:
            if self._service.model.rpartition("cohere.")[1]:
                body = {"texts": list(texts), "input_type": "search_document", "truncate": "END"}
                return numbers(self._invoke(body)["embeddings"])
            return numbers([self._invoke(self._titan(text))["embedding"] for text in texts])
        except (KeyError, TypeError):
            raise Unreachable("the embedding model's answer has no vectors") from None

    def _titan(self, text: str) -> dict[str, object]:
        sizes = {"dimensions": self._service.dimensions} if self._service.dimensions else {}
        return {"inputText": text, **sizes}


def open_wire(service: Service, **how: Any) -> Wire:  # noqa: ANN401 - the client's own options
    """Over HTTPS with a key, else by boto3."""
    region = needed(service.region, "`region`")
    if not service.key:
        return BedrockWire(service, _signed(service.model, region))
    base = (service.url or f"https://bedrock-runtime.{region}.amazonaws.com").rstrip("/")
    http = Http({"authorization": f"Bearer {service.key}", "accept": "application/json"}, **how)
    url = f"{base}/model/{quote(service.model, safe='')}/invoke"
    return BedrockWire(service, lambda body: http.ask(url, body))


def _signed(model: str, region: str) -> Invoke:
    def invoke(body: Mapping[str, object]) -> Any:  # noqa: ANN401 - JSON, checked by the caller
        try:
            connect = import_module("boto3").client
            errors = import_module("botocore.exceptions")
        except ImportError:
            raise BadInput(
                "Bedrock without an API key needs boto3, which is not installed",
                hint="pip install 'interlock[aws]', or name a key's variable as key_variable",
            ) from None
        try:
            client = connect("bedrock-runtime", region_name=region)
            answer = client.invoke_model(modelId=model, body=json.dumps(body))
            return json.loads(answer["body"].read())
        except (errors.BotoCoreError, errors.ClientError, ValueError) as error:
            raise Unreachable(f"Bedrock did not answer: {error}") from None

    return invoke
