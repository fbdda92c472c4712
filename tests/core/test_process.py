"""Programs are started by argument lists, with our own environment and within limits."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from interlock.core.errors import InterlockError, Unreachable
from interlock.core.process import run


def test_arguments_reach_the_program_untouched() -> None:
    odd = "; echo $HOME && $(id) `id` | 'x' \n *"
    assert run([sys.executable, "-c", "import sys; print(sys.argv[1], end='')", odd]).out.decode() == odd


def test_a_command_string_is_refused() -> None:
    with pytest.raises(InterlockError, match="list of arguments"):
        run("ls -l")


def test_the_environment_is_our_own() -> None:
    os.environ["INTERLOCK_TEST_CANARY"] = "x"
    try:
        said = run(
            [sys.executable, "-c", "import os; print(sorted(os.environ))"], environment={"ONE": "1"}
        ).out.decode()
    finally:
        del os.environ["INTERLOCK_TEST_CANARY"]
    assert "INTERLOCK_TEST_CANARY" not in said
    assert "'ONE'" in said


def test_a_program_that_does_not_end_is_killed_and_named() -> None:
    with pytest.raises(Unreachable, match="did not finish within"):
        run([sys.executable, "-c", "import threading; threading.Event().wait()"], seconds=0.5)


def test_endless_output_is_cut_and_said() -> None:
    done = run([sys.executable, "-c", "print('x' * 3_000_000)"], limit=1000)
    assert done.cut
    assert len(done.out) == 1000


def test_a_program_that_does_not_exist_is_a_clear_error() -> None:
    with pytest.raises(InterlockError, match="cannot start /nowhere/at/all"):
        run(["/nowhere/at/all"])


def test_the_exit_code_and_what_was_said_come_back() -> None:
    done = run([sys.executable, "-c", "import sys; sys.stderr.write('bad'); sys.exit(7)"])
    assert (done.code, done.err) == (7, b"bad")


def test_what_a_program_leaves_behind_holds_nobody_up_and_ends_with_it() -> None:
    left = run(["sh", "-c", "sleep 60 & echo $!"], seconds=5)
    assert left.code == 0 and _gone(int(left.out))


def test_a_program_that_left_for_a_session_of_its_own_holds_nobody_up() -> None:
    began = time.monotonic()
    # It keeps our end of the pipe open, as the connection that ssh leaves behind does.
    done = run(["setsid", "--fork", "sleep", "10"], seconds=5)
    assert done.code == 0 and time.monotonic() - began < 5


def _gone(pid: int) -> bool:
    """Its memory goes before its end of the pipe, which is what `run` has waited for."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes() == b""
    except FileNotFoundError:
        return True
