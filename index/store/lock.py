"""One writer an index: an advisory lock on a file that names its holder, given back by the kernel when it dies."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from interlock.core.errors import InterlockError

_STEP = 0.05


class Busy(InterlockError):
    """Another process is indexing the same source. `holder` says which."""

    def __init__(self, holder: str) -> None:
        super().__init__(
            f"another process is indexing ({holder})", hint="wait for it, or see `interlock index status`"
        )
        self.holder = holder


@contextmanager
def held(file: Path, *, wait: float = 0.0) -> Iterator[None]:
    """Hold the lock; waits at most `wait` seconds for whoever has it.

    Raises:
        Busy: when it is still taken.
    """
    handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _take(handle, time.monotonic() + wait)
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"pid {os.getpid()}".encode(), 0)
        yield
        os.ftruncate(handle, 0)
    finally:
        os.close(handle)


def holder(file: Path) -> str:
    """Who has the lock now; empty when nobody has."""
    try:
        handle = os.open(file, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return ""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return _named(handle)
    finally:
        os.close(handle)
    return ""


def _take(handle: int, until: float) -> None:
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            if time.monotonic() >= until:
                raise Busy(_named(handle)) from None
            time.sleep(_STEP)
        else:
            return


def _named(handle: int) -> str:
    return os.pread(handle, 64, 0).decode("ascii", "replace") or "a process that is just starting"
