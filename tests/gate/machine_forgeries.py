"""What somebody does who has the database and not the key."""

from __future__ import annotations

import json

from gate.machine_model import Case
from gate.machine_stage import Stage
from sqlalchemy import delete, insert, select, update

from interlock.approvals.canonical import canonical, digest
from interlock.core.store import Store
from interlock.core.store.tables import change, decision, execution

FORGERIES = ("arguments", "expiry", "requesters", "proposal", "approved", "decisions", "borrowed", "again")


def forge(stage: Stage, case: Case, kind: str) -> bool:  # noqa: C901 - one branch a forgery
    """Write it; True when there was something to write."""
    with Store.write(stage.store) as connection:
        row = connection.execute(select(change).where(change.c.id == case.id)).one()
        mine = update(change).where(change.c.id == case.id)
        if kind in ("arguments", "expiry", "requesters", "proposal"):
            said = json.loads(row.proposal)
            if kind == "expiry":
                said["expires_at"] = said["expires_at"].replace("2026", "2027")
            elif kind == "requesters":
                said["requesters"] = ["oidc:eve"]
            elif "replicas" in said["args"]:
                said["args"]["replicas"] += 1
            else:
                return False
            values = {"proposal": canonical(said), "state": "APPROVED"}
            if kind == "proposal":
                values["digest"] = digest(said)
                bound = update(decision).where(decision.c.change == case.id)
                connection.execute(bound.values(digest=values["digest"]))
            connection.execute(mine.values(**values))
            case.forged = True
        elif kind == "approved":
            connection.execute(mine.values(state="APPROVED"))
        elif kind in ("decisions", "borrowed"):
            others = connection.execute(select(decision).where(decision.c.change != case.id)).all()
            if kind == "borrowed" and not others:
                return False
            case.spoiled = True
            for name in ("oidc:ben", "oidc:cho", "oidc:dan"):
                said = {
                    "change": case.id,
                    "digest": row.digest,
                    "principal": name,
                    "verdict": "approve",
                    "reason": "",
                    "at": "2026-11-23T12:00:00.000000+00:00",
                    "channel": "web",
                    "login_at": None,
                    "acr": "",
                    "v": 1,
                }
                given = others[0] if kind == "borrowed" else None
                there = select(decision).where(decision.c.digest == row.digest, decision.c.principal == name)
                if connection.execute(there).first():
                    continue
                connection.execute(
                    insert(decision).values(
                        change=case.id,
                        digest=row.digest,
                        principal=name,
                        body=given.body if given else canonical(said),
                        signature=given.signature if given else "00" * 64,
                    )
                )
            connection.execute(mine.values(state="APPROVED"))
        elif kind == "again":
            connection.execute(delete(execution).where(execution.c.digest == row.digest))
            connection.execute(mine.values(state="APPROVED", owner=None, intent=None, plan=None))
            case.bent = True
            stage.facts.claims = [each for each in stage.facts.claims if each[0] != case.id]
    case.state = "APPROVED"
    return True
