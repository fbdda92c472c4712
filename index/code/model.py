"""The words of this room: a part of a file, the values set in it, and the references written in it.

Lines are 1-based and inclusive. Everything is plain data, so that it can be kept on disk between runs.
"""

from __future__ import annotations

from dataclasses import dataclass
from posixpath import dirname

MOST_TEXT = 240
"""Characters kept of a value; a longer one is a document, and its lines say where to read it."""


@dataclass(frozen=True, slots=True)
class Value:
    """A setting: its dotted path within the part, its text, its line."""

    path: str
    text: str
    line: int

    @property
    def key(self) -> str:
        """The last step of the path, without the number of a list's item."""
        return self.path.rpartition(".")[2].partition("[")[0]


@dataclass(frozen=True, slots=True)
class Part:
    """A named piece of a file: a block, an object, a chart, an alert, a job."""

    kind: str
    name: str
    start: int
    end: int
    values: tuple[Value, ...] = ()

    def text(self, path: str) -> str:
        """The value set at exactly this path, or ''."""
        return next((value.text for value in self.values if value.path == path), "")

    def line(self, path: str) -> int:
        """The line that sets this path; the part's first line when none does."""
        return next((value.line for value in self.values if value.path == path), self.start)


@dataclass(frozen=True, slots=True)
class Ref:
    """A reference as it is written: `variable`, `local`, `output`, `resource`, `value`, ..."""

    kind: str
    name: str
    line: int


@dataclass(frozen=True, slots=True)
class Facts:
    """What one file says. `sound` is False when its grammar could not be followed to the end."""

    path: str
    language: str
    parts: tuple[Part, ...] = ()
    refs: tuple[Ref, ...] = ()
    sound: bool = True

    @property
    def folder(self) -> str:
        """The directory of the file, which in Terraform is the module."""
        return dirname(self.path)


@dataclass(frozen=True, slots=True)
class Place:
    """Lines of a file."""

    path: str
    start: int
    end: int

    def __str__(self) -> str:
        return f"{self.path}:{self.start}" + (f"-{self.end}" if self.end != self.start else "")


def cut(text: str) -> str:
    """A value's text on one line, bounded."""
    flat = " ".join(text.split())
    return flat if len(flat) <= MOST_TEXT else flat[: MOST_TEXT - 1] + "…"
