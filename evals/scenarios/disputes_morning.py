"""Two independent faults that one page reports: a setting that went missing, and an image that is not there.

11:25. Since 10:58 `dispute-api` does not start: a tidying of its ConfigMap took away EVIDENCE_BUCKET. Since 11:04,
in another namespace and of another team, the rollout of `evidence-ocr` waits for an image tag that the registry does
not have; its old pods go on. Neither uses the other. `case-ui` and `doc-classifier` are well.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from interlock.core.clusters.objects import KubeObject
from interlock.evals.scenarios.kubelet import crash_loop
from interlock.evals.scenarios.lines import Line
from interlock.evals.scenarios.stage import Stage
from interlock.evals.scenarios.story import Story

NOW = datetime(2026, 11, 17, 11, 25, tzinfo=UTC)
INSTALLED = datetime(2026, 10, 27, 9, 18, tzinfo=UTC)
TIDIED = datetime(2026, 11, 17, 10, 58, 20, tzinfo=UTC)
RELEASE = datetime(2026, 11, 17, 11, 4, 40, tzinfo=UTC)
NODES = {"west-a-1": "10.31.1.21", "west-b-1": "10.31.2.21"}
NAMESPACES = ("default", "disputes", "inference")
APPS = {
    ("disputes", "dispute-api"): 2,
    ("disputes", "case-ui"): 2,
    ("inference", "evidence-ocr"): 3,
    ("inference", "doc-classifier"): 2,
}


def act(stage: Stage) -> None:
    """From the installation to a crash loop here and a stuck rollout there."""
    at = stage.timeline.begin(INSTALLED)
    stage.add_nodes(NODES, at)
    stage.apply("disputes.yaml", _disputes_before)
    stage.apply("inference.yaml", _inference_before)
    stage.start(APPS, at)
    stage.forget_events()
    _dispute_api_loses_a_setting(stage)
    _evidence_ocr_has_no_image(stage)
    for pod in stage.kubelets.pods("disputes", "case-ui"):
        stage.log(pod, _steady("served", "pages, 0 errors"))
    for pod in stage.kubelets.pods("inference", "doc-classifier"):
        stage.log(pod, _steady("classified", "documents, 0 failed"))
    stage.without_endpoints("disputes", "dispute-api")
    stage.heartbeats(NODES, INSTALLED)


def _disputes_before(text: str) -> str:
    text = text.replace(
        '  SLA_DAYS: "10"\n', '  SLA_DAYS: "10"\n  EVIDENCE_BUCKET: "dispute-evidence-west"\n'
    )
    return text.replace("5b1f09cc", "e07d4a31").replace(
        "tidy dispute-api settings (DSP-402)", "dispute-api 4.7.0 (DSP-377)"
    )


def _inference_before(text: str) -> str:
    return text.replace("2.3.1-cuda12", "2.3.0").replace("2.3.1 (ML-2051)", "2.3.0 (ML-1987)")


def _dispute_api_loses_a_setting(stage: Stage) -> None:
    at = stage.timeline.begin(TIDIED)
    stage.apply("disputes.yaml", _without_the_bucket)
    pods = stage.cluster.wait_for(lambda: _new_pods(stage), "the new pods of dispute-api")
    started = stage.timeline.begin(at + timedelta(seconds=5))
    for number, pod in enumerate(pods):
        crash = crash_loop("Error", 1, started, 2 + number, NOW)
        stage.kubelets.crash(pod, started, crash, NOW - timedelta(seconds=5 + number))
        lines = list(_refuses_to_start(crash.started))
        stage.log(pod, lines)
        stage.log(pod, lines, previous=True)


def _new_pods(stage: Stage) -> list[KubeObject]:
    """Both pods of the new generation: the image is the same, but they have no address yet."""
    stage.kubelets.remove_terminating("disputes")
    pods = stage.kubelets.pods("disputes", "dispute-api")
    return pods if len(pods) == 2 and not any(pod.text("status", "podIP") for pod in pods) else []


def _without_the_bucket(text: str) -> str:
    """A merge takes a key away only when it is told so."""
    return text.replace('  SLA_DAYS: "10"\n', '  SLA_DAYS: "10"\n  EVIDENCE_BUCKET: null\n')


def _evidence_ocr_has_no_image(stage: Stage) -> None:
    at = stage.timeline.begin(RELEASE)
    stage.apply("inference.yaml")
    pods = stage.kubelets.placed("inference", "evidence-ocr", 4)
    placed = stage.timeline.begin(at + timedelta(seconds=3))
    for number, pod in enumerate(pods):
        if pod.text("status", "podIP"):
            stage.log(pod, _ocr(number))
        else:
            stage.kubelets.cannot_pull(pod, placed, NOW)


def _refuses_to_start(at: datetime) -> Iterator[Line]:
    yield Line(at, "info", "dispute-api 4.7.0 starting, region west")
    yield Line(
        at + timedelta(milliseconds=310), "error", "config: required setting EVIDENCE_BUCKET is not set"
    )
    yield Line(at + timedelta(milliseconds=312), "error", "giving up: configuration is incomplete (exit 1)")


def _ocr(number: int) -> Iterator[Line]:
    at = TIDIED - timedelta(minutes=25, seconds=number * 20)
    while at < NOW:
        yield Line(
            at,
            "info",
            f'level=info msg="pages read" pages={210 + at.minute} failed=0 p95=1.{at.minute % 10}s',
        )
        at += timedelta(minutes=3)


def _steady(did: str, what: str) -> Iterator[Line]:
    at = TIDIED - timedelta(minutes=20)
    while at < NOW:
        yield Line(at, "info", f"{did} {340 + at.minute * 7} {what} in the last 4 minutes")
        at += timedelta(minutes=4)


STORY = Story("disputes_morning", NOW, NODES, NAMESPACES, act)
build = STORY.build
