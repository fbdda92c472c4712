"""A recorded cluster's folder, read lazily: which resources it holds, in which namespaces, and their objects.

The tree is what `kubectl cluster-info dump -A -o json --output-directory` writes, and our extension of it:
`nodes.json` at the top, `NS/pods.json`, `NS/RESOURCE.GROUP.json`, logs under `NS/POD/`, `recorded.json`;
or what `oc adm must-gather` writes (`must_gather`), where a resource may lie in many files.
A file is parsed on first need. Guarantee: absent is not empty; what has no whole file counts as not recorded,
and a file that cannot be read is named in `problems`.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from interlock.core.errors import BadInput
from interlock.core.replay import must_gather
from interlock.core.replay.kinds import BUILT_IN, Kind
from interlock.core.replay.objects import Objects, load_objects, parse_file
from interlock.core.replay.paths import refuse_link
from interlock.core.replay.recorded import RECORDED, Recorded, read_recorded

PEEK_BYTES = 262_144
CLUSTER_SCOPE = ""
FURTHER = "@"  # before the version, in the name of a file that holds a further one
ResourceKey = tuple[str, str]
Files = Mapping[ResourceKey, Mapping[str, tuple[Path, ...]]]
# The dump of kubectl names one file differently from its resource.
_DUMP_NAMES = {"replication-controllers": "replicationcontrollers"}
_NAMED = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9.-]+)?")


class Dump:
    """A folder of recorded objects. Safe to use from several threads."""

    def __init__(self, folder: Path, recorded: Recorded | None, files: Files) -> None:
        self.folder = folder
        self.recorded = recorded
        self.problems: list[str] = []
        self._files = {key: dict(by_namespace) for key, by_namespace in files.items()}
        self._loaded: dict[tuple[ResourceKey, str | None], Objects] = {}
        self._lock = threading.RLock()
        self._all_kinds: tuple[Kind, ...] = ()
        self._unreadable: set[tuple[ResourceKey, str]] = set()

    @classmethod
    def open(cls, folder: Path) -> Dump:
        """Looks through the folder; parses nothing but what names the resources.

        Raises:
            BadInput: a symbolic link, a broken `recorded.json`, or no readable file at all.
        """
        tree = must_gather.tree_in(folder)
        files = _gathered(tree) if tree else _scan(folder)
        dump = cls(tree or folder, read_recorded(folder), files)
        dump._drop_torn_files()
        dump._note_lost_files()
        if files and not dump._files:
            raise BadInput(
                f"nothing in {folder} can be read: {dump.problems[0]}", hint="dump the cluster again"
            )
        dump._all_kinds = tuple(dump._resolve_kinds())
        return dump

    @property
    def kinds(self) -> Mapping[ResourceKey, Kind]:
        """What was recorded, by group and plural; each in the version its group prefers."""
        return {kind.key: kind for kind in self._all_kinds if not kind.further}

    @property
    def all_kinds(self) -> tuple[Kind, ...]:
        """What was recorded, further versions of the same objects included."""
        return self._all_kinds

    def kind_at(self, group: str, version: str, plural: str) -> Kind | None:
        """The resource in that version, when it was recorded so."""
        found = (k for k in self._all_kinds if (k.group, k.version, k.plural) == (group, version, plural))
        return next(found, None)

    @property
    def namespaces(self) -> frozenset[str]:
        """The namespaces from which anything was recorded."""
        own = {ns for by_namespace in self._files.values() for ns in by_namespace if ns}
        own |= {ns for _, ns in self._unreadable if ns}
        return frozenset(own) | (self.recorded.namespaces if self.recorded else frozenset())

    def recorded_in(self, kind: Kind) -> frozenset[str] | None:
        """The namespaces in which the resource was recorded; None: wherever there are any."""
        declared = self._declared(kind.slot)
        broken = {ns for key, ns in self._unreadable if key == kind.slot}
        if declared is None:
            return self.namespaces - broken if broken else None
        return (frozenset(self._files.get(kind.slot, ())) | declared) - broken

    def objects(self, kind: Kind, namespace: str | None = None) -> Objects | None:
        """The objects of one namespace (None: of all), or None when that was not recorded."""
        with self._lock:
            if (kind.slot, namespace) not in self._loaded:
                found = self._load(kind, namespace)
                if found is None:
                    return None
                self._loaded[kind.slot, namespace] = found
            return self._loaded[kind.slot, namespace]

    def why_not(self, kind: Kind, namespace: str) -> str:
        """Why a resource was not recorded there, as far as the recorder said."""
        refused = self.recorded.refused if self.recorded else {}
        if (kind.slot, namespace) in self._unreadable:
            return "its file cannot be read"
        return refused.get((kind.qualified, namespace)) or refused.get((kind.qualified, CLUSTER_SCOPE)) or ""

    def _load(self, kind: Kind, namespace: str | None) -> Objects | None:
        files = self._files.get(kind.slot, {})
        if namespace is None:
            parts = [self.objects(kind, ns) for ns in list(files)]
            whole = [part for part in parts if part is not None]
            return Objects.merged(whole) if whole or self._is_declared(kind.slot) else None
        if namespace not in files:
            return Objects.of([], 1) if self._is_empty(kind, namespace) else None
        try:
            return Objects.merged([load_objects(path, kind, namespace) for path in files[namespace]])
        except BadInput as problem:
            self.problems.append(problem.message)
            self._unreadable.add((kind.slot, namespace))
            del self._files[kind.slot][namespace]
            return None

    def _declared(self, key: ResourceKey) -> frozenset[str] | None:
        """The namespaces that the recorder says it listed one by one; None: it listed all at once."""
        return self.recorded.scopes.get(key, frozenset()) if self.recorded else frozenset()

    def _is_declared(self, key: ResourceKey) -> bool:
        return self.recorded is not None and key in self.recorded.scopes

    def _is_empty(self, kind: Kind, namespace: str) -> bool:
        """No file means no objects only where the recorder says that it listed them."""
        declared = self._declared(kind.slot)
        listed = declared is None or namespace in declared
        return listed and (kind.slot, namespace) not in self._unreadable

    def _drop_torn_files(self) -> None:
        """A dump that was cut short ends in the middle of a file: cheap to see, named at once."""
        for key, by_namespace in list(self._files.items()):
            for namespace, paths in list(by_namespace.items()):
                torn = [path for path in paths if path.suffix == ".json" and not _ends_whole(path)]
                if torn:
                    self.problems.extend(map(_problem_of, torn))
                    self._unreadable.add((key, namespace))
                    del by_namespace[namespace]
            if not by_namespace:
                del self._files[key]

    def _note_lost_files(self) -> None:
        """Our recorder writes a file for every namespace that it listed by itself: one that is not there was lost."""
        for key, listed in (self.recorded.scopes if self.recorded else {}).items():
            held = self._files.get(key, {})
            for namespace in sorted(listed or ()):
                if namespace not in held and (key, namespace) not in self._unreadable:
                    name = f"{key[1]}.{key[0]}" if key[0] else key[1]
                    self.problems.append(f"{namespace}/{name}.json was recorded and is not there any more")
                    self._unreadable.add((key, namespace))

    def _resolve_kinds(self) -> Iterator[Kind]:
        declared = {kind.slot: kind for kind in self.recorded.kinds} if self.recorded else {}
        yield from declared.values()
        for key, by_namespace in self._files.items():
            if key in declared or FURTHER in key[1]:
                continue
            first, *_ = next(iter(by_namespace.values()))
            kind = _kind_in(key, first, CLUSTER_SCOPE not in by_namespace)
            if kind:
                yield kind


def _gathered(tree: Path) -> Files:
    files: dict[ResourceKey, dict[str, tuple[Path, ...]]] = {}
    for key, namespace, path in must_gather.scan(tree):
        by_namespace = files.setdefault(key, {})
        by_namespace[namespace] = (*by_namespace.get(namespace, ()), path)
    return files


def _scan(folder: Path) -> Files:
    files: dict[ResourceKey, dict[str, tuple[Path, ...]]] = {}
    for namespace, path in sorted(_json_files(folder)):
        key = _resource_of(path)
        if key:
            files.setdefault(key, {})[namespace] = (path,)
    return files


def _json_files(folder: Path) -> Iterator[tuple[str, Path]]:
    for entry in _entries(folder):
        if entry.is_dir():
            yield from ((entry.name, Path(e.path)) for e in _entries(Path(entry.path)) if _is_json(e))
        elif _is_json(entry):
            yield CLUSTER_SCOPE, Path(entry.path)


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        entries = list(os.scandir(folder))
    except OSError as error:
        raise BadInput(f"cannot read {folder}: {error.strerror}") from error
    for entry in entries:
        if entry.is_symlink():
            refuse_link(Path(entry.path))
    return entries


def _is_json(entry: os.DirEntry[str]) -> bool:
    return entry.name.endswith(".json") and entry.name != RECORDED and entry.is_file()


def _resource_of(path: Path) -> ResourceKey | None:
    """Group and plural by the file's name; a bare name is a core resource, or the only built-in one so called."""
    name, further, version = path.stem.partition(FURTHER)
    if not _NAMED.fullmatch(name):
        return None
    plural, _, group = name.partition(".")
    if further:
        return (group, f"{plural}{FURTHER}{version}")
    plural = _DUMP_NAMES.get(plural, plural)
    if group or ("", plural) in BUILT_IN:
        return (group, plural)
    groups = [g for g, p in BUILT_IN if p == plural]
    return (groups[0] if groups else "", plural)


def _ends_whole(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - 4096))
            return file.read().rstrip().endswith(b"}")
    except OSError:
        return False


def _problem_of(path: Path) -> str:
    try:
        parse_file(path)
    except BadInput as problem:
        return problem.message
    return f"{path} is not a Kubernetes list"


def _kind_in(key: ResourceKey, path: Path, namespaced: bool) -> Kind | None:
    """The kind of a resource that no recorder described, by the table and by what the file itself says."""
    group, plural = key
    if key in BUILT_IN:
        with path.open("rb") as file:
            return replace(BUILT_IN[key], version=_version_in(file.read(PEEK_BYTES), BUILT_IN[key]))
    item = _first_item(path)
    item_group, _, version = str(item.get("apiVersion", "")).rpartition("/")
    if not version or not item.get("kind") or item_group != group:
        return None
    return Kind(group, version, str(item["kind"]), plural, str(item["kind"]).lower(), namespaced)


def _version_in(head: bytes, known: Kind) -> str:
    """The version that the file's objects have (their first apiVersion of the group), else the usual one."""
    prefix = re.escape(f"{known.group}/".encode()) if known.group else b""
    found = re.search(rb"\bapiVersion[\"']?\s*:\s*[\"']?" + prefix + rb"(v[0-9a-z]+)[\"'\s]", head)
    return found[1].decode() if found else known.version


def _first_item(path: Path) -> Mapping[str, object]:
    try:
        value = parse_file(path)
    except BadInput:
        return {}
    items = value.get("items") or []
    kind = str(value.get("kind", ""))
    listed = {"apiVersion": value.get("apiVersion"), "kind": kind.removesuffix("List")}
    first: Mapping[str, object] = items[0] if items and isinstance(items[0], dict) else {}
    return first if first.get("kind") else listed if kind not in {"", "List"} else {}
