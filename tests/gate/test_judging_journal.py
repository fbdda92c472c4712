"""The journal of a run: nothing is kept, and so nothing is sent, for an executor that no longer holds the claim."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest
from gate.alone import store_kind  # noqa: F401  a fixture
from gate.world import Moving
from sqlalchemy import select, update

from interlock.approvals.canonical import Digest
from interlock.approvals.decisions import Signer
from interlock.approvals.errors import NotSent, Stopped
from interlock.approvals.fence import Fenced
from interlock.approvals.journal import LEASE, MARGIN, LedgerJournal, intent_json, read_intent, steps_of
from interlock.approvals.ledger import Ledger
from interlock.approvals.proposal import Request, text_of
from interlock.approvals.steps import Step
from interlock.approvals.verbs import Mutator
from interlock.approvals.words import Intent, Inverse, Target
from interlock.core.audit import AuditLog
from interlock.core.audit.keys import open_key
from interlock.core.errors import Refused
from interlock.core.store import Store
from interlock.core.store.tables import change, change_step

TICK = timedelta(microseconds=1)
INTENT = Intent(
    Target("prod", "nodes", "", "n1"), Digest("d" * 64), "patch", "7", {"a": 1}, Inverse("uncordon", {"name": "n1"}, "r")
)  # fmt: skip
STEPS = (Step("cordon", "", "n1", "u0"), Step("evict shop/web-1 u1", "shop", "web-1", "u1"))


@pytest.fixture
def clock() -> Moving:
    return Moving()


@pytest.fixture
def ledger(either_store: Store, clock: Moving) -> Ledger:
    """With two changes that `me` has claimed."""
    made = Ledger(either_store, AuditLog(either_store, clock), clock)
    for id in ("chg-1", "chg-2"):
        request = Request("drain", {}, ("oidc:ana",), "r", "web")
        made.add(id, request, cluster="prod", namespace="", conversation="", expires_at=clock.now())
        with made.turn(id) as turn:
            turn.move("propose", by="x", digest=id.ljust(64, "0"), proposal=b"{}")
            turn.move("approve", by="x")
            turn.claim(owner="me", until=clock.now() + LEASE, said={})
    return made


@pytest.fixture
def signer(tmp_path: Any) -> Signer:
    return Signer(open_key(tmp_path / "own.key"))


@pytest.fixture
def journal(ledger: Ledger, signer: Signer) -> LedgerJournal:
    return LedgerJournal(ledger, "chg-1", "me", signer)


def put(ledger: Ledger, **values: Any) -> None:
    with ledger.store.write() as connection:
        connection.execute(update(change).where(change.c.id == "chg-1").values(**values))


def newest(ledger: Ledger) -> tuple[str, dict[str, Any]]:
    record = list(ledger.audit.since())[-1]
    return record.kind, dict(record.body)


def test_a_run_that_wrote_nothing_yet_holds_nothing_in_hand(journal: LedgerJournal) -> None:
    assert not journal.held()


def test_each_sign_of_life_holds_the_claim_for_another_while(
    journal: LedgerJournal, ledger: Ledger, clock: Moving
) -> None:
    clock.pass_by(seconds=60)
    journal.alive()
    assert ledger.get("chg-1")[0].lease_until == clock.now() + LEASE
    until = clock.now() + LEASE - MARGIN
    clock.at = until - TICK
    assert journal.held()
    clock.at = until
    assert not journal.held()
    assert (timedelta(minutes=3), timedelta(seconds=30)) == (LEASE, MARGIN)


def test_what_is_meant_is_on_disk_and_on_record_before_it_is_sent(
    journal: LedgerJournal, ledger: Ledger
) -> None:
    journal.intend(INTENT)
    kept, _ = ledger.get("chg-1")
    assert read_intent(kept.intent) == INTENT
    assert newest(ledger) == ("change.intend", {"change": "chg-1", "digest": "d" * 64, "verb": "patch"})
    assert journal.held()
    assert ledger.get("chg-2")[0].intent is None
    assert intent_json(INTENT) == {
        "target": {"cluster": "prod", "kind": "nodes", "namespace": "", "name": "n1"},
        "digest": "d" * 64, "verb": "patch", "version": "7", "marks": {"a": 1},
        "inverse": {"action": "uncordon", "args": {"name": "n1"}, "reason": "r"},
    }  # fmt: skip


LOST: dict[str, Callable[[Ledger, Moving], None]] = {
    "another state": lambda ledger, _: put(ledger, state="OUTCOME_UNKNOWN"),
    "another owner": lambda ledger, _: put(ledger, owner="you"),
    "no lease": lambda ledger, _: put(ledger, lease_until=None),
    "its very end": lambda _, clock: clock.pass_by(seconds=LEASE.total_seconds()),
    "past its end": lambda _, clock: clock.pass_by(hours=1),
}
STOPS: dict[str, tuple[Callable[[Ledger], None], str]] = {
    "cancelled": (lambda ledger: put(ledger, cancelled_by="oidc:dan"), "^cancelled$"),
    "halted": (lambda ledger: ledger.halt("odd", by="oidc:eve"), "^halted: odd$"),
}
WRITES: dict[str, Callable[[LedgerJournal], None]] = {
    "alive": lambda journal: journal.alive(),
    "intend": lambda journal: journal.intend(INTENT),
    "begin": lambda journal: journal.begin(INTENT, STEPS),
    "started": lambda journal: journal.mark("cordon", "started", ""),
    "done": lambda journal: journal.mark("cordon", "done", "gone"),
}


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize("lost", LOST)
def test_nothing_is_kept_for_an_executor_without_the_claim(
    lost: str, write: str, journal: LedgerJournal, ledger: Ledger, clock: Moving
) -> None:
    LOST[lost](ledger, clock)
    before, size = ledger.get("chg-1"), ledger.audit.size()
    with pytest.raises(Refused, match="this executor's claim has lapsed: nothing more is sent") as refused:
        WRITES[write](journal)
    assert refused.value.rule == "claim-lost"
    assert (ledger.get("chg-1"), ledger.audit.size(), journal.held()) == (before, size, False)


def test_a_claim_holds_to_its_last_instant(journal: LedgerJournal, clock: Moving) -> None:
    clock.at += LEASE - TICK
    journal.alive()
    assert journal.held()


@pytest.mark.parametrize("write", ["alive", "intend", "begin", "started"])
@pytest.mark.parametrize("why", STOPS)
def test_what_is_halted_or_cancelled_sends_nothing_more(
    why: str, write: str, journal: LedgerJournal, ledger: Ledger
) -> None:
    stop, said = STOPS[why]
    stop(ledger)
    before, size = ledger.get("chg-1"), ledger.audit.size()
    with pytest.raises(Stopped, match=said):
        WRITES[write](journal)
    assert (ledger.get("chg-1"), ledger.audit.size(), journal.held()) == (before, size, False)


@pytest.mark.parametrize("why", STOPS)
def test_what_was_done_is_written_down_all_the_same(why: str, journal: LedgerJournal, ledger: Ledger) -> None:
    STOPS[why][0](ledger)
    journal.mark("cordon", "done", "cordoned")
    assert journal.state("cordon") == "done"


def test_a_plan_is_there_from_its_beginning_on_and_bears_our_seal(
    journal: LedgerJournal, ledger: Ledger, signer: Signer
) -> None:
    assert journal.plan() is None
    journal.begin(INTENT, STEPS)
    assert journal.plan() == STEPS
    kept, _ = ledger.get("chg-1")
    assert read_intent(kept.intent) == INTENT
    assert newest(ledger) == ("change.intend", {"change": "chg-1", "digest": "d" * 64, "steps": 2})
    assert kept.plan is not None and kept.plan.keys() == {"steps", "seal"}
    steps = [vars(step) for step in STEPS]
    assert kept.plan["steps"] == steps
    signer.check_seal("plan", "chg-1", kept.digest, kept.plan["steps"], kept.plan["seal"])


@pytest.mark.parametrize(
    "forged",
    [
        lambda plan: {"steps": plan["steps"]},
        lambda plan: {"steps": plan["steps"][:1], "seal": plan["seal"]},
        lambda plan: {"seal": plan["seal"]},
        lambda plan: {},
    ],
)
def test_a_plan_that_was_not_made_here_is_not_followed(
    forged: Callable[[Any], Any], journal: LedgerJournal, ledger: Ledger
) -> None:
    journal.begin(INTENT, STEPS)
    kept, _ = ledger.get("chg-1")
    put(ledger, plan=forged(kept.plan))
    with pytest.raises(Refused, match="the plan of this change was not made here"):
        journal.plan()


def test_a_step_is_known_by_how_far_it_is(
    journal: LedgerJournal, ledger: Ledger, signer: Signer, clock: Moving
) -> None:
    other = LedgerJournal(ledger, "chg-2", "me", signer)
    other.mark("cordon", "started", "")
    assert journal.state("cordon") is None
    journal.mark("cordon", "started", "")
    assert newest(ledger) == (
        "change.step",
        {"change": "chg-1", "step": "cordon", "state": "started", "note": ""},
    )
    clock.pass_by(seconds=5)
    journal.mark("cordon", "done", "cordoned")
    journal.mark("evict shop/web-1 u1", "started", "")
    assert newest(ledger)[1]["step"] == "evict shop/web-1 u1"
    assert steps_of(ledger, "chg-1") == {"cordon": "done", "evict shop/web-1 u1": "started"}
    assert steps_of(ledger, "chg-2") == {"cordon": "started"}
    assert (journal.state("cordon"), journal.state("evict shop/web-1 u1")) == ("done", "started")
    with ledger.store.read() as connection:
        found = connection.execute(select(change_step).where(change_step.c.change == "chg-1")).all()
    assert [(row.key, row.state, row.note, row.at) for row in found] == [
        ("cordon", "done", "cordoned", text_of(clock.now())),
        ("evict shop/web-1 u1", "started", "", text_of(clock.now())),
    ]


ASKS: dict[str, tuple[tuple[Any, ...], dict[str, Any]]] = {
    "patch": (("pods", "shop", "web-1", {"a": 1}, "merge", "7"), {}),
    "create": (("jobs.batch", "shop", {"a": 1}), {}),
    "delete": (("pods", "shop", "web-1"), {"uid": "u1", "version": "7"}),
    "evict": (("shop", "web-1"), {"uid": "u1", "version": "7"}),
    "create_silence": (({"a": 1},), {}),
    "expire_silence": (("s1",), {}),
}


class Keeps:
    """A mutator that keeps what it is asked."""

    changes_things = True

    def __init__(self) -> None:
        self.asked: list[Any] = []

    def __getattr__(self, verb: str) -> Any:
        def asked(*args: Any, **more: Any) -> Any:
            self.asked.append((verb, args, more))
            return None if verb == "expire_silence" else {"did": verb}

        return asked


@pytest.mark.parametrize("verb", ASKS)
def test_behind_a_claim_that_holds_a_write_leaves_as_it_was_given(verb: str) -> None:
    mutator = Keeps()
    args, more = ASKS[verb]
    answer = getattr(Fenced(cast("Mutator", mutator), lambda: True), verb)(*args, **more)
    assert mutator.asked == [(verb, args, more)]
    assert answer == (None if verb == "expire_silence" else {"did": verb})


@pytest.mark.parametrize("verb", ASKS)
def test_without_its_claim_an_executor_sends_nothing_and_asks_before_each_write(verb: str) -> None:
    mutator, holds = Keeps(), [True, False]
    fenced = Fenced(cast("Mutator", mutator), lambda: holds.pop(0))
    assert fenced.changes_things is True
    args, more = ASKS[verb]
    getattr(fenced, verb)(*args, **more)
    with pytest.raises(NotSent, match="this executor stood still until its claim was over: nothing is sent"):
        getattr(fenced, verb)(*args, **more)
    assert len(mutator.asked) == 1


def test_an_intent_is_read_as_it_was_kept() -> None:
    bare = replace(INTENT, inverse=Inverse(None, reason="nothing"))
    assert read_intent(intent_json(bare)) == bare
