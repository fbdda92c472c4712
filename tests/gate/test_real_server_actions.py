"""Every action of the catalogue through the whole gate on a real API server with its controllers, and its inverse too.

`make prove-actions` runs it and writes what came of it to evals/results/approvals-actions.txt.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from acting.alertmanager import alertmanager, asked, program
from acting.cases import CASES
from acting.gitops import application, flux, serve_gitops
from acting.stage import Stage, node_of, roll, workload
from cluster.binaries import Programs
from cluster.harness import MERGE, KubeCluster
from gate.alone import store_kind  # noqa: F401  a fixture
from gate.real import RealWorld, real_stage

from interlock.approvals.alertmanager import AlertmanagerReads
from interlock.approvals.catalogue import all_actions
from interlock.approvals.changes import Change
from interlock.core.store import Store

pytestmark = pytest.mark.prove

WAY = ["REQUESTED", "PROPOSED", "PROPOSED", "APPROVED", "CLAIMED"]
SILENCE: dict[str, Any] = {
    "cluster": "test",
    "matchers": [{"name": "alertname", "value": "PodDown"}],
    "minutes": 60,
    "comment": "known",
}


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    action: str
    risk: str
    states: tuple[str, ...]
    verified: str
    inverse: str
    seconds: float

    def text(self) -> str:
        """As it is printed."""
        way = " ".join(_short(state) for state in self.states)
        return f"{self.action:<25} {self.risk:<7} {way:<20} {self.verified:<9} {self.inverse:<38} {self.seconds:6.1f}"


def _short(state: str) -> str:
    return {"REQUESTED": "R", "PROPOSED": "P", "APPROVED": "A", "CLAIMED": "C"}.get(state, state)


HEAD = f"{'action':<25} {'risk':<7} {'states':<20} {'verified':<9} {'inverse':<38} {'wall s':>6}"


@pytest.fixture(scope="module")
def table(repo_root: Path, kube_programs: Programs) -> Iterator[list[Row]]:
    rows: list[Row] = []
    yield rows
    if {row.action for row in rows} == {*all_actions(), "rollout-undo (breaks)"}:
        _write(repo_root, sorted(rows, key=lambda row: row.action))


def _write(root: Path, rows: list[Row]) -> None:
    commit = subprocess.run(
        ["git", "-C", str(root), "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    )
    said = [
        f"make prove-actions, {datetime.now(UTC):%Y-%m-%d}, 2 cores, commit {commit.stdout.strip()}",
        "Real kube-apiserver 1.20 with controller-manager and scheduler, a kubelet by hand; a real Alertmanager; the",
        "controllers of Argo CD and Flux played. By that server's versions: policy/v1beta1, batch/v1beta1 CronJob.",
        "Requested by one person, previewed by a dry run, approved by two, made by the executor with the real mutator,",
        "verified by reading back; the inverse requested, approved and made the same way.",
        "R requested, P proposed (twice: one of two has approved), A approved, C claimed.",
        "",
        HEAD,
        *(row.text() for row in rows),
        "",
        f"{len(all_actions())} actions of {len(all_actions())} carried through",
    ]
    (root / "evals" / "results" / "approvals-actions.txt").write_text("\n".join(said) + "\n")


@pytest.fixture
def stage(kube_cluster: KubeCluster, kube_namespace: str) -> Iterator[Stage]:
    with real_stage(kube_cluster, kube_namespace) as made:
        yield made


@pytest.fixture
def real(either_store: Store, tmp_path: Path, stage: Stage) -> Iterator[RealWorld]:
    with closing(RealWorld(either_store, tmp_path, stage)) as made:
        yield made


@dataclass
class Walk:
    """Carries actions through, and keeps the table."""

    real: RealWorld
    table: list[Row]

    def there(self, name: str, args: Any, *, called: str = "", ends: str = "SUCCEEDED") -> Change:
        """Request, two approvals, execution; then the inverse where there is one."""
        began = time.monotonic()
        made = self.real.done(self.real.ask(name, args))
        self._check(made, ends)
        way = tuple(self.real.states(made))
        inverse = self._back(made)
        assert made.card is not None and made.outcome is not None
        verified = "yes" if made.outcome.verified else "no"
        seconds = time.monotonic() - began
        self.table.append(Row(called or name, made.card.risk, way, verified, inverse, seconds))
        return made

    def _back(self, made: Change) -> str:
        assert made.outcome is not None and made.outcome.inverse is not None
        if not made.outcome.inverse["action"]:
            assert made.outcome.inverse["reason"]
            return "none"
        back = self.real.done(self.real.desk.undo(self.real.who("ana"), made.id, reason="undo it"))
        self._check(back, "SUCCEEDED")
        return f"{back.action}: made, verified"

    def _check(self, made: Change, ends: str) -> None:
        assert made.outcome is not None, made.note
        assert (made.state, made.outcome.changed) == (ends, True), (made.note, made.outcome.evidence)
        assert self.real.states(made) == [*WAY, ends]
        assert made.outcome.verified == (ends == "SUCCEEDED")
        assert self.real.audit.verify().intact


@pytest.fixture
def walk(real: RealWorld, table: list[Row]) -> Walk:
    return Walk(real, table)


@pytest.mark.parametrize("name", sorted(CASES))
def test_an_action_is_requested_approved_by_two_made_verified_and_undone(name: str, walk: Walk) -> None:
    walk.there(name, CASES[name](walk.real.stage).args)


def test_a_drain_is_requested_approved_by_two_made_verified_and_undone(walk: Walk) -> None:
    stage = walk.real.stage
    node = node_of(stage)
    workload(stage, node=node)
    walk.there("drain", {"cluster": "test", "name": node})
    stage.cluster.request("DELETE", f"/api/v1/nodes/{node}")


def test_an_argo_cd_sync_is_made_and_its_word_is_what_is_verified(
    walk: Walk, kube_programs: Programs
) -> None:
    stage = walk.real.stage
    serve_gitops(stage, kube_programs)
    path = application(stage)
    walk.real.kubelet.also.append(lambda: argo_cd(stage, path))
    walk.there("argocd-sync", stage.named(name="shop", revision="def456"))


def argo_cd(stage: Stage, path: str) -> None:
    """What its controller does with an operation."""
    held = stage.cluster.must("GET", path)
    operation = held.get("operation")
    if not operation:
        return
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    state = {"phase": "Succeeded", "startedAt": now, "operation": operation, "message": "synced"}
    status = {"operationState": state, "sync": {"revision": operation["sync"]["revision"]}}
    stage.cluster.must("PATCH", path, {"operation": None, "status": status}, content_type=MERGE)


def test_a_flux_reconcile_is_made_and_its_word_is_what_is_verified(
    walk: Walk, kube_programs: Programs
) -> None:
    stage = walk.real.stage
    serve_gitops(stage, kube_programs)
    path = flux(stage, "Kustomization")
    walk.real.kubelet.also.append(lambda: kustomize(stage, path))
    walk.there("flux-reconcile", stage.named(kind="Kustomization", name="shop"))


def kustomize(stage: Stage, path: str) -> None:
    """What its controller does when it is asked to reconcile."""
    held = stage.cluster.must("GET", path)["metadata"].get("annotations", {})
    status = {
        "lastHandledReconcileAt": held.get("reconcile.fluxcd.io/requestedAt"),
        "conditions": [{"type": "Ready", "status": "True", "message": "applied"}],
    }
    stage.cluster.must("PATCH", path, {"status": status}, content_type=MERGE)


@pytest.fixture
def silences(tmp_path: Path) -> Iterator[str]:
    path = program()
    if path is None:
        pytest.skip("not run: no Alertmanager (Debian: prometheus-alertmanager)")
    (tmp_path / "am").mkdir()
    with alertmanager(path, tmp_path / "am") as url:
        yield url


def test_a_silence_is_made_and_ended_each_by_two_people(
    silences: str, stage: Stage, either_store: Store, tmp_path: Path, table: list[Row]
) -> None:
    stage.silences = AlertmanagerReads(silences)
    with closing(RealWorld(either_store, tmp_path, stage, silences)) as real:
        walk = Walk(real, table)
        made = walk.there("silence", SILENCE)
        again = real.done(real.ask("silence", SILENCE))
        walk.there("silence-expire", {"cluster": "test", "proposal": again.digest})
    said = [each for each in asked(silences, "GET", "/api/v2/silences") if made.digest in each["comment"]]
    assert [each["status"]["state"] for each in said] == ["expired"]


def test_a_change_whose_effect_does_not_come_fails_and_offers_the_way_back(walk: Walk) -> None:
    stage = walk.real.stage
    workload(
        stage, progressDeadlineSeconds=6, minReadySeconds=0
    )  # the way back has as long, on a busy machine
    roll(stage, "broken:2")
    roll(stage, "app:3")
    args = stage.named(kind="Deployment", name="web", revision=2)
    made = walk.there("rollout-undo", args, called="rollout-undo (breaks)", ends="FAILED")
    assert made.outcome is not None
    assert "ran out of time" in made.outcome.evidence
