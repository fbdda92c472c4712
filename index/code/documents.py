"""Files that describe rather than declare: charts, kustomizations, dashboards, jsonnet, Terraform in JSON, README pages."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from posixpath import basename, dirname

from pydantic import JsonValue

from interlock.index.code.leaves import leaves
from interlock.index.code.model import Facts, Part, Ref, Value, cut
from interlock.index.code.terraform import references

_JSONNET_ALERT = re.compile(r"\balert\s*:\s*['\"]([\w.-]+)['\"]")
_JSONNET_RUNBOOK = re.compile(r"\brunbook_url\s*:\s*['\"]([^'\"]+)['\"]")
_HEADING = re.compile(r"#{1,2}\s+(.+)")
_NOT_PROSE = ("<!--", "[!", "![", "---", "```", "|", "#", "<", "tags:", "- ", "* ", ":")
_MOST_JSON = 512 * 1024
_BLOCKS = {
    "resource": 2,
    "data": 2,
    "module": 1,
    "variable": 1,
    "output": 1,
    "provider": 1,
    "locals": 0,
    "terraform": 0,
}


def chart(path: str, text: str) -> Facts:
    """A chart by its name."""
    return _whole(path, text, "chart", "name")


def kustomization(path: str, text: str) -> Facts:
    """A kustomization by its folder."""
    return _whole(path, text, "kustomization", "")


def _whole(path: str, text: str, kind: str, named: str) -> Facts:
    lines = text.split("\n")
    values = tuple(leaves(lines, 1, len(lines)))
    name = next((v.text for v in values if named and v.path == named), "") or dirname(path) or basename(path)
    return Facts(path, "yaml", (Part(kind, name, 1, _end(lines), values),))


def jsonnet(path: str, text: str) -> Facts:
    """Jsonnet as text: the alerts in it."""
    lines = text.split("\n")
    found = [(n, match[1]) for n, line in enumerate(lines, start=1) if (match := _JSONNET_ALERT.search(line))]
    alerts = tuple(_alert(lines, n, name) for n, name in found)
    return Facts(path, "jsonnet", (Part("jsonnet", basename(path), 1, _end(lines)), *alerts))


def _alert(lines: Sequence[str], start: int, name: str) -> Part:
    end = min(start + 30, len(lines))
    for number in range(start + 1, end + 1):
        if _JSONNET_ALERT.search(lines[number - 1]):
            break
        if match := _JSONNET_RUNBOOK.search(lines[number - 1]):
            return Part("alert", name, start, number, (Value("annotations.runbook_url", match[1], number),))
    return Part("alert", name, start, start)


def page(path: str, text: str) -> Facts:
    """A Markdown page: its title and the first paragraph, which in a module says what it does."""
    lines = text.split("\n")
    title = next(
        ((n, m[1]) for n, line in enumerate(lines[:80], start=1) if (m := _HEADING.match(line))), None
    )
    said = _prose(lines, title[0] if title else 0)
    values = [Value("title", cut(title[1].strip("` ")), title[0])] if title else []
    values += [Value("description", cut(words), line) for line, words in said]
    end = max((v.line for v in values), default=1)
    return Facts(
        path,
        "markdown",
        (
            Part(
                "page",
                values[0].text if title else basename(path),
                values[0].line if values else 1,
                end,
                tuple(values),
            ),
        ),
    )


def _prose(lines: Sequence[str], after: int) -> list[tuple[int, str]]:
    """The first line of prose behind the title, outside front matter, badges, code and comments."""
    fenced = hidden = False
    for number, line in enumerate(lines[after : after + 60], start=after + 1):
        text = line.strip()
        fenced ^= text.startswith("```")
        hidden = (hidden or text.startswith("<!--")) and "-->" not in text
        if text and not fenced and not hidden and not text.startswith(_NOT_PROSE) and len(text.split()) > 3:
            return [(number, text)]
    return []


def json_file(path: str, text: str) -> Facts:
    """A Grafana dashboard, Terraform in JSON, or nothing we know."""
    if len(text) > _MOST_JSON:
        return Facts(path, "json")
    try:
        held = json.loads(text)
    except (ValueError, RecursionError):
        return Facts(path, "json", sound=False)
    lines = text.split("\n")
    if not isinstance(held, dict):
        return Facts(path, "json")
    if path.endswith((".tf.json", ".tofu.json")):
        return Facts(path, "json", tuple(_terraform(lines, held)), tuple(_template_refs(lines)))
    if "panels" in held and isinstance(title := held.get("title"), str):
        values = (
            Value("title", cut(title), _line_of(lines, title)),
            Value("uid", str(held.get("uid") or ""), _line_of(lines, "uid")),
        )
        return Facts(path, "json", (Part("dashboard", title, 1, _end(lines), values),))
    return Facts(path, "json")


def _terraform(lines: Sequence[str], held: Mapping[str, JsonValue]) -> Iterator[Part]:
    for kind, depth in _BLOCKS.items():
        for labels, body in _labelled(held.get(kind), depth):
            line = _line_of(lines, labels[-1] if labels else kind)
            values = tuple(
                Value(
                    key,
                    cut(value if isinstance(value, str) else json.dumps(value)),
                    _line_of(lines, key, line),
                )
                for key, value in body.items()
            )
            end = max([line, *(v.line for v in values)])
            yield Part(kind, ".".join(labels) or kind, line, end, values)


def _labelled(held: JsonValue, depth: int) -> Iterator[tuple[list[str], Mapping[str, JsonValue]]]:
    for item in held if isinstance(held, list) else [held]:
        if isinstance(item, dict) and depth == 0:
            yield [], item
        elif isinstance(item, dict):
            for label, inner in item.items():
                for labels, body in _labelled(inner, depth - 1):
                    yield [label, *labels], body


def _template_refs(lines: Sequence[str]) -> Iterator[Ref]:
    """In JSON every expression stands in a string's template."""
    inner = [" ".join(re.findall(r"\$\{([^}]*)\}", line)) for line in lines]
    yield from references(inner)


def _line_of(lines: Sequence[str], word: str, after: int = 1) -> int:
    mark = json.dumps(word)
    return next((n for n in range(after, len(lines) + 1) if mark in lines[n - 1]), after)


def _end(lines: Sequence[str]) -> int:
    return max((n for n, line in enumerate(lines, start=1) if line.strip()), default=1)
