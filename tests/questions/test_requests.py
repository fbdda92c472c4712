"""How many requests for objects each question takes: one or two, and more only where the API has no smaller way."""

from __future__ import annotations

import pytest

from interlock.evals.questions.score import FEW, questions, requests
from interlock.evals.questions.traffic import Cost

ALLOWED = {
    "changed-last-hour": 13,  # every kind that can be new or edited, each by metadata; Events do not tell of those
    "uses-configmap": 7,  # itself and the six kinds that can name it
    "uses-account": 7,
    "unused-configmap": 7,
    "uses-secret": 8,  # an Ingress can name it too
    "wrong-name": 7,  # nothing is so called only after each kind that could be was asked
    "wrong-namespace": 3,  # where it is meant to be, where it is, and whether the namespace is there
    "false-crash": 19,  # a diagnosis
}


@pytest.fixture(scope="module")
def costs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Cost]:
    asked = questions()
    found = requests(tmp_path_factory.mktemp("requests"), asked)
    return {question.id: cost for question, cost in zip(asked, found, strict=True)}


def test_no_question_takes_more_requests_than_it_has_to(costs: dict[str, Cost]) -> None:
    over = {name: cost.objects for name, cost in costs.items() if cost.objects > ALLOWED.get(name, FEW)}
    assert over == {}
    assert [name for name, most in ALLOWED.items() if costs[name].objects <= FEW < most] == []


def test_no_two_requests_of_a_question_are_the_same(costs: dict[str, Cost]) -> None:
    twice = {name: cost.paths for name, cost in costs.items() if len(set(cost.paths)) < len(cost.paths)}
    assert twice == {}


def test_discovery_is_asked_once_for_all_questions(costs: dict[str, Cost]) -> None:
    groups = ("core", "apps", "batch", "networking.k8s.io", "autoscaling")
    assert sum(cost.discovery for cost in costs.values()) <= len(groups) + len(("/api", "/apis"))


@pytest.mark.parametrize("name", ["count-nodes", "count-deployments", "count-secrets", "count-cronjobs"])
def test_a_plain_count_moves_one_object(name: str, costs: dict[str, Cost]) -> None:
    (path,) = costs[name].paths
    assert "'limit': '1'" in path
