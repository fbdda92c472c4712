"""What people changed by hand, as the API server's managedFields say: by which kubectl command, when, which fields.

Controllers and `apply` own fields as well; they are not people. Kubernetes: server-side apply, field management.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from interlock.core.clusters.objects import KubeObject, Node
from interlock.tools.knowledge.drift.compare import GIVEN_BY_SERVER, IGNORED, IGNORED_METADATA, Difference
from interlock.tools.knowledge.drift.manifests import Spot

BY_HAND = frozenset(
    {"kubectl-edit", "kubectl-patch", "kubectl-set", "kubectl-scale", "kubectl-label", "kubectl-annotate"}
)
RESTARTED = "kubectl.kubernetes.io/restartedAt"
_OF_CONTROLLERS = (
    "deployment.kubernetes.io/",
    "kubectl.kubernetes.io/",
    "kubernetes.io/change-cause",
    "autoscaling.alpha.kubernetes.io/",
    "pv.kubernetes.io/",
    "volume.beta.kubernetes.io/",
    "volume.kubernetes.io/",
    "control-plane.alpha.kubernetes.io/",
    "endpoints.kubernetes.io/",
)


@dataclass(frozen=True)
class Edit:
    """Fields that one command changed."""

    manager: str
    at: str
    fields: Mapping[str, JsonValue]


def edits(live: KubeObject) -> list[Edit]:
    """The changes made by hand, the newest first."""
    found = [
        Edit(entry.text("manager"), entry.text("time"), entry.node("fieldsV1").raw)
        for entry in live.nodes("metadata", "managedFields")
        if entry.text("manager") in BY_HAND and not entry.text("subresource")
    ]
    return sorted(found, key=lambda edit: edit.at, reverse=True)


def author(made: list[Edit], live: Mapping[str, JsonValue], spot: Spot) -> Edit | None:
    """The edit that changed the field at `spot` of the live object, or something in it."""
    return next((edit for edit in made if _holds(edit.fields, dict(live), spot)), None)


def added(
    made: list[Edit], code: Mapping[str, JsonValue], live: Mapping[str, JsonValue]
) -> Iterator[Difference]:
    """Fields that were set by hand and that the code does not set."""
    seen: set[Spot] = set()
    for edit in made:
        for found in _beside(edit.fields, dict(code), dict(live), "", (), ()):
            if found.live_at not in seen and not _follows(found, live):
                seen.add(found.live_at)
                yield found


def _follows(found: Difference, live: Mapping[str, JsonValue]) -> bool:
    """Whether the server set the field itself because of another one."""
    network = Node(live).flag("spec", "template", "spec", "hostNetwork") or Node(live).flag(
        "spec", "hostNetwork"
    )
    return found.live_at[-1] in GIVEN_BY_SERVER or (found.live_at[-1] == "hostPort" and bool(network))


def _beside(
    fields: Mapping[str, JsonValue], code: JsonValue, live: JsonValue, path: str, ours: Spot, theirs: Spot
) -> Iterator[Difference]:
    for name, inner in fields.items():
        rest = inner if isinstance(inner, dict) else {}
        if name.startswith("f:") and isinstance(live, dict) and isinstance(code, dict):
            key = name[2:]
            if key not in live or _skipped(key, theirs):
                continue
            here = f"{path}[{key}]" if "." in key or "/" in key else f"{path}.{key}".lstrip(".")
            if code.get(key) is None and not _trivial(live[key]):
                yield Difference(here, "not in the code", None, live[key], ours, (*theirs, key))
            else:
                yield from _beside(rest, code.get(key), live[key], here, (*ours, key), (*theirs, key))
        elif name.startswith("k:") and isinstance(live, list) and isinstance(code, list):
            a, b = _found(code, name), _found(live, name)
            if a is not None and b is not None:
                label = "/".join(str(value) for value in json.loads(name[2:]).values())
                yield from _beside(rest, code[a], live[b], f"{path}[{label}]", (*ours, a), (*theirs, b))


def _skipped(key: str, above: Spot) -> bool:
    if not above:
        return key in IGNORED
    if above == ("metadata",):
        return key in IGNORED_METADATA
    return above[-1] == "annotations" and key.startswith(_OF_CONTROLLERS)


def _trivial(live: JsonValue) -> bool:
    """An empty map, or annotations that all are of controllers."""
    return live in ({}, [], None) or (
        isinstance(live, dict) and all(key.startswith(_OF_CONTROLLERS) for key in live)
    )


def _found(items: list[JsonValue], name: str) -> int | None:
    wanted = json.loads(name[2:])
    for index, item in enumerate(items):
        held = {"protocol": "TCP", **item} if isinstance(item, dict) else {}
        if all(held.get(key) == value for key, value in wanted.items()):
            return index
    return None


def _holds(fields: Mapping[str, JsonValue], live: JsonValue, spot: Spot) -> bool:
    if not spot:
        return True
    head, rest = spot[0], spot[1:]
    for name, inner in fields.items():
        below = inner if isinstance(inner, dict) else {}
        if name == f"f:{head}" and isinstance(live, dict):
            # A list or map that is written as a whole is owned as a whole.
            return not below or _holds(below, live.get(str(head)), rest)
        if name.startswith("k:") and isinstance(live, list) and _found(live, name) == head:
            return _holds(below, live[int(head)], rest)
    return False


def restarted(live: KubeObject) -> str:
    """When `kubectl rollout restart` was last used on it, or ''."""
    return Node(live.node("spec", "template", "metadata", "annotations").raw).text(RESTARTED)
