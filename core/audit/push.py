"""Carries the record to a SIEM, in order, from where it stopped: at least once, never with a gap.

A batch that the endpoint did not take stays where it is and is sent again; the cursor moves after the answer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice

from sqlalchemy import delete, insert, select

from interlock.core.audit.formats import Format, rendered
from interlock.core.audit.log import AuditLog
from interlock.core.audit.people import shown
from interlock.core.clock import Clock
from interlock.core.errors import Unreachable
from interlock.core.outbound import Outbound, shown_url
from interlock.core.store import Store
from interlock.core.store.tables import cursor

BATCH = 500


@dataclass(frozen=True)
class Pushed:
    """How far the endpoint is: the last record it took, and why it took no more ('' when it has them all)."""

    seq: int
    sent: int
    problem: str = ""


class Push:
    """One endpoint."""

    def __init__(
        self,
        log: AuditLog,
        store: Store,
        clock: Clock,
        outbound: Outbound,
        url: str,
        form: Format,
        *,
        names: bool,
    ) -> None:
        self._log = log
        self._store = store
        self._clock = clock
        self._out = outbound
        self._url = url
        self._form = form
        self._with_names = names
        self._name = f"push:{shown_url(url)}"

    def run(self) -> Pushed:
        """Send what the endpoint does not have yet."""
        at, sent = self.position(), 0
        known = self._log.names() if self._with_names else {}
        while True:
            batch = list(islice(self._log.since(at, most=BATCH), BATCH))
            if not batch:
                return Pushed(at, sent)
            named = [replace(record, body=shown(record.body, known)) for record in batch]
            text = "".join(rendered(record, self._form) + "\n" for record in named)
            try:
                self._out.post(self._url, text.encode(), content_type=_type_of(self._form))
            except Unreachable as error:
                self._moved(at, error.message)
                return Pushed(at, sent, error.message)
            at, sent = batch[-1].seq, sent + len(batch)
            self._moved(at, None)

    def position(self) -> int:
        """The last record that the endpoint took."""
        with self._store.read() as connection:
            return connection.execute(select(cursor.c.seq).where(cursor.c.name == self._name)).scalar() or 0

    def _moved(self, seq: int, error: str | None) -> None:
        with self._store.write() as connection:
            connection.execute(delete(cursor).where(cursor.c.name == self._name))
            connection.execute(
                insert(cursor).values(name=self._name, seq=seq, at=self._clock.now().isoformat(), error=error)
            )


def _type_of(form: Format) -> str:
    return "text/plain; charset=utf-8" if form == "cef" else "application/x-ndjson"
