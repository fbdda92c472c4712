"""Visible only in logs: a partner's file changed its format, and nothing in the cluster looks wrong.

09:40. `quote-api` refuses quotes because its rates are too old. `rates-loader` runs and is Ready; since 08:40 it
cannot read the partner's files (a comma where a point was) and keeps what it had, as it should. No restart, no
warning event. A distractor: `merchant-portal` was released at 08:57 and is well.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from interlock.evals.scenarios.lines import Line
from interlock.evals.scenarios.stage import Stage
from interlock.evals.scenarios.story import Story

NOW = datetime(2026, 11, 10, 9, 40, tzinfo=UTC)
INSTALLED = datetime(2026, 10, 19, 14, 12, tzinfo=UTC)
LAST_GOOD = datetime(2026, 11, 10, 8, 30, 9, tzinfo=UTC)
RELEASE = datetime(2026, 11, 10, 8, 57, tzinfo=UTC)
MAX_AGE = timedelta(minutes=30)
NODES = {"west-a-1": "10.31.1.21", "west-b-1": "10.31.2.21"}
NAMESPACES = ("default", "fx", "merchant")
APPS = {
    ("fx", "quote-api"): 3,
    ("fx", "rates-loader"): 1,
    ("fx", "hedge-book"): 2,
    ("merchant", "merchant-portal"): 2,
}
PAIRS = ("EURSEK", "EURNOK", "GBPDKK", "USDPLN", "EURCZK")


def act(stage: Stage) -> None:
    """From the installation to an hour of refused files."""
    at = stage.timeline.begin(INSTALLED)
    stage.add_nodes(NODES, at)
    stage.apply("fx.yaml")
    stage.apply("merchant.yaml", lambda text: text.replace("12.8.0", "12.7.3"))
    stage.start(APPS, at)
    stage.forget_events()
    at = stage.timeline.begin(RELEASE)
    stage.apply("merchant.yaml")
    stage.roll("merchant", "merchant-portal", 2, "12.8.0", at)
    for pod in stage.kubelets.pods("merchant", "merchant-portal"):
        stage.log(pod, _portal(at + timedelta(seconds=7)))
    for pod in stage.kubelets.pods("fx", "rates-loader"):
        stage.log(pod, _loader())
    for number, pod in enumerate(stage.kubelets.pods("fx", "quote-api")):
        stage.log(pod, _quotes(number))
    for pod in stage.kubelets.pods("fx", "hedge-book"):
        stage.log(pod, _hedges())
    stage.heartbeats(NODES, INSTALLED)


def _loader() -> Iterator[Line]:
    """Loads a file every ten minutes; from 08:40 on the column `mid` is written as elsewhere in Europe."""
    at = LAST_GOOD - timedelta(minutes=40)
    while at < NOW:
        file = f"rates-{at.strftime('%Y%m%dT%H%M')}.csv"
        yield Line(at, "info", f'level=info msg="fetched" file={file} bytes={48210 + at.minute}')
        done = at + timedelta(milliseconds=420)
        if at <= LAST_GOOD:
            yield Line(done, "info", f'level=info msg="rates loaded" file={file} pairs=412 rejected=0')
        else:
            why = f"err=\"could not parse '11,0{at.minute + 312}' as decimal\""
            yield Line(
                done, "error", f'level=error msg="rates file rejected" file={file} line=2 column=mid {why}'
            )
            age = int((at - LAST_GOOD).total_seconds() / 60)
            yield Line(done, "info", f'level=info msg="previous rates kept" age={age}m')
        at += timedelta(minutes=10)


def _quotes(number: int) -> Iterator[Line]:
    """Quotes while the rates are young enough; pairs whose rates come from elsewhere go on."""
    at = LAST_GOOD + timedelta(minutes=12, seconds=9 * number)
    count = 100 * number
    while at < NOW:
        count += 1
        pair = PAIRS[count % len(PAIRS)]
        if at - LAST_GOOD > MAX_AGE and count % 5 in (0, 3):
            age = int((at - LAST_GOOD).total_seconds() / 60)
            why = f'reason="rates are {age}m old, limit 30m" source=rates-loader.fx.svc.cluster.local:8080'
            yield Line(at, "warn", f'level=warn msg="quote refused" pair={pair} status=409 {why}')
        else:
            yield Line(at, "info", f'level=info msg="quoted" pair={pair} status=200 took={9 + count % 6}ms')
        at += timedelta(seconds=83 + count % 11)


def _hedges() -> Iterator[Line]:
    at = LAST_GOOD
    while at < NOW:
        yield Line(at, "info", f"book: {1180 + at.minute} positions, lag 2s, 0 rejected")
        at += timedelta(minutes=7)


def _portal(at: datetime) -> Iterator[Line]:
    yield Line(at, "info", "merchant-portal 12.8.0 starting")
    yield Line(at + timedelta(seconds=5), "info", "listening on :8080")
    while (at := at + timedelta(minutes=4)) < NOW:
        yield Line(at, "info", f"served {2200 + at.minute * 9} requests in 4m, 0 errors")


STORY = Story("quote_refusals", NOW, NODES, NAMESPACES, act)
build = STORY.build
