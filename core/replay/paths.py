"""Paths that cannot leave the replay's folder.

Threat: a replay from a stranger that points at the reader's own files. Mechanism: every part is checked, no
symbolic link is followed. Guarantee: what is opened lies under the folder that was named.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path, PurePosixPath

from interlock.core.errors import BadInput


def inside(folder: Path, relative: str) -> Path:
    """The path `relative` under `folder`.

    Raises:
        BadInput: when it is absolute, climbs with `..`, or passes through a symbolic link.
    """
    parts = PurePosixPath(relative).parts
    if not relative or relative.startswith("/") or ".." in parts or "\0" in relative:
        raise BadInput(f"path {relative!r} leaves the replay folder", hint="name a path inside the folder")
    path = folder
    for part in parts:
        path = path / part
        refuse_link(path)
    return path


def refuse_link(path: Path) -> None:
    """Symbolic links are refused, wherever they point.

    Raises:
        BadInput: when `path` is one.
    """
    if path.is_symlink():
        raise BadInput(f"{path} is a symbolic link", hint="a replay holds plain files and folders only")


def is_plain_name(name: str) -> bool:
    """Whether `name` is one path component, such as a namespace, pod or container name."""
    return bool(name) and name not in {".", ".."} and not any(c in name for c in "/\\\0")


def read_plain(path: Path) -> bytes:
    """The bytes of a file that is not a link (also not one that has just become one), and no pipe, which would wait.

    Raises:
        OSError: when it is anything else, or cannot be read.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "it is no regular file")
        return file.read()
