"""A gate whose every transaction, read and write can be broken in upon, and whose every record is watched.

`point` is passed before and after each commit and at each read, dry run and write: there a process may die, or somebody
else may do something.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from gate.board import Writes
from gate.machine_model import Case, Facts, Rulebook
from gate.machine_watch import UNDER_WAY, Died, Frame, Twist, Watch
from gate.world import HEADER, PEOPLE, RULES
from sqlalchemy import Connection

from interlock.approvals.desk import Desk
from interlock.approvals.executor import Credentials, Executor
from interlock.approvals.force import Force
from interlock.approvals.office import Office
from interlock.core.clusters.http import Endpoint
from interlock.core.errors import InterlockError, Unreachable
from interlock.core.policy.cedar import CedarPolicy
from interlock.core.store import Store


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


class Stage(Watch):
    """The gate, watched, and broken in upon."""

    def __init__(self, store: Hooked, folder: Path, tally: Counter[str]) -> None:
        super().__init__(store, folder, tally)
        self.quiet = False
        self.disturb: Callable[[Twist], None] = lambda _: None
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
        self.board.left = self.write_left
        self.board.landed = self.write_landed

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

    def _collect(self) -> None:
        while self.board.late:
            assert self.last_left is not None
            self.arrivals.append((self.last_left, self.clock.now() + UNDER_WAY, self.board.late.pop()))

    def _hooked(self, kind: str) -> None:
        self._collect()
        if kind == "committed":
            self.watched()
        self.point(kind)


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
