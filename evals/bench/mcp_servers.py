"""The MCP servers of the bench, how each is asked the same four things, and what a good answer to each contains.

What an answer contains is looked up in its text by one pattern a fact, the same for every server, so that a short answer
cannot pass for a good one.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from interlock.evals.bench.crowd import BROKEN, HOME

Call = tuple[str, dict[str, Any]]
LINES = 200


@dataclass(frozen=True)
class Scene:
    """The names that the calls need."""

    pod: str
    sets: tuple[str, str]
    """The ReplicaSets of the first and the second revision."""


@dataclass(frozen=True)
class Server:
    """One server: how it is started, its calls for each task, and its read-only form where it has one."""

    name: str
    argv: tuple[str, ...]
    calls: Callable[[Scene], Mapping[str, Sequence[Call]]]
    read_only: tuple[str, ...] = ()


def ours() -> Server:
    """Interlock, which only reads unless somebody signs."""
    program = str(Path(sys.executable).with_name("interlock"))

    def calls(scene: Scene) -> Mapping[str, Sequence[Call]]:
        place = {"namespace": HOME}
        return {
            "pods": [("kubernetes_list", {"kind": "pods", **place})],
            "pod": [("kubernetes_get", {"kind": "pod", "name": scene.pod, **place})],
            "logs": [("pod_logs", {"pod": scene.pod, "tail": LINES, **place})],
            "wrong": [("diagnose", {"kind": "deployment", "name": BROKEN, **place})],
        }

    return Server("interlock", (program, "mcp"), calls)


def go_server(program: Path) -> Server:
    """kubernetes-mcp-server: one call shows one object, so a question takes several."""

    def calls(scene: Scene) -> Mapping[str, Sequence[Call]]:
        place = {"namespace": HOME}
        one = {"name": scene.pod, **place}
        sets = [("resources_get", _object("ReplicaSet", name)) for name in scene.sets]
        return {
            "pods": [("pods_list_in_namespace", place)],
            "pod": [("pods_get", one)],
            "logs": [("pods_log", {**one, "tail": LINES})],
            "wrong": [
                ("resources_get", _object("Deployment", BROKEN)),
                ("pods_list_in_namespace", {"labelSelector": f"app={BROKEN}", **place}),
                ("pods_get", one),
                ("events_list", {"fieldSelector": f"involvedObject.name={scene.pod}", **place}),
                ("pods_log", {**one, "previous": True, "tail": 20}),
                *sets,
            ],
        }

    return Server("kubernetes-mcp-server", (str(program),), calls, (str(program), "--read-only"))


def kubectl_server(program: Path) -> Server:
    """kubectl-mcp-server: a tool around each kubectl verb, and a diagnosis of one pod."""

    def calls(scene: Scene) -> Mapping[str, Sequence[Call]]:
        place = {"namespace": HOME}
        sets = [_kubectl("replicasets", name=name, output="yaml") for name in scene.sets]
        return {
            "pods": [_kubectl("pods", output="wide")],
            "pod": [_kubectl("pods", name=scene.pod, output="yaml")],
            "logs": [("kubectl_logs", {"pod_name": scene.pod, "tail": LINES, **place})],
            "wrong": [
                ("kubectl_describe", {"resource_type": "deployment", "name": BROKEN, **place}),
                _kubectl("pods", label_selector=f"app={BROKEN}"),
                ("diagnose_pod_crash", {"pod_name": scene.pod, **place}),
                ("kubectl_logs", {"pod_name": scene.pod, "previous": True, "tail": 20, **place}),
                *sets,
            ],
        }

    return Server(
        "kubectl-mcp-server", (str(program), "serve"), calls, (str(program), "serve", "--read-only")
    )


def _object(kind: str, name: str) -> dict[str, Any]:
    return {"apiVersion": "apps/v1", "kind": kind, "name": name, "namespace": HOME}


def _kubectl(kind: str, **more: str) -> Call:
    return "kubectl_get", {"resource_type": kind, "namespace": HOME, **more}


@dataclass(frozen=True)
class Fact:
    """Something an answer may contain: found by a pattern, or at least so many times."""

    name: str
    pattern: str
    times: int = 1

    def held_by(self, text: str) -> bool:
        """Whether it is there."""
        return len(set(re.findall(self.pattern, text))) >= self.times


def facts(pods: int, crashing: int) -> Mapping[str, Sequence[Fact]]:
    """What the answers to each task may contain; `pods` lie in the namespace, `crashing` are of the Deployment."""
    pod = rf"{BROKEN}-6c4ab5d9c2-\w{{5}}\b"
    return {
        "pods": (
            Fact("every pod", r"[a-z-]+(?:-\d+)?-6c4ab5d9c2-\w{5}\b", pods),
            Fact("ready", r"\b[01]/1\b"),
            Fact("why it waits", "CrashLoopBackOff"),
            Fact("restarts", r"(?m)CrashLoopBackOff\s+7\b"),
            Fact("age", r"\s\d+[smhd]\S*\s"),
            Fact("node", r"node-\d{3}"),
            Fact("image", "registry.test/"),
            Fact("pod IP", r"\b10\.0\.\d+\.\d+\b"),
            Fact("labels", "pod-template-hash"),
        ),
        "pod": (
            Fact("why it waits", "CrashLoopBackOff"),
            Fact("why it ended", "OOMKilled"),
            Fact("exit code", r"\b137\b"),
            Fact("restarts", r"(?i)restart\w*\W+7\b|\b7 restarts"),
            Fact("memory limit", "64Mi"),
            Fact("probes", "healthz"),
            Fact("environment", "value-of-"),
            Fact("node", r"node-\d{3}"),
            Fact("owner", r"(?i)replicaset"),
            Fact("labels", "pod-template-hash"),
            Fact("conditions", "ContainersReady"),
            Fact("events", r"BackOff\b(?<!LoopBackOff)(?<!PullBackOff)"),
        ),
        "logs": (
            Fact(f"{LINES} lines", r"request (\d+) served", LINES),
            Fact("the last line", "request 399 served"),
            Fact("when each was said", r"\d\d:\d\d:\d\d\S* INFO request", LINES),
            Fact("bearer token hidden", r"\A(?![\s\S]*abcdefghijklmnop)"),
            Fact("cloud key hidden", r"\A(?![\s\S]*AKIAQ3EGVTUPZ4XAMPLE)"),
            Fact("password hidden", r"\A(?![\s\S]*hunter2-and-more)"),
        ),
        "wrong": (
            Fact("every broken pod", pod, crashing),
            Fact("says which is the cause", r"(?i)\bcause|root cause|memory limit was|lowered"),
            Fact("why it ended", "OOMKilled"),
            Fact("exit code", r"\b137\b"),
            Fact("memory limit", "64Mi"),
            Fact("limit before", "256Mi"),
            Fact("events", "[Bb]ack-off restarting"),
            Fact("last words", "cannot allocate"),
            Fact("ready of wanted", r"\b19\b"),
        ),
    }
