"""One stream of what the cluster said in words: event messages, reasons of waiting containers, system log lines.

The same fact arrives through different channels in different recordings; a check that reads this stream finds it in
whichever channel there is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from interlock.core.clusters.objects import Ref
from interlock.tools.diagnose.model import Need, the_events, the_object
from interlock.tools.diagnose.scene import Scene

Channel = Literal["status", "event", "log"]
_TELLING_NORMAL = frozenset({"Killing", "Preempted", "TaintManagerEviction", "NodeNotReady"})


@dataclass(frozen=True)
class Signal:
    """One thing said about an object. `first`, `last` and `count` are as the channel gives them."""

    channel: Channel
    text: str
    reason: str
    about: Ref
    workload: Ref
    first: datetime | None
    last: datetime | None
    count: int
    need: Need
    container: str = ""
    speaker: str = ""

    @property
    def said(self) -> str:
        """Reason and text in one, for matching."""
        return f"{self.reason}: {self.text}"


def signals(scene: Scene) -> tuple[Signal, ...]:
    """Every signal of the scene, oldest channel entry first; what stands in a status comes first."""
    return (*_from_statuses(scene), *_from_events(scene), *_from_logs(scene))


def _from_statuses(scene: Scene) -> Iterator[Signal]:
    for pod in scene.pods:
        need = the_object(pod.ref)
        for container in pod.containers:
            if container.waiting:
                yield Signal(
                    "status", container.message, container.waiting, pod.ref, pod.workload,
                    pod.raw.created, scene.now, 1, need, container.name,
                )  # fmt: skip
            ended = container.ended
            if ended.text("message"):
                at = ended.time("finishedAt")
                yield Signal(
                    "status", ended.text("message"), ended.text("reason"), pod.ref, pod.workload, at, at, 1, need,
                    container.name,
                )  # fmt: skip
        said = pod.raw.text("status", "message")
        reason = pod.raw.text("status", "reason")
        if said or reason:
            at = pod.raw.time("status", "startTime")
            yield Signal("status", said, reason, pod.ref, pod.workload, at, at, 1, need)
        scheduled = pod.condition("PodScheduled")
        if scheduled.text("status") == "False":
            at = scheduled.time("lastTransitionTime") or pod.raw.created
            yield Signal(
                "status", scheduled.text("message"), scheduled.text("reason"), pod.ref, pod.workload, at, scene.now,
                1, need,
            )  # fmt: skip


def _from_events(scene: Scene) -> Iterator[Signal]:
    for event in scene.events:
        if not event.warning and event.reason not in _TELLING_NORMAL:
            continue
        yield Signal(
            "event", event.message, event.reason, event.about, scene.workload_of(event.about), event.first,
            event.last, event.count, the_events(event.about), _container(event.raw.text("involvedObject", "fieldPath")),
        )  # fmt: skip


def _from_logs(scene: Scene) -> Iterator[Signal]:
    for line in scene.lines:
        if line.source == "store" and line.workload and line.warns:
            about = Ref("Pod", line.workload.namespace, line.pod) if line.pod else line.workload
            yield Signal(
                "log",
                line.text,
                "",
                about,
                line.workload,
                line.at,
                line.at,
                1,
                line.shown_by(line.body[:60]),
                speaker=line.service or line.pod,
            )


def _container(field_path: str) -> str:
    match = re.search(r"\{(.+)\}", field_path)
    return match[1] if match else ""
