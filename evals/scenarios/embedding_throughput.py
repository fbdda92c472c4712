"""A false alarm: too little is embedded because there is nothing to embed.

Sunday, 04:20. `embedding-worker` embedded no document for an hour and its alert fires: the nightly `corpus-refresh`
ended at 02:36 and the queue is empty since. Every pod is Ready and was never restarted. Noise: `ingest-gateway` was
released at 03:31, and one of its new pods failed its readiness probe while it started; one slow lease at the time.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from interlock.core.clusters.objects import KubeObject
from interlock.evals.scenarios.lines import Line
from interlock.evals.scenarios.stage import Stage
from interlock.evals.scenarios.story import Story

NOW = datetime(2026, 11, 15, 4, 20, tzinfo=UTC)
INSTALLED = datetime(2026, 9, 22, 11, 5, tzinfo=UTC)
REFRESH = datetime(2026, 11, 15, 2, 0, tzinfo=UTC)
REFRESHED = datetime(2026, 11, 15, 2, 36, 18, tzinfo=UTC)
RELEASE = datetime(2026, 11, 15, 3, 31, tzinfo=UTC)
NODES = {"west-a-1": "10.31.1.21", "west-b-1": "10.31.2.21"}
NAMESPACES = ("agent-runtime", "default", "retrieval")
APPS = {
    ("retrieval", "embedding-worker"): 3,
    ("retrieval", "vector-index"): 1,
    ("retrieval", "ingest-gateway"): 2,
    ("agent-runtime", "session-broker"): 2,
}


def act(stage: Stage) -> None:
    """From the installation to the quiet after the nightly refresh."""
    at = stage.timeline.begin(INSTALLED)
    stage.add_nodes(NODES, at)
    stage.apply("retrieval.yaml", lambda text: text.replace("1.31.0", "1.30.2"))
    stage.apply("agent-runtime.yaml")
    stage.start(APPS, at)
    stage.forget_events()
    _refresh(stage)
    _release(stage)
    for number, pod in enumerate(stage.kubelets.pods("retrieval", "embedding-worker")):
        stage.log(pod, _worker(number))
    for pod in stage.kubelets.pods("retrieval", "vector-index"):
        stage.log(pod, _index())
    for pod in stage.kubelets.pods("agent-runtime", "session-broker"):
        stage.log(pod, _broker())
    stage.heartbeats(NODES, INSTALLED)


def _refresh(stage: Stage) -> None:
    at = stage.timeline.begin(REFRESH)
    pod = stage.run_of("retrieval", "corpus-refresh", at)
    stage.timeline.begin(REFRESHED)
    stage.kubelets.finish(pod, at + timedelta(seconds=3), REFRESHED)
    stage.log(pod, _refresher())
    stage.job_ended("retrieval", "Complete")


def _release(stage: Stage) -> None:
    at = stage.timeline.begin(RELEASE)
    stage.apply("retrieval.yaml")
    stage.roll("retrieval", "ingest-gateway", 2, "1.31.0", at)
    pods = stage.kubelets.pods("retrieval", "ingest-gateway")
    _not_ready_at_once(stage, pods[0], at + timedelta(seconds=8))
    for pod in pods:
        stage.log(pod, _gateway(at + timedelta(seconds=6)))


def _not_ready_at_once(stage: Stage, pod: KubeObject, at: datetime) -> None:
    address = pod.text("status", "podIP")
    text = f'Readiness probe failed: Get "http://{address}:8080/readyz": dial tcp {address}:8080: connect: connection refused'
    stage.kubelets.event(
        pod, ("Warning", "Unhealthy", text), first=at, last=at + timedelta(seconds=5), count=2
    )


def _refresher() -> Iterator[Line]:
    yield Line(
        REFRESH + timedelta(seconds=4), "info", "corpus-refresh 2.6.1: 11 sources, since 2026-11-14T02:00:00Z"
    )
    yield Line(REFRESHED - timedelta(seconds=9), "info", "queued 40512 documents, 1207 unchanged, 0 failed")
    yield Line(REFRESHED - timedelta(seconds=1), "info", "done in 36m11s")


def _worker(number: int) -> Iterator[Line]:
    """Busy while documents are queued, then idle, looking every few minutes."""
    at, batch = REFRESH + timedelta(seconds=61 + 13 * number), 7100 + 900 * number
    while at < REFRESHED + timedelta(seconds=70):
        batch += 1
        took = 6100 + batch * 37 % 900
        yield Line(
            at, "info", f'level=info msg="batch embedded" batch={batch} documents=128 failed=0 took={took}ms'
        )
        at += timedelta(seconds=118 + batch % 7)
    while at < NOW:
        yield Line(at, "info", 'level=info msg="queue is empty" queue=documents depth=0 next_poll=60s')
        at += timedelta(minutes=4)
    slow = RELEASE + timedelta(seconds=40 + number)
    if number == 1:
        yield Line(
            slow,
            "warn",
            'level=warn msg="lease renewal was slow" lease=embedding-worker took=2140ms attempt=1',
        )
        yield Line(
            slow + timedelta(seconds=3),
            "info",
            'level=info msg="lease renewed" lease=embedding-worker took=11ms',
        )


def _index() -> Iterator[Line]:
    at = REFRESH
    while at < NOW:
        writes = 5400 + at.minute * 11 if at < REFRESHED else 0
        yield Line(
            at,
            "info",
            f"segment flush: {writes} vectors, 0 rejected, 22 segments, p95 {31 + at.minute % 5} ms",
        )
        at += timedelta(minutes=10)


def _broker() -> Iterator[Line]:
    at = REFRESH
    while at < NOW:
        yield Line(at, "info", f"{12 + at.minute % 4} sessions open, 0 dropped")
        at += timedelta(minutes=20)


def _gateway(at: datetime) -> Iterator[Line]:
    yield Line(at, "info", "ingest-gateway 1.31.0 starting, warming the tokenizer cache")
    yield Line(at + timedelta(seconds=12), "info", "ready, listening on :8080")
    while (at := at + timedelta(minutes=8)) < NOW:
        yield Line(at, "info", f"accepted {at.minute % 3} documents in 8m, rejected 0")


STORY = Story("embedding_throughput", NOW, NODES, NAMESPACES, act)
build = STORY.build
