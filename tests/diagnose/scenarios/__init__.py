"""Incidents of our own, by what is wrong, each with what a good diagnosis says."""

from scenarios import (
    code_and_data,
    configuration,
    images_and_probes,
    infrastructure_and_dependencies,
    over_or_nothing,
    resources,
)
from scenarios.stage import APP, NS, SCENARIOS, Expected, H, two_nodes

__all__ = [
    "APP",
    "NS",
    "SCENARIOS",
    "Expected",
    "H",
    "code_and_data",
    "configuration",
    "images_and_probes",
    "infrastructure_and_dependencies",
    "over_or_nothing",
    "resources",
    "two_nodes",
]
