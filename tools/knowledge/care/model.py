"""What the care of runbooks speaks of: a page as it was read, a finding, and what could not be checked."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Literal

Check = Literal[
    "front-matter", "owner", "review", "alert", "command", "link", "action", "old-review", "gone", "code-changed"
]  # fmt: skip


@dataclass(frozen=True, order=True)
class Finding:
    """Something to mend, where it stands, and what would mend it. `line` 0 is the page as a whole."""

    page: str
    line: int
    check: Check
    message: str
    hint: str = ""


@dataclass(frozen=True)
class Command:
    """A command in fenced code: its words, and the line it begins on."""

    line: int
    argv: tuple[str, ...]


@dataclass(frozen=True)
class Page:
    """A Markdown page of a folder. `folder` is where it lies on disk, `path` its place under it."""

    folder: Path
    path: str
    lines: tuple[str, ...]
    title: str = ""
    headings: tuple[str, ...] = ()
    alerts: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    owner: str = ""
    last_reviewed: str = ""
    notes: tuple[str, ...] = ()

    @property
    def stem(self) -> str:
        """The file's name without its ending."""
        return PurePosixPath(self.path).stem

    @property
    def is_runbook(self) -> bool:
        """Whether it is a page of its own, not one about the folder."""
        return self.stem.casefold() not in ABOUT_THE_FOLDER


ABOUT_THE_FOLDER = frozenset(
    {"readme", "index", "_index", "contributing", "changelog", "license", "security", "summary",
     "code_of_conduct", "governance", "maintainers", "codeowners"}
)  # fmt: skip


@dataclass(frozen=True)
class Rule:
    """An alert that can fire: of a Prometheus rule file or a monitor. `runbook` is what its annotation names."""

    name: str
    where: str
    line: int = 0
    runbook: str = ""


@dataclass(frozen=True)
class Folders:
    """What was read of the folders."""

    pages: tuple[Page, ...]
    rules: tuple[Rule, ...]
    files: frozenset[str]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Report:
    """What was found, what was not checked and why, and how much was looked at."""

    findings: tuple[Finding, ...]
    unchecked: tuple[str, ...] = ()
    looked_at: dict[str, int] = field(default_factory=dict)
