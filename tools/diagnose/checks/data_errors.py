"""Input that a program cannot read: malformed, of another schema, or violating a constraint.

Detects: parse, decode, schema and validation errors in logs.
Source: JSON (RFC 8259) and Avro parsers' messages; SQL state 22xxx and 23xxx.
Example: json.decoder.JSONDecodeError: Expecting value: line 1 column 1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from interlock.tools.diagnose.check import Check
from interlock.tools.diagnose.lines import Line
from interlock.tools.diagnose.logged import groups, logged
from interlock.tools.diagnose.model import Finding
from interlock.tools.diagnose.phrases import clause, quoted, whose
from interlock.tools.diagnose.scene import Scene

PATTERN = re.compile(
    r"JSONDecodeError|UnicodeDecodeError|JsonParseException|JsonMappingException|unexpected token .{1,20} in JSON|invalid character .{1,20} looking for"
    r"|schema (mismatch|validation|violation|error)|SchemaError|does not (match|conform to) (the )?schema"
    r"|validation (error|failed)s?\b|ValidationError|violates (not-null|unique|check|foreign key) constraint|malformed (record|row|message|input|payload)"
    r"|(cannot|could not|failed to|unable to) (parse|decode|deserialize|cast) |invalid (record|row|input|date|timestamp|value)\b|corrupt(ed)? (record|row|data|file)"
    r"|\bexpected \w+,? (?:but )?(?:got|found)\b|\bFound \w+, expecting \w+|AvroTypeException|could not convert string to \w+|Expecting value\b"
    r"|\d+ (?:of|out of|/) ?\d+ (?:records|rows|messages|lines) (?:failed|could not|rejected)"
    r"|missing (required )?(column|field)|null values? in column|duplicate key value",
    re.IGNORECASE,
)

_TELLING = tuple(
    re.compile(words, re.IGNORECASE)
    for words in (
        r"expected .{1,40}(got|found)|expecting|convert string",
        r"field|column|key|property",
        r"line \d|offset|row \d",
    )
)


def _key(line: Line, match: re.Match[str]) -> str | None:
    return "" if line.bad else None


def _telling(line: Line) -> int:
    """How much a line says about what is wrong: the types, the field, a place in the input."""
    return sum(bool(pattern.search(line.text)) for pattern in _TELLING)


def find(scene: Scene) -> Iterator[Finding]:
    """Input errors by workload."""
    for every in groups(scene, PATTERN, _key):
        # The line that is shown is the last one.
        group = replace(every, lines=tuple(sorted(every.lines, key=_telling)))
        text = f"{group.subject} cannot read its input: {quoted(clause(group.sample.text, PATTERN, 60))}"
        yield logged(scene, "data_errors", "data_quality", group, text, PATTERN)


def clear(scene: Scene) -> str:
    """Logs without input errors."""
    return (
        f"no parse, schema or validation error in logs{whose(scene)}: {len(scene.lines)} lines were read"
        if scene.lines
        else ""
    )


CHECK = Check(find, clear)
