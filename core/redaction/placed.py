"""JSON read where it stands: in a whole document, a log line, a truncated dump, a string inside JSON.

Guarantees: every scalar knows its place in the text; broken or cut input yields what could be read; linear,
no recursion. Not a validator: what does not fit is skipped.
"""

from __future__ import annotations

import re
from typing import TypeAlias

_TOKEN = re.compile(r'\x00|"(?:[^"\\\n]|\\.)*+"|[{}\[\]:]|,|[^\s"{}\[\],:\x00]++|"[^\n]*')
_ESCAPE = re.compile(r'\\(?:u[0-9a-fA-F]{4}|["\\/bfnrt])')
_PLAIN = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_DEPTH = 400


class Leaf(str):
    """A scalar with the bounds of its content in the text; `at` maps content offsets when it holds escapes."""

    start: int
    end: int
    at: list[int] | None

    def place(self, start: int, end: int) -> tuple[int, int]:
        """Where a stretch of the content stands in the text."""
        if self.at is None:
            return self.start + start, self.start + end
        return self.at[start], self.at[end]


Node: TypeAlias = "Leaf | list[Node] | dict[str, Node]"


def read(text: str) -> list[Node]:
    """Every JSON object or array in the text, outermost ones."""
    top: list[Node] = []
    stack: list[list[Node] | dict[str, Node]] = []
    keys: list[str | None] = []
    held: Leaf | None = None
    for match in _TOKEN.finditer(text):
        token = match.group()
        if token in "{[":
            node: list[Node] | dict[str, Node] = {} if token == "{" else []
            if len(stack) < _DEPTH:
                _put(top, stack, keys, held, node)
                stack.append(node)
                keys.append(None)
            held = None
        elif token in "}]":
            _put(top, stack, keys, held, None)
            held = None
            if stack and isinstance(stack[-1], dict) is (token == "}"):
                stack.pop()
                keys.pop()
        elif token == ":":
            if held is not None and stack and isinstance(stack[-1], dict):
                keys[-1], held = str(held), None
        elif token == "\x00":
            # Texts joined by the redactor: what one leaves open does not reach into the next.
            stack.clear()
            keys.clear()
            held = None
        elif token == ",":
            _put(top, stack, keys, held, None)
            held = None
        elif stack:
            held = _leaf(token, match.start())
    _put(top, stack, keys, held, None)
    return top


def _put(
    top: list[Node],
    stack: list[list[Node] | dict[str, Node]],
    keys: list[str | None],
    held: Leaf | None,
    node: Node | None,
) -> None:
    """Hang `node`, or else the held scalar, under the open container."""
    value = node if node is not None else held
    if value is None:
        return
    if not stack:
        if not isinstance(value, Leaf):
            top.append(value)
        return
    parent = stack[-1]
    if isinstance(parent, list):
        parent.append(value)
    elif keys[-1] is not None:
        parent[keys[-1]] = value
        keys[-1] = None


def _leaf(token: str, start: int) -> Leaf:
    quoted = token.startswith('"')
    body = token[1:-1] if quoted and token.endswith('"') and len(token) > 1 else token.lstrip('"')
    begin = start + (1 if quoted else 0)
    at: list[int] | None = None
    content = body
    if quoted and "\\" in body:
        content, at = _unescaped(body, begin)
    leaf = Leaf(content)
    leaf.start, leaf.end, leaf.at = begin, begin + len(body), at
    return leaf


def _unescaped(body: str, begin: int) -> tuple[str, list[int]]:
    pieces: list[str] = []
    at: list[int] = []
    last = 0
    for match in _ESCAPE.finditer(body):
        pieces.append(body[last : match.start()])
        at.extend(range(begin + last, begin + match.start()))
        code = match.group()[1:]
        pieces.append(chr(int(code[1:], 16)) if code[0] == "u" else _PLAIN.get(code, code))
        at.append(begin + match.start())
        last = match.end()
    pieces.append(body[last:])
    at.extend(range(begin + last, begin + len(body) + 1))
    return "".join(pieces), at
