"""Starts a program to its end, in the open or in a sandbox.

Threat: a command string, an inherited secret, an endless program, input that makes a program run what it brings along.
Mechanism: argument lists only, an allow-listed environment, a deadline, an output cap, no standard input unless given;
with a `Sandbox`, everything `core.process.sandbox` promises. Guarantee: what asks for a sandbox never runs without one.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from interlock.core.errors import InterlockError, Refused
from interlock.core.process.launch import DEFAULT_BYTES, DEFAULT_SECONDS, Finished, Launch, launch
from interlock.core.process.sandbox import ENVIRONMENT, RULE, Programs, Sandbox, programs, wrapped

PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR")
REMEDY = "install the packages bubblewrap (0.8 or newer) and util-linux, and allow user namespaces"
_SETUP_SECONDS = 10.0
_SETUP_BYTES = 10_000


def run(
    argv: Sequence[str],
    *,
    environment: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    seconds: float = DEFAULT_SECONDS,
    limit: int = DEFAULT_BYTES,
    given: bytes = b"",
    sandbox: Sandbox | None = None,
) -> Finished:
    """Run `argv` to its end.

    Args:
        argv: The program and its arguments.
        environment: Added to the few variables passed on; in a sandbox, to none.
        cwd: Where it runs; in a sandbox it must be one of the readable paths or below one.
        seconds: How long it may take.
        limit: How much of each of its outputs is kept.
        given: Its standard input.
        sandbox: What of this machine it may see; None runs it in the open.

    Raises:
        InterlockError: when the program does not exist or cannot be started.
        Refused: when a sandbox is asked for and cannot be had here.
        Unreachable: when it is not done after `seconds`; it is then killed.
    """
    if isinstance(argv, str) or not argv:
        raise InterlockError("a program is started by a list of arguments, never by a string")
    wanted = [str(part) for part in argv]
    added = dict(environment or {})
    if sandbox is None:
        passed = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        return launch(Launch(wanted[0], wanted, {**passed, **added}, cwd, seconds, limit, given))
    inner = Launch(wanted[0], wanted, {**ENVIRONMENT, **added}, cwd, seconds, limit, given)
    tools = programs(os.environ.get("PATH", os.defpath))
    if problem := _problem(tools):
        raise _refused(problem)
    done = _boxed(tools, inner, sandbox)
    if done.code != 0 and done.err.startswith(b"bwrap: "):
        raise _refused(_first_line(done))
    return done


def sandbox_problem() -> str:
    """Why nothing can run in a sandbox on this machine, '' when it can."""
    return _problem(programs(os.environ.get("PATH", os.defpath)))


def _boxed(tools: Programs, inner: Launch, sandbox: Sandbox) -> Finished:
    with wrapped(tools, inner.argv, sandbox, inner.cwd, inner.seconds) as box:
        return launch(replace(inner, argv=box.argv, cwd=Path("/"), descriptors=box.descriptors))


@cache
def _problem(tools: Programs) -> str:
    """Why no sandbox can be set up on this machine, found out by setting one up; '' when one can."""
    if not tools.bwrap:
        return "bubblewrap is not installed"
    if not (tools.prlimit and tools.setpriv):
        return "prlimit or setpriv is not installed"
    inner = Launch("bwrap", ["/usr/bin/true"], ENVIRONMENT, None, _SETUP_SECONDS, _SETUP_BYTES, b"")
    try:
        done = _boxed(tools, inner, Sandbox())
    except InterlockError as error:
        return error.message
    return "" if done.code == 0 else _first_line(done) or f"bwrap ended with {done.code}"


def _first_line(done: Finished) -> str:
    return done.err.decode(errors="replace").strip().partition("\n")[0]


def _refused(problem: str) -> Refused:
    return Refused(
        f"this has to run in a sandbox, and none can be set up here: {problem}",
        rule=RULE,
        hint=f"{REMEDY}; it never runs without a sandbox",
    )
