"""Images that cannot be pulled.

Detects: `state.waiting.reason` ErrImagePull, ImagePullBackOff, InvalidImageName, ErrImageNeverPull, and `Failed` events;
tells a missing tag, missing rights and an unreachable registry apart.
Source: Kubernetes docs, "Images", ImagePullBackOff; OCI distribution spec error codes MANIFEST_UNKNOWN, UNAUTHORIZED.
Example: Failed to pull image "shop/api:v9": manifest unknown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from interlock.core.clusters.objects import Ref
from interlock.tools.diagnose.activity import state_of
from interlock.tools.diagnose.check import Check
from interlock.tools.diagnose.model import Category, Finding, Statement, the_object
from interlock.tools.diagnose.phrases import clause, live, quoted
from interlock.tools.diagnose.scene import Scene
from interlock.tools.diagnose.signals import Signal

_REASONS = re.compile(
    r"\b(ErrImagePull|ImagePullBackOff|InvalidImageName|ErrImageNeverPull|RegistryUnavailable)\b"
)
_FAILED = re.compile(
    r"Failed to pull image|Back-off pulling image|couldn't parse image|failed to resolve reference"
    r"|ImagePullBackOff|ErrImagePull|InvalidImageName|manifest unknown|manifest for \S+ not found",
    re.IGNORECASE,
)
_IMAGE = re.compile(r"image \"?([\w./:@-]+[\w])\"?|manifest for ([\w./:@-]+)", re.IGNORECASE)
# The most telling words first.
_WHY: tuple[tuple[str, Category, re.Pattern[str]], ...] = (
    ("denied", "configuration_error", re.compile(
        r"unauthorized|authentication required|access denied|denied:|403 Forbidden|401|no basic auth|authorization failed",
        re.IGNORECASE)),
    ("missing", "configuration_error", re.compile(
        r"manifest[ _]unknown|manifest for \S+ not found|not found|does not exist|NotFound|no such manifest", re.IGNORECASE)),
    ("invalid", "configuration_error", re.compile(r"InvalidImageName|parse image|invalid reference", re.IGNORECASE)),
    ("limited", "dependency_failure", re.compile(r"toomanyrequests|rate limit|429", re.IGNORECASE)),
    ("unreachable", "dependency_failure", re.compile(
        r"no such host|timeout|timed out|connection refused|no route|unreachable|TLS handshake|5\d\d (Internal|Bad|Service)|x509|EOF",
        re.IGNORECASE)),
)  # fmt: skip


def find(scene: Scene) -> Iterator[Finding]:
    """Pods that wait for their image."""
    by_pod: dict[Ref, list[Signal]] = {}
    for signal in scene.signals:
        if signal.about.kind == "Pod" and _FAILED.search(signal.said):
            by_pod.setdefault(signal.about, []).append(signal)
    for ref, said in by_pod.items():
        yield _finding(scene, ref, said)


def _finding(scene: Scene, ref: Ref, said: list[Signal]) -> Finding:
    pod = scene.pod_by_ref.get(ref)
    waiting = next((c for c in pod.containers if _REASONS.search(c.waiting)), None) if pod else None
    reason = (
        waiting.waiting
        if waiting
        else next((m[1] for s in said if (m := _REASONS.search(s.said))), "ErrImagePull")
    )
    image = _image(said) or (waiting.image if waiting else "")
    why, category, signal = _why(said)
    last = max((s.last for s in said if s.last), default=None)
    state = "active" if waiting else state_of(scene, ref, said[0].workload, last)
    text = f"{ref} cannot pull image {image}: {reason}"
    need = (the_object(ref),) if waiting else (said[0].need,)
    details = (
        (Statement(f"{ref} reports {quoted(clause(signal.text, _FAILED, 160))}", (signal.need,)),)
        if signal
        else ()
    )
    return Finding(
        "image_pull", category, ref, said[0].workload, Statement(text, need), state,
        since=min((s.first for s in said if s.first), default=None), until=last if state == "recovered" else None, details=details,
        facts={"image": image, "why": why, "reason": reason, "hash": pod.template_hash if pod else "", "key": image},
    )  # fmt: skip


def _image(said: list[Signal]) -> str:
    return next((m[1] or m[2] for s in said if (m := _IMAGE.search(s.text))), "")


def _why(said: list[Signal]) -> tuple[str, Category, Signal | None]:
    for why, category, pattern in _WHY:
        for signal in said:
            if pattern.search(signal.text):
                return why, category, signal
    return "", "configuration_error", next((s for s in said if s.text), None)


def clear(scene: Scene) -> str:
    """Pods whose images started."""
    pods = [pod for pod in live(scene) if pod.phase != "Pending"]
    good = sum(not any(_REASONS.search(c.waiting) for c in pod.containers) for pod in pods)
    return f"no image pull failure: {good} of {len(pods)} pods started their image" if pods else ""


CHECK = Check(find, clear)
