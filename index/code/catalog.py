"""What a module does and who uses it: its page, its inputs, outputs and resources, and the blocks that call it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from interlock.index.code.codebase import Codebase
from interlock.index.code.graph import Edge, Graph
from interlock.index.code.model import Facts, Part, Place
from interlock.index.code.modules import short_names
from interlock.index.code.naming import Where, aside, same, tokens

MOST_NAMES = 12


@dataclass(frozen=True, slots=True)
class Module:
    """A folder of Terraform, or a chart, as people ask for it."""

    folder: str
    described: tuple[str, Place] | None
    first: Place
    variables: tuple[str, ...]
    outputs: tuple[str, ...]
    resources: tuple[str, ...]
    calls: tuple[str, ...]


def modules_named(code: Codebase, graph: Graph, name: str, where: str = "") -> list[str]:
    """The folders a name may mean, the likeliest first; those equally likely share the first place.

    A folder is meant by the last steps of its path. What is called before what is not, and what is set aside last.
    """
    wanted = same(name).strip("/")
    asked = Where(where, (name.lower(), "module", "component", "chart", "folder"))
    found = [folder for folder in _folders(code) if wanted in {same(n) for n in short_names(folder)}]
    found += [edge.used for edge in graph.of_kind("module") if not edge.scope and _remote(edge.used, wanted)]
    return sorted(dict.fromkeys(found), key=lambda f: _order(f, asked, graph, where))


def as_good(code: Codebase, graph: Graph, folders: list[str], where: str) -> list[str]:
    """Those of the folders that the question's words cannot tell from the first."""
    asked = Where(where, ("module", "component", "chart", "folder"))
    return [
        f
        for f in folders
        if _order(f, asked, graph, where)[:2] == _order(folders[0], asked, graph, where)[:2]
    ]


def _order(folder: str, asked: Where, graph: Graph, where: str) -> tuple[float, bool, int, str]:
    steps = folder.split("/")
    used = len(graph.users("module", folder))
    modular = "modules" not in steps
    return -asked.score(folder), bool(aside(folder + "/x", tokens(where))), -used + 1000 * modular, folder


def _folders(code: Codebase) -> set[str]:
    return {f.folder for f in code.files.values() if f.language == "hcl" and f.folder} | {
        f.folder for f in code.files.values() if any(p.kind == "chart" for p in f.parts) and f.folder
    }


def _remote(used: str, wanted: str) -> bool:
    return wanted == same(used) or f"/{wanted}/" in f"/{same(used)}/"


def described(code: Codebase, folder: str) -> Module:
    """What a folder holds, in its own words."""
    held = [facts for facts in code.files.values() if facts.folder == folder]
    code_files = [facts for facts in held if facts.language != "markdown"]
    first = min(code_files or held, key=lambda f: (not f.path.endswith(("/main.tf", "/Chart.yaml")), f.path))
    begun = first.parts[0] if first.parts else None
    return Module(
        folder,
        _description(held),
        Place(first.path, begun.start if begun else 1, begun.end if begun else 1),
        _names(code_files, "variable"),
        _names(code_files, "output"),
        _counted(code_files),
        _names(code_files, "module"),
    )


def _description(held: Iterable[Facts]) -> tuple[str, Place] | None:
    for facts in held:
        for part in facts.parts:
            text = part.text("description")
            page = part.kind == "page" and facts.path.lower().endswith("/readme.md")
            if text and (page or part.kind == "chart"):
                line = part.line("description")
                return text, Place(facts.path, line, line)
    return None


def _names(files: Iterable[Facts], kind: str) -> tuple[str, ...]:
    return tuple(sorted(part.name for facts in files for part in facts.parts if part.kind == kind))


def _counted(files: Iterable[Facts]) -> tuple[str, ...]:
    parts = [part for facts in files for part in facts.parts]
    types = Counter(part.name.partition(".")[0] for part in parts if part.kind == "resource")
    kinds = Counter(part.name.partition(" ")[0] for part in parts if part.kind == "object")
    return tuple(f"{kind} x{n}" if n > 1 else kind for kind, n in (types + kinds).most_common(MOST_NAMES))


def users(graph: Graph, kind: str, name: str, where: str = "") -> list[Edge]:
    """Who uses a thing; where words say where, only those uses that answer to most of them."""
    asked = Where(where, (name.lower(), kind, "module", "chart", "template", "workload", "output", "image"))
    found = [edge for edge in graph.of_kind(kind) if _named(edge, name)]
    scored = [(asked.score(edge.at, edge.user), edge) for edge in found]
    best = max((score for score, _ in scored), default=0.0)
    return [edge for score, edge in scored if score == best]


def _named(edge: Edge, name: str) -> bool:
    wanted = same(name)
    return same(edge.used) == wanted or same(edge.used).endswith(f"/{wanted}")


def alert_parts(code: Codebase, name: str) -> list[tuple[Facts, Part]]:
    """The alerts of that name."""
    wanted = name.lower()
    return [
        (f, p) for f in code.files.values() for p in f.parts if p.kind == "alert" and p.name.lower() == wanted
    ]
