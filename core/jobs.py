"""Work that must be done once although several processes could do it: rows that one of them leases for a while.

A lease is taken by one conditional update. A worker that dies loses its lease when the time is up and another takes
the job; so a job may run twice and must bear it. The clock is the caller's, so tests need not wait.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import JsonValue
from sqlalchemy import or_, select, update
from sqlalchemy.exc import IntegrityError

from interlock.core.clock import Clock
from interlock.core.errors import InterlockError, StoreFailed
from interlock.core.store import Store
from interlock.core.store.tables import job

LEASE = timedelta(minutes=5)
_FIRST_RETRY, _LAST_RETRY = 15, 900


@dataclass(frozen=True)
class Job:
    """A leased piece of work. `attempts` counts the failures before this one."""

    name: str
    payload: dict[str, JsonValue]
    attempts: int


class Jobs:
    """The jobs in a store, seen by one worker."""

    def __init__(self, store: Store, clock: Clock, worker: str) -> None:
        self._store = store
        self._clock = clock
        self._worker = worker

    def ensure(
        self,
        name: str,
        *,
        every: timedelta | None = None,
        due: datetime | None = None,
        payload: Mapping[str, JsonValue] | None = None,
    ) -> None:
        """Have a job of this name; one that is there already keeps its place in time."""
        row = {
            "name": name,
            "due_at": _text(due or self._clock.now()),
            "every_seconds": int(every.total_seconds()) if every else None,
            "attempts": 0,
            "payload": dict(payload or {}),
        }
        try:
            with self._store.write() as connection:
                if connection.execute(select(job.c.name).where(job.c.name == name)).first() is None:
                    connection.execute(job.insert().values(**row))
        except StoreFailed as error:
            if not isinstance(error.__cause__, IntegrityError):
                raise  # somebody else made it at the same moment, which is as good

    def lease(self, *, lasting: timedelta = LEASE) -> Job | None:
        """The job that is due longest and free, leased to this worker; None when there is nothing to do."""
        now = self._clock.now()
        free = or_(job.c.leased_until.is_(None), job.c.leased_until <= _text(now))
        with self._store.write() as connection:
            row = connection.execute(
                select(job).where(job.c.due_at <= _text(now), free).order_by(job.c.due_at).limit(1)
            ).first()
            if row is None:
                return None
            taken = connection.execute(
                update(job)
                .where(job.c.name == row.name, job.c.due_at == row.due_at, free)
                .values(owner=self._worker, leased_until=_text(now + lasting))
            )
        return Job(row.name, row.payload, row.attempts) if taken.rowcount == 1 else None

    def done(self, work: Job) -> None:
        """Finish it: due again after its interval, or gone when it has none."""
        with self._store.write() as connection:
            mine = (job.c.name == work.name) & (job.c.owner == self._worker)
            row = connection.execute(select(job.c.every_seconds).where(mine)).first()
            if row is None:
                return
            if row.every_seconds is None:
                connection.execute(job.delete().where(mine))
                return
            due = self._clock.now() + timedelta(seconds=row.every_seconds)
            connection.execute(
                update(job)
                .where(mine)
                .values(due_at=_text(due), leased_until=None, owner=None, attempts=0, error=None)
            )

    def failed(self, work: Job, why: str) -> None:
        """Give it back, to be tried again later each time, at most every quarter of an hour."""
        wait = min(_FIRST_RETRY * 2**work.attempts, _LAST_RETRY)
        with self._store.write() as connection:
            connection.execute(
                update(job)
                .where(job.c.name == work.name, job.c.owner == self._worker)
                .values(
                    due_at=_text(self._clock.now() + timedelta(seconds=wait)),
                    leased_until=None,
                    owner=None,
                    attempts=work.attempts + 1,
                    error=why,
                )
            )

    def run_one(self, handlers: Mapping[str, Callable[[Job], None]]) -> str | None:
        """Lease and do one job; its name, None when nothing was due. A failure is kept, not raised.

        `handlers` go by the part of the job's name before the first `:`.
        """
        work = self.lease()
        if work is None:
            return None
        handler = handlers.get(work.name.partition(":")[0])
        try:
            if handler is None:
                raise InterlockError(f"nobody here does {work.name!r}")
            handler(work)
        except InterlockError as error:
            self.failed(work, error.message)
        else:
            self.done(work)
        return work.name


def _text(at: datetime) -> str:
    # Compared as text in the database: always UTC, always the same width.
    from datetime import UTC

    return at.astimezone(UTC).isoformat(timespec="microseconds")
