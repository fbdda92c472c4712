"""A cluster in memory at the edge of the gate: objects under optimistic locks, dry runs, and a count of what was written."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, Literal

from interlock.approvals.errors import AlreadyThere, Answered, Blocked, Conflict, NotSent, OutcomeUnknown
from interlock.approvals.normal import STAMP
from interlock.approvals.patches import merged, patched
from interlock.core.clusters.discovery import ResourceType
from interlock.core.clusters.objects import KubeObject
from interlock.core.clusters.reader import Listing, Table
from interlock.core.errors import NotFound, Unreachable

Key = tuple[str, str, str]
Json = dict[str, Any]
Fault = Literal["lost after", "lost before", "late", "not sent", "answered"]


@dataclass
class Board:
    """The objects by kind, namespace and name. `written` holds the digest stamped by each real write, in order."""

    name: str = "prod"
    objects: dict[Key, Json] = field(default_factory=dict)
    written: list[str] = field(default_factory=list)
    verbs: list[str] = field(default_factory=list)
    fault: Fault | None = None
    down: bool = False
    at_write: Callable[[], None] = lambda: None
    reached: Callable[[str], None] = lambda _: None
    """Told of each point that is passed: read, dry run, arriving (before the lock is compared), landed."""
    left: Callable[[str, Key, str], None] = lambda *_: None
    """Told of each request that leaves for good: its verb, its object, its stamp."""
    landed: Callable[[Key], None] = lambda _: None
    """Told of each object that was changed."""
    refuses_dry_runs: bool = False
    blocked: bool = False
    """Disruption budgets allow no eviction."""
    slow: bool = False
    """No controller follows what is written."""
    late: list[Callable[[], None]] = field(default_factory=list)
    """Requests whose answer was given up, still on their way."""
    counter: int = 100
    lock: threading.RLock = field(default_factory=threading.RLock)
    discovery: Any = None

    def put(self, kind: str, namespace: str, name: str, /, **body: Any) -> Json:
        """A new object."""
        self.counter += 1
        meta = {
            "name": name,
            "namespace": namespace,
            "uid": f"uid-{self.counter}",
            "generation": 1,
            "resourceVersion": str(self.counter),
            "labels": {},
            "annotations": {},
        }
        made = {"metadata": meta | body.pop("metadata", {}), **deepcopy(body)}
        self.objects[kind, namespace, name] = made
        return made

    def workload(self, name: str = "web", namespace: str = "shop", replicas: int = 3) -> Json:
        """A Deployment that is as it should be."""
        status = {"replicas": replicas, "readyReplicas": replicas, "observedGeneration": 1}
        spec = {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": name}},
            "template": {"metadata": {"labels": {"app": name}}, "spec": {"containers": [{"name": "app"}]}},
        }
        return self.put("deployments.apps", namespace, name, kind="Deployment", spec=spec, status=status)

    def churn(self, kind: str, namespace: str, name: str) -> None:
        """The status moves, as it does every second on a crash loop."""
        held = self.objects[kind, namespace, name]
        self._bump(held, generation=False)
        held["status"] = {**held.get("status", {}), "collisionCount": self.counter}

    def edit(self, kind: str, namespace: str, name: str, patch: Json) -> None:
        """Somebody else changes an object."""
        key = kind, namespace, name
        made = merged(self.objects[key], patch)
        assert isinstance(made, dict)
        self.objects[key] = made
        self._bump(made)

    def get(self, resource: str, name: str, namespace: str | None = None) -> KubeObject:
        self.reached("read")
        self._up()
        with self.lock:
            held = self.objects.get((resource, namespace or "", name))
            if held is None:
                raise NotFound(f"{resource} {name} not found")
            return KubeObject(deepcopy(held))

    def list(
        self,
        resource: str,
        namespace: str | None = None,
        *,
        labels: str = "",
        fields: str = "",
        limit: int | None = None,
    ) -> Listing:
        self.reached("read")
        self._up()
        with self.lock:
            found = [
                KubeObject(deepcopy(held))
                for (kind, space, _), held in self.objects.items()
                if kind == resource and namespace in (None, space) and _has(held, labels, fields)
            ]
        return Listing(_type(resource), tuple(found))

    metadata = list

    def table(self, *_: Any, **__: Any) -> Table | None:
        return None

    def logs(self, *_: Any, **__: Any) -> str:
        return ""

    def version(self) -> str:
        return "1.36"

    def _up(self) -> None:
        if self.down:
            raise Unreachable("the cluster does not answer")

    def _bump(self, held: Json, *, generation: bool = True) -> None:
        self.counter += 1
        held["metadata"]["resourceVersion"] = str(self.counter)
        if generation:
            held["metadata"]["generation"] = held["metadata"].get("generation", 1) + 1


class Verbs:
    """The verbs of a board; `real` ones change it."""

    def __init__(self, board: Board, *, real: bool) -> None:
        self._board = board
        self._real = real

    def patch(
        self, kind: str, namespace: str, name: str, body: Any, patch_type: str, version: str
    ) -> Mapping[str, Any]:
        def change(held: Json) -> Json:
            made = merged(held, body) if patch_type == "merge" else patched(held, body)
            assert isinstance(made, dict)
            return made

        with self._board.lock:
            return self._locked("patch", (kind, namespace, name), version, change)

    def create(self, kind: str, namespace: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        board, name = self._board, body["metadata"]["name"]
        with board.lock:
            if (kind, namespace, name) in board.objects:
                raise AlreadyThere("exists", status=409, reason="AlreadyExists")
            if not self._real:
                return body
            key = kind, namespace, name
            return self._sent(
                "create", key, "", body["metadata"], lambda: board.put(kind, namespace, name, **dict(body))
            )

    def delete(self, kind: str, namespace: str, name: str, *, uid: str, version: str) -> Mapping[str, Any]:
        return self._removed("delete", (kind, namespace, name), uid, version)

    def evict(self, namespace: str, name: str, *, uid: str, version: str) -> Mapping[str, Any]:
        return self._removed("evict", ("pods", namespace, name), uid, version)

    def close(self) -> None:
        pass

    def _locked(self, verb: str, key: Key, version: str, change: Callable[[Json], Json]) -> Mapping[str, Any]:
        self._board.reached("arriving" if self._real else "dry run")
        held = self._held(key, version)
        made = change(deepcopy(held))
        if not self._real:
            self._dry()
            return made

        def done() -> Json:
            same_spec = made.get("spec") == held.get("spec")
            self._board.objects[key] = made
            self._board._bump(made, generation=not same_spec)
            self._settled(made)
            return made

        return self._sent(verb, key, version, made["metadata"], done)

    def _dry(self) -> None:
        if self._board.refuses_dry_runs:
            raise Answered("admission says no", status=422)

    def _settled(self, made: Json) -> None:
        # The controller's part: the status follows the spec at once.
        if "replicas" in made.get("spec", {}) and not self._board.slow:
            count = made["spec"]["replicas"]
            generation = made["metadata"]["generation"]
            made["status"] = {"replicas": count, "readyReplicas": count, "observedGeneration": generation}

    def _removed(self, verb: str, key: Key, uid: str, version: str) -> Mapping[str, Any]:
        with self._board.lock:
            self._board.reached("arriving" if self._real else "dry run")
            held = self._held(key, version)
            if held["metadata"]["uid"] != uid:
                raise Conflict("another uid", status=409)
            if verb == "evict" and self._board.blocked:
                raise Blocked("a budget does not allow it now", status=429)
            if not self._real:
                return {}
            return self._sent(verb, key, version, {}, lambda: self._board.objects.pop(key))

    def _held(self, key: Key, version: str) -> Json:
        self._board._up()
        held = self._board.objects.get(key)
        if held is None:
            raise Answered("not found", status=404, reason="NotFound")
        if held["metadata"]["resourceVersion"] != version:
            raise Conflict("the object moved", status=409, reason="Conflict")
        return held

    def _sent(
        self, verb: str, key: Key, version: str, meta: Mapping[str, Any], done: Callable[[], Json]
    ) -> Mapping[str, Any]:
        board = self._board
        fault, board.fault = board.fault, None
        if fault == "not sent":
            raise NotSent("no connection")
        if fault == "answered":
            raise Answered("admission says no", status=422)
        stamp = str(meta.get("annotations", {}).get(STAMP, verb))
        board.left(verb, key, stamp)

        def arrived() -> Json:
            board.at_write()
            made = done()
            board.verbs.append(verb)
            board.written.append(stamp)
            board.landed(key)
            return made

        def arrived_late() -> None:
            held = board.objects.get(key)
            if held and held["metadata"]["resourceVersion"] == version:
                arrived()

        if fault == "late":
            board.late.append(arrived_late)
        if fault in ("late", "lost before"):
            raise OutcomeUnknown("no answer")
        made = arrived()
        board.reached("landed")
        if fault == "lost after":
            raise OutcomeUnknown("the answer was lost")
        return made


class DryRuns(Verbs):
    """A previewer of a board."""

    only_dry_runs: Literal[True] = True

    def __init__(self, board: Board) -> None:
        super().__init__(board, real=False)


class Writes(Verbs):
    """A mutator of a board."""

    changes_things: Literal[True] = True

    def __init__(self, board: Board) -> None:
        super().__init__(board, real=True)

    def create_silence(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        raise NotSent("no Alertmanager here")

    def expire_silence(self, id: str) -> None:
        raise NotSent("no Alertmanager here")


def _type(resource: str) -> ResourceType:
    plural, _, group = resource.partition(".")
    return ResourceType(group, "v1", plural, plural.capitalize(), True)


def _has(held: Json, labels: str, fields: str) -> bool:
    mine = held["metadata"].get("labels", {})
    asked = dict(each.split("=", 1) for each in labels.split(",") if "=" in each)
    if any(mine.get(key) != value for key, value in asked.items()):
        return False
    for each in filter(None, fields.split(",")):
        path, value = each.split("=", 1)
        found: Any = held
        for part in path.split("."):
            with suppress(AttributeError):
                found = (found or {}).get(part)
        if found != value:
            return False
    return True
