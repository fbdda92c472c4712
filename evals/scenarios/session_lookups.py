"""Recovered by itself: a cache was killed once, came back, and all is well when somebody looks.

14:52. The alert about `tool-router` is from 14:14: `session-cache`, which it looks sessions up in, reached its
memory limit at 14:13:41, was started again and was Ready at 14:15:06 when its snapshot was loaded. Since then no
error. The monitors are OK. Nothing was released for days; why the cache grew is a question for the day.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from interlock.core.clusters.objects import KubeObject
from interlock.evals.scenarios.kubelet import Crash
from interlock.evals.scenarios.lines import Line
from interlock.evals.scenarios.stage import Stage
from interlock.evals.scenarios.story import Story

NOW = datetime(2026, 11, 12, 14, 52, tzinfo=UTC)
INSTALLED = datetime(2026, 11, 3, 10, 41, tzinfo=UTC)
KILLED = datetime(2026, 11, 12, 14, 13, 41, tzinfo=UTC)
READY = datetime(2026, 11, 12, 14, 15, 6, tzinfo=UTC)
NODES = {"west-a-1": "10.31.1.21", "west-b-1": "10.31.2.21", "west-c-1": "10.31.3.21"}
NAMESPACES = ("agents", "default", "observability")
FILES = ("agents.yaml", "observability.yaml")
APPS = {
    ("agents", "session-cache"): 1,
    ("agents", "tool-router"): 3,
    ("agents", "planner"): 2,
    ("observability", "trace-collector"): 1,
}


def act(stage: Stage) -> None:
    """From the installation to half an hour after the trouble."""
    at = stage.timeline.begin(INSTALLED)
    stage.add_nodes(NODES, at)
    stage.install(FILES, APPS, at)
    (cache,) = stage.kubelets.pods("agents", "session-cache")
    stage.timeline.begin(KILLED)
    stage.kubelets.restarted(cache, INSTALLED, Crash("OOMKilled", 137, INSTALLED, KILLED, 1), READY)
    _killed_by_the_kernel(stage, cache)
    _probe_failed(stage, cache)
    stage.log(cache, _cache_again())
    stage.log(cache, _cache_before(), previous=True)
    address = stage.address_of("agents", "session-cache")
    for number, pod in enumerate(stage.kubelets.pods("agents", "tool-router")):
        stage.log(pod, _router(number, address))
    for pod in stage.kubelets.pods("agents", "planner"):
        stage.log(pod, _planner())
    for pod in stage.kubelets.pods("observability", "trace-collector"):
        stage.log(pod, _traces())
    stage.cluster.wait_for(lambda: stage.available("agents", "session-cache"), "the cache to be back")
    stage.heartbeats(NODES, INSTALLED)


def _killed_by_the_kernel(stage: Stage, pod: KubeObject) -> None:
    node = KubeObject(stage.cluster.get("v1", "Node", None, pod.text("spec", "nodeName")))
    text = "Memory cgroup out of memory: Killed process 20733 (session-cache) anon-rss:1046204kB"
    stage.kubelets.event(node, ("Warning", "OOMKilling", text), first=KILLED, last=KILLED)


def _probe_failed(stage: Stage, pod: KubeObject) -> None:
    address = pod.text("status", "podIP")
    text = f"Readiness probe failed: dial tcp {address}:6379: connect: connection refused"
    first, last = KILLED + timedelta(seconds=4), READY - timedelta(seconds=5)
    stage.kubelets.event(pod, ("Warning", "Unhealthy", text), first=first, last=last, count=16)


def _cache_before() -> Iterator[Line]:
    at, used = KILLED - timedelta(minutes=60), 790
    while at < KILLED:
        yield Line(at, "info", f"stats: keys {2_410_000 + used * 310} used_memory {used} MB clients 41")
        at, used = at + timedelta(minutes=6, seconds=1), used + 24


def _cache_again() -> Iterator[Line]:
    at = KILLED + timedelta(seconds=2)
    yield Line(at, "info", "session-cache 7.2.5 starting, loading snapshot sessions.rdb")
    yield Line(READY - timedelta(seconds=2), "info", "snapshot loaded: 1902113 keys, 80 s")
    yield Line(READY - timedelta(seconds=1), "info", "ready to accept connections on :6379")
    while (at := at + timedelta(minutes=6)) < NOW:
        yield Line(
            at,
            "info",
            f"stats: keys {1_902_000 + at.minute * 850} used_memory {604 + at.minute // 4} MB clients 41",
        )


def _router(number: int, address: str) -> Iterator[Line]:
    """Answers, but for the 85 seconds in which lookups were refused."""
    at, count = KILLED - timedelta(minutes=8, seconds=5 * number), 610 * (number + 1)
    back = False
    while at < NOW:
        count += 1
        call = f"call=t{count}"
        if KILLED < at < READY:
            why = f'err="dial tcp {address}:6379: connect: connection refused"'
            yield Line(
                at,
                "error",
                f'level=error msg="session lookup failed" store=session-cache.agents.svc.cluster.local:6379 {call} {why}',
            )
            yield Line(
                at + timedelta(milliseconds=4),
                "error",
                f'level=error msg="tool call failed" {call} status=502',
            )
        else:
            if at >= READY and not back:
                back = True
                yield Line(at, "info", 'level=info msg="session store reachable again" store=session-cache')
            yield Line(
                at + timedelta(milliseconds=1),
                "info",
                f'level=info msg="tool call done" {call} status=200 took={80 + count % 90}ms',
            )
        at += (
            timedelta(seconds=11 + count % 5)
            if KILLED - timedelta(seconds=30) < at < READY
            else timedelta(seconds=95)
        )


def _traces() -> Iterator[Line]:
    at = KILLED - timedelta(minutes=15)
    while at < NOW:
        yield Line(at, "info", f"exported {61_000 + at.minute * 90} spans in 10m, 0 refused")
        at += timedelta(minutes=10)


def _planner() -> Iterator[Line]:
    at = KILLED - timedelta(minutes=10)
    while at < NOW:
        yield Line(at, "info", f"planned {30 + at.minute % 9} runs in 5m, queue 0")
        at += timedelta(minutes=5)


STORY = Story("session_lookups", NOW, NODES, NAMESPACES, act)
build = STORY.build
