"""No name is in the chain; a person who is forgotten cannot be found in it again, and it still verifies."""

from __future__ import annotations

import json

from sqlalchemy import text

from interlock.core.audit import AuditLog
from interlock.core.audit.people import shown
from interlock.core.clock import FixedClock
from interlock.core.store import Store


def test_the_chain_holds_no_name_and_readers_see_it(either_store: Store, clock: FixedClock) -> None:
    log = AuditLog(either_store, clock)
    log.append(
        "decision", {"by": "oidc:ana", "requesters": ["oidc:bo", "oidc:ana"], "x": [{"principal": "oidc:bo"}]}
    )
    body = log.tail(1)[0].body
    assert "oidc" not in json.dumps(body)
    assert shown(body, log.names()) == {
        "by": "oidc:ana",
        "requesters": ["oidc:bo", "oidc:ana"],
        "x": [{"principal": "oidc:bo"}],
    }


def test_a_person_keeps_one_pseudonym_across_processes(either_store: Store, clock: FixedClock) -> None:
    said = [
        AuditLog(either_store, clock).append("turn", {"principal": "local:ana"}).body["principal"]
        for _ in range(3)
    ]
    assert len(set(said)) == 1


def test_a_forgotten_person_is_gone_and_the_chain_verifies(either_store: Store, clock: FixedClock) -> None:
    log = AuditLog(either_store, clock)
    before = log.append("turn", {"principal": "local:ana"}).body["principal"]
    log.forget("local:ana")
    assert "local:ana" not in log.names().values()
    with either_store.read() as connection:
        for table in ("audit", "person"):
            rows = connection.execute(text(f"SELECT * FROM {table}")).all()
            assert "ana" not in str(rows)
    after = log.append("turn", {"principal": "local:ana"}).body["principal"]
    assert after != before
    assert log.verify().intact
