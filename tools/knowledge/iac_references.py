"""iac_references: where a thing of the code is set, who uses it, what a module does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field, JsonValue

from interlock.core.errors import BadInput
from interlock.tools.knowledge.code import Statement, code_of, stated, statements_text
from interlock.tools.knowledge.pages import library_of
from interlock.tools.tool import Args, Context, Result, Tool

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interlock.index.code.graph import Edge
    from interlock.index.code.opened import Code

Kind = Literal[
    "",
    "module",
    "variable",
    "output",
    "local",
    "resource",
    "image",
    "alert",
    "value",
    "configmap",
    "secret",
    "serviceaccount",
    "file",
]
Wanted = Literal["", "set", "used", "does"]
_USED = ("module", "file", "variable", "output", "local", "resource", "image", "value", "configmap", "secret")
_MOST_OTHERS = 5


class IacReferencesArgs(Args):
    """What is asked of which name."""

    name: str = Field(
        min_length=1, description="a module, variable, output, image, alert, value, object or setting"
    )
    kind: Kind = Field("", description="what the name is; empty: found out")
    where: str = Field("", description="words that say where: a folder, module, environment or object")
    wanted: Wanted = Field(
        "", description="set: where it is set; used: who uses it; does: what a module does; empty: all"
    )


class IacReferences(Tool[IacReferencesArgs]):
    """Follows the references of code."""

    name = "iac_references"
    title = "Follow references in the code"
    description = (
        "Where a variable, value or setting is set; who uses a module, output, local, image, value, ConfigMap, Secret, "
        "ServiceAccount or included file; which runbook an alert names; what a module does, its inputs, outputs and "
        "resources. Each line names file and lines."
    )
    systems = ("knowledge",)
    args = IacReferencesArgs

    def run(self, args: IacReferencesArgs, context: Context) -> Result:
        """Look it up."""
        if not args.name.strip():
            raise BadInput(
                "iac_references: the name is empty", hint="name a module, a variable, an image or an alert"
            )
        code = code_of(context)
        found = _answer(code, args)
        about = " ".join(
            part for part in (args.wanted or "references", args.kind, args.name, args.where) if part
        )
        return stated(code, about, found, library_of(context).unread())

    def render(self, data: JsonValue) -> str:
        """One statement a line."""
        return statements_text(data)


def _answer(code: Code, args: IacReferencesArgs) -> list[Statement]:
    if args.kind == "alert":
        return _alert(code, args.name)
    found: list[Statement] = []
    if args.wanted in ("", "does") and args.kind in ("", "module"):
        found += _does(code, args)
    if args.wanted in ("", "used"):
        found += _used(code, args)
    if args.wanted == "set" or (not args.wanted and not found):
        found += _set(code, args)
    return found or _alert(code, args.name)


def _set(code: Code, args: IacReferencesArgs) -> list[Statement]:
    from interlock.index.code.settings import settings

    given = _given(code, args) if args.kind == "variable" else []
    name = f"default of the variable {args.name}" if args.kind == "variable" else args.name
    found = settings(code.base, name, args.where)
    lines = [Statement(setting.said, "set", setting.place) for setting in found]
    if found and found[0].unmatched:
        lines.append(Statement(f"nothing there answers to: {', '.join(found[0].unmatched)}", "unmatched"))
    return list(dict.fromkeys([*given, *lines]))


def _given(code: Code, args: IacReferencesArgs) -> list[Statement]:
    """What callers, tfvars and inputs give a module's variable."""
    from interlock.index.code.catalog import users

    edges = [
        edge
        for edge in users(code.graph, "variable", args.name, args.where)
        if edge.how.startswith("sets it")
    ]
    return [
        Statement(f"{e.at} {e.user} {e.how.replace('it', f'variable {e.used} of {e.scope}', 1)}", "set", e.at)
        for e in edges
    ]


def _used(code: Code, args: IacReferencesArgs) -> list[Statement]:
    from interlock.index.code.catalog import as_good, modules_named, users

    if args.kind in ("", "module"):
        folders = modules_named(code.base, code.graph, args.name, args.where)
        if folders:
            meant = as_good(code.base, code.graph, folders, args.where)
            return [line for folder in meant for line in _callers(code, folder)]
    kinds = (args.kind,) if args.kind else _USED
    edges = [edge for kind in kinds for edge in users(code.graph, kind, args.name, args.where)]
    return [_use(edge) for edge in edges]


def _callers(code: Code, folder: str) -> list[Statement]:
    called = code.graph.users("module", folder)
    head = f"{folder} is called by {len(called)} block{'' if len(called) == 1 else 's'}"
    return [Statement(head, "count"), *(_use(edge) for edge in called)]


def _use(edge: Edge) -> Statement:
    of = f" of {edge.scope}" if edge.kind in ("output", "variable", "local", "value") and edge.scope else ""
    how = "" if edge.how in ("reads it", "uses it") else f": {edge.how}"
    return Statement(f"{edge.at} {edge.user} uses {edge.kind} {edge.used}{of}{how}", "used", edge.at)


def _does(code: Code, args: IacReferencesArgs) -> list[Statement]:
    from interlock.index.code.catalog import as_good, described, modules_named

    folders = modules_named(code.base, code.graph, args.name, args.where)
    meant = as_good(code.base, code.graph, folders, args.where)
    found: list[Statement] = []
    for folder in meant:
        module = (
            described(code.base, folder)
            if any(f.folder == folder for f in code.base.files.values())
            else None
        )
        if module is None:
            continue
        if module.described:
            text, place = module.described
            found.append(Statement(f"{place} says of {folder}: {text}", "does", place))
        found += [
            Statement(line, "does", module.first)
            for line in _holdings(folder, module.variables, module.outputs, module.resources, module.calls)
        ]
    others = [folder for folder in folders if folder not in meant]
    if found and others:
        found.append(Statement(f"also called {args.name}: {', '.join(others[:_MOST_OTHERS])}", "others"))
    return found


def _holdings(
    folder: str,
    variables: Sequence[str],
    outputs: Sequence[str],
    resources: Sequence[str],
    calls: Sequence[str],
) -> list[str]:
    held = (
        ("declares", resources),
        ("calls the modules", calls),
        ("takes", variables),
        ("puts out", outputs),
    )
    return [f"{folder} {verb} {_listed(names)}" for verb, names in held if names]


def _listed(names: Sequence[str]) -> str:
    from interlock.index.code.catalog import MOST_NAMES

    shown = ", ".join(names[:MOST_NAMES])
    return shown + (f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else "")


def _alert(code: Code, name: str) -> list[Statement]:
    from interlock.index.code.catalog import alert_parts
    from interlock.index.code.model import Place

    found: list[Statement] = []
    for facts, part in alert_parts(code.base, name):
        url = part.text("annotations.runbook_url")
        place = Place(facts.path, part.start, part.end)
        said = f"names the runbook {url}" if url else "names no runbook"
        found.append(Statement(f"{place} alert {part.name} {said}", "runbook", place))
    return found + _pages(code, name) if found else []


def _pages(code: Code, name: str) -> list[Statement]:
    """Pages that are called like an alert."""
    from interlock.index.code.model import Place
    from interlock.index.code.naming import words

    wanted = words(name)
    return [
        Statement(
            f"{facts.path}:{part.start} is a page about {name}",
            "page",
            Place(facts.path, part.start, part.end),
        )
        for facts in code.base.files.values()
        for part in facts.parts
        if part.kind == "page"
        and wanted in (words(part.text("title")), words(facts.path.rpartition("/")[2][:-3]))
    ]


TOOL = IacReferences()
