"""Tells who listens when a requested change moves on: `proposal://{id}` is updated, and nothing else is said.

Clients of 2026-07-28 listen by `subscriptions/listen`; the others read the resource again.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import anyio
import anyio.to_thread
from mcp.server.subscriptions import InMemorySubscriptionBus, ResourceUpdated

from interlock.core.errors import InterlockError

if TYPE_CHECKING:
    from interlock.approvals.changes import Change
    from interlock.surfaces.mcp.changes import DeskOf

log = logging.getLogger(__name__)
EVERY = 2.0
"""Seconds: people take minutes, and each look is one row by its key."""


class Watch:
    """Looks at the changes that were requested here until they come to an end."""

    def __init__(self, desk: DeskOf, *, every: float = EVERY) -> None:
        self.bus = InMemorySubscriptionBus()
        self._desk = desk
        self._every = every
        self._states: dict[str, str] = {}

    def add(self, change: Change) -> None:
        """Look at a change from now on."""
        if change.open:
            self._states[change.id] = change.state

    @asynccontextmanager
    async def running(self, _: object) -> AsyncIterator[dict[str, object]]:
        """While this lasts, it looks."""
        async with anyio.create_task_group() as group:
            group.start_soon(self._look)
            yield {}
            group.cancel_scope.cancel()

    async def _look(self) -> None:
        while True:
            await anyio.sleep(self._every)
            for id, before in [*self._states.items()]:
                change = await anyio.to_thread.run_sync(self._now, id)
                if change is not None and change.state != before:
                    self._moved(change)
                    await self.bus.publish(ResourceUpdated(uri=f"proposal://{id}"))

    def _now(self, id: str) -> Change | None:
        try:
            desk = self._desk()
            return desk.change(id) if desk else None
        except InterlockError as error:
            log.warning("a change cannot be looked at: %s", type(error).__name__)
            return None

    def _moved(self, change: Change) -> None:
        self._states[change.id] = change.state
        if not change.open:
            del self._states[change.id]
