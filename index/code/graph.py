"""The reference graph: who uses what, each edge with both its ends as file and lines.

Pure over the files of a codebase; nothing is evaluated, so an expression that needs a plan to be known stays text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from posixpath import basename, join, normpath

from interlock.index.code import modules
from interlock.index.code.codebase import Codebase
from interlock.index.code.model import Facts, Part, Place, Value

_TF = ("hcl", "json")
_MOUNTS = (
    (re.compile(r"(?:configMap|configMapRef|configMapKeyRef|configMapGenerator\[\d+\])\.name$"), "configmap"),
    (re.compile(r"(?:secretRef|secretKeyRef|imagePullSecrets\[\d+\])\.name$|(?:^|\.)secretName$"), "secret"),
    (re.compile(r"(?:^|\.)(?:serviceAccountName|serviceAccount)$"), "serviceaccount"),
    (re.compile(r"persistentVolumeClaim\.claimName$"), "persistentvolumeclaim"),
)
_NAMED = re.compile(r"(subjects\[\d+\]|roleRef|scaleTargetRef|backend\.service)\.name$")
_OVERLAID = re.compile(r"^(?:resources|bases|components|crds)\[\d+\]$")
_WORKS = ("object", "settings", "job", "workflow", "build", "stage")


@dataclass(frozen=True, slots=True)
class Edge:
    """`user` uses what is called `used` and is of `kind`, known in `scope` (a module's folder, a namespace, a chart)."""

    kind: str
    used: str
    scope: str
    user: str
    how: str
    at: Place
    defined: Place | None = None


@dataclass(frozen=True, slots=True)
class Graph:
    """Every edge, by the kind of what is used and its name."""

    edges: dict[tuple[str, str], tuple[Edge, ...]]

    def users(self, kind: str, name: str) -> tuple[Edge, ...]:
        """Who uses it."""
        return self.edges.get((kind, name), ())

    def of_kind(self, kind: str) -> Iterator[Edge]:
        """Every edge to things of a kind."""
        for (held, _), edges in self.edges.items():
            if held == kind:
                yield from edges


def graph_of(code: Codebase) -> Graph:
    """The graph of a codebase."""
    found: dict[tuple[str, str], list[Edge]] = {}
    world = _World(code)
    for facts in code.files.values():
        for edge in _edges(world, facts):
            found.setdefault((edge.kind, edge.used), []).append(edge)
    return Graph({key: tuple(edges) for key, edges in found.items()})


class _World:
    """What is defined where, so that a use can be tied to its definition."""

    def __init__(self, code: Codebase) -> None:
        self.files = code.files
        self.folders: dict[str, list[Facts]] = {}
        self.defined: dict[tuple[str, str, str], Place] = {}
        self.calls: dict[tuple[str, str], str] = {}
        self.objects: dict[tuple[str, str], Place] = {}
        for facts in code.files.values():
            self._learn(facts)

    def _learn(self, facts: Facts) -> None:
        if facts.language in _TF:
            self.folders.setdefault(facts.folder, []).append(facts)
        for part in facts.parts:
            where = Place(facts.path, part.start, part.end)
            if part.kind in ("variable", "output", "resource", "data"):
                name = f"data.{part.name}" if part.kind == "data" else part.name
                self.defined.setdefault(
                    (facts.folder, "resource" if part.kind == "data" else part.kind, name), where
                )
            elif part.kind == "locals":
                for value in part.values:
                    self.defined.setdefault(
                        (facts.folder, "local", value.path), Place(facts.path, value.line, value.line)
                    )
            elif part.kind == "object":
                kind, _, name = part.name.partition(" ")
                self.objects.setdefault((kind.lower(), name.rpartition("/")[2]), where)
        for part, written in modules.calls(facts.parts):
            self.calls[facts.folder, part.name] = modules.resolved(facts.folder, written).folder

    def module(self, folder: str) -> Place | None:
        """Where a folder of Terraform begins."""
        held = self.folders.get(folder)
        if not held:
            return None
        first = min(held, key=lambda f: (basename(f.path) != "main.tf", f.path))
        part = first.parts[0] if first.parts else None
        return Place(first.path, part.start if part else 1, part.end if part else 1)


def _edges(world: _World, facts: Facts) -> Iterator[Edge]:
    if facts.language in _TF:
        yield from _terraform(world, facts)
    for part in facts.parts:
        if part.kind in _WORKS:
            yield from _works(world, facts, part)
        elif part.kind == "alert" and (url := part.text("annotations.runbook_url")):
            line = part.line("annotations.runbook_url")
            yield Edge("runbook", url, "", f"alert {part.name}", "names it", Place(facts.path, line, line))
        elif part.kind == "kustomization":
            yield from _overlay(world, facts, part)
    yield from _fills(world, facts)


def _terraform(world: _World, facts: Facts) -> Iterator[Edge]:
    for part, written in modules.calls(facts.parts):
        yield from _call(world, facts, part, modules.resolved(facts.folder, written))
    yield from _includes(world, facts)
    for part in facts.parts:
        if part.kind == "settings" and facts.path.endswith((".tfvars", ".tfvars.json")):
            yield from _sets(world, facts, part.values, facts.folder, basename(facts.path))
    inside = _Lines(facts)
    for ref in facts.refs:
        scope, name = facts.folder, ref.name
        if ref.kind == "output":
            module, _, name = ref.name.partition(".")
            scope = world.calls.get((facts.folder, module), "")
            if not scope:
                name = ref.name
        place = Place(facts.path, ref.line, ref.line)
        defined = world.defined.get((scope, ref.kind, name))
        if ref.kind != "resource" or defined:
            user = inside.at(ref.line)
            yield Edge(ref.kind, name, scope or facts.folder, user, "reads it", place, defined)


class _Lines:
    """Which part a line is in."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._parts = sorted(facts.parts, key=lambda part: part.start)

    def at(self, line: int) -> str:
        """The innermost part that holds the line, named; the file when none does."""
        held = [part for part in self._parts if part.start <= line <= part.end]
        return title_of(held[-1]) if held else basename(self._facts.path)


def title_of(part: Part) -> str:
    """A part as people write it: `module eks`, `Deployment monitoring/x`, `locals`."""
    return part.name if part.kind in ("object", part.name) else f"{part.kind} {part.name}"


def _call(world: _World, facts: Facts, part: Part, source: modules.Source) -> Iterator[Edge]:
    place = Place(facts.path, part.start, part.end)
    if source.folder:
        defined = world.module(source.folder)
        yield Edge(
            "module",
            source.folder,
            source.folder,
            title_of(part),
            f"source = {source.written}",
            place,
            defined,
        )
        yield from _sets(world, facts, part.values, source.folder, title_of(part))
    else:
        yield Edge(
            "module", modules.remote_name(source), "", title_of(part), f"source = {source.written}", place
        )


def _sets(world: _World, facts: Facts, values: Iterable[Value], folder: str, user: str) -> Iterator[Edge]:
    for value in values:
        defined = world.defined.get((folder, "variable", value.path))
        if defined:
            place = Place(facts.path, value.line, value.line)
            yield Edge("variable", value.path, folder, user, f"sets it to {value.text}", place, defined)


def _includes(world: _World, facts: Facts) -> Iterator[Edge]:
    for part in facts.parts:
        for value in part.values:
            wanted = part.kind == "include" and value.path == "path"
            if wanted or "find_in_parent_folders(" in value.text:
                path = modules.included(facts, value.text, world.files)
                if path:
                    place = (
                        Place(facts.path, part.start, part.end)
                        if wanted
                        else Place(facts.path, value.line, value.line)
                    )
                    first = world.files[path].parts[0] if world.files[path].parts else None
                    defined = Place(path, first.start, first.end) if first else Place(path, 1, 1)
                    yield Edge(
                        "file", path, path, title_of(part), f"{value.path} = {value.text}", place, defined
                    )


def _works(world: _World, facts: Facts, part: Part) -> Iterator[Edge]:
    for value in part.values:
        place = Place(facts.path, value.line, value.line)
        if value.key == "image" and value.text:
            yield Edge("image", image_name(value.text), "", title_of(part), f"image {value.text}", place)
        elif part.kind == "object" and (kind := _mounted(part, value)):
            defined = world.objects.get((kind, value.text))
            yield Edge(
                kind,
                value.text,
                _namespace(part),
                title_of(part),
                f"{value.path} = {value.text}",
                place,
                defined,
            )


def _mounted(part: Part, value: Value) -> str:
    for pattern, kind in _MOUNTS:
        if pattern.search(value.path):
            return kind
    if _NAMED.search(value.path):
        held = value.path.rpartition(".")[0]
        return part.text(f"{held}.kind").lower() or ("service" if held.endswith("service") else "")
    return ""


def _namespace(part: Part) -> str:
    return part.text("metadata.namespace")


def image_name(image: str) -> str:
    """An image without registry, folders, tag and digest."""
    return image.partition("@")[0].rpartition("/")[2].partition(":")[0]


def _overlay(world: _World, facts: Facts, part: Part) -> Iterator[Edge]:
    for value in part.values:
        if _OVERLAID.match(value.path) and "://" not in value.text:
            path = normpath(join(facts.folder, value.text))
            held = next(
                (
                    p
                    for n in ("kustomization.yaml", "kustomization.yml")
                    if (p := f"{path}/{n}") in world.files
                ),
                path,
            )
            defined = Place(held, 1, 1) if held in world.files else None
            place = Place(facts.path, value.line, value.line)
            yield Edge(
                "file", held, path, f"kustomization {part.name}", f"resource {value.text}", place, defined
            )


def _fills(world: _World, facts: Facts) -> Iterator[Edge]:
    """Templates that use a chart's value."""
    chart = facts.path.rpartition("/templates/")[0]
    for ref in facts.refs if chart else ():
        if ref.kind == "value":
            place = Place(facts.path, ref.line, ref.line)
            yield Edge(
                "value",
                ref.name,
                chart,
                basename(facts.path),
                "uses it",
                place,
                _value_place(world, chart, ref.name),
            )


def _value_place(world: _World, chart: str, name: str) -> Place | None:
    facts = world.files.get(f"{chart}/values.yaml")
    for part in facts.parts if facts else ():
        for value in part.values:
            if value.path == name or value.path.startswith(f"{name}."):
                return Place(f"{chart}/values.yaml", value.line, value.line)
    return None
