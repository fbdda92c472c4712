"""Reads what was put on record in each commit, checks the chain, and holds what happened against the model."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from gate.board import Key
from gate.machine_model import Case, Facts, Rulebook
from gate.world import World
from sqlalchemy import select

from interlock.approvals.states import TRANSITIONS
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
    alias: str = ""
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


class Watch(World):
    """A gate whose record is read after each commit and held against the model."""

    def __init__(self, store: Store, folder: Path, tally: Counter[str]) -> None:
        super().__init__(store, folder)
        self.tally = tally
        self.frames: list[Frame] = []
        self.cases: dict[str, Case] = {}
        self.arrivals: list[tuple[Case, datetime, Callable[[], None]]] = []
        self.last_left: Case | None = None
        self.head, self.seen = "0" * 64, 0
        self.facts = Facts(self.board, self.clock.now)

    def verify(self) -> None:
        """The whole chain by the product's own walk."""
        found = self.audit.verify()
        if not found.intact or found.records != self.seen:
            raise Violated(f"the record does not verify: {found.problem or found.records}")

    def watched(self) -> None:
        """Read what was put on record."""
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
        case.yes.add(frame.alias)
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

    def write_left(self, verb: str, key: Key, stamp: str) -> None:
        """A write leaves for the cluster."""
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

    def write_landed(self, key: Key) -> None:
        """A write is made."""
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
