"""A few actions through the whole gate on a real API server; every action goes there by `make prove-actions`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from acting.cases import CASES
from acting.stage import Stage
from cluster.harness import KubeCluster
from gate.alone import store_kind  # noqa: F401  a fixture
from gate.real import RealWorld, real_stage

from interlock.approvals.normal import STAMP, normal
from interlock.core.store import Store

WAY = ["REQUESTED", "PROPOSED", "PROPOSED", "APPROVED", "CLAIMED", "SUCCEEDED"]


@pytest.fixture
def stage(kube_cluster: KubeCluster, kube_namespace: str) -> Iterator[Stage]:
    with real_stage(kube_cluster, kube_namespace) as made:
        yield made


@pytest.fixture
def real(either_store: Store, tmp_path: Path, stage: Stage) -> Iterator[RealWorld]:
    with closing(RealWorld(either_store, tmp_path, stage)) as made:
        yield made


@pytest.mark.parametrize("name", ["cordon", "hpa-limits", "scale"])
def test_what_two_people_approved_is_made_verified_and_undone_the_same_way(
    name: str, real: RealWorld
) -> None:
    case = CASES[name](real.stage)
    before = real.stage.object(case.resource, case.name)
    asked = real.ask(name, case.args)
    assert normal(real.stage.object(case.resource, case.name)) == normal(before)
    made = real.done(asked)
    assert made.outcome is not None and made.outcome.verified, made.note
    assert real.states(made) == WAY
    held = real.stage.object(case.resource, case.name)
    assert held["metadata"]["annotations"][STAMP] == made.digest

    back = real.done(real.desk.undo(real.who("dan"), made.id, reason="it did not help"))
    assert back.outcome is not None and back.outcome.verified, back.note
    assert normal(real.stage.object(case.resource, case.name)) == normal(before)
    assert real.audit.verify().intact
