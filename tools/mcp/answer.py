"""What a server answered, as data: its structured content, or its text; of all else only that it was there."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import JsonValue

if TYPE_CHECKING:
    from mcp_types import CallToolResult

MOST_TEXT = 1_000_000


@dataclass(frozen=True)
class Told:
    """The data of an answer, still untrusted, and what of it was not looked at."""

    data: dict[str, JsonValue]
    limits: tuple[str, ...] = ()


def told(result: CallToolResult) -> Told:
    """Read an answer."""
    text = "\n".join(_texts(result))
    shown: dict[str, JsonValue] = {}
    if result.structured_content is not None:
        shown["structured"] = result.structured_content
    if text and not _same(text, result.structured_content):
        shown["text"] = text[:MOST_TEXT]
    limits = [f"{count} {kind} in the answer" for kind, count in _others(result).items()]
    if len(text) > MOST_TEXT:
        limits.append(f"{len(text) - MOST_TEXT} characters of the answer after the first {MOST_TEXT}")
    return Told(shown, tuple(limits))


def rendered(data: JsonValue) -> str:
    """`path: value`, one a line, then the text as it is."""
    held = data if isinstance(data, dict) else {}
    lines = [*_lines("", held["structured"])] if "structured" in held else []
    text = held.get("text")
    return "\n".join([*lines, *([text] if isinstance(text, str) else [])]) or "(the answer is empty)"


def _texts(result: CallToolResult) -> Iterator[str]:
    from mcp_types import EmbeddedResource, ResourceLink, TextContent, TextResourceContents

    for block in result.content:
        if isinstance(block, TextContent):
            yield block.text
        elif isinstance(block, EmbeddedResource) and isinstance(block.resource, TextResourceContents):
            yield f"{block.resource.uri}\n{block.resource.text}"
        elif isinstance(block, ResourceLink):
            yield f"{block.name}: {block.uri}"


def _others(result: CallToolResult) -> Counter[str]:
    from mcp_types import EmbeddedResource, ResourceLink, TextContent, TextResourceContents

    return Counter(
        f"{block.type} not read"
        for block in result.content
        if not isinstance(block, TextContent | ResourceLink)
        and not (isinstance(block, EmbeddedResource) and isinstance(block.resource, TextResourceContents))
    )


def _same(text: str, structured: object) -> bool:
    """Whether the text only repeats the structured content, as servers do for older clients."""
    if structured is None:
        return False
    try:
        return bool(json.loads(text) == structured)
    except (ValueError, RecursionError):
        return False


def _lines(path: str, value: JsonValue) -> Iterator[str]:
    if isinstance(value, dict) and value:
        for key, held in value.items():
            yield from _lines(f"{path}.{key}" if path else key, held)
    elif isinstance(value, list) and value:
        for number, held in enumerate(value):
            yield from _lines(f"{path}[{number}]", held)
    else:
        said = value if isinstance(value, str) else json.dumps(value)
        yield f"{path}: {said}" if path else said
