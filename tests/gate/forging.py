"""What somebody with the database, and without the key, can do to a change: rows written past every rule of ours."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from gate.world import World
from sqlalchemy import delete, insert, select, update

from interlock.approvals.changes import Change
from interlock.approvals.decisions import Decision, SaidOf, Signer
from interlock.approvals.proposal import Proposal, read_proposal
from interlock.core.audit.keys import open_key
from interlock.core.store.tables import change, change_step, decision, execution


class Intruder:
    """Somebody at the database, with a key of their own."""

    def __init__(self, world: World, folder: Path) -> None:
        self._world = world
        self.signer = Signer(open_key(folder / "intruder.key"))

    def put(self, target: Change, **values: Any) -> None:
        """Overwrite columns of a change."""
        with self._world.store.write() as connection:
            connection.execute(update(change).where(change.c.id == target.id).values(**values))

    def column(self, target: Change, name: str) -> Any:
        """One column of a change."""
        with self._world.store.read() as connection:
            return connection.execute(select(change.c[name]).where(change.c.id == target.id)).scalar_one()

    def proposal(self, target: Change) -> Proposal:
        """What stands under the digest."""
        return read_proposal(self.column(target, "proposal"), self.column(target, "digest"))

    def repropose(self, target: Change, made: Proposal, **values: Any) -> None:
        """Put another proposal in its place, under its right digest, with a card that names it."""
        card = {**self.column(target, "card"), "digest": made.digest}
        self.put(target, proposal=made.canonical(), digest=made.digest, **{"card": card, **values})

    def approve(self, target: Change, who: str, verdict: SaidOf = "approve") -> None:
        """A decision in somebody's name, signed with the intruder's own key."""
        digest = self.column(target, "digest")
        now = self._world.clock.now()
        made = Decision(target.id, digest, who, verdict, "looks right", now, "web", now, "")
        signed = self.signer.signed(made)
        self.insert(target, digest, who, signed.body, signed.signature)

    def insert(self, target: Change, digest: str, who: str, body: bytes, signature: str) -> None:
        """A decision row."""
        row = {"change": target.id, "digest": digest, "principal": who, "body": body, "signature": signature}
        with self._world.store.write() as connection:
            connection.execute(insert(decision).values(**row))

    def move_decisions(self, source: Change, target: Change) -> None:
        """Copy the decisions of one change to another, as if they were of it."""
        digest = self.column(target, "digest")
        with self._world.store.read() as connection:
            rows = connection.execute(select(decision).where(decision.c.change == source.id)).all()
        for row in rows:
            self.insert(target, digest, row.principal, bytes(row.body), row.signature)

    def edit_decisions(self, target: Change, **values: Any) -> None:
        """Change what the decisions say, and leave their signatures."""
        with self._world.store.write() as connection:
            for row in connection.execute(select(decision).where(decision.c.change == target.id)).all():
                body = json.dumps({**json.loads(row.body), **values}).encode()
                connection.execute(update(decision).where(decision.c.id == row.id).values(body=body))

    def forget(self, target: Change, *what: str) -> None:
        """Delete rows about a change: "execution", "decision" or "change_step"."""
        tables = {"execution": execution, "decision": decision, "change_step": change_step}
        with self._world.store.write() as connection:
            for name in what:
                table = tables[name]
                connection.execute(delete(table).where(table.c.change == target.id))

    def invent(self, **values: Any) -> None:
        """A row that nobody asked for."""
        with self._world.store.write() as connection:
            connection.execute(insert(change).values(**values))
