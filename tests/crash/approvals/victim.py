"""The process that dies: the approvals as they are composed for real, carrying out one change or recovering.

It is given a spot of the store to stop at, says so, and waits: to be killed, or to go on, maybe much later.
Nothing of the product is replaced; the spots are found by listening to SQLAlchemy.
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Literal

from crash.approvals.spots import Spot
from gate.world import Around
from sqlalchemy import Engine, event
from sqlalchemy.sql.dml import Insert

from interlock.approvals.service import Approvals, open_approvals
from interlock.core.audit import AuditLog
from interlock.core.errors import InterlockError
from interlock.core.redaction import Redactor
from interlock.core.settings import Settings
from interlock.core.store import Store, open_store

LEFT = ("APPROVED", "CLAIMED", "OUTCOME_UNKNOWN", "")
"""The states that somebody still has to do something about; '' when it cannot be told."""


@dataclass
class Ahead:
    """The machine's clock, so many seconds ahead."""

    seconds: float = 0.0

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self.seconds)


@dataclass(frozen=True)
class Orders:
    """What a process is to do: run a change, or do what a worker does once for each of `ahead`, until it is settled."""

    store: str
    folder: Path
    change: str
    task: Literal["run", "recover"]
    at: Spot | None = None
    ahead: tuple[float, ...] = (0.0,)


def gate(store: Store, folder: Path, clock: Ahead) -> Approvals:
    """The approvals of a folder's settings, policy, key and credential. Who depends on what is left out: many reads."""
    return open_approvals(
        Settings(json.loads((folder / "settings.json").read_text())),
        store=store,
        audit=AuditLog(store, clock),
        clock=clock,
        redactor=Redactor(),
        surroundings=lambda reads: Around(),
        environment={},
        state_dir=folder,
        deciding=True,
    )


def main(orders: Orders, line: Connection) -> None:
    """Do it; the last word is ("ended", state and problem of each pass) unless this process is killed before."""
    clock = Ahead()
    store = open_store(orders.store)
    if orders.at and orders.at.where == "store":
        Stops(store.engine, orders.at, line, clock)
    held = gate(store, orders.folder, clock)
    said: list[tuple[str, str]] = []
    for ahead in orders.ahead:
        clock.seconds = ahead
        problem = _done(held, orders)
        said.append((_state(held, orders.change), problem))
        if said[-1][0] not in LEFT:
            break
    line.send(("ended", said))
    held.close()
    store.close()


def _done(held: Approvals, orders: Orders) -> str:
    assert held.executor is not None
    assert held.worker is not None
    try:
        if orders.task == "run":
            held.executor.run(orders.change)
        else:
            held.worker.once()
    except InterlockError as error:
        return f"{type(error).__name__}: {error.message}"
    return held.worker.problem


def _state(held: Approvals, change: str) -> str:
    try:
        return held.ledger.get(change)[0].state
    except InterlockError:
        return ""


class Stops:
    """Stops this process at a spot of its store, and tells so."""

    def __init__(self, engine: Engine, spot: Spot, line: Connection, clock: Ahead) -> None:
        self._spot = spot
        self._line = line
        self._clock = clock
        self._left = spot.nth
        self._lock = threading.Lock()
        self._here = _Here()
        event.listen(engine, "begin", self._begun)
        event.listen(engine, "before_execute", self._executed)
        event.listen(engine, "commit", self._committing)
        event.listen(engine, "checkin", self._given_back)

    def _begun(self, _: Any) -> None:
        if self._here.committed is not None:
            self._passed("next", self._here.committed)
        self._here.kinds, self._here.committed = [], None

    def _executed(self, _connection: Any, statement: Any, *_: Any) -> None:
        if isinstance(statement, Insert) and statement.table.name == "audit":
            values = statement.compile().params
            said = json.loads(values["body"])["body"]
            kind = values["kind"]
            self._here.kinds.append(f"{kind}:{said['state']}" if kind == "change.step" else kind)

    def _committing(self, _: Any) -> None:
        # The one that loses its word stops here, too: whoever cuts the wire has to be ready.
        self._passed("before", self._here.kinds)
        self._passed("lost", self._here.kinds)
        self._here.committed = self._here.kinds

    def _given_back(self, *_: Any) -> None:
        if self._here.committed is not None:
            self._passed("after", self._here.committed)

    def _passed(self, moment: str, kinds: list[str]) -> None:
        if moment != self._spot.moment or not (self._spot.what in kinds or not self._spot.what):
            return
        with self._lock:
            self._left -= 1
            if self._left == 0:
                self._line.send(("at", str(self._spot)))
                self._clock.seconds = self._line.recv()


class _Here(threading.local):
    """What the transaction of this thread put on record, and that of the one before, once it was committed."""

    kinds: list[str] = []  # noqa: RUF012 - replaced, never changed in place, at each begin
    committed: list[str] | None = None
