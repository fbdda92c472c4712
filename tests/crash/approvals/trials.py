"""One death after another: a change is asked for and approved, something dies at a spot, a fresh process recovers, and
what is on record is held against what the server counted and holds.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from crash.approvals.counting import Counting, Write
from crash.approvals.cutting import Cutting
from crash.approvals.databases import kill_nine
from crash.approvals.processes import SECONDS, Running, process
from crash.approvals.scene import Asked, Scene
from crash.approvals.spots import Spot
from crash.approvals.victim import LEFT, Ahead, Orders, gate
from database.postgres import Postgres

from interlock.approvals.changes import Change
from interlock.approvals.decisions import Decider
from interlock.core.audit import AuditLog
from interlock.core.errors import StoreFailed
from interlock.core.events import ProposalEvent
from interlock.core.identity import Principal
from interlock.core.identity.people import Identified
from interlock.core.outbox import Outbox
from interlock.core.store import open_store

Victim = Literal["executor", "postgres", "both"]
Kind = Literal["twice", "unrecorded", "unsettled", "wrong", "record", "words"]
PASS = 185.0
"""Between two passes of a recovering process: longer than a lease, and than a lost request may be under way."""
PASSES = tuple(PASS * number for number in range(9))


@dataclass
class Told:
    """What one trial came to. `faults` is empty where all held."""

    spot: str
    action: str
    victim: Victim
    died: bool
    left: str = ""
    """The state that the death left it in."""
    state: str = ""
    writes: int = 0
    by_a_person: bool = False
    faults: list[tuple[Kind, str]] = field(default_factory=list)


@dataclass
class Bench:
    """One store, one scene, and what stands before the servers. `url` is the store as this process reaches it."""

    scene: Scene
    wire: Counting
    url: str
    server: Postgres | None = None
    cut: Cutting | None = None

    def __post_init__(self) -> None:
        """Open the gate on this side."""
        self.store = open_store(self.url)
        self.audit = AuditLog(self.store, Ahead())
        self.gate = gate(self.store, self.scene.folder, Ahead())
        self._asked = 0
        self._wrote = 0
        self._is_down = False

    def close(self) -> None:
        """Close it."""
        self.gate.close()
        self.store.close()

    def trial(
        self, asked: Asked, spot: Spot, victim: Victim, again: Spot | None = None, *, halt: bool = False
    ) -> Told:
        """Let something die at a spot of one change's execution; and again, while it is recovered.

        With `halt` everything is halted before anybody recovers it.
        """
        change, told = self._begun(asked, spot, victim)
        told.died = self._struck(Orders(self.url, self.scene.folder, change.id, "run", spot), victim)
        told.left = self.gate.desk.change(change.id).state
        if again:
            orders = Orders(self.url, self.scene.folder, change.id, "recover", again, PASSES)
            told.died = self._struck(orders, victim) and told.died
            told.spot += f", then {again}"
        with self._halted(told) if halt else nullcontext():
            self._recovered(change, told)
            self._judge(change, asked, told, halted=halt)
        return told

    def late(self, asked: Asked, spot: Spot) -> Told:
        """Let an executor stand still at a spot for as long as it takes another one to give it up, and go on then."""
        change, told = self._begun(asked, spot, "executor")
        with process(Orders(self.url, self.scene.folder, change.id, "run", spot)) as running:
            running.start()
            told.died = running.word() == "at"
            told.left = self.gate.desk.change(change.id).state
            if told.died:
                self._recovered(change, told)
                running.go_on(PASSES[-1])
                assert running.word() == "ended"
        self._judge(change, asked, told, halted=False)
        return told

    def _begun(self, asked: Asked, spot: Spot, victim: Victim) -> tuple[Change, Told]:
        change = self._approved(asked)
        told = Told(str(spot), asked.action, victim, False)
        mark, self._wrote = self.audit.size(), len(self.wire.writes)
        self.wire.arriving = lambda path: self._recorded(mark, asked, told)
        return change, told

    @contextmanager
    def _halted(self, told: Told) -> Iterator[None]:
        """Halt; nothing is written until it ends."""
        office, wrote = self.gate.office, len(self.wire.writes)
        assert office is not None
        office.halt(Principal("oidc:ana", surface="web"), "stop everything")
        yield
        if len(self.wire.writes) > wrote:
            told.faults.append(("wrong", "something was written while everything was halted"))
        office.resume(_decider("ben"), "go on")

    def _approved(self, asked: Asked) -> Change:
        assert self.gate.office is not None
        person = Principal("oidc:ana", surface="web")
        self._asked += 1
        change = self.gate.desk.request(
            person, asked.action, asked.args, reason="a trial", conversation=f"cv_{self._asked}"
        )
        for name in ("ben", "cho"):
            if change.state == "PROPOSED":
                change = self.gate.office.decide(_decider(name), change.id, change.digest, "approve", "seen")
        assert change.state == "APPROVED", change.note
        return change

    def _struck(self, orders: Orders, victim: Victim) -> bool:
        spot = orders.at
        assert spot is not None
        losing = spot.where == "store" and spot.moment == "lost"
        url = self._by_the_cut() if losing else self.url
        with process(Orders(**{**vars(orders), "store": url})) as running:
            self.wire.watch(spot, lambda: self._died_on_the_wire(running, victim, spot))
            running.start()
            word = running.word()
            assert word != "gone" or self.wire.died.wait(SECONDS), "a process ended that nobody killed"
            died = word == "at" or self.wire.died.is_set()
            if word == "at":
                self._die_in_the_store(running, victim, losing=losing)
            self.wire.watch(None, lambda: True)
        if self.server:
            self._up()
        return died

    def _died_on_the_wire(self, running: Running, victim: Victim, spot: Spot) -> bool:
        if victim != "postgres":
            running.kill()
        if victim != "executor":
            self._down()
        return victim != "postgres" or spot.moment == "lost"

    def _die_in_the_store(self, running: Running, victim: Victim, *, losing: bool) -> None:
        if victim != "postgres":
            running.kill()
        if victim != "executor" and not losing:
            self._down()
        if victim == "postgres":
            if losing:
                assert self.cut is not None
                self.cut.arm(self._down)
            running.go_on()
            assert running.word() == "ended"
            assert not losing or self.cut is None or self.cut.died.is_set()

    def _by_the_cut(self) -> str:
        assert self.cut is not None
        assert self.server is not None
        return self.url.replace(f":{self.server.port}/", f":{self.cut.port}/")

    def _down(self) -> None:
        assert self.server is not None
        kill_nine(self.server)
        self._is_down = True

    def _up(self) -> None:
        assert self.server is not None
        if self._is_down:
            self.server.start()
            self._is_down = False

    def _recovered(self, change: Change, told: Told) -> None:
        before = self.gate.desk.change(change.id).state
        orders = Orders(self.url, self.scene.folder, change.id, "recover", None, PASSES)
        with process(orders) as running:
            running.start()
            if running.word() != "ended":
                told.faults.append(("unsettled", "the process that recovers ended without a word"))
                return
        first, problem = running.said[0]
        if before == "CLAIMED" and first != before:
            told.faults.append(("wrong", f"a claim that was still held was taken over: {first}"))
        if problem:
            told.faults.append(("wrong", f"recovering: {problem}"))

    def _recorded(self, mark: int, asked: Asked, told: Told) -> None:
        """Before a write reaches the server: it is on record, and on disk."""
        kind = "change.intend" if asked.writes == 1 else "change.step"
        try:
            found = self.audit.of_kind(kind, after=mark)
        except StoreFailed:
            return  # the database is dead; what it kept is looked at afterwards
        told_of = len([each for each in found if each.body.get("state", "started") == "started"])
        if told_of <= (len(self.wire.writes) - self._wrote if asked.writes > 1 else 0):
            told.faults.append(("unrecorded", "a write arrived before it was on record"))

    def _judge(self, change: Change, asked: Asked, told: Told, *, halted: bool) -> None:
        there = asked.made(change.digest)
        ended = self.gate.desk.change(change.id)
        if ended.state == "OUTCOME_UNKNOWN" and not asked.stamped:
            assert self.gate.office is not None
            told.by_a_person = True
            applied = there == asked.writes
            ended = self.gate.office.settle(
                _decider("ben"), change.id, applied=applied, reason="looked at it"
            )
        made = [write for write in self.wire.writes[self._wrote :] if write.made]
        told.state, told.writes = ended.state, len(made)
        told.faults += _counted(asked, made, there, halted=halted)
        told.faults += _recorded(made, self._kinds(change), halted=halted)
        told.faults += _settled(ended, asked, there, halted=halted)
        told.faults += self._words(ended)
        if not self.audit.verify().intact:
            told.faults.append(("record", self.audit.verify().problem))

    def _words(self, ended: Change) -> list[tuple[Kind, str]]:
        """The conversation heard the end once and last, and nothing is left to be done."""
        told = [event for _, event in Outbox(self.store).since(ended.conversation)]
        states = [event.state for event in told if isinstance(event, ProposalEvent)]
        before = self.audit.size()
        assert self.gate.worker is not None
        self.gate.worker.once()
        found: list[tuple[Kind, str]] = []
        if states.count(ended.state) != 1 or states[-1] != ended.state:
            found.append(("words", f"the conversation was told {states}"))
        if self.audit.size() != before:
            found.append(("unsettled", "there was still something to do"))
        return found

    def _kinds(self, change: Change) -> list[str]:
        kinds = ("change.claim", "change.intend", "change.succeed", "change.fail")
        found = [record for kind in kinds for record in self.audit.of_kind(kind, after=0)]
        return [record.kind for record in found if record.body.get("change") == change.id]


def _counted(asked: Asked, made: list[Write], there: int, *, halted: bool) -> list[tuple[Kind, str]]:
    """What the server counted, held against what it holds."""
    found: list[tuple[Kind, str]] = []
    each = {(write.method, write.path) for write in made}
    if len(each) != len(made) or len(made) > asked.writes:
        found.append(("twice", f"written: {[(write.method, write.path) for write in made]}"))
    if len(made) != there:
        found.append(("wrong", f"{len(made)} writes were made, and {there} are there"))
    if 0 < there < asked.writes and not halted:
        found.append(("wrong", f"{there} of {asked.writes} writes were made"))
    return found


def _recorded(made: list[Write], kinds: list[str], *, halted: bool) -> list[tuple[Kind, str]]:
    """What is on record of it."""
    found: list[tuple[Kind, str]] = []
    if made and "change.intend" not in kinds:
        found.append(("unrecorded", "a write without an intent on record"))
    if kinds.count("change.claim") != 1 and not (halted and not kinds):
        found.append(("twice", f"claimed {kinds.count('change.claim')} times"))
    return found


def _settled(ended: Change, asked: Asked, there: int, *, halted: bool) -> list[tuple[Kind, str]]:
    """What is said of the change is what is so. A drain that was halted right before its end has failed all the same."""
    if ended.state in LEFT:
        return [("unsettled", f"{ended.state}: {ended.note}")]
    if ended.state == "REVOKED":
        return [("wrong", "revoked, and it was made")] if there else []
    said = ended.outcome.changed if ended.outcome else None
    halfway = halted and asked.writes > 1 and ended.state == "FAILED"
    good = "SUCCEEDED" if there == asked.writes and not halfway else "FAILED"
    if (ended.state, said) != (good, there > 0):
        return [("wrong", f"{ended.state}, changed {said}, where {there} writes were made: {ended.note}")]
    return []


def _decider(name: str) -> Decider:
    who = Identified(Principal(f"oidc:{name}", surface="web"), True, f"oidc:{name}")
    return Decider(who, datetime.now(UTC), "", "web")
