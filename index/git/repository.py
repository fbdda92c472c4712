"""A repository read as data: sandboxed, at one commit.

Threat: a repository whose configuration, hooks, attributes or `.git` file make git run programs or read other places.
Mechanism: every command runs in the sandbox; the repository's configuration files are covered by one of ours; a `.git`
file is followed only to a worktree that names it back, and to a repository that holds this worktree; replacements, lazy
fetches and pagers are off.
Guarantee: reading changes nothing, and nothing the repository holds is run.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from interlock.core.errors import BadInput, InterlockError, NotFound, NotServed
from interlock.core.process import Finished, Sandbox, run

SECONDS = 20.0
BYTES = 8_000_000
MIRROR, TREES = "repository.git", "trees"
ENVIRONMENT = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_PAGER": "cat",
    "GIT_ALLOW_PROTOCOL": "",
}
QUIET = ("-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "core.quotePath=false")
_SHA = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_SHA256 = re.compile(r"(?im)^\s*objectformat\s*=\s*sha256\s*$")
_SMALL = 100_000


@dataclass(frozen=True)
class Repository:
    """A repository at one commit. `root` is the folder that holds its files; paths in it are relative to that."""

    git_dir: Path
    common_dir: Path
    root: Path
    commit: str

    def inside(self, path: Path) -> str:
        """`path` as the repository names it, '' for its root.

        Raises:
            NotFound: when it is not inside.
        """
        try:
            found = path.resolve().relative_to(self.root).as_posix()
        except ValueError:
            raise NotFound(f"{path} is not inside the repository {self.root}") from None
        return "" if found == "." else found

    def holds(self, path: str, content: bytes) -> bool:
        """Whether the commit's file at `path` is exactly `content`."""
        listed = self.read("ls-tree", self.commit, "--", path).split()
        digest = hashlib.sha1 if len(self.commit) == 40 else hashlib.sha256
        return listed[2:3] == [digest(b"blob %d\0" % len(content) + content).hexdigest().encode()]

    def read(self, *args: str, given: bytes = b"", seconds: float = SECONDS, limit: int = BYTES) -> bytes:
        """What a git command prints.

        Raises:
            NotFound, BadInput: as git says about a path or a line.
            NotServed: when git cannot read the repository, or prints more than `limit`.
            Refused, Unreachable: see `core.process.run`.
        """
        printed = _git(self.git_dir, self.common_dir, args, given, seconds, limit)
        if printed.cut:
            raise NotServed(
                f"git {args[0]} printed more than {limit} bytes",
                hint="ask for a smaller part of the repository",
            )
        return printed.out

    def beginning(self, *args: str) -> tuple[bytes, bool]:
        """What a git command prints, and whether that is only its beginning. Raises as `read` does otherwise."""
        printed = _git(self.git_dir, self.common_dir, args, b"", SECONDS, BYTES)
        return printed.out, printed.cut


def repository_of(folder: Path) -> Repository | None:
    """The repository that `folder` lies in, at the commit that is checked out there; None when it lies in none.

    Raises:
        NotServed: when there is one that cannot be read.
    """
    for here in (start := folder.resolve(), *start.parents):
        if here.parent.name == TREES and (mirror := here.parent.parent / MIRROR).is_dir():
            return Repository(mirror, mirror, here, here.name) if _SHA.fullmatch(here.name) else None
        if (here / ".git").exists() or (here / ".git").is_symlink():
            return _checked_out(here)
    return None


def _checked_out(root: Path) -> Repository | None:
    dirs = _dirs(root / ".git")
    if dirs is None:
        return None
    asked = ("rev-parse", "--verify", "--quiet", "HEAD^{commit}")
    commit = _git(*dirs, asked, b"", SECONDS, BYTES).out
    return Repository(*dirs, root, commit.decode("ascii").strip())


def _dirs(found: Path) -> tuple[Path, Path] | None:
    """Where the data of a checkout and of its repository are, or None for what only claims to have any."""
    if found.is_symlink():
        return None
    if found.is_dir():
        # Its own repository: a `commondir` in it would name somebody else's.
        return None if (found / "commondir").exists() else (found, found)
    pointed = _line(found).removeprefix("gitdir:").strip()
    git_dir = (found.parent / pointed).resolve()
    # A worktree's data names the file that leads to it; without this check any folder could claim any repository.
    back = _line(git_dir / "gitdir")
    if not (pointed and back and Path(back).resolve() == found.resolve()):
        return None
    # And it lies among the worktrees of the repository it names, which nobody else can put it among.
    named = _line(git_dir / "commondir")
    common = (git_dir / named).resolve() if named else git_dir
    return (git_dir, common) if not named or git_dir.parent == common / "worktrees" else None


def _line(path: Path) -> str:
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return file.read(_SMALL).strip().partition("\n")[0]
    except OSError:
        return ""


def _git(
    git_dir: Path, common: Path, args: tuple[str, ...], given: bytes, seconds: float, limit: int
) -> Finished:
    sandbox = Sandbox(tuple(dict.fromkeys((common, git_dir))), covered=_covers(git_dir, common))
    done = run(
        ["git", *QUIET, *args],
        environment={**ENVIRONMENT, "GIT_DIR": str(git_dir), "GIT_COMMON_DIR": str(common)},
        sandbox=sandbox,
        given=given,
        seconds=seconds,
        limit=limit,
    )
    if done.code != 0:
        raise _said(git_dir, done.err)
    return done


def _covers(git_dir: Path, common: Path) -> Mapping[Path, bytes]:
    """The configuration git reads in place of the repository's own."""
    covers: dict[Path, bytes] = {}
    for path in (common / "config", git_dir / "config.worktree"):
        if path.is_symlink():
            raise NotServed(f"{path} is a link: such a repository is not read")
        if path.is_file():
            covers[path] = b""
    if (common / "config") in covers:
        covers[common / "config"] = _config(common / "config")
    return covers


def _config(path: Path) -> bytes:
    with path.open(encoding="utf-8", errors="replace") as file:
        other = _SHA256.search(file.read(_SMALL))
    return _OURS_SHA256 if other else _OURS


_OURS = b"[core]\n\trepositoryformatversion = 0\n\tbare = true\n"
_OURS_SHA256 = (
    b"[core]\n\trepositoryformatversion = 1\n\tbare = true\n[extensions]\n\tobjectformat = sha256\n"
)


def _said(git_dir: Path, error: bytes) -> InterlockError:
    line = error.decode("utf-8", "replace").strip().partition("\n")[0].removeprefix("fatal: ")
    if "no path" in line.lower():
        return NotFound(f"git: {line}", hint="it may not be committed yet")
    if "has only" in line:
        return BadInput(f"git: {line}")
    return NotServed(f"git cannot read {git_dir}: {line or 'it has no commit yet'}")
