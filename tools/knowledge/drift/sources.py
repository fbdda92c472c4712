"""Which objects the code declares: plain manifests, kustomizations and charts of a folder, a file or a part of it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from interlock.core.errors import NotFound
from interlock.index.chunks import Note
from interlock.index.folder import Found, read
from interlock.tools.knowledge.drift.manifests import Manifest, parse
from interlock.tools.knowledge.drift.render import CHART, KUSTOMIZATIONS, kustomized, templated, traced
from interlock.tools.knowledge.folders import Folder

MOST_FILES = 5000
MOST_BYTES = 2_000_000
MOST_NAME = 200
_SUFFIXES = (".yaml", ".yml", ".json")
_TEMPLATE = re.compile(r"\{\{[-\s.$\w]")


@dataclass(frozen=True)
class Declared:
    """The objects, and what was not read and why."""

    manifests: tuple[Manifest, ...]
    notes: tuple[str, ...]


def declared(source: Folder, path: str, namespace: str) -> Declared:
    """What `path` in a source declares ('' or '.': all of it), among the files that the source is configured to have.

    Raises:
        NotFound: when it is not there.
    """
    root = source.path.resolve()
    try:
        here = (root / path).resolve()
        there = here.exists()
    except (OSError, ValueError):  # no file can have this name
        there = False
    if not there or not (here == root or (root in here.parents and source.holds(_shown(here, root)))):
        raise NotFound(f"no {path} in {root.name}", hint="name a file or folder of manifests")
    resolved = replace(source, path=root)
    if not here.is_dir() and here.name not in KUSTOMIZATIONS:
        found, said = _file(here, resolved)
        return Declared(tuple(found), (said,) if said else ())
    return _folder(here if here.is_dir() else here.parent, resolved, namespace)


def _folder(here: Path, source: Folder, namespace: str) -> Declared:
    files = list(islice(_walk(here, source), MOST_FILES + 1))
    notes = [f"only the first {MOST_FILES} files were read"] if len(files) > MOST_FILES else []
    files = files[:MOST_FILES]
    charts = sorted({file.parent for file in files if file.name == CHART})
    charts = [chart for chart in charts if not any(other in chart.parents for other in charts)]
    kustom = sorted({file.parent for file in files if file.name in KUSTOMIZATIONS})
    plain: dict[str, list[Manifest]] = {}
    for file in files:
        if not any(chart == file.parent or chart in file.parents for chart in charts):
            plain[str(file)], said = _file(file, source)
            notes += [said] if said else []
    return _together(source, namespace, plain, kustom, charts, notes)


def _together(
    source: Folder,
    namespace: str,
    plain: dict[str, list[Manifest]],
    kustom: list[Path],
    charts: list[Path],
    notes: list[str],
) -> Declared:
    used = _referenced(kustom)
    found: list[Manifest] = []
    covered: set[Path] = set()
    for folder in kustom:
        covered |= {folder, *(one for one in used.get(folder, ()))}
        if any(folder in others for others in used.values()):
            continue
        rendered, said = kustomized(folder, source.path, source.exclude)
        found += traced(rendered, {**plain, **_bases(folder, source)})
        notes += [said] if said else []
    for chart in charts:
        rendered, said = templated(chart, source.path, namespace, source.exclude)
        found += rendered
        notes += [said] if said else []
    found += [
        manifest
        for file, manifests in plain.items()
        if not any(Path(file) == one or Path(file).parent == one for one in covered)
        for manifest in manifests
    ]
    return Declared(tuple(found), tuple(notes))


def _referenced(kustom: list[Path]) -> dict[Path, set[Path]]:
    """By kustomization, the files and folders that it names."""
    return {folder: set(_names(folder)) for folder in kustom}


def _names(folder: Path) -> Iterator[Path]:
    import yaml

    from interlock.core.replay.plain_yaml import load_plain

    file = next(folder / name for name in KUSTOMIZATIONS if (folder / name).is_file())
    text = _text(file)
    if isinstance(text, Note):
        return
    try:
        read = load_plain(text.encode())
    except (yaml.YAMLError, RecursionError):
        return
    for named in _strings(read):
        if named and len(named) < MOST_NAME and "://" not in named and "\n" not in named:
            target = (folder / named).resolve()
            if target != folder and target.exists():
                yield target


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _strings(inner)


def _bases(folder: Path, source: Folder) -> dict[str, list[Manifest]]:
    """The manifests a kustomization is made from, wherever in the source they lie."""
    left, seen = [folder], set[Path]()
    while left and len(seen) < MOST_FILES:
        here = left.pop()
        if here not in seen and source.path in here.parents and source.holds(_shown(here, source.path)):
            seen.add(here)
            left += _names(here) if any((here / name).is_file() for name in KUSTOMIZATIONS) else []
    files = [path for path in seen if path.is_file() and path.name.endswith(_SUFFIXES)]
    return {str(file): _file(file, source)[0] for file in sorted(files)}


def _walk(here: Path, source: Folder) -> Iterator[Path]:
    wanted = source.wanted
    for folder, folders, files in os.walk(here):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            path = Path(folder) / name
            manifest = name.endswith(_SUFFIXES) or name in KUSTOMIZATIONS
            if manifest and not path.is_symlink() and wanted(_shown(path, source.path)):
                yield path


def _shown(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix()


def _file(file: Path, source: Folder) -> tuple[list[Manifest], str]:
    shown = _shown(file, source.path)
    text = _text(file)
    if isinstance(text, Note):
        return [], f"{shown}: {text.message}"
    found, said = parse(shown, text)
    return found, f"{said} (it looks like a template)" if said and _TEMPLATE.search(text) else said


def _text(file: Path) -> str | Note:
    raw = read(file.parent, Found(file.name, (file.name,), (0, 0, 0)), MOST_BYTES)
    return raw if isinstance(raw, Note) else raw.decode("utf-8-sig", "replace")
