"""The log, monitor and knowledge backends of a runtime. Tools find them by Protocol; a missing one becomes a limit."""

from __future__ import annotations

from interlock.agent.knowledge import Knowledge
from interlock.core.replay.manifest import Replay


def open_backends(replay: Replay | None, knowledge: Knowledge) -> tuple[object, ...]:
    """What can be looked at beside clusters."""
    return ()
