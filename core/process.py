"""The only starter of programs: argument lists, an environment of our own, limits on time and output.

Threat: a command string, an inherited secret or an endless program. Mechanism: argv only, an allow-listed environment,
a deadline, an output cap, no standard input. Leaves to later: a sandbox for input that is not ours.
"""

from __future__ import annotations

import os
import subprocess  # noqa: TID251 - this is the one room that may
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from interlock.core.errors import InterlockError, Unreachable

PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR")
DEFAULT_SECONDS = 30.0
DEFAULT_BYTES = 4_000_000


@dataclass(frozen=True)
class Finished:
    """How a program ended; `cut` when it wrote more than was read."""

    code: int
    out: bytes
    err: bytes
    cut: bool


def run(
    argv: Sequence[str],
    *,
    environment: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    seconds: float = DEFAULT_SECONDS,
    limit: int = DEFAULT_BYTES,
) -> Finished:
    """Run `argv` to its end.

    Raises:
        InterlockError: when the program does not exist or cannot be started.
        Unreachable: when it is not done after `seconds`; it is then killed.
    """
    if isinstance(argv, str) or not argv:
        raise InterlockError("a program is started by a list of arguments, never by a string")
    passed = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    try:
        process = subprocess.Popen(  # noqa: S603 - argv list, no shell
            list(argv),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**passed, **(environment or {})},
            cwd=cwd,
            start_new_session=True,
        )
    except OSError as error:
        raise InterlockError(f"cannot start {argv[0]}: {error.strerror}") from error
    return _collect(process, str(argv[0]), seconds, limit)


def _collect(process: subprocess.Popen[bytes], name: str, seconds: float, limit: int) -> Finished:
    assert process.stdout is not None and process.stderr is not None
    out, err = bytearray(), bytearray()
    readers = [
        threading.Thread(target=_drain, args=(pipe, into, limit), daemon=True)
        for pipe, into in ((process.stdout, out), (process.stderr, err))
    ]
    for reader in readers:
        reader.start()
    try:
        code = process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        raise Unreachable(f"{name} did not finish within {seconds:g} s") from None
    finally:
        if process.poll() is None:
            os.killpg(process.pid, 9)
            process.wait()
        for reader in readers:
            reader.join(timeout=1)
        process.stdout.close()
        process.stderr.close()
    return Finished(code, bytes(out[:limit]), bytes(err[:limit]), cut=len(out) > limit or len(err) > limit)


def _drain(pipe: object, into: bytearray, limit: int) -> None:
    read = getattr(pipe, "read1")  # noqa: B009 - BufferedReader, which typeshed hides behind IO[bytes]
    while chunk := read(65536):
        if len(into) <= limit:
            into.extend(chunk)
