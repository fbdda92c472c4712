"""A gate whose every transaction, read and write can be broken in upon, and whose every record is held against the model.

`point` is passed before and after each commit and at each read, dry run and write: there a process may die, or somebody
else may do something. `watched` reads what was put on record in the commit just made, checks the chain, and asks the model.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from gate.board import Key, Writes
from gate.machine_model import Case, Facts, Rulebook
from gate.world import HEADER, PEOPLE, RULES, World
from sqlalchemy import Connection, select

from interlock.approvals.desk import Desk
from interlock.approvals.executor import Credentials, Executor
from interlock.approvals.force import Force
from interlock.approvals.office import Office
from interlock.approvals.states import TRANSITIONS
from interlock.core.clusters.http import Endpoint
from interlock.core.errors import InterlockError, Unreachable
from interlock.core.policy.cedar import CedarPolicy
from interlock.core.store import Store
from interlock.core.store.tables import audit

ENDS = ("SUCCEEDED", "FAILED", "STALE", "DENIED", "EXPIRED", "REVOKED")
UNDER_WAY = timedelta(seconds=75)
"""How long a request whose answer was given up may still arrive."""


class Died(BaseException):
    """The process is gone."""


class Violated(AssertionError):
    """An invariant does not hold."""


@dataclass(frozen=True)
class Twist:
    """What happens in the midst of an operation, at the first fitting point from number `at` on."""

    at: int
    what: str
    arg: int = 0
    late: bool = False
    """Only once something was claimed in it."""


@dataclass
class Frame:
    """An operation under way."""

    op: str
    twist: Twist | None = None
    case: Case | None = None
    asks: Case | None = None
    person: str = ""
    known: bool = True
    fresh: bool = True
    channel: str = "web"
    book: Rulebook | None = None
    snapshot: object = None
    points: int = 0
    flight: Case | None = None
    """What was put on record as about to be sent, and is not known to have arrived."""
    edited: bool = False
    claimed: bool = False


class Hooked(Store):
    """A store that tells of the beginning and the end of each transaction."""

    hook: Callable[[str], None] = staticmethod(lambda _: None)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        self.hook("begin")
        with super().write() as connection:
            yield connection
            self.hook("before commit")
        self.hook("committed")


class Ticking(threading.Event):
    """A stop that waits by letting the test's clock go on."""

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self._stage = stage

    def wait(self, timeout: float | None = None) -> bool:
        self._stage.pass_by(timedelta(seconds=timeout or 0))
        self._stage.point("wait")
        return self.is_set()


@dataclass
class Pod:
    """A process that executes, and what stops it."""

    executor: Executor
    stop: threading.Event


class Roles:
    """The directory."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts

    def groups_of(self, principal: str) -> frozenset[str]:
        if self._facts.silent:
            raise Unreachable("the directory does not answer")
        return self._facts.roles.get(principal, frozenset())


class Directed:
    """The rules of the bundle with groups from the directory and people as they are mapped now."""

    def __init__(self, live: Callable[[], Force], facts: Facts, stage: Stage) -> None:
        self._live, self._facts, self._stage = live, facts, stage
        self._made: tuple[Force, Force] | None = None

    def __call__(self) -> Force:
        # Reading the bundle takes a lock and puts it on record: nothing of this thread may break in upon that.
        self._stage.quiet = True
        try:
            live = self._live()
        finally:
            self._stage.quiet = False
        if self._made is None or self._made[0] is not live:
            directory = Roles(self._facts)
            assert isinstance(live.policy, CedarPolicy)
            policy = CedarPolicy(live.policy.bundle, directory)
            made = replace(
                live,
                policy=policy,
                groups_of=directory.groups_of,
                canonical=self._stage.canonical,
            )
            self._made = live, made
        return self._made[1]


class Stage(World):
    """The gate, watched."""

    def __init__(self, store: Hooked, folder: Path, tally: Counter[str]) -> None:
        super().__init__(store, folder)
        self.tally = tally
        self.quiet = False
        self.frames: list[Frame] = []
        self.cases: dict[str, Case] = {}
        self.arrivals: list[tuple[Case, datetime, Callable[[], None]]] = []
        self.last_left: Case | None = None
        self.head, self.seen = "0" * 64, 0
        self.disturb: Callable[[Twist], None] = lambda _: None
        self.facts = Facts(self.board, self.clock.now)
        self.facts.aliases = {each: person for person, all_ in PEOPLE.items() for each in (person, *all_)}
        self.facts.roles = {
            f"oidc:{name}": frozenset({"sre"}) for name in ("ana", "ben", "cho", "dan", "zed")
        } | {"oidc:cho": frozenset({"sre", "owners"})}
        self.rules = Directed(self.rules, self.facts, self)  # type: ignore[assignment, arg-type]
        self.desk = Desk(self.ledger, self.rules, self.redactor, asked=self._proposed)
        self.office = Office(self.ledger, self.desk, self.rules, self, self.signer, self.redactor)
        self.pods = [self.pod(), self.pod()]
        store.hook = self._hooked
        self.board.reached = self.point
        self.board.left = self._left
        self.board.landed = self._landed

    def another(self, **more: Any) -> Executor:
        return self.pod().executor

    def pod(self) -> Pod:
        """One more process that executes."""
        stop = Ticking(self)
        executor = Executor(
            self.ledger,
            self.rules,
            self,
            self.signer,
            lambda _: Credentials(Endpoint("http://127.0.0.1:1")),
            self.redactor,
            verify_within=timedelta(seconds=10),
            stop=stop,
            mutator=lambda _: Writes(self.board),
        )
        return Pod(executor, stop)

    def canonical(self, id: str) -> str:
        """The one id of a person, as people are mapped now."""
        return self.people.canonical(id)

    def rule_by(self, book: Rulebook) -> None:
        """Put other rules in force."""
        self.bundle({**HEADER, "changes": dict(book.changes)}, RULES + book.rules)
        self.facts.book = book

    def pass_by(self, time: timedelta) -> None:
        """Let the clock go on, or back; what is still under way arrives before its time is over."""
        self._collect()
        later = self.clock.now() + time
        for case, until, arrive in list(self.arrivals):
            if until <= later:
                self.arrive(case, arrive)
        self.clock.at = later

    def arrive(self, case: Case, arrive: Callable[[], None]) -> None:
        """A request that nobody waits for any more arrives."""
        self.arrivals = [each for each in self.arrivals if each[2] is not arrive]
        with self.frame(Frame("arrival", flight=case)):
            arrive()

    @contextmanager
    def frame(self, frame: Frame) -> Iterator[Frame]:
        """An operation."""
        frame.book = self.facts.book
        self.frames.append(frame)
        try:
            with suppress(InterlockError):
                yield frame
        finally:
            self._collect()
            self.frames.pop()

    def point(self, kind: str) -> None:
        """Something may happen here."""
        if not self.frames or self.quiet:
            return
        frame = self.frames[-1]
        frame.points += 1
        twist = frame.twist
        if twist is None or frame.points < twist.at or not _fits(twist, kind, frame):
            return
        frame.twist = None
        self.tally[f"twist {twist.what}"] += 1
        if twist.what == "die":
            raise Died
        frame.edited |= twist.what == "edit"
        self.disturb(twist)

    def verify(self) -> None:
        """The whole chain by the product's own walk."""
        found = self.audit.verify()
        if not found.intact or found.records != self.seen:
            raise Violated(f"the record does not verify: {found.problem or found.records}")

    def _collect(self) -> None:
        while self.board.late:
            assert self.last_left is not None
            self.arrivals.append((self.last_left, self.clock.now() + UNDER_WAY, self.board.late.pop()))

    def _hooked(self, kind: str) -> None:
        self._collect()
        if kind == "committed":
            self._watched()
        self.point(kind)

    def _watched(self) -> None:
        with self.store.read() as connection:
            rows = connection.execute(
                select(audit).where(audit.c.seq > self.seen).order_by(audit.c.seq)
            ).all()
        for row in rows:
            linked = hashlib.sha256(b"\x00" + self.head.encode() + bytes(row.body)).hexdigest()
            if (row.seq, row.previous, row.hash) != (self.seen + 1, self.head, linked):
                raise Violated(f"record {row.seq} does not follow the one before it")
            self.seen, self.head = row.seq, row.hash
            said = json.loads(row.body)
            self._told(str(said["kind"]), said["body"])

    def _told(self, kind: str, body: dict[str, Any]) -> None:
        frame = self.frames[-1] if self.frames else Frame("outside")
        case = self.cases.get(str(body.get("change", "")))
        match kind, case:
            case "changes.halt", _:
                self.facts.halted = True
            case "changes.resume", _:
                self.facts.halted = False
            case "change.request", None if frame.asks:
                frame.asks.id = body["change"]
                self.cases[frame.asks.id] = frame.asks
                frame.snapshot = self.facts.look(frame.asks)
            case "change.cancel", Case():
                case.stopped = True
            case "change.intend", Case():
                self._begins(case, frame)
            case "change.step", Case() if body["state"] == "started":
                self._begins(case, frame)
            case "change.step", Case():
                frame.flight = None
            case _, Case() if kind.startswith("change."):
                self._moved(case, kind.removeprefix("change."), body, frame)

    def _begins(self, case: Case, frame: Frame) -> None:
        if case.claims != 1 or case.state != "CLAIMED":
            raise Violated(f"something begins that is {case.state}")
        if self.facts.halted or case.stopped:
            raise Violated("something begins after it was stopped")
        frame.flight = case

    def _moved(self, case: Case, event: str, body: dict[str, Any], frame: Frame) -> None:
        before, case.state = case.state, str(body["state"])
        if not (case.forged or case.bent):
            allowed = TRANSITIONS.get((before, event))  # type: ignore[call-overload]
            if allowed != case.state:
                raise Violated(f"{event} led from {before} to {case.state}")
            self.tally[f"{before} {event} {case.state}"] += 1
        match event:
            case "propose":
                self._proposed_so(case, body, frame)
            case "vote" | "approve" | "deny" if frame.op == "decide":
                self._decided(case, event, frame)
            case "claim":
                self._claimed(case, frame)
            case "succeed" | "fail" | "stale" if frame.op != "settle" and not case.bent:
                self._ended(case, event, body)

    def _proposed_so(self, case: Case, body: dict[str, Any], frame: Frame) -> None:
        assert frame.book is not None
        case.digest, case.book = body["digest"], frame.book
        minutes = min(frame.book.minutes, 30 if case.glass else 60)
        case.expires = self.clock.now() + timedelta(minutes=minutes)
        case.snapshots = [frame.snapshot, self.facts.look(case)]
        if case.action == "drain":
            case.plan = self.facts.pods_on(case.args["name"])

    def _decided(self, case: Case, event: str, frame: Frame) -> None:
        if event == "deny":
            case.denied = True
            return
        case.yes.add(frame.person)
        wrong = {
            "a requester approved": self.facts.canonical(frame.person) in self.facts.requesters(case),
            "somebody approved for whom nobody vouches": not frame.known,
            "an old login approved": not frame.fresh,
            "Slack approved more than low risk": frame.channel == "slack" and case.risk != "low",
            "somebody approved who may not": not self.facts.may_decide(frame.person),
            "approved while halted": self.facts.halted,
            "what was forged was approved": case.forged,
        }
        if event == "approve":
            wrong["approved without a quorum"] = bool(self.facts.agreed(case))
        self._hold(case, [name for name, holds in wrong.items() if holds])

    def _claimed(self, case: Case, frame: Frame) -> None:
        against = self.facts.against(case, moved=not frame.edited)
        self._hold(case, [f"claimed though {each}" for each in against])
        case.claims += 1
        frame.claimed = True
        self.facts.claims.append((case.id, self.clock.now()))
        self.tally["claims"] += 1

    def _ended(self, case: Case, event: str, body: dict[str, Any]) -> None:
        if event == "succeed":
            left = self.facts.pods_on(case.args["name"]) & case.plan if case.action == "drain" else ()
            done = bool(case.landed) or (case.action == "drain" and not left)
            self._hold(case, [] if done and not left else ["a success that did not happen"])
        elif event == "stale" or body.get("changed") is False:
            case.nothing = True
            under_way = any(each is case for each, _, _ in self.arrivals)
            self._hold(case, ["called untouched, and it was made"] if case.landed else [])
            self._hold(case, ["called untouched, and it is on its way"] if under_way else [])
        elif body.get("changed") is True:
            self._hold(case, [] if case.landed or case.action == "drain" else ["called made, and it was not"])

    def _left(self, verb: str, key: Key, stamp: str) -> None:
        case = self.frames[-1].flight if self.frames else None
        if case is None:
            raise Violated(f"{verb} of {key} left without an intent on record")
        wrong = {
            "forged": case.forged,
            "never claimed": case.claims != 1,
            "not held any more": case.state != "CLAIMED",
            "stamped with another digest": verb == "patch" and stamp != case.digest,
        }
        if case.action == "drain":
            uid = self.board.objects[key]["metadata"]["uid"]
            wrong["not of the plan"] = key != case.key and uid not in case.plan
        else:
            wrong["another object"] = key != case.key
            wrong["sent twice"] = bool(case.sent)
            wrong["not what was approved"] = self.facts.look(case) not in case.snapshots
        case.sent.append(f"{verb} {key}")
        self.tally["sent"] += 1
        self._hold(case, [f"sent, {name}" for name, holds in wrong.items() if holds])
        self.last_left = case

    def _landed(self, key: Key) -> None:
        case = self.frames[-1].flight if self.frames else None
        assert case is not None
        case.landed.append(key)
        if case.action != "drain":
            self.frames[-1].flight = None
        wrong = {
            "made though it is on record as untouched": case.nothing,
            "made twice": case.action != "drain" and len(case.landed) > 1,
            "something else was made than was asked": case.action != "drain" and not self.facts.there(case),
        }
        self.tally["landed"] += 1
        self._hold(case, [name for name, holds in wrong.items() if holds])

    def _hold(self, case: Case, wrong: list[str]) -> None:
        if wrong:
            raise Violated(f"{'; '.join(wrong)} ({case})")


def _fits(twist: Twist, kind: str, frame: Frame) -> bool:
    if twist.late and not frame.claimed:
        return False
    if twist.what == "die":
        return True
    if kind == "before commit":
        return False
    if twist.what in ("roles", "policy", "people"):
        return kind in ("read", "dry run", "arriving", "landed", "wait")
    # What is on the wire has its own deadline, which no jump of ours outlasts.
    return not (twist.what in ("jump", "lapse") and kind == "arriving")
