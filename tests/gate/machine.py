"""Everything that can happen to changes, in any order: several people, several executors, deaths, lost answers, forgeries.

`machine_on(opener)` is a Hypothesis state machine on a kind of store. What must hold is checked at every commit and every
write by `machine_watch`; what must happen (a change against which nothing speaks is made) by `machine_hands`.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

from gate.machine_draws import (
    ALIASES,
    NAMES,
    UPHEAVALS,
    event,
    overtakers,
    pod,
    proposing,
    twists,
    votes,
    which,
    who,
)
from gate.machine_forgeries import FORGERIES, forge
from gate.machine_hands import Hands, Opener
from gate.machine_model import Case
from gate.machine_watch import ENDS, Frame, Twist
from gate.world import PEOPLE
from hypothesis import strategies as st
from hypothesis.stateful import rule

from interlock.approvals.states import OPEN
from interlock.core.identity import Principal
from interlock.core.surroundings import Owner


class Machine(Hands):
    """The machine: one rule that draws among what can happen now, by weight.

    Rules apart would be switched off for whole runs, and most steps would find nothing to do.
    """

    @rule(data=st.data())
    def happens(self, data: st.DataObject) -> None:
        self.tally["steps"] += 1
        offered = [
            name
            for name, (states, weight, _) in EVENTS.items()
            if not states or self.cases(*states)
            for _ in range(self.weight(name, weight))
        ]
        name = data.draw(st.sampled_from(offered))
        drawn = {key: data.draw(strategy) for key, strategy in EVENTS[name][2].items()}
        getattr(self, name)(**drawn)

    def weight(self, name: str, weight: int) -> int:
        """Less is asked for where much is open, and things are set right sooner where much is wrong."""
        if name == "request" and len(self.cases(*OPEN)) > 4:
            return 1
        facts, board = self.stage.facts, self.stage.board
        wrong = facts.halted + facts.silent + board.down + board.refuses_dry_runs
        return weight + 6 * wrong if name == "calm" else weight

    # -- what can be asked for

    @event(
        weight=6,
        by=st.sampled_from(("ana", "ana", "ben", "ben", "cho", "dan", "eve")),
        what=st.sampled_from(
            ("scale", "scale", "scale", "annotate", "annotate", "evict-pod", "drain", "drain")
        ),
        size=st.integers(0, 6),
        also=st.lists(st.sampled_from(("slack:T1/ANA", "local:ben", "oidc:cho")), max_size=1),
        kind=st.sampled_from(
            ("person", "person", "person", "person", "alias", "service", "glass", "waits", "waits")
        ),
        twist=proposing,
    )
    def request(self, by: str, what: str, size: int, also: list[str], kind: str, twist: Twist | None) -> None:
        id = ALIASES.get(by, (f"oidc:{by}",))[-1] if kind == "alias" else f"oidc:{by}"
        asking = Principal(id, surface="web")
        if kind == "service":
            asking = Principal("service:bot", "service", surface="alert")
        facts = self.stage.facts
        case = Case(
            action=what,
            args=self.args_of(what, size),
            asked=frozenset(each for id in (asking.id, *also) for each in (id, facts.canonical(id))),
            first=facts.canonical(asking.id),
            automated=kind == "service",
            glass=kind == "glass",
        )
        self.stage.waits = kind == "waits"
        self.stage.clock.at += timedelta(milliseconds=1)
        with self.dying(), self.stage.frame(Frame("request", None if self.stage.waits else twist, asks=case)):
            self.stage.desk.request(
                asking, what, case.args, reason="it is needed", also=also, break_glass=case.glass
            )

    @event("REQUESTED", weight=2, n=which, twist=proposing)
    def propose(self, n: int, twist: Twist | None) -> None:
        case = self.pick(n, "REQUESTED")
        frame = Frame("propose", twist, case=case, snapshot=self.stage.facts.look(case))
        with self.dying(), self.stage.frame(frame):
            self.stage.office.propose(case.id)

    # -- decisions

    @event(
        "PROPOSED",
        "APPROVED",
        weight=5,
        n=which,
        name=who,
        alias=st.integers(0, 2),
        verdict=st.sampled_from(("approve",) * 5 + ("deny",)),
        channel=st.sampled_from(("web", "web", "web", "slack")),
        old=st.integers(0, 6),
        twist=votes,
    )
    def decide(
        self, n: int, name: str, alias: int, verdict: Any, channel: str, old: int, twist: Twist | None
    ) -> None:
        case = self.pick(n, "PROPOSED", "APPROVED")
        self.vote(case, name, verdict, alias=alias, channel=channel, age=7200 * (old == 0), twist=twist)

    @event("APPROVED", weight=1, n=which, name=st.sampled_from(NAMES[:4]), twist=votes)
    def think_again(self, n: int, name: str, twist: Twist | None) -> None:
        self.vote(self.pick(n, "APPROVED"), name, "deny", twist=twist)

    @event(
        "APPROVED",
        weight=2,
        n=which,
        what=st.sampled_from(("rights", "owned", "asker", "voter", "marry", "marry", "freeze", "freeze")),
    )
    def hinder(self, n: int, what: str) -> None:
        """Something comes between an approval and its execution."""
        case, facts = self.pick(n, "APPROVED"), self.stage.facts
        match what:
            case "rights":
                facts.unfit.add(facts.canonical(case.first))
                self.stage.rights.refused.add(facts.canonical(case.first))
            case "owned":
                facts.owned.add(case.key[2])
                self.stage.around.owned[case.key[2]] = Owner("argocd", "shop", "it says so", reverts=True)
            case "asker":
                facts.roles[facts.canonical(case.first)] = frozenset()
            case "voter":
                for each in sorted(case.yes)[:1]:
                    facts.roles[facts.canonical(each)] = frozenset()
            case "freeze":
                soon = [
                    since - self.stage.clock.now()
                    for since, _ in facts.book.frozen
                    if timedelta() < since - self.stage.clock.now() < timedelta(minutes=50)
                ]
                self.stage.pass_by(soon[0] if soon else timedelta())
            case _:
                self.married(n, case)

    @event("PROPOSED", weight=9, n=which, leave=st.integers(0, 3))
    def agree(self, n: int, leave: int) -> None:
        """Whoever may say yes does, until it is approved."""
        case = self.pick(n, "PROPOSED")
        for name in NAMES[leave:] + NAMES[:leave]:
            if case.state == "PROPOSED":
                self.vote(case, name, "approve")

    @event("REQUESTED", "PROPOSED", "APPROVED", "CLAIMED", weight=1, n=which, name=who, late=st.booleans())
    def revoke(self, n: int, name: str, late: bool) -> None:
        states = ("APPROVED", "CLAIMED") if late else ("REQUESTED", "PROPOSED", "APPROVED", "CLAIMED")
        if self.cases(*states):
            self.take_back(self.pick(n, *states), name)

    @event(
        "OUTCOME_UNKNOWN",
        weight=9,
        n=which,
        name=st.sampled_from((*NAMES[:4] * 2, *NAMES)),
        applied=st.sampled_from((True, True, False)),
    )
    def settle(self, n: int, name: str, applied: bool) -> None:
        case = self.pick(n, "OUTCOME_UNKNOWN")
        if case in [each for each, _, _ in self.stage.arrivals]:
            return  # nobody can know yet
        with self.stage.frame(Frame("settle")):
            self.stage.office.settle(self.decider(name), case.id, applied=applied, reason="seen by hand")

    @event("REQUESTED", "PROPOSED", "APPROVED", weight=1, minutes=st.sampled_from((16, 31, 61)))
    def overdue(self, minutes: int) -> None:
        self.stage.pass_by(timedelta(minutes=minutes))
        self.sweep(None)

    # -- execution

    @event("APPROVED", weight=12, n=which, by=pod, twist=twists)
    def run(self, n: int, by: int, twist: Twist | None) -> None:
        self.execute(self.pick(n, "APPROVED"), by, twist)

    @event("APPROVED", weight=3, n=which, by=pod, twist=overtakers)
    def meddle(self, n: int, by: int, twist: Twist) -> None:
        """Somebody is faster, or changes who may, while an executor looks at the cluster."""
        self.execute(self.pick(n, "APPROVED"), by, twist)

    @event(*ENDS, weight=1, n=which, by=pod)
    def run_what_is_over(self, n: int, by: int) -> None:
        self.execute(self.pick(n, *ENDS), by, None)

    @event(
        "CLAIMED",
        "OUTCOME_UNKNOWN",
        weight=4,
        by=pod,
        after=st.sampled_from((0, 0.5, 1.5, 4, 4)),
        twist=twists,
    )
    def recover(self, by: int, after: float, twist: Twist | None) -> None:
        self.stage.pass_by(timedelta(minutes=after))
        self.recovered(by, twist)

    @event(weight=1, twist=st.none() | st.just(Twist(1, "die")) | st.just(Twist(2, "run")))
    def sweep(self, twist: Twist | None) -> None:
        with self.dying(), self.stage.frame(Frame("sweep", twist)):
            self.stage.office.sweep()

    # -- the world

    @event(weight=1, minutes=st.sampled_from((-45, -3, 1, 2, 6, 12, 31, 61)), sweeps=st.booleans())
    def jump(self, minutes: int, sweeps: bool) -> None:
        self.stage.pass_by(timedelta(minutes=minutes))
        if sweeps:
            self.sweep(None)

    @event(
        weight=2, fault=st.sampled_from(("lost after", "lost before", "late", "late", "not sent", "answered"))
    )
    def fault(self, fault: Any) -> None:
        self.stage.board.fault = fault

    @event(weight=1, n=st.integers(0, 5), churn=st.booleans())
    def touch(self, n: int, churn: bool) -> None:
        self.disturb(Twist(0, "churn" if churn else "edit", n))

    @event(weight=2, what=st.sampled_from(UPHEAVALS), arg=st.integers(0, 30))
    def upheaval(self, what: str, arg: int) -> None:
        stage = self.stage
        match what:
            case "down" | "slow" | "blocked":
                setattr(stage.board, what, True)
            case "dry":
                stage.board.refuses_dry_runs = True
            case "silent":
                stage.facts.silent = True
            case "rights":
                person = f"oidc:{NAMES[arg % 4]}"
                stage.facts.unfit.add(person)
                stage.rights.refused.add(person)
            case "owned":
                stage.facts.owned.add("api")
                stage.around.owned["api"] = Owner("argocd", "shop", "it says so", reverts=True)
            case "stop":
                stage.pods[arg % 2].stop.set()
            case _:
                self.disturb(Twist(0, what, arg))

    @event(weight=2)
    def calm(self) -> None:
        """Everything works again."""
        stage = self.stage
        board = stage.board
        board.down = board.refuses_dry_runs = board.slow = board.blocked = False
        board.fault = None
        stage.facts.silent = False
        for held in (stage.facts.unfit, stage.rights.refused, stage.facts.owned, stage.around.owned):
            held.clear()
        for each in stage.pods:
            each.stop.clear()
        self.known_as(dict(PEOPLE))
        for name in ("ana", "ben", "cho", "dan"):
            more = {"owners"} if name == "cho" else set()
            stage.facts.roles[f"oidc:{name}"] = frozenset({"sre", *more})
        for node in ("n1", "n2"):
            if not stage.facts.pods_on(node):
                self.refill(node)
        if stage.facts.halted:
            with stage.frame(Frame("resume")):
                stage.office.resume(self.decider("cho"), "all is well")

    @event(weight=1)
    def arrive(self) -> None:
        for case, _, arrival in list(self.stage.arrivals):
            self.stage.arrive(case, arrival)

    @event(
        "PROPOSED",
        "APPROVED",
        "SUCCEEDED",
        "FAILED",
        weight=1,
        n=which,
        kind=st.sampled_from(FORGERIES),
    )
    def forge(self, n: int, kind: str) -> None:
        """Somebody writes into the database."""
        states = ("SUCCEEDED", "FAILED") if kind == "again" else ("PROPOSED", "APPROVED")
        if self.cases(*states):
            case = self.pick(n, *states)
            if forge(self.stage, case, kind):
                self.tally[f"forged {kind}"] += 1
                self.execute(case, 0, None)


EVENTS: dict[str, tuple[tuple[str, ...], int, dict[str, st.SearchStrategy[Any]]]] = {
    name: each.offered for name, each in vars(Machine).items() if hasattr(each, "offered")
}


def machine_on(opener: Opener, tally: Counter[str]) -> type[Machine]:
    """The machine on a kind of store; what it did is counted in `tally`."""
    return type("MachineOn", (Machine,), {"opener": staticmethod(opener), "tally": tally})
