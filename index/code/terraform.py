"""Terraform, OpenTofu and Terragrunt: blocks by tree-sitter, their settings, and the references in them.

A file with a syntax error keeps its blocks (the line scanner of `index.hcl` finds their bounds) and is said to be
unsound. Values are text, never evaluated.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from posixpath import basename
from typing import TYPE_CHECKING

from interlock.index import hcl
from interlock.index.code import braces
from interlock.index.code.model import Facts, Part, Ref, Value, cut

if TYPE_CHECKING:
    from tree_sitter import Node

DEEPEST = 6
DEEPEST_CALL = 40
_PREFIX = {"variable": "variable", "local": "local", "module": "output", "dependency": "output"}
_REF = re.compile(
    r"(?<![\w.\"-])(?:(?P<var>var|local)\.(?P<name>[A-Za-z_][\w-]*)"
    r"|(?P<of>module|dependency)\.(?P<module>[A-Za-z_][\w-]*)(?:\[[^\]\n]*\])?(?:\.outputs)?\.(?P<output>[A-Za-z_][\w-]*)"
    r"|(?P<data>data\.)?(?P<type>[a-z][a-z0-9]*_[a-z0-9_]+)\.(?P<resource>[A-Za-z_][\w-]*))"
)
_COMMENT = re.compile(r"^\s*(?:#|//)")
_LOOSE = ("locals", "inputs")


def facts(path: str, text: str) -> Facts:
    """The parts of one file and what they refer to."""
    lines = text.split("\n")
    tree = hcl.parse(text)
    if tree is None:
        return Facts(path, "hcl", tuple(_scanned(lines)), tuple(references(lines)), sound=False)
    body = hcl.body_of(tree)
    parts = tuple(_parts(path, body)) if body is not None else ()
    return Facts(path, "hcl", parts, tuple(references(lines)))


def references(lines: Sequence[str]) -> Iterator[Ref]:
    """What each line refers to; comments are passed over, templates in strings are not."""
    for number, line in enumerate(lines, start=1):
        if "." not in line or _COMMENT.match(line):
            continue
        for match in _REF.finditer(line):
            yield Ref(*_named(match), number)


def _named(match: re.Match[str]) -> tuple[str, str]:
    if match["var"]:
        return ("variable" if match["var"] == "var" else "local"), match["name"]
    if match["of"]:
        return "output", f"{match['module']}.{match['output']}"
    return "resource", f"{match['data'] or ''}{match['type']}.{match['resource']}"


def _scanned(lines: Sequence[str]) -> Iterator[Part]:
    for block in braces.blocks(lines):
        kind, _, name = block.title.partition(" ")
        if kind:
            yield Part(kind, name or kind, block.start, block.end)


def _parts(path: str, body: Node) -> Iterator[Part]:
    loose: list[Value] = []
    for node in body.named_children:
        if node.type == "block":
            yield from _block(node)
        elif node.type == "attribute":
            name, values = _attribute(node, "", 0)
            if name == "inputs":
                yield _inputs(node, values)
            else:
                loose += values
    if loose:
        yield Part("settings", basename(path), loose[0].line, max(v.line for v in loose), tuple(loose))


def _inputs(node: Node, values: list[Value]) -> Part:
    start, end = _span(node)
    return Part("inputs", "inputs", start, end, tuple(_without(values, "inputs")))


def _without(values: Sequence[Value], head: str) -> Iterator[Value]:
    for value in values:
        if value.path != head:
            yield Value(value.path.removeprefix(head + "."), value.text, value.line)


def _block(node: Node) -> Iterator[Part]:
    kind, labels = hcl.header_of(node)
    values = tuple(_values(node, "", 0))
    start, end = _span(node)
    yield Part(kind, ".".join(labels) or kind, start, end, values)


def _values(block: Node, prefix: str, depth: int) -> Iterator[Value]:
    body = hcl.body_of(block)
    for node in body.named_children if body is not None else ():
        if node.type == "attribute":
            yield from _attribute(node, prefix, depth)[1]
        elif node.type == "block" and depth < DEEPEST:
            kind, labels = hcl.header_of(node)
            yield from _values(node, prefix + ".".join([kind, *labels]) + ".", depth + 1)


def _attribute(node: Node, prefix: str, depth: int) -> tuple[str, list[Value]]:
    name, expression = node.named_children[0], node.named_children[-1]
    key = hcl.text_of(name)
    return key, _set(prefix + key, expression, node.start_point[0] + 1, depth)


def _set(path: str, expression: Node, line: int, depth: int) -> list[Value]:
    raw = hcl.text_of(expression)
    found = [Value(path, _plain(raw), line)]
    if "{" in raw and "=" in raw and depth < DEEPEST:
        found += [value for held in _objects(expression) for value in _elements(held, path, depth + 1)]
    return found


def _objects(node: Node, depth: int = 0) -> Iterator[Node]:
    """The outermost object literals inside an expression, also those in a function's arguments."""
    if depth > DEEPEST_CALL:
        return
    for child in node.named_children:
        if child.type == "object":
            yield child
        elif child.named_child_count and child.type not in (
            "quoted_template",
            "heredoc_template",
            "get_attr",
        ):
            yield from _objects(child, depth + 1)


def _elements(node: Node, path: str, depth: int) -> Iterator[Value]:
    for element in node.named_children:
        key = element.child_by_field_name("key") if element.type == "object_elem" else None
        held = element.child_by_field_name("val") if key is not None else None
        if key is not None and held is not None:
            name = hcl.text_of(key).strip('"')
            yield from _set(f"{path}.{name}", held, element.start_point[0] + 1, depth)


def _plain(raw: str) -> str:
    """A literal string without its quotes; any other expression as it stands."""
    if raw.startswith('"') and raw.endswith('"') and raw.count('"') == 2:
        return cut(raw[1:-1])
    return cut(raw)


def _span(node: Node) -> tuple[int, int]:
    return node.start_point[0] + 1, node.end_point[0] + 1
