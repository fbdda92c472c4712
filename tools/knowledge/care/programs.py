"""Asks the installed programs for help, and git for a file's last commit.

For help: an empty home, no settings, no plugins, a few seconds each. git reads a repository that is not ours, so it runs
in the sandbox, and where there is none the date is not known.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from interlock.core.errors import InterlockError
from interlock.core.process import Sandbox, run
from interlock.tools.knowledge.care.manuals import Manual, keep, open_manual

SECONDS = 10.0
QUIET = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "HELM_NO_PLUGINS": "1",
    "CHECKPOINT_DISABLE": "1",
    "COLUMNS": "200",
    "LANG": "C",
    "LC_ALL": "C",
}


@contextmanager
def manuals(programs: Iterable[str], cache: Path | None) -> Iterator[dict[str, Manual | None]]:
    """The manual of each program, None for one that is not installed; what was asked is kept when the work is done."""
    with tempfile.TemporaryDirectory() as empty:
        opened: dict[str, Manual | None] = {}
        stamps: dict[str, str] = {}
        for program in sorted(programs):
            found = shutil.which(program)
            stamps[program] = _stamp(found) if found else ""
            opened[program] = (
                open_manual(program, _Asker(found, Path(empty)), stamps[program], cache) if found else None
            )
        yield opened
        for program, manual in opened.items():
            if manual is not None:
                keep(manual, stamps[program], cache)


def _stamp(path: str) -> str:
    status = Path(path).resolve().stat()
    return f"{Path(path).resolve()} {status.st_size} {status.st_mtime_ns}"


class _Asker:
    """Asks one binary, from an empty folder that is its home as well."""

    def __init__(self, binary: str, empty: Path) -> None:
        self._binary = binary
        self._empty = empty

    def __call__(self, argv: Sequence[str]) -> str:
        environment = {**QUIET, "HOME": str(self._empty), "HELM_PLUGINS": str(self._empty)}
        try:
            done = run([self._binary, *argv[1:]], environment=environment, cwd=self._empty, seconds=SECONDS)
        except InterlockError:
            return ""
        return (done.out or done.err).decode("utf-8", "replace")


def last_change(file: Path) -> date | None:
    """The day of the last commit that changed `file`; None outside a repository, or where git may not look."""
    root = next((folder for folder in file.parents if (folder / ".git").is_dir()), None)
    git = shutil.which("git")
    if root is None or git is None:
        return None
    settings = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*"}
    argv = [git, "log", "-1", "--format=%cs", "--no-show-signature", "--", str(file.relative_to(root))]
    try:
        done = run(
            argv,
            environment={**QUIET, **settings},
            cwd=root,
            seconds=SECONDS,
            sandbox=Sandbox(read_only=(root,)),
        )
        return date.fromisoformat(done.out.decode("ascii", "replace").strip())
    except (InterlockError, ValueError):
        return None
