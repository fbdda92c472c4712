"""Services behind which nobody answers: no pod selected, no selected pod Ready, or a port nobody has.

Detects: a selector that matches no pod, one whose pods are none of them Ready, and a named targetPort that no container
of the selected pods declares.
Source: Kubernetes docs, "Service", "EndpointSlices": only Ready pods become endpoints.
Example: Service shop/cart selects app=cart-v2, which no pod carries.
"""

from __future__ import annotations

from collections.abc import Iterator

from interlock.core.clusters.objects import KubeObject, Ref
from interlock.tools.diagnose.check import Check
from interlock.tools.diagnose.model import Finding, Part, Statement, the_object
from interlock.tools.diagnose.phrases import whose
from interlock.tools.diagnose.scene import Scene
from interlock.tools.diagnose.views import Pod


def find(scene: Scene) -> Iterator[Finding]:
    """Services without endpoints."""
    for ref, raw in scene.services.items():
        if not raw.strings("spec", "selector") or not scene.seen("pods", ref.namespace):
            continue
        pods = [pod for pod in scene.selected(ref) if not pod.done]
        if not pods:
            yield from _nobody(scene, ref, raw)
        elif not any(pod.ready for pod in pods):
            text = f"{ref} has 0 ready endpoints: 0 of {len(pods)} selected pods are Ready"
            yield _finding(scene, ref, text, pods, "effect")
        elif port := _unknown_port(raw, pods):
            text = f"{ref} targets port {port}, which no container of its pods declares"
            yield _finding(scene, ref, text, pods, "fault")


def _nobody(scene: Scene, ref: Ref, raw: KubeObject) -> Iterator[Finding]:
    selector = ", ".join(f"{k}={v}" for k, v in raw.strings("spec", "selector").items())
    behind = [w for w in scene.behind(ref) if w in scene.workloads]
    if behind and all(scene.workloads[w].number("spec", "replicas") == 0 for w in behind):
        yield _finding(
            scene, ref, f"{ref} has 0 endpoints: {behind[0]} is scaled to 0 replicas", [], "fault", behind[0]
        )
    elif behind:
        yield _finding(scene, ref, f"{ref} has 0 endpoints: {behind[0]} has 0 pods", [], "effect", behind[0])
    else:
        near = _near(scene, ref, raw)
        text = f"{ref} has 0 endpoints: its selector {selector} matches 0 pods"
        yield _finding(scene, ref, text, [], "fault", near)


def _near(scene: Scene, ref: Ref, raw: KubeObject) -> Ref | None:
    """The workload the Service was probably meant for: the one that shares its name or a selector value."""
    values = {*raw.strings("spec", "selector").values(), ref.name}
    return next((w for w in scene.workloads if w.namespace == ref.namespace and w.name in values), None)


def _unknown_port(raw: KubeObject, pods: list[Pod]) -> str:
    for port in raw.nodes("spec", "ports"):
        target = port.value("targetPort")
        named = {p.text("name") for pod in pods for c in pod.containers for p in c.spec.nodes("ports")}
        if isinstance(target, str) and not target.isdigit() and target not in named:
            return target
    return ""


def _finding(
    scene: Scene, ref: Ref, text: str, pods: list[Pod], part: Part, workload: Ref | None = None
) -> Finding:
    details: tuple[Statement, ...] = ()
    raw = scene.services[ref]
    selector = raw.strings("spec", "selector")
    if part == "fault" and selector:
        key, value = next(iter(selector.items()))
        details = (Statement(f"The selector of {ref} has {key} {value}", (the_object(ref),)),)
    return Finding(
        "service_without_endpoints", "configuration_error", ref, pods[0].workload if pods else workload or ref,
        Statement(text), part=part, details=details, facts={"service": str(ref)}, sure=scene.seen("pods", ref.namespace),
        since=raw.created if not pods else None,
    )  # fmt: skip


def clear(scene: Scene) -> str:
    """Services with a Ready pod behind them."""
    with_selector = [ref for ref, raw in scene.services.items() if raw.strings("spec", "selector")]
    good = sum(any(pod.ready for pod in scene.selected(ref)) for ref in with_selector)
    if not with_selector:
        return ""
    return f"no Service without endpoints{whose(scene)}: {good} of {len(with_selector)} Services have a Ready pod"


CHECK = Check(find, clear)
