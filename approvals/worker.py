"""Does in the background what follows from requests and decisions: previews, runs, takes up what died, ends what is over.

Each pass is safe to be done by several processes and to be broken off: every step is a conditional move in the ledger.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from interlock.approvals.executor import Executor
from interlock.approvals.ledger import Ledger
from interlock.approvals.notify import Notifier, deliver
from interlock.approvals.office import Office
from interlock.approvals.standing import NotNow
from interlock.approvals.states import WrongState
from interlock.core.errors import InterlockError
from interlock.core.outbox import Outbox


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
        self.problem = ""
        """What went wrong in the last pass; '' when nothing did."""

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
        """One pass."""
        problems: list[str] = []
        self._tried(problems, self._office.sweep)
        for id in self._office.waiting():
            self._tried(problems, self._office.propose, id)
        for kept in reversed(self._ledger.in_states({"APPROVED"})):
            if not self._stop.is_set():
                self._tried(problems, self._executor.run, kept.id)
        self._tried(problems, self._executor.recover)
        for notifier in self._notifiers:
            self._tried(problems, deliver, Outbox(self._ledger.store), notifier, self._ledger.clock)
        self.problem = "; ".join(problems)

    def _loop(self) -> None:
        while not self._stop.is_set():
            self.once()
            self._wake.wait(self._every)
            self._wake.clear()

    def _tried(self, problems: list[str], step: Callable[..., object], *args: object) -> None:
        try:
            step(*args)
        except (WrongState, NotNow):
            pass  # done by somebody faster, or not to be done now
        except InterlockError as error:
            problems.append(error.message)
