"""The gate's walls where only a real API server can tell: its own access reviews, its own status churn, its own objects."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from acting.stage import NAME, Stage, roll, workload
from cluster.harness import MERGE, KubeCluster
from gate.alone import store_kind  # noqa: F401  a fixture
from gate.real import TWO, RealWorld, people, real_stage, users
from gate.world import HEADER

from interlock.core.store import Store


@pytest.fixture
def stage(kube_cluster: KubeCluster, kube_namespace: str) -> Iterator[Stage]:
    with real_stage(kube_cluster, kube_namespace) as made:
        yield made


@pytest.fixture
def real(either_store: Store, tmp_path: Path, stage: Stage) -> Iterator[RealWorld]:
    with closing(RealWorld(either_store, tmp_path, stage)) as made:
        yield made


def web(stage: Stage) -> str:
    return f"/apis/apps/v1/namespaces/{stage.namespace}/deployments/web"


def scaled(real: RealWorld, **more: Any) -> Any:
    args = real.stage.named(kind="Deployment", name="web", replicas=1)
    return real.desk.request(real.who("ana"), "scale", args, reason="load is low", **more)


def without_ana(stage: Stage) -> None:
    """Everybody but ana keeps their rights on the cluster."""
    left = [user for person, user in users(stage.namespace).items() if person != "oidc:ana"]
    people(stage.cluster, stage.namespace, *left)


def replicas(stage: Stage) -> int:
    count: int = stage.object("deployments.apps", "web")["spec"]["replicas"]
    return count


@contextmanager
def churning(stage: Stage, seconds: float) -> Iterator[list[str]]:
    """The Deployment's status changes without a pause longer than this; the versions that it went through."""
    over, versions = threading.Event(), list[str]()

    def churn() -> None:
        with closing(KubeCluster(stage.cluster.root)) as own:
            while not over.wait(seconds):
                said = {"type": "Churning", "status": "True", "message": datetime.now(UTC).isoformat()}
                held = own.must("GET", web(stage))
                kept = [each for each in held["status"].get("conditions", []) if each["type"] != "Churning"]
                body = {"status": {"conditions": [*kept, said]}}
                made = own.must("PATCH", f"{web(stage)}/status", body, content_type=MERGE)
                versions.append(made["metadata"]["resourceVersion"])

    thread = threading.Thread(target=churn)
    thread.start()
    try:
        yield versions
    finally:
        over.set()
        thread.join()


def test_a_crash_loop_does_not_make_its_own_rollback_stale(real: RealWorld) -> None:
    stage = real.stage
    workload(stage)
    roll(stage, "broken:2")
    with churning(stage, 1.0) as versions:
        args = stage.named(kind="Deployment", name="web", revision=1)
        asked = real.ask("rollout-undo", args)
        agreed = real.agreed(asked)
        stage.cluster.wait_for(lambda: len(set(versions)) > 3, "the status moved")
        made = real.desk.change(agreed.id)
        real.executor.run(agreed.id)
        made = real.desk.change(agreed.id)
    assert made.state == "SUCCEEDED", made.note
    assert len(set(versions)) > 3
    held = stage.object("deployments.apps", "web")["spec"]["template"]["spec"]["containers"][0]["image"]
    assert held == "app:1"


def test_who_may_not_do_it_with_kubectl_may_not_ask_for_it_here(real: RealWorld) -> None:
    workload(real.stage, replicas=0)
    without_ana(real.stage)
    asked = scaled(real)
    assert asked.state == "DENIED"
    assert "the cluster does not let oidc:ana" in asked.note
    assert "patch deployments.apps web" in asked.note


def test_a_requester_who_lost_the_clusters_own_right_voids_what_was_approved(real: RealWorld) -> None:
    workload(real.stage, replicas=0)
    agreed = real.agreed(scaled(real))
    without_ana(real.stage)
    assert real.executor.run(agreed.id) == "REVOKED"
    assert "does not let oidc:ana" in real.desk.change(agreed.id).note
    assert replicas(real.stage) == 0


def test_an_object_that_gitops_keeps_is_refused_by_default(real: RealWorld) -> None:
    workload(real.stage, replicas=0)
    mark(real.stage)
    asked = scaled(real)
    assert asked.state == "DENIED"
    assert "argocd (shop) would undo a change by hand" in asked.note
    assert replicas(real.stage) == 0


def test_an_object_that_gitops_keeps_is_changed_where_policy_says_so_and_the_card_tells(
    real: RealWorld,
) -> None:
    workload(real.stage, replicas=0)
    mark(real.stage)
    header = {**HEADER, "environments": {"live": {"clusters": [NAME]}}}
    real.bundle({**header, "changes": {"rules": TWO, "gitops_owned": ["live"]}})
    asked = scaled(real)
    assert asked.card is not None, asked.note
    assert "argocd shop, which would undo a change by hand" in asked.card.text()
    assert real.done(asked).state == "SUCCEEDED"


def test_an_object_that_gitops_took_over_after_the_yes_is_not_changed(real: RealWorld) -> None:
    workload(real.stage, replicas=0)
    agreed = real.agreed(scaled(real))
    mark(real.stage)
    assert real.executor.run(agreed.id) in ("REVOKED", "STALE")
    assert replicas(real.stage) == 0


def mark(stage: Stage) -> None:
    """Argo CD's tracking of the Deployment."""
    marks = {"argocd.argoproj.io/tracking-id": f"shop:apps/Deployment:{stage.namespace}/web"}
    stage.cluster.must("PATCH", web(stage), {"metadata": {"annotations": marks}}, content_type=MERGE)


def test_another_object_under_the_same_name_is_not_what_was_approved(real: RealWorld) -> None:
    workload(real.stage, replicas=0)
    agreed = real.agreed(scaled(real))
    real.stage.cluster.must("DELETE", web(real.stage))
    workload(real.stage, replicas=0)
    assert real.executor.run(agreed.id) == "STALE"
    assert "uid" in real.desk.change(agreed.id).note
    assert replicas(real.stage) == 0


def test_what_somebody_changed_after_the_yes_is_not_planned_anew(real: RealWorld) -> None:
    """A rival plans again after its human said yes; here the yes was for one difference and for no other."""
    workload(real.stage, replicas=0)
    agreed = real.agreed(scaled(real))
    real.stage.cluster.must("PATCH", web(real.stage), {"spec": {"replicas": 2}}, content_type=MERGE)
    assert real.executor.run(agreed.id) == "STALE"
    assert replicas(real.stage) == 2


def test_an_object_of_another_namespace_gains_nothing_from_the_yes(real: RealWorld) -> None:
    workload(real.stage, replicas=0)
    asked = real.desk.request(
        real.who("ana"),
        "scale",
        {"cluster": NAME, "namespace": "kube-system", "kind": "Deployment", "name": "web", "replicas": 1},
        reason="load is low",
    )
    assert asked.state == "DENIED"
    assert real.stage.intents == []
