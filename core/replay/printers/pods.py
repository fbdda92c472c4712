"""Pods: the words in STATUS follow the containers, not only the phase."""

from __future__ import annotations

from datetime import datetime

from interlock.core.replay.printers.cells import (
    NONE,
    Cell,
    Json,
    Printer,
    age,
    at,
    columns,
    items,
    name,
    number,
    text,
)


def pod_cells(pod: Json, now: datetime) -> list[Cell]:
    """The cells of one pod."""
    word, restarts, ready = _state(pod)
    total = len(items(pod, "spec", "containers"))
    shown: list[Cell] = [name(pod), f"{ready}/{total}", word, restarts, age(pod, now)]
    return [*shown, _ip(pod), text(pod, "spec", "nodeName") or NONE, _nominated(pod), _gates(pod)]


def _state(pod: Json) -> tuple[str, int, int]:
    """The status word, the restarts counted for it, and the ready containers."""
    word = text(pod, "status", "reason") or text(pod, "status", "phase")
    initializing = _initializing(pod)
    ready = 0
    if initializing:
        word, restarts = initializing
    else:
        word, restarts, ready = _running(pod, word)
    if at(pod, "metadata", "deletionTimestamp"):
        word = "Unknown" if text(pod, "status", "reason") == "NodeLost" else "Terminating"
    return word, restarts, ready


def _initializing(pod: Json) -> tuple[str, int] | None:
    """The word for the first init container that has not succeeded, None when all have."""
    restarts = 0
    for place, status in enumerate(items(pod, "status", "initContainerStatuses")):
        restarts += number(status, "restartCount")
        ended = at(status, "state", "terminated")
        if ended is not None and not number(ended, "exitCode"):
            continue
        return _init_word(pod, status, place), restarts
    return None


def _init_word(pod: Json, status: Json, place: int) -> str:
    ended, waits = at(status, "state", "terminated"), text(status, "state", "waiting", "reason")
    if ended is not None:
        return "Init:" + (text(ended, "reason") or _exit(ended))
    if waits not in {"", "PodInitializing"}:
        return f"Init:{waits}"
    return f"Init:{place}/{len(items(pod, 'spec', 'initContainers'))}"


def _exit(ended: Json) -> str:
    signal = number(ended, "signal")
    return f"Signal:{signal}" if signal else f"ExitCode:{number(ended, 'exitCode')}"


def _running(pod: Json, word: str) -> tuple[str, int, int]:
    restarts, ready = 0, 0
    for status in reversed(items(pod, "status", "containerStatuses")):
        restarts += number(status, "restartCount")
        ended, waits = at(status, "state", "terminated"), text(status, "state", "waiting", "reason")
        if waits:
            word = waits
        elif ended is not None:
            word = text(ended, "reason") or _exit(ended)
        elif at(status, "ready") and at(status, "state", "running") is not None:
            ready += 1
    if word == "Completed" and ready:
        word = "Running" if _is_ready(pod) else "NotReady"
    return word, restarts, ready


def _is_ready(pod: Json) -> bool:
    return _condition(pod, "Ready") == "True"


def _condition(pod: Json, kind: str) -> str:
    return next((text(c, "status") for c in items(pod, "status", "conditions") if at(c, "type") == kind), "")


def _ip(pod: Json) -> str:
    return text(pod, "status", "podIPs", 0, "ip") or text(pod, "status", "podIP") or NONE


def _nominated(pod: Json) -> str:
    return text(pod, "status", "nominatedNodeName") or NONE


def _gates(pod: Json) -> str:
    gates = items(pod, "spec", "readinessGates")
    true = sum(_condition(pod, text(g, "conditionType")) == "True" for g in gates)
    return f"{true}/{len(gates)}" if gates else NONE


def _ended(pod: Json) -> list[Json]:
    match at(pod, "status", "phase"):
        case "Succeeded":
            message = "The pod has completed successfully."
            return [{"type": "Completed", "status": "True", "reason": "Succeeded", "message": message}]
        case "Failed":
            message = "The pod failed."
            return [{"type": "Completed", "status": "True", "reason": "Failed", "message": message}]
    return []


POD = columns("Ready|Status|Restarts:integer|Age||IP|Node|Nominated Node|Readiness Gates")
PRINTERS = {("", "pods"): Printer(POD, pod_cells, _ended)}
