"""The tree of `oc adm must-gather` and `oc adm inspect`, found and mapped onto the same index as a dump.

Objects: `cluster-scoped-resources/GROUP/RESOURCE[.yaml | /NAME.yaml]`, `namespaces/NS/GROUP/RESOURCE[.yaml | /NAME.yaml]`
and `namespaces/NS/pods/POD/POD.yaml`, where GROUP is `core` for the core group; each file one object or a list, YAML or
JSON. Logs: `namespaces/NS/pods/POD/CONTAINER/CONTAINER/logs/current.log` and `previous.log`, their lines stamped.
Only names are looked at. Absent is not empty here as elsewhere: what has no file was not gathered.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from interlock.core.errors import BadInput
from interlock.core.replay.kinds import BUILT_IN
from interlock.core.replay.paths import inside, refuse_link

CLUSTER_SCOPED = "cluster-scoped-resources"
NAMESPACES = "namespaces"
PODS = "pods"
ALL = "all"  # a folder some gatherers write beside the namespaces, of what is no namespace
SUFFIXES = (".yaml", ".yml", ".json")
Found = tuple[tuple[str, str], str, Path]
"""Group and plural, namespace ('' for cluster-scoped), file."""
_PLURAL = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")


def tree_in(folder: Path) -> Path | None:
    """The gathered tree: `folder` itself, or the only folder in it that is one (must-gather names it by its image)."""
    if _is_tree(folder):
        return folder
    within = [Path(entry.path) for entry in _entries(folder) if entry.is_dir(follow_symlinks=False)]
    trees = [child for child in within if _is_tree(child)]
    if len(trees) > 1:
        names = ", ".join(sorted(tree.name for tree in trees))
        raise BadInput(f"{folder} holds several gathered trees: {names}", hint="name one of them")
    return trees[0] if trees else None


def _is_tree(folder: Path) -> bool:
    if (folder / CLUSTER_SCOPED).is_dir():
        return True
    return any((folder / NAMESPACES).glob("*/core")) or any((folder / NAMESPACES).glob("*/pods"))


def scan(tree: Path) -> Iterator[Found]:
    """Every file of objects, lists before single objects."""
    yield from _groups(inside(tree, CLUSTER_SCOPED), "")
    for entry in _entries(inside(tree, NAMESPACES)):
        if entry.is_dir() and entry.name != ALL:
            yield from _namespace(Path(entry.path))


def files_of(tree: Path) -> Iterator[Path]:
    """The files alone, for whoever looks for times in them."""
    yield from (path for _, _, path in scan(tree))


def find_log(tree: Path, namespace: str, pod: str, container: str, *, previous: bool) -> Path | None:
    """The file of a container's log; names are plain ones. The form without verified TLS counts when it holds text."""
    name = "previous" if previous else "current"
    folder = f"{NAMESPACES}/{namespace}/{PODS}/{pod}/{container}/{container}/logs"
    places = [inside(tree, f"{folder}/{name}{suffix}") for suffix in (".log", ".insecure.log")]
    files = [place for place in places if place.is_file()]
    return next((file for file in files if file.stat().st_size), files[0] if files else None)


def _namespace(folder: Path) -> Iterator[Found]:
    for suffix in SUFFIXES:
        own = folder / f"{folder.name}{suffix}"
        if own.is_file():
            refuse_link(own)
            yield ("", "namespaces"), "", own
    yield from _groups(folder, folder.name)
    for pod in _entries(folder / PODS):
        if pod.is_dir():
            yield from ((("", PODS), folder.name, file) for file in _named(Path(pod.path), pod.name))


def _named(folder: Path, name: str) -> Iterator[Path]:
    yield from (Path(e.path) for e in _entries(folder) if e.name in {name + suffix for suffix in SUFFIXES})


def _groups(folder: Path, namespace: str) -> Iterator[Found]:
    """GROUP/RESOURCE.yaml and GROUP/RESOURCE/NAME.yaml."""
    for group in _entries(folder):
        if group.is_dir() and not (namespace and group.name == PODS):
            yield from _resources(Path(group.path), "" if group.name == "core" else group.name, namespace)


def _resources(folder: Path, group: str, namespace: str) -> Iterator[Found]:
    entries = sorted(_entries(folder), key=lambda entry: (entry.is_dir(), entry.name))
    for entry in entries:
        plural = entry.name if entry.is_dir() else Path(entry.name).stem
        if _PLURAL.fullmatch(plural) and (entry.is_dir() or _is_object_file(entry)):
            files = _entries(Path(entry.path)) if entry.is_dir() else [entry]
            key = _key(group, plural)
            yield from ((key, namespace, Path(file.path)) for file in files if _is_object_file(file))


def _key(group: str, plural: str) -> tuple[str, str]:
    """The full group: a gatherer may write `networking` for `networking.k8s.io`."""
    if (group, plural) in BUILT_IN or "." in group:
        return group, plural
    return next(
        ((g, p) for g, p in BUILT_IN if p == plural and g.partition(".")[0] == group), (group, plural)
    )


def _is_object_file(entry: os.DirEntry[str]) -> bool:
    return entry.name.endswith(SUFFIXES) and entry.is_file()


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    """What a folder holds, by name; nothing where there is none.

    Raises:
        BadInput: a symbolic link, or a folder that cannot be read.
    """
    if not folder.is_dir():
        return []
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        raise BadInput(f"cannot read {folder}: {error.strerror}") from error
    for entry in entries:
        if entry.is_symlink():
            refuse_link(Path(entry.path))
    return entries
