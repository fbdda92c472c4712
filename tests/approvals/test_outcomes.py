"""A write ends in one of three ways, and each says the truth: not sent, answered, or unknown and settled by reading."""

from __future__ import annotations

import socket
from contextlib import closing

import pytest
from acting.between import Between, Fault
from acting.cases import cronjob, job
from acting.stage import DIGESTS, Stage, roll, workload

from interlock.approvals.canonical import Digest
from interlock.approvals.catalogue import find_action
from interlock.approvals.errors import Answered, Conflict, NotSent, OutcomeUnknown, Stale
from interlock.approvals.mutator import HttpMutator
from interlock.approvals.previewer import ClusterPreviewer
from interlock.core.clusters.http import Endpoint
from interlock.core.errors import BadInput, Unreachable

LOST: tuple[Fault, ...] = ("lose answer", "half an answer", "no json", "late")
NEVER_THERE: tuple[Fault, ...] = ("lose request", "redirect", "503", "408")


@pytest.fixture
def scaled(stage: Stage) -> dict[str, object]:
    return stage.named(kind="Deployment", name=workload(stage, replicas=0), replicas=2)


def settled(stage: Stage, name: str, args: dict[str, object]) -> str:
    action = find_action(name)
    intent = stage.intents[-1]
    typed = action.parse(args)
    # The preconditions as they were approved are the executor's to keep; here, those of the first look.
    return action.settle(typed, stage.sight, stage.first, intent.digest)


@pytest.mark.parametrize("fault", LOST)
def test_a_lost_answer_is_an_unknown_outcome_and_the_stamp_says_that_it_was_applied(
    fault: Fault, stage: Stage, proxy: Between, wired: HttpMutator, scaled: dict[str, object]
) -> None:
    proxy.fault = fault
    with pytest.raises(OutcomeUnknown) as lost:
        stage.apply("scale", scaled, mutator=wired)
    assert lost.value.hint and "never" in lost.value.hint
    assert len(proxy.writes) == 1
    assert stage.object("deployments.apps", "web")["spec"]["replicas"] == 2
    assert settled(stage, "scale", scaled) == "applied"


@pytest.mark.parametrize("fault", NEVER_THERE)
def test_a_request_that_never_arrived_is_unknown_too_and_settled_as_not_applied(
    fault: Fault, stage: Stage, proxy: Between, wired: HttpMutator, scaled: dict[str, object]
) -> None:
    proxy.fault = fault
    with pytest.raises(OutcomeUnknown):
        stage.apply("scale", scaled, mutator=wired)
    assert proxy.writes == []
    assert settled(stage, "scale", scaled) == "not applied"


def test_an_unknown_outcome_is_not_settled_by_what_somebody_else_did(
    stage: Stage, proxy: Between, wired: HttpMutator, scaled: dict[str, object]
) -> None:
    proxy.fault = "lose request"
    with pytest.raises(OutcomeUnknown):
        stage.apply("scale", scaled, mutator=wired)
    path = f"/apis/apps/v1/namespaces/{stage.namespace}/deployments/web"
    stage.cluster.must("PATCH", path, {"spec": {"replicas": 2}}, content_type="application/merge-patch+json")
    assert settled(stage, "scale", scaled) == "unknown"
    stage.cluster.must("DELETE", path)
    assert settled(stage, "scale", scaled) == "unknown"


def test_a_rollback_that_was_applied_is_known_although_its_revision_has_another_number_now(
    stage: Stage, proxy: Between, wired: HttpMutator
) -> None:
    args = stage.named(kind="Deployment", name=workload(stage), revision=1)
    roll(stage, "app:2")
    proxy.fault = "lose answer"
    with pytest.raises(OutcomeUnknown):
        stage.apply("rollout-undo", args, mutator=wired)
    action = find_action("rollout-undo")

    def renumbered() -> bool:
        try:
            action.look(action.parse(args), stage.sight)
        except BadInput:
            return True
        return False

    stage.settle("revision 1 is revision 3", renumbered)
    assert settled(stage, "rollout-undo", args) == "applied"
    roll(stage, "app:2")
    unstamped = {"metadata": {"annotations": {"interlock.io/proposal": None}}}
    path = f"/apis/apps/v1/namespaces/{stage.namespace}/deployments/web"
    stage.cluster.must("PATCH", path, unstamped, content_type="application/merge-patch+json")
    assert settled(stage, "rollout-undo", args) == "unknown"


def test_where_nobody_listens_nothing_was_sent(stage: Stage, scaled: dict[str, object]) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with closing(HttpMutator(Endpoint(f"http://127.0.0.1:{port}"))) as nowhere, pytest.raises(NotSent):
        stage.apply("scale", scaled, mutator=nowhere)


def test_a_connection_that_is_refused_after_discovery_is_not_sent(
    stage: Stage, proxy: Between, wired: HttpMutator, scaled: dict[str, object]
) -> None:
    stage.apply("scale", scaled, mutator=wired)
    unused = Endpoint("http://127.0.0.1:1")
    with (
        closing(HttpMutator(unused, alertmanager=unused)) as nowhere,
        pytest.raises(NotSent, match="no connection"),
    ):
        nowhere.expire_silence("0" * 8 + "-0000-0000-0000-" + "0" * 12)


def test_an_error_is_an_answer_with_its_status(stage: Stage, scaled: dict[str, object]) -> None:
    no_rights = stage.cluster.must(
        "POST",
        f"/api/v1/namespaces/{stage.namespace}/serviceaccounts/default/token",
        {
            "apiVersion": "authentication.k8s.io/v1",
            "kind": "TokenRequest",
            "spec": {"audiences": [stage.cluster.url]},
        },
    )["status"]["token"]
    endpoint = Endpoint(stage.cluster.url, ca_file=str(stage.cluster.ca_file), token=no_rights)
    with closing(HttpMutator(endpoint)) as weak, pytest.raises(Answered) as refused:
        stage.apply("scale", scaled, mutator=weak)
    assert refused.value.status == 403
    assert no_rights not in repr(endpoint)


def test_a_dry_run_whose_answer_is_lost_is_merely_unreachable(
    stage: Stage, proxy: Between, scaled: dict[str, object]
) -> None:
    proxy.fault = "lose answer"
    endpoint = Endpoint(proxy.url, token=stage.endpoint.token)
    action = find_action("scale")
    with closing(ClusterPreviewer(endpoint, seconds=3)) as previewer, pytest.raises(Unreachable):
        action.preview(action.parse(scaled), stage.sight, previewer)
    assert all("dryRun=All" in path for _, path, _ in proxy.writes)


def test_a_status_that_moves_between_read_and_write_costs_a_second_try_only(
    stage: Stage, proxy: Between, wired: HttpMutator, scaled: dict[str, object]
) -> None:
    churn = iter(range(2))

    def moved() -> None:
        if next(churn, None) is not None:
            stage.cluster.patch_status(
                "apps/v1", "Deployment", stage.namespace, "web", {"collisionCount": next(DIGIT)}
            )

    proxy.before = moved
    stage.apply("scale", scaled, mutator=wired)
    assert len(proxy.writes) == 3
    assert stage.object("deployments.apps", "web")["spec"]["replicas"] == 2
    assert len({intent.version for intent in stage.intents}) == 3
    assert len({intent.digest for intent in stage.intents}) == 1


DIGIT = iter(range(1, 1000))


def test_a_status_that_never_stands_still_is_told_as_a_conflict(
    stage: Stage, proxy: Between, wired: HttpMutator, scaled: dict[str, object]
) -> None:
    proxy.before = lambda: (
        stage.cluster.patch_status(
            "apps/v1", "Deployment", stage.namespace, "web", {"collisionCount": next(DIGIT)}
        )
        and None
    )
    with pytest.raises(Conflict):
        stage.apply("scale", scaled, mutator=wired)
    assert stage.object("deployments.apps", "web")["spec"]["replicas"] == 0


def test_a_change_between_read_and_write_voids_it(
    stage: Stage, proxy: Between, wired: HttpMutator, scaled: dict[str, object]
) -> None:
    path = f"/apis/apps/v1/namespaces/{stage.namespace}/deployments/web"
    proxy.before = lambda: (
        stage.cluster.must(
            "PATCH", path, {"spec": {"replicas": 5}}, content_type="application/merge-patch+json"
        )
        and None
    )
    with pytest.raises(Stale):
        stage.apply("scale", scaled, mutator=wired)
    assert stage.object("deployments.apps", "web")["spec"]["replicas"] == 5


def test_nothing_is_sent_when_the_intent_cannot_be_kept(
    stage: Stage, proxy: Between, wired: HttpMutator, scaled: dict[str, object]
) -> None:
    def full(_: object) -> None:
        raise OSError("no space left on device")

    action = find_action("scale")
    args = action.parse(scaled)
    held = action.preconditions(action.look(args, stage.sight))
    with pytest.raises(OSError, match="no space"):
        action.apply(wired, args, stage.sight, held, Digest(next(DIGESTS)), full)
    assert proxy.writes == []


def test_a_job_whose_answer_was_lost_is_found_by_its_name_and_not_made_twice(
    stage: Stage, proxy: Between, wired: HttpMutator
) -> None:
    args = cronjob(stage).args
    action = find_action("cronjob-run")
    typed, digest = action.parse(args), Digest("ab" * 32)
    held = action.preconditions(action.look(typed, stage.sight))
    assert action.settle(typed, stage.sight, held, digest) == "not applied"
    proxy.fault = "lose answer"
    with pytest.raises(OutcomeUnknown):
        action.apply(wired, typed, stage.sight, held, digest, stage.intents.append)
    assert action.settle(typed, stage.sight, held, digest) == "applied"
    proxy.fault = ""
    again = action.apply(wired, typed, stage.sight, held, digest, stage.intents.append)
    assert again.found
    jobs = stage.cluster.list("batch/v1", "Job", stage.namespace)
    assert [each["metadata"]["name"] for each in jobs] == ["nightly-ababababab"]


def test_a_job_of_that_name_that_is_not_ours_is_not_taken_for_it(stage: Stage) -> None:
    args, once = cronjob(stage).args, {"containers": [{"name": "c", "image": "x"}], "restartPolicy": "Never"}
    action, digest = find_action("cronjob-run"), Digest("cd" * 32)
    metadata = {"namespace": stage.namespace, "name": f"nightly-{digest[:10]}"}
    stage.cluster.apply(
        {"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": {"template": {"spec": once}}}
    )
    typed = action.parse(args)
    held = action.preconditions(action.look(typed, stage.sight))
    with pytest.raises(BadInput, match="not of this proposal"):
        action.apply(stage.mutator, typed, stage.sight, held, digest, stage.intents.append)


def test_a_deletion_whose_answer_was_lost_is_not_called_ours(
    stage: Stage, proxy: Between, wired: HttpMutator
) -> None:
    args = job(stage).args
    action = find_action("delete-job")
    typed = action.parse(args)
    held, digest = action.preconditions(action.look(typed, stage.sight)), Digest("ef" * 32)
    proxy.fault = "lose request"
    with pytest.raises(OutcomeUnknown):
        action.apply(wired, typed, stage.sight, held, digest, stage.intents.append)
    assert action.settle(typed, stage.sight, held, digest) == "not applied"
    proxy.fault = "lose answer"
    with pytest.raises(OutcomeUnknown):
        action.apply(wired, typed, stage.sight, held, digest, stage.intents.append)
    assert action.settle(typed, stage.sight, held, digest) == "unknown"
