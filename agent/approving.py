"""The approvals as the agent's process holds them: everything, or, in split mode, the desk alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from interlock.agent.wiring import REPLAY_CLUSTER
from interlock.approvals.settings import ApprovalsSettings
from interlock.core.clock import SystemClock
from interlock.core.clusters.reader import ClusterReads

if TYPE_CHECKING:
    from interlock.agent.runtime import Parts
    from interlock.approvals.service import Approvals
    from interlock.index.code.opened import Code


def open_here(parts: Parts) -> Approvals | None:
    """What this process holds of the approvals; None while changes are off."""
    section = parts.settings.section(ApprovalsSettings)
    if not section.enabled:
        return None
    from interlock.approvals.service import open_approvals
    from interlock.tools.surroundings import ClusterSurroundings
    from interlock.tools.surroundings.code import code_owner

    return open_approvals(
        parts.settings,
        store=parts.store,
        audit=parts.audit,
        clock=SystemClock(),
        redactor=parts.redactor,
        surroundings=partial(
            ClusterSurroundings, code=code_owner(partial(_code, parts), partial(_unread, parts))
        ),
        environment=parts.environment,
        state_dir=parts.state_dir,
        recordings=_recordings(parts),
        deciding=not section.split,
    )


def _code(parts: Parts) -> Code:
    return parts.knowledge.code.now()


def _unread(parts: Parts) -> list[str]:
    return parts.knowledge.unread()


def _recordings(parts: Parts) -> Mapping[str, Callable[[], ClusterReads]]:
    if parts.replay is None or parts.replay.cluster is None:
        return {}
    return {REPLAY_CLUSTER: lambda: parts.clusters.reader(REPLAY_CLUSTER, parts.principal)}
