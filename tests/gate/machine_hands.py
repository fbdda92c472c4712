"""What the machine does to the gate and to the world around it, one method each."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from gate.board import Key
from gate.machine_draws import ALIASES, BOOKS, NAMES
from gate.machine_model import Case
from gate.machine_stage import Hooked, Stage
from gate.machine_watch import Died, Frame, Twist, Violated
from gate.world import PEOPLE
from hypothesis.stateful import RuleBasedStateMachine

from interlock.approvals.decisions import Decider
from interlock.core.identity import Principal
from interlock.core.identity.people import People

Opener = Callable[[], tuple[Hooked, Path, Callable[[], None]]]


class Hands(RuleBasedStateMachine):
    """The stage, and what the machine does on it; `opener` and `tally` are set by `machine_on`."""

    opener: Opener
    tally: Counter[str]

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
            alias=by.who.alias,
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
                agreed = sorted(map(stage.facts.canonical, case.yes)) if case and n % 2 else []
                person = agreed[0] if agreed else f"oidc:{NAMES[n % 4]}"
                had = stage.facts.roles.get(person)
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
            agreed = sorted(set(map(facts.canonical, case.yes)) & PEOPLE.keys()) if case else []
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


class _Dying(suppress):
    """What was in memory is gone; another process takes its place."""

    def __init__(self, hands: Hands, by: int | None) -> None:
        super().__init__(Died)
        self._hands, self._by = hands, by

    def __exit__(self, kind: Any, error: Any, trace: Any) -> bool:
        if kind is Died and self._by is not None:
            self._hands.stage.pods[self._by] = self._hands.stage.pod()
        return bool(super().__exit__(kind, error, trace))
