"""One object as evidence: pruned of what nobody reads, flattened to lines, and the way back to it.

Threat: an object that carries a secret, or a value that poses as another field. Mechanism: of a Secret only name, type
and key names are kept, copies of whole manifests in annotations go, a value of many lines becomes a list of lines.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from pydantic import JsonValue

from interlock.core.clusters.objects import KubeObject, Node, flattened
from interlock.core.evidence import ObjectLocator

_ANNOTATIONS = ("kubectl.kubernetes.io/last-applied-configuration",)
_METADATA = ("managedFields", "resourceVersion", "uid", "selfLink")
_OWNER = ("kind", "name", "controller")
_TOKEN_VOLUME = re.compile(r"^(kube-api-access-[a-z0-9]{5}|[a-z0-9.-]+-token-[a-z0-9]{5})$")
_TOKEN_PATH = "/var/run/secrets/kubernetes.io/serviceaccount"  # noqa: S105 - where tokens are mounted, no token
_IN_FIRST_LINE = frozenset({"kind", "metadata.name", "metadata.namespace"})


def locator(cluster: str, item: KubeObject) -> ObjectLocator:
    """The way back to an object as it was when it was read."""
    return ObjectLocator(
        cluster=cluster,
        resource=item.resource,
        namespace=item.namespace or None,
        name=item.name,
        uid=item.uid,
        resource_version=item.text("metadata", "resourceVersion"),
    )


def pruned(item: KubeObject) -> dict[str, JsonValue]:
    """The object without noise; status is kept. A Secret keeps name, type and key names only."""
    if item.resource == "secrets":
        return _secret(item)
    kept = _without_token_mounts(dict(item.raw))
    assert isinstance(kept, dict)
    kept["metadata"] = _metadata(item)
    return kept


def object_text(data: JsonValue) -> str:
    """`Kind ns/name`, then one `path: value` line a field."""
    document = _lines_as_lists(data)
    if not isinstance(document, dict):
        return ""
    return "\n".join([str(KubeObject(document)), *flattened(document, skip=_IN_FIRST_LINE)])


def secret_keys(secret: Node) -> list[str]:
    """The names of the keys a Secret holds."""
    return sorted({key for field in ("data", "stringData") for key in secret.node(field).raw})


def _secret(item: KubeObject) -> dict[str, JsonValue]:
    metadata: dict[str, JsonValue] = {"name": item.name, "namespace": item.namespace}
    keys: list[JsonValue] = list(secret_keys(item))
    return {"kind": "Secret", "metadata": metadata, "type": item.text("type"), "keys": keys}


def _metadata(item: KubeObject) -> dict[str, JsonValue]:
    kept = {key: value for key, value in item.node("metadata").raw.items() if key not in _METADATA}
    if "annotations" in kept:
        kept["annotations"] = {k: v for k, v in item.annotations.items() if k not in _ANNOTATIONS}
    if "ownerReferences" in kept:
        owners = item.nodes("metadata", "ownerReferences")
        kept["ownerReferences"] = [{k: o.value(k) for k in _OWNER if o.value(k) is not None} for o in owners]
    return {key: value for key, value in kept.items() if value not in ({}, [], None)}


def _without_token_mounts(value: JsonValue) -> JsonValue:
    if isinstance(value, dict):
        return {k: _without_token_mounts(_filtered(k, v)) for k, v in value.items()}
    if isinstance(value, list):
        return [_without_token_mounts(item) for item in value]
    return value


def _filtered(key: str, value: JsonValue) -> JsonValue:
    if key not in ("volumes", "volumeMounts") or not isinstance(value, list):
        return value
    return [item for item in value if not (isinstance(item, dict) and _is_token(item))]


def _is_token(item: Mapping[str, JsonValue]) -> bool:
    if item.get("mountPath") == _TOKEN_PATH:
        return True
    held = "projected" in item or "secret" in item
    return held and bool(_TOKEN_VOLUME.match(str(item.get("name"))))


def _lines_as_lists(value: JsonValue) -> JsonValue:
    if isinstance(value, dict):
        return {key: _lines_as_lists(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_lines_as_lists(inner) for inner in value]
    if isinstance(value, str) and ("\n" in value or "\r" in value):
        return list(value.splitlines())
    return value
