"""Cuts a source into records: lines, table rows, one object per container, sections of a document.

A record is what must hold all atoms of a clause, so the cut decides what may be said together.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache

from interlock.agent.citations import lexicon
from interlock.agent.citations.model import Field, Record, Source, Token
from interlock.agent.citations.reading import read, split_words

_PATH = re.compile(r"^\s*(?P<path>[A-Za-z_][\w./@-]*(?:\[[^\]\n]*\][\w./@-]*)*)\s*(?::|=)\s+(?P<value>\S.*)$")
_CONTAINER = re.compile(
    r"(?:container|containers|initContainers|containerStatuses|initContainerStatuses)\[([^\]]+)\]"
)
_ENTRY = re.compile(r"^(?P<indent>\s*)(?:-\s+)?\"?(?P<key>[A-Za-z_][\w./-]*)\"?\s*[:=]\s*(?P<value>.*)$")
_OPENS = re.compile(r"^(?P<indent>\s*)(?:-\s+)?(?P<key>[\w\"./ -]+?)\s*(?:\{|:)\s*$")
_NUMBERED = re.compile(r"^\s*\d+\s*[|:](?:\s|$)")
_CELLS = re.compile(r"\s{2,}|\t+|\s*\|\s*")
# The name of a condition again: no statement that it holds.
_TYPE_OF_ITSELF = re.compile(r"^\S*conditions\[(?P<type>[^\]]+)\]\.type: (?P=type)$")
_CUT = re.compile(r"^\[?\.\.\. .*left out")
_IMPERATIVE = re.compile(
    r"^\s*(?:[-*]|\d+[.)])?\s*(?:check|run|raise|lower|increase|decrease|reduce|restart|scale|delete|remove|add|verify|"
    r"set|look|use|make|roll|wait|inspect|confirm|ensure|drain|cordon|rotate|renew|change|find|compare)\b",
    re.IGNORECASE,
)


def _label(text: str) -> tuple[Token, ...]:
    words: list[Token] = []
    for token in re.findall(r"[^\s.\[\]:/,()]+", text):
        for word in {token.lower(), *(w.lower() for w in split_words(token))}:
            key, sign, predicate = lexicon.concept(word)
            words.append(Token("word", word, key, sign, predicate))
    return tuple(words)


def _last(path: str) -> str:
    parts = re.split(r"\.(?![^\[]*\])", path)
    tail = parts[-1]
    if tail in ("status", "value") and len(parts) > 1:
        tail = parts[-2]
    inner = re.search(r"conditions?\[([^\]]+)\]$", tail)
    return inner.group(1) if inner else re.sub(r"\[[^\]]*\]", "", tail)


def path_field(path: str, value: str) -> Field:
    """A `path: value` line; the last step of the path is what the value speaks of."""
    found = _CONTAINER.search(path)
    label = (*_label(path), *_steps(path))
    return Field(value, read(value), label, _label(_last(path)), found.group(1) if found else None)


def _steps(path: str) -> tuple[Token, ...]:
    """The path from each of its steps to its end, as a claim may quote it."""
    parts = re.split(r"\.(?![^\[]*\])", path.lower())
    return tuple(Token("name", tail, tail) for n in range(len(parts) - 1) for tail in (".".join(parts[n:]),))


def _prose(text: str, *, subject: bool = False, modal: bool = False) -> Field:
    return Field(text, read(text), subject=subject, modal=modal)


def _line_field(line: str) -> Field:
    found = _PATH.match(line)
    return path_field(found["path"], found["value"]) if found else _prose(line.strip())


def _about(source: Source) -> tuple[Field, ...]:
    return (_prose(source.subject, subject=True),) if source.subject else ()


def _object(source: Source, lines: list[str]) -> Iterator[Record]:
    stated = (line for line in lines if not _TYPE_OF_ITSELF.match(line))
    fields = tuple(_line_field(line) for line in (*stated, *_zero_left_out(lines)))
    named: list[str | None] = [*dict.fromkeys(f.container for f in fields if f.container)]
    for key in named or [None]:
        mine = tuple(f for f in fields if f.container in (None, key))
        yield Record(source, (*_about(source), *mine))


def _zero_left_out(lines: list[str]) -> Iterator[str]:
    """`status.readyReplicas: 0`, which the API leaves out of a workload's status (omitempty); never where lines are cut."""
    paths = {line.partition(":")[0] for line in lines}
    whole = not any(_CUT.search(line) for line in lines)
    if whole and "status.observedGeneration" in paths and {"spec.replicas", "status.replicas"} <= paths:
        yield from ["status.readyReplicas: 0"] if "status.readyReplicas" not in paths else []


def _cells(line: str) -> list[str]:
    return [c.strip() for c in _CELLS.split(line.strip().strip("|")) if c.strip()]


def _cut(line: str, starts: list[int]) -> list[str]:
    ends = [*starts[1:], len(line)]
    return [line[a:b].strip() for a, b in zip(starts, ends, strict=True)]


def _rows(source: Source, lines: list[str]) -> Iterator[Record]:
    head = next((n for n, line in enumerate(lines) if len(_cells(line)) > 1), None)
    columns: list[str] = _cells(lines[head]) if head is not None else []
    starts = _starts(lines[head], columns) if head is not None else []
    for n, line in enumerate(lines):
        if n == head or not line.strip("|-+: "):
            continue
        cells = _cells(line)
        if len(cells) != len(columns) and head is not None and n > head and len(cells) > 1:
            cells = _cut(line, starts)
        if len(cells) != len(columns) or head is None or n < head:
            yield Record(source, (*_about(source), _prose(line.strip())), n)
            continue
        fields = (
            Field(cell, read(cell), _label(column), _label(column))
            for column, cell in zip(columns, cells, strict=True)
        )
        yield Record(source, (*_about(source), *fields), n)


def _starts(header: str, columns: list[str]) -> list[int]:
    out: list[int] = []
    at = 0
    for column in columns:
        at = header.index(column, at)
        out.append(at)
        at += len(column)
    return out


def _modal(text: str) -> bool:
    words = (w.lower() for w in re.findall(r"[A-Za-z]+", text))
    return any(w in lexicon.MODAL for w in words)


def _lines(source: Source, lines: list[str]) -> Iterator[Record]:
    for n, line in enumerate(lines):
        if not line.strip():
            continue
        diff = _PATH.match(line) if " -> " in line or " → " in line else None
        own = path_field(diff["path"], diff["value"]) if diff else _prose(line.strip(), modal=_says_if(line))
        yield Record(source, (*_about(source), own), n)


def _says_if(line: str) -> bool:
    return bool(
        re.search(r"\b(?:if|when|whenever|unless|may|might|should|would|whether)\b", line, re.IGNORECASE)
    )


def _document(source: Source, lines: list[str]) -> Iterator[Record]:
    block: list[str] = []
    heading: list[Field] = []
    for raw in [*lines, ""]:
        line = _NUMBERED.sub("", raw, count=1)
        if line.strip():
            block.append(line)
        elif block:
            fields = tuple(_nested(block)) if _is_config(block) else _paragraph(block)
            if all(b.lstrip().startswith("#") for b in block):
                fields = tuple(replace(f, modal=True) for f in fields)
                heading = list(fields)
            yield Record(source, (*_about(source), *heading, *fields))
            block = []


def _is_config(block: list[str]) -> bool:
    return sum(bool(_ENTRY.match(b) or b.strip() in ("}", "{", "---", "```")) for b in block) * 2 > len(block)


def _paragraph(block: list[str]) -> tuple[Field, ...]:
    text = "\n".join(block)
    sentences = re.split(r"(?<=[.!?])\s+|\n(?=\s*(?:[-*#]|\d+[.)]))", text)
    return tuple(
        _prose(s.strip(), modal=_modal(s) or bool(_IMPERATIVE.match(s))) for s in sentences if s.strip()
    )


def _nested(block: list[str]) -> Iterator[Field]:
    stack: list[tuple[int, str]] = []
    for line in block:
        found = _OPENS.match(line) or _ENTRY.match(line)
        if found is None:
            yield _prose(line.strip())
            continue
        indent = len(found["indent"])
        stack = [s for s in stack if s[0] < indent]
        value = found.groupdict().get("value")
        path = ".".join([*(key for _, key in stack), found["key"].strip()])
        if not value:
            stack.append((indent, found["key"].replace('"', " ").strip()))
        yield path_field(path, value) if value else _prose(line.strip())


@lru_cache(maxsize=64)
def records(source: Source) -> tuple[Record, ...]:
    """The records of a source, in the order of its lines."""
    lines = source.text.splitlines()
    cut = {"object": _object, "table": _rows, "document": _document}.get(source.kind, _lines)
    return tuple(cut(source, lines))


def merged(parts: Iterable[Record]) -> Record:
    """Several objects read as one, for a clause that names each of them."""
    chosen = list(parts)
    return Record(chosen[0].source, tuple(f for r in chosen for f in r.fields))
