"""Kustomizations and charts, rendered by their own programs in the sandbox.

Threat: a kustomization or chart that fetches, runs plugins or reads beside its folder. Mechanism: the sandbox has no
network and sees the knowledge folder alone; plugins, helm in kustomize and post-renderers are never enabled.
Guarantee: what could not be rendered is said with the program's own reason.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

from interlock.core.errors import InterlockError
from interlock.core.process import Sandbox, run
from interlock.index.globs import matches, whole
from interlock.tools.knowledge.drift.manifests import Manifest, parse

SECONDS = 30.0
BYTES = 20_000_000
KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml", "Kustomization")
CHART = "Chart.yaml"
_MEMORY = 4_000_000_000
_REMOTE = re.compile(
    r"(?im)lookup|dial tcp|could not resolve|git fetch|accumulating remote|hitting the network"
)
_RELEASE = "release"
MOST_HIDDEN = 500


def kustomized(folder: Path, root: Path, exclude: Sequence[str] = ()) -> tuple[list[Manifest], str]:
    """The objects of a kustomization, and why there are none. What the root's source excludes is not there for it."""
    file = next(name for name in KUSTOMIZATIONS if (folder / name).is_file())
    shown = (folder / file).relative_to(root).as_posix()
    return _rendered(["kubectl", "kustomize", str(folder)], root, shown, exclude)


def templated(
    folder: Path, root: Path, namespace: str, exclude: Sequence[str] = ()
) -> tuple[list[Manifest], str]:
    """The objects of a chart with its own values, and why there are none; `exclude` as for kustomizations."""
    shown = (folder / CHART).relative_to(root).as_posix()
    where = ["--namespace", namespace] if namespace else []
    argv = ["helm", "template", _RELEASE, str(folder), *where, "--skip-tests"]
    found, said = _rendered(argv, root, shown, exclude)
    return found, said or f"{shown}: rendered with the chart's own values and the release name {_RELEASE!r}"


def _rendered(argv: list[str], root: Path, shown: str, exclude: Sequence[str]) -> tuple[list[Manifest], str]:
    if shutil.which(argv[0]) is None:
        return [], f"{shown}: not rendered: {argv[0]} is not installed"
    hidden = tuple(islice(_hidden(root, exclude), MOST_HIDDEN + 1)) if exclude else ()
    if len(hidden) > MOST_HIDDEN:
        return [], f"{shown}: not rendered: its source excludes more than {MOST_HIDDEN} files one by one"
    box = Sandbox((root,), memory=_MEMORY, hidden=hidden)
    try:
        done = run(argv, sandbox=box, cwd=root, seconds=SECONDS, limit=BYTES)
    except InterlockError as error:
        return [], f"{shown}: not rendered: {error.message}"
    said = done.err.decode("utf-8", "replace").strip()
    if done.code != 0 or done.cut:
        why = "its output is too large" if done.cut else said.splitlines()[-1] if said else "it failed"
        remote = " (there is no network here: vendor remote bases and charts)" if _REMOTE.search(said) else ""
        return [], f"{shown}: not rendered: {why}{remote}"
    return parse(shown, done.out.decode("utf-8", "replace"))


def _hidden(root: Path, exclude: Sequence[str]) -> Iterator[Path]:
    """What to hide: folders that are excluded whole, and single files elsewhere."""
    for where, folders, files in os.walk(root):
        below = {name: (Path(where) / name).relative_to(root).as_posix() for name in (*folders, *files)}
        apart = [name for name in folders if whole(exclude, below[name])]
        single = [name for name in files if any(matches(glob, below[name]) for glob in exclude)]
        folders[:] = [name for name in folders if name not in apart]
        yield from (root / below[name] for name in (*apart, *single) if not (root / below[name]).is_symlink())


def traced(rendered: list[Manifest], plain: Mapping[str, list[Manifest]]) -> list[Manifest]:
    """Rendered objects with the lines of the files they come from, where one is told apart by kind and name."""
    known = [manifest for found in plain.values() for manifest in found]
    return [_origin(manifest, known) for manifest in rendered]


def _origin(rendered: Manifest, known: list[Manifest]) -> Manifest:
    same = [
        m
        for m in known
        if (m.kind, m.group) == (rendered.kind, rendered.group) and _from(m.name, rendered.name)
    ]
    exact = [m for m in same if m.name == rendered.name] or same
    if len(exact) != 1:
        return replace(rendered, lines={(): 1}, note=f"rendered by {rendered.path}")
    source = exact[0]
    return replace(
        rendered, path=source.path, lines=source.lines, end=source.end, note=f"rendered by {rendered.path}"
    )


def _from(name: str, rendered: str) -> bool:
    # Generators append a hash; overlays a prefix or a suffix.
    return bool(name) and name in rendered
