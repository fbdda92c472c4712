"""The commands that a page tells people to run, read from its fenced code. Nothing is ever run.

Threat: a page is somebody else's text. Mechanism: it is taken apart into words by shlex and never given to a shell.
Guarantee: any text can be read; what cannot be taken apart is told as a line number, not guessed at.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence

from interlock.tools.knowledge.care.model import Command

PROGRAMS = frozenset({"kubectl", "terraform", "helm", "git"})
SHELLS = frozenset({"", "sh", "bash", "shell", "zsh", "console", "shell-session", "terminal", "text", "ksh"})
_WRAPPERS = frozenset({"sudo", "time", "nohup", "watch", "exec", "env", "xargs", "timeout", "nice"})
_KEYWORDS = frozenset({"do", "then", "else", "if", "elif", "while", "until", "!", "{", "$"})
_FENCE = re.compile(r"\s*(?:>\s*)?(`{3,}|~{3,})\s*([\w+-]*)")
_PROMPT = re.compile(r"^\s*(?:\$|#|%|>)\s+(?=\S)")
_PLACEHOLDER = re.compile(r"<[A-Za-z][^<>|&;\n]{0,60}>|\{\{.*?\}\}")
_ASSIGNS = re.compile(r"[A-Za-z_]\w*=")
_HEREDOC = re.compile(r"<<-?\s*[\"']?(\w+)[\"']?")
PLACEHOLDER = "PLACEHOLDER"
MOST_JOINED = 60


def commands(lines: Sequence[str]) -> tuple[list[Command], list[int]]:
    """The commands of programs that can be checked, and the lines that could not be taken apart."""
    found: list[Command] = []
    unread: list[int] = []
    for first, block in _blocks(lines):
        for number, text in _joined(first, block):
            argvs = split(text)
            if argvs is None:
                if PROGRAMS & set(re.findall(r"[a-z]+", text)):
                    unread.append(number)
                continue
            found += [Command(number, argv) for argv in argvs]
    return found, unread


def split(text: str) -> list[tuple[str, ...]] | None:
    """The commands of known programs in one line of shell; None when its quotes do not close."""
    lexer = shlex.shlex(_PLACEHOLDER.sub(PLACEHOLDER, text), posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    try:
        words = list(lexer)
    except ValueError:
        return None
    pieces: list[list[str]] = [[]]
    for word in words:
        if word and set(word) <= set("();<>|&"):
            pieces.append([])
        else:
            pieces[-1].append(word)
    return [argv for piece in pieces if (argv := _program(piece))]


def _program(words: list[str]) -> tuple[str, ...]:
    """The words from a known program on, when one is what is run."""
    at = 0
    while at < len(words) and (words[at] in _KEYWORDS or _ASSIGNS.match(words[at])):
        at += 1
    if at < len(words) and words[at] in _WRAPPERS:
        at = next((n for n in range(at, len(words)) if words[n] in PROGRAMS), len(words))
    return tuple(words[at:]) if at < len(words) and words[at] in PROGRAMS else ()


def _blocks(lines: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """Fenced shell code: the number of its first line, and its lines."""
    fence, first, kept = "", 0, False
    for number, line in enumerate(lines, start=1):
        mark = _FENCE.match(line)
        if not mark:
            continue
        if not fence:
            fence, first, kept = mark[1], number + 1, mark[2].lower() in SHELLS
        elif mark[1].startswith(fence) and not mark[2]:
            if kept:
                yield first, [line.removeprefix(">") for line in lines[first - 1 : number - 1]]
            fence = ""


def _joined(first: int, block: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Whole commands: continued lines and open quotes joined, prompts taken off, here-documents skipped."""
    prompted = any(re.match(r"\s*\$ ", line) for line in block)
    text, start, until = "", first, ""
    for number, line in enumerate(block, start=first):
        if until:
            until = "" if line.strip() == until else until
            continue
        if not text:
            if prompted and not re.match(r"\s*\$ ", line):
                continue
            start = number
        text += _PROMPT.sub("", line) if prompted and not text else line
        if line.endswith("\\"):
            text = text[:-1] + " "
            continue
        if split(text) is None and number - start < MOST_JOINED and number < first + len(block) - 1:
            text += "\n"
            continue
        heredoc = _HEREDOC.search(text)
        until = heredoc[1] if heredoc else ""
        yield start, text
        text = ""
    if text:
        yield start, text
