"""Pod templates and pods of the questions' cluster, in every state a pod is met in."""

from __future__ import annotations

from collections.abc import Callable

from pydantic import JsonValue

from interlock.evals.questions.workloads import Workload

Object = dict[str, JsonValue]


def condition(kind: str, status: str, since: str, reason: str = "") -> Object:
    """One condition."""
    return {
        "type": kind,
        "status": status,
        "lastTransitionTime": since,
        **({"reason": reason} if reason else {}),
    }


def template(w: Workload, image: str) -> Object:
    """A pod template."""
    labels: Object = {"app": w.name, "team": w.team, "tier": w.tier}
    return {"metadata": {"labels": labels}, "spec": _spec(w, image)}


def _spec(w: Workload, image: str) -> Object:
    requests: Object = {**({"cpu": w.cpu} if w.cpu else {}), **({"memory": w.memory} if w.memory else {})}
    resources: Object = {"requests": requests} if requests else {}
    if w.limit:
        resources["limits"] = {"memory": w.limit}
    probe: Object = {"httpGet": {"path": "/healthz", "port": 8080}}
    mounts = [*w.configs[:1], *w.secrets]
    container: Object = {"name": w.name, "image": image, "resources": resources}
    if w.readiness:
        container["readinessProbe"] = probe
    if w.liveness:
        container["livenessProbe"] = probe
    if w.env_secret:
        source: Object = {"secretKeyRef": {"name": w.env_secret, "key": "password"}}
        container["env"] = [{"name": "PASSWORD", "valueFrom": source}]
    if w.configs[1:]:
        container["envFrom"] = [{"configMapRef": {"name": name}} for name in w.configs[1:]]
    volumes: list[JsonValue] = [{"name": name, "configMap": {"name": name}} for name in w.configs[:1]]
    volumes += [{"name": name, "secret": {"secretName": name}} for name in w.secrets]
    if w.claim and w.kind == "Deployment":
        volumes.append({"name": "disk", "persistentVolumeClaim": {"claimName": w.claim}})
    container["volumeMounts"] = [{"name": name, "mountPath": f"/etc/{name}"} for name in mounts]
    return {"containers": [container], "volumes": volumes, "serviceAccountName": w.account}


def pod(w: Workload, number: int, node: str, born: str, at: Callable[[float], str]) -> Object:
    """`spec` and `status` of one pod of a workload, as its state wants it."""
    state = w.states.get(number, "")
    spec = _spec(w, w.image)
    volumes = spec["volumes"]
    assert isinstance(volumes, list)
    if w.claim and w.kind == "StatefulSet":
        claim: Object = {"claimName": f"{w.claim}-{w.name}-{number}"}
        volumes.append({"name": w.claim, "persistentVolumeClaim": claim})
    if state != "pending":
        spec["nodeName"] = node
    restarts = w.restarts.get(number, 0)
    return {"spec": spec, "status": _status(w, state, restarts, born, at)}


def _status(w: Workload, state: str, restarts: int, born: str, at: Callable[[float], str]) -> Object:
    if state == "pending":
        return {"phase": "Pending", "conditions": [condition("PodScheduled", "False", born, "Unschedulable")]}
    if state == "evicted":
        return {
            "phase": "Failed",
            "reason": "Evicted",
            "message": "The node was low on resource: ephemeral-storage.",
        }
    ready = state in ("", "oomed")
    phase = {"completed": "Succeeded", "failed": "Failed", "pull": "Pending", "creating": "Pending",
             "config": "Pending"}.get(state, "Running")  # fmt: skip
    container: Object = {"name": w.name, "image": w.image, "ready": ready, "restartCount": restarts}
    container["state"] = _state(state, born, at)
    killed: Object = {"reason": "OOMKilled", "exitCode": 137, "finishedAt": at(7)}
    died: Object = {"reason": "Error", "exitCode": 1, "finishedAt": at(5)}
    if state in ("oomed", "oomcrash"):
        container["lastState"] = {"terminated": killed}
    elif state in ("crash", "config") or restarts:
        container["lastState"] = {"terminated": died}
    conditions: list[JsonValue] = [
        condition("PodScheduled", "True", born),
        condition("Initialized", "True", born),
        condition("Ready", "True" if ready else "False", born),
    ]
    return {"phase": phase, "startTime": born, "conditions": conditions, "containerStatuses": [container]}


def _state(state: str, born: str, at: Callable[[float], str]) -> Object:
    waits = {"crash": "CrashLoopBackOff", "oomcrash": "CrashLoopBackOff", "pull": "ImagePullBackOff",
             "creating": "ContainerCreating", "config": "CreateContainerConfigError"}  # fmt: skip
    if state in waits:
        return {"waiting": {"reason": waits[state]}}
    if state in ("completed", "failed"):
        reason, code = ("Completed", 0) if state == "completed" else ("Error", 1)
        return {"terminated": {"reason": reason, "exitCode": code, "finishedAt": at(1)}}
    return {"running": {"startedAt": born}}
