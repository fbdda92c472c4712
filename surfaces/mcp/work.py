"""Runs what blocks in a thread for one call: progress while it runs, a deadline, and an end when nobody waits.

Guarantee: when the client cancels or goes away the thread is asked to stop, so no further read leaves for a backend.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import anyio
import anyio.from_thread
import anyio.to_thread
from anyio.streams.memory import MemoryObjectReceiveStream

from interlock.core.errors import Unreachable
from interlock.core.stopping import Stop, stoppable

if TYPE_CHECKING:
    from collections.abc import Awaitable

T = TypeVar("T")
Tell = Callable[[str], None]
"""Says in our own words what is being done."""
Report = Callable[[float, str], "Awaitable[None]"]
_MOST_UNTOLD = 1000


@dataclass(frozen=True)
class Workers:
    """How many calls run at once, and how long one may take."""

    limiter: anyio.CapacityLimiter
    seconds: float | None

    async def run(self, job: Callable[[Tell], T], report: Report) -> T:
        """Run `job` in a thread.

        Raises:
            Unreachable: when it took too long.
            Exception: as the job raised.
        """
        stop = Stop()
        outcome: list[T] = []
        failure: list[Exception] = []
        send, receive = anyio.create_memory_object_stream[str](_MOST_UNTOLD)

        def tell(said: str) -> None:
            stop.check()
            anyio.from_thread.run_sync(_offer, send, said)

        def work() -> None:
            with stoppable(stop):
                outcome.append(job(tell))

        async with _reporting(receive, report):
            try:
                with anyio.move_on_after(self.seconds) as deadline, send:
                    await anyio.to_thread.run_sync(work, abandon_on_cancel=True, limiter=self.limiter)
            except Exception as error:
                failure.append(error)
            finally:
                stop.set()
        if failure:
            raise failure[0]
        if not outcome:
            assert deadline.cancelled_caught and self.seconds is not None
            raise Unreachable(
                f"this took longer than {self.seconds:.0f} s and was ended",
                hint="ask for less: a namespace, a limit",
            )
        return outcome[0]


def _offer(send: anyio.abc.ObjectSendStream[str], said: str) -> None:
    try:
        send.send_nowait(said)  # type: ignore[attr-defined]
    except (anyio.WouldBlock, anyio.ClosedResourceError, anyio.BrokenResourceError):
        return  # progress is a courtesy


@asynccontextmanager
async def _reporting(receive: MemoryObjectReceiveStream[str], report: Report) -> AsyncIterator[None]:
    async def pump() -> None:
        done = 0
        async with receive:
            async for said in receive:
                done += 1
                await report(done, said)

    async with anyio.create_task_group() as group:
        group.start_soon(pump)
        yield
