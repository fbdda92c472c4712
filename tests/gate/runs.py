"""What runs of the executor are told by: a process that dies, waits or is overtaken, and a node to be drained."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from gate.world import World

from interlock.approvals.changes import Change
from interlock.approvals.endings import SETTLE_AFTER
from interlock.approvals.journal import LEASE

WEB = ("deployments.apps", "shop", "web")


class Died(BaseException):
    """The process ends here."""


def died() -> None:
    raise Died


def outcome(world: World, change: Change) -> dict[str, Any]:
    found = world.desk.change(change.id).outcome
    return found.as_json() if found else {}


def ripen(world: World) -> None:
    world.clock.pass_by(seconds=(LEASE + SETTLE_AFTER).total_seconds() + 2)


class Waiting(threading.Event):
    """What an executor waits with: `meanwhile` happens while it waits, and says whether the process is to end."""

    def __init__(self, meanwhile: Callable[[], bool]) -> None:
        super().__init__()
        self._meanwhile = meanwhile

    def wait(self, timeout: float | None = None) -> bool:
        return self._meanwhile()


def take_over(world: World) -> None:
    """The claim lapses, and another executor finds it."""
    world.clock.pass_by(seconds=LEASE.total_seconds() + 1)
    world.another().recover()


def node(world: World, pods: int = 3) -> None:
    world.board.put("nodes", "", "n1", kind="Node", spec={})
    owner = {"kind": "ReplicaSet", "name": "web-1", "controller": True, "uid": "u"}
    for number in range(pods):
        meta = {"labels": {"app": "web"}, "ownerReferences": [owner]}
        spec = {"nodeName": "n1"}
        world.board.put("pods", "shop", f"web-{number}", kind="Pod", metadata=meta, spec=spec, status={})


def drained(world: World, patience: int = 0) -> Change:
    node(world)
    args = {"cluster": "prod", "name": "n1", "patience": patience}
    change = world.desk.request(world.who("ana"), "drain", args, reason="kernel")
    assert change.state == "PROPOSED", change.note
    for name in ("ben", "cho"):
        change = world.say(name, change)
    return change
