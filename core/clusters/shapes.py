"""What is done to an object before anybody else sees it: a Secret loses its values, an old shape takes the newer form.

Threat: a secret value in a log, an answer or a model's context. Mechanism: values go where objects are made, with the copy
that `kubectl apply` keeps in an annotation. Guarantee: no `KubeObject` holds a value of a Secret.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from pydantic import JsonValue

from interlock.core.clusters.discovery import ResourceType

SECRET_VALUE = "<secret>"  # noqa: S105 - what stands in its place
_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_HPA_CONDITIONS = "autoscaling.alpha.kubernetes.io/conditions"
Raw = dict[str, JsonValue]


def settled(raw: Raw, kind: ResourceType) -> Raw:
    """The object as every reader may see it."""
    own = _KINDS.get(kind.full_name)
    return own(raw) if own else raw


def _without_values(secret: Raw) -> Raw:
    cleaned = dict(secret)
    for name in ("data", "stringData"):
        held = secret.get(name)
        if isinstance(held, dict):
            cleaned[name] = dict.fromkeys(held, SECRET_VALUE)
    metadata = secret.get("metadata")
    annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
    if isinstance(metadata, dict) and isinstance(annotations, dict):
        kept = {k: v for k, v in annotations.items() if k != _LAST_APPLIED}
        cleaned["metadata"] = {**metadata, "annotations": kept}
    return cleaned


def _with_conditions(autoscaler: Raw) -> Raw:
    """autoscaling/v1 keeps conditions as JSON in an annotation; every later version has them in the status."""
    status = autoscaler.get("status")
    held = _annotation(autoscaler, _HPA_CONDITIONS)
    if not held or not isinstance(status, dict) or "conditions" in status:
        return autoscaler
    try:
        conditions = json.loads(held)
    except ValueError:
        return autoscaler
    return {**autoscaler, "status": {**status, "conditions": conditions}}


def _annotation(raw: Mapping[str, JsonValue], name: str) -> str:
    metadata = raw.get("metadata")
    annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
    found = annotations.get(name) if isinstance(annotations, dict) else None
    return found if isinstance(found, str) else ""


_KINDS: Mapping[str, Callable[[Raw], Raw]] = {
    "secrets": _without_values,
    "horizontalpodautoscalers.autoscaling": _with_conditions,
}
