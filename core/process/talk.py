"""A program that is talked with for as long as a context lasts: lines in, lines out.

Threat and rules as for `run`: an argument list, an allow-listed environment, and nothing it started outlives the context.
What it writes as errors is kept to its last part, for telling why it ended. Whoever reads bounds what is read.
"""

from __future__ import annotations

import contextlib
import io
import os
import subprocess  # noqa: TID251 - this is the one room that may
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from interlock.core.errors import InterlockError
from interlock.core.process.run import PASSED_ON

_KEPT = 2_000
_GRACE = 1.0
_CHUNK = 4_096


@dataclass(frozen=True)
class Talk:
    """Descriptors of a running program's standard input and output, neither of them blocking."""

    into: int
    out: int
    _errors: bytearray
    _listener: threading.Thread

    def last_words(self) -> str:
        """The last of what a program that ended wrote to standard error; text from outside."""
        self._listener.join(timeout=_GRACE)
        return bytes(self._errors).decode(errors="replace")


@contextmanager
def talk(
    argv: Sequence[str], *, environment: Mapping[str, str] | None = None, cwd: Path | None = None
) -> Iterator[Talk]:
    """Start `argv` and hold it open; at the end its input is closed, and soon after it is killed with its children.

    Args:
        argv: The program and its arguments.
        environment: Added to the few variables passed on.
        cwd: Where it runs.

    Raises:
        InterlockError: when the program does not exist or cannot be started.
    """
    if isinstance(argv, str) or not argv:
        raise InterlockError("a program is started by a list of arguments, never by a string")
    passed = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    process = _started([str(part) for part in argv], {**passed, **(environment or {})}, cwd)
    assert process.stdin is not None and process.stdout is not None and process.stderr is not None
    for pipe in (process.stdin, process.stdout):
        os.set_blocking(pipe.fileno(), False)
    errors = bytearray()
    listener = threading.Thread(target=_keep_last, args=(process.stderr, errors), daemon=True)
    listener.start()
    try:
        yield Talk(process.stdin.fileno(), process.stdout.fileno(), errors, listener)
    finally:
        _end(process)
        listener.join(timeout=1)


def _started(argv: list[str], environment: Mapping[str, str], cwd: Path | None) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(  # noqa: S603 - argv list, no shell
            argv,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            env=dict(environment),
            cwd=cwd,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise InterlockError(f"cannot start {argv[0]}: {why}") from error


def _end(process: subprocess.Popen[bytes]) -> None:
    """Close its input, give it a moment, then end its whole group: it outlives the program when a child stays."""
    assert process.stdin is not None and process.stdout is not None
    with contextlib.suppress(OSError):
        process.stdin.close()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(timeout=_GRACE)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, 9)
    process.wait()
    process.stdout.close()


def _keep_last(pipe: object, into: bytearray) -> None:
    """Read to the end and close. Who reads closes: something that left the group may hold the pipe for long."""
    with cast(io.RawIOBase, pipe) as errors:
        while chunk := errors.read(_CHUNK):
            into.extend(chunk)
            del into[:-_KEPT]
