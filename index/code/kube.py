"""Kubernetes objects in YAML: documents, items of Lists, Helm templates as text, and alerts inside rules.

An object is named `Kind namespace/name`; where a template stands in place of a name, the template is the name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from interlock.index.code.leaves import leaves
from interlock.index.code.model import Facts, Part, Ref, Value

_SEPARATOR = re.compile(r"---(?:\s|$)")
_ITEM = re.compile(r"items\[(\d+)\]\.?")
_ALERT = re.compile(r"(.*\[\d+\])\.alert$")
_VALUES = re.compile(r"\.Values\.([A-Za-z_][\w.-]*)")
_INDEXED = re.compile(r"index\s+\.Values((?:\s+\"[^\"]+\")+)")
_CRD = "CustomResourceDefinition"
_SHALLOW = 5
"""A schema's inside is no setting: of a CRD only what is near the margin is read."""


def facts(path: str, text: str) -> Facts:
    """The objects of a file, or its settings when it holds none."""
    lines = text.split("\n")
    parts = tuple(part for first, last in documents(lines) for part in _document(path, lines, first, last))
    return Facts(path, "yaml", parts, tuple(_template_values(lines)) if "{{" in text else ())


def documents(lines: Sequence[str]) -> Iterator[tuple[int, int]]:
    """The first and last line of each document, its separator and blank edges left out."""
    marks = [n for n, line in enumerate(lines, start=1) if _SEPARATOR.match(line)]
    for before, after in pairwise([0, *marks, len(lines) + 1]):
        first, last = before + 1, after - 1
        while first <= last and not lines[first - 1].strip():
            first += 1
        while last >= first and not lines[last - 1].strip():
            last -= 1
        if first <= last:
            yield first, last


def name_of(values: Sequence[Value], prefix: str = "") -> str:
    """`Kind namespace/name` of the object whose paths begin with `prefix`; '' when it has no kind."""
    at = {value.path: value.text for value in values}
    kind = at.get(prefix + "kind", "")
    named = [at.get(prefix + "metadata.namespace", ""), at.get(prefix + "metadata.name", "")]
    return f"{kind} {'/'.join(part for part in named if part)}".strip() if kind else ""


def _document(path: str, lines: Sequence[str], first: int, last: int) -> Iterator[Part]:
    schema = any(line.startswith(f"kind: {_CRD}") for line in lines[first - 1 : first + 40])
    values = tuple(leaves(lines, first, last, deepest=_SHALLOW if schema else 200))
    items = _items(values)
    if items and not _own_name(values):
        for start, end, held in _item_spans(lines, items, last):
            yield from _object(path, start, end, held)
        return
    yield from _object(path, first, last, values)


def _own_name(values: Sequence[Value]) -> bool:
    return any(value.path == "metadata.name" for value in values)


def _items(values: Sequence[Value]) -> dict[int, list[Value]]:
    found: dict[int, list[Value]] = {}
    for value in values:
        match = _ITEM.match(value.path)
        if match:
            found.setdefault(int(match[1]), []).append(
                Value(value.path[match.end() :], value.text, value.line)
            )
    return found


def _item_spans(
    lines: Sequence[str], items: dict[int, list[Value]], last: int
) -> Iterator[tuple[int, int, tuple[Value, ...]]]:
    """Each item's lines: from its dash to the line before the next one, or before a key at the margin."""
    starts = [_dash(lines, held[0].line) for held in items.values()]
    for (start, following), held in zip(pairwise([*starts, last + 1]), items.values(), strict=True):
        end = next((n - 1 for n in range(start + 1, following) if _leaves_list(lines[n - 1])), following - 1)
        yield start, end, tuple(held)


def _dash(lines: Sequence[str], line: int) -> int:
    while line > 1 and not lines[line - 1].lstrip().startswith("- "):
        line -= 1
    return line


def _leaves_list(line: str) -> bool:
    return bool(line) and line[0] not in " -#"


def _object(path: str, start: int, end: int, values: tuple[Value, ...]) -> Iterator[Part]:
    name = name_of(values)
    yield Part("object" if name else "settings", name or path.rpartition("/")[2], start, end, values)
    yield from alerts(values)


def alerts(values: Sequence[Value]) -> Iterator[Part]:
    """The alerts of Prometheus rules, each with its own settings."""
    for at, value in enumerate(values):
        match = _ALERT.match(value.path)
        if match:
            held = [v for v in values[at:] if v.path.startswith(match[1] + ".")]
            own = tuple(Value(v.path[len(match[1]) + 1 :], v.text, v.line) for v in held)
            yield Part("alert", value.text, value.line, max(v.line for v in held), own)


def _template_values(lines: Sequence[str]) -> Iterator[Ref]:
    for number, line in enumerate(lines, start=1):
        if ".Values" in line:
            for match in _VALUES.finditer(line):
                yield Ref("value", match[1].rstrip("."), number)
            for match in _INDEXED.finditer(line):
                yield Ref("value", ".".join(re.findall(r'"([^"]+)"', match[1])), number)
