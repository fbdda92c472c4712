"""Autoscalers at their maximum, and those that cannot read their metrics.

Detects: condition ScalingLimited True with reason TooManyReplicas and ScalingActive False.
Source: Kubernetes API autoscaling/v2, HorizontalPodAutoscalerCondition.
Example: ScalingActive False, reason FailedGetResourceMetric.
"""

from __future__ import annotations

from collections.abc import Iterator

from interlock.tools.diagnose.check import Check
from interlock.tools.diagnose.model import Finding, Ref, Statement, the_object
from interlock.tools.diagnose.phrases import quoted
from interlock.tools.diagnose.scene import Scene
from interlock.tools.diagnose.views import condition


def find(scene: Scene) -> Iterator[Finding]:
    """Autoscalers that cannot do their work."""
    for raw in scene.all("horizontalpodautoscalers"):
        ref = Ref("HorizontalPodAutoscaler", raw.namespace, raw.name)
        target = Ref(
            raw.text("spec", "scaleTargetRef", "kind"),
            raw.namespace,
            raw.text("spec", "scaleTargetRef", "name"),
        )
        limited, active = condition(raw, "ScalingLimited"), condition(raw, "ScalingActive")
        if limited.text("status") == "True" and limited.text("reason") == "TooManyReplicas":
            text = (
                f"{ref} is at its maximum: maxReplicas {raw.text('spec', 'maxReplicas')}, ScalingLimited True"
            )
            yield Finding("hpa", "resource_exhaustion", ref, target, Statement(text, (the_object(ref),)),
                          severity="warning", since=limited.time("lastTransitionTime"), facts={"key": "limited"})  # fmt: skip
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
