"""One recorded list of objects, parsed and indexed.

Threat: a recording made with plain `kubectl` holds Secret values. Mechanism: they are replaced while the file
is read. Guarantee: no value of a Secret's data is ever held or served.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from interlock.core.errors import BadInput
from interlock.core.replay.kinds import Kind
from interlock.core.replay.paths import read_plain

Json = dict[str, Any]
REDACTED_DATA = "UkVEQUNURUQ="  # base64 of REDACTED
DEFAULT_GRACE = 30  # seconds, the default of the API
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


@dataclass(frozen=True)
class Objects:
    """Objects in the order of the server's store: by namespace/name."""

    keys: tuple[str, ...]
    items: tuple[Json, ...]
    by_key: dict[str, Json]
    resource_version: int

    @classmethod
    def of(cls, items: list[Json], resource_version: int) -> Objects:
        """Indexes and sorts; of two objects of one name the later one stands."""
        by_key = {object_key(item): item for item in items}
        keys = tuple(sorted(by_key))
        return cls(keys, tuple(by_key[key] for key in keys), by_key, resource_version)

    @classmethod
    def merged(cls, parts: list[Objects]) -> Objects:
        """Several namespaces as one list."""
        if len(parts) == 1:
            return parts[0]
        version = max((p.resource_version for p in parts), default=1)
        return cls.of([item for part in parts for item in part.items], version)


def object_key(item: Json) -> str:
    """`namespace/name`, or the name of a cluster-scoped object."""
    metadata = item["metadata"]
    namespace = metadata.get("namespace")
    name: str = metadata["name"]
    return f"{namespace}/{name}" if namespace else name


def parse_file(path: Path) -> Json:
    """One JSON or YAML file as an object.

    Raises:
        BadInput: unreadable or half-written; names the file and the byte where it stops making sense.
    """
    try:
        data = read_plain(path)
    except OSError as error:
        raise BadInput(f"cannot read {path}: {error.strerror}") from error
    try:
        value = json.loads(data) if path.suffix == ".json" else _yaml(path, data)
    except json.JSONDecodeError as error:
        at = len(error.doc[: error.pos].encode())
        raise BadInput(f"{path} is not whole JSON: {error.msg} at byte {at} of {len(data)}") from error
    except UnicodeDecodeError as error:
        raise BadInput(f"{path} is not UTF-8: at byte {error.start} of {len(data)}") from error
    except RecursionError as error:
        raise BadInput(f"{path} is nested too deeply") from error
    if not isinstance(value, dict):
        raise BadInput(
            f"{path} is not a Kubernetes list: it holds a {'JSON' if path.suffix == '.json' else 'YAML'} {type(value).__name__}"
        )
    return value


def _yaml(path: Path, data: bytes) -> object:
    import yaml

    from interlock.core.replay.plain_yaml import load_plain

    try:
        return load_plain(data)
    except (yaml.YAMLError, ValueError) as error:
        raise BadInput(f"{path} is not whole YAML: {' '.join(str(error).split())}") from error


def load_objects(path: Path, kind: Kind, namespace: str) -> Objects:
    """The objects of one file.

    Raises:
        BadInput: the file cannot be read as a list of such objects.
    """
    value = parse_file(path)
    items = value.get("items", [value] if value.get("kind") == kind.kind else None) or []
    if "items" not in value and not items:
        raise BadInput(f"{path} is not a list of {kind.plural}: it has no items")
    try:
        objects = [_normal(item, kind, namespace) for item in items]
        return Objects.of(objects, _list_version(value, objects))
    except (KeyError, TypeError, AttributeError) as error:
        raise BadInput(f"{path} holds an item that is not a {kind.kind}: {error!r}") from error


def _normal(item: Json, kind: Kind, namespace: str) -> Json:
    """The object as a single read of it answers: kind first, namespace in place, no secret value."""
    rest = {k: v for k, v in item.items() if k not in {"kind", "apiVersion"}}
    whole: Json = {"kind": kind.kind, "apiVersion": item.get("apiVersion") or kind.group_version} | rest
    if kind.namespaced and not whole["metadata"].get("namespace"):
        whole["metadata"] = {**whole["metadata"], "namespace": namespace}
    if kind.key == ("", "pods"):
        _complete_deletion(whole)
    return redacted_secret(whole) if "Secret" in (kind.kind, item.get("kind")) else whole


def _complete_deletion(pod: Json) -> None:
    """No API server shows a pod's deletion without its grace period, and kubectl 1.32 crashes on one that lacks it."""
    metadata: Json = pod["metadata"]
    if metadata.get("deletionTimestamp") and metadata.get("deletionGracePeriodSeconds") is None:
        own = (pod.get("spec") or {}).get("terminationGracePeriodSeconds")
        pod["metadata"] = {**metadata, "deletionGracePeriodSeconds": DEFAULT_GRACE if own is None else own}


def redacted_secret(secret: Json) -> Json:
    """The Secret with every value replaced, keys kept; the copy in the last-applied annotation goes too."""
    result = dict(secret)
    for part in ("data", "stringData"):
        if isinstance(result.get(part), dict):
            result[part] = dict.fromkeys(result[part], REDACTED_DATA)
    metadata: Json = result.get("metadata") or {}
    annotations: Json = metadata.get("annotations") or {}
    if LAST_APPLIED in annotations:
        result["metadata"] = {**metadata, "annotations": {**annotations, LAST_APPLIED: "REDACTED"}}
    return result


def without_own_names(secret: Json) -> Json:
    """The Secret without values that are its own name or namespace, as a service account's token holds.

    They are no secrets, and a redactor that hides copies of what it found would hide them in the metadata too.
    """
    metadata: Json = secret.get("metadata") or {}
    own = {base64.b64encode(str(metadata.get(key)).encode()).decode() for key in ("name", "namespace")}
    data = secret.get("data")
    if not isinstance(data, dict):
        return secret
    return {**secret, "data": {key: REDACTED_DATA if value in own else value for key, value in data.items()}}


def _list_version(value: Json, objects: list[Json]) -> int:
    listed = (value.get("metadata") or {}).get("resourceVersion")
    own = (o["metadata"].get("resourceVersion") for o in objects)
    return max((int(v) for v in (listed, *own) if str(v).isdigit()), default=1)
