"""What was checked and not found, in sentences that the report holds word for word."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from interlock.tools.diagnose.engine import Diagnosed, concerns
from interlock.tools.diagnose.phrases import live
from interlock.tools.diagnose.scene import Scene

_WINDOW = timedelta(minutes=60)
_FIRST = (
    "image_pull", "oom_killed", "crash_loop", "node_not_ready", "node_pressure", "monitors_firing", "pods_not_ready",
    "replicas_mismatch", "pending_resources", "quota_exceeded", "missing_reference", "probe_failing", "dns_failure",
    "connection_failure",
)  # fmt: skip
_MOST = 12


def ruled_out(scene: Scene, found: Diagnosed) -> tuple[str, ...]:
    """The sentences, the most telling first."""
    clear = {
        looked.check: looked.clear
        for looked in found.looked
        if looked.clear and _nothing(scene, found, looked.check)
    }
    ordered = [clear[check] for check in _FIRST if check in clear]
    return tuple(
        dict.fromkeys(
            (
                *_about_siblings(scene, found),
                *_about_restarts(scene),
                *_about_remnants(found),
                *_apart(found),
                *ordered,
            )
        )
    )[:_MOST]


def _nothing(scene: Scene, found: Diagnosed, check: str) -> bool:
    told = {f.check for chain in found.chains for f in chain.findings}
    return check not in told and not any(
        f.check == check and f.state == "active" and concerns(scene, f) for f in found.findings
    )


def _about_siblings(scene: Scene, found: Diagnosed) -> Iterator[str]:
    pods = live(scene)
    good = sum(pod.ready for pod in pods)
    if not found.chains or not good or not scene.target_workloads:
        return
    if found.chains[0].root.check in (
        "quota_exceeded",
        "admission_denied",
        "pending_resources",
        "pending_placement",
    ):
        yield f"existing pods are Ready: {good} of {len(pods)}"
    elif good < len(pods):
        yield f"sibling replicas are Ready: {good} of {len(pods)}"


def _about_restarts(scene: Scene) -> Iterator[str]:
    pods = live(scene)
    lately = [
        pod for pod in pods
        if any(c.restarts and (c.running_since is None or scene.now - c.running_since <= _WINDOW) for c in pod.containers)
    ]  # fmt: skip
    if pods and not lately:
        yield f"no restart in the last 60 min: {len(pods)} of {len(pods)} pods"


def _apart(found: Diagnosed) -> Iterator[str]:
    """Distractors by name: seen, weighed, and tied to nothing."""
    for finding in found.also[:3] if found.chains else ():
        yield f"apart from the cause: {finding.headline.text}"


def _about_remnants(found: Diagnosed) -> Iterator[str]:
    for finding in found.over:
        if finding.facts.get("remnant"):
            yield f"{finding.subject} is not a current failure: it is terminating"
