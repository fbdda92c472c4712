"""What GitOps keeps is left to GitOps: refused by default, and asked for in its own words."""

from __future__ import annotations

from typing import Any

import pytest
from acting.gitops import KINDS, application, flux, serve_gitops
from acting.stage import Stage, workload
from cluster.binaries import Programs
from cluster.harness import MERGE

from interlock.approvals.catalogue import find_action
from interlock.approvals.normal import STAMP
from interlock.core.clusters.objects import KubeObject
from interlock.core.errors import BadInput, InterlockError, Refused
from interlock.core.surroundings import Dependant, Owner

ARGO_MARK = {"argocd.argoproj.io/tracking-id": "shop:apps/Deployment:shop/web"}
FLUX_MARK = {
    "kustomize.toolkit.fluxcd.io/name": "shop",
    "kustomize.toolkit.fluxcd.io/namespace": "flux-system",
}


def scaled(stage: Stage) -> Any:
    return stage.named(kind="Deployment", name="web", replicas=1)


def marked(stage: Stage, part: str, marks: dict[str, str]) -> None:
    path = f"/apis/apps/v1/namespaces/{stage.namespace}/deployments/web"
    stage.cluster.must("PATCH", path, {"metadata": {part: marks}}, content_type=MERGE)


@pytest.mark.parametrize(
    ("part", "marks", "system"),
    [("annotations", ARGO_MARK, "argocd"), ("labels", FLUX_MARK, "flux")],
)
def test_an_object_that_gitops_keeps_is_refused_unless_policy_allows_it(
    part: str, marks: dict[str, str], system: str, stage: Stage
) -> None:
    workload(stage, replicas=0)
    marked(stage, part, marks)
    with pytest.raises(Refused, match=f"{system} .shop. would undo") as refused:
        stage.preview("scale", scaled(stage))
    assert refused.value.rule == "gitops-owned"
    assert refused.value.hint and "repository" in refused.value.hint
    shown = stage.preview("scale", scaled(stage), allow_owned=True)
    assert shown.owner is not None and shown.owner.system == system


def test_an_object_that_gitops_took_over_after_the_preview_is_not_changed(stage: Stage) -> None:
    workload(stage, replicas=0)
    shown = stage.preview("scale", scaled(stage))
    marked(stage, "annotations", ARGO_MARK)
    with pytest.raises(Refused):
        stage.apply("scale", scaled(stage), shown)
    assert stage.intents == []


def test_what_stands_further_off_is_asked_of_the_surroundings(stage: Stage) -> None:
    workload(stage, replicas=0)
    subject = f"Deployment {stage.namespace}/web"
    stage.around.felt[subject] = (Dependant("Service shop", "selects its pods"),)
    assert stage.preview("scale", scaled(stage)).radius.dependants == stage.around.felt[subject]
    stage.around.owned[subject] = Owner("helm", "shop", f"{subject} is of a release", reverts=False)
    assert stage.preview("scale", scaled(stage)).owner == stage.around.owned[subject]
    stage.around.owned[subject] = Owner("terraform", "shop", f"{subject} is in code", reverts=True)
    with pytest.raises(Refused):
        stage.preview("scale", scaled(stage))


def test_surroundings_that_cannot_tell_refuse_the_change(stage: Stage) -> None:
    class Blind:
        def owner(self, cluster: str, subject: KubeObject) -> Owner | None:
            raise InterlockError("the graph could not be read")

        def dependants(self, cluster: str, subject: KubeObject) -> tuple[Dependant, ...]:
            return ()

    workload(stage, replicas=0)
    stage.around = Blind()  # type: ignore[assignment]
    with pytest.raises(InterlockError, match="could not be read"):
        stage.preview("scale", scaled(stage))


@pytest.fixture
def custom(stage: Stage, kube_programs: Programs) -> Stage:
    """A server that holds the resources of Argo CD and Flux."""
    serve_gitops(stage, kube_programs)
    return stage


def test_argo_cd_is_asked_to_sync_and_its_word_is_the_effect(custom: Stage) -> None:
    path = application(custom)
    args = custom.named(name="shop", revision="def456")
    action = find_action("argocd-sync")
    typed = action.parse(args)
    shown = custom.preview("argocd-sync", args)
    assert {change.where for change in shown.diff.changes} == {
        "operation.initiatedBy.automated",
        "operation.initiatedBy.username",
        "operation.sync.prune",
        "operation.sync.revision",
    }
    assert shown.diff == action.pure_preview(typed, custom.sight).diff
    assert "operation" not in custom.object("applications.argoproj.io", "shop")

    applied = custom.apply("argocd-sync", args, shown)
    held = custom.object("applications.argoproj.io", "shop")
    assert held["metadata"]["annotations"][STAMP] == applied.intent.digest
    assert action.effect(typed, custom.sight, applied.intent).state == "not yet"
    with pytest.raises(BadInput, match="in progress"):
        action.look(typed, custom.sight)

    def controller(phase: str, revision: str = "def456") -> None:
        operation = held["operation"] | {"sync": {"revision": revision, "prune": False}}
        state = {
            "phase": phase,
            "startedAt": "2026-11-23T10:00:00Z",
            "operation": operation,
            "message": "said",
        }
        status = {"operationState": state, "sync": {"revision": revision}}
        custom.cluster.must("PATCH", path, {"operation": None, "status": status}, content_type=MERGE)

    for phase, state in (
        ("Running", "not yet"),
        ("Failed", "failed"),
        ("Error", "failed"),
        ("Succeeded", "verified"),
    ):
        controller(phase)
        assert action.effect(typed, custom.sight, applied.intent).state == state
    inverse = applied.intent.inverse
    assert (inverse.action, inverse.args["revision"], inverse.args["prune"]) == (
        "argocd-sync",
        "abc123",
        False,
    )
    back = custom.apply("argocd-sync", inverse.args)
    assert custom.object("applications.argoproj.io", "shop")["operation"]["sync"]["revision"] == "abc123"
    controller("Succeeded", "other")
    stuck = back.intent.marks | {"started_before": ""}
    assert stuck
    assert action.effect(typed, custom.sight, applied.intent).state == "failed"


def test_an_application_that_syncs_itself_has_no_way_back_by_hand(custom: Stage) -> None:
    application(custom, syncPolicy={"automated": {}})
    action = find_action("argocd-sync")
    typed = action.parse(custom.named(name="shop", revision="def456", prune=True))
    assert action.risk(typed) == "high"
    seen = action.look(typed, custom.sight)
    assert action.inverse(typed, seen, custom.first.fields).action is None


def test_an_application_that_was_never_synced_has_no_way_back(custom: Stage) -> None:
    path = application(custom)
    custom.cluster.must("PATCH", path, {"status": {"sync": None}}, content_type=MERGE)
    action = find_action("argocd-sync")
    typed = action.parse(custom.named(name="shop", revision="def456"))
    assert action.risk(typed) == "medium"
    assert action.inverse(typed, action.look(typed, custom.sight), custom.first.fields).action is None


@pytest.mark.parametrize("kind", KINDS)
def test_flux_is_asked_to_reconcile_and_its_word_is_the_effect(kind: str, custom: Stage) -> None:
    path = flux(custom, kind)
    args = custom.named(kind=kind, name="shop", requested_at="2026-11-23T10:00:00Z")
    action = find_action("flux-reconcile")
    typed = action.parse(args)
    shown = custom.preview("flux-reconcile", args)
    assert shown.diff == action.pure_preview(typed, custom.sight).diff
    applied = custom.apply("flux-reconcile", args, shown)
    assert applied.intent.inverse.action is None
    assert action.effect(typed, custom.sight, applied.intent).state == "not yet"
    for ready, state in ((None, "not yet"), ("False", "failed"), ("True", "verified")):
        conditions = [{"type": "Ready", "status": ready, "message": "said"}] if ready else []
        status = {"lastHandledReconcileAt": "2026-11-23T10:00:00Z", "conditions": conditions}
        custom.cluster.must("PATCH", path, {"status": status}, content_type=MERGE)
        assert action.effect(typed, custom.sight, applied.intent).state == state
    custom.cluster.must("PATCH", path, {"spec": {"suspend": True}}, content_type=MERGE)
    with pytest.raises(BadInput, match="suspended"):
        action.look(typed, custom.sight)


def test_a_server_without_argo_cd_says_so(stage: Stage, kube_programs: Programs) -> None:
    with pytest.raises(InterlockError, match=r"does not hold|not found"):
        stage.preview("argocd-sync", stage.named(name="absent", revision="main"))
