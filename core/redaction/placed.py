"""JSON read where it stands: in a whole document, a log line, a truncated dump, a string inside JSON.

Guarantees: every scalar knows its place in the text; broken or cut input yields what could be read; linear,
no recursion. Not a validator: what does not fit is skipped.
"""

from __future__ import annotations

import re
from collections.abc import Callable
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
    reader = _Reader()
    for match in _TOKEN.finditer(text):
        mark = match.group()
        act = _ACTS.get(mark)
        if act is not None:
            act(reader, mark)
        elif reader.stack:
            reader.held = _leaf(mark, match.start())
    reader.put()
    return reader.top


class _Reader:
    """The open containers, each with the key that waits for its value."""

    def __init__(self) -> None:
        self.top: list[Node] = []
        self.stack: list[list[Node] | dict[str, Node]] = []
        self.keys: list[str | None] = []
        self.held: Leaf | None = None

    def open(self, mark: str) -> None:
        node: list[Node] | dict[str, Node] = {} if mark == "{" else []
        if len(self.stack) < _DEPTH:
            self._hang(node)
            self.stack.append(node)
            self.keys.append(None)
        self.held = None

    def close(self, mark: str) -> None:
        self.put()
        if self.stack and isinstance(self.stack[-1], dict) is (mark == "}"):
            self.stack.pop()
            self.keys.pop()

    def name(self, _: str = "") -> None:
        if self.held is not None and self.stack and isinstance(self.stack[-1], dict):
            self.keys[-1], self.held = str(self.held), None

    def put(self, _: str = "") -> None:
        if self.held is not None:
            self._hang(self.held)
        self.held = None

    def reset(self, _: str = "") -> None:
        """Texts joined by the redactor: what one leaves open does not reach into the next."""
        self.stack.clear()
        self.keys.clear()
        self.held = None

    def _hang(self, value: Node) -> None:
        if not self.stack:
            self.top.append(value)
            return
        parent = self.stack[-1]
        if isinstance(parent, list):
            parent.append(value)
        elif (key := self.keys[-1]) is not None:
            parent[key] = value
            self.keys[-1] = None


_ACTS: dict[str, Callable[[_Reader, str], None]] = {
    "{": _Reader.open,
    "[": _Reader.open,
    "}": _Reader.close,
    "]": _Reader.close,
    ":": _Reader.name,
    ",": _Reader.put,
    "\x00": _Reader.reset,
}


def _leaf(mark: str, start: int) -> Leaf:
    quoted = mark.startswith('"')
    body = mark[1:-1] if quoted and mark.endswith('"') and len(mark) > 1 else mark.lstrip('"')
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
