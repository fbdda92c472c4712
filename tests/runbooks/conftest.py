"""Runbooks as lines, and the kubectl commands they tell people to run."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from interlock.index import markdown
from interlock.index.chunks import Outline


@dataclass(frozen=True)
class Command:
    """A command line in fenced code, and the section it stands in."""

    page: str
    line: int
    section: str
    argv: tuple[str, ...]


@dataclass(frozen=True)
class Page:
    """A runbook we ship."""

    name: str
    text: str

    @property
    def lines(self) -> list[str]:
        return self.text.split("\n")

    @property
    def outline(self) -> Outline:
        return markdown.split(self.lines)

    @property
    def sections(self) -> list[str]:
        return [line[3:] for line in self.lines if line.startswith("## ")]

    @property
    def commands(self) -> list[Command]:
        return list(_commands(self))


@pytest.fixture(scope="session")
def pages(repo_root: Path) -> list[Page]:
    """Every runbook, by file name."""
    return [
        Page(file.name, file.read_text("utf-8")) for file in sorted((repo_root / "runbooks").rglob("*.md"))
    ]


def _commands(page: Page) -> Iterator[Command]:
    section, fenced, begun = "", False, ""
    for number, line in enumerate(page.lines, start=1):
        if line.startswith("## "):
            section = line[3:]
        if line.strip().startswith("```"):
            fenced = not fenced
        elif fenced:
            begun += line.strip().removesuffix("\\")
            if not line.endswith("\\"):
                yield from _of_line(page.name, number, section, begun)
                begun = ""


def _of_line(page: str, number: int, section: str, text: str) -> Iterator[Command]:
    for part in re.split(r"\s*(?:\|\||&&|;\s)\s*", text) if "'" not in text else [text]:
        argv = shlex.split(part)
        if argv and argv[0] == "kubectl":
            yield Command(page, number, section, tuple(argv[1:]))
