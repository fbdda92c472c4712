"""Generated evidence of four kinds, a faithful claim about it, and every operator of evals.corruptions."""

from __future__ import annotations

import random
from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from interlock.agent.citations import Source, check_claim
from interlock.evals.corruptions import OPERATORS, corruptions

NAMES = ["ledger", "cart", "mailer", "quoter", "tiles", "ingest", "geo"]
SPACES = ["shop", "billing", "maps", "core-infra"]
REASONS = [("OOMKilled", 137), ("Error", 2), ("ContainerCannotRun", 127)]
EVENTS = ["BackOff", "FailedScheduling", "FailedMount", "Unhealthy"]


@dataclass(frozen=True)
class Case:
    """A faithful claim and what it cites."""

    claim: str
    source: Source


@st.composite
def pods(draw: st.DrawFn) -> Case:
    """A flattened Pod."""
    space, name = draw(st.sampled_from(SPACES)), draw(st.sampled_from(NAMES))
    pod = f"{name}-{draw(st.integers(100, 999))}x"
    reason, code = draw(st.sampled_from(REASONS))
    restarts, limit = draw(st.integers(3, 60)), draw(st.integers(64, 900))
    ready = draw(st.booleans())
    text = f"""Pod {space}/{pod}
status.phase: Running
status.conditions[Ready]: {ready}
status.containerStatuses[{name}].restartCount: {restarts}
status.containerStatuses[{name}].lastState.terminated: exitCode={code} reason={reason}
spec.containers[{name}].resources.limits.memory: {limit}Mi"""
    claims = [
        f"Pod {space}/{pod} has restarted {restarts} times; its last container exit was {reason} with exit code {code}",
        f"Pod {space}/{pod} is {'' if ready else 'not '}ready",
        f"the memory limit of container {name} in Pod {space}/{pod} is {limit}Mi",
        f"Pod {space}/{pod} was last terminated with {reason} because its memory limit is {limit}Mi",
    ]
    return Case(draw(st.sampled_from(claims)), Source("E1", text, "object", f"Pod {space}/{pod}"))


@st.composite
def tables(draw: st.DrawFn) -> Case:
    """A table of pods; the claim is about one row or counts the rows."""
    rows = draw(
        st.lists(
            st.tuples(
                st.sampled_from(SPACES),
                st.sampled_from(NAMES),
                st.integers(100, 999),
                st.booleans(),
                st.integers(0, 50),
            ),
            min_size=2,
            max_size=7,
            unique_by=(lambda r: r[2], lambda r: r[4]),
        )
    )
    lines = ["NAMESPACE    NAME    READY    STATUS    RESTARTS"]
    for space, name, number, ready, restarts in rows:
        state = "1/1    Running" if ready else "0/1    CrashLoopBackOff"
        lines.append(f"{space}    {name}-{number}x    {state}    {restarts}")
    space, name, number, ready, restarts = rows[0]
    pod, full = f"Pod {space}/{name}-{number}x", sum(r[3] for r in rows)
    count = f"{full} of {len(rows)} pods are ready" if full < len(rows) else f"all {full} pods are ready"
    claims = [
        f"{pod} is {'Running' if ready else 'in CrashLoopBackOff'} with {restarts} restarts",
        f"{pod} is {'ready' if ready else 'not ready'}",
        count,
    ]
    return Case(draw(st.sampled_from(claims)), Source("E2", "\n".join(lines), "table", "Pods"))


@st.composite
def logs(draw: st.DrawFn) -> Case:
    """Log lines of several services."""
    lines, claims = [], []
    for minute in sorted(draw(st.sets(st.integers(10, 59), min_size=2, max_size=6))):
        one, two = draw(st.lists(st.sampled_from(NAMES), min_size=2, max_size=2, unique=True))
        port, tries = draw(st.integers(2000, 9000)), draw(st.integers(60, 99))
        lines.append(
            f"app.log:{minute}  2026-06-01T11:{minute}:07Z {one}-svc: connection to {two}-db:{port} refused "
            f"after {tries} attempts"
        )
        claims.append(
            f"at 11:{minute} the connection of {one}-svc to {two}-db:{port} was refused after {tries} attempts"
        )
    return Case(draw(st.sampled_from(claims)), Source("E3", "\n".join(lines), "log"))


@st.composite
def events(draw: st.DrawFn) -> Case:
    """Events and a rollout diff."""
    name, count = draw(st.sampled_from(NAMES)), draw(st.integers(60, 99))
    reason = draw(st.sampled_from(EVENTS))
    old, new = draw(st.lists(st.integers(64, 900), min_size=2, max_size=2, unique=True))
    text = f"""2026-06-01T11:02:00Z Warning {reason} Pod/{name}-1 x{count}: see the container log
2026-06-01T11:05:00Z Normal Pulled Pod/{name}-2 x1: image present
spec.template.spec.containers[{name}].resources.limits.memory: {old}Mi -> {new}Mi"""
    way = "raised" if new > old else "lowered"
    claims = [
        f"{reason} was seen {count} times for Pod {name}-1",
        f"the memory limit of {name} was {way} from {old}Mi to {new}Mi",
    ]
    return Case(draw(st.sampled_from(claims)), Source("E4", text, "event"))


CASES = st.one_of(pods(), tables(), logs(), events())


@settings(deadline=None, max_examples=150)
@given(CASES)
def test_a_faithful_generated_claim_is_verified(case: Case) -> None:
    verdict = check_claim(case.claim, [case.source])
    assert verdict.verified, (case.claim, verdict.reasons)


@settings(deadline=None, max_examples=250)
@given(CASES, st.integers(0, 10_000))
def test_no_corruption_of_a_generated_claim_is_verified(case: Case, seed: int) -> None:
    for kind, text, cited in corruptions(case.claim, [case.source], random.Random(seed)):
        assert not check_claim(text, cited).verified, (kind, text)


def test_every_operator_finds_something_to_corrupt() -> None:
    """An operator that never applies would prove nothing."""
    source = Source(
        "E1",
        "2026-06-01T11:02:00Z api-one shop/api-one OOMKilled 73 of 95 ready 80s\n2026-06-01T12:03:00Z api-two x",
        "log",
    )
    claim = (
        "all 53 pods: shop/api-one and api-one were not OOMKilled at 11:02 before 73 of 95, was refused, "
        "changed from 41 to 42 in 80s with no error, and is ready"
    )
    kinds = {kind for kind, _, _ in corruptions(claim, [source], random.Random(1))}
    assert kinds == set(OPERATORS)
