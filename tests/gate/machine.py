"""Everything that can happen to changes, in any order: several people, several executors, deaths, lost answers, forgeries.

`machine_on(opener)` is a Hypothesis state machine on a kind of store. What must hold is checked at every commit and every
write by `machine_stage`; what must happen (a change against which nothing speaks is made) is checked here.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from gate.board import Key
from gate.machine_forgeries import FORGERIES, forge
from gate.machine_model import Case, Rulebook
from gate.machine_stage import ENDS, Died, Frame, Hooked, Stage, Twist, Violated
from gate.world import PEOPLE
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from interlock.approvals.decisions import Decider
from interlock.approvals.states import OPEN
from interlock.core.identity import Principal
from interlock.core.identity.people import People
from interlock.core.surroundings import Owner

FREEZE = (datetime(2026, 11, 23, 12, 30, tzinfo=UTC), datetime(2026, 11, 23, 13, 30, tzinfo=UTC))
BOOKS = (
    Rulebook("plain"),
    Rulebook("two", {"rules": [{"name": "two", "risks": ["medium"], "quorum": 2}]}, quorum=2),
    Rulebook("owners", {"rules": [{"name": "owners", "groups": ["owners"]}]}, owners=True),
    Rulebook(
        "freeze",
        {
            "freezes": [
                {
                    "name": "noon",
                    "break_glass": True,
                    "dated": [
                        {"since": "2026-11-23 12:30:00", "until": "2026-11-23 13:30:00", "zone": "UTC"}
                    ],
                }
            ]
        },
        frozen=FREEZE,
    ),
    Rulebook("cap", {"caps": [{"name": "one", "executions_per_hour": 1}]}, hourly=1),
    Rulebook("quick", {"rules": [{"name": "quick", "max_age": "10m"}]}, minutes=10),
    Rulebook(
        "ban",
        rules='@id("not-ben") forbid (principal == Interlock::Person::"oidc:ben",'
        ' action == Interlock::Action::"decide", resource);\n',
        banned="oidc:ben",
    ),
)
NAMES = ("ana", "ben", "cho", "dan", "eve", "zed")
ALIASES = {"ana": ("oidc:ana", "slack:T1/ANA", "local:ana"), "ben": ("oidc:ben", "slack:T1/BEN", "local:ben")}
TWISTS = (
    *("die",) * 6,
    *("halt", "deny", "revoke", "run", "recover", "jump", "lapse", "edit", "edit", "edit", "churn"),
    *("edit", "edit", "lapse", "recover", "roles", "policy", "people"),
)
LATE = (
    *("edit",) * 4,
    "die",
    "die",
    "lapse",
    "halt",
    "run",
    "recover",
    "roles",
    "policy",
    "churn",
    "revoke",
    "revoke",
)
UPHEAVALS = (
    *("halt", "policy", "roles", "people", "people", "down", "silent", "dry", "slow"),
    *("blocked", "rights", "owned", "stop", "stop"),
)
twists = (
    st.none()
    | st.builds(Twist, st.integers(1, 26), st.sampled_from(TWISTS), st.integers(0, 30))
    | st.builds(
        Twist,
        st.integers(1, 20) | st.integers(20, 45),
        st.sampled_from(LATE),
        st.integers(0, 30),
        st.just(True),
    )
)
votes = st.none() | st.builds(
    Twist,
    st.integers(1, 3),
    st.sampled_from((*("die", "run", "jump") * 2, "deny", "revoke", "halt")),
    st.integers(0, 30),
)
proposing = st.none() | st.builds(
    Twist,
    st.integers(1, 8),
    st.sampled_from((*("die", "churn") * 4, "halt", "revoke", "policy", "edit")),
    st.integers(0, 9),
)
which = st.integers(0, 5)
who = st.sampled_from(NAMES)
pod = st.integers(0, 1)

Opener = Callable[[], tuple[Hooked, Path, Callable[[], None]]]


Step = TypeVar("Step", bound=Callable[..., None])


def event(*states: str, weight: int, **drawn: st.SearchStrategy[Any]) -> Callable[[Step], Step]:
    """Something that can happen while a change is in one of these states; always, when none is named."""

    def marked(step: Step) -> Step:
        step.offered = states, weight, drawn  # type: ignore[attr-defined]
        return step

    return marked


class Machine(RuleBasedStateMachine):
    """The machine; `opener` and `tally` are set by `machine_on`.

    One rule that draws among what can happen now, by weight: rules apart would be switched off for whole runs, and most
    steps would find nothing to do.
    """

    opener: Opener
    tally: Counter[str]

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

    def __init__(self) -> None:
        super().__init__()
        store, folder, self._close = type(self).opener()
        self.stage = stage = Stage(store, folder, type(self).tally)
        stage.disturb = self.disturb
        stage.board.workload("web")
        stage.board.workload("api")
        for node in ("n1", "n2"):
            self.refill(node)

    def teardown(self) -> None:
        try:
            self.stage.frames.clear()
            self.stage.verify()
        finally:
            self._close()

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
        what=st.sampled_from(("rights", "owned", "asker", "voter", "marry", "marry")),
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

    # -- how it is done

    def cases(self, *states: str) -> list[Case]:
        return [case for case in reversed(self.stage.cases.values()) if case.state in states]

    def pick(self, n: int, *states: str) -> Case:
        found = self.cases(*states)
        return found[n % len(found)]

    def decider(self, name: str, alias: int = 0, channel: str = "web", age: float = 0) -> Decider:
        known = ALIASES.get(name, (f"oidc:{name}",))
        presented = Principal(known[alias % len(known)], surface=channel)
        at = self.stage.clock.now() - timedelta(seconds=age)
        return Decider(self.stage.people.identified(presented), at, "", channel)  # type: ignore[arg-type]

    def vote(
        self,
        case: Case,
        name: str,
        verdict: Any,
        *,
        alias: int = 0,
        channel: str = "web",
        age: int = 0,
        twist: Twist | None = None,
    ) -> None:
        by = self.decider(name, alias, channel, age)
        limit = {"low": 8 * 3600, "medium": 3600, "high": 300}[case.risk]
        presented = self.stage.facts.canonical(by.who.alias)
        frame = Frame(
            "decide",
            twist,
            case=case,
            person=presented,
            known=presented in self.stage.facts.aliases,
            fresh=age <= (300 if case.glass else limit),
            channel=channel,
        )
        with self.dying(), self.stage.frame(frame):
            self.stage.office.decide(by, case.id, case.digest, verdict, "so be it")
            case.denied |= verdict == "deny"

    def take_back(self, case: Case, name: str) -> None:
        with self.stage.frame(Frame("revoke")):
            self.stage.office.revoke(self.decider(name).who, case.id, "not any more")

    def execute(self, case: Case, by: int, twist: Twist | None) -> None:
        stage, executor = self.stage, self.stage.pods[by]
        board = stage.board
        calm = (
            (twist is None or twist.what == "churn")
            and not (board.fault or board.down or board.slow or board.blocked or board.refuses_dry_runs)
            and not executor.stop.is_set()
            and case.state == "APPROVED"
            and not (case.spoiled or case.bent)
            and len(set(case.snapshots)) == 1  # else it was edited while it was previewed
            and not stage.facts.against(case)
        )
        with self.dying(by), stage.frame(Frame("run", twist, case=case)):
            executor.executor.run(case.id)
        if calm and case.state != "SUCCEEDED":
            raise Violated(
                f"nothing spoke against it, and it is {case.state}: {stage.desk.change(case.id).note}"
            )
        if calm:
            self.tally["as it should"] += 1

    def recovered(self, by: int, twist: Twist | None = None) -> None:
        with self.dying(by), self.stage.frame(Frame("recover", twist)):
            self.stage.pods[by].executor.recover()

    def disturb(self, twist: Twist) -> None:  # noqa: C901 - one case an event
        """Something happens, by itself or in the midst of something else."""
        stage, n = self.stage, twist.arg
        open_ = self.cases("CLAIMED", "APPROVED", "PROPOSED", "OUTCOME_UNKNOWN") or self.cases("REQUESTED")
        case = open_[n % len(open_)] if open_ and n % 3 == 0 else (open_ or [None])[0]
        if stage.frames and stage.frames[-1].case and n % 5:
            case = stage.frames[-1].case
        match twist.what:
            case "halt":
                with stage.frame(Frame("halt")):
                    stage.office.halt(Principal("oidc:ana"), "something is wrong")
            case "deny" if case and case.digest:
                self.vote(case, NAMES[n % 4], "deny")
            case "revoke" if case:
                for name in (case.first.removeprefix("oidc:"), "cho"):
                    self.take_back(case, name)
            case "run" if case:
                self.execute(case, 1, Twist(n, "die", late=True) if n % 2 else None)
            case "recover":
                self.recovered(1)
            case "lapse":
                stage.pass_by(timedelta(minutes=5))
                self.recovered(1)
            case "jump":
                stage.pass_by(timedelta(minutes=(-20, 2, 5, 20, 65)[n % 5]))
            case "edit" | "churn":
                self.touched(twist.what, n, case.key if case and stage.frames else None)
            case "roles":
                person = f"oidc:{NAMES[n % 4]}"
                had = stage.facts.roles[person]
                stage.facts.roles[person] = frozenset() if had else frozenset({"sre"})
            case "policy":
                stage.rule_by(BOOKS[n % len(BOOKS)])
            case "people":
                self.married(n, case)

    def touched(self, what: str, n: int, key: Key | None = None) -> None:
        board = self.stage.board
        key = (
            key
            or (
                ("deployments.apps", "shop", "web"),
                ("deployments.apps", "shop", "api"),
                ("deployments.apps", "shop", "web"),
                ("nodes", "", "n1"),
                ("pods", "shop", "n1-a"),
                ("pods", "shop", "n2-a"),
            )[n % 6]
        )
        if key not in board.objects:
            return
        if what == "churn":
            board.churn(*key)
        elif key[0] == "deployments.apps":
            board.edit(
                *key, {"spec": {"replicas": 3 + n % 4}, "metadata": {"annotations": {"note": f"by hand {n}"}}}
            )
        elif key[0] == "nodes":
            board.edit(
                *key, {"spec": {"unschedulable": n % 2 == 0}, "metadata": {"labels": {"by": f"hand {n}"}}}
            )
        else:
            board.objects.pop(key)

    def married(self, n: int, case: Case | None) -> None:
        """Two ids turn out to be one person (somebody who agreed and somebody who asked, at best), or not to be."""
        facts = self.stage.facts
        people = dict(PEOPLE)
        if len(set(facts.aliases.values())) == len(PEOPLE):
            agreed = sorted(case.yes & PEOPLE.keys()) if case else []
            one = agreed[n % len(agreed)] if agreed else "oidc:dan"
            other = case.first if case and case.first in PEOPLE else "oidc:ana"
            if one != other:
                people[other] = (*people[other], one, *people.pop(one))
        self.known_as(people)

    def known_as(self, people: dict[str, tuple[str, ...]]) -> None:
        self.stage.people = People(people)
        self.stage.facts.aliases = {each: who for who, all_ in people.items() for each in (who, *all_)}

    def refill(self, node: str) -> None:
        board = self.stage.board
        if ("nodes", "", node) in board.objects:
            board.edit("nodes", "", node, {"spec": {"unschedulable": False}})
        else:
            board.put("nodes", "", node, kind="Node", spec={"unschedulable": False})
        for letter in "abc":
            owner = {"kind": "ReplicaSet", "name": "web-1", "uid": "rs", "controller": True}
            meta = {"ownerReferences": [owner], "uid": f"pod-{secrets.token_hex(4)}"}
            board.put("pods", "shop", f"{node}-{letter}", kind="Pod", metadata=meta, spec={"nodeName": node})

    def args_of(self, what: str, size: int) -> dict[str, Any]:
        args: dict[str, Any] = {"cluster": "prod"}
        if what == "drain":
            return args | {"name": ("n1", "n2")[size % 2], "patience": 20}
        args |= {"namespace": "shop", "name": ("web", "api")[size % 2]}
        match what:
            case "scale":
                return args | {"kind": "Deployment", "replicas": size}
            case "annotate":
                return args | {"kind": "Deployment", "annotations": {"note": f"nr {size}"}}
        return args | {"name": ("n1-a", "n1-b", "n2-a", "n2-b")[size % 4]}

    def dying(self, by: int | None = None) -> suppress:
        return _Dying(self, by)


EVENTS: dict[str, tuple[tuple[str, ...], int, dict[str, st.SearchStrategy[Any]]]] = {
    name: each.offered for name, each in vars(Machine).items() if hasattr(each, "offered")
}


class _Dying(suppress):
    """What was in memory is gone; another process takes its place."""

    def __init__(self, machine: Machine, by: int | None) -> None:
        super().__init__(Died)
        self._machine, self._by = machine, by

    def __exit__(self, kind: Any, error: Any, trace: Any) -> bool:
        if kind is Died and self._by is not None:
            self._machine.stage.pods[self._by] = self._machine.stage.pod()
        return bool(super().__exit__(kind, error, trace))


def machine_on(opener: Opener, tally: Counter[str]) -> type[Machine]:
    """The machine on a kind of store; what it did is counted in `tally`."""
    return type("MachineOn", (Machine,), {"opener": staticmethod(opener), "tally": tally})
