"""HCL by top-level block, found by brace depth: for files whose grammar is broken, or when no parser is there.

Strings (with their `${...}` and `%{...}`), comments and heredocs are skipped over, so a brace inside them
counts for nothing. A block that never closes ends where the next one begins at the left margin. One pass,
linear in the text; a grammar is not checked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from interlock.index.chunks import Block

_HEADER = re.compile(r'([A-Za-z][\w-]*)((?:[ \t]+(?:"[^"\n]*"|[\w-]+))*)[ \t]*\{')
_LABEL = re.compile(r'"([^"\n]*)"|([\w-]+)')
_TOP_WORD = re.compile(
    r"(?:resource|data|module|variable|output|provider|locals|terraform|moved|import|removed|check)\s"
)
_TOKEN = re.compile(r'"|\#|//|/\*|<<-?[ \t]*([A-Za-z_][\w-]*)|[{}\[\]()]')
_IN_STRING = re.compile(r'\\.|"|\$\$\{|%%\{|[$%]\{')


@dataclass(slots=True)
class _Scan:
    """Where the scanner stands: `stack` holds open brackets, and `"` for a string around a template."""

    stack: list[str] = field(default_factory=list)
    heredoc: str = ""
    comment: bool = False


def blocks(lines: Sequence[str]) -> Iterator[Block]:
    """Top-level blocks, each with the comment lines right above it; what lies between them in pieces."""
    loose = 1  # the first line not yet given to a block
    opened = 0
    title = ""
    scan = _Scan()
    for number, line in enumerate(lines, start=1):
        at_top = not scan.stack and not scan.heredoc and not scan.comment
        header = _top_header(line) if at_top or _restarts(scan, line) else ""
        if header:
            if opened:
                yield Block(opened, number - 1, title, (title,))
                loose = number
                scan = _Scan()
            opened, title = with_comments(lines, loose, number), header
            yield from _between(loose, opened)
        _feed(scan, line)
        if opened and not scan.stack and not scan.heredoc and not scan.comment:
            yield Block(opened, number, title, (title,))
            loose, opened = number + 1, 0
    yield Block(opened, len(lines), title, (title,)) if opened else Block(loose, len(lines))


def _between(first: int, stop: int) -> Iterator[Block]:
    if first < stop:
        yield Block(first, stop - 1)


def _restarts(scan: _Scan, line: str) -> bool:
    """Inside an unclosed block, a known block word at the left margin means that a brace was forgotten."""
    return not scan.heredoc and not scan.comment and _TOP_WORD.match(line) is not None


def _top_header(line: str) -> str:
    match = _HEADER.match(line.lstrip()[:400])
    if not match:
        return ""
    labels = [quoted or bare for quoted, bare in _LABEL.findall(match[2])]
    return " ".join([match[1], ".".join(labels)]).strip()


def with_comments(lines: Sequence[str], first: int, start: int) -> int:
    """The first of the comment lines right above line `start`, none before line `first`."""
    while start > first and lines[start - 2].lstrip().startswith(("#", "//")):
        start -= 1
    return start


def _feed(scan: _Scan, line: str) -> None:
    """Advance over one line."""
    if scan.heredoc:
        if line.strip() == scan.heredoc:
            scan.heredoc = ""
        return
    at = 0
    while at < len(line):
        if scan.comment:
            at = _past_comment(scan, line, at)
        elif scan.stack and scan.stack[-1] == '"':
            at = _past_string(scan, line, at)
        else:
            at = _past_code(scan, line, at)
    while scan.stack and scan.stack[-1] == '"':
        scan.stack.pop()  # a quoted string ends with its line at the latest


def _past_comment(scan: _Scan, line: str, at: int) -> int:
    end = line.find("*/", at)
    if end < 0:
        return len(line)
    scan.comment = False
    return end + 2


def _past_string(scan: _Scan, line: str, at: int) -> int:
    match = _IN_STRING.search(line, at)
    if not match:
        return len(line)
    if match[0] == '"':
        scan.stack.pop()
    elif match[0] in ("${", "%{"):
        scan.stack.append("{")
    return match.end()


def _past_code(scan: _Scan, line: str, at: int) -> int:
    match = _TOKEN.search(line, at)
    if not match or match[0] in ("#", "//"):
        return len(line)
    mark = match[0]
    if mark == "/*":
        scan.comment = True
    elif match[1]:
        scan.heredoc = match[1]
        return len(line)
    elif mark in '"{[(':
        scan.stack.append(mark)
    elif scan.stack:
        scan.stack.pop()
    return match.end()
