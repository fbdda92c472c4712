"""Makes a replay of a living cluster: every listable resource, events, and the logs of troubled pods, redacted.

Threat: a recording is mailed, committed and served, so a secret in it is public. Mechanism: every object and
log goes through the redactor, and values of Secrets are replaced whatever they are. Guarantee: what could not be
read is named in `recorded.json`, so absent is never mistaken for empty; the folder is there whole or not at all.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import JsonValue

from interlock.core.clock import Clock, format_time
from interlock.core.clusters.objects import KubeObject, Node
from interlock.core.clusters.reader import ClusterReader
from interlock.core.clusters.transport import Expired, Transport, segment
from interlock.core.errors import BadInput, Forbidden, InterlockError, NotFound, UnknownName, Unreachable
from interlock.core.redaction import Redactor
from interlock.core.replay.objects import redacted_secret, without_own_names
from interlock.core.replay.record_folder import Folder, new_folder
from interlock.core.replay.record_journal import Journal, resumable_folder
from interlock.core.replay.record_kinds import Document, ListedKind, Served, read_served, with_columns
from interlock.core.replay.record_logs import WantedLog, WhichLogs, clean_log, wanted_logs
from interlock.core.replay.record_openapi import keep_definitions
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
    kinds: tuple[tuple[str, int], ...]
    """What was recorded, and how many objects of it."""
    logs: int
    not_recorded: tuple[NotRecorded, ...]

    @property
    def resources(self) -> int:
        """How many kinds."""
        return len(self.kinds)

    @property
    def objects(self) -> int:
        """How many objects."""
        return sum(count for _, count in self.kinds)


@dataclass(frozen=True)
class _Wanted:
    namespaces: tuple[str, ...]
    leave_out: Collection[str]
    logs: WhichLogs


def record(
    reader: ClusterReader,
    out: Path,
    *,
    namespaces: Sequence[str] = (),
    leave_out: Collection[str] = (),
    logs: WhichLogs = "troubled",
    redactor: Redactor,
    clock: Clock,
    progress: Callable[[str], None],
    resume: bool = False,
) -> Recording:
    """Record a cluster into the new folder `out`: the named namespaces (none named: all) and what is in no namespace.

    `leave_out` holds full names of resources, such as `leases.coordination.k8s.io`, not to record. With `resume` an
    interruption leaves `OUT.partial`, and the next run with the same wishes keeps what is in it.

    Raises:
        BadInput: when `out` exists.
        UnknownName: for a namespace that does not exist.
        Unreachable: when the server does not answer (a single resource that fails is noted instead).
    """
    now = clock.now()
    wanted = _Wanted(tuple(namespaces), leave_out, logs)
    made = resumable_folder(out, _wishes(reader, wanted)) if resume else _once(out)
    with made as (folder, journal):
        tape = _Tape(reader, folder, wanted, redactor, progress, journal)
        tape.run()
        folder.text("replay.yaml", f"now: {format_time(now)}\ncluster: cluster\n")
    return Recording(out, tape.namespaces, tuple(tape.listed.items()), tape.logs, tuple(tape.missing))


@contextmanager
def _once(out: Path) -> Iterator[tuple[Folder, Journal]]:
    with new_folder(out) as folder:
        yield folder, Journal()


def _wishes(reader: ClusterReader, wanted: _Wanted) -> Document:
    """What an interrupted run must have wanted for this one to go on from it. The uid of kube-system tells clusters apart."""
    uid = ""
    with suppress(InterlockError):  # who may not see it is told from the rest
        uid = Node(reader.transport.get("/api/v1/namespaces/kube-system").json()).text("metadata", "uid")
    return {
        "cluster": reader.name,
        "clusterUid": uid,
        "version": Node(reader.transport.get("/version").json()).text("gitVersion"),
        "namespaces": [*sorted(wanted.namespaces)],
        "leaveOut": [*sorted(wanted.leave_out)],
        "logs": wanted.logs,
    }


@dataclass
class _Tape:
    """One recording in the making."""

    reader: ClusterReader
    folder: Folder
    wanted: _Wanted
    redactor: Redactor
    progress: Callable[[str], None]
    journal: Journal = field(default_factory=Journal)
    missing: list[NotRecorded] = field(default_factory=list)
    namespaces: tuple[str, ...] = ()
    listed: dict[str, int] = field(default_factory=dict)
    logs: int = 0
    pods: list[KubeObject] = field(default_factory=list)
    definitions: list[Node] = field(default_factory=list)
    refusals: dict[str, str] = field(default_factory=dict)

    @property
    def transport(self) -> Transport:
        """Documents are kept as the server wrote them, which the reader's own objects are not."""
        return self.reader.transport

    def run(self) -> None:
        served = read_served(self.transport, self._note)
        self.namespaces = self._chosen_namespaces()
        kinds = [*self._in_order(served)]
        accounts = [line for kind in kinds if not kind.further and (line := self._kind(kind)) is not None]
        further = [line for kind in kinds if kind.further and (line := self._kind(kind)) is not None]
        self.progress("OpenAPI definitions")
        held = [kind for kind in kinds if kind.full_name in self.listed]
        definitions = keep_definitions(self.transport, self.folder, held, self.redactor, self._note)
        for log in wanted_logs(self.pods, self.wanted.logs):
            self._log(log)
        account: Document = {
            "formatVersion": FORMAT_VERSION,
            "version": served.version,
            "namespaces": [*self.namespaces],
            "resources": [*accounts],
            "furtherVersions": [*further],
            "logRefusals": {**self.refusals},
            "notRecorded": [m.account() for m in self.missing],
            "discovery": served.documents(),
            "openapi": definitions,
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
        if not kind.namespaced or not self.wanted.namespaces:
            line = kind.account(None) if self._list(kind, "") else None
        else:
            listed = [namespace for namespace in self.namespaces if self._list(kind, namespace)]
            line = kind.account(listed) if listed else None
        if line is not None:
            self.listed.setdefault(kind.full_name, 0)
        return line

    def _list(self, kind: ListedKind, namespace: str) -> bool:
        files = self.journal.files_of(kind.file_name, namespace)
        if files is not None:
            self._have_already(kind, namespace, files)
            return True
        try:
            found = self._all_pages(kind, namespace)
        except InterlockError as error:
            self._note(kind.full_name, namespace, error.message)
            if isinstance(error, Unreachable):
                self.transport.get("/version")  # raises when it is the server that is gone, not this resource
            return False
        self._keep(kind, namespace, [_whole(kind, item) for item in found.nodes("items")], found)
        return True

    def _have_already(self, kind: ListedKind, namespace: str, files: Sequence[str]) -> None:
        self.progress(f"kept from before: {kind.full_name}{f' in {namespace}' if namespace else ''}")
        for file in files:
            held = self.folder.read(file)
            objects = [
                _whole(kind, item) for item in Node(held if isinstance(held, dict) else {}).nodes("items")
            ]
            self._remember(kind, objects)
            self._count(kind, len(objects))

    def _count(self, kind: ListedKind, objects: int) -> None:
        if not kind.further:
            self.listed[kind.full_name] = self.listed.get(kind.full_name, 0) + objects

    def _remember(self, kind: ListedKind, objects: list[KubeObject]) -> None:
        """Pods say which logs there are, definitions how others are printed."""
        if kind.full_name == "pods":
            self.pods.extend(objects)
        if kind.full_name == DEFINITIONS:
            self.definitions.extend(objects)

    def _all_pages(self, kind: ListedKind, namespace: str) -> Node:
        scope = f"/namespaces/{segment(namespace)}" if namespace else ""
        path, items = f"{kind.base}{scope}/{kind.plural}", list[JsonValue]()
        params = {"limit": str(PAGE)}
        while True:
            try:
                page = Node(self.transport.get(path, params).json())
            except Expired:  # compacted between two pages: once more, whole
                items, page = [], Node(self.transport.get(path).json())
            items.extend(dict(item.raw) for item in page.nodes("items"))
            params["continue"] = page.text("metadata", "continue")
            if not params["continue"]:
                return Node({**page.raw, "items": items})

    def _keep(self, kind: ListedKind, namespace: str, objects: list[KubeObject], found: Node) -> None:
        self._remember(kind, objects)
        self._count(kind, len(objects))
        # A file for every namespace that was listed, also when nothing is in it: a lost file must show as lost.
        by_namespace: dict[str, list[JsonValue]] = {namespace: []} if namespace else {}
        for item in objects:
            by_namespace.setdefault(item.namespace, []).append(self._clean(item))
        head: Document = {"kind": found.text("kind"), "apiVersion": found.text("apiVersion")}
        head["metadata"] = {"resourceVersion": found.text("metadata", "resourceVersion")}
        files = []
        for name, items in by_namespace.items():
            where = f"{segment(name)}/" if name else ""
            files.append(f"cluster/{where}{kind.file_name}.json")
            self.folder.json(files[-1], {**head, "items": items})
        self.journal.note_listed(kind.file_name, namespace, files)

    def _clean(self, item: KubeObject) -> JsonValue:
        if item.kind != "Secret":
            return self.redactor.clean_value(dict(item.raw))[0]
        cleaned, _ = self.redactor.clean_value(without_own_names(dict(item.raw)))
        # Last, so that a value stays what base64 can hold and a client can decode.
        return redacted_secret(cleaned) if isinstance(cleaned, dict) else cleaned

    def _log(self, log: WantedLog) -> None:
        if log.path in self.journal.logs:
            self.logs += 1
            return
        self.progress(f"log of {log.namespace}/{log.pod} {log.container}")
        try:
            text = self.reader.logs(
                log.namespace,
                log.pod,
                log.container,
                previous=log.previous,
                tail=LOG_LINES,
                limit_bytes=LOG_BYTES,
            )
        except (
            BadInput
        ) as error:  # there is none to be had: an answer, and the same one when it is asked again
            self.refusals[log.path] = self.redactor.clean_text(error.message)
            return
        except InterlockError as error:
            self._note("pods/log", log.namespace, f"{log.path}: {error.message}")
            return
        cut = text.count("\n") >= LOG_LINES or len(text) >= LOG_BYTES
        if cut:
            why = f"{log.path}: only the last {LOG_LINES} lines, and of these {LOG_BYTES} bytes, were read"
            self._note("pods/log", log.namespace, why)
        self.folder.text(f"cluster/{log.path}", clean_log(text, self.redactor))
        if not cut:  # what was cut has to be noted again by the run that goes on
            self.journal.note_log(log.path)
        self.logs += 1

    def _chosen_namespaces(self) -> tuple[str, ...]:
        for name in self.wanted.namespaces:
            with suppress(Forbidden):  # who may not see the namespace itself may see what is in it
                self._must_exist(name)
        return self.wanted.namespaces or self._all_namespaces()

    def _must_exist(self, namespace: str) -> None:
        try:
            self.transport.get(f"/api/v1/namespaces/{segment(namespace)}")
        except NotFound:
            raise UnknownName("namespace", namespace, self._all_namespaces()) from None

    def _all_namespaces(self) -> tuple[str, ...]:
        try:
            found = Node(self.transport.get("/api/v1/namespaces").json())
        except Forbidden as error:
            raise Forbidden(error.message, hint="name the namespaces to record") from None
        return tuple(item.text("metadata", "name") for item in found.nodes("items"))

    def _note(self, resource: str, namespace: str, why: str) -> None:
        self.missing.append(NotRecorded(resource, namespace, self.redactor.clean_text(why)))


def _whole(kind: ListedKind, item: Node) -> KubeObject:
    """An item of a list as a single read answers it."""
    raw: Document = {"kind": kind.entry.text("kind"), "apiVersion": kind.group_version, **item.raw}
    return KubeObject(raw, kind.full_name)
