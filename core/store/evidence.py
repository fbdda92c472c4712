"""Keeps evidence, and the redacted text that did not fit behind a handle. Only its owner may read it back."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Connection, Row, insert, select

from interlock.core.errors import Forbidden, NotFound
from interlock.core.evidence import Evidence
from interlock.core.identity import Principal
from interlock.core.store import Store
from interlock.core.store.tables import evidence as table

_ADAPTER = TypeAdapter(Evidence)


class EvidenceStore:
    """Evidence in a store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def put(self, item: Evidence, full_text: str | None, connection: Connection | None = None) -> Evidence:
        """Keep `item`; `full_text` is the whole redacted text when `item.text` was cut to a budget.

        Returns the evidence as kept, with a handle when there is more to page. With a `connection` it stands or falls
        with the caller's transaction.
        """
        kept = replace(item, handle=f"more_{item.id}") if full_text is not None else item
        row = insert(table).values(
            id=kept.id,
            principal=kept.principal,
            tool=kept.tool,
            taken_at=kept.taken_at.isoformat(),
            body=_ADAPTER.dump_python(kept, mode="json"),
            handle=kept.handle,
            full_text=full_text,
        )
        with nullcontext(connection) if connection else self._store.write() as writing:
            writing.execute(row)
        return kept

    def get(self, evidence_id: str, reader: Principal) -> Evidence:
        """The evidence with this id.

        Raises:
            NotFound: when there is none.
            Forbidden: when it belongs to somebody else.
        """
        return _ADAPTER.validate_python(self._row(table.c.id == evidence_id, evidence_id, reader).body)

    def page(
        self, handle: str, reader: Principal, *, offset: int = 0, limit: int = 16_000
    ) -> tuple[str, int | None]:
        """Characters of the full text from `offset`, and the next offset or None at the end."""
        full = self._row(table.c.handle == handle, handle, reader).full_text or ""
        end = offset + limit
        return full[offset:end], end if end < len(full) else None

    def latest(self, reader: Principal, *, limit: int = 50) -> list[tuple[str, str]]:
        """Id and tool of what a principal read last, newest first."""
        newest = (
            select(table.c.id, table.c.tool)
            .where(table.c.principal == reader.id)
            .order_by(table.c.taken_at.desc())
            .limit(limit)
        )
        with self._store.read() as connection:
            return [(row.id, row.tool) for row in connection.execute(newest)]

    def _row(self, condition: ColumnElement[bool], name: str, reader: Principal) -> Row[Any]:
        with self._store.read() as connection:
            row = connection.execute(select(table).where(condition)).first()
        if row is None:
            raise NotFound(f"no evidence {name!r}", hint="it may have passed its retention")
        if row.principal != reader.id:
            raise Forbidden(f"evidence {name!r} belongs to another principal")
        return row
