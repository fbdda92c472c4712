"""Makes a replay of a living cluster: every listable resource, events, and the logs of troubled pods, redacted.

Threat: a recording is mailed, committed and served, so a secret in it is public. Mechanism: every object and
log goes through the redactor, and values of Secrets are replaced whatever they are. Guarantee: what could not be
read is named in `recorded.json`, so absent is never mistaken for empty; the folder is there whole or not at all.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import JsonValue

from interlock.core.clock import Clock, format_time
from interlock.core.clusters.objects import KubeObject, Node
from interlock.core.clusters.reader import ClusterReader
from interlock.core.clusters.transport import Transport, segment
from interlock.core.errors import InterlockError, Unreachable
from interlock.core.redaction import Redactor
from interlock.core.replay.objects import redacted_secret
from interlock.core.replay.record_folder import Folder, new_folder
from interlock.core.replay.record_kinds import Document, ListedKind, Served, read_served, with_columns
from interlock.core.replay.record_logs import WantedLog, WhichLogs, wanted_logs
from interlock.core.replay.recorded import FORMAT_VERSION, RECORDED

PAGE = 500
LOG_LINES = 5_000
LOG_BYTES = 5_000_000
DEFINITIONS = "customresourcedefinitions.apiextensions.k8s.io"


@dataclass(frozen=True)
class NotRecorded:
    """Something that was wanted and not had."""

    resource: str
    namespace: str
    why: str

    def account(self) -> Document:
        """Its line in `recorded.json`."""
        return {"resource": self.resource, "namespace": self.namespace, "why": self.why}


@dataclass(frozen=True)
class Recording:
    """What was made."""

    folder: Path
    namespaces: tuple[str, ...]
    objects: int
    logs: int
    not_recorded: tuple[NotRecorded, ...]


@dataclass(frozen=True)
class Wanted:
    """What to record. `namespaces` None: all of them. `leave_out`: full names of resources not to record."""

    namespaces: tuple[str, ...] | None = None
    leave_out: Collection[str] = ()
    logs: WhichLogs = "troubled"


def record(
    transport: Transport,
    out: Path,
    *,
    wanted: Wanted,
    redactor: Redactor,
    clock: Clock,
    progress: Callable[[str], None],
) -> Recording:
    """Record a cluster into the new folder `out`.

    Raises:
        BadInput: when `out` exists.
        Unreachable: when the server does not answer (a single resource that fails is noted instead).
    """
    now = clock.now()
    with new_folder(out) as folder:
        tape = _Tape(transport, folder, wanted, redactor, progress)
        tape.run()
        folder.text("replay.yaml", f"now: {format_time(now)}\ncluster: cluster\n")
    return Recording(out, tape.namespaces, tape.objects, tape.logs, tuple(tape.missing))


@dataclass
class _Tape:
    """One recording in the making."""

    transport: Transport
    folder: Folder
    wanted: Wanted
    redactor: Redactor
    progress: Callable[[str], None]
    missing: list[NotRecorded] = field(default_factory=list)
    namespaces: tuple[str, ...] = ()
    objects: int = 0
    logs: int = 0
    pods: list[KubeObject] = field(default_factory=list)
    definitions: list[Node] = field(default_factory=list)

    def run(self) -> None:
        served = read_served(self.transport, self._note)
        self.namespaces = self.wanted.namespaces or tuple(self._all_namespaces())
        accounts = [line for kind in self._in_order(served) if (line := self._kind(kind)) is not None]
        for log in wanted_logs(self.pods, self.wanted.logs):
            self._log(log)
        account: Document = {
            "formatVersion": FORMAT_VERSION,
            "version": served.version,
            "namespaces": [*self.namespaces],
            "resources": [*accounts],
            "notRecorded": [m.account() for m in self.missing],
            "discovery": served.documents(),
        }
        self.folder.json(f"cluster/{RECORDED}", account)

    def _in_order(self, served: Served) -> Iterator[ListedKind]:
        """Definitions of custom resources first: they say how the others are printed."""
        for kind in sorted(served.kinds, key=lambda k: k.full_name != DEFINITIONS):
            if kind.full_name in self.wanted.leave_out:
                self._note(kind.full_name, "", "left out by request")
            else:
                yield kind

    def _kind(self, kind: ListedKind) -> Document | None:
        """Record one resource; its line in the account, or None when nothing of it could be listed."""
        self.progress(kind.full_name)
        kind = with_columns(kind, self.definitions)
        if not kind.namespaced or self.wanted.namespaces is None:
            return kind.account(None) if self._list(kind, "") else None
        listed = [namespace for namespace in self.namespaces if self._list(kind, namespace)]
        return kind.account(listed) if listed else None

    def _list(self, kind: ListedKind, namespace: str) -> bool:
        try:
            found = self._all_pages(kind, namespace)
        except InterlockError as error:
            self._note(kind.full_name, namespace, error.message)
            if isinstance(error, Unreachable):
                self.transport.get("/version")  # raises when it is the server that is gone, not this resource
            return False
        self._keep(kind, namespace, [_whole(kind, item) for item in found.nodes("items")], found)
        return True

    def _all_pages(self, kind: ListedKind, namespace: str) -> Node:
        scope = f"/namespaces/{segment(namespace)}" if namespace else ""
        path, items, more = f"{kind.base}{scope}/{kind.plural}", list[JsonValue](), ""
        while True:
            params = {"limit": str(PAGE), **({"continue": more} if more else {})}
            page = Node(self.transport.get(path, params).json())
            items.extend(dict(item.raw) for item in page.nodes("items"))
            more = page.text("metadata", "continue")
            if not more:
                return Node({**page.raw, "items": items})

    def _keep(self, kind: ListedKind, namespace: str, objects: list[KubeObject], found: Node) -> None:
        if kind.full_name == "pods":
            self.pods.extend(objects)
        if kind.full_name == DEFINITIONS:
            self.definitions.extend(objects)
        # A file for every namespace that was listed, also when nothing is in it: a lost file must show as lost.
        by_namespace: dict[str, list[JsonValue]] = {namespace: []} if namespace else {}
        for item in objects:
            by_namespace.setdefault(item.namespace, []).append(self._clean(item))
        head: Document = {"kind": found.text("kind"), "apiVersion": found.text("apiVersion")}
        head["metadata"] = {"resourceVersion": found.text("metadata", "resourceVersion")}
        for name, items in by_namespace.items():
            where = f"{segment(name)}/" if name else ""
            self.folder.json(f"cluster/{where}{kind.full_name}.json", {**head, "items": items})
            self.objects += len(items)

    def _clean(self, item: KubeObject) -> JsonValue:
        cleaned, _ = self.redactor.clean_value(dict(item.raw))
        # Last, so that a value stays what base64 can hold and a client can decode.
        return redacted_secret(cleaned) if item.kind == "Secret" and isinstance(cleaned, dict) else cleaned

    def _log(self, log: WantedLog) -> None:
        self.progress(f"log of {log.namespace}/{log.pod} {log.container}")
        try:
            text = ClusterReader("recorded", self.transport).logs(
                log.namespace,
                log.pod,
                log.container,
                previous=log.previous,
                tail=LOG_LINES,
                limit_bytes=LOG_BYTES,
            )
        except InterlockError as error:
            self._note("pods/log", log.namespace, f"{log.path}: {error.message}")
            return
        if text.count("\n") >= LOG_LINES or len(text) >= LOG_BYTES:
            self._note(
                "pods/log", log.namespace, f"{log.path}: older lines, only the last {LOG_LINES} were read"
            )
        self.folder.text(f"cluster/{log.path}", self.redactor.clean_text(text))
        self.logs += 1

    def _all_namespaces(self) -> list[str]:
        found = Node(self.transport.get("/api/v1/namespaces").json())
        return [item.text("metadata", "name") for item in found.nodes("items")]

    def _note(self, resource: str, namespace: str, why: str) -> None:
        self.missing.append(NotRecorded(resource, namespace, self.redactor.clean_text(why)))


def _whole(kind: ListedKind, item: Node) -> KubeObject:
    """An item of a list as a single read answers it."""
    raw: Document = {"kind": kind.entry.text("kind"), "apiVersion": kind.group_version, **item.raw}
    return KubeObject(raw, kind.full_name)
