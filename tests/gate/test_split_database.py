"""Split mode: what the chat side's own database role can do to a change is ask for it, and stop everything."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from database.postgres import Postgres
from gate.world import World
from sqlalchemy import create_engine, insert, text, update
from sqlalchemy.exc import ProgrammingError

from interlock.core.store import Store, open_store
from interlock.core.store import tables as t


@dataclass
class Split:
    """Two processes' views of one database."""

    chat: World
    approvals: World


def as_role(url: str, role: str) -> Store:
    """The store as one of the two roles."""
    return Store(create_engine(url, connect_args={"options": f"-c role={role}"}))


@pytest.fixture
def split(postgres: Postgres, postgres_url: str, repo_root: Path, tmp_path: Path) -> Iterator[Split]:
    """A database with both roles; the approvals side started first."""
    owner = open_store(postgres_url)
    with owner.engine.begin() as connection:
        connection.exec_driver_sql(
            (repo_root / "deploy" / "postgres-roles.sql").read_text().replace("%", "%%")
        )
    chat, approvals = (as_role(postgres_url, f"interlock_{name}") for name in ("chat", "approvals"))
    second = World(approvals, tmp_path)
    second.board.workload()
    second.rules()
    first = World(chat, tmp_path)
    first.board = second.board
    yield Split(first, second)
    for store in (owner, chat, approvals):
        store.close()


def test_a_change_asked_for_by_the_chat_side_is_decided_and_made_by_the_other(split: Split) -> None:
    split.chat.waits = True
    asked = split.chat.scale("ana")
    assert asked.state == "REQUESTED"
    assert split.approvals.office.waiting() == [asked.id]
    split.approvals.office.propose(asked.id)
    split.approvals.say("ben", asked)
    assert split.approvals.executor.run(asked.id) == "SUCCEEDED"
    assert split.chat.state(asked) == "SUCCEEDED"
    assert split.chat.audit.verify().intact


@pytest.mark.parametrize(
    "what",
    [
        "approve its row",
        "decide",
        "claim",
        "forget an execution",
        "lift a halt",
        "bring in a policy",
        "edit the record",
    ],
)
def test_the_chat_side_cannot(what: str, split: Split) -> None:
    asked = split.approvals.scale("ana")
    split.approvals.office.halt(split.approvals.who("ana"), "a test")
    statement = {
        "approve its row": update(t.change).values(state="APPROVED"),
        "decide": insert(t.decision).values(
            change=asked.id, digest=asked.digest, principal="oidc:ben", body=b"{}", signature="00"
        ),
        "claim": insert(t.execution).values(digest="0" * 64, change=asked.id, cluster="prod", at=""),
        "forget an execution": text("DELETE FROM execution"),
        "lift a halt": update(t.halt).values(lifted_at="now"),
        "bring in a policy": insert(t.policy_version).values(digest="0" * 64, at="", body={}),
        "edit the record": text("UPDATE audit SET kind = 'x'"),
    }[what]
    with (
        split.chat.store.engine.begin() as connection,
        pytest.raises(ProgrammingError, match="permission denied"),
    ):
        connection.execute(statement)


def test_the_chat_side_may_halt_everything(split: Split) -> None:
    change = split.approvals.approved("ana")
    split.chat.ledger.halt("something is odd", by="oidc:ana")
    assert split.approvals.ledger.halted() == "something is odd"
    with pytest.raises(Exception, match="halted"):
        split.approvals.executor.run(change.id)
    assert split.approvals.board.written == []
