"""Dry runs on a cluster: what a server would make of a change.

Threat: a preview that changes something. Mechanism: `dryRun=All` is put on every request in one place and asked for by
the last check before sending; there is no argument that leaves it out, and no verb for services that have no dry run.
"""

from __future__ import annotations

from typing import Literal

from interlock.approvals.wire import SECONDS, ClusterWire
from interlock.core.clusters.http import Endpoint


class ClusterPreviewer(ClusterWire):
    """The cluster verbs as dry runs. The `endpoint` may hold a credential that admission limits to dry runs."""

    only_dry_runs: Literal[True] = True

    def __init__(self, endpoint: Endpoint, *, seconds: float = SECONDS) -> None:
        super().__init__(endpoint, dry=True, seconds=seconds)
