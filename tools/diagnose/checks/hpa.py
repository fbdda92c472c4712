"""Autoscalers at their maximum, and those that cannot read their metrics.

Detects: condition ScalingLimited True with reason TooManyReplicas, the events that say the same, and ScalingActive False.
Source: Kubernetes API autoscaling/v2, HorizontalPodAutoscalerCondition.
Example: ScalingActive False, reason FailedGetResourceMetric.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

from interlock.core.clusters.objects import Ref
from interlock.tools.diagnose.activity import fresh
from interlock.tools.diagnose.check import Check
from interlock.tools.diagnose.model import Finding, Statement, the_events, the_object
from interlock.tools.diagnose.phrases import quoted
from interlock.tools.diagnose.scene import Scene
from interlock.tools.diagnose.views import condition

_LIMITED = re.compile(r"ScalingLimited|TooManyReplicas|more than the maximum replica count")
_WANTED = re.compile(r"\b(cpu|memory) (?:container )?resource utili[sz]ation.*above target", re.IGNORECASE)
_LATELY = timedelta(minutes=30)


def find(scene: Scene) -> Iterator[Finding]:
    """Autoscalers that cannot do their work."""
    limited = {
        finding.subject: finding for finding in (*_said_limited(scene), *_from_objects(scene))
        if finding.facts["key"] == "limited"
    }  # fmt: skip
    yield from limited.values()
    yield from (finding for finding in _from_objects(scene) if finding.facts["key"] != "limited")


def _said_limited(scene: Scene) -> Iterator[Finding]:
    """What events say of autoscalers, whether or not the autoscaler itself was recorded."""
    for event in scene.events:
        said = f"{event.reason}: {event.message}"
        if event.about.kind != "HorizontalPodAutoscaler" or not _LIMITED.search(said):
            continue
        if fresh(scene, event.last, _LATELY):
            ref = event.about
            text = f"{ref} (HPA) is at its maximum, it reports {quoted(said)}"
            yield Finding("hpa", "resource_exhaustion", ref, _target(scene, ref), Statement(text, (the_events(ref),)),
                          severity="warning", since=event.first, facts={"key": "limited"}, details=_asked(scene, ref))  # fmt: skip


def _target(scene: Scene, ref: Ref) -> Ref:
    for raw in scene.all("horizontalpodautoscalers"):
        if (raw.namespace, raw.name) == (ref.namespace, ref.name):
            kind = raw.text("spec", "scaleTargetRef", "kind")
            return Ref(kind, raw.namespace, raw.text("spec", "scaleTargetRef", "name"))
    named = [
        w
        for w in sorted(scene.workloads)
        if w.namespace == ref.namespace and w.name in (ref.name, ref.name.removesuffix("-hpa"))
    ]
    return named[0] if named else ref


def _asked(scene: Scene, ref: Ref) -> tuple[Statement, ...]:
    """The resource for which it asked for more pods."""
    for event in reversed(scene.events_about(ref)):
        if _WANTED.search(event.message):
            return (Statement(f"{ref} reports {quoted(event.message)}", (the_events(ref),)),)
    return ()


def _from_objects(scene: Scene) -> Iterator[Finding]:
    for raw in scene.all("horizontalpodautoscalers"):
        ref = Ref("HorizontalPodAutoscaler", raw.namespace, raw.name)
        target = Ref(
            raw.text("spec", "scaleTargetRef", "kind"),
            raw.namespace,
            raw.text("spec", "scaleTargetRef", "name"),
        )
        limited, active = condition(raw, "ScalingLimited"), condition(raw, "ScalingActive")
        if limited.text("status") == "True" and limited.text("reason") == "TooManyReplicas":
            text = f"{ref} (HPA) is at its maximum: maxReplicas {raw.text('spec', 'maxReplicas')}, ScalingLimited True"
            yield Finding("hpa", "resource_exhaustion", ref, target, Statement(text, (the_object(ref),)),
                          severity="warning", since=limited.time("lastTransitionTime"), facts={"key": "limited"},
                          details=_asked(scene, ref))  # fmt: skip
        if active.text("status") == "False" and active.text("reason") != "ScalingDisabled":
            text = f"{ref} cannot read its metrics: ScalingActive False, reason {active.text('reason')}"
            more = (Statement(f"{ref} reports {quoted(active.text('message'))}", (the_object(ref),)),)
            yield Finding("hpa", "configuration_error", ref, target, Statement(text, (the_object(ref),)), severity="warning",
                          since=active.time("lastTransitionTime"), details=more, facts={"key": "metrics"})  # fmt: skip


def clear(scene: Scene) -> str:
    """Autoscalers at work."""
    found = scene.all("horizontalpodautoscalers")
    return f"no autoscaler is at its maximum or without metrics: {len(found)} were read" if found else ""


CHECK = Check(find, clear)
