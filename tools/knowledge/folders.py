"""A source of knowledge as it is configured, and which sources may stand beside each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from interlock.core.errors import BadInput

if TYPE_CHECKING:
    from interlock.index.chunks import Kind
    from interlock.index.git import Remote as GitRemote
    from interlock.index.library import Source


@dataclass(frozen=True)
class Folder:
    """A folder to search. `kind` says what all its files are ('runbook', 'iac'); None: each file's name decides.

    Of a Git repository, `path` is the checkout once it is opened, `git` where it comes from and `inside` the folder
    in it that is meant. `readers` are the groups that may see it; everybody, when there are none.
    """

    path: Path
    kind: Kind | None = None
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    readers: tuple[str, ...] = ()
    git: GitRemote | None = None
    inside: str = ""
    commit: str = ""

    @property
    def label(self) -> str:
        """What it is called in policies and messages."""
        return f"{self.git.url}{'/' + self.inside if self.inside else ''}" if self.git else str(self.path)

    def source(self) -> Source:
        """As the index reads it."""
        from interlock.index.library import Source

        name = f"git {self.label} {self.git.ref}" if self.git else ""
        return Source(self.path, self.kind, self.include, self.exclude, name, self.commit)


def check_apart(folders: Sequence[Folder]) -> None:
    """Refuse sources of different readers that hold the same pages: the wider one would show them all."""
    for outer in folders:
        for inner in folders:
            if outer is inner or outer.git or inner.git or set(outer.readers) == set(inner.readers):
                continue
            here, there = inner.path.absolute(), outer.path.absolute()
            if here.is_relative_to(there) and _admits(outer, here.relative_to(there)):
                raise BadInput(
                    f"{inner.path} and {outer.path} hold the same pages and have different readers",
                    hint=f"add {f'{here.relative_to(there)}/'!r} to what {outer.path} excludes",
                )


def _admits(outer: Folder, inner: Path) -> bool:
    from interlock.index.globs import chosen

    return inner == Path() or chosen((), outer.exclude)(f"{inner}/page.md")
