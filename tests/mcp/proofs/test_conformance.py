"""The official conformance suite, both revisions: on the product as it is, and with the suite's own fixtures on it."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from proofs.suite import BAD, REVISIONS, Report, conformance

pytestmark = pytest.mark.xdist_group("conformance")

BASELINE = Path(__file__).with_name("expected-failures.yaml")
NO_FIXTURE = {
    "2025-11-25": (
        "server-initialize",
        "server-session-lifecycle",
        "ping",
        "completion-complete",
        "tools-list",
        "resources-list",
        "prompts-list",
        "server-sse-multiple-streams",
        "dns-rebinding-protection",
    ),
    "2026-07-28": (
        "completion-complete",
        "tools-list",
        "resources-list",
        "prompts-list",
        "server-sse-multiple-streams",
        "dns-rebinding-protection",
        "caching",
        "http-header-validation",
        "sep-2164-resource-not-found",
    ),
}
"""Scenarios that ask nothing of a server but the protocol. Those that pass on 'unknown tool' prove nothing and are not here."""
NEEDS_A_FIXTURE = frozenset(
    {
        "sep-2575-server-rejects-undeclared-capability",
        "sep-2575-missing-capability-http-400",
        "sep-2575-server-sends-tools-list-changed-on-subscription",
        "sep-2575-server-sends-prompts-list-changed-on-subscription",
    }
)
"""The checks of `server-stateless` that call a tool of the suite: one that wants sampling, two that change a list."""
NO_CHECKS = frozenset({"tasks-status-notifications", "server-sse-polling"})
"""Scenarios of which no check comes to a verdict; the suite does not score them. The second wants replayed streams,
which the newer revision took out and the product does not offer."""


@pytest.fixture(scope="module", params=REVISIONS)
def plain(
    request: pytest.FixtureRequest, production: str, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, Report]:
    revision: str = request.param
    return revision, conformance(production, revision, tmp_path_factory.mktemp("plain"))


@pytest.fixture(scope="module", params=REVISIONS)
def fitted(
    request: pytest.FixtureRequest, with_fixtures: str, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, Report]:
    revision: str = request.param
    folder = tmp_path_factory.mktemp("fitted")
    return revision, conformance(with_fixtures, revision, folder, "--expected-failures", str(BASELINE))


def test_the_product_passes_every_scenario_that_needs_no_fixture(plain: tuple[str, Report]) -> None:
    revision, report = plain
    for scenario in NO_FIXTURE[revision]:
        assert not report.bad(scenario), (scenario, report.bad(scenario))
        assert report.passed(scenario), scenario


def test_the_product_is_stateless_but_for_what_needs_a_fixture(plain: tuple[str, Report]) -> None:
    revision, report = plain
    if revision == "2026-07-28":
        checks = report.scenarios["server-stateless"]
        bad = {check.id for check in checks if check.status in BAD}
        assert bad <= NEEDS_A_FIXTURE, report.bad("server-stateless")
        assert report.passed("server-stateless") >= 26


def test_with_its_fixtures_the_suite_passes_but_for_tasks(fitted: tuple[str, Report]) -> None:
    revision, report = fitted
    assert report.code == 0, report.said[-3000:]
    failed = {name for name in report.scenarios if report.bad(name, frozenset({"FAILURE"}))}
    expected = set(yaml.safe_load(BASELINE.read_text())["server"]) if revision == "2026-07-28" else set()
    assert failed == expected, {name: report.bad(name) for name in failed ^ expected}


def test_no_scenario_passes_by_checking_nothing(fitted: tuple[str, Report]) -> None:
    _, report = fitted
    assert {name for name in report.scenarios if not report.passed(name)} <= NO_CHECKS


def test_only_tasks_are_expected_to_fail() -> None:
    assert all(name.startswith("tasks-") for name in yaml.safe_load(BASELINE.read_text())["server"])
