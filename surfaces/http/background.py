"""What the service does by itself: seal the record, carry it to the SIEM, remove what is too old, verify the chain.

A record that does not hold raises an alarm once for each new problem: on record, at the SIEM at once, and as a metric for
as long as it lasts. Reads go on.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import timedelta

from interlock.agent.runtime import Runtime
from interlock.core.audit.checkpoint import Sealer
from interlock.core.audit.keys import open_key
from interlock.core.audit.opened import key_path, places, read_checkpoints
from interlock.core.audit.push import Push
from interlock.core.audit.settings import AuditSettings
from interlock.core.clock import Clock
from interlock.core.errors import InterlockError, StoreFailed
from interlock.core.jobs import Job, Jobs
from interlock.core.outbound import Outbound
from interlock.core.store import Store, noted
from interlock.core.store.retention import Retention
from interlock.core.store.settings import StoreSettings
from interlock.surfaces.http.metrics import Counts
from interlock.surfaces.http.signins import SignIns

EVERY = {
    "checkpoint": timedelta(minutes=5),
    "push": timedelta(minutes=1),
    "expire": timedelta(hours=6),
    "verify": timedelta(hours=24),
}
PAUSE = 5.0
PROBLEM = "record.problem"


class Background:
    """A thread that leases jobs; other processes on the same database share them."""

    def __init__(self, runtime: Runtime, clock: Clock, counts: Counts, signins: SignIns) -> None:
        self._runtime = runtime
        self._clock = clock
        self._counts = counts
        self._signins = signins
        self._audit = runtime.parts.settings.section(AuditSettings)
        self._jobs = Jobs(runtime.parts.store, clock, f"{socket.gethostname()}:{os.getpid()}")
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="background")

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after the job that runs."""
        self._stop.set()
        self._thread.join()
        self._signins.settle(ending=True)

    def once(self) -> list[str]:
        """Do every job that is due; the names of those done or tried."""
        for each, every in EVERY.items():
            if each != "push" or self._audit.push:
                self._jobs.ensure(each, every=every)
        done: list[str] = []
        while not self._stop.is_set() and (name := self._jobs.run_one(self._handlers())):
            done.append(name)
        return done

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._signins.settle()
                self.once()
            except StoreFailed:
                self._counts.job("all", "store_failed")
            self._stop.wait(PAUSE)

    def _handlers(self) -> Mapping[str, Callable[[Job], None]]:
        doing = {"checkpoint": self._seal, "push": self._push, "expire": self._expire, "verify": self._verify}
        return {name: self._counted(name, act) for name, act in doing.items()}

    def _counted(self, name: str, act: Callable[[], None]) -> Callable[[Job], None]:
        def run(_: Job) -> None:
            try:
                act()
            except InterlockError:
                self._counts.job(name, "failed")
                raise
            except Exception as error:  # rows that somebody broke must not end all the other jobs
                self._counts.job(name, "failed")
                raise InterlockError(f"{name}: {type(error).__name__}") from error
            self._counts.job(name, "done")

        return run

    def _seal(self) -> None:
        newest = self._runtime.audit.tail(1)
        if not newest:
            return
        directory = self._runtime.parts.state_dir
        key = open_key(key_path(self._audit, directory))
        sealer = Sealer(key, places(self._audit, directory), self._clock)
        sealer.seal(newest[0].seq, newest[0].hash)
        if sealer.problems:
            raise InterlockError("; ".join(sealer.problems))

    def _push(self) -> None:
        push = self._audit.push
        if push is None:
            return
        headers = {"authorization": f"Bearer {push.token.get_secret_value()}"} if push.token else {}
        sent = Push(
            self._runtime.audit,
            self._runtime.parts.store,
            self._clock,
            Outbound(headers=headers, attempts=1),
            push.url,
            push.format,
            names=push.names,
        ).run()
        if sent.problem:
            raise InterlockError(sent.problem)

    def _expire(self) -> None:
        days = self._runtime.parts.settings.section(StoreSettings).retention_days
        Retention(self._runtime.parts.store, self._clock).expire(days)

    def _verify(self) -> None:
        store, audit = self._runtime.parts.store, self._runtime.audit
        at, problem = self._found()
        before = record_problem(store)
        if problem == before:
            return
        audit.append("audit.broken" if problem else "audit.holds", {"at": at, "problem": problem})
        noted.write(store, PROBLEM, problem)
        with suppress(InterlockError):  # the job of its own sends it again
            self._push()

    def _found(self) -> tuple[int | None, str]:
        """Where the record is broken and why; '' when it holds."""
        try:
            seals, _ = read_checkpoints(self._audit, self._runtime.parts.state_dir)
            found = self._runtime.audit.verify(seals)
        except StoreFailed:
            raise
        except InterlockError as error:
            return None, error.message
        return found.broken_at, found.problem


def record_problem(store: Store) -> str:
    """Why the record did not hold when it was last verified; '' when it did, or when nobody can say."""
    try:
        return str(noted.read(store, PROBLEM) or "")
    except StoreFailed:
        return ""
