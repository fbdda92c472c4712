"""The words of this room: a chunk of a file, the notes taken while reading, and a folder's worth of both.

A chunk is a run of whole lines and says exactly which: its text is those lines joined by newlines.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Kind = Literal["runbook", "iac"]
Role = Literal["text", "front"]
Clean = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Meta:
    """What is known of a page beside its text. `commit` is empty unless the folder is a Git checkout."""

    folder: str = ""
    alerts: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    owner: str | None = None
    last_reviewed: str | None = None
    commit: str = ""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Lines `start_line` to `end_line` (1-based, inclusive) of `path`, which is relative to its folder."""

    path: str
    start_line: int
    end_line: int
    title: str
    trail: tuple[str, ...]
    text: str
    kind: Kind
    role: Role = "text"
    meta: Meta = Meta()


@dataclass(frozen=True, slots=True)
class Note:
    """Something about a file that the reader of an answer may need to know: it was refused, or cut."""

    path: str
    message: str


@dataclass(frozen=True, slots=True)
class Corpus:
    """What one folder holds."""

    folder: str
    chunks: tuple[Chunk, ...]
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Block:
    """A splitter's piece of a file, by line numbers; `title` is empty where the page's title serves."""

    start: int
    end: int
    title: str = ""
    trail: tuple[str, ...] = ()
    role: Role = "text"


@dataclass(frozen=True, slots=True)
class Outline:
    """What a splitter makes of one file: blocks that cover every non-blank line once, in order."""

    blocks: tuple[Block, ...]
    title: str = ""
    meta: Meta = Meta()
    notes: tuple[str, ...] = ()
