"""Tells conversations what became of their changes: an interface that a chat or a page fills.

A notifier may be told twice (its word was said and not yet remembered), never not at all; it goes by the event's number.
"""

from __future__ import annotations

from typing import Protocol

from interlock.core.clock import Clock
from interlock.core.errors import InterlockError
from interlock.core.events import Event
from interlock.core.outbox import Outbox


class Notifier(Protocol):
    """Says something in a conversation."""

    name: str

    def notify(self, number: int, conversation: str, event: Event) -> None:
        """Say it.

        Raises:
            InterlockError: when it could not be said now: it is tried again, in order.
        """


def deliver(outbox: Outbox, notifier: Notifier, clock: Clock) -> int:
    """Tell a notifier what it has not been told yet, in order; how much that was."""
    told = 0
    for number, conversation, event in outbox.waiting(notifier.name):
        try:
            notifier.notify(number, conversation, event)
        except InterlockError:
            break
        outbox.read(notifier.name, number, clock.now().isoformat())
        told += 1
    return told
