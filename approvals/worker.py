"""Does in the background what follows from requests and decisions: previews, runs, takes up what died, ends what is over.

Each pass is safe to be done by several processes and to be broken off: every step is a conditional move in the ledger.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Executor as Executing
from concurrent.futures import Future, ThreadPoolExecutor

from interlock.approvals.executor import Executor
from interlock.approvals.ledger import Ledger
from interlock.approvals.notify import Notifier, deliver
from interlock.approvals.office import Office
from interlock.approvals.standing import NotNow
from interlock.approvals.states import WrongState
from interlock.core.errors import InterlockError
from interlock.core.outbox import Outbox

AT_ONCE = 4
"""Changes carried out at once by one process."""


class Worker:
    """A thread that passes again and again."""

    def __init__(
        self,
        ledger: Ledger,
        office: Office,
        executor: Executor,
        *,
        every: float,
        stop: threading.Event,
        notifiers: Sequence[Notifier] = (),
    ) -> None:
        self._ledger = ledger
        self._office = office
        self._executor = executor
        self._every = every
        self._stop = stop
        self._wake = threading.Event()
        self._notifiers = tuple(notifiers)
        self._thread: threading.Thread | None = None
        self._running: dict[str, Future[None]] = {}
        self._problems: list[str] = []

    @property
    def problem(self) -> str:
        """What went wrong in the last pass; '' when nothing did."""
        return "; ".join(self._problems)

    def start(self) -> None:
        """Begin."""
        self._thread = threading.Thread(target=self._loop, name="approvals", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End between two steps; what is under way is left so that it can be taken up."""
        self._stop.set()
        self._wake.set()
        if self._thread:
            self._thread.join()

    def poke(self, _: str = "") -> None:
        """There is something to do."""
        self._wake.set()

    def once(self) -> None:
        """One pass, everything in it one after the other."""
        with ThreadPoolExecutor(1) as pool:
            self._pass(pool)

    def _loop(self) -> None:
        # A drain takes hours: it must not keep others from being previewed, run or ended.
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="approvals") as pool:
            while not self._stop.is_set():
                self._pass(pool)
                self._wake.wait(self._every)
                self._wake.clear()

    def _pass(self, pool: Executing) -> None:
        self._problems = []
        self._tried(self._office.sweep)
        self._tried(self._previews)
        self._tried(self._runs, pool)
        self._begin(pool, "recover", self._executor.recover)
        for notifier in self._notifiers:
            self._tried(deliver, Outbox(self._ledger.store), notifier, self._ledger.clock)

    def _previews(self) -> None:
        for id in self._office.waiting():
            self._tried(self._office.propose, id)

    def _runs(self, pool: Executing) -> None:
        for kept in reversed(self._ledger.in_states({"APPROVED"})):
            if not self._stop.is_set():
                self._begin(pool, kept.id, self._executor.run, kept.id)

    def _begin(self, pool: Executing, name: str, step: Callable[..., object], *args: object) -> None:
        self._running = {key: future for key, future in self._running.items() if not future.done()}
        if name not in self._running:
            self._running[name] = pool.submit(self._tried, step, *args)

    def _tried(self, step: Callable[..., object], *args: object) -> None:
        try:
            step(*args)
        except (WrongState, NotNow):
            pass  # done by somebody faster, or not to be done now
        except InterlockError as error:
            self._problems.append(error.message)
        except Exception as error:  # a fault of ours must not end the thread that expires and recovers
            self._problems.append(f"{type(error).__name__} in {getattr(step, '__name__', 'a step')}")
