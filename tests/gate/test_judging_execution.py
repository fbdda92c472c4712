"""What is looked at once more before a claim: each thing that is not as it was stops it, alone and in its own words."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from gate.board import DryRuns
from gate.world import World

from interlock.approvals.canonical import Digest
from interlock.approvals.decisions import Decision, Signed
from interlock.approvals.doors import Door, Doors
from interlock.approvals.errors import NotSent
from interlock.approvals.execution import End, Judge, Ready
from interlock.approvals.force import Force
from interlock.approvals.ledger import Kept
from interlock.approvals.proposal import Proposal, read_proposal
from interlock.approvals.rights import Access
from interlock.approvals.standing import NotNow, Void
from interlock.approvals.words import Intent, Inverse, Target
from interlock.core.errors import BadInput, InterlockError, NotServed, Refused, StoreFailed, Unreachable
from interlock.core.policy.ask import Ask, Ruling
from interlock.core.store import open_store
from interlock.core.surroundings import Owner
from interlock.core.untrusted import Untrusted

WEB = ("deployments.apps", "shop", "web")
How = Callable[["Stage"], Any]


@dataclass
class Stage:
    """An approved change as its row holds it, and a judge of it whose rules and doors a test can move."""

    world: World
    kept: Kept
    signed: list[Signed]
    rules: Callable[[], Force]
    doors: Doors

    @property
    def judge(self) -> Judge:
        # Asked anew each time: a test may move them meanwhile.
        return Judge(self.world.ledger, lambda: self.rules(), self.world.signer, self.doors)  # noqa: PLW0108

    @property
    def proposal(self) -> Proposal:
        return read_proposal(self.kept.proposal, self.kept.digest)

    def under(self, **changed: Any) -> None:
        """Rules that differ in this alone."""
        before = self.world.rules()
        self.rules = lambda: replace(before, **changed)

    def reseal(self, **values: Any) -> None:
        """Another proposal in the row, sealed and decided on by the approvals side itself."""
        made = replace(self.proposal, **values)
        signer = self.world.signer
        now = self.world.clock.now()
        said = Decision(self.kept.id, made.digest, "oidc:ben", "approve", "r", now, "web", now, "")
        self.signed = [signer.signed(said)]
        card = signer.sealed_card(self.kept.id, made.digest, {"title": "x"})
        self.kept = replace(self.kept, proposal=made.canonical(), digest=made.digest, card=card)


def opened(folder: Path) -> World:
    made = World(open_store(f"sqlite:///{folder / 'own.db'}"), folder)
    made.board.workload()
    return made


@pytest.fixture(scope="module")
def agreed(sqlite_made: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder of a gate with an approved change, made once, and the change."""
    folder = tmp_path_factory.mktemp("agreed")
    shutil.copy(sqlite_made, folder / "own.db")
    world = opened(folder)
    with closing(world.store):
        return folder, world.approved("ana").id


@pytest.fixture
def stage(agreed: tuple[Path, str], tmp_path: Path) -> Iterator[Stage]:
    folder, id = agreed
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    world = opened(tmp_path)
    with closing(world.store):
        yield Stage(world, *world.ledger.get(id), world.rules, world)


def test_what_still_stands_is_ready_with_all_that_it_needs(stage: Stage) -> None:
    ready = stage.judge.ready(stage.kept, stage.signed)
    assert isinstance(ready, Ready)
    assert ready.proposal == stage.proposal
    assert (ready.action.name, ready.args.cluster) == ("scale", "prod")
    assert ready.force == stage.world.rules()
    assert ready.previewer is ready.door.previewer
    assert ready.owned is False
    assert stage.world.board.written == []


def put(**values: Any) -> How:
    return lambda stage: setattr(stage, "kept", replace(stage.kept, **values))


def forged(stage: Stage) -> None:
    stage.signed = [Signed(stage.signed[0].body, "00")]


def of_another(stage: Stage) -> None:
    other = "chg-other"
    card = stage.world.signer.sealed_card(other, stage.kept.digest, {"title": "x"})
    opened = replace(stage.world.signer.opened(stage.signed[0]), change=other)
    stage.signed = [stage.world.signer.signed(opened)]
    stage.kept = replace(stage.kept, id=other, card=card)


def denied(stage: Stage) -> None:
    stage.signed.append(
        stage.world.signer.signed(replace(stage.world.signer.opened(stage.signed[0]), verdict="deny"))
    )


class But:
    """The policy in force, but for one act."""

    by_namespace = False

    def __init__(self, stage: Stage, act: str) -> None:
        self._before = stage.world.rules().policy
        self._act = act

    def rule(self, principal: Any, ask: Ask) -> Ruling:
        if ask.act == self._act:
            return Ruling(allowed=False, rule="no-permit")
        return self._before.rule(principal, ask)


def recorded(kind: str) -> How:
    return lambda stage: stage.world.audit.append(kind, {"digest": stage.kept.digest})


def edited(patch: Mapping[str, Any]) -> How:
    return lambda stage: stage.world.board.edit(*WEB, dict(patch))


@dataclass
class Moved:
    """The doors of the gate, but for what is behind one."""

    world: World
    change: Callable[[Door], Door]

    def open(self, cluster: str) -> Door:
        return self.change(self.world.open(cluster))


class Admits(DryRuns):
    """Dry runs in which admission changes something more."""

    def patch(self, *args: Any, **more: Any) -> Mapping[str, Any]:
        made = dict(super().patch(*args, **more))
        return made | {"spec": {**made["spec"], "paused": True}}


def behind(**changed: Callable[[Stage], Any]) -> How:
    def moved(stage: Stage) -> None:
        now = {name: make(stage) for name, make in changed.items()}
        stage.doors = Moved(stage.world, lambda door: replace(door, **now))

    return moved


def without(stage: Stage) -> None:
    stage.world.board.objects.pop(WEB)


def during(change: How) -> How:
    """Something happens while the dry run is under way."""

    def reached(stage: Stage, point: str) -> None:
        if point == "dry run":
            change(stage)

    return lambda stage: setattr(stage.world.board, "reached", lambda point: reached(stage, point))


def owned(stage: Stage) -> None:
    stage.world.around.owned["web"] = Owner("argocd", "shop", "Application shop", reverts=True)


VOIDS: dict[str, tuple[How, str, str]] = {
    "no card": (put(card=None), "revoke", "the card of this change was not made here"),
    "other bytes": (put(proposal=b"{}"), "revoke", "not what its digest names"),
    "endless bytes": (put(proposal=b"[" * 100_000), "revoke", "not what its digest names"),
    "a forged decision": (forged, "revoke", "a decision on this change was not made here"),
    "another change's": (of_another, "revoke", "the proposal is of another change"),
    "its time": (lambda s: s.world.clock.pass_by(minutes=60), "expire", "the proposal expired 2026-11-23 13:00 UTC"),
    "another policy": (lambda s: s.under(version="x"), "revoke", "the policy changed"),
    "alone no more": (lambda s: s.under(solo=True), "revoke", "the policy changed"),
    "no right to request": (lambda s: s.under(policy=But(s, "request")), "revoke", "may no longer request scale"),
    "no right to decide": (
        lambda s: s.under(policy=But(s, "decide")), "revoke", "^the quorum does not hold: 0 of 1 approvals are there$",
    ),
    "no decision": (lambda s: s.signed.clear(), "revoke", "^the quorum does not hold: 0 of 1"),
    "a deny": (denied, "deny", "it was denied: looks right"),
    "a claim on record": (recorded("change.claim"), "revoke", "the record says that this was executed before"),
    "an end on record": (recorded("change.deny"), "revoke", "the record says that this has ended"),
    "a replay's": (lambda s: s.reseal(source="replay"), "revoke", "it can never run on a cluster"),
    "a recording": (lambda s: s.world.recorded.add("prod"), "revoke", "it can never run on a cluster"),
    "no rights in the cluster": (lambda s: s.world.rights.refused.add("oidc:ana"), "revoke", "does not let oidc:ana"),
    "gitops": (owned, "revoke", "would undo"),
    "gone": (without, "stale", "^it cannot be made any more: .*not found"),
    "nothing to do": (edited({"spec": {"replicas": 2}}), "stale", "cannot be made any more: .* is already as asked"),
    "no dry run": (lambda s: setattr(s.world.board, "refuses_dry_runs", True), "stale", "any more: admission says no"),
    "another object": (edited({"metadata": {"uid": "u2"}}), "stale", "web in prod is not what was approved: uid, gen"),
    "fields read": (edited({"spec": {"replicas": 5}}), "stale", "not what was approved: generation, fields moved"),
    "generation": (edited({"spec": {"paused": False}}), "stale", "not what was approved: generation moved"),
    "another difference": (
        behind(previewer=lambda s: Admits(s.world.board)), "stale", "the same change would change something else now",
    ),
    "its time, meanwhile": (during(lambda s: s.world.clock.pass_by(minutes=60)), "expire", "the proposal expired"),
    "a role, meanwhile": (during(lambda s: s.under(policy=But(s, "decide"))), "revoke", "the quorum does not hold"),
}  # fmt: skip


@pytest.mark.parametrize("what", VOIDS)
def test_one_thing_that_does_not_hold_ends_it(what: str, stage: Stage) -> None:
    how, event, said = VOIDS[what]
    how(stage)
    with pytest.raises(Void, match=said) as over:
        stage.judge.ready(stage.kept, stage.signed)
    assert over.value.event == event
    assert stage.world.board.written == []


def down(stage: Stage) -> None:
    stage.world.board.down = True


def raises(error: InterlockError) -> Any:
    def broken(*_: Any) -> Any:
        raise error

    return broken


def frozen(stage: Stage) -> None:
    window = {"since": "2026-11-23T12:00", "until": "2026-11-23T12:30", "zone": "UTC"}
    held = type(stage.world.rules().changes).model_validate(
        {"freezes": [{"name": "lunch", "dated": [window]}]}
    )
    stage.under(changes=held)


class Unsendable(DryRuns):
    """Dry runs that do not leave."""

    def patch(self, *args: Any, **more: Any) -> Mapping[str, Any]:
        raise NotSent("no connection")


def ruled_by(error: InterlockError) -> How:
    return lambda stage: setattr(stage, "rules", raises(error))


WAITS: dict[str, tuple[How, str]] = {
    "broken rules": (ruled_by(BadInput("line 3")), "^there are no rules in force: line 3$"),
    "no directory": (lambda s: s.under(groups_of=raises(Unreachable("the directory is away"))), "^the directory is away$"),
    "a freeze": (frozen, "lunch freezes such changes until 2026-11-23 12:30 UTC"),
    "a freeze, meanwhile": (during(frozen), "lunch freezes such changes"),
    "no cluster": (down, "^the cluster does not answer$"),
    "no door": (lambda s: setattr(s.world.board, "name", "elsewhere"), "unknown cluster 'prod'"),
    "not sent": (behind(previewer=lambda s: Unsendable(s.world.board)), "^no connection$"),
}  # fmt: skip


@pytest.mark.parametrize("what", WAITS)
def test_what_cannot_be_told_now_waits_and_ends_nothing(what: str, stage: Stage) -> None:
    how, said = WAITS[what]
    how(stage)
    with pytest.raises(NotNow, match=said):
        stage.judge.ready(stage.kept, stage.signed)
    assert stage.world.board.written == []


def test_a_kind_that_the_cluster_serves_no_more_ends_it(stage: Stage) -> None:
    stage.doors = Moved(
        stage.world, lambda door: replace(door, sight=replace(door.sight, reads=_Serves(stage.world.board)))
    )
    with pytest.raises(Void, match="cannot be made any more: the cluster does not serve") as over:
        stage.judge.ready(stage.kept, stage.signed)
    assert over.value.event == "stale"


class _Serves:
    def __init__(self, board: Any) -> None:
        self._board = board

    def get(self, *_: Any, **__: Any) -> Any:
        raise NotServed("the cluster does not serve deployments")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._board, name)


def test_a_run_of_the_last_hour_is_counted_at_the_claim_and_pods_here(stage: Stage) -> None:
    stage.reseal(pods=51)
    with pytest.raises(NotNow, match="cap default allows 50 pods an action, and scale would touch 51"):
        stage.judge.ready(stage.kept, stage.signed)


def test_the_rules_that_count_are_those_after_the_dry_run(stage: Stage) -> None:
    asked: list[int] = []

    def counting() -> Force:
        asked.append(1)
        return replace(stage.world.rules(), known=lambda _: len(asked) > 1)

    stage.rules = counting
    ready = stage.judge.ready(stage.kept, stage.signed)
    assert len(asked) == 2
    assert ready.force is not None and ready.force.known("x")


def test_the_clusters_review_is_of_the_person_who_asked_first_with_their_groups(stage: Stage) -> None:
    asked: list[Any] = []

    class Keeps:
        def check(self, requester: str, groups: Any, needed: Any) -> None:
            asked.append((requester, [*groups], [*needed]))

    behind(rights=lambda _: Keeps())(stage)
    stage.under(groups_of=lambda who: frozenset({"sre", "apes"} if who == "oidc:ana" else ()))
    stage.reseal(requesters=("slack:T1/ANA", "oidc:cho"))
    stage.judge.ready(stage.kept, stage.signed)
    assert asked == [("oidc:ana", ["apes", "sre"], [Access("patch", "deployments.apps", "shop", "web")])]


def test_the_clusters_review_is_of_what_is_there_now(stage: Stage) -> None:
    asked: list[Any] = []

    class Keeps:
        def check(self, requester: str, groups: Any, needed: Any) -> None:
            asked.extend(needed)
            raise Refused("no", rule="cluster-rights")

    owner = {"kind": "ReplicaSet", "name": "web-1", "controller": True, "uid": "u"}
    meta = {"ownerReferences": [owner]}
    stage.world.board.put("pods", "shop", "web-0", kind="Pod", metadata=meta, spec={}, status={})
    args = {"cluster": "prod", "namespace": "shop", "name": "web-0"}
    stage.reseal(action="delete-pod", args=args, target=Target("prod", "pods", "shop", "web-0"))
    behind(rights=lambda _: Keeps())(stage)
    with pytest.raises(Void, match=r"^no ") as over:
        stage.judge.ready(stage.kept, stage.signed)
    assert over.value.event == "revoke"
    assert asked == [Access("delete", "pods", "shop", "web-0")]


def test_what_gitops_keeps_is_ready_where_the_rules_allow_it(stage: Stage) -> None:
    owned(stage)
    stage.under(changes=stage.world.rules().changes.model_copy(update={"gitops_owned": ("live",)}))
    assert stage.judge.ready(stage.kept, stage.signed).owned is True


def test_a_status_that_moved_is_no_matter(stage: Stage) -> None:
    stage.world.board.churn(*WEB)
    assert stage.judge.ready(stage.kept, stage.signed)


# A run that died.


def test_a_run_is_gone_on_with_after_its_time_in_a_freeze_and_whatever_it_moved(stage: Stage) -> None:
    frozen(stage)
    stage.world.clock.pass_by(hours=5)
    edited({"spec": {"replicas": 2}})(stage)
    recorded("change.claim")(stage)
    ready = stage.judge.resumable(stage.kept, stage.signed)
    assert ready.proposal == stage.proposal


UNWANTED = (
    "no card", "other bytes", "a forged decision", "another change's", "no right to request", "no right to decide",
    "no decision", "a deny", "an end on record", "a replay's", "a recording",
)  # fmt: skip


@pytest.mark.parametrize("what", UNWANTED)
def test_a_run_that_nobody_agrees_on_any_more_is_not_gone_on_with(what: str, stage: Stage) -> None:
    how, event, said = VOIDS[what]
    how(stage)
    with pytest.raises(Void, match=said) as over:
        stage.judge.resumable(stage.kept, stage.signed)
    assert over.value.event == event


@pytest.mark.parametrize("what", ["broken rules", "no directory", "no door"])
def test_a_run_of_which_nothing_can_be_told_now_waits(what: str, stage: Stage) -> None:
    how, said = WAITS[what]
    how(stage)
    with pytest.raises(NotNow, match=said):
        stage.judge.resumable(stage.kept, stage.signed)


# To be looked at only.


@pytest.mark.parametrize("what", ["no decision", "a deny", "an end on record", "no card", "its time"])
def test_what_happened_is_looked_at_whoever_agrees(what: str, stage: Stage) -> None:
    VOIDS[what][0](stage)
    assert stage.judge.readable(stage.kept).proposal == stage.proposal


def test_what_was_never_proposed_is_not_even_looked_at(stage: Stage) -> None:
    with pytest.raises(Refused, match="not what its digest names"):
        stage.judge.readable(replace(stage.kept, digest="0" * 64))
    stage.world.board.name = "elsewhere"
    with pytest.raises(NotNow, match="unknown cluster"):
        stage.judge.readable(stage.kept)
    stage.rules = raises(StoreFailed("away"))
    with pytest.raises(StoreFailed):
        stage.judge.readable(stage.kept)


# How it ended.

UNDO = Inverse("scale", {"replicas": 3}, "as before")
INTENT = Intent(Target("prod", *WEB), Digest("d" * 64), "patch", "1", {}, UNDO)


@pytest.mark.parametrize("changed", [True, False, None])
@pytest.mark.parametrize("verified", [True, False])
def test_an_outcome_names_what_would_undo_it_when_something_was_changed(
    changed: bool | None, verified: bool
) -> None:
    said = End(changed, verified, Untrusted("raw"), "note", INTENT).outcome("cleaned")
    undo = {"action": "scale", "args": {"replicas": 3}, "reason": "as before"}
    assert said == {
        "changed": changed, "verified": verified, "evidence": "cleaned", "inverse": undo if changed else None,
    }  # fmt: skip
    assert End(changed, verified, Untrusted("raw"), "note").outcome("")["inverse"] is None
