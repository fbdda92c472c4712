"""Work that nobody waits for any more ends: at its next look, in its pauses, and where it waits on a socket."""

from __future__ import annotations

import contextvars
import threading
import time

import pytest

from interlock.core.stopping import Stop, Stopped, check_stopped, current_stop, stoppable


def test_without_a_stop_nothing_ends() -> None:
    check_stopped()
    assert current_stop() is None


def test_what_runs_within_ends_at_its_next_look_and_what_is_outside_goes_on() -> None:
    stop = Stop()
    with stoppable(stop):
        check_stopped()
        stop.set()
        with pytest.raises(Stopped):
            check_stopped()
    check_stopped()


def test_a_thread_that_inherits_the_context_ends_with_it() -> None:
    stop, ended = Stop(), threading.Event()

    def work() -> None:
        try:
            while True:
                check_stopped()
        except Stopped:
            ended.set()

    with stoppable(stop):
        thread = threading.Thread(target=contextvars.copy_context().run, args=(work,))
    thread.start()
    stop.set()
    assert ended.wait(5)
    thread.join()


def test_a_pause_ends_early() -> None:
    stop = Stop()
    threading.Timer(0.05, stop.set).start()
    started = time.monotonic()
    with pytest.raises(Stopped):
        stop.wait(30)
    assert time.monotonic() - started < 10


def test_what_waits_is_cut_once_and_only_while_it_waits() -> None:
    stop, cuts = Stop(), list[str]()
    with stop.broken_by(lambda: cuts.append("before")):
        pass
    with stop.broken_by(lambda: cuts.append("during")):
        stop.set()
        stop.set()
    assert cuts == ["during"]
    with pytest.raises(Stopped), stop.broken_by(lambda: cuts.append("after")):
        pytest.fail("nothing begins once it is stopped")
    assert cuts == ["during"]
