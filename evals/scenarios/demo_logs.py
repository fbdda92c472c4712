"""What the programs of the demo incident wrote, line by line, at the story's times. No randomness."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from interlock.evals.scenarios.lines import Line

FEATURE_STORE = "feature-store.ml-platform.svc.cluster.local:6379"


def checkout_api(replica: int, broken: datetime, now: datetime, address: str) -> Iterator[Line]:
    """Serves until the feature store is gone; then every lookup is refused, and those checkouts fail closed."""
    at = broken - timedelta(minutes=9, seconds=7 * replica)
    number = 48210 + 37 * replica
    while at < now:
        number += 1
        order = f"order=Q{number}"
        if at < broken or number % 8 not in (1, 4, 6):
            took = 38 + number % 23
            yield Line(at, "info", f'level=info msg="checkout completed" {order} status=201 took={took}ms')
        else:
            why = f'err="dial tcp {address}:6379: connect: connection refused"'
            yield Line(
                at, "error", f'level=error msg="feature lookup failed" upstream={FEATURE_STORE} {order} {why}'
            )
            failed = f'level=error msg="checkout failed" {order} status=503 reason=risk_features_unavailable'
            yield Line(at + timedelta(milliseconds=3), "error", failed)
        at += timedelta(seconds=41 + number % 9, milliseconds=113 * (replica + 1))


def feature_store(started: datetime, finished: datetime) -> list[Line]:
    """Loads the snapshot, and is killed in the middle of it without a word."""

    def after(share: float) -> datetime:
        return started + (finished - started) * share

    return [
        Line(after(0.01), "info", "feature-store 1.9.4 starting, listen=:6379 snapshot=customers-v7"),
        Line(after(0.05), "info", "snapshot customers-v7: 4 segments, 311 MB uncompressed"),
        Line(after(0.3), "info", "loaded segment 1/4, resident memory 71 MB"),
        Line(after(0.9), "info", "loading segment 2/4, resident memory 119 MB"),
    ]


def feature_store_before(ready: datetime) -> list[Line]:
    """How the last good generation started."""
    texts = (
        "feature-store 1.9.4 starting, listen=:6379 snapshot=customers-v7",
        "snapshot customers-v7: 4 segments, 311 MB uncompressed",
        "loaded segment 4/4, resident memory 338 MB",
        "ready, serving 18422907 rows",
    )
    return [Line(ready + timedelta(seconds=6 * i), "info", text) for i, text in enumerate(texts)]


def ledger_api(started: datetime, now: datetime) -> Iterator[Line]:
    """The new release, in good health."""
    yield Line(started, "info", "ledger-api 2.8.1 starting")
    yield Line(started + timedelta(seconds=3), "info", "migrations: nothing to do; listening on :8080")
    at = started + timedelta(minutes=1)
    while at < now:
        yield Line(at, "info", f"posted {310 + at.minute % 7 * 4} entries in the last minute, 0 failed")
        at += timedelta(minutes=3)


def settlement_export(started: datetime) -> list[Line]:
    """The nightly job: the bank's gateway closed the session."""
    texts = (
        ("info", "export 0.22.0: settling 2026-11-18, 41877 entries"),
        ("info", "connecting to sftp://bank-gateway.quayside.example/in as settlement"),
        ("error", "sftp: remote window is closed for maintenance until 05:00 UTC (code 4)"),
        ("error", "export failed: nothing was sent, the file is kept for the next run"),
    )
    return [Line(started + timedelta(seconds=2 * i), status, text) for i, (status, text) in enumerate(texts)]
