"""CronJobs that do not run: suspended, or without a run for long past their schedule.

Detects: `spec.suspend: true` and a fixed interval (`*/N`, `@hourly`, `@daily`)
missed twice.
Source: Kubernetes docs, "CronJob"; CronJobStatus.lastScheduleTime.
Example: schedule */5 * * * *, lastScheduleTime two hours ago.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

from interlock.core.clusters.objects import Ref
from interlock.tools.diagnose.check import Check
from interlock.tools.diagnose.model import Finding, Statement, the_object
from interlock.tools.diagnose.scene import Scene

_EVERY_MINUTES = re.compile(r"^\*/(\d+) \* \* \* \*$")
_FIXED = {
    "@hourly": timedelta(hours=1),
    "0 * * * *": timedelta(hours=1),
    "@daily": timedelta(days=1),
    "@midnight": timedelta(days=1),
}
_DAILY = re.compile(r"^\d+ \d+ \* \* \*$")


def interval(schedule: str) -> timedelta | None:
    """How often a schedule of a simple form runs, or None."""
    every = _EVERY_MINUTES.match(schedule)
    if every:
        return timedelta(minutes=int(every[1]))
    if _DAILY.match(schedule):
        return timedelta(days=1)
    return _FIXED.get(schedule)


def find(scene: Scene) -> Iterator[Finding]:
    """Late and suspended CronJobs."""
    for raw in scene.all("cronjobs"):
        ref = Ref("CronJob", raw.namespace, raw.name)
        last = raw.time("status", "lastScheduleTime")
        every = interval(raw.text("spec", "schedule"))
        if raw.flag("spec", "suspend"):
            yield Finding("cronjob_late", "configuration_error", ref, ref,
                          Statement(f"{ref} has suspend true", (the_object(ref),)), severity="info", part="context")  # fmt: skip
        elif last and every and scene.now - last > 2 * every + timedelta(minutes=1):
            text = f"{ref} with schedule {raw.text('spec', 'schedule')} was last scheduled at {raw.text('status', 'lastScheduleTime')}"
            yield Finding("cronjob_late", "configuration_error", ref, ref, Statement(text, (the_object(ref),)),
                          severity="warning", since=last + every)  # fmt: skip


def clear(scene: Scene) -> str:
    """CronJobs on time."""
    jobs = scene.all("cronjobs")
    return f"no late CronJob: {len(jobs)} CronJobs were read" if jobs else ""


CHECK = Check(find, clear)
