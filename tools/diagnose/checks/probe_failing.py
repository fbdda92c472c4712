"""Probes that fail: readiness takes a pod out of its Service, liveness and startup restart its container.

Detects: Unhealthy and Killing events and the same words elsewhere; a container killed by its liveness probe ends with
exit code 137 or 143 without OOMKilled.
Source: Kubernetes docs, "Liveness, Readiness, and Startup Probes"; kubelet events Unhealthy and Killing.
Example: Liveness probe failed: HTTP probe failed with statuscode: 503.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from interlock.tools.diagnose.activity import fresh
from interlock.tools.diagnose.check import Check
from interlock.tools.diagnose.model import Finding, Statement, the_object
from interlock.tools.diagnose.phrases import live
from interlock.tools.diagnose.scene import Scene
from interlock.tools.diagnose.spoken import Heard, finding, heard

PATTERN = re.compile(
    r"\b(?P<probe>Liveness|Readiness|Startup)[- ]probe\b[^.]{0,60}?\b(failed|failing|errored|failure|timeout|timed out)"
    r"|failed (?P<killed>liveness|startup|readiness)[- ]probe",
    re.IGNORECASE,
)


def _probe(match: re.Match[str]) -> str:
    return (match["probe"] or match["killed"]).lower()


def find(scene: Scene) -> Iterator[Finding]:
    """Failing probes by pod and kind."""
    for what in heard(scene, PATTERN, _probe):
        if what.about.kind == "Pod" or what.first.channel != "log":
            yield _finding(scene, what)


def _finding(scene: Scene, what: Heard) -> Finding:
    probe = what.key
    pod = scene.pod_by_ref.get(what.about)
    last = max((s.last for s, _ in what.signals if s.last), default=None)
    still = pod is not None and pod.ready and fresh(scene, last) and any(s.count > 2 for s, _ in what.signals)
    made = finding(
        scene, "probe_failing", "configuration_error", what,
        f"The {probe} probe of {what.about} failed", quote=PATTERN, facts={"probe": probe},
        state="active" if still and probe != "readiness" else None,
    )  # fmt: skip
    killing = [Statement(f"{what.about} was restarted: {s.text.split(',')[0]}", (s.need,))
               for s, _ in what.signals if s.reason == "Killing"][:1]  # fmt: skip
    settings = tuple(_settings(scene, what, probe))
    return replace(made, details=(*made.details, *killing, *settings))


def _settings(scene: Scene, what: Heard, probe: str) -> Iterator[Statement]:
    pod = scene.pod_by_ref.get(what.about)
    for container in pod.containers if pod else ():
        spec = container.spec.node(f"{probe}Probe")
        port, path = spec.text("httpGet", "port"), spec.text("httpGet", "path")
        if pod and (port or path):
            where = " ".join(
                part for part in (f"port {port}" if port else "", f"path {path}" if path else "") if part
            )
            yield Statement(
                f"The {probe}Probe of container {container.name} of {pod.ref} asks {where}",
                (the_object(pod.ref),),
            )


def clear(scene: Scene) -> str:
    """Pods that are Ready."""
    pods = live(scene)
    good = sum(pod.ready for pod in pods)
    return f"no failing probe now: {good} of {len(pods)} pods are Ready" if pods and good == len(pods) else ""


CHECK = Check(find, clear)
