"""What the shapes say about a document, be it parsed or text: places to hide, and values whose copies go too."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from interlock.core.redaction import guards
from interlock.core.redaction.manifests import secret_values
from interlock.core.redaction.model import SHAPE, Finding, JsonValue
from interlock.core.redaction.placed import Leaf, read
from interlock.core.redaction.scan import decoded
from interlock.core.redaction.shapes import Shape, all_shapes

Path = tuple[str | int, ...]
_NESTED = 3


@dataclass(slots=True)
class Structure:
    """Findings by character offset, and the values to look for elsewhere in the same text."""

    findings: list[Finding] = field(default_factory=list)
    copies: set[str] = field(default_factory=set)


def in_text(text: str) -> Structure:
    """Read whatever JSON and YAML the text holds."""
    found = Structure()
    for start, end, kind in secret_values(text):
        _note(found, text[start:end], Finding(start, end, kind, SHAPE), strict=True)
    shapes = tuple(s for s in all_shapes() if any(k in text for k in s.keywords))
    if shapes:
        _read(found, text, shapes, (), _NESTED)
    return found


def _read(
    found: Structure, text: str, shapes: tuple[Shape, ...], outer: tuple[Leaf, ...], depth: int
) -> None:
    """Nested documents are strings of the outer one; their offsets go through the outer strings' maps."""
    for root in read(text):
        for _, leaf, kind, shape in hits(root, shapes):
            if isinstance(leaf, Leaf):
                start, end = _outward(leaf, outer)
                strict = not shape.id.startswith("terraform")
                _note(found, str(leaf), Finding(start, end, kind, SHAPE), strict=strict, copies=shape.copies)
        for leaf in _strings(root) if depth else ():
            if "{" in leaf and any(k in leaf for s in shapes for k in s.keywords):
                _read(found, str(leaf), shapes, (*outer, leaf), depth - 1)


def _outward(leaf: Leaf, outer: tuple[Leaf, ...]) -> tuple[int, int]:
    start, end = leaf.start, leaf.end
    for holder in reversed(outer):
        start, end = holder.place(start, end)
    return start, end


def _note(found: Structure, value: str, finding: Finding, *, strict: bool, copies: bool = True) -> None:
    if finding.end > finding.start and value not in ("null", "true", "false", "{}", "[]"):
        found.findings.append(finding)
    if copies:
        found.copies |= {v for v in _plain_and_decoded(value) if worth_copying(v, strict=strict)}


def _plain_and_decoded(value: str) -> tuple[str, ...]:
    inner = decoded(value.encode()) if len(value) < 4_096 and value.isascii() else None
    return (value,) if inner is None else (value, inner.decode("utf-8"))


def worth_copying(value: str, *, strict: bool) -> bool:
    """Telling enough to be hidden wherever it stands: `strict` leaves plain words alone."""
    if not 6 <= len(value) <= 4_096 or guards.is_placeholder(value) or guards.is_word(value):
        return False
    if guards.is_path(value) or guards.is_measure(value) or (guards.is_number(value) and len(value) < 10):
        return False
    return not strict or (len(value) >= 8 and guards.looks_secret(value))


def copied_forms(value: str) -> set[str]:
    """How the value may be written elsewhere: plain, in JSON, in a URL, in base64."""
    forms = {
        value,
        json.dumps(value)[1:-1],
        json.dumps(value, ensure_ascii=False)[1:-1],
        quote(value, safe=""),
    }
    forms |= {base64.b64encode(value.encode()).decode(), base64.urlsafe_b64encode(value.encode()).decode()}
    forms |= (
        {line.strip() for line in value.splitlines() if len(line.strip()) >= 16} if "\n" in value else set()
    )
    return forms


def hits(root: object, shapes: tuple[Shape, ...]) -> Iterator[tuple[Path, object, str, Shape]]:
    """Every scalar that some shape hides: its path from the root, itself, the marker kind, the shape."""
    pending: list[tuple[Path, object]] = [((), root)]
    while pending:
        path, node = pending.pop()
        if isinstance(node, Mapping):
            for shape in shapes:
                for below, kind in shape.find(node):
                    yield from (
                        (p, leaf, kind, shape) for p, leaf in _scalars((*path, *below), _at(node, below))
                    )
            pending.extend(((*path, k), v) for k, v in node.items() if isinstance(v, (Mapping, list)))
        elif isinstance(node, list):
            pending.extend(((*path, i), v) for i, v in enumerate(node) if isinstance(v, (Mapping, list)))


def _at(node: object, path: Path) -> object:
    for step in path:
        if isinstance(node, Mapping):
            node = node.get(step)
        elif isinstance(node, list) and isinstance(step, int) and step < len(node):
            node = node[step]
        else:
            return None
    return node


def _scalars(path: Path, node: object) -> Iterator[tuple[Path, object]]:
    pending: list[tuple[Path, object]] = [(path, node)]
    while pending:
        at, item = pending.pop()
        if isinstance(item, Mapping):
            pending.extend(((*at, k), v) for k, v in item.items())
        elif isinstance(item, list):
            pending.extend(((*at, i), v) for i, v in enumerate(item))
        elif item is not None and not isinstance(item, bool):
            yield at, item


def _strings(root: object) -> Iterator[Leaf]:
    return (leaf for _, leaf in _scalars((), root) if isinstance(leaf, Leaf))


def in_value(value: JsonValue) -> tuple[dict[Path, str], set[str]]:
    """Paths of the scalars to hide with their kinds, and the values to look for elsewhere."""
    paths: dict[Path, str] = {}
    found = Structure()
    for path, leaf, kind, shape in hits(value, all_shapes()):
        paths.setdefault(path, kind)
        if isinstance(leaf, str):
            _note(
                found,
                leaf,
                Finding(0, 0, kind),
                strict=not shape.id.startswith("terraform"),
                copies=shape.copies,
            )
    return paths, found.copies
