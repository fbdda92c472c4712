"""A source of knowledge as it is configured, and which sources may stand beside each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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

    @property
    def wanted(self) -> Callable[[str], bool]:
        """Whether a path under it is one of its files, as it is configured."""
        from interlock.index.globs import chosen

        return chosen(self.include, self.exclude)

    def holds(self, path: str) -> bool:
        """Whether a file or folder under it is not excluded, which is what keeps other readers' pages apart."""
        from interlock.index.globs import matches, whole

        return not (any(matches(glob, path) for glob in self.exclude) or whole(self.exclude, path))

    def source(self) -> Source:
        """As the index reads it."""
        from interlock.index.library import Source

        name = f"git {self.label} {self.git.ref}" if self.git else ""
        return Source(self.path, self.kind, self.include, self.exclude, name, self.commit)


def check_apart(folders: Sequence[Folder]) -> None:
    """Refuse sources of different readers that hold the same pages: the wider one would show them all."""
    for outer in folders:
        for inner in folders:
            if outer is inner or set(outer.readers) == set(inner.readers):
                continue
            here, there = _lies(inner), _lies(outer)
            if here.is_relative_to(there) and _admits(outer, here.relative_to(there)):
                raise BadInput(
                    f"{inner.label} and {outer.label} hold the same pages and have different readers",
                    hint=f"add {f'{here.relative_to(there)}/'!r} to what {outer.label} excludes",
                )


def _lies(folder: Folder) -> Path:
    """Where its files are, behind links too; of one repository, at whatever commit, in the same place."""
    if folder.git is None:
        return folder.path.resolve()
    return Path("git", folder.git.url.removesuffix("/").removesuffix(".git"), folder.inside)


def _admits(outer: Folder, inner: Path) -> bool:
    from interlock.index.globs import whole

    return inner == Path() or not whole(outer.exclude, inner.as_posix())
