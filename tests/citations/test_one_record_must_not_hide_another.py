"""Cases in which a part of the evidence agrees and another part, or the claim itself, does not."""

from __future__ import annotations

from interlock.agent.citations import Source, check_claim

POD = Source(
    "E1",
    """Pod shop/quoter-1
status.containerStatuses[quoter].restartCount: 7
status.containerStatuses[proxy].restartCount: 0
status.containerStatuses[quoter].lastState.terminated.startedAt: 2026-03-01T09:00:00Z
status.containerStatuses[quoter].lastState.terminated.finishedAt: 2026-03-01T09:40:00Z
spec.nodeName: worker-7""",
    "object",
    "Pod shop/quoter-1",
)
LOG = Source("E2", "2026-03-01T08:00:00Z quoter-1 is ready", "log")
NOW = Source("E3", "Pod shop/quoter-1\nstatus.conditions[Ready]: False", "object", "Pod shop/quoter-1")


def test_a_quiet_container_does_not_speak_for_its_pod() -> None:
    assert check_claim("container proxy has no restarts", [POD]).verified
    assert not check_claim("Pod shop/quoter-1 has no restarts", [POD]).verified


def test_an_object_that_denies_the_claim_outweighs_a_line_that_states_it() -> None:
    assert check_claim("quoter-1 is ready", [LOG]).verified
    assert not check_claim("quoter-1 is ready", [LOG, NOW]).verified


def test_a_claim_whose_own_times_contradict_its_order_is_rejected() -> None:
    said = "container quoter started at 09:00 {} it finished at 09:40"
    assert check_claim(said.format("before"), [POD]).verified
    assert not check_claim(said.format("after"), [POD]).verified


def test_a_denial_of_a_mere_name_is_rejected() -> None:
    assert check_claim("Pod shop/quoter-1 is on worker-7", [POD]).verified
    assert not check_claim("Pod shop/quoter-1 is not on worker-7", [POD]).verified
