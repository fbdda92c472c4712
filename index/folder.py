"""Which files of a knowledge folder may be read, and their bytes.

Threat: the folder's content is somebody else's (a checkout, a mounted volume, a symlink to /etc/shadow).
Mechanism: every file is opened from the folder's own descriptor one path part at a time, never through a
symlink; a symlink to a file is followed only by its resolved place inside the folder; only regular files
of a bounded size are read.
Guarantee: no byte from outside the folder is returned, and nothing in it can hang or crash the reader.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from interlock.core.errors import BadInput
from interlock.index.chunks import Note

MAX_FILES = 20_000
_SKIPPED = frozenset({".git", ".hg", ".svn", ".terraform", "node_modules", "__pycache__", ".venv"})


@dataclass(frozen=True, slots=True)
class Found:
    """A file by the path under its folder, where it really lies in it, and the stamp that tells a change."""

    path: str
    parts: tuple[str, ...]
    stamp: tuple[int, int, int]


def resolved(folder: Path | str) -> Path:
    """The folder itself, or why it cannot be one."""
    root = Path(folder)
    if not root.is_dir():
        what = "is not a folder" if root.exists() else "does not exist"
        raise BadInput(f"knowledge folder {str(folder)!r} {what}", hint="name a folder of runbooks or code")
    return root.resolve()


def walk(root: Path, notes: list[Note], wanted: Callable[[str], bool] = lambda _: True) -> Iterator[Found]:
    """The files under `root` whose path is wanted, sorted; what was left out is added to `notes`."""
    for count, found in enumerate(_files(root, notes, wanted)):
        if count == MAX_FILES:
            notes.append(Note(".", f"more than {MAX_FILES} files; the rest was not read"))
            return
        yield found


def read(root: Path, found: Found, most: int) -> bytes | Note:
    """The bytes of a file, or the reason why it was refused."""
    try:
        with os.fdopen(_open_beneath(root, found.parts), "rb") as file:
            return _bounded(found, file.read(most + 1), most)
    except OSError as error:
        return Note(found.path, f"not read: {error.strerror or error}")


def _bounded(found: Found, raw: bytes, most: int) -> bytes | Note:
    if len(raw) > most:
        return Note(found.path, f"not read: larger than {most // 1024 // 1024} MB")
    return raw


def _files(root: Path, notes: list[Note], wanted: Callable[[str], bool]) -> Iterator[Found]:
    def unreadable(error: OSError) -> None:
        name = Path(error.filename or root)
        shown = name.relative_to(root) if name.is_relative_to(root) else name
        notes.append(Note(_shown(shown), f"not read: {error.strerror}"))

    for where, folders, names in os.walk(root, onerror=unreadable):
        folders[:] = sorted(f for f in folders if not _is_skipped(f))
        for name in sorted(names):
            entry = _entry(root, Path(where, name))
            if entry is None or not wanted(entry.path):
                continue
            if isinstance(entry, Found):
                yield entry
            else:
                notes.append(entry)


def _is_skipped(name: str) -> bool:
    # A mounted ConfigMap keeps its data in `..<date>` and links each file into it.
    return name in _SKIPPED or name.startswith("..")


def _entry(root: Path, file: Path) -> Found | Note | None:
    path = _shown(file.relative_to(root))
    try:
        real = file.resolve(strict=True) if file.is_symlink() else file
        if not real.is_relative_to(root):
            return Note(path, "not read: a symlink that leaves the folder")
        parts = real.relative_to(root).parts
        if real != file and not any(part.startswith("..") for part in parts):
            return None  # the file is found under its own name
        return _stamped(path, parts, real.lstat())
    except (OSError, RuntimeError):
        return Note(path, "not read: a broken symlink or a file that went away")


def _stamped(path: str, parts: tuple[str, ...], status: os.stat_result) -> Found | Note:
    if not stat.S_ISREG(status.st_mode):
        return Note(path, "not read: not a regular file")
    return Found(path, parts, (status.st_mtime_ns, status.st_ctime_ns, status.st_size))


def _shown(path: Path) -> str:
    return os.fsencode(path.as_posix()).decode("utf-8", "replace")


def _open_beneath(root: Path, parts: tuple[str, ...]) -> int:
    """Open `parts` under `root` with no symlink on the way, and never wait (a FIFO would)."""
    at = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for part in parts[:-1]:
            inner = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=at)
            os.close(at)
            at = inner
        file = os.open(parts[-1], os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=at)
    finally:
        os.close(at)
    if not stat.S_ISREG(os.fstat(file).st_mode):
        os.close(file)
        raise OSError(0, "not a regular file")
    return file
