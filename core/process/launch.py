"""One program from start to end: the deadline, the output caps, and the end of everything it started.

The argument list and environment are used as they are; what they should be is decided by `run` and `sandbox`.
"""

from __future__ import annotations

import contextlib
import io
import os
import subprocess  # noqa: TID251 - this is the one room that may
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from interlock.core.errors import InterlockError, Unreachable

DEFAULT_SECONDS = 30.0
DEFAULT_BYTES = 4_000_000


@dataclass(frozen=True)
class Finished:
    """How a program ended; `cut` when it wrote more than was read."""

    code: int
    out: bytes
    err: bytes
    cut: bool


@dataclass(frozen=True)
class Launch:
    """What to start. `name` is what errors call it."""

    name: str
    argv: Sequence[str]
    environment: Mapping[str, str]
    cwd: Path | None
    seconds: float
    limit: int
    given: bytes
    descriptors: tuple[int, ...] = ()


def launch(what: Launch) -> Finished:
    """Run it to its end.

    Raises:
        InterlockError: when it cannot be started.
        Unreachable: when it is not done in time; it is then killed.
    """
    try:
        process = subprocess.Popen(  # noqa: S603 - argv list, no shell
            list(what.argv),
            stdin=subprocess.PIPE if what.given else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=dict(what.environment),
            cwd=what.cwd,
            pass_fds=what.descriptors,
            start_new_session=True,
        )
    except OSError as error:
        raise InterlockError(f"cannot start {what.name}: {error.strerror}") from error
    return _collect(process, what)


def _collect(process: subprocess.Popen[bytes], what: Launch) -> Finished:
    assert process.stdout is not None and process.stderr is not None
    out, err = bytearray(), bytearray()
    pipes = (process.stdout, process.stderr)
    threads = [
        threading.Thread(target=_drain, args=(pipe, into, what.limit), daemon=True)
        for pipe, into in zip(pipes, (out, err), strict=True)
    ]
    if process.stdin is not None:
        threads.append(threading.Thread(target=_feed, args=(process.stdin, what.given), daemon=True))
    for thread in threads:
        thread.start()
    try:
        code = process.wait(timeout=what.seconds)
    except subprocess.TimeoutExpired:
        raise Unreachable(f"{what.name} did not finish within {what.seconds:g} s") from None
    finally:
        _end(process)
        for thread in threads:
            thread.join(timeout=1)
    cut = len(out) > what.limit or len(err) > what.limit
    return Finished(code, bytes(out[: what.limit]), bytes(err[: what.limit]), cut)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the program and what it started: its group outlives it when a child stays behind."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, 9)
    process.wait()


def _drain(pipe: object, into: bytearray, limit: int) -> None:
    """Read to the end and close. Who reads closes: something that left the group may hold the pipe for long."""
    with cast(io.BufferedReader, pipe):
        while chunk := cast(io.BufferedReader, pipe).read1(65536):
            if len(into) <= limit:
                into.extend(chunk)


def _feed(pipe: object, given: bytes) -> None:
    # A program that ends before it has read everything has said so by ending.
    with contextlib.suppress(OSError, ValueError):
        getattr(pipe, "write")(given)  # noqa: B009 - as above
    with contextlib.suppress(OSError):
        getattr(pipe, "close")()  # noqa: B009
